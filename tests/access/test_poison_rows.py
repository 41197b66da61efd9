"""A bad row that came in past the door neither opens it nor closes it for all."""

import random

import casbin
import pytest

from ucs_core.access import Action, PolicyRow, compile_snapshot, ready_rules
from ucs_core.access.adapter import RuleAdapter
from ucs_core.access.oracle import build_enforcer
from ucs_core.access.reading import read_compact
from ucs_core.access.rulebook import read_rules
from ucs_registry.principals import RuleRow

WIDE = ("*",) * 6


def poison(*values, section="p", id="poison"):
    return RuleRow.model_construct(id=id, section=section, values=values)


HARMLESS = {
    "too short": poison("public", "any"),
    "too long": poison("public", "any", *WIDE, "none_needed", "*", "allow", "extra"),
    "nothing": poison(),
    "a pattern": poison("public", "any", *("*", ".*", "*", "*", "*", "*"), "none_needed", "*", "allow"),
    "a wildcard role": poison("*", "any", *WIDE, "none_needed", "*", "allow"),
    "a wildcard relation": poison("public", "*", *WIDE, "none_needed", "*", "allow"),
    "no effect": poison("public", "any", *WIDE, "none_needed", "*", ""),
    "an unknown grant": poison("public", "any", *WIDE, "perhaps", "*", "allow"),
    "an expression": poison("public", "any", "eval(True)", *WIDE[1:], "none_needed", "*", "allow"),
    "an unknown section": poison("public", "any", *WIDE, "none_needed", "*", "allow", section="p2"),
    "a denial for all": poison("public", "any", "dta", *WIDE[1:], "none_needed", "discover", "deny"),
    "a denial for members": poison("member", "any", "dta", *WIDE[1:], "none_needed", "discover", "deny"),
    "a denial for who repairs": poison(
        "platform_administrator", "any", "dta", *WIDE[1:], "none_needed", "administer", "deny"
    ),
    "a denial of no action": poison("editor", "any", "dta", *WIDE[1:], "none_needed", "reed", "deny"),
    "a denial of nobody": poison("", "any", *WIDE, "none_needed", "read", "deny"),
    "no text": poison("public", "any", None, *WIDE[1:], "none_needed", "read", "allow"),
    "a denial without text": poison(None, "any", *WIDE, "none_needed", "read", "deny"),
    "a role at nowhere": poison("outsider", "platform_administrator", "nowhere", section="g"),
    "a role of nobody": poison("nobody", "platform_administrator", "", section="g"),
    "a role without a name": poison("outsider", "", "", section="g"),
    "a role with a comma": poison("outsider", "platform_administrator,", "", section="g"),
    "an assignment cut short": poison("outsider", "platform_administrator", section="g"),
}


@pytest.fixture
def world(make):
    def world(*extra):
        rules = [
            *ready_rules(),
            make.assign("root", "platform_administrator"),
            make.assign("erin", "editor", "water"),
            *extra,
        ]
        people = [make.principal("root"), make.principal("erin", "water"), make.principal("outsider")]
        return {"organizations": make.tree(city=None, water="city", parks="city"), "principals": people, "rules": rules}

    return world


@pytest.fixture
def decisions(make):
    """All decisions of a small world on a handful of resources."""

    def decisions(snapshot):
        return {
            (person, action, owner, state): snapshot.decide(
                snapshot.profile(person), action, make.attributes(owner=owner, state=state)
            )
            for person in ("root", "erin", "outsider")
            for action in Action
            for owner in ("water", "parks")
            for state in ("online", "offline")
        }

    return decisions


@pytest.mark.parametrize("row", HARMLESS.values(), ids=HARMLESS.keys())
def test_a_bad_row_changes_no_decision_and_is_reported(world, decisions, row):
    clean = compile_snapshot(version=1, **world())
    poisoned = compile_snapshot(version=1, **world(row))
    assert decisions(poisoned) == decisions(clean)
    assert [id for id, _ in poisoned.quarantined] == ["poison"]
    assert clean.quarantined == ()


def test_a_denial_that_cannot_be_read_denies_more_rather_than_less(world, make):
    row = poison("editor", "any", "dta", *WIDE[1:], "required", "read", "deny")
    snapshot = compile_snapshot(version=1, **world(row))
    erin = snapshot.profile("erin")
    own = make.attributes(owner="water")
    assert snapshot.decide(erin, Action.READ, own).rule == "poison"
    assert snapshot.decide(erin, Action.EDIT, own).allowed
    assert snapshot.decide(snapshot.profile("root"), Action.READ, own).allowed
    ((id, problem),) = snapshot.quarantined
    assert id == "poison"
    assert "its kind 'dta' is not one of" in problem
    assert problem.endswith("kept as a wider denial")


@pytest.mark.parametrize("row", HARMLESS.values(), ids=HARMLESS.keys())
def test_the_enforcer_reads_past_bad_rows_as_well(world, row):
    enforcer = build_enforcer(**world(row))
    question = ("outsider", "water", "data", "video", "unconditional", "l1", "none", "online", False, "read")
    assert not enforcer.enforce(*question)
    assert enforcer.enforce("root", *question[1:])


def test_reading_in_bulk_says_what_reading_row_by_row_says(world, make):
    """Whatever stands beside a row, and in whatever order rows come: the same policies, roles and reasons."""
    rows = [row.model_copy(update={"id": f"poison-{number}"}) for number, row in enumerate(HARMLESS.values())]
    rows += [
        poison("editor", "any", "dta", *WIDE[1:], "required", "read", "deny", id="wider"),
        poison("editor", "any", *WIDE, "required", "read", "deny", id="deny-with-grant"),
        poison(["no", "text"], "any", *WIDE, "none_needed", "read", "deny", id="a-list"),
        poison("erin", "editor", "water", id="again", section="g"),
        poison("erin", ["editor"], "water", id="a-list-of-roles", section="g"),
        poison("erin", "editor", None, id="no-anchor", section="g"),
    ]
    state = world(*rows)
    chance = random.Random(3702)
    for _ in range(20):
        rules = chance.sample(state["rules"], len(state["rules"]))
        names = [item.id for item in state["organizations"]], [item.id for item in state["principals"]]
        plain, compact = read_rules(rules, *names), read_compact(rules, *names)
        assert list(compact.policies.items()) == [(row.id, row.to_rule().values) for row in plain.policies]
        assert compact.assigned == plain.assigned
        assert compact.quarantined == plain.quarantined


def test_raw_casbin_stops_at_a_single_bad_row(world):
    """The twin: rows handed to casbin as they are. One that is too short ends every decision."""
    enforcer = build_enforcer(**world())
    row = PolicyRow(id="short", role="public", relation="any", action="read")
    adapter = RuleAdapter([row], [])
    adapter._policies[0].pop()
    raw = casbin.Enforcer(enforcer.get_model(), adapter)
    with pytest.raises(RuntimeError, match="invalid policy size"):
        raw.enforce("root", "water", "data", "video", "unconditional", "l1", "none", "online", False, "read")


def test_values_with_delimiters_reach_the_enforcer_whole(world):
    enforcer = build_enforcer(**world())
    rows = enforcer.get_policy()
    assert {len(row) for row in rows} == {12}
