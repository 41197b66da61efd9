"""The plugin's functions on a stage: what they write, what they tell, and what they leave alone."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from pydantic import ValidationError

from ucs_capability_waterlogging.inputs import Observation
from ucs_capability_waterlogging.places import Rules
from ucs_capability_waterlogging.taking import take
from ucs_sdk import Invalid, NotFound
from ucs_sdk.settling import settled

POINT = {
    "code": "QD-RJ",
    "name": "瑞金路铁路桥",
    "longitude": 120.4,
    "latitude": 36.2,
    "crs": "wgs84",
    "region": "370213",
    "sensors": [{"device": "L1", "reference_cm": 300}],
    "gauge": "R1",
}
REPORT, PROPOSED = "city.case_center.report.v1", "city.waterlogging.proposed.v1"


def test_rising_water_is_reported_once_however_many_readings_there_are(stage):
    assert stage.observe(2, 4, 6, 8, 10) == {"taken": 5, "unchanged": 0, "refused": []}
    (report,) = stage.told(REPORT)
    assert report.subject == "QD-RJ"
    told = report.data.model_dump(mode="json")
    assert (told["case_type"], told["source"], told["source_id"]) == ("road_waterlogging", "sensor", "QD-RJ.1")
    assert (told["region"], told["severity"], told["device"]) == ("370213", "general", "L1")
    assert (told["longitude"], told["latitude"]) == (120.4, 36.2)


def test_a_distance_is_taken_from_the_reference_level(stage):
    stage.observe(123, observed="distance", seconds=900)
    assert stage.place["depth_cm"] == 177.0
    assert stage.told(REPORT)[0].data.severity == "critical"


def test_a_reading_that_changes_nothing_writes_nothing(stage):
    stage.observe(10)
    before, events = dict(stage.context.state.records), len(stage.emitted)
    assert stage.observe(10.1, seconds=5)["unchanged"] == 1
    assert (stage.context.state.records, len(stage.emitted)) == (before, events)


def test_readings_that_come_twice_have_one_effect(stage):
    stage.context.clock.advance(60)
    reading = {"point": "QD-RJ", "device": "L1", "value": 20, "at": stage.context.clock.now().isoformat()}
    batch = {"observations": [reading, reading]}
    once = stage.call("waterlogging.observe", batch)
    assert (once["taken"], [each["outcome"] for each in once["refused"]]) == (1, ["late"])
    state, events = stage.place, len(stage.emitted)
    again = stage.call("waterlogging.observe", batch)
    assert [each["outcome"] for each in again["refused"]] == ["late", "late"]
    assert (stage.place, len(stage.emitted)) == (state, events)


def test_a_batch_is_taken_in_the_order_of_time(stage):
    now = stage.context.clock.now()
    readings = [
        {"point": "QD-RJ", "device": "L1", "value": value, "at": (now + timedelta(seconds=value)).isoformat()}
        for value in (30, 10, 20)
    ]
    stage.context.clock.advance(60)
    assert stage.call("waterlogging.observe", {"observations": readings})["taken"] == 3
    assert stage.place["depth_cm"] == 30.0


def test_what_a_gateway_brings_late_is_told_as_it_happened(stage):
    stage.observe(5, 10, 5, *[0] * 12)
    (over,) = stage.call("waterlogging.events", {"over": True})["events"]
    began, ended = (datetime.fromisoformat(over[name]) for name in ("began_at", "over_at"))
    assert ended - began == timedelta(minutes=13)
    assert stage.told(REPORT) == []


def test_what_is_wrong_with_one_reading_does_not_hold_up_the_others(stage):
    stage.context.clock.advance(60)
    at = stage.context.clock.now().isoformat()
    wrong = [
        {"point": "NO-SUCH", "device": "L1", "value": 5, "at": at},
        {"point": "QD-RJ", "device": "L9", "value": 5, "at": at},
        {"point": "QD-RJ", "device": "L1", "value": 99_999, "at": at},
    ]
    right = {"point": "QD-RJ", "device": "L1", "value": 5, "at": at}
    answer = stage.call("waterlogging.observe", {"observations": [*wrong, right]})
    assert answer["taken"] == 1
    assert [(each["index"], each["outcome"]) for each in answer["refused"]] == [
        (0, "unknown"),
        (1, "unknown"),
        (2, "absurd"),
    ]
    assert all(each["zh"] and each["en"] for each in answer["refused"])


def test_points_of_other_organisations_take_no_readings(stage):
    records = stage.context.state.records
    records["places", "QD-RJ"] = replace(records["places", "QD-RJ"], organization="somebody-else")
    answer = stage.observe(50)
    assert [each["outcome"] for each in answer["refused"]] == ["unknown"]
    assert stage.place["depth_cm"] is None


async def fed_by_others(stage, owner):
    """Whether a reading for a point of somebody else has an effect, where readings are taken for points of an owner."""
    at = stage.context.clock.now()
    said = Observation(point="QD-RJ", device="L1", value=5, at=at)
    async with stage.context.unit() as unit:
        await take(stage.context, unit, [said], Rules(), owner=owner)
    return stage.place["depth_cm"] is not None


async def test_taking_readings_for_everybodys_points_would_be_found(stage):
    assert not await fed_by_others(stage, "somebody-else")
    assert await fed_by_others(stage, None)


def test_a_device_that_storms_is_cut_to_its_allowance(on_stage):
    stage = on_stage(device_per_minute=10)
    answer = stage.observe(*range(100), device="STORM", seconds=0.01)
    outcomes = [each["outcome"] for each in answer["refused"]]
    assert (outcomes.count("unknown"), outcomes.count("throttled")) == (30, 70)


@pytest.mark.parametrize(
    "wrong",
    [
        {"value": float("nan")},
        {"value": float("inf")},
        {"at": "2022-09-15T19:32:00"},
        {"point": "../etc"},
        {"observed": "temperature"},
        {"more": 1},
    ],
)
def test_what_no_reading_can_be_is_refused_at_the_door(stage, wrong):
    reading = {"point": "QD-RJ", "device": "L1", "value": 5, "at": "2022-09-15T19:32:00+08:00"}
    with pytest.raises(ValidationError):
        stage.call("waterlogging.observe", {"observations": [reading | wrong]})


def test_what_becomes_of_a_case_is_remembered(stage):
    stage.observe(20)
    case = {
        "case": "C-1",
        "case_type": "road_waterlogging",
        "reporter": "plugins/waterlogging",
        "state": "dispatched",
        "source_id": "QD-RJ.1",
    }
    stage.deliver("city.case_center.changed.v1", case)
    (event,) = stage.call("waterlogging.events", {})["events"]
    assert (event["case"], event["case_state"]) == ("C-1", "dispatched")
    for strange in (
        {"source_id": "QD-RJ.2"},
        {"reporter": "plugins/other"},
        {"source_id": "x"},
        {"case_type": "pothole"},
        {"source_id": "NO.1"},
    ):
        stage.deliver("city.case_center.changed.v1", case | {"case": "C-2"} | strange)
    assert stage.place["event"]["case"] == "C-1"


def test_the_time_ends_what_nobody_speaks_of(stage):
    stage.seen()
    stage.hear()
    stage.context.clock.advance(179 * 60)
    stage.run("sweep")
    assert stage.place["goes_on"]
    stage.context.clock.advance(60)
    stage.run("sweep")
    assert not stage.place["goes_on"]
    (over,) = stage.call("waterlogging.events", {"over": True})["events"]
    assert (over["id"], over["ending"]) == ("QD-RJ.1", "silent")
    assert stage.call("waterlogging.events", {})["events"] == []


def test_a_sensor_that_has_gone_silent_is_shown_as_unknown(stage):
    stage.observe(0)
    assert stage.place["colour"] == "blue"
    stage.context.clock.advance(15 * 60 + 1)
    stage.run("sweep")
    assert stage.place["colour"] == "unknown"
    before = stage.context.state.records["places", "QD-RJ"]
    stage.run("sweep")
    assert stage.context.state.records["places", "QD-RJ"] is before


def test_a_level_of_response_is_proposed_and_told_once(stage):
    stage.run("propose")
    assert stage.call("waterlogging.proposals", {}) == {"level": None, "closures": [], "next": None}
    stage.observe(40, seconds=900)
    stage.run("propose")
    stage.run("propose")
    answer = stage.call("waterlogging.proposals", {})
    assert (answer["level"]["level"], answer["level"]["red"], "assumption" in answer["level"]["basis"]) == (
        "iv",
        1,
        True,
    )
    assert [(each["place"], each["closure"]) for each in answer["closures"]] == [("QD-RJ", "close")]
    assert [each.data.level for each in stage.told(PROPOSED)] == ["iv"]


def test_those_who_close_roads_are_told(stage):
    stage.context.settings["notify"] = "qingdao-traffic-police, qingdao-water"
    stage.observe(40, seconds=600)
    stage.observe(45)
    assert [each.to for each in stage.notified] == ["qingdao-traffic-police", "qingdao-water"]
    assert "40 cm" in stage.notified[0].text


def test_a_point_tells_its_forecast(stage):
    stage.observe(2, 4, 6, 8, 10)
    answer = stage.call("waterlogging.point", {"code": "QD-RJ"})
    assert answer["slope_cm_per_minute"] == 2.0
    assert [each["minutes"] for each in answer["expected"]] == [10.0, 20.0, 30.0]
    assert answer["expected"][0]["depth_cm"] == 27.0
    stage.context.clock.advance(16 * 60)
    assert stage.call("waterlogging.point", {"code": "QD-RJ"})["expected"] == []
    with pytest.raises(NotFound, match="no point NO-SUCH"):
        stage.call("waterlogging.point", {"code": "NO-SUCH"})


def test_points_are_listed_by_colour_and_region(stage):
    stage.call("waterlogging.register", POINT | {"code": "QD-TH", "region": "370203", "sensors": [{"device": "L1"}]})
    stage.observe(40, seconds=900)

    def listed(**asked):
        return [each["code"] for each in stage.call("waterlogging.points", asked)["points"]]

    assert listed() == ["QD-TH", "QD-RJ"]
    assert listed(colour="red") == ["QD-RJ"]
    assert listed(region="370203") == ["QD-TH"]
    assert listed(region="3702") == ["QD-TH", "QD-RJ"]
    assert listed(region="370213") == ["QD-RJ"]
    assert listed(limit=1) == ["QD-TH"]


def test_a_point_that_is_registered_anew_keeps_its_water_and_its_event(stage):
    stage.observe(20)
    changed = POINT | {"name": "瑞金路桥下", "sensors": [{"device": "L1"}, {"device": "L2"}]}
    assert stage.call("waterlogging.register", changed) == {"code": "QD-RJ", "changed": True}
    assert stage.call("waterlogging.register", changed) == {"code": "QD-RJ", "changed": False}
    assert (stage.place["name"], stage.place["depth_cm"], stage.place["goes_on"]) == ("瑞金路桥下", 20.0, True)
    with pytest.raises(Invalid, match="names a sensor twice"):
        stage.call("waterlogging.register", POINT | {"sensors": [{"device": "L1"}, {"device": "L1"}]})


def test_what_is_made_up_says_so_wherever_it_is_shown(stage):
    assert "Synthetic" not in described(stage)
    stage.call("waterlogging.register", POINT | {"code": "QD-MU", "synthetic": True})
    (shown,) = [each for each in stage.call("waterlogging.points", {})["points"] if each["synthetic"]]
    assert shown["code"] == "QD-MU"
    assert "Synthetic" in described(stage, "QD-MU")
    layer = settled(stage.plugin.layers[0].draw(stage.context))
    assert layer.synthetic
    assert {each.id: each.properties["synthetic"] for each in layer.features} == {"QD-MU": True, "QD-RJ": False}


def described(stage, point="QD-RJ"):
    """What the last report says when the water rises at a point."""
    stage.observe(5, point=point)
    return stage.told(REPORT)[-1].data.description


async def test_boards_show_how_many_places_are_red_and_how_many_events_go_on(stage):
    figures = {each.name: each for each in stage.plugin.indicators}
    assert [(await each.read(stage.context)).value for each in figures.values()] == [0, 0]
    await asyncio.to_thread(stage.observe, 40, seconds=600)
    assert [(await each.read(stage.context)).value for each in figures.values()] == [1, 1]


@pytest.mark.parametrize("wrong", [{"wet_cm": 40.0}, {"near_metres": 0}, {"near_metres": 3_000}, {"stale_minutes": -1}])
def test_it_does_not_begin_with_settings_that_make_no_sense(stage, wrong):
    stage.context.settings.update(wrong)
    with pytest.raises(Invalid):
        stage.hook("ucs_started")


def test_it_is_well_as_long_as_most_places_are_measured(stage):
    stage.call("waterlogging.register", POINT | {"code": "QD-TH"})
    assert not stage.hook("ucs_health").ok
    stage.observe(0)
    assert stage.hook("ucs_health").ok
