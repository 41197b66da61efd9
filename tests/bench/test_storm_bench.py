"""What a storm of events costs on one node: a write operation, an event that is delivered alone or among others, and the way from
an observation to what it brings about when many arrive.

Processor time is told beside the clock's: a node has so much of it, whatever else the machine is busy with.
"""

import asyncio
import time
from statistics import median, quantiles

import plugin_city
import pytest
import uvloop
from plugin_city import nodes

from ucs_registry.sql import upgrade

CALLS, ROUNDS, EVENTS, TOGETHER = 50, 9, 500, 128
STORM_PER_SECOND, STORM_SECONDS = 100, 6

HANDLING = """
import time
reached = {}

class Opened(BaseModel):
    key: str
ledger.emits("city.ledger.opened.v1", Opened)

class Case(BaseModel):
    level: int = 0

@ledger.on("city.ledger.noted.v1")
async def open_case(ctx: Context, event: Event[Noted]) -> None:
    async with ctx.unit() as unit:
        cases = unit.documents("cases", Case)
        before = await cases.get(event.data.key)
        cases.put(event.data.key, Case(level=event.data.level + (before.body.level if before else 0)))
        unit.emit("city.ledger.opened.v1", Opened(key=event.data.key), subject=event.subject)

@ledger.on("city.ledger.opened.v1")
async def dispatch(ctx: Context, event: Event[Opened]) -> None:
    async with ctx.unit() as unit:
        unit.documents("dispatches", Case).put(event.data.key, Case())
    reached[event.data.key] = time.perf_counter()
"""

BOTH = '["city.ledger.noted.v1", "city.ledger.opened.v1"]'


@pytest.fixture(scope="module")
def loop():
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        yield runner


@pytest.fixture
def url(tmp_path):
    url = f"sqlite:///{tmp_path}/ucs.db"
    upgrade(url)
    return url


def installed(city):
    """The ledger with its handlers, which hear of what it tells itself."""
    found = plugin_city.a_ledger(city.folder, HANDLING)
    manifest = city.folder / "ledger" / "src" / "ledger_plugin" / "plugin.toml"
    manifest.write_text(manifest.read_text().replace('["city.ledger.noted.v1"]', BOTH))
    return city.enable(found)


async def noted(city, start, count):
    for number in range(start, start + count):
        await city.invoke("wang", "ledger.note", key=f"k{number}", request_id=f"r{number}")


@pytest.mark.benchmark(group="plugins-storm")
def test_a_write_operation(benchmark, row, loop, url, tmp_path):
    """One operation with a request id: a record is read and put, an event emitted, the answer remembered, an entry logged."""

    async def written():
        async with nodes(url, tmp_path) as [city]:
            await installed(city)
            await noted(city, 0, CALLS)
            costs = []
            for turn in range(1, ROUNDS + 1):
                started = time.process_time()
                await noted(city, turn * CALLS, CALLS)
                costs.append((time.process_time() - started) * 1000 / CALLS)
            return median(costs)

    cost = benchmark.pedantic(lambda: loop.run(written()), rounds=1)
    row("a write of a record and an event, SQLite: processor time", cost, target=3)


@pytest.mark.benchmark(group="plugins-storm")
@pytest.mark.parametrize("store", ["SQLite", "PostgreSQL"])
@pytest.mark.parametrize("callers", [1, 8, 64])
def test_write_operations_side_by_side(benchmark, request, row, loop, tmp_path, callers, store):
    """As many callers, each with one call after another: those that come while one commits share the next commit."""
    database = request.getfixturevalue("url" if store == "SQLite" else "postgres_url")

    async def caller(city, start, count, ways):
        for number in range(start, start + count):
            since = time.perf_counter()
            await noted(city, number, 1)
            ways.append((time.perf_counter() - since) * 1000)

    async def written():
        async with nodes(database, tmp_path) as [city]:
            await installed(city)
            costs, ways, each = [], [], TOGETHER // callers
            for turn in range(ROUNDS):
                begun, used = turn * TOGETHER, time.process_time()
                await asyncio.gather(*(caller(city, begun + at * each, each, ways) for at in range(callers)))
                costs.append((time.process_time() - used) * 1000 / TOGETHER)
            return median(costs), median(ways)

    cost, way = benchmark.pedantic(lambda: loop.run(written()), rounds=1)
    row(f"a write operation, {store}, {callers} callers: processor time", cost)
    row(f"a write operation, {store}, {callers} callers: until it is answered, median", way)


@pytest.mark.benchmark(group="plugins-storm")
@pytest.mark.parametrize("together", [1, EVENTS])
def test_events_that_are_delivered(benchmark, row, loop, url, tmp_path, together):
    """Each event is handled twice over: by what opens a case and tells of it, and by what hears of that."""

    async def delivered():
        async with nodes(url, tmp_path) as [city]:
            await installed(city)
            cost = clock = 0.0
            for start in range(0, EVENTS, together):
                await noted(city, start, together)
                used, since = time.process_time(), time.perf_counter()
                assert await city.platform.extensions.settle() == 2 * together
                cost, clock = cost + time.process_time() - used, clock + time.perf_counter() - since
            return cost * 1000 / EVENTS / 2, 2 * EVENTS / clock

    cost, rate = benchmark.pedantic(lambda: loop.run(delivered()), rounds=1)
    how = "one at a time" if together == 1 else f"{together} at hand"
    row(f"an event handled, SQLite, {how}: processor time", cost, target=1.5 if together > 1 else None)
    row(f"events handled, SQLite, {how}", rate, unit="/s", better="higher")


@pytest.mark.benchmark(group="plugins-storm")
def test_a_storm(benchmark, row, loop, url, tmp_path):
    """From the call that observes to the end of the second handler, as many a second as are stated, on a node that runs."""

    async def weathered():
        async with nodes(url, tmp_path) as [city]:
            await installed(city)
            async with city.platform.extensions.running():
                await noted(city, 0, 1)
                begun, used, sent, calls = time.perf_counter(), time.process_time(), {}, []
                for number in range(1, STORM_PER_SECOND * STORM_SECONDS + 1):
                    sent[f"k{number}"] = time.perf_counter()
                    calls.append(asyncio.create_task(noted(city, number, 1)))
                    await asyncio.sleep(max(0.0, begun + number / STORM_PER_SECOND - time.perf_counter()))
                await asyncio.gather(*calls)
                reached = city.module.reached
                while not sent.keys() <= reached.keys():
                    async with city.store.read() as reader:
                        position = reader.head.position
                    await city.store.moved(position, 0.2)
                spent = (time.process_time() - used) / (time.perf_counter() - begun)
            return sorted((reached[key] - at) * 1000 for key, at in sent.items()), spent

    ways, spent = benchmark.pedantic(lambda: loop.run(weathered()), rounds=1)
    storm = f"a storm of {STORM_PER_SECOND}/s, SQLite"
    row(f"{storm}: from an observation to its effect, median", median(ways))
    row(f"{storm}: from an observation to its effect, p99", quantiles(ways, n=100)[98], target=2_000)
    row(f"{storm}: share of one processor", spent, unit="", target=2)
