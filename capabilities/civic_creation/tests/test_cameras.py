"""What cameras detect, on a stage: candidates that people confirm or dismiss."""

import pytest

from ucs_sdk import Conflict, Denied, NotFound

REPORT, CHANGED = "city.case_center.report.v1", "city.civic_creation.changed.v1"
INSPECTOR, UNIT = "civic-office", "market-unit"
PLACE = {"longitude": 120.306, "latitude": 36.054, "crs": "wgs84"}


def detected(stage, label="暴露垃圾", camera="C1", **more):
    asked = {"label": label, "camera": camera, "confidence": 0.9, "at": stage.hours(0), "evidence": ["a" * 64], **PLACE}
    return stage.ask("detect", asked | more)


def test_other_plugins_may_ask_with_a_detection(stage):
    told = {"label": "暴露垃圾", "camera": "C1", "confidence": 0.9, "at": stage.hours(0), "evidence": ["a" * 64]}
    place = {"longitude": PLACE["longitude"], "latitude": PLACE["latitude"]}
    stage.deliver("city.civic_creation.detected.v1", told | place, source="plugins/other")
    assert list(stage.records("candidates")) == ["M1.clean"]


def test_a_detection_waits_for_a_person_and_is_rectified_once_confirmed(stage):
    for camera in ("C1", "C2"):
        assert detected(stage, camera=camera)["taken"]
    stage.settle()
    (found,) = stage.ask("candidates", {})["candidates"]
    assert (found["point"], found["item"], found["detections"], found["cameras"]) == ("M1", "clean", 2, ["C1", "C2"])
    assert stage.score() is None
    stage.ask("decide", {"point": "M1", "item": "clean", "number": 1, "confirmed": True})
    stage.settle()
    (report,) = stage.told(REPORT)
    assert (report.data.source, report.data.device, report.data.evidence) == ("video", "C2", ("a" * 64,))
    assert stage.score() == 75.0
    with pytest.raises(Conflict):
        stage.ask("decide", {"point": "M1", "item": "clean", "number": 1, "confirmed": True})


def test_what_waits_to_be_rectified_is_not_found_a_second_time(stage):
    detected(stage)
    stage.settle()
    stage.ask("decide", {"point": "M1", "item": "clean", "number": 1, "confirmed": True})
    stage.settle()
    stage.hours(48)
    detected(stage)
    assert stage.settle().ask("candidates", {})["candidates"] == []
    (id,) = stage.records("rectifications")
    stage.ask("withdraw", {"assessment": id.partition(".")[0], "reason": "x"})
    stage.settle()
    detected(stage)
    assert [each["number"] for each in stage.settle().ask("candidates", {})["candidates"]] == [2]


def test_nobody_else_can_tell_the_plugin_what_people_decided(stage):
    detected(stage)
    stage.settle()
    before = dict(stage.context.state.records)
    decided = {
        "point": "M1",
        "item": "clean",
        "number": 1,
        "confirmed": True,
        "note": "",
        "by": "x",
        "organization": "x",
    }
    stage.deliver("city.civic_creation.decided.v1", decided, source="plugins/other")
    assert stage.context.state.records == before


def test_what_is_dismissed_is_not_asked_again_for_a_while_and_counts_against_precision(stage):
    detected(stage)
    stage.settle()
    stage.ask("decide", {"point": "M1", "item": "clean", "number": 1, "confirmed": False})
    stage.settle()
    stage.hours(23)
    detected(stage)
    assert stage.settle().ask("candidates", {})["candidates"] == []
    stage.hours(1)
    detected(stage)
    (found,) = stage.settle().ask("candidates", {})["candidates"]
    assert (found["number"], found["precision"]) == (2, 0.0)
    assert (stage.told(REPORT), stage.records("assessments")) == ([], {})


@pytest.mark.parametrize(
    "more", [{"label": "井盖异常"}, {"latitude": 36.056}, {"confidence": 0.59}, {"longitude": 120.4}]
)
def test_detections_that_say_nothing_here_leave_nothing(stage, more):
    detected(stage, **more)
    assert stage.settle().records("candidates") == {}


def incident(stage, **changes):
    told = {
        "label": "暴露垃圾",
        "camera": "C7",
        "state": "open",
        "longitude": 120.306,
        "latitude": 36.054,
        "seen_at": stage.hours(0),
        "confidence": 0.8,
        "evidence": ["b" * 64],
    }
    stage.deliver("city.video_ai.incident.v1", told | changes)
    return stage.records("candidates")


def test_an_incident_of_video_analysis_is_a_candidate_too(stage):
    (found,) = incident(stage).values()
    assert (found["point"], found["item"], found["cameras"], found["evidence"]) == ("M1", "clean", ["C7"], ["b" * 64])
    assert incident(stage)["M1.clean"]["detections"] == 2


@pytest.mark.parametrize(
    "change",
    [{"state": "over"}, {"verdict": "wrong"}, {"longitude": None}, {"evidence": []}, {"label": "crowding"}],
)
def test_incidents_that_are_over_or_false_or_show_nothing_are_no_candidates(stage, change):
    assert incident(stage, **change) == {}


def test_without_an_edition_in_force_detections_find_no_item(stage):
    stage.context.settings["edition"] = "qd-1999"
    detected(stage)
    assert stage.settle().records("candidates") == {}
    health = stage.hook("ucs_health")
    assert (health.ok, "qd-1999" in health.en) == (False, True)
    stage.context.settings["edition"] = ""
    assert stage.hook("ucs_health").ok
    detected(stage)
    assert stage.settle().records("candidates") == {}


def test_a_unit_does_not_decide_upon_what_cameras_saw_at_its_own_point(stage):
    stage.publish(assessors=[INSPECTOR, UNIT])
    detected(stage)
    stage.settle()
    decision = {"point": "M1", "item": "clean", "number": 1, "confirmed": False}
    with pytest.raises(Denied):
        stage.be(UNIT, "wang").ask("decide", decision)
    with pytest.raises(NotFound):
        stage.be(INSPECTOR, "li").ask("decide", decision | {"item": "stalls"})
