"""From rising water to a closed case: both plugins on one platform, which know nothing of each other but two types of events."""

from pathlib import Path

import pytest

from ucs_sdk.plugins import find_in_folder
from ucs_sdk.testing.pytest_plugin import host

HERE = Path(__file__).resolve().parents[1]
CASE_CENTRE = HERE.parent / "case_center"
UNIT = "qingdao-water"
POINT = {
    "code": "QD-RJ",
    "name": "瑞金路铁路桥",
    "longitude": 120.4,
    "latitude": 36.2,
    "crs": "wgs84",
    "region": "370213",
    "sensors": [{"device": "L1"}],
}


class Both:
    """A city with both plugins, a point, a unit and a rule that gives it all roads under water."""

    def __init__(self, city):
        self.city = city
        self.call("waterlogging.register", POINT)
        self.call("case_center.enter_unit", {"unit": UNIT, "title_zh": "水务局", "title_en": "Water Bureau"})
        rule = {"id": "water", "case_type": "road_waterlogging", "unit": UNIT}
        self.call("case_center.put_dispatch_rule", rule)
        roles = ["receptionist", "collector", "shift_leader"]
        self.call("case_center.assign_roles", {"principal": "publisher", "roles": roles})

    def call(self, operation, asked, as_="publisher"):
        return self.city.invoke(operation, asked, as_=as_)

    def measure(self, *depths):
        for depth in depths:
            self.city.advance(minutes=1)
            reading = {"point": "QD-RJ", "device": "L1", "value": depth, "at": self.city.clock.now().isoformat()}
            self.call("waterlogging.observe", {"observations": [reading]})
            self.city.settle()

    def tell(self, reporter):
        place = {"longitude": 120.4002, "latitude": 36.2, "crs": "wgs84", "region": "370213"}
        asked = {"reporter": reporter, "at": self.city.clock.now().isoformat(), **place}
        self.call("waterlogging.report", asked, as_="app")
        self.city.settle()

    def cases(self):
        return self.call("case_center.list", {})["cases"]

    def event(self):
        (event,) = self.call("waterlogging.events", {})["events"]
        return event

    def do(self, case, *verbs):
        for verb in verbs:
            self.call("case_center.act", {"case": case, "verb": verb, "note": f"{verb} 已办"})
            self.city.settle()


@pytest.fixture
def both():
    with host()([find_in_folder(CASE_CENTRE), find_in_folder(HERE)]) as city:
        yield Both(city)


def test_rising_water_becomes_one_case_with_the_right_unit_and_is_followed_until_it_is_closed(both):
    both.measure(0, 5, 15)
    (case,) = both.cases()
    assert (case["case_type"], case["state"], case["unit"]) == ("road_waterlogging", "dispatched", UNIT)
    assert (both.event()["case"], both.event()["case_state"]) == (case["case"], "dispatched")

    both.measure(35, 60, 105)
    both.tell("a")
    (same,) = both.cases()
    assert (same["case"], same["severity"]) == (case["case"], "critical")

    both.do(case["case"], "begin", "dispose")
    assert both.event()["case_state"] == "checking"
    both.measure(60, 20, 5, 0)
    both.do(case["case"], "send_to_check", "check", "close")
    assert both.cases()[0]["state"] == "closed"
    # The sensor shows no water any more, and people say so, too.
    assert both.call("waterlogging.events", {})["events"] == []
    (over,) = both.call("waterlogging.events", {"over": True})["events"]
    assert (over["case"], over["ending"], over["peak_cm"]) == (case["case"], "case", 105.0)
    assert both.city.dead() == []


def test_the_next_storm_at_the_same_place_is_another_case(both):
    both.measure(5)
    (first,) = both.cases()
    both.do(first["case"], "begin", "dispose", "send_to_check", "check", "close")
    both.measure(0)
    both.city.advance(minutes=10)
    both.measure(0, 8)
    assert {each["case"] for each in both.cases()} > {first["case"]}
    assert both.event()["id"] == "QD-RJ.2"


def test_what_citizens_say_of_one_place_is_one_case(both):
    for reporter in "abc":
        both.tell(reporter)
    (case,) = both.cases()
    assert both.event()["case"] == case["case"]


def test_water_that_still_stands_a_while_after_its_case_was_closed_is_reported_anew(both):
    both.measure(20)
    (first,) = both.cases()
    both.do(first["case"], "begin", "dispose", "send_to_check", "check", "close")
    both.measure(*[20.5] * 9)
    assert [each["state"] for each in both.cases()] == ["closed"]
    both.measure(20)
    assert sorted(each["state"] for each in both.cases()) == ["closed", "dispatched"]
    assert both.event()["case"] not in ("", first["case"])
    both.measure(*[20.5] * 15)
    assert len(both.cases()) == 2
