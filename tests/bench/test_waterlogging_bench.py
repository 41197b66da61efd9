"""What waterlogging costs on one node, on SQLite: a batch of readings, and a report that is put to its place.

Processor time: a node has so much of it, whatever else the machine is busy with.
"""

import asyncio
import time
from datetime import timedelta
from pathlib import Path
from statistics import median

import pytest
import uvloop
from plugin_city import nodes

from ucs_registry.sql import upgrade
from ucs_sdk.plugins import find_in_folder

WATERLOGGING = Path(__file__).parents[2] / "capabilities" / "waterlogging"
POINTS, ROUNDS, EVENTS = 300, 15, 200
TOGETHER = 50


@pytest.fixture(scope="module")
def loop():
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        yield runner


@pytest.fixture
def url(tmp_path):
    url = f"sqlite:///{tmp_path}/ucs.db"
    upgrade(url)
    return url


def place(number):
    return {"longitude": 120 + number % 20 * 0.01, "latitude": 36 + number // 20 * 0.01, "crs": "wgs84"}


async def registered(city):
    await city.enable(find_in_folder(WATERLOGGING))
    for number in range(POINTS):
        point = {"code": f"P{number}", "name": f"P{number}", "region": "370213", "sensors": [{"device": "L"}]}
        await city.invoke("wang", "waterlogging.register", **point, **place(number))


async def observed(city, first, depth):
    """Readings of so many points; what they cost in milliseconds of the processor."""
    at = city.clock().isoformat()
    readings = [
        {"point": f"P{(first + number) % POINTS}", "device": "L", "value": depth, "at": at}
        for number in range(TOGETHER)
    ]
    begun = time.process_time()
    answer = await city.invoke("wang", "waterlogging.observe", observations=readings, request_id=f"{at}-{first}")
    cost = (time.process_time() - begun) * 1000
    assert not answer["refused"]
    return cost


@pytest.mark.benchmark(group="plugins-waterlogging")
@pytest.mark.parametrize(("said", "step", "target"), [("nothing new", 0.0, None), ("water that rises", 2.0, 6)])
def test_a_batch_of_readings(benchmark, row, loop, url, tmp_path, said, step, target):
    """50 readings of 50 points in one call: those that say nothing new write nothing."""

    async def measured():
        async with nodes(url, tmp_path) as [city]:
            await registered(city)
            costs = []
            for turn in range(ROUNDS):
                city.clock.now += timedelta(seconds=70 if step else 5)
                costs.append(await observed(city, 0, 5.0 + step * turn))
            return median(costs[3:])

    cost = benchmark.pedantic(lambda: loop.run(measured()), rounds=1)
    row(f"50 readings in one call, {said}, SQLite: processor time", cost, target=target)


@pytest.mark.benchmark(group="plugins-waterlogging")
def test_reports_that_are_put_to_their_places(benchmark, row, loop, url, tmp_path):
    """Reports of many people near many points, all at hand: looking for the place, the record, and what is told of it."""

    async def measured():
        async with nodes(url, tmp_path) as [city]:
            await registered(city)
            at = city.clock().isoformat()
            for number in range(EVENTS):
                told = {"reporter": f"{url}{number}"[-90:], "at": at, "region": "370213", **place(number % POINTS)}
                await city.invoke("li", "waterlogging.report", **told)
            begun = time.process_time()
            assert await city.platform.extensions.settle() == EVENTS
            return (time.process_time() - begun) * 1000 / EVENTS

    cost = benchmark.pedantic(lambda: loop.run(measured()), rounds=1)
    row("a report put to its place, 200 at hand, SQLite: processor time", cost, target=1)
