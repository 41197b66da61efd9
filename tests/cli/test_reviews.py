"""A reviewer at the command line: the queue, its differences, plans, many decisions at once, and taking one back."""

from __future__ import annotations

import pytest

from ucs_sdk.commands import Exit

BY = ("--as", "reviewer")


@pytest.fixture
def pile(realm, ucs, write, stated):
    """Three drafts that wait in a city of their own; their codes, what waits longest first."""

    def enter(*codes: str) -> list[str]:
        documents = [stated(title={"zh": f"题{code}", "en": f"Title {code}"}) | {"code": code} for code in codes]
        assert ucs("apply", "-f", write(*documents)).code == 0
        for code in codes:
            assert ucs("submit", code).code == 0
        return list(codes)

    return enter


def states(ucs, *codes):
    return [ucs("get", code, "--head", *BY, "--json").json["head"]["state"] for code in codes]


def test_the_queue_lists_what_waits_longest_first_and_nothing_of_ones_own(pile, ucs):
    codes = pile("RV-1", "RV-2", "RV-3")
    listed = ucs("reviews", *BY)
    lines = [line for line in listed.out.splitlines() if "RV-" in line]
    assert [line[line.index("RV-") :].split()[0] for line in lines] == codes
    assert "3 waiting for your review." in listed.out
    assert "new" in lines[0]
    assert ucs("reviews").out == "Nothing waits for your review.\n"
    told = ucs("reviews", *BY, "--first", "2", "--json").json
    assert (told["total"], [item["code"] for item in told["items"]]) == (3, codes[:2])
    rest = ucs("reviews", *BY, "--after", told["next"], "--json").json
    assert ([item["code"] for item in rest["items"]], rest["next"]) == (codes[2:], None)
    found = ucs("reviews", "RV-2", "--kind", "data", "--owner", "qingdao-water", *BY, "--json").json
    assert [item["code"] for item in found["items"]] == ["RV-2"]


def test_differences_are_shown_below_each_resource(pile, ucs, write, stated):
    [code] = pile("RV-1")
    assert ucs("approve", code, "--yes", *BY).code == 0
    assert ucs("apply", "-f", write(stated(title={"zh": "新题", "en": "New title"}) | {"code": code})).code == 0
    assert ucs("submit", code).code == 0
    shown = ucs("reviews", "--diff", *BY)
    assert "1/1  RV-1  New title  (revision 2, principals/publisher, just now, v" in shown.out
    assert "  ~ title.en: Title RV-1 → New title" in shown.out
    told = ucs("reviews", "--diff", "--json", *BY).json["items"][0]["differences"]
    assert {"path": "title.en", "before": "Title RV-1", "after": "New title"} in told


def test_many_are_approved_at_once_and_each_stands_alone(pile, ucs):
    codes = pile("RV-1", "RV-2", "RV-3")
    assert ucs("withdraw", "RV-2").code == 0
    done = ucs("approve", *codes, "--yes", *BY)
    assert done.code == Exit.CONFLICT
    assert "✓ RV-1  approved  Title RV-1" in done.out
    assert "✗ RV-2  " in done.out
    assert "2 decided, 1 refused." in done.out
    assert states(ucs, *codes) == ["approved", "draft", "approved"]


def test_many_are_asked_about_once(pile, ucs, typed):
    codes = pile("RV-1", "RV-2")
    nobody = ucs("reject", *codes, "--reason", "no units", *BY)
    assert nobody.code == Exit.USAGE
    assert "ucs reviews --diff" in nobody.err
    typed("n\n")
    assert ucs("reject", *codes, "--reason", "no units", *BY).code == Exit.REFUSED
    typed("y\n")
    asked = ucs("reject", *codes, "--reason", "no units", *BY)
    assert "reject these 2? [y/N]" in asked.err
    assert (asked.code, states(ucs, *codes)) == (Exit.OK, ["rejected", "rejected"])


def test_a_dry_run_tells_what_would_pass(pile, ucs):
    codes = pile("RV-1", "RV-2")
    tried = ucs("approve", *codes, "--dry-run", *BY, "--json").json
    assert (tried["dry_run"], tried["passed"], tried["refused"]) == (True, 2, 0)
    own = ucs("approve", *codes, "--dry-run", "--json")
    assert own.code == Exit.DENIED
    assert [item["error"]["reason"] for item in own.json["results"]] == ["DENIED", "DENIED"]
    assert states(ucs, *codes) == ["in_review", "in_review"]


def test_a_plan_is_edited_and_carried_out(pile, ucs, tmp_path):
    codes = pile("RV-1", "RV-2", "RV-3")
    plan = ucs("reviews", "--plan", *BY).out
    assert plan.startswith("# 3 waiting for your review.")
    assert "#  + title.en: Title RV-1" in plan
    line = next(line for line in plan.splitlines() if line.startswith("approve RV-2"))
    etag = line.split()[2]
    plan = plan.replace(line, f"reject RV-2 {etag} the units are missing  # by phone").replace(
        "approve RV-3", "skip RV-3"
    )
    file = tmp_path / "plan.txt"
    file.write_text(plan, "utf-8")
    done = ucs("approve", "--file", file, *BY, "--json")
    assert done.code == 0
    assert [(item["code"], item["state"]) for item in done.json["results"]] == [
        ("RV-1", "approved"),
        ("RV-2", "rejected"),
    ]
    assert states(ucs, *codes) == ["approved", "rejected", "in_review"]
    assert ucs("get", "RV-2", "--head", *BY, "--json").json["head"]["reason"] == "the units are missing"
    # What was decided is not decided again.
    assert ucs("approve", "--file", file, *BY).code == Exit.CONFLICT


def test_what_changed_since_the_plan_was_written_is_refused(pile, ucs, tmp_path):
    codes = pile("RV-1", "RV-2")
    file = tmp_path / "plan.txt"
    file.write_text(ucs("reviews", "--plan", *BY).out, "utf-8")
    assert ucs("withdraw", "RV-1").code == ucs("submit", "RV-1").code == 0
    done = ucs("approve", "--file", file, *BY)
    assert done.code == Exit.CONFLICT
    assert states(ucs, *codes) == ["in_review", "approved"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "aprove RV-1 v2",
            "Line 1 of the plan: it begins with 'aprove', not with approve, reject or skip. Did you mean approve?",
        ),
        ("# fine\n\napprove RV-1", "Line 3 of the plan: a code and an etag must follow"),
        ("reject RV-1 v2", "Line 1 of the plan: a rejection needs its reason"),
        ("approve RV-1 v2 looks good", "Line 1 of the plan: an approval has no reason"),
        ("approve RV-1 v2\nreject RV-1 v2 no", "Line 2 of the plan: RV-1 stands in line 1 already"),
        (f"reject RV-1 v2 {'x' * 2_001}", "Line 1 of the plan: it has more than 2000 characters"),
        ("#\n" * 20_001, "Line 20001 of the plan: a plan has at most 20000 lines"),
    ],
)
def test_a_plan_with_a_mistake_decides_nothing(here, ucs, tmp_path, text, said):
    file = tmp_path / "plan.txt"
    file.write_text(text, "utf-8")
    done = ucs("approve", "--file", file, *BY)
    assert done.code == Exit.USAGE
    assert said in done.err
    assert "Nothing was decided." in done.err


def test_plans_that_cannot_be_read_and_options_that_do_not_go_together_are_told(here, ucs, tmp_path):
    for words, said in (
        (("approve",), "Name resources, or a plan with --file"),
        (("approve", "X", "--file", "plan.txt"), "Name resources, or a plan with --file"),
        (("approve", "X", "Y", "--etag", "v2"), "--etag names the state of one resource"),
        (("approve", "--file", tmp_path / "none.txt"), "cannot be read: No such file"),
        (("reviews", "--plan", "--json"), "Give one of"),
        (("reviews", "--walk"), "--walk asks at a terminal"),
        (("reject", "X"), "The option --reason is required"),
        (("diff", "X", "one"), "one is no number of a revision"),
    ):
        done = ucs(*words, *BY)
        assert (done.code, said in done.err) == (Exit.USAGE, True), done.err


def test_an_empty_plan_decides_nothing(here, ucs, tmp_path):
    file = tmp_path / "plan.txt"
    file.write_text("# nothing\nskip RV-1 v2\n", "utf-8")
    done = ucs("approve", "--file", file, *BY)
    assert (done.code, done.out) == (0, "The plan decides nothing.\n")


def test_the_queue_is_walked_through_a_letter_at_a_time(pile, ucs, typed):
    codes = pile("RV-1", "RV-2", "RV-3", "RV-4")
    typed("x\na\nu\na\nr\n\nr\nno units\ns\nq\n")
    walked = ucs("reviews", "--walk", *BY)
    assert "[1/4] RV-1  Title RV-1" in walked.out
    assert "Undone: RV-1 waits again." in walked.out
    assert "1 approved, 1 rejected, 0 refused; 2 left as they were." in walked.out
    assert (walked.code, states(ucs, *codes)) == (Exit.OK, ["approved", "rejected", "in_review", "in_review"])
    assert ucs("get", "RV-2", "--head", *BY, "--json").json["head"]["reason"] == "no units"


def test_a_walk_goes_on_behind_what_somebody_else_has_moved(pile, ucs, typed, realm):
    codes = pile("RV-1", "RV-2")
    moved = []

    def withdraw():
        if not moved:
            moved.append(ucs("withdraw", "RV-1").code)

    typed("a\na\n", before=withdraw)
    walked = ucs("reviews", "--walk", *BY)
    assert walked.code == Exit.REFUSED
    assert states(ucs, *codes) == ["draft", "approved"]


def test_a_decision_is_taken_back(pile, ucs):
    [code] = pile("RV-1")
    assert ucs("approve", code, "--yes", *BY).code == 0
    assert ucs("undo", code).code == Exit.DENIED
    undone = ucs("undo", code, *BY)
    assert undone.code == 0
    assert f"Decide anew: `ucs approve {code}`" in undone.err
    again = ucs("undo", code, *BY)
    assert again.code == Exit.CONFLICT
    assert ucs("approve", code, "--yes", *BY).code == ucs("online", code, *BY).code == 0
    late = ucs("undo", code, *BY)
    assert (late.code, "was brought online after your decision" in late.err) == (Exit.CONFLICT, True)


def test_revisions_and_what_differs_between_them(pile, ucs, write, stated):
    [code] = pile("RV-1")
    assert ucs("approve", code, "--yes", *BY).code == 0
    assert ucs("apply", "-f", write(stated(title={"zh": "新题", "en": "New title"}) | {"code": code})).code == 0
    listed = ucs("revisions", code)
    assert [line.split()[0] for line in listed.out.splitlines()[2:]] == ["2", "1"]
    assert "1 (served)" in listed.out
    told = ucs("revisions", code, "--first", "1", "--json").json
    assert ([item["number"] for item in told["items"]], told["next"]) == ([2], "2")
    assert "~ title.en: Title RV-1 → New title" in ucs("diff", code).out
    assert ucs("diff", code, "1", "2", "--json").json["changes"] == ucs("diff", code, "--json").json["changes"]
    assert "nothing differs" in ucs("diff", code, "2").out
    assert "+ tags[积水]: 积水" in ucs("diff", code, "0", "1").out
    missing = ucs("diff", code, "1", "9")
    assert (missing.code, "has no revision 9; its latest is 2." in missing.err) == (Exit.NOT_FOUND, True)


def test_it_speaks_chinese(pile, ucs, monkeypatch):
    monkeypatch.setenv("UCS_LOCALE", "zh")
    codes = pile("RV-1", "RV-2")
    assert "待您审核 2 项。" in ucs("reviews", *BY).out
    assert ucs("reviews", "--plan", *BY).out.startswith("# 待您审核 2 项。")
    done = ucs("approve", *codes, "--yes", *BY)
    assert "✓ RV-1  已通过  题RV-1" in done.out
    assert "已处理 2 项，0 项被拒绝。" in done.out
