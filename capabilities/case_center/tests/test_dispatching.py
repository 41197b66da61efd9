"""Dispatch rules: type × region × time → unit, the most particular rule first."""

from datetime import datetime, time

import pytest
from pydantic import ValidationError

from ucs_capability_case_center.dispatching import (
    Choice,
    Days,
    DispatchRule,
    Reason,
    accuracy,
    choose,
    was_right_at_first,
)
from ucs_sdk.calendar import CHINA_STANDARD_TIME, office_calendar

CALENDAR = office_calendar()


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=CHINA_STANDARD_TIME)


WEDNESDAY_NOON, SATURDAY_NOON = at("2026-07-01 12:00"), at("2026-07-04 12:00")


def rule(id, unit, **more):
    return DispatchRule(id=id, unit=unit, **more)


RULES = [
    rule("all", "city"),
    rule("district", "shinan", region="370202"),
    rule("street", "jinmenlu", region="370202013"),
    rule("water", "water", case_type="road_waterlogging"),
    rule("water-shinan", "shinan-water", case_type="road_waterlogging", region="370202"),
    rule(
        "water-night",
        "night-crew",
        case_type="road_waterlogging",
        region="370202",
        start=time(22),
        end=time(6),
    ),
]


@pytest.mark.parametrize(
    ("case_type", "region", "when", "unit"),
    [
        ("dirty_road", "370203001", WEDNESDAY_NOON, "city"),
        ("dirty_road", "370202001", WEDNESDAY_NOON, "shinan"),
        ("dirty_road", "370202013014", WEDNESDAY_NOON, "jinmenlu"),
        # A rule that names the type comes before any longer region.
        ("road_waterlogging", "370203", WEDNESDAY_NOON, "water"),
        ("road_waterlogging", "370202013014", WEDNESDAY_NOON, "shinan-water"),
        # The night goes over midnight; its beginning belongs to it and its end does not.
        ("road_waterlogging", "370202", at("2026-07-01 22:00"), "night-crew"),
        ("road_waterlogging", "370202", at("2026-07-01 05:59:59"), "night-crew"),
        ("road_waterlogging", "370202", at("2026-07-01 06:00"), "shinan-water"),
        ("road_waterlogging", "370202", at("2026-07-01 21:59:59"), "shinan-water"),
    ],
)
def test_the_most_particular_rule_decides(case_type, region, when, unit):
    assert choose(RULES, case_type, region, when, CALENDAR).unit == unit
    assert choose(reversed(RULES), case_type, region, when, CALENDAR).unit == unit


def test_the_first_rule_that_fits_would_be_the_wrong_one():
    """The twin: rules in the order in which they were entered."""

    def first(rules, case_type, region):
        fitting = (each for each in rules if each.case_type in ("*", case_type) and region.startswith(each.region))
        return next(fitting).unit

    assert first(RULES, "road_waterlogging", "370202013014") != "shinan-water"


def test_worked_and_free_days_are_those_of_the_calendar():
    rules = [rule("worked", "office", days=Days.WORKED), rule("free", "duty", days=Days.FREE)]
    for day, unit in [
        ("2026-07-01", "office"),
        ("2026-07-04", "duty"),
        ("2026-10-01", "duty"),
        ("2026-10-10", "office"),
    ]:
        assert choose(rules, "dirty_road", "", at(f"{day} 12:00"), CALENDAR).unit == unit


def test_without_a_rule_nobody_is_chosen():
    assert choose(RULES[1:2], "dirty_road", "370203", WEDNESDAY_NOON, CALENDAR) == Choice(None, Reason.NO_RULE)
    assert choose([], "dirty_road", "", WEDNESDAY_NOON, CALENDAR).reason is Reason.NO_RULE


def test_rules_that_disagree_leave_it_to_a_person_and_those_that_agree_do_not():
    one, other = rule("a", "x", region="370202"), rule("b", "y", region="370202")
    choice = choose([rule("all", "city"), one, other], "dirty_road", "370202", WEDNESDAY_NOON, CALENDAR)
    assert choice == Choice(None, Reason.RULES_DISAGREE, ("a", "b"))
    agreed = [one, rule("c", "x", region="370202")]
    assert choose(agreed, "dirty_road", "370202", WEDNESDAY_NOON, CALENDAR).unit == "x"


def test_a_day_that_no_notice_speaks_of_leaves_it_to_a_person_only_where_it_matters():
    new_year = at("2027-01-04 12:00")
    worked = rule("worked", "office", days=Days.WORKED)
    choice = choose([rule("all", "city"), worked], "dirty_road", "", new_year, CALENDAR)
    assert choice == Choice(None, Reason.CALENDAR_UNKNOWN, ("worked",))
    nearer = rule("district", "shinan", region="370202")
    assert choose([worked, nearer], "dirty_road", "370202", new_year, CALENDAR).unit == "shinan"


@pytest.mark.parametrize(
    "wrong", [{"start": time(8)}, {"start": time(8), "end": time(8)}, {"region": "37x"}, {"unit": ""}]
)
def test_a_rule_that_cannot_be_right_is_refused(wrong):
    with pytest.raises(ValidationError):
        DispatchRule(**{"id": "a", "unit": "x", **wrong})


def test_a_first_dispatch_was_right_when_no_other_unit_was_needed():
    assert was_right_at_first(["water"])
    assert was_right_at_first(["water", "water"])
    assert not was_right_at_first(["roads", "water"])
    assert accuracy(9, 10) == 0.9
    assert accuracy(0, 0) is None
