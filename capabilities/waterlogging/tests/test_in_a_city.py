"""The plugin in a whole platform: who sees and feeds which points, and from a reading to a case and back."""

from datetime import timedelta

import pytest

from ucs_sdk import Denied, UcsError

POINT = {
    "code": "QD-RJ",
    "name": "瑞金路铁路桥",
    "longitude": 120.4,
    "latitude": 36.2,
    "crs": "wgs84",
    "region": "370213",
    "sensors": [{"device": "L1"}],
}
REPORT = "city.case_center.report.v1"


@pytest.fixture
def water(city):
    city.invoke("waterlogging.register", POINT, as_="publisher")
    return city


def observe(city, *depths, as_="publisher"):
    readings = []
    for depth in depths:
        city.advance(minutes=1)
        readings.append({"point": "QD-RJ", "device": "L1", "value": depth, "at": city.clock.now().isoformat()})
    return city.invoke("waterlogging.observe", {"observations": readings}, as_=as_)


def seen(city, reporter="a", as_="app"):
    at = city.clock.now().isoformat()
    place = {"longitude": 120.4004, "latitude": 36.2, "crs": "wgs84", "region": "370213"}
    return city.invoke("waterlogging.report", {"reporter": reporter, "at": at, **place}, as_=as_)


def test_a_reading_becomes_an_event_and_asks_for_a_case(water):
    assert observe(water, 5, 15, 25, 35)["taken"] == 4
    (report,) = water.emitted(REPORT)
    assert (report["subject"], report["data"]["source_id"], report["data"]["severity"]) == (
        "QD-RJ",
        "QD-RJ.1",
        "major",
    )
    assert [each["data"]["colour"] for each in water.emitted("city.waterlogging.changed.v1")] == ["red"]


def test_everybody_who_may_call_sees_where_water_stands(water):
    observe(water, 35)
    for who in ("publisher", "app", "duty_officer"):
        (point,) = water.invoke("waterlogging.points", {}, as_=who)["points"]
        assert (point["code"], point["colour"]) == ("QD-RJ", "red")
    with pytest.raises(UcsError, match="no operation"):
        water.invoke("waterlogging.points", {}, as_="outsider")


def test_whose_a_point_is_feeds_it_and_nobody_else(water):
    answer = observe(water, 35, as_="app")
    assert [each["outcome"] for each in answer["refused"]] == ["unknown"]
    with pytest.raises(Denied):
        water.invoke("waterlogging.register", POINT | {"name": "mine"}, as_="app")
    assert water.records("waterlogging", "places")["QD-RJ"]["body"]["depth_cm"] is None


def test_reports_of_another_department_are_put_to_the_point_they_are_about(water):
    seen(water, "a")
    observe(water, 12)
    seen(water, "b")
    water.settle()
    place = water.records("waterlogging", "places")["QD-RJ"]
    assert (place["organization"], place["body"]["events"]) == ("qingdao-water", 1)
    assert sorted(each["source"] for each in place["body"]["event"]["evidence"]) == ["citizen", "citizen", "sensor"]
    assert water.dead() == []


def test_an_event_that_is_delivered_late_or_twice_is_one_event(water):
    for reporter in "abc":
        seen(water, reporter)
    water.settle()
    water.settle()
    assert {each["data"]["source_id"] for each in water.emitted(REPORT)} == {"QD-RJ.1"}


def test_a_case_is_followed_by_what_the_case_centre_tells(water):
    observe(water, 12)
    case = {
        "case": "C-1",
        "case_type": "road_waterlogging",
        "reporter": "plugins/waterlogging",
        "state": "disposing",
        "source_id": "QD-RJ.1",
    }
    water.emit("city.case_center.changed.v1", case, subject="C-1")
    water.settle()
    (event,) = water.invoke("waterlogging.events", {})["events"]
    assert (event["case"], event["case_state"]) == ("C-1", "disposing")


def test_a_storm_is_over_and_can_be_read_afterwards(water):
    observe(water, 5, 15, 25, 35, 25, 10, 0)
    water.advance(minutes=10)
    observe(water, 0)
    (over,) = water.invoke("waterlogging.events", {"over": True})["events"]
    assert (over["peak_cm"], over["ending"], over["severity"]) == (35.0, "dry", "major")
    assert water.invoke("waterlogging.events", {})["events"] == []
    began = water.clock.now() - timedelta(minutes=17)
    assert over["began_at"] == began.isoformat().replace("+00:00", "Z")


def test_it_answers_at_its_typed_fields(water):
    observe(water, 35)
    asked = '{ waterlogging { point(input: {code: "QD-RJ"}) { point { name colour depthCm closure } } } }'
    shown = {"name": "瑞金路铁路桥", "colour": "red", "depthCm": 35.0, "closure": "close"}
    assert water.graphql(asked) == {"waterlogging": {"point": {"point": shown}}}


def test_what_runs_again_and_again_finds_what_the_time_has_changed(water):
    observe(water, 5, 35)
    water.run_schedules()
    assert water.invoke("waterlogging.proposals", {})["level"]["level"] == "iv"
    water.advance(minutes=21)
    water.run_schedules()
    (point,) = water.invoke("waterlogging.points", {"colour": "unknown", "region": "3702"})["points"]
    assert (point["depth_cm"], point["sensors"][0]["fault"]) == (None, "stale")
    water.advance(minutes=180)
    water.run_schedules()
    (over,) = water.invoke("waterlogging.events", {"over": True, "region": "370213"})["events"]
    assert (over["ending"], over["peak_cm"]) == ("silent", 35.0)
