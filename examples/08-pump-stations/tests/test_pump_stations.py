"""Pump stations: what each hook does."""

import asyncio

import pytest

from ucs_sdk import Change, ResourceKind
from ucs_sdk.testing import Rehearsal


@pytest.fixture
def stage():
    return Rehearsal(__file__)


def change(capacity, type="pump_station"):
    after = {"spec": {"capacity": capacity}}
    kind = ResourceKind.INFRASTRUCTURE
    return Change(verb="create", kind=kind, type=type, code="PS-08", owner="370200", before=None, after=after)


def test_the_type_and_the_station_come_with_the_plugin(stage):
    (station,) = stage.plugin.resources
    assert [each.id for each in stage.plugin.resource_types] == [station.type]


@pytest.mark.parametrize(("offered", "objections"), [(change(4), 0), (change(0), 1), (change(0, "bridge"), 0)])
def test_a_station_that_lifts_nothing_is_objected_to(stage, offered, objections):
    assert len(stage.hook("ucs_admit", change=offered)) == objections


def test_readings_begin_with_the_start_and_are_healthy_until_they_are_late(stage):
    assert not stage.hook("ucs_health").ok
    stage.hook("ucs_started")
    assert stage.call("pump_stations.level", {"station": "PS-07"}) == {"station": "PS-07", "metres": 0}
    assert stage.hook("ucs_health").ok
    stage.context.clock.advance(601)
    assert not stage.hook("ucs_health").ok


def test_the_water_is_read_again_and_again_until_the_plugin_ends(stage):
    slept = []

    async def sleep(seconds):
        slept.append(seconds)
        if len(slept) > 3:
            raise asyncio.CancelledError

    stage.context.clock.sleep = sleep
    with pytest.raises(asyncio.CancelledError):
        stage.hook("ucs_run")
    assert slept == [60.0] * 4
    assert stage.records("levels")["PS-07"]["metres"] == 0.03


def test_stopping_is_told_in_the_log(stage):
    stage.hook("ucs_stopping")
    assert [event for _, event, _ in stage.context.state.logged] == ["pump stations are no longer read"]
