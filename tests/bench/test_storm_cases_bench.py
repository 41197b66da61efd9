"""A storm of cases on the embedded default, in a process of its own: how long it takes from the first word of water to the
dispatched case while a hundred messages a second arrive, half of them duplicates; and what a power cut amid a storm costs.

Times are the clock's: from the moment at which a sensor's first reading is sent to the step that dispatches, as the platform
tells it. Both processes share the machine.
"""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from statistics import median
from threading import Thread

import pytest
from storm_city import StormCity

from ucs_core.cli.output import Output
from ucs_core.cli.storm.counting import Detected, tally
from ucs_core.cli.storm.doors import Doors
from ucs_core.cli.storm.seeing import EYES
from ucs_core.cli.storm.story import Story, play
from ucs_core.demo.storms import storms
from ucs_sdk.geo import Position

POINTS, EACH_SECOND, SECONDS = 300, 100, 10
GATEWAY = "sensor-gateway"
SPEED, UNTIL_KILLED = 600, 4.0
PATIENCE = 90.0


@pytest.fixture
def city(tmp_path):
    city = StormCity(tmp_path)
    yield city
    city.stop()


def place_of(number):
    return Position(120.0 + number % 20 * 0.01, 36.0 + number // 20 * 0.01)


async def registered(doors, number):
    at = place_of(number)
    point = {"code": f"B-{number}", "name": f"B-{number}", "region": "370213", "sensors": [{"device": f"L-{number}"}]}
    position = {"longitude": at.longitude, "latitude": at.latitude, "crs": "wgs84"}
    await doors.call(GATEWAY, "waterlogging.register", {**point, **position, "synthetic": True})


async def observed(doors, number, depth, at, request_id):
    reading = {"point": f"B-{number}", "device": f"L-{number}", "value": depth, "at": at.isoformat()}
    await doors.call(GATEWAY, "waterlogging.observe", {"observations": [reading]}, request_id)


async def dispatched(doors, count):
    """The cases of the storm as soon as so many are dispatched, with all their steps."""
    until = time.monotonic() + PATIENCE
    while True:
        found, after = [], ""
        while after is not None:
            asked = {"state": "dispatched", "limit": 200, "after": after}
            page = await doors.call(EYES, "case_center.list", {key: each for key, each in asked.items() if each})
            found += page["cases"]
            after = page["next"]
        if len(found) >= count or time.monotonic() > until:
            return [await doors.call(EYES, "case_center.get", {"case": each["case"]}) for each in found]
        await asyncio.sleep(0.2)


async def stormed(profile):
    """Every reading is one call and is told twice; a place whose water is known rises."""
    async with Doors(profile, lambda _: None) as doors:
        for number in range(POINTS):
            await registered(doors, number)
        detected, calls, begun = [], [], time.perf_counter()
        for message in range(EACH_SECOND * SECONDS):
            turn, number = divmod(message // 2, POINTS)
            if message % 2 == 0:
                at = datetime.now(UTC)
                if turn == 0:
                    detected.append(Detected(f"B-{number}", place_of(number), at))
            calls.append(asyncio.create_task(observed(doors, number, 5.0 + 8.0 * turn, at, f"bench-{message}")))
            await asyncio.sleep(max(0.0, begun + (message + 1) / EACH_SECOND - time.perf_counter()))
        await asyncio.gather(*calls)
        rate = len(calls) / (time.perf_counter() - begun)
        cases = await dispatched(doors, POINTS)
        events, after = [], ""
        while after is not None:
            page = await doors.call(EYES, "waterlogging.events", {"limit": 200, "after": after})
            events += page["events"]
            after = page["next"]
        return tally(detected, events, cases), ways(detected, cases), rate


def ways(detected, cases):
    """The milliseconds from the first word to the dispatch, case by case."""
    one_by_one = (tally([each], [], cases).detection_to_dispatch_p99_s for each in detected)
    return [took * 1000 for took in one_by_one if took is not None]


@pytest.mark.benchmark(group="cases-storm")
def test_from_the_first_word_of_water_to_the_dispatched_case(benchmark, row, city):
    counted, took, rate = benchmark.pedantic(lambda: asyncio.run(stormed(city.profile)), rounds=1)
    assert (counted.cases, counted.dispatched, counted.lost, counted.doubled) == (POINTS, POINTS, 0, 0)
    storm = f"{EACH_SECOND} messages/s, half duplicates, {POINTS} cases in {SECONDS} s, SQLite"
    row(f"{storm}: sent", rate, unit="/s", better="higher")
    row(f"{storm}: from detection to dispatch, median", median(took))
    row(f"{storm}: from detection to dispatch, p99", counted.detection_to_dispatch_p99_s * 1000, target=2_000)


@pytest.mark.benchmark(group="cases-storm")
def test_a_platform_that_is_killed_amid_the_storm(benchmark, row, city):
    """The process is killed while water rises, and started anew on its database; the story goes on by itself."""
    outcomes = []

    def played():
        storm = Story((storms()[0],), 20220915, SPEED)
        outcomes.append(asyncio.run(play(Output(as_json=True), city.profile, storm)))

    async def next_case(since):
        async with Doors(city.profile, lambda _: None) as doors:
            await registered(doors, 0)
            at = datetime.now(UTC)
            await observed(doors, 0, 5.0, at, "bench-after")
            while True:
                page = await doors.call(EYES, "waterlogging.events", {"limit": 200})
                if any(each["place"] == "B-0" and each["case"] for each in page["events"]):
                    return time.monotonic() - since
                await asyncio.sleep(0.1)

    def survived():
        storm = Thread(target=played)
        storm.start()
        time.sleep(UNTIL_KILLED)
        since = time.monotonic()
        city.kill()
        city.start()
        answers = time.monotonic() - since
        recovered = asyncio.run(asyncio.wait_for(next_case(since), timedelta(seconds=PATIENCE).total_seconds()))
        storm.join(3 * PATIENCE)
        return answers, recovered

    answers, recovered = benchmark.pedantic(survived, rounds=1)
    [(counted, _)] = outcomes
    assert (counted.cases, counted.closed, counted.lost, counted.doubled) == (9, 9, 0, 0)
    row("a platform killed amid a storm, SQLite: until it answers again", answers * 1000)
    row("a platform killed amid a storm, SQLite: until the next case is dispatched", recovered * 1000)
    row("a platform killed amid a storm, SQLite: lost and doubled cases", counted.lost + counted.doubled, unit="")
