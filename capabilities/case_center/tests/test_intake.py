"""Intake: one matter becomes one case, whoever reports it how often; what cannot be decided waits for a person."""

from datetime import timedelta

import pytest

from ucs_capability_case_center.records import case_number
from ucs_sdk import Invalid, NotFound


def told(center, number=None):
    return center.call("get", {"case": number or center.only()})


def test_an_event_that_is_told_again_writes_nothing(center):
    center.reported()
    before = center.city.records("case_center", "cases")
    for _ in range(5):
        center.reported()
    assert center.city.records("case_center", "cases") == before
    assert len(center.city.emitted("city.case_center.changed.v1")) == 1


def test_what_others_report_nearby_is_the_same_matter(center):
    center.reported()
    # 0.0008 degrees of latitude are 89 metres; the type's radius is 100.
    center.reported(source="citizen", source_id="app-1", latitude=36.0708, severity="major", evidence=["a" * 64])
    center.reported(source="video", source_id="cam-7", longitude=120.3805, severity="general")
    case = told(center)
    assert (case["reports"], case["severity"], case["evidence"]) == (3, "major", ["a" * 64])
    assert case["title"] == "瑞金路铁路桥积水 40 厘米"
    assert len(center.city.emitted("city.case_center.changed.v1")) == 1


@pytest.mark.parametrize(
    "other",
    [{"latitude": 36.0710}, {"case_type": "pipe_burst"}, {"longitude": None, "latitude": None}],
    ids=["farther away", "another type", "no place"],
)
def test_what_is_something_else_is_another_case(center, other):
    center.reported()
    center.reported(source_id="WL-08/1", **other)
    assert len(center.cases()) == 2


def test_what_comes_when_the_window_is_over_is_another_case(center):
    center.reported()
    center.city.advance(minutes=360)
    center.reported(source_id="b")
    assert len(center.cases()) == 1
    center.city.advance(minutes=361)
    center.reported(source_id="c")
    assert len(center.cases()) == 2


def test_the_reporters_own_thing_stays_one_case_however_long_it_takes(center):
    center.reported()
    center.city.advance(hours=48)
    center.reported(severity="critical")
    assert told(center)["severity"] == "critical"


def test_after_the_case_has_ended_the_same_thing_is_a_new_case(center):
    center.reported()
    first = center.only()
    center.act(first, "ask_voiding", note="误报")
    center.call("assign_roles", {"principal": "reviewer", "roles": ["shift_leader"]})
    center.call("assign_roles", {"principal": "bureau-admin", "roles": ["shift_leader"]})
    center.act(first, "grant", as_="bureau-admin")
    center.reported()
    second = next(number for number in center.cases() if number != first)
    assert [told(center, number)["state"] for number in (first, second)] == ["voided", "dispatched"]


@pytest.mark.parametrize(("minutes", "cases"), [(0, 1), (1, 2)], ids=["before it ended", "after it ended"])
def test_what_was_said_before_the_case_ended_and_arrives_late_opens_no_other(center, minutes, cases):
    center.reported()
    number = center.only()
    center.act(number, "begin", as_=center.crew)
    center.act(number, "dispose", as_=center.crew, note="抽排完毕")
    center.act(number, "check")
    center.act(number, "close")
    seen = center.city.clock.now() + timedelta(minutes=minutes)
    center.city.advance(minutes=5)
    center.reported(reported_at=seen.isoformat(), severity="critical")
    assert len(center.cases()) == cases


def test_where_no_rule_fits_the_case_waits_filed_with_the_reason(center):
    center.reported(case_type="pipe_burst")
    case = told(center)
    assert (case["state"], case["desk_reason"], case["unit"]) == ("filed", "no_rule", "")
    center.act(case["case"], "dispatch", unit=center.unit)
    assert told(center)["state"] == "dispatched"


def test_what_people_report_waits_for_the_receptionist(center):
    center.reported(source="citizen")
    assert told(center)["state"] == "reported"
    assert "accept" in told(center)["verbs"]


def test_what_people_report_and_a_sensor_bears_out_is_dispatched(center):
    center.reported(source="citizen", source_id="app-1")
    center.reported()
    case = told(center)
    assert (case["state"], case["source"], case["reports"]) == ("dispatched", "citizen", 2)
    assert [event["data"]["step"] for event in center.city.emitted("city.case_center.changed.v1")] == [
        "report",
        "dispatch",
    ]


def test_what_a_collector_found_untrue_waits_for_a_person_whatever_sensors_say(center):
    center.reported(source="citizen", source_id="app-1")
    case = center.only()
    center.act(case, "send_to_verify")
    center.act(case, "refute", note="现场无积水")
    center.reported()
    assert told(center)["state"] == "reported"


def test_a_report_of_a_type_that_nobody_knows_is_not_lost(center):
    center.reported(case_type="dragon_seen")
    case = told(center)
    assert (case["case_type"], case["state"], case["desk_reason"]) == ("other", "reported", "type_unknown")


def test_what_lacks_a_condition_of_filing_stays_accepted(center):
    center.reported(region="")
    assert told(center)["state"] == "accepted"


def test_a_unit_that_is_not_entered_can_neither_have_a_rule_nor_a_case(center):
    with pytest.raises(NotFound) as no_rule:
        center.call("put_dispatch_rule", {"id": "x", "unit": "nobody"})
    center.reported(case_type="pipe_burst")
    with pytest.raises(NotFound) as no_case:
        center.act(center.only(), "dispatch", unit="nobody")
    assert no_rule.value.message("zh") == no_case.value.message("zh")
    assert no_case.value.message("zh") == "没有登记处置单位 nobody，请先用 case_center.enter_unit 登记。"


def test_an_organisation_that_does_not_exist_is_entered_by_nobody(center):
    unit = {"unit": "nobody", "title_zh": "无", "title_en": "None"}
    with pytest.raises(NotFound) as refused:
        center.call("enter_unit", unit, as_="platform-admin")
    assert refused.value.reason == "ORGANIZATION_UNKNOWN"
    assert [each["unit"] for each in center.call("units")["units"]] == [center.unit]


def test_a_device_that_storms_opens_so_many_cases_and_the_desk_is_told_once(center):
    for number in range(24):
        center.reported(source_id=f"s{number}", device="CAM-1", latitude=36.0 + number * 0.01)
    assert len(center.cases()) == 20
    (seen,) = center.city.records("case_center", "devices").values()
    assert (seen["body"]["opened"], seen["body"]["withheld"]) == (20, 4)
    notices = [each["data"] for each in center.city.emitted("ucs.notified.v1") if each["data"]["subject"] == "CAM-1"]
    assert len(notices) == 1
    center.city.advance(hours=1)
    center.reported(source_id="s30", device="CAM-1", latitude=37.0)
    assert len(center.cases()) == 21
    assert center.city.dead() == []


def test_one_report_is_one_case_one_dispatch_and_one_notification(center):
    center.reported()
    messages = [each["data"] for each in center.city.emitted("ucs.notified.v1")]
    assert [(each["to"], each["subject"]) for each in messages] == [(center.unit, center.only())]
    verbs = [step["verb"] for step in told(center)["steps"]]
    assert verbs.count("dispatch") == 1


def test_a_call_is_answered_with_a_receipt_that_finds_the_case(center):
    asked = {
        "case_type": "dirty_road",
        "source": "citizen",
        "source_id": "1",
        "title": "路面有渣土",
        "longitude": 120.386,
        "latitude": 36.0705,
        "crs": "gcj02",
        "region": "370202",
    }
    receipt = center.call("report", asked)["receipt"]
    with pytest.raises(NotFound) as early:
        center.call("get", {"receipt": receipt})
    assert early.value.reason == "RECEIPT_UNKNOWN"
    center.city.settle()
    case = center.call("get", {"receipt": receipt})
    assert case["case"] == center.only()
    # GCJ-02 lies some hundreds of metres off.
    assert 0.003 < 120.386 - case["longitude"] < 0.007


@pytest.mark.parametrize(
    "wrong",
    [{"crs": None}, {"crs": "utm51n"}, {"latitude": None}, {"longitude": 181}, {"case_type": "dragon"}, {"title": ""}],
    ids=str,
)
def test_a_call_that_cannot_be_right_is_refused(center, wrong):
    asked = {
        "case_type": "dirty_road",
        "source": "citizen",
        "source_id": "1",
        "title": "路面有渣土",
        "longitude": 120.386,
        "latitude": 36.0705,
        "crs": "wgs84",
    }
    with pytest.raises(Invalid):
        center.call("report", {**asked, **wrong})


def test_a_reporter_cannot_speak_under_anothers_number(center):
    asked = {"case_type": "dirty_road", "source": "citizen", "source_id": "1", "title": "路面有渣土"}
    receipts = {center.call("report", asked, as_=who)["receipt"] for who in ("publisher", "app")}
    center.city.settle()
    assert len(receipts) == len(center.cases()) == 2


def test_numbers_are_of_the_event_and_of_the_day_in_china(center):
    noon, night = center.city.clock.now(), center.city.clock.now().replace(hour=16)
    assert case_number("plugins/a", "1", noon) == case_number("plugins/a", "1", noon)
    assert case_number("plugins/a", "1", noon) != case_number("plugins/a", "2", noon)
    assert [case_number("plugins/a", "1", at)[:8] for at in (noon, night)] == ["20260701", "20260702"]
