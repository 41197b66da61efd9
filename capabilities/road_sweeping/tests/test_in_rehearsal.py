"""The plugin's functions on a stage: from a plan and a track to verdicts, reports and scores."""

from datetime import datetime, timedelta
from math import cos, radians

import pytest
from pydantic import ValidationError

from ucs_sdk import Exhausted, Invalid, NotFound
from ucs_sdk.calendar import CHINA_STANDARD_TIME
from ucs_sdk.geo import EARTH_RADIUS
from ucs_sdk.settling import settled
from ucs_sdk.testing import Rehearsal

REPORT, JUDGED = "city.case_center.report.v1", "city.road_sweeping.judged.v1"
CASE_CHANGED = "city.case_center.changed.v1"
DEGREE = EARTH_RADIUS * radians(1.0)
PLAN = {
    "code": "P1",
    "name": "早班",
    "vehicles": ["V1"],
    "segments": ["A", "B"],
    "start": "09:00",
    "end": "10:00",
    "first_day": "2026-07-01",
}
DAY = "2026-07-01"


def at(east, north=0.0):
    return 120.38 + east / DEGREE / cos(radians(36.07)), 36.07 + north / DEGREE


def segment(code, *corners, **more):
    line = [at(*each) for each in corners]
    return {"code": code, "name": f"{code} 路", "level": "first", "region": "370202", "line": line, **more}


class Stage(Rehearsal):
    """The plugin on a stage at 08:00 in China, with two streets that meet, a vehicle and a plan from 09:00 to 10:00."""

    def __init__(self, **settings):
        super().__init__(__file__)
        self.context.settings.update(settings)
        self.enter(segment("A", (0, 0), (400, 0)), segment("B", (400, 0), (400, 200)))
        self.call("road_sweeping.register_vehicle", {"code": "V1", "name": "1 号车"})
        self.planned = self.call("road_sweeping.plan", PLAN)

    def enter(self, *segments):
        return self.call("road_sweeping.register_segments", {"crs": "wgs84", "segments": list(segments)})

    def reach(self, text):
        """Let it be a time of this day or the next, in China, with all that the schedules do on the way."""
        now = datetime.fromisoformat(f"{DAY}T{text}:00").replace(tzinfo=CHINA_STANDARD_TIME)
        while (step := (now - self.context.clock.now()).total_seconds()) > 0:
            self.context.clock.advance(min(step, 300.0))
            self.run("open_windows")
            self.run("judge_windows")

    def drive(self, *places, vehicle="V1", every=10, working=True, **more):
        """Drive along places in metres, the last of them now; what became of the fixes."""
        now = self.context.clock.now()
        fixes = [
            {
                "at": (now - timedelta(seconds=every * (len(places) - 1 - index))).isoformat(),
                "longitude": at(*each)[0],
                "latitude": at(*each)[1],
                "working": working,
                **more,
            }
            for index, each in enumerate(places)
        ]
        return self.call("road_sweeping.track", {"vehicle": vehicle, "crs": "wgs84", "fixes": fixes})

    def window(self):
        return self.call("road_sweeping.window", {"plan": "P1", "day": DAY})

    def told(self, type):
        return [each for each in self.emitted if each.type == type]

    def misses(self):
        asked = {"first_day": DAY, "last_day": DAY}
        return self.call("road_sweeping.misses", asked)["misses"]

    def scores(self):
        return self.call("road_sweeping.scores", {"first_day": DAY, "last_day": DAY})["districts"]


EASTWARDS = [(east, 0) for east in range(0, 401, 40)]
WHOLE = [*EASTWARDS, *[(400, north) for north in range(40, 201, 40)]]


@pytest.fixture
def stage():
    return Stage()


def test_a_plan_opens_its_window_a_quarter_of_an_hour_ahead(stage):
    assert stage.planned == {"code": "P1", "metres": 600.0, "opens_at": "2026-07-01T00:45:00Z"}
    stage.reach("08:44")
    assert stage.records("windows") == {}
    stage.reach("08:45")
    assert list(stage.records("windows")) == ["P1.2026-07-01"]
    assert stage.records("vehicles")["V1"]["vehicle"]["windows"] == ["P1.2026-07-01"]


def test_a_plan_that_is_entered_while_its_window_goes_on_opens_it_at_once():
    stage = Stage()
    stage.reach("08:40")
    stage.call("road_sweeping.plan", PLAN | {"code": "P2", "start": "08:30"})
    assert list(stage.records("windows")) == ["P2.2026-07-01"]


def test_what_was_swept_as_planned_is_met_and_raises_nothing(stage):
    stage.reach("09:30")
    assert stage.drive(*WHOLE) == {"taken": len(WHOLE), "refused": []}
    shown = stage.window()
    assert (shown["coverage"], [each["verdict"] for each in shown["stretches"]]) == (1.0, ["swept", "swept"])
    stage.reach("10:14")
    assert stage.told(JUDGED) == []
    stage.reach("10:15")
    (judged,) = stage.told(JUDGED)
    assert (judged.subject, judged.data.met, judged.data.planned_m, judged.data.swept_m) == ("P1", 2, 600.0, 600.0)
    assert (stage.told(REPORT), stage.misses()) == ([], [])
    assert stage.scores()[0]["score"] == 100.0
    assert stage.records("vehicles")["V1"]["on_duty"] is False


def test_a_missed_segment_asks_for_a_case_where_it_was_missed(stage):
    stage.reach("09:30")
    stage.drive(*EASTWARDS)
    stage.reach("10:20")
    (report,) = stage.told(REPORT)
    assert (report.subject, report.data.case_type, report.data.source) == ("B", "dirty_road", "system")
    assert report.data.source_id == "P1.2026-07-01.B"
    assert (report.data.longitude, report.data.latitude) == pytest.approx(at(400, 100), abs=1e-6)
    (miss,) = stage.misses()
    assert (miss["segment"], miss["verdict"], miss["swept_m"]) == ("B", "missed", 0.0)
    (score,) = stage.scores()
    assert (score["coverage"], score["met"], score["missed"]) == (pytest.approx(2 / 3, abs=1e-6), 0.5, 1)


def test_a_plan_of_which_nothing_was_swept_asks_for_one_case(stage):
    stage.reach("10:20")
    (report,) = stage.told(REPORT)
    assert (report.subject, report.data.source_id) == ("P1", "P1.2026-07-01")
    assert "device" in report.data.description
    (miss,) = stage.misses()
    assert (miss["segments"], miss["verdict"], miss["planned_m"]) == (2, "no_track", 600.0)
    assert stage.scores()[0]["silent"] == 2


def test_a_window_is_judged_once(stage):
    stage.reach("10:20")
    events = len(stage.emitted)
    stage.reach("11:00")
    assert len(stage.emitted) == events
    assert stage.drive(*EASTWARDS)["taken"] == len(EASTWARDS)
    assert stage.window()["stretches"][0]["verdict"] == "no_track"


def test_what_was_driven_before_the_window_and_after_it_does_not_count(stage):
    stage.reach("09:00")
    stage.drive(*EASTWARDS)
    (shown, _) = stage.window()["stretches"]
    assert shown["swept_m"] == 0.0
    stage.reach("10:00")
    stage.drive(*EASTWARDS, every=10)
    stage.context.clock.advance(120)
    stage.drive((0, 0), (40, 0), (80, 0))
    assert stage.window()["stretches"][0]["swept_m"] == 400.0


def test_a_track_that_comes_in_pieces_covers_what_it_does_in_one(stage):
    stage.reach("09:30")
    for index, place in enumerate(WHOLE):
        if index:
            stage.context.clock.advance(10)
        stage.drive(place)
    assert stage.window()["coverage"] == 1.0


def test_fixes_that_are_not_believed_are_told_one_by_one(stage):
    stage.reach("09:30")
    stage.drive((0, 0))
    # The first of them is a minute and a second ahead, the other at the time of the fix before.
    told = stage.drive((40, 0), (0, 0), every=-61)
    assert [(each["index"], each["outcome"]) for each in told["refused"]] == [(0, "ahead"), (1, "late")]
    assert told["refused"][0]["zh"] == "时间在将来"
    stage.context.clock.advance(3_600 * 25)
    old = stage.drive((0, 0), (40, 0), every=24 * 3_600 + 600)
    assert [each["outcome"] for each in old["refused"]] == ["old"]


def test_a_jump_is_refused_and_covers_nothing(stage):
    stage.reach("09:30")
    told = stage.drive((0, 0), (40, 0), (90_000, 0), (80, 0))
    assert [(each["index"], each["outcome"]) for each in told["refused"]] == [(2, "teleport")]
    assert stage.window()["stretches"][0]["swept_m"] == 80.0


def test_a_batch_that_comes_twice_changes_nothing(stage):
    stage.reach("09:30")
    stage.drive(*EASTWARDS)
    records = dict(stage.context.state.records)
    assert stage.drive(*EASTWARDS)["taken"] == 0
    assert stage.context.state.records == records


def test_overspeed_off_area_and_rush_hour_are_found_and_told():
    stage = Stage(peak_hours="09:00-10:00")
    stage.reach("09:30")
    stage.drive(*[(east, 0) for east in range(0, 401, 100)])
    stage.context.clock.advance(200)
    stage.drive(*[(200 + east, 300) for east in range(0, 161, 40)])
    found = {each["fault"]: each["seconds"] for each in stage.window()["window"]["faults"]}
    assert found == {"overspeed": 40.0, "off_area": 40.0, "peak_hour": 80.0}
    stage.reach("10:20")
    (judged,) = stage.told(JUDGED)
    assert {each.fault.value: each.fastest_kmh for each in judged.data.faults}["overspeed"] == pytest.approx(
        36, abs=0.1
    )


def test_who_works_for_another_plan_is_not_off_the_area_while_that_goes_on(stage):
    stage.enter(segment("C", (0, 500), (400, 500)))
    stage.call("road_sweeping.plan", PLAN | {"code": "P2", "segments": ["C"], "end": "09:40"})
    for moment, faults in (("09:30", []), ("09:50", ["off_area"])):
        stage.reach(moment)
        stage.drive(*[(east, 500) for east in range(0, 401, 40)])
        assert [each["fault"] for each in stage.window()["window"]["faults"]] == faults


def test_short_faults_are_not_told(stage):
    stage.reach("09:30")
    stage.drive((0, 0), (100, 0))
    stage.reach("10:20")
    assert stage.told(JUDGED)[0].data.faults == ()


def test_without_the_work_signal_nothing_is_swept_but_the_track_was_heard(stage):
    stage.reach("09:30")
    stage.drive(*WHOLE, working=False)
    stage.reach("10:20")
    assert [each["verdict"] for each in stage.misses()] == ["missed"]


def test_a_window_keeps_the_segments_that_it_began_with(stage):
    stage.reach("08:50")
    stage.enter(segment("A", (0, 0), (4_000, 0)))
    assert stage.window()["stretches"][0]["planned_m"] == 400.0


def test_a_plan_that_is_changed_while_its_window_is_open_counts_from_the_next(stage):
    stage.reach("08:50")
    stage.call("road_sweeping.plan", PLAN | {"segments": ["A"], "passes": 2})
    assert len(stage.window()["stretches"]) == 2
    stage.reach("10:20")
    assert stage.told(JUDGED)[0].data.segments == 2


def test_two_vehicles_of_a_plan_share_its_window(stage):
    stage.call("road_sweeping.register_vehicle", {"code": "V2", "name": "2 号车"})
    stage.call("road_sweeping.plan", PLAN | {"vehicles": ["V1", "V2"]})
    stage.reach("09:30")
    stage.drive(*EASTWARDS)
    stage.drive(*[(400, north) for north in range(0, 201, 40)], vehicle="V2")
    assert stage.window()["coverage"] == 1.0


def test_a_case_is_followed(stage):
    stage.reach("10:20")
    told = {"case": "C-1", "state": "dispatched", "reporter": "plugins/road_sweeping", "source_id": "P1.2026-07-01"}
    stage.deliver(CASE_CHANGED, told | {"reporter": "plugins/other"})
    assert stage.misses()[0]["case"] == ""
    stage.deliver(CASE_CHANGED, told)
    assert (stage.misses()[0]["case"], stage.misses()[0]["case_state"]) == ("C-1", "dispatched")
    stage.deliver(CASE_CHANGED, told | {"source_id": "P9.2026-07-01"})


def test_gcj02_is_converted_and_a_system_must_be_named(stage):
    stage.reach("09:30")
    fix = {"at": stage.context.clock.now().isoformat(), "longitude": 120.38, "latitude": 36.07, "working": True}
    with pytest.raises(ValidationError, match="crs"):
        stage.call("road_sweeping.track", {"vehicle": "V1", "fixes": [fix]})
    stage.call("road_sweeping.track", {"vehicle": "V1", "crs": "gcj02", "fixes": [fix]})
    kept = stage.records("vehicles")["V1"]["vehicle"]["trail"][0]
    assert abs(kept[1] - 120.38) > 0.003


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"vehicles": ["V9"]}, NotFound),
        ({"segments": ["A", "Z"]}, NotFound),
        ({"segments": ["A", "A"]}, Invalid),
        ({"end": "09:00"}, Invalid),
    ],
)
def test_a_plan_that_cannot_be_is_refused_and_nothing_of_it_is_kept(stage, wrong, error):
    before = dict(stage.context.state.records)
    with pytest.raises(error):
        stage.call("road_sweeping.plan", PLAN | {"code": "P9"} | wrong)
    assert stage.context.state.records == before


def test_a_plan_off_duty_is_refused():
    stage = Stage(duty_first="04:00-12:00")
    with pytest.raises(Invalid, match="on duty"):
        stage.call("road_sweeping.plan", PLAN | {"code": "P2", "end": "12:01"})


def test_one_vehicle_is_in_ten_plans_at_the_most(stage):
    for number in range(2, 11):
        stage.call("road_sweeping.plan", PLAN | {"code": f"P{number}"})
    with pytest.raises(Exhausted, match="plans already"):
        stage.call("road_sweeping.plan", PLAN | {"code": "P11"})
    stage.call("road_sweeping.register_vehicle", {"code": "V2", "name": "2 号车"})
    stage.call("road_sweeping.plan", PLAN | {"code": "P10", "vehicles": ["V2"]})
    stage.call("road_sweeping.plan", PLAN | {"code": "P11"})


def test_a_plan_whose_segments_have_grown_does_not_hold_up_the_others(stage):
    bent = [(index, (index % 2) * 3) for index in range(0, 400, 2)]
    codes = [f"S{number}" for number in range(25)]
    stage.enter(*[segment(code, (0, 0), (400, 0)) for code in codes])
    stage.call("road_sweeping.plan", PLAN | {"code": "P0", "segments": codes})
    stage.enter(*[segment(code, *bent) for code in codes[:12]])
    stage.enter(*[segment(code, *bent) for code in codes[12:]])
    stage.reach("08:50")
    assert list(stage.records("windows")) == ["P1.2026-07-01"]
    assert "plan_cannot_open" in [event for _, event, _ in stage.context.state.logged]


def test_segments_are_listed_and_windows_of_a_plan_and_a_day(stage):
    stage.enter(segment("C", (0, 0), (100, 0), region="370203"))
    codes = [each["code"] for each in stage.call("road_sweeping.segments", {"district": "370203"})["segments"]]
    assert codes == ["C"]
    stage.reach("08:50")
    assert [each["plan"] for each in stage.call("road_sweeping.windows", {})["windows"]] == ["P1"]
    assert stage.call("road_sweeping.windows", {"plan": "P1"})["windows"][0]["state"] == "open"
    assert stage.call("road_sweeping.windows", {"day": "2026-07-02"})["windows"] == []
    with pytest.raises(NotFound):
        stage.call("road_sweeping.window", {"plan": "P9", "day": DAY})


def test_entering_the_same_segment_again_changes_nothing(stage):
    assert stage.enter(segment("A", (0, 0), (400, 0)))["changed"] == 0
    with pytest.raises(Invalid, match="twice"):
        stage.enter(segment("C", (0, 0), (400, 0)), segment("C", (0, 0), (400, 0)))


def test_districts_are_scored_apart_and_ranked(stage):
    stage.enter(segment("C", (0, 400), (400, 400), region="370203"))
    stage.call("road_sweeping.plan", PLAN | {"segments": ["A", "C"]})
    stage.reach("09:30")
    stage.drive(*EASTWARDS)
    stage.reach("10:20")
    assert [(each["district"], each["rank"], each["coverage"]) for each in stage.scores()] == [
        ("370202", 1, 1.0),
        ("370203", 2, 0.0),
    ]


@pytest.mark.parametrize("last", ["2026-06-30", "2026-10-01"])
def test_a_period_is_in_order_and_bounded(stage, last):
    with pytest.raises(Invalid, match="period"):
        stage.call("road_sweeping.scores", {"first_day": DAY, "last_day": last})


def test_the_map_and_the_boards_show_what_was_missed(stage):
    stage.reach("09:30")
    stage.drive(*EASTWARDS)
    stage.reach("10:20")
    figures = {each.name: settled(each.read(stage.context)).value for each in stage.plugin.indicators}
    assert figures == {"sweeping_coverage": 66.67, "segments_missed": 1}
    (layer,) = stage.plugin.layers
    (feature,) = settled(layer.draw(stage.context)).features
    assert feature.geometry["coordinates"] == pytest.approx(at(400, 100), abs=1e-6)


def test_health_is_bad_when_most_vehicles_on_duty_are_silent(stage):
    assert stage.hook("ucs_health").ok
    stage.reach("09:30")
    assert stage.hook("ucs_health").ok
    stage.reach("09:50")
    assert not stage.hook("ucs_health").ok
    stage.drive((0, 0))
    assert stage.hook("ucs_health").ok


@pytest.mark.parametrize(
    "wrong", [{"buffer_m": 0.0}, {"slowest_kmh": 30.0}, {"peak_hours": "9-10"}, {"score_met": -1.0}], ids=str
)
def test_settings_that_make_no_sense_are_refused_at_the_start(wrong):
    stage = Rehearsal(__file__)
    stage.context.settings.update(wrong)
    with pytest.raises(Invalid):
        stage.hook("ucs_started")
