"""What people and cameras report: to which place it goes, what comes of it, and who is not heard."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from ucs_sdk import Exhausted, Invalid

REPORT, HEARD = "city.case_center.report.v1", "city.waterlogging.heard.v1"


def test_a_report_goes_to_the_nearest_point_and_one_far_away_makes_a_place_of_its_own(stage):
    stage.seen(text="车辆熄火")
    stage.seen(longitude=120.5, reporter="b")
    stage.hear()
    near, far = (each.data for each in stage.told(REPORT))
    assert (near.source_id, near.source, "车辆熄火" in near.description) == ("QD-RJ.1", "citizen", True)
    assert far.source_id == "near-60250-18100.1"
    assert stage.records("places")["near-60250-18100"]["registered"] is False


CLOSE = [
    # Across the border of two bands of latitude, and among more points than a page holds.
    (36.2002, 120.4, "QD-RJ"),
    (36.1996, 120.4, "QD-RJ"),
    (36.1992, 120.4, "QD-S"),
    (36.2, 120.4009, "QD-E"),
    (36.2, 120.4030, None),
]


@pytest.mark.parametrize(("latitude", "longitude", "nearest"), CLOSE)
def test_the_nearest_point_is_found_wherever_it_lies(stage, latitude, longitude, nearest):
    for code, at in {"QD-S": (36.1990, 120.4), "QD-E": (36.2, 120.4011)}.items():
        stage.call("waterlogging.register", stage.POINT | {"code": code, "latitude": at[0], "longitude": at[1]})
    for number in range(250):
        far = {"code": f"A-{number}", "latitude": 36.2006, "longitude": 120.3993 + number * 1e-6}
        stage.call("waterlogging.register", stage.POINT | far)
    stage.seen(latitude=latitude, longitude=longitude)
    stage.hear()
    (report,) = stage.told(REPORT)
    place = report.subject
    assert place.startswith("near-") if nearest is None else place == nearest


def test_reports_from_all_sides_are_one_event_of_one_place(stage):
    stage.seen(reporter="a")
    stage.detected(0.9)
    stage.hear()
    stage.observe(15)
    stage.seen(reporter="b")
    stage.hear()
    assert stage.place["events"] == 1
    assert {each.data.source_id for each in stage.told(REPORT)} == {"QD-RJ.1"}
    # Suspected, then believed, then with a sensor's word.
    assert [each.data.source for each in stage.told(REPORT)] == ["citizen", "video", "sensor"]


def test_a_detection_that_is_not_sure_makes_no_case_and_one_that_a_person_confirms_does(stage):
    stage.detected(0.5)
    stage.hear()
    assert stage.told(REPORT) == []
    stage.detected(0.5, camera="C2", confirmed=True)
    stage.hear()
    assert [each.data.source for each in stage.told(REPORT)] == ["patrol"]


def test_who_reports_is_kept_as_a_digest(stage):
    stage.seen(reporter="13800000000")
    stage.hear()
    assert "13800000000" not in str(stage.context.state)


def test_a_reporter_without_measure_is_stopped(stage):
    for _ in range(12):
        stage.seen(reporter="loud")
    with pytest.raises(Exhausted, match="12 times an hour"):
        stage.seen(reporter="loud")
    stage.seen(reporter="quiet")


@pytest.mark.parametrize(("hours", "fits"), [(-24, True), (-24.01, False), (0.01, True), (0.02, False)])
def test_reports_are_about_now(stage, hours, fits):
    at = (stage.context.clock.now() + timedelta(hours=hours)).isoformat()
    if fits:
        stage.seen(reporter=f"at {hours}", at=at)
    else:
        with pytest.raises(Invalid, match="not within the last 24 hours"):
            stage.seen(at=at)


def test_a_report_without_its_coordinate_system_or_with_another_is_refused_or_converted(stage):
    with pytest.raises(ValidationError):
        stage.call("waterlogging.report", {"reporter": "a", "longitude": 120.4, "latitude": 36.2, "region": "370213"})
    with pytest.raises(ValidationError):
        stage.seen(crs="epsg:3857")
    stage.seen(crs="gcj02")
    (heard,) = stage.told(HEARD)
    assert 0.004 < 120.4003 - heard.data.longitude < 0.006


def test_sensors_and_cameras_do_not_report_like_people(stage):
    with pytest.raises(Invalid, match=r"waterlogging\.observe or waterlogging\.confirm"):
        stage.seen(source="sensor")


def test_what_was_seen_of_an_event_that_is_over_and_is_told_late_begins_no_other(stage):
    stage.observe(5)
    stage.seen(reporter="late")
    stage.observe(0, *[0] * 10)
    assert stage.place["event"] is None
    stage.hear()
    assert (stage.place["event"], stage.place["events"]) == (None, 1)
    stage.context.clock.advance(60)
    stage.seen(reporter="new")
    stage.hear()
    assert stage.place["events"] == 2
