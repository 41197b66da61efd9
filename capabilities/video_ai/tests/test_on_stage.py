"""The plugin's functions on a stage: the directory, findings from elsewhere, incidents, verdicts, cases."""

import json

import pytest
from pydantic import ValidationError

from ucs_sdk import Invalid, NotFound

REPORT, INCIDENT = "city.case_center.report.v1", "city.video_ai.incident.v1"
ONE, TWO = "37021301001310000177", "37021301001310000178"
CASE_CHANGED = "city.case_center.changed.v1"
PLAN = {"name": "day", "algorithms": ["litter"], "seconds": 60}


def case(state, incident):
    return {"case": "20260701-7K3Q5F2M4TXA", "state": state, "reporter": "plugins/video_ai", "source_id": incident}


def test_a_camera_is_entered_once_and_shown_without_what_is_secret(stage):
    stated = {"code": ONE, "name": "甲", "source": "rtsp://10.20.1.7/x", "credential": "nvr7", "plans": [PLAN]}
    assert stage.call("video_ai.register_camera", stated) == {"code": ONE, "changed": True}
    assert stage.call("video_ai.register_camera", stated)["changed"] is False
    shown = stage.call("video_ai.camera", {"code": ONE})
    assert (shown["region"], shown["source"], shown["plans"][0]["seconds"]) == ("370213", "rtsp://10.20.1.7/x", 60)
    assert "nvr7" not in json.dumps(shown)
    assert stage.records("cameras")[ONE]["watched"] is True


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "37021301002150000177"},
        {"source": "rtsp://a:b@10.20.1.7/x"},
        {"source": "http://10.20.1.7/x"},
        {"plans": [PLAN | {"algorithms": ["no_such"]}]},
        {"plans": [PLAN, PLAN]},
        {"plans": [PLAN | {"preset": 3}]},
        {"longitude": 120.4},
    ],
)
def test_a_camera_that_cannot_be_right_is_refused(stage, wrong):
    with pytest.raises((Invalid, NotFound, ValidationError)):
        stage.call("video_ai.register_camera", {"code": TWO, "name": "乙"} | wrong)


def test_positions_come_in_any_system_and_are_kept_in_wgs84(stage):
    stage.call(
        "video_ai.register_camera", {"code": ONE, "name": "甲", "longitude": 120.4, "latitude": 36.2, "crs": "gcj02"}
    )
    kept = stage.records("cameras")[ONE]
    assert 0.003 < abs(kept["longitude"] - 120.4) + abs(kept["latitude"] - 36.2) < 0.02


def test_a_catalogue_is_imported_and_leaves_addresses_and_plans_alone(stage):
    stage.call("video_ai.register_camera", {"code": ONE, "name": "甲", "source": "rtsp://10.20.1.7/x", "plans": [PLAN]})
    group, recorder = "37021301002150000001", "37021301001180000001"
    catalogue = {
        "DeviceList": [
            {"DeviceID": ONE, "Name": "新名", "ParentID": group, "Longitude": "120.5", "Latitude": "36.1"},
            {"DeviceID": group, "Name": "桥隧组"},
            {"DeviceID": recorder},
            {"DeviceID": "12"},
        ]
    }
    answer = stage.call("video_ai.import_catalogue", {"text": json.dumps(catalogue)})
    assert (answer["cameras"], answer["pools"], answer["skipped"], len(answer["refused"])) == (1, 1, 1, 1)
    kept = stage.records("cameras")[ONE]
    assert (kept["name"], kept["source"], kept["longitude"], len(kept["plans"])) == (
        "新名",
        "rtsp://10.20.1.7/x",
        120.5,
        1,
    )
    again = stage.call("video_ai.import_catalogue", {"text": json.dumps(catalogue)})
    assert (again["cameras"], again["pools"], again["unchanged"]) == (0, 0, 2)
    (pool,) = stage.call("video_ai.pools", {})["pools"]
    assert (pool["code"], pool["name"], pool["cameras"]) == (group, "桥隧组", 1)


@pytest.mark.parametrize("form", ["json", "xml"])
def test_what_is_exported_can_be_imported(stage, form):
    asked = {"format": form, "device": "37020001002000000001"}
    written = stage.call("video_ai.export_catalogue", asked)
    assert written["items"] == 2
    answer = stage.call("video_ai.import_catalogue", {"text": written["text"], "format": form})
    assert (answer["cameras"], answer["unchanged"], answer["refused"]) == (0, 2, [])


def test_cameras_are_listed_by_pool_or_by_division(stage):
    stage.call("video_ai.put_pool", {"code": "bridges", "name": "桥隧"})
    assert [each["code"] for each in stage.call("video_ai.cameras", {"pool": "bridges"})["cameras"]] == [ONE, TWO]
    assert len(stage.call("video_ai.cameras", {"region": "3702"})["cameras"]) == 2
    assert stage.call("video_ai.cameras", {"region": "3701"})["cameras"] == []
    with pytest.raises(Invalid, match="ONE_WAY_TO_ASK"):
        stage.call("video_ai.cameras", {"region": "3701", "pool": "bridges"})


def test_the_store_lists_its_algorithms(stage):
    names = [each["name"] for each in stage.call("video_ai.algorithms", {})["algorithms"]]
    assert names == ["crowding", "litter", "standing_water", "tampering"]


def test_findings_become_one_incident_and_one_case_is_asked_for(stage):
    stage.found("litter", "litter", "litter", "litter")
    (incident,) = stage.incidents()
    assert (incident["id"], incident["pictures"], incident["cameras"]) == (f"{ONE}.litter.1", 4, [ONE])
    (report,) = stage.told(REPORT)
    assert (report.case_type, report.source, report.source_id) == ("exposed_waste", "video", incident["id"])
    assert (report.region, report.device) == ("370213", ONE)
    assert "Synthetic" in report.description


def test_what_two_cameras_see_at_one_place_is_one_incident(stage):
    stage.found("litter", "litter")
    stage.found("litter", code=TWO)
    (incident,) = stage.incidents()
    assert incident["cameras"] == [ONE, TWO]
    assert len(stage.told(REPORT)) == 1


def test_labels_that_no_case_is_made_of_are_shown_alone(stage):
    stage.found("vendor_887", "vendor_887")
    assert [each["label"] for each in stage.incidents()] == ["vendor_887"]
    assert stage.told(REPORT) == []


def test_a_vendors_alarm_code_is_a_label(stage):
    at = stage.context.clock.now().isoformat()
    finding = {"code": ONE, "vendor_code": "890", "confidence": 0.9, "at": at}
    assert stage.call("video_ai.detected", {"vendor": "box", "findings": [finding]})["taken"] == 1
    assert stage.emitted[-1].data.detections[0].label == "litter"


def test_tampering_is_told_to_the_cameras_organisation(stage):
    stage.found("tampering", "tampering")
    assert [(each.to, each.subject) for each in stage.notified] == [("370200", f"{ONE}.tampering.1")]


def test_what_is_wrong_with_one_finding_does_not_hold_up_the_others(stage, jpeg_head):
    at = stage.context.clock.now().isoformat()
    right = {"code": ONE, "label": "litter", "confidence": 0.9, "at": at, "snapshot": jpeg_head(640, 360)}
    wrong = [
        right | {"code": "37021301001310000999"},
        right | {"at": "2026-01-01T00:00:00Z"},
        right | {"snapshot": jpeg_head(60_000, 60_000)},
        right | {"snapshot": "%%%"},
        right | {"box": [0.9, 0, 0.1, 1]},
        right | {"box": [0, 0, 7, 1]},
    ]
    answer = stage.call("video_ai.detected", {"vendor": "box", "findings": [*wrong, right]})
    assert answer["taken"] == 1
    assert [each["index"] for each in answer["refused"]] == list(range(6))
    assert all(each["zh"] and each["en"] for each in answer["refused"])
    (kept,) = stage.context.state.blobs.values()
    assert kept[0].media_type == "image/jpeg"


def test_what_lies_outside_of_what_matters_is_not_told(stage):
    preset = {"number": 1, "name": "路面", "region_of_interest": [0, 0.5, 1, 1]}
    stage.call("video_ai.register_camera", {"code": ONE, "name": "甲", "presets": [preset]})
    stage.found("litter", "litter", preset=1, box=[0.1, 0.1, 0.2, 0.2])
    assert stage.incidents() == []
    stage.found("litter", "litter", preset=1, box=[0.1, 0.6, 0.2, 0.7])
    assert len(stage.incidents()) == 1


def test_a_veto_counts_for_the_algorithm_and_quiets_the_camera(stage):
    stage.found("litter", "litter")
    assert stage.judge(f"{ONE}.litter.1", "wrong")["changed"] is True
    assert stage.judge(f"{ONE}.litter.1", "wrong")["changed"] is False
    stage.found("litter", "litter", "litter")
    (incident,) = stage.incidents()
    assert (incident["state"], incident["verdict"]) == ("over", "wrong")
    (shown,) = stage.call("video_ai.precision", {})["precisions"]
    assert (shown["algorithm"], shown["right"], shown["wrong"], shown["incidents"]) == ("vendor:box", 0, 1, 1)
    stage.judge(f"{ONE}.litter.1", "right")
    (shown,) = stage.call("video_ai.precision", {"camera": ONE})["precisions"]
    assert (shown["right"], shown["wrong"], shown["precision"]) == (1, 0, 1.0)


def test_a_verdict_that_is_delivered_twice_counts_once(stage):
    stage.found("litter", "litter")
    stage.judge(f"{ONE}.litter.1", "right")
    for _ in range(2):
        stage.deliver("city.video_ai.judged.v1", {"incident": f"{ONE}.litter.1"})
    assert stage.call("video_ai.precision", {})["precisions"][0]["right"] == 1


def test_an_incident_that_is_not_there_cannot_be_judged(stage):
    with pytest.raises(NotFound):
        stage.judge(f"{ONE}.litter.9", "right")


@pytest.mark.parametrize(("state", "verdict"), [("closed", "right"), ("voided", "wrong"), ("dispatched", None)])
def test_how_a_case_ended_says_whether_it_was_so(stage, state, verdict):
    stage.found("litter", "litter")
    stage.deliver(CASE_CHANGED, case(state, f"{ONE}.litter.1"))
    stage.deliver(CASE_CHANGED, case(state, f"{ONE}.litter.1"))
    (incident,) = stage.incidents()
    assert (incident["verdict"], incident["case_state"]) == (verdict, state)
    tallies = stage.records("tallies")["vendor:box"]
    assert tallies["right"] + tallies["wrong"] == (verdict is not None)


def test_cases_of_others_say_nothing(stage):
    stage.found("litter", "litter")
    stage.deliver(CASE_CHANGED, case("voided", f"{ONE}.litter.1") | {"reporter": "plugins/other"})
    assert stage.incidents()[0]["verdict"] is None


def test_an_algorithm_that_is_too_often_wrong_at_a_camera_asks_for_no_case(on_stage):
    stage = on_stage(vetoed_hours=0.0)
    for number in range(1, 11):
        stage.found("litter", "litter")
        stage.judge(f"{ONE}.litter.{number}", "wrong")
    asked = len(stage.told(REPORT))
    stage.found("litter", "litter")
    assert (asked, len(stage.told(REPORT))) == (10, 10)
    assert stage.incidents()[0]["muted"] is True
    stage.call("video_ai.register_camera", {"code": TWO, "name": "乙"})
    stage.found("litter", "litter", code=TWO)
    assert len(stage.told(REPORT)) == 11


def test_standing_water_is_told_to_whoever_brings_water_together(stage):
    heard = []
    stage.context._answers["waterlogging.confirm"] = lambda asked: heard.append(asked) or {}
    stage.found("standing_water", "standing_water")
    assert [(each["camera"], each["crs"], each["confirmed"]) for each in heard] == [(ONE, "wgs84", False)]
    stage.found(*["standing_water"] * 12)
    assert len(heard) == 2
    assert stage.told(REPORT) == []


def test_where_nobody_brings_water_together_a_case_is_asked_for(stage):
    stage.found("standing_water", "standing_water")
    assert [each.case_type for each in stage.told(REPORT)] == ["road_waterlogging"]


def test_what_nobody_sees_any_more_is_over(stage):
    stage.found("litter", "litter")
    stage.context.clock.advance(29 * 60)
    stage.run("sweep")
    assert stage.incidents()[0]["state"] == "open"
    stage.context.clock.advance(60)
    stage.run("sweep")
    assert stage.incidents()[0]["state"] == "over"
    assert [each.state for each in stage.told(INCIDENT)] == ["open", "over"]


def test_boards_and_maps_show_what_goes_on(stage):
    stage.found("litter", "litter")
    (capability,) = stage.plugin.capabilities
    assert sorted(capability.indicators) == ["faulty_streams", "incidents_going_on", "precision_of_all"]


async def test_the_map_has_the_open_incidents(stage):
    from ucs_capability_video_ai import shown

    stage.found("litter", "litter")
    (feature,) = (await shown.seen(stage.context)).features
    assert feature.geometry == {"type": "Point", "coordinates": [120.4, 36.2]}
    assert (await shown.incidents_going_on(stage.context)).value == 1
    assert (await shown.precision_of_all(stage.context)).value == 0
    assert (await shown.faulty_streams(stage.context)).value == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hits", 0),
        ("least_confidence", 1.1),
        ("case_types", "litter"),
        ("stream_networks", "everywhere"),
        ("vetoed_hours", -1.0),
    ],
)
def test_settings_that_make_no_sense_are_refused_at_the_start(on_stage, name, value):
    stage = on_stage()
    stage.context.settings[name] = value
    with pytest.raises(Invalid, match=r"SETTING_WRONG|STREAM_NETWORKS"):
        stage.hook("ucs_started")


def test_no_stream_is_known_before_one_was_read(stage):
    assert stage.call("video_ai.streams", {}) == {"streams": [], "next": None}
