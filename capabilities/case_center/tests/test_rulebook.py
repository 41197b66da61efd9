"""Units, dispatch rules and the roster; what `take_in_reports` does at once, and two people who do the same thing at once."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from ucs_capability_case_center.dispatching import DispatchRule
from ucs_capability_case_center.records import RULES_MOST, RulesRecord
from ucs_sdk import Exhausted, FailedPrecondition, Invalid, Organization, UcsError
from ucs_sdk.testing import Rehearsal
from ucs_sdk.testing.fakes import FakeOrganizations

RULE = {"id": "night", "case_type": "dirty_road", "unit": "qingdao-water", "start": "22:00:00", "end": "06:00:00"}


def test_a_rule_is_put_replaced_listed_and_removed(center):
    assert center.call("put_dispatch_rule", RULE)["rules"][0]["start"] == "22:00:00"
    center.call("put_dispatch_rule", {**RULE, "region": "370202"})
    (held,) = center.call("dispatch_rules", {"case_type": "dirty_road"})["rules"]
    assert held["region"] == "370202"
    named = {"id": "night", "case_type": "dirty_road"}
    for _ in range(2):
        assert center.call("remove_dispatch_rule", named) == {"rules": []}
    assert [each["id"] for each in center.call("dispatch_rules", {"case_type": "road_waterlogging"})["rules"]] == [
        "water"
    ]


@pytest.mark.parametrize(
    "wrong", [{"case_type": "dirty_raod"}, {"end": None}, {"region": "37020x"}, {"id": "A b"}], ids=str
)
def test_a_rule_that_cannot_be_right_is_refused(center, wrong):
    with pytest.raises(Invalid):
        center.call("put_dispatch_rule", {**RULE, **wrong})


def test_there_is_an_end_to_the_rules_for_a_type():
    stage = Rehearsal(__file__)
    stage.context.organizations = FakeOrganizations([Organization(id="qingdao-water")])
    stage.call("case_center.enter_unit", {"unit": "qingdao-water", "title_zh": "水务局", "title_en": "Water"})
    rule = DispatchRule.model_validate({**RULE, "id": "r"})
    many = tuple(rule.model_copy(update={"id": f"r{number}"}) for number in range(RULES_MOST))
    full = RulesRecord(rules=many)
    # A record of a platform has 262,144 bytes at the most.
    assert len(full.model_dump_json()) < 262_144 * 3 / 4

    async def fill():
        async with stage.context.unit() as unit:
            unit.documents("rules", RulesRecord).put("dirty_road", full)

    asyncio.run(fill())
    with pytest.raises(Exhausted) as refused:
        stage.call("case_center.put_dispatch_rule", RULE)
    assert refused.value.reason == "RULES_FULL"
    stage.call("case_center.put_dispatch_rule", {**RULE, "id": "r7"})


def test_of_two_dispatchers_at_once_one_dispatches(center):
    center.reported(case_type="pipe_burst")
    case = center.only()
    center.call("assign_roles", {"principal": "platform-admin", "roles": ["dispatcher"]})

    def dispatch(who):
        try:
            return center.act(case, "dispatch", unit=center.unit, as_=who)["state"]
        except FailedPrecondition as refused:
            return refused.reason

    with ThreadPoolExecutor(8) as people:
        answers = list(people.map(dispatch, ["publisher", "platform-admin"] * 4))
    assert sorted(answers) == ["CASE_NOT_THERE"] * 7 + ["dispatched"]
    verbs = [step["verb"] for step in center.cases()[case]["steps"]]
    assert verbs.count("dispatch") == 1


def test_the_same_request_thirty_two_times_is_done_once(center):
    center.reported()
    case = center.only()
    asked = {"case": case, "verb": "supervise", "note": "请加快"}

    def supervise(_):
        return center.call("act", asked, request_id="one")

    with ThreadPoolExecutor(32) as people:
        answers = list(people.map(supervise, range(32)))
    assert all(answer == answers[0] for answer in answers)
    assert len(center.cases()[case]["progress"]["supervisions"]) == 1


def test_reports_of_one_place_that_arrive_together_are_one_case(center):
    """Under subjects of their own they are handled side by side; whoever commits second finds the first one's case."""
    for number in range(24):
        data = {"case_type": "road_waterlogging", "source": "sensor", "source_id": f"s{number}", "title": "积水"}
        place = {"longitude": 120.38 + number * 1e-5, "latitude": 36.07, "region": "370202"}
        center.city.emit("city.case_center.report.v1", {**data, **place}, subject=f"s{number}")
    for _ in range(4):
        center.city.settle()
        center.city.advance(seconds=10)
    (record,) = center.cases().values()
    assert record["told"]["reports"] == 24
    assert len(center.city.emitted("city.case_center.changed.v1")) == 1
    assert center.city.dead() == []


def test_who_may_not_edit_what_the_centre_has_changes_no_rule(center):
    for who in ("app", "reviewer", "duty_officer"):
        with pytest.raises(UcsError):
            center.call("put_dispatch_rule", RULE, as_=who)
    assert center.call("dispatch_rules", {"case_type": "dirty_road"}) == {"rules": []}
