"""The plugin in a whole platform: whose cameras are whose, and from findings to a case and back."""

from pathlib import Path

import pytest

from ucs_sdk import Denied, UcsError
from ucs_sdk.plugins import find_in_folder
from ucs_sdk.testing.pytest_plugin import host

HERE = Path(__file__).resolve().parents[1]
ONE = "37021301001310000177"
CAMERA = {"code": ONE, "name": "瑞金路桥下", "longitude": 120.4, "latitude": 36.2, "crs": "wgs84"}
REPORT = "city.case_center.report.v1"


@pytest.fixture
def cameras(city):
    city.invoke("video_ai.register_camera", CAMERA, as_="publisher")
    return city


def find(city, *labels, as_="publisher"):
    for label in labels:
        city.advance(minutes=1)
        finding = {"code": ONE, "label": label, "confidence": 0.9, "at": city.clock.now().isoformat()}
        answer = city.invoke("video_ai.detected", {"vendor": "box", "findings": [finding]}, as_=as_)
        city.settle()
    return answer


def test_findings_become_an_incident_that_asks_for_a_case_and_is_judged(cameras):
    find(cameras, "litter", "litter", "litter")
    (report,) = cameras.emitted(REPORT)
    assert report["data"]["source_id"] == f"{ONE}.litter.1"
    cameras.invoke("video_ai.judge", {"incident": f"{ONE}.litter.1", "verdict": "wrong"}, as_="publisher")
    cameras.settle()
    tally = cameras.records("video_ai", "tallies")["vendor:box"]["body"]
    assert (tally["wrong"], tally["incidents"]) == (1, 1)
    assert cameras.records("video_ai", "incidents")[f"{ONE}.litter.1"]["organization"] == "qingdao-water"
    assert cameras.dead() == []


def test_others_may_neither_say_what_a_camera_sees_nor_change_it_nor_judge(cameras):
    find(cameras, "litter", "litter")
    assert [each["code"] for each in find(cameras, "litter", as_="app")["refused"]] == [ONE]
    with pytest.raises(UcsError):
        cameras.invoke("video_ai.register_camera", CAMERA | {"name": "mine"}, as_="app")
    with pytest.raises((Denied, UcsError)):
        cameras.invoke("video_ai.judge", {"incident": f"{ONE}.litter.1", "verdict": "wrong"}, as_="app")
    assert cameras.records("video_ai", "incidents")[f"{ONE}.litter.1"]["body"]["verdict"] is None


def test_who_may_not_see_a_camera_finds_none_in_any_list_or_count(cameras):
    cameras.invoke("video_ai.put_pool", {"code": "bridges", "name": "桥"}, as_="publisher")
    find(cameras, "litter", "litter")
    with pytest.raises(UcsError):
        cameras.invoke("video_ai.cameras", {}, as_="outsider")


def test_with_the_case_centre_a_voided_case_is_a_veto():
    with host()([find_in_folder(HERE.parent / "case_center"), find_in_folder(HERE)]) as city:
        city.invoke("video_ai.register_camera", CAMERA, as_="publisher")
        roles = ["receptionist", "collector", "shift_leader"]
        city.invoke("case_center.assign_roles", {"principal": "publisher", "roles": roles}, as_="publisher")
        find(city, "litter", "litter")
        (case,) = city.invoke("case_center.list", {}, as_="publisher")["cases"]
        assert case["case_type"] == "exposed_waste"
        leader = {"principal": "bureau-admin", "roles": ["shift_leader"]}
        city.invoke("case_center.assign_roles", leader, as_="publisher")
        asked = {"case": case["case"], "verb": "ask_voiding", "note": "误报"}
        city.invoke("case_center.act", asked, as_="publisher")
        city.invoke("case_center.act", asked | {"verb": "grant"}, as_="bureau-admin")
        city.settle()
        (incident,) = city.invoke("video_ai.incidents", {}, as_="publisher")["incidents"]
        assert (incident["case"], incident["verdict"], incident["state"]) == (case["case"], "wrong", "over")
        assert city.dead() == []


def test_with_waterlogging_a_camera_confirms_what_a_sensor_measures():
    with host()([find_in_folder(HERE.parent / "waterlogging"), find_in_folder(HERE)]) as city:
        point = {"code": "QD-RJ", "name": "桥", "sensors": [{"device": "L1"}], "region": "370213"}
        place = {"longitude": 120.4, "latitude": 36.2, "crs": "wgs84"}
        city.invoke("waterlogging.register", point | place, as_="publisher")
        city.invoke("video_ai.register_camera", CAMERA, as_="publisher")
        city.advance(minutes=1)
        reading = {"point": "QD-RJ", "device": "L1", "value": 12, "at": city.clock.now().isoformat()}
        city.invoke("waterlogging.observe", {"observations": [reading]}, as_="publisher")
        find(city, "standing_water", "standing_water")
        event = city.records("waterlogging", "places")["QD-RJ"]["body"]["event"]
        assert sorted(each["source"] for each in event["evidence"]) == ["sensor", "video"]
        assert {each["data"]["case_type"] for each in city.emitted(REPORT)} == {"road_waterlogging"}
        assert {each["data"]["source_id"] for each in city.emitted(REPORT)} == {"QD-RJ.1"}
        assert city.dead() == []
