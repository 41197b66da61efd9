"""How much memory an export takes, and how long: the same for 60,000 resources as for 20,000, within 2 MiB.

Memory is the peak of what Python allocates while the stream runs, as its own tracer counts it: a property of the stream and
not of the clock. The resources stand in a chain of links now and then, so that some wait for others. Rows per second stand
beside the times, as extra information.
"""

import asyncio
import io
import tracemalloc
from contextlib import aclosing

import orjson
import pytest

from ucs_core.access import Authority, RoleAssignment, ready_rules
from ucs_core.cli.dcat import dcat_document
from ucs_core.cli.spreadsheets import csv_table, ready_mapping, rows_of
from ucs_core.grpc.exports import to_messages
from ucs_core.platform import system_clock
from ucs_core.platform.exporting import Exports
from ucs_registry.principals import Principal
from ucs_registry.queries import ResourceQuery
from ucs_registry.resources import Dependency
from ucs_registry.sql import open_store
from ucs_registry.testing import ROOT, a_resource, an_id, founded
from ucs_sdk.vocabulary import DependencyRelation, PrincipalKind, ResourceKind

FEW, MANY = 20_000, 60_000
CHUNK = 5_000
MARGIN = 2 * 1024**2
"""By how many bytes the larger export's peak may be above the smaller one's."""

FEWER, ALL = ResourceQuery(kind=ResourceKind.DATA), ResourceQuery()


def resource(number):
    """A third are data, two thirds components; every hundredth needs the one behind it, which it must wait for."""
    kind = ResourceKind.DATA if number < FEW else ResourceKind.COMPONENT
    link = Dependency(target=f"resources/{an_id(number + 1)}", relation=DependencyRelation.READS)
    links = (link,) if number % 100 == 0 else ()
    content = {"title_zh": f"资源{number}", "dependencies": links, "tags": ("基准", f"标签{number % 50}")}
    return a_resource(number, kind=kind, type="dataset", **content)


async def fill(store):
    await founded(store)
    async with store.write() as unit:
        await unit.put_principals([Principal(id="reader", kind=PrincipalKind.PERSON, title="R", organization=ROOT)])
        role = RoleAssignment(id="r", principal="reader", role="platform_administrator", anchor=None)
        await unit.put_rules([*ready_rules(), role.to_rule()])
        await unit.commit()
    for at in range(0, MANY, CHUNK):
        async with store.write() as unit:
            await unit.save([resource(number) for number in range(at, at + CHUNK)])
            await unit.commit()


@pytest.fixture(params=["sqlite", "postgres"])
def city(request):
    """A store of 60,000 resources, in a loop that the benchmark runs."""
    url = request.getfixturevalue(f"{request.param}_url")
    with asyncio.Runner() as runner:
        store = runner.run(open_store(url))
        runner.run(fill(store))
        yield runner, store
        runner.run(store.close())


async def exported(store, query, made=Exports):
    """How many resources an export sends as messages, which go nowhere."""
    count = 0
    async with aclosing(made(store, Authority(), system_clock).export("reader", None, query)) as pieces:
        async for piece in pieces:
            count += sum(message.count for message in to_messages(piece, with_card=True))
    return count


def peak_of(work):
    """The peak of what some work allocates, in bytes, and what it returns."""
    tracemalloc.start()
    try:
        done = work()
        return tracemalloc.get_traced_memory()[1], done
    finally:
        tracemalloc.stop()


class Hoarding(Exports):
    """The twin: everything is gathered before the first piece leaves."""

    async def export(self, *asked, **wanted):
        for piece in [piece async for piece in super().export(*asked, **wanted)]:
            yield piece


@pytest.mark.timeout(900)
@pytest.mark.benchmark(group="export: server")
def test_an_export_takes_the_same_memory_whatever_there_is(benchmark, city, row):
    runner, store = city
    count = benchmark.pedantic(lambda: runner.run(exported(store, ALL)), rounds=1)
    few, sent = peak_of(lambda: runner.run(exported(store, FEWER)))
    many, _ = peak_of(lambda: runner.run(exported(store, ALL)))
    hoarded, _ = peak_of(lambda: runner.run(exported(store, FEWER, Hoarding)))
    benchmark.extra_info["peak_hoarded_mib"] = round(hoarded / 1024**2, 2)
    row(f"export: peak memory at {MANY:,} ÷ at {FEW:,}", many / 1024**2, few / 1024**2, unit="MiB")
    row("export", count / benchmark.stats["mean"], unit="rows/s", better="higher")
    assert (sent, count) == (FEW, MANY)
    assert many - few < MARGIN
    assert hoarded - few > MARGIN, "the twin was not caught"


class Nowhere(io.RawIOBase):
    """A file that keeps nothing."""

    def writable(self):
        return True

    def write(self, data):
        return len(data)


def line(number):
    return {
        "id": an_id(number),
        "code": f"CODE-{number}",
        "kind": "data",
        "type": "dataset",
        "owner": ROOT,
        "availability": "online",
        "created_at": "2026-03-01T00:00:00+00:00",
        "updated_at": "2026-03-01T00:00:00+00:00",
        "revision": 1,
        "owner_title": {"zh": "机构", "en": "Office"},
        "content": {
            "title": {"zh": f"资源{number}", "en": f"Resource {number}"},
            "summary": {"zh": "说明", "en": "Summary"},
            "tags": ["基准"],
            "share_type": "unconditional",
            "open_type": "none",
            "data_level": "l1",
            "update_cycle": "daily",
            "spec": {"items": [{"name": "depth", "title": "水深", "data_type": "decimal"}]},
        },
    }


def written(opened, rows):
    with opened(Nowhere()) as write:
        for number in range(rows):
            write(orjson.loads(orjson.dumps(line(number))))
    return rows


def as_csv(file):
    return _Rows(csv_table(file, ready_mapping()))


def as_dcat(file):
    return dcat_document(file, "turtle", "urn:ucs:")


class _Rows:
    def __init__(self, table):
        self._table = table

    def __enter__(self):
        return self._table.__enter__().write

    def __exit__(self, *why):
        return self._table.__exit__(*why)


@pytest.mark.benchmark(group="export: client")
@pytest.mark.parametrize("opened", [as_csv, as_dcat])
def test_a_format_takes_the_same_memory_whatever_there_is(benchmark, opened, row):
    written(opened, 100)
    few, _ = peak_of(lambda: written(opened, FEW // 10))
    many, _ = peak_of(lambda: written(opened, MANY // 10))
    hoarded, _ = peak_of(lambda: [line(number) for number in range(MANY // 10)])
    count = benchmark.pedantic(lambda: written(opened, FEW // 10), rounds=1)
    row(f"{opened.__name__}: peak memory at {MANY // 10:,} ÷ at {FEW // 10:,}", many / 1024, few / 1024, unit="KiB")
    row(opened.__name__, count / benchmark.stats["mean"], unit="rows/s", better="higher")
    assert many - few < MARGIN // 4
    assert hoarded - few > MARGIN // 4, "the twin was not caught"


@pytest.mark.benchmark(group="export: client")
def test_reading_a_table_takes_the_same_memory_whatever_there_is(benchmark, tmp_path, row):
    def table(rows):
        file = tmp_path / f"{rows}.csv"
        with file.open("wb") as raw, csv_table(raw, ready_mapping()) as out:
            for number in range(rows):
                out.write(line(number))
        return file

    def read(file):
        mapping = ready_mapping()
        return sum(isinstance(row, dict) for _, row in rows_of(file, mapping))

    small, large = table(FEW // 10), table(MANY // 10)
    assert read(small) == FEW // 10
    few, _ = peak_of(lambda: read(small))
    many, _ = peak_of(lambda: read(large))
    hoarded, _ = peak_of(lambda: list(rows_of(large, ready_mapping())))
    count = benchmark.pedantic(lambda: read(small), rounds=1)
    row(f"reading a table: peak memory at {MANY // 10:,} ÷ at {FEW // 10:,}", many / 1024, few / 1024, unit="KiB")
    row("reading a table", count / benchmark.stats["mean"], unit="rows/s", better="higher")
    # The models' library remembers the last 16,384 short texts that it has seen.
    assert many - few < MARGIN
    assert hoarded - few > MARGIN, "the twin was not caught"
