"""Policy files: what they state, how they are written, and what they would change."""

from dataclasses import replace
from pathlib import Path

import pytest

from ucs_core.access import PolicyRow, RoleAssignment, ready_rules
from ucs_core.access.ready import ready_policies
from ucs_core.cli.policy_file import conditions, read_policy_file, stated, write_policy_file
from ucs_core.cli.policy_plan import Standing, plan_of, removal
from ucs_sdk.errors import Invalid, NotFound

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "05-flood-watch.yaml"

READ = PolicyRow(id="read", role="editor", relation="subtree", kind="data", type="video_*", action="read")
EVERYTHING = PolicyRow(id="everything", role="keeper", relation="any", action="*")
HELD = RoleAssignment(id="-", principal="li.na", role="editor", anchor="3702")
NOWHERE = RoleAssignment(id="-", principal="1e3", role="keeper")

STANDING = Standing(version=7, policies={"read": READ, "everything": EVERYTHING}, assignments=(HELD, NOWHERE))


def twice(row):
    # Two dictionaries: YAML would write the second of one as an alias.
    return [dict(row), dict(row)]


def read(write, *documents):
    return read_policy_file(str(write(*documents)))


def test_a_column_that_is_left_out_matches_everything(write):
    file = read(write, {"policies": [{"id": "x", "role": "editor", "relation": "own", "action": "read"}]})
    assert file.policies == (PolicyRow(id="x", role="editor", relation="own", action="read"),)
    assert conditions(file.policies[0]) == "*"


def test_a_heading_that_is_left_out_is_told_from_an_empty_one(write):
    file = read(write, {"policies": []})
    assert file.policies == ()
    assert file.assignments is None


def test_what_is_written_reads_back_as_the_same_rows(write):
    rows = [READ, EVERYTHING, *ready_policies()]
    file = read(write, write_policy_file(rows, [HELD, NOWHERE], ["Rows", "行"]))
    assert sorted(file.policies, key=lambda row: row.id) == sorted(rows, key=lambda row: row.id)
    assert [(row.principal, row.role, row.anchor) for row in file.assignments] == [
        ("1e3", "keeper", None),
        ("li.na", "editor", "3702"),
    ]
    assert len(rows) == len(ready_rules()) + 2


def test_a_writer_without_quotes_is_caught_by_reading_back(write):
    unquoted = write_policy_file([EVERYTHING], [HELD], []).replace('"', "")
    with pytest.raises(Invalid):
        read(write, unquoted)


def test_nothing_at_all_reads_back_as_nothing_at_all(write):
    file = read(write, write_policy_file([], [], []))
    assert (file.policies, file.assignments) == ((), ())


def test_the_example_states_policies_assignments_and_tests():
    file = read_policy_file(str(EXAMPLE))
    assert {row.role for row in file.policies} == {row.role for row in file.assignments} == {"flood_watch"}
    assert {test.allowed for test in file.tests} == {True, False}


@pytest.mark.parametrize(
    ("document", "reason", "told"),
    [
        ({"polices": []}, "FILE_MALFORMED", "policies"),
        ({"policies": "x"}, "FILE_MALFORMED", "list of objects"),
        ({"policies": [{"role": "editor", "relation": "own"}]}, "FIELD_MISSING", "policies[0].action"),
        (
            {"policies": [{"role": "editor", "relation": "own", "action": "read", "kinds": "data"}]},
            "FIELD_UNKNOWN",
            "kind",
        ),
        ({"policies": [{"role": "editor", "relation": "own", "action": "raed"}]}, "POLICY_ROW_INVALID", "read"),
        (
            {"policies": twice({"id": "x", "role": "editor", "relation": "own", "action": "read"})},
            "FILE_MALFORMED",
            "x twice",
        ),
        (
            {"assignments": twice({"principal": "li.na", "role": "editor", "anchor": "3702"})},
            "FILE_MALFORMED",
            "editor li.na 3702 twice",
        ),
        ({"tests": [{"principal": "app", "action": "read", "allowed": True}]}, "FIELD_MISSING", "tests[0].resource"),
        (
            {"tests": [{"principal": "app", "action": "read", "allowed": True, "resource": 7}]},
            "FIELD_INVALID",
            "tests[0].resource",
        ),
        (
            {"tests": [{"principal": "app", "action": "raed", "allowed": True, "resource": "X"}]},
            "FIELD_NOT_ONE_OF",
            "read",
        ),
        (
            {"tests": [{"principal": "app", "action": "read", "allowed": True, "resource": {"owner": "3702"}}]},
            "FIELD_MISSING",
            "tests[0].resource.kind",
        ),
    ],
)
def test_a_mistake_in_a_file_is_told_by_its_place(write, document, reason, told):
    with pytest.raises(Invalid) as refused:
        read(write, document)
    assert refused.value.reason == reason
    assert told in refused.value.message()


def test_a_file_that_says_what_stands_changes_nothing(write):
    file = read(write, write_policy_file([READ, EVERYTHING], [HELD, NOWHERE], []))
    assert plan_of(file, STANDING, prune=True).empty


def test_what_a_file_leaves_out_stays_unless_it_is_pruned(write):
    wider = replace(READ, kind="*")
    file = read(write, {"policies": [stated(wider), {"id": "new", **_new()}]})
    kept = plan_of(file, STANDING, prune=False)
    assert [row.id for row in kept.added] == ["new"]
    assert kept.changed == ((READ, wider),)
    assert kept.removed == ()
    pruned = plan_of(file, STANDING, prune=True)
    assert pruned.removed == (EVERYTHING,)
    # The file says nothing about assignments, so none of them goes.
    assert pruned.unassign == ()


def test_a_plan_that_forgets_to_prune_is_noticed(write):
    file = read(write, {"policies": [stated(READ)], "assignments": []})
    pruned, forgetful = plan_of(file, STANDING, prune=True), plan_of(file, STANDING, prune=False)
    assert (pruned.removed, pruned.unassign) == ((EVERYTHING,), (HELD, NOWHERE))
    assert (forgetful.removed, forgetful.unassign) == ((), ())


def test_assignments_are_the_same_whatever_their_ids(write):
    file = read(write, {"assignments": [{"id": "other", "principal": "li.na", "role": "editor", "anchor": "3702"}]})
    assert plan_of(file, STANDING, prune=False).empty


def test_edits_state_no_condition_that_matches_everything(write):
    file = read(write, {"policies": [{"id": "new", **_new(), "share_type": "none"}]})
    put = plan_of(file, STANDING, prune=False).edits()["put"]
    assert put == [{"id": "new", "role": "editor", "relation": "own", "action": None, "shareType": "none"}]


def test_a_policy_that_does_not_stand_is_not_removed_and_near_ones_are_named():
    assert removal(STANDING, ["read", "policies/read"]).removed == (READ,)
    with pytest.raises(NotFound) as refused:
        removal(STANDING, ["raed"])
    assert refused.value.fields["near"] == ["read"]


def _new():
    return {"role": "editor", "relation": "own", "action": "*"}
