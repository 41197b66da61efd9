"""The plugin in a whole platform: who sees and feeds what, and from a plan to a missed segment's case."""

from datetime import timedelta
from math import cos, radians
from pathlib import Path

import pytest

from ucs_sdk import Denied, NotFound, UcsError
from ucs_sdk.calendar import CHINA_STANDARD_TIME
from ucs_sdk.geo import EARTH_RADIUS
from ucs_sdk.plugins import find_in_folder
from ucs_sdk.testing.pytest_plugin import host

HERE = Path(__file__).resolve().parents[1]
REPORT = "city.case_center.report.v1"
DEGREE = EARTH_RADIUS * radians(1.0)


def at(east, north=0.0):
    return 120.38 + east / DEGREE / cos(radians(36.07)), 36.07 + north / DEGREE


class Town:
    """A city with two streets, a vehicle of the publisher's organisation, and a plan whose window begins in an hour."""

    def __init__(self, city):
        self.city = city
        now = city.clock.now().astimezone(CHINA_STANDARD_TIME)
        self.start, self.end = now + timedelta(hours=1), now + timedelta(hours=2)
        self.day = self.start.date().isoformat()
        streets = [
            {"code": code, "name": f"{code} 路", "level": "first", "region": "370202", "line": [at(*a), at(*b)]}
            for code, a, b in (("A", (0, 0), (400, 0)), ("B", (400, 0), (400, 200)))
        ]
        self.call("register_segments", {"crs": "wgs84", "segments": streets})
        self.call("register_vehicle", {"code": "V1", "name": "1 号车"})
        self.call("plan", self.plan("P1"))

    def plan(self, code):
        hours = {"start": self.start.strftime("%H:%M:%S"), "end": self.end.strftime("%H:%M:%S")}
        return {
            "code": code,
            "name": "早班",
            "vehicles": ["V1"],
            "segments": ["A", "B"],
            "first_day": self.day,
            **hours,
        }

    def call(self, operation, asked, as_="publisher"):
        return self.city.invoke(f"road_sweeping.{operation}", asked, as_=as_)

    def reach(self, moment):
        while self.city.clock.now() < moment:
            left = moment - self.city.clock.now()
            self.city.advance(seconds=min(left.total_seconds(), 300.0))
            self.city.run_schedules()
        self.city.settle()

    def drive(self, *places, as_="publisher"):
        now = self.city.clock.now()
        fixes = [
            {
                "at": (now - timedelta(seconds=10 * (len(places) - 1 - index))).isoformat(),
                "longitude": at(*each)[0],
                "latitude": at(*each)[1],
                "working": True,
            }
            for index, each in enumerate(places)
        ]
        return self.call("track", {"vehicle": "V1", "crs": "wgs84", "fixes": fixes}, as_=as_)

    def sweep_a(self):
        self.reach(self.start + timedelta(minutes=30))
        return self.drive(*[(east, 0) for east in range(0, 401, 40)])

    def judge(self):
        self.reach(self.end + timedelta(minutes=16))

    def misses(self, as_="publisher"):
        return self.call("misses", {"first_day": self.day, "last_day": self.day}, as_=as_)["misses"]


@pytest.fixture
def town(city):
    return Town(city)


def test_from_a_plan_to_a_missed_segment(town):
    assert town.sweep_a() == {"taken": 11, "refused": []}
    town.judge()
    (report,) = town.city.emitted(REPORT)
    assert (report["subject"], report["data"]["source_id"]) == ("B", f"P1.{town.day}.B")
    (score,) = town.call("scores", {"first_day": town.day, "last_day": town.day})["districts"]
    assert (score["district"], score["met"], score["missed"]) == ("370202", 0.5, 1)
    assert town.city.dead() == []


def test_everybody_who_may_call_sees_what_was_swept_and_only_its_owner_where_a_vehicle_is(town):
    town.sweep_a()
    town.judge()
    for who in ("publisher", "app", "duty_officer"):
        assert len(town.misses(who)) == 1
        shown = town.call("window", {"plan": "P1", "day": town.day}, who)
        assert [each["verdict"] for each in shown["stretches"]] == ["swept", "missed"]
    with pytest.raises(UcsError, match="no operation"):
        town.misses("outsider")


def test_whose_a_vehicle_is_feeds_and_plans_it_and_nobody_else(town):
    with pytest.raises(NotFound, match="no vehicle V1"):
        town.drive((0, 0), as_="app")
    with pytest.raises(NotFound, match="no vehicle V1"):
        town.call("plan", town.plan("P2"), "app")
    with pytest.raises((Denied, NotFound)):
        town.call("plan", town.plan("P1"), "app")
    street = {"code": "A", "name": "mine", "level": "first", "region": "370202", "line": [at(0), at(9)]}
    with pytest.raises(Denied):
        town.call("register_segments", {"crs": "wgs84", "segments": [street]}, "app")
    assert town.city.records("road_sweeping", "vehicles")["V1"]["body"]["vehicle"]["trail"] == [None, None]


def test_what_the_plugin_writes_belongs_to_whose_the_plan_is(town):
    town.sweep_a()
    town.judge()
    for collection in ("windows", "routes", "misses", "tallies", "vehicles"):
        owners = {each["organization"] for each in town.city.records("road_sweeping", collection).values()}
        assert owners == {"qingdao-water"}


def test_it_answers_at_its_typed_fields(town):
    town.sweep_a()
    answer = town.city.graphql("{ roadSweeping { segments(input: {}) { segments { code lengthM } } } }")
    codes = [each["code"] for each in answer["roadSweeping"]["segments"]["segments"]]
    assert codes == ["A", "B"]


def test_a_missed_segment_becomes_one_case_with_its_unit_which_is_followed():
    with host()([find_in_folder(HERE.parent / "case_center"), find_in_folder(HERE)]) as city:
        town = Town(city)
        unit = {"unit": "qingdao-water", "title_zh": "环卫", "title_en": "Sanitation"}
        city.invoke("case_center.enter_unit", unit, as_="publisher")
        rule = {"id": "sweeping", "case_type": "dirty_road", "unit": "qingdao-water"}
        city.invoke("case_center.put_dispatch_rule", rule, as_="publisher")
        town.sweep_a()
        town.judge()
        (case,) = city.invoke("case_center.list", {}, as_="publisher")["cases"]
        assert (case["case_type"], case["state"], case["unit"]) == ("dirty_road", "dispatched", "qingdao-water")
        (miss,) = town.misses()
        assert (miss["case"], miss["case_state"]) == (case["case"], "dispatched")
        assert city.dead() == []
