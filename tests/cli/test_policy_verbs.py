"""Policies compared with a file, tested, applied, removed, and carried out and in again, against a real platform."""

import pytest
import yaml

from ucs_core.cli.client import Client
from ucs_core.cli.directory import standing
from ucs_core.cli.policy_file import read_policy_file
from ucs_core.cli.policy_plan import plan_of
from ucs_core.cli.policy_proposal import propose
from ucs_core.cli.reach import Reach
from ucs_sdk.commands import Exit
from ucs_sdk.errors import Conflict

ADMIN = ("--as", "platform-admin")

WATCH = {
    "policies": [
        {"id": "watch.read", "role": "watch", "relation": "subtree", "kind": "data", "action": "read"},
        {"id": "watch.see", "role": "watch", "relation": "subtree", "kind": "data", "action": "discover"},
    ],
    "assignments": [{"principal": "outsider", "role": "watch", "anchor": "qingdao-water"}],
}
IMAGINED = {
    "owner": "qingdao-water",
    "kind": "data",
    "type": "dataset",
    "share_type": "none",
    "data_level": "l4",
    "open_type": "none",
    "state": "offline",
}


def expecting(allowed, **more):
    return {"principal": "outsider", "action": "read", "resource": dict(IMAGINED), "allowed": allowed} | more


def rows(ucs):
    """All rows that stand, as a file states them."""
    exported = ucs("policy", "export", *ADMIN)
    assert exported.code == Exit.OK, exported.err
    return yaml.safe_load(exported.out)


@pytest.fixture
def held_back(realm, ucs, write, stated, code):
    """A resource of the water bureau that outsiders do not see; its code."""
    hidden = stated(share_type="none", denial_basis="a basis", data_level="l4")
    assert ucs("apply", "-f", write(hidden)).code == Exit.OK
    return code


def test_a_difference_tells_exactly_who_gains_what(held_back, ucs, write):
    shown = ucs("policy", "diff", write(WATCH), *ADMIN)
    assert shown.code == Exit.OK
    assert "+ watch.read: allow watch read subtree (kind=data)" in shown.out
    assert "+ outsider is watch at qingdao-water" in shown.out
    assert "1 principal, 2 permissions gained, 0 lost" in shown.out
    lines = [line.split() for line in shown.out.splitlines() if line.startswith("outsider")]
    assert lines == [["outsider", "discover", "1", "–", held_back], ["outsider", "read", "1", "–", held_back]]
    answer = ucs("policy", "diff", write(WATCH), *ADMIN, "--json").json
    assert [row["id"] for row in answer["added"]] == ["watch.read", "watch.see"]
    assert (answer["impact"]["gained"], answer["impact"]["lost"]) == (2, 0)
    assert set(answer["impact"]["codes"].values()) == {held_back}
    # It was a look only.
    assert ucs("get", held_back, "--as", "outsider").code == Exit.NOT_FOUND


def test_what_is_applied_is_what_the_difference_told(held_back, ucs, write):
    applied = ucs("policy", "apply", write(WATCH), "--yes", *ADMIN)
    assert applied.code == Exit.OK, applied.err
    assert "Done: 2 policies added, 1 role assigned." in applied.out
    assert ucs("get", held_back, "--as", "outsider").code == Exit.OK
    again = ucs("policy", "apply", write(WATCH), "--yes", *ADMIN)
    assert "nothing to do" in again.out
    removed = ucs("policy", "remove", "watch.read", "policies/watch.see", "--yes", *ADMIN)
    assert "1 principal, 0 permissions gained, 2 lost" in removed.out
    assert ucs("get", held_back, "--as", "outsider").code == Exit.NOT_FOUND


def test_a_changed_row_is_shown_column_by_column(realm, ucs, write):
    assert ucs("policy", "apply", write(WATCH), "--yes", *ADMIN).code == Exit.OK
    narrower = {"policies": [WATCH["policies"][0] | {"kind": "component", "data_level": "l1"}]}
    shown = ucs("policy", "diff", write(narrower), *ADMIN)
    assert "~ watch.read: kind data → component, data_level * → l1" in shown.out
    assert "- watch.see" not in shown.out


def test_what_is_pruned_is_every_row_that_the_file_leaves_out(realm, ucs, write):
    standing = rows(ucs)
    assert ucs("policy", "apply", write(WATCH), "--yes", *ADMIN).code == Exit.OK
    kept = {"policies": standing["policies"]}
    shown = ucs("policy", "diff", write(kept), "--prune", *ADMIN, "--json").json
    assert [row["id"] for row in shown["removed"]] == ["watch.read", "watch.see"]
    assert shown["unassigned"] == []
    assert ucs("policy", "diff", write(kept), *ADMIN, "--json").json["removed"] == []


def test_what_is_exported_and_imported_comes_back_as_the_same_rows(realm, ucs, write, tmp_path):
    assert ucs("policy", "apply", write(WATCH), "--yes", *ADMIN).code == Exit.OK
    file = tmp_path / "access.yaml"
    assert ucs("policy", "export", file, *ADMIN).code == Exit.OK
    before = rows(ucs)
    spoiled = {
        "policies": [WATCH["policies"][0] | {"action": "*"}, {**WATCH["policies"][1], "id": "watch.new"}],
        "assignments": [{"principal": "app", "role": "watch", "anchor": "qingdao-water"}],
    }
    assert ucs("policy", "apply", write(spoiled), "--yes", *ADMIN).code == Exit.OK
    assert ucs("policy", "remove", "watch.see", "ready.duty-officer.read", "--yes", *ADMIN).code == Exit.OK
    assert rows(ucs) != before
    back = ucs("policy", "import", file, "--yes", *ADMIN, "--json").json
    assert [row["id"] for row in back["removed"]] == ["watch.new"]
    assert [row["principal"] for row in back["unassigned"]] == ["app"]
    assert rows(ucs) == before
    # The twin: a file that lost a row does not bring it back.
    lossy = {**before, "policies": [row for row in before["policies"] if row["id"] != "watch.see"]}
    assert ucs("policy", "import", write(lossy), "--yes", *ADMIN).code == Exit.OK
    assert rows(ucs) != before


def test_a_row_about_every_action_comes_back_as_it_was(realm, ucs, write):
    everything = {"policies": [{"id": "keeper", "role": "keeper", "relation": "own", "action": "*"}]}
    assert ucs("policy", "apply", write(everything), "--yes", *ADMIN).code == Exit.OK
    assert everything["policies"][0] in rows(ucs)["policies"]


def test_tests_are_run_with_the_file_made_so_or_as_things_stand(realm, ucs, write):
    file = write(WATCH | {"tests": [expecting(True, title="the watch reads"), expecting(False, principal="app")]})
    proposed = ucs("policy", "test", file, *ADMIN)
    assert proposed.code == Exit.OK, proposed.out
    assert "2 of 2 tests pass." in proposed.out
    present = ucs("policy", "test", file, "--present", *ADMIN)
    assert present.code == Exit.REFUSED
    assert "FAIL  the watch reads: outsider may read owner=qingdao-water" in present.out
    assert "no policy allows it" in present.out
    answer = ucs("policy", "test", file, *ADMIN, "--json").json["tests"]
    assert [(test["passed"], test["allowed"]) for test in answer] == [(True, True), (True, False)]
    assert answer[0]["policy"] == "policies/watch.read"


def test_a_test_may_name_a_resource_by_its_code(held_back, ucs, write):
    file = write(WATCH | {"tests": [expecting(True, resource=held_back)]})
    assert ucs("policy", "test", file, *ADMIN).code == Exit.OK
    absent = write(WATCH | {"tests": [expecting(True, resource=f"{held_back}X")]})
    missed = ucs("policy", "test", absent, *ADMIN)
    assert missed.code == Exit.NOT_FOUND
    assert f"Did you mean {held_back}" in missed.err


def test_a_file_whose_tests_fail_is_not_applied(realm, ucs, write):
    before = rows(ucs)
    refused = ucs("policy", "apply", write(WATCH | {"tests": [expecting(False)]}), "--yes", *ADMIN)
    assert refused.code == Exit.REFUSED
    assert "decided by watch.read" in refused.out
    assert "Nothing was changed: 1 test" in refused.err
    assert rows(ucs) == before
    # The twin: the same file with the test the other way round goes in.
    assert ucs("policy", "apply", write(WATCH | {"tests": [expecting(True)]}), "--yes", *ADMIN).code == Exit.OK


def test_a_file_without_tests_has_nothing_to_test(realm, ucs, write):
    assert "it holds no tests" in ucs("policy", "test", write(WATCH), *ADMIN).err


def test_policies_are_applied_on_just_the_version_that_was_seen(realm, ucs, write):
    seen = ucs("policy", "diff", write(WATCH), *ADMIN, "--json").json["version"]
    other = {"policies": [{"id": "faster", "role": "watch", "relation": "own", "action": "read"}]}
    assert ucs("policy", "apply", write(other), "--yes", *ADMIN).code == Exit.OK
    late = ucs("policy", "apply", write(WATCH), "--yes", "--version", str(seen), *ADMIN)
    assert late.code == Exit.CONFLICT
    assert "Look again" in late.err
    assert "watch.read" not in str(rows(ucs))
    # The twin: whoever names no version takes the one that is shown now.
    assert ucs("policy", "apply", write(WATCH), "--yes", *ADMIN).code == Exit.OK


@pytest.mark.parametrize(("said", "ends"), [("y\n", Exit.OK), ("\n", Exit.REFUSED), ("", Exit.REFUSED)])
def test_on_a_terminal_one_is_asked_after_one_has_seen(realm, ucs, write, typed, said, ends):
    typed(said)
    asked = ucs("policy", "apply", write(WATCH), *ADMIN)
    assert asked.code == ends
    assert "Do this? [y/N]" in asked.err
    assert "+ watch.read" in asked.out
    assert ("watch.read" in str(rows(ucs))) is (ends == Exit.OK)


def test_nothing_is_applied_where_nobody_can_be_asked(realm, ucs, write, monkeypatch):
    refused = ucs("policy", "apply", write(WATCH), *ADMIN)
    assert refused.code == Exit.USAGE
    assert "Give --yes; with --version N" in refused.err
    monkeypatch.setenv("UCS_LOCALE", "zh")
    assert "此处无法询问确认" in ucs("policy", "apply", write(WATCH), *ADMIN).err
    assert ucs("policy", "apply", write(WATCH), "--json", *ADMIN).code == Exit.USAGE


def test_a_dry_run_checks_everything_and_changes_nothing(realm, ucs, write):
    before = rows(ucs)
    assert "Would pass; nothing was changed." in ucs("policy", "apply", write(WATCH), "--dry-run", *ADMIN).out
    out = ("policy", "remove", "ready.platform-administrator.everything", "--dry-run", *ADMIN)
    locked = ucs(*out)
    assert locked.code == Exit.CONFLICT
    assert "nothing was changed" in locked.err
    assert rows(ucs) == before


def test_nobody_locks_the_last_administrator_out(realm, ucs):
    refused = ucs("policy", "remove", "ready.platform-administrator.everything", "--yes", *ADMIN, "--json")
    assert refused.code == Exit.CONFLICT
    assert refused.json["error"]["reason"] == "LAST_ADMINISTRATOR"


def test_everything_that_can_be_checked_is_checked_before_anything_is_done(realm, ucs, write):
    before = rows(ucs)
    doomed = {"policies": WATCH["policies"], "assignments": [{"principal": "app", "role": "reviewer"}]}
    refused = ucs("policy", "apply", write(doomed), "--yes", *ADMIN)
    assert refused.code == Exit.REFUSED
    assert "counts at an organisation only" in refused.err
    assert rows(ucs) == before


def test_how_far_a_refused_file_came_is_told(realm, ucs, write):
    # Only once the policies stand can it be told that the new role asks for an organisation.
    late = {"policies": WATCH["policies"], "assignments": [{"principal": "app", "role": "watch"}]}
    refused = ucs("policy", "apply", write(late), "--yes", *ADMIN)
    assert refused.code == Exit.REFUSED
    assert "Done: 2 policies added." in refused.err
    assert "Then this was refused" in refused.err
    assert "watch.read" in str(rows(ucs))


@pytest.mark.parametrize(("count", "ends"), [(180, Exit.OK), (181, Exit.REFUSED)])
def test_a_file_that_one_change_cannot_carry_says_so_before_anything_is_done(realm, ucs, write, count, ends):
    many = [{"id": f"many.{at}", "role": "many", "relation": "own", "action": "read"} for at in range(count)]
    done = ucs("policy", "apply", write({"policies": many}), "--dry-run", *ADMIN)
    assert done.code == ends
    assert ends == Exit.OK or "Split the file" in done.err


def test_who_does_not_keep_the_policies_changes_and_exports_none(realm, ucs, write):
    for persona in ("bureau-admin", "publisher"):
        for words in (("diff", write(WATCH)), ("apply", write(WATCH), "--yes"), ("export",)):
            assert ucs("policy", *words, "--as", persona).code == Exit.DENIED, words
    assert "watch.read" not in str(rows(ucs))


def test_policies_are_listed_shown_and_guessed(realm, ucs, monkeypatch):
    listed = ucs("policy", "list", "--role", "reviewer", *ADMIN)
    assert "ready.reviewer.review" in listed.out
    assert "ready.editor" not in listed.out
    page = ucs("policy", "list", "--first", "2", *ADMIN, "--json").json
    assert len(page["items"]) == 2
    rest = ucs("policy", "list", "--all", "--after", page["next"], *ADMIN, "--json").records
    every = ucs("policy", "list", "--all", *ADMIN, "--json").records
    assert page["items"] + rest == every
    shown = ucs("policy", "show", "ready.reviewer.review", *ADMIN)
    assert yaml.safe_load(shown.out) == {
        "id": "ready.reviewer.review",
        "role": "reviewer",
        "relation": "subtree",
        "action": "review",
    }
    assert "# reviewer is reviewer at qingdao-water" in shown.out
    missed = ucs("policy", "show", "ready.reviewer.reviw", *ADMIN)
    assert missed.code == Exit.NOT_FOUND
    assert "Did you mean ready.reviewer.review" in missed.err
    monkeypatch.setenv("UCS_LOCALE", "zh")
    assert "策略" in ucs("policy", "list", "--role", "reviewer", *ADMIN).out


def test_a_group_lists_its_verbs_and_guesses(ucs):
    listed = ["list", "show", "diff", "test", "apply", "remove", "export", "import"]
    assert ucs("policy", "--json").json["verbs"] == listed
    assert all(name in ucs("policy", "--help").out for name in listed)
    missed = ucs("policy", "difff")
    assert missed.code == Exit.USAGE
    assert "Did you mean diff?" in missed.err


class Meddling(Client):
    """A connection behind which somebody else changes the policies, just before a difference is asked for."""

    def __init__(self, reach: Reach, times: int) -> None:
        super().__init__(reach)
        self._left = times

    def ask(self, document, **variables):
        if "whatIf" in document and self._left:
            self._left -= 1
            meddle(super().ask, f"meddled-{self._left}")
        return super().ask(document, **variables)


def meddle(ask, id):
    ask(
        "mutation($put: [PolicyInput!]!) { applyPolicies(put: $put) { version } }",
        put=[{"id": id, "role": "watch", "relation": "own", "action": "read"}],
    )


def planned(client, write):
    file = read_policy_file(str(write(WATCH)))
    return lambda: plan_of(file, standing(client), prune=False)


@pytest.fixture
def reach(realm) -> Reach:
    return Reach(url=f"http://{realm.address}", token=realm.token("platform-admin"))


def test_rows_and_impact_are_of_one_version_although_others_write(reach, write):
    with Meddling(reach, times=2) as client:
        proposal = propose(client, planned(client, write), (), 20)
        assert proposal.plan.version == proposal.impact.version == standing(client).version


def test_a_difference_that_never_holds_still_is_given_up(reach, write):
    with Meddling(reach, times=100) as client, pytest.raises(Conflict) as refused:
        propose(client, planned(client, write), (), 20)
    assert refused.value.reason == "ACCESS_MOVED"


def test_who_hesitates_at_the_terminal_does_not_apply_what_was_not_shown(reach, ucs, write, typed):
    def somebody_is_faster():
        with Client(reach) as client:
            meddle(client.ask, "faster")

    typed("y\n", before=somebody_is_faster)
    late = ucs("policy", "apply", write(WATCH), *ADMIN)
    assert late.code == Exit.CONFLICT
    assert "Access has changed since you looked at it" in late.err
    standing_now = str(rows(ucs))
    assert "faster" in standing_now
    assert "watch.read" not in standing_now
