"""The loop in a city: from the report to the closed case."""

import pytest

from ucs_sdk import Denied, Invalid, NotFound, UcsError


def test_a_sensors_report_is_dispatched_by_rule_handled_checked_and_closed(center):
    center.reported()
    case = center.only()
    told = center.call("get", {"case": case})
    assert (told["state"], told["unit"], told["desk_reason"], told["desk_rules"]) == (
        "dispatched",
        center.unit,
        "rule",
        ["water"],
    )
    assert [step["verb"] for step in told["steps"]] == ["report", "accept", "file", "dispatch"]

    center.act(case, "begin", as_=center.crew)
    center.act(case, "dispose", as_=center.crew, note="排水完毕，路面恢复通行")
    center.act(case, "send_to_check")
    center.act(case, "check")
    closed = center.act(case, "close")
    assert (closed["state"], closed["outcome"], closed["public_status"]) == ("closed", "on_time", "closed")

    changes = [event["data"] for event in center.city.emitted("city.case_center.changed.v1")]
    assert [change["step"] for change in changes] == ["dispatch", "begin", "dispose", "send_to_check", "check", "close"]
    assert changes[0]["steps"] == ["report", "accept", "file", "dispatch"]
    assert center.city.dead() == []


def dispatched(center, **changes):
    center.reported(**changes)
    return center.only()


def refused(attempt, kind=UcsError):
    with pytest.raises(kind) as caught:
        attempt()
    return caught.value.reason


def test_a_case_that_people_report_goes_through_every_desk(center):
    center.reported(source="citizen", case_type="illegal_building", evidence=["a" * 64])
    case = center.only()
    center.act(case, "send_to_verify")
    center.act(case, "verify")
    center.act(case, "file", filing="penalised")
    told = center.act(case, "dispatch", unit=center.unit)
    # Seven working days from Wednesday, the 1st of July, at eight, an hour before work begins.
    assert told["due_at"] == "2026-07-09T09:30:00Z"
    center.act(case, "begin", as_=center.crew)
    center.act(case, "dispose", as_=center.crew, note="已处罚")
    assert refused(lambda: center.act(case, "close")) == "CONDITIONS_UNMET"
    center.act(case, "check", evidence=["b" * 64])
    assert center.act(case, "close")["evidence_after"] == ["b" * 64]


def test_a_request_is_decided_by_another_dispatcher(center):
    case = dispatched(center)
    center.call("assign_roles", {"principal": center.crew, "roles": ["dispatcher"]})
    more = {"amount": 2, "unit": "working_hour"}
    assert refused(lambda: center.act(case, "ask_extension", as_=center.crew, note="雨未停")) == "ARGUMENT_MISSING"
    before = center.act(case, "ask_extension", as_=center.crew, note="雨未停", extension=more)
    assert (before["asked"], before["asked_by"]) == ("ask_extension", center.crew)
    assert refused(lambda: center.act(case, "grant", as_=center.crew)) == "OWN_REQUEST"
    after = center.act(case, "grant")
    assert (before["due_at"], after["due_at"]) == ("2026-07-01T06:30:00Z", "2026-07-01T08:30:00Z")


def test_a_case_that_is_given_back_goes_to_another_unit_and_the_first_dispatch_was_wrong(center):
    case = dispatched(center)
    center.act(case, "ask_return", as_=center.crew, note="不属本单位")
    back = center.act(case, "grant")
    assert (back["state"], back["unit"], back["due_at"]) == ("filed", "", None)
    center.call(
        "enter_unit",
        {"unit": "qingdao-urban-management", "title_zh": "城管局", "title_en": "Urban Management"},
        as_="platform-admin",
    )
    center.act(case, "dispatch", unit="qingdao-urban-management", as_=center.desk_of_the_city())
    record = center.city.records("case_center", "cases")[case]
    assert (record["organization"], record["body"]["first_unit"]) == ("qingdao-urban-management", "")


def test_a_suspended_case_stands_still(center):
    case = dispatched(center)
    center.city.advance(hours=2)
    center.act(case, "ask_suspension", as_=center.crew, note="待雨停")
    assert center.act(case, "grant")["suspended"]
    center.city.advance(hours=48)
    assert center.call("get", {"case": case})["light"] == "green"
    resumed = center.act(case, "resume")
    # One of four working hours had passed; it is Friday, ten o'clock.
    assert (resumed["light"], resumed["due_at"]) == ("green", "2026-07-03T06:30:00Z")


def test_work_that_is_not_good_enough_is_done_again_with_what_is_left_of_the_time(center):
    case = dispatched(center)
    center.act(case, "begin", as_=center.crew)
    center.city.advance(hours=3)
    center.act(case, "dispose", as_=center.crew, note="已抽水")
    center.city.advance(hours=48)
    again = center.act(case, "rework", note="仍有积水")
    assert (again["state"], again["outcome"], again["due_at"]) == ("disposing", "", "2026-07-03T06:30:00Z")
    assert center.cases()[case]["reworked"]


def test_a_supervision_wants_a_reply_before_the_case_can_be_closed(center):
    case = dispatched(center)
    center.act(case, "supervise", note="请加快")
    center.act(case, "begin", as_=center.crew)
    center.act(case, "dispose", as_=center.crew, note="已抽水")
    center.act(case, "check")
    assert refused(lambda: center.act(case, "close")) == "CONDITIONS_UNMET"
    center.act(case, "reply", as_=center.crew, note="已加派泵车")
    assert center.act(case, "close")["state"] == "closed"


def test_what_the_collector_fixed_on_the_spot_is_closed_when_the_shift_leader_agrees(center):
    center.reported(source="patrol")
    case = center.only()
    center.call("assign_roles", {"principal": center.crew, "roles": ["collector"]})
    center.act(case, "ask_self_handling", as_=center.crew, note="已清理雨水箅子")
    assert center.act(case, "grant")["state"] == "closed"


def test_who_is_not_on_the_roster_does_nothing_and_who_sees_no_case_is_told_there_is_none(center):
    case = dispatched(center)
    center.call("assign_roles", {"principal": center.desk, "roles": []})
    assert refused(lambda: center.act(case, "supervise", note="快"), Denied) == "ROLE_MISSING"
    for who in ("app", "outsider"):
        assert refused(lambda who=who: center.act(case, "begin", as_=who)) in {
            "CASE_UNKNOWN",
            "NOT_FOUND",
            "OPERATION_NOT_FOUND",
        }
    unheard = "20260701-" + "A" * 12
    assert refused(lambda: center.call("get", {"case": case}, as_="app"), NotFound) == "CASE_UNKNOWN"
    assert refused(lambda: center.call("get", {"case": unheard}, as_="app"), NotFound) == "CASE_UNKNOWN"
    assert center.call("list", as_="app") == {"cases": [], "next": None}
    assert center.call("counts", as_="app")["total"] == 0


def test_nobody_is_put_on_the_roster_by_those_who_may_not_edit_what_the_centre_has(center):
    for who in ("app", "reviewer"):
        assert refused(
            lambda who=who: center.call("assign_roles", {"principal": who, "roles": ["dispatcher"]}, as_=who)
        )
    assert [each["principal"] for each in center.call("roster")["duties"]] == [center.desk]
    assert refused(lambda: center.call("assign_roles", {"principal": "x", "roles": ["system"]}), Invalid)


def test_lists_and_counts_are_by_area_type_state_unit_and_light(center):
    center.reported()
    center.reported(source_id="b", case_type="pipe_burst", region="370203001")
    shinan = center.call("list", {"region": "370202"})["cases"]
    assert [each["case_type"] for each in shinan] == ["road_waterlogging"]
    for asked, count in [
        ({}, 2),
        ({"region": "370203"}, 1),
        ({"case_type": "pipe_burst"}, 1),
        ({"state": "dispatched"}, 1),
        ({"unit": center.unit}, 1),
        ({"light": "green"}, 2),
        ({"light": "red"}, 0),
        ({"open": False}, 0),
        ({"source": "sensor"}, 2),
        ({"since": "2026-07-02"}, 0),
        ({"since": "2026-07-01", "until": "2026-07-01"}, 2),
    ]:
        assert len(center.call("list", asked)["cases"]) == count, asked
        counted = center.call("counts", asked)
        shown = sum(counted["lights"][light] for light in ("green", "yellow", "red"))
        assert (counted["total"], shown) == (count, count), asked
    as_of = "2026-07-01T00:00:00Z"
    assert center.call("lights") == {"green": 2, "yellow": 0, "red": 0, "as_of": as_of}


def test_pages_follow_each_other(center):
    for number in range(5):
        center.reported(source_id=f"s{number}", latitude=36 + number * 0.01)
        center.city.advance(seconds=1)
    seen, after = [], ""
    while after is not None:
        page = center.call("list", {"limit": 2, "after": after})
        seen += [each["case"] for each in page["cases"]]
        after = page["next"]
    assert seen == sorted(center.cases(), key=lambda number: center.cases()[number]["reported_at"], reverse=True)
