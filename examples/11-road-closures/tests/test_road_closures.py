"""Three plugins that know each other by two types of events: deep water is a case of its own."""

from pathlib import Path

import pytest

from ucs_sdk.plugins import find_in_folder
from ucs_sdk.testing import Rehearsal
from ucs_sdk.testing.pytest_plugin import host

HERE = Path(__file__).resolve().parents[1]
CAPABILITIES = HERE.parents[1] / "capabilities"
POINT = {
    "code": "QD-RJ",
    "name": "瑞金路铁路桥",
    "longitude": 120.4,
    "latitude": 36.2,
    "crs": "wgs84",
    "region": "370213",
    "sensors": [{"device": "L1"}],
}


@pytest.fixture
def city():
    folders = (CAPABILITIES / "case_center", CAPABILITIES / "waterlogging", HERE)
    with host()([find_in_folder(each) for each in folders]) as opened:
        opened.invoke("waterlogging.register", POINT, as_="publisher")
        yield opened


def measure(city, *depths):
    for depth in depths:
        city.advance(minutes=1)
        reading = {"point": "QD-RJ", "device": "L1", "value": depth, "at": city.clock.now().isoformat()}
        city.invoke("waterlogging.observe", {"observations": [reading]}, as_="publisher")
        city.settle()


def cases(city):
    return sorted(each["case_type"] for each in city.invoke("case_center.list", {}, as_="publisher")["cases"])


def test_shallow_water_is_the_business_of_nobody_else(city):
    measure(city, 5, 15)
    assert cases(city) == ["road_waterlogging"]


def test_close_asks_for_a_case_of_its_own_and_for_one_however_the_water_rises_and_falls(city):
    measure(city, 5, 20, 35, 60, 28, 20, 35, 60, 110)
    assert cases(city) == ["other", "road_waterlogging"]
    assert city.dead() == []


@pytest.mark.parametrize(("closure", "asks"), [("none", 0), ("prepare", 0), ("close", 1)])
def test_only_a_road_that_should_be_closed_is_asked_for(closure, asks):
    stage = Rehearsal(__file__)
    place = {"name": "桥", "region": "370213", "longitude": 120.4, "latitude": 36.2}
    stage.deliver("city.waterlogging.changed.v1", place | {"closure": closure, "event": "QD-RJ.1"})
    assert [each.data.source_id for each in stage.emitted] == ["QD-RJ.1"] * asks
