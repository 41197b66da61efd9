"""A row that could not be decided exactly is refused when it is written, with the reason."""

import pytest

from ucs_core.access import PolicyRow, RoleAssignment, check_rules
from ucs_registry.principals import RuleRow
from ucs_sdk import Invalid
from ucs_sdk.messages import Locale

GOOD = {
    "role": "editor",
    "relation": "subtree",
    "kind": "data",
    "type": "video_*",
    "share_type": "conditional",
    "data_level": "l2",
    "open_type": "none",
    "state": "online",
    "grant": "required",
    "action": "read",
    "effect": "allow",
}

BAD = [
    ({"kind": "dat"}, "its kind 'dat' is not one of infrastructure, data, component, application, *", ["data"]),
    ({"kind": ""}, "its kind '' is not one of", []),
    ({"kind": "Data"}, "its kind 'Data' is not one of", ["data"]),
    ({"kind": "data "}, "holds ' '", []),
    ({"kind": "data,component"}, "holds ','", []),
    ({"kind": "data\n"}, "holds '\\n'", []),
    ({"kind": "data\x00"}, "holds '\\x00'", []),
    ({"kind": "d*"}, "its kind 'd*' is not one of", []),
    ({"kind": "数据"}, "holds '数'", []),
    ({"share_type": "unconditonal"}, "its share_type", ["unconditional", "conditional"]),
    ({"data_level": "l5"}, "its data_level 'l5' is not one of l1, l2, l3, l4, *", []),
    ({"open_type": "all"}, "its open_type 'all'", []),
    ({"state": "onlin"}, "its state 'onlin'", ["online", "offline"]),
    ({"grant": "*"}, "its grant '*' is not one of none_needed, required", []),
    ({"grant": "maybe"}, "its grant 'maybe'", []),
    ({"action": "reads"}, "its action 'reads'", ["read"]),
    ({"action": "read|edit"}, "holds '|'", []),
    ({"effect": "*"}, "its effect '*' is not one of allow, deny", []),
    ({"effect": "permit"}, "its effect 'permit'", []),
    ({"relation": "*"}, "its relation '*' is not one of own, subtree, ancestors, any", []),
    ({"relation": "subtre"}, "its relation 'subtre'", ["subtree"]),
    ({"role": "*"}, "its role '*' is not a name", []),
    ({"role": ""}, "its role '' is not a name", []),
    ({"role": "edit or"}, "holds ' '", []),
    ({"role": "eval(1)"}, "holds '('", []),
    ({"role": "r" * 64}, "is not a name", []),
    ({"type": "video.*"}, "holds '.'", []),
    ({"type": "^video$"}, "holds '^'", []),
    ({"type": "*video"}, "its type '*video' is not a type", []),
    ({"type": "vi*eo"}, "its type 'vi*eo' is not a type", []),
    ({"type": "video**"}, "its type 'video**' is not a type", []),
    ({"type": "(a+)+"}, "holds '('", []),
    ({"type": "video_*\n"}, "holds '\\n'", []),
    ({"type": "Video"}, "its type 'Video' is not a type", []),
    ({"type": "../video"}, "holds '.'", []),
    ({"effect": "deny"}, "a row that denies cannot ask for a grant", []),
]


def rule(**changes):
    return RuleRow(id="row-1", section="p", values=tuple((GOOD | changes).values()))


def test_a_sound_row_comes_back_as_it_was():
    assert PolicyRow.from_rule(rule()).to_rule() == rule()
    assert PolicyRow.from_rule(rule(type="*", kind="*", action="*")).to_rule() == rule(type="*", kind="*", action="*")


@pytest.mark.parametrize(("changes", "problem", "near"), BAD, ids=[str(changes) for changes, _, _ in BAD])
def test_a_row_that_cannot_be_indexed_is_refused(changes, problem, near):
    with pytest.raises(Invalid) as refusal:
        PolicyRow.from_rule(rule(**changes))
    assert refusal.value.reason == "POLICY_ROW_INVALID"
    assert refusal.value.fields["row"] == "row-1"
    assert problem in refusal.value.fields["problem"]
    assert refusal.value.fields["near"] == near


@pytest.mark.parametrize(("changes", "problem", "near"), BAD, ids=[str(changes) for changes, _, _ in BAD])
def test_the_refusal_is_told_in_chinese_as_well(changes, problem, near):
    with pytest.raises(Invalid) as refusal:
        PolicyRow.from_rule(rule(**changes))
    assert problem in refusal.value.message(Locale.EN)
    assert problem not in refusal.value.message(Locale.ZH)
    assert not refusal.value.fields["problem"].worded(Locale.ZH).isascii()


@pytest.mark.parametrize(("changes", "problem", "near"), BAD, ids=[str(changes) for changes, _, _ in BAD])
def test_such_a_row_cannot_even_be_made(changes, problem, near):
    with pytest.raises(Invalid, match="POLICY_ROW_INVALID"):
        PolicyRow(id="row-1", **GOOD | changes)


def test_a_refusal_shows_control_characters_and_endless_values_harmlessly():
    with pytest.raises(Invalid) as refusal:
        PolicyRow.from_rule(rule(role="\x1b[2J" + "x" * 10_000))
    for locale in Locale:
        message = refusal.value.message(locale)
        assert message.isprintable()
        assert len(message) < 300


@pytest.mark.parametrize("values", [(), ("editor",), tuple(GOOD.values())[:-1], (*GOOD.values(), "")])
def test_a_row_of_another_length_is_refused(values):
    with pytest.raises(Invalid) as refusal:
        PolicyRow.from_rule(RuleRow(id="row-1", section="p", values=values))
    assert f"it has {len(values)} values where 11 are needed" in refusal.value.fields["problem"]


def test_a_row_of_another_section_is_refused():
    with pytest.raises(Invalid, match="its section is 'g'"):
        PolicyRow.from_rule(RuleRow(id="row-1", section="g", values=tuple(GOOD.values())))
    with pytest.raises(Invalid, match="its section is 'p'"):
        RoleAssignment.from_rule(RuleRow(id="row-1", section="p", values=("ada", "editor", "")))


def test_a_row_with_something_else_than_text_is_refused():
    values = (*tuple(GOOD.values())[:-1], None)
    with pytest.raises(Invalid, match="its effect None"):
        PolicyRow.from_rule(RuleRow.model_construct(id="row-1", section="p", values=values))
    for values in [(None, "editor", ""), ("ada", None, ""), ("ada", "editor", 7)]:
        with pytest.raises(Invalid, match="POLICY_ROW_INVALID"):
            RoleAssignment.from_rule(RuleRow.model_construct(id="row-1", section="g", values=values))


def test_an_assignment_comes_back_as_it_was(make):
    for anchor in ("city", None):
        row = make.assign("ada", "editor", anchor)
        assert RoleAssignment.from_rule(row).to_rule() == row
    assert RoleAssignment(id="a", principal="ada", role="editor", anchor="").held.anchor is None


class TestCheckRules:
    @pytest.fixture
    def check(self, make):
        def check(*rules, standing=None):
            check_rules(rules, make.tree(city=None, water="city"), [make.principal("ada")], standing)

        return check

    def test_known_anchors_and_principals_are_accepted(self, check, make):
        check(rule(), make.assign("ada", "editor", "water"), make.assign("ada", "editor"))

    @pytest.mark.parametrize(
        ("row", "problem", "near"),
        [
            (("adda", "editor", "city"), "there is no principal 'adda'", ["ada"]),
            (("ada", "editor", "watr"), "there is no anchor 'watr'", ["water"]),
            (("ada", "editor", "*"), "there is no anchor '*'", []),
            (("ada", "ed,itor", "city"), "holds ','", []),
            (("ada", "", "city"), "its role ''", []),
            (("ada", "editor"), "it has 2 values where 3 are needed", []),
        ],
    )
    def test_what_does_not_exist_cannot_be_assigned(self, check, row, problem, near):
        with pytest.raises(Invalid) as refusal:
            check(rule(), RuleRow(id="role-1", section="g", values=row))
        assert problem in refusal.value.fields["problem"]
        assert refusal.value.fields["near"] == near

    def test_a_role_that_no_row_speaks_of_cannot_be_assigned(self, check, make):
        with pytest.raises(Invalid) as refusal:
            check(make.assign("ada", "editr", "city"), standing=[rule()])
        assert refusal.value.fields["near"] == ["editor"]
        check(make.assign("ada", "editor", "city"), standing=[rule()])
        check(rule(role="editr"), make.assign("ada", "editr", "city"), standing=[])

    def test_one_bad_row_among_good_ones_is_found(self, check):
        with pytest.raises(Invalid, match="row-2"):
            check(rule(), RuleRow(id="row-2", section="p", values=tuple((GOOD | {"kind": "x"}).values())))
