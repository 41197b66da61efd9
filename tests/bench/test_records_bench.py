"""What lists and counts of plugins' records cost in declared ways, beside the same of as many resources.

`UCS_BENCH_RECORDS=620000` asks for as many as a case centre of a city has in a month. An owner has some of the cases of every
unit, which is the worst for counters. Processor time of this process in µs, medians.
"""

import asyncio
import os
import time
from random import Random
from statistics import median

import pytest

from ucs_registry.documents import DocumentQuery, FieldRange, NewDocument
from ucs_registry.elements import ElementPage
from ucs_registry.queries import Dimension, Order, ResourceQuery
from ucs_registry.sql import open_store, upgrade
from ucs_registry.testing import NOW, a_resource, a_visibility, an_entry, an_organization
from ucs_registry.visibility import ALLOWED
from ucs_sdk.vocabulary import ResourceKind
from ucs_sdk.ways import Ways

RECORDS = int(os.environ.get("UCS_BENCH_RECORDS", "30000"))
OWNERS, CHUNK, PAGE, ASKED = 500, 2_000, 50, 40
STATES = ("reported", "accepted", "filed", "dispatched", "handled", "checked", "closed")
FIELDS = ("state", "case_type", "district[6]", "unit", "light")
WAYS = Ways(
    listed=(("reported_at",), *((field, "reported_at") for field in FIELDS), ("unit", "state", "reported_at")),
    counted=(*((field,) for field in FIELDS), ("unit", "state")),
)
VALUES = {"state": "filed", "case_type": "0301", "district[6]": "370205", "unit": "u017", "light": "red"}


def _case(number, chance):
    body = {
        "state": chance.choice(STATES),
        "case_type": f"{chance.randrange(6):02}{chance.randrange(20):02}",
        "district": f"3702{chance.randrange(2, 16):02}{chance.randrange(1, 12):03}",
        "unit": f"u{chance.randrange(300):03}",
        "light": chance.choice(("green", "yellow", "red")),
        "reported_at": f"2026-07-{number * 30 // RECORDS + 1:02}T{number % 86_400:05}",
        "description": "市民反映路面积水，已通知相关单位处置，请尽快核实。" * 3,
    }
    owner = f"o{chance.randrange(OWNERS)}"
    return NewDocument(plugin="cases", collection="cases", id=f"C{number:08}", organization=owner, body=body)


async def _filled(url):
    store, chance = await open_store(url), Random(1)
    async with store.write() as unit:
        await unit.add_organizations([an_organization(f"o{number}") for number in range(OWNERS)])
        await unit.declare_documents("cases", {"cases": WAYS}, drop=True)
        while await unit.index_documents():
            pass
        await unit.commit()
    kinds, spent = list(ResourceKind), 0.0
    for start in range(0, RECORDS, CHUNK):
        numbers = range(start, min(RECORDS, start + CHUNK))
        made = [_case(number, chance) for number in numbers]
        async with store.write() as unit:
            began = time.process_time()
            await unit.put_documents(made, NOW)
            spent += time.process_time() - began
            unit.append(an_entry())
            await unit.commit()
        async with store.write() as unit:
            await unit.save(
                [
                    a_resource(number, kind=kinds[number % len(kinds)], owner=f"o{chance.randrange(OWNERS)}")
                    for number in numbers
                ]
            )
            await unit.commit()
    return store, spent / RECORDS * 1e6


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def kept(request, tmp_path_factory):
    """A store with as many records as resources, what a record cost to enter, and the loop for both."""
    runner = asyncio.Runner()
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('records') / 'ucs.db'}"
    else:
        server = request.getfixturevalue("postgres_server")
        url = server.url(server.create("template1"))
    upgrade(url)
    store, spent = runner.run(_filled(url))
    yield store, spent, runner
    runner.run(store.close())
    runner.close()


def _spent(runner, ask):
    async def timed():
        times = []
        for _ in range(ASKED):
            began = time.process_time()
            await ask()
            times.append(time.process_time() - began)
        return median(times) * 1e6

    return runner.run(timed())


def _query(where, owners):
    parts = tuple(FieldRange(field=field, least=value, most=value) for field, value in where.items())
    order = "reported_at"
    return DocumentQuery(plugin="cases", collection="cases", where=parts, order=order, descending=True, owners=owners)


@pytest.mark.benchmark(group="records")
@pytest.mark.parametrize("share", [1.0, 0.6, 0.1])
def test_records_in_declared_ways(benchmark, row, kept, share):
    store, spent, runner = kept
    name = f"{store._dialect.__class__.__name__}, {RECORDS:,}, {share:.0%} of the owners"
    owners = None if share == 1 else frozenset(Random(3).sample(range(1, OWNERS + 1), int(OWNERS * share)))

    async def cells():
        async with store.read() as reader:
            return [cell.attributes.owner for cell in await reader.cells(0, 100_000)]

    shown = {f"o{number - 1}" for number in owners or ()}
    mask = bytes(ALLOWED if owners is None or owner in shown else 0 for owner in runner.run(cells()))
    visibility = a_visibility(mask)
    eyes = store.elements.eyes(visibility)

    async def resources():
        asked = ElementPage(query=ResourceQuery(kind=ResourceKind.DATA), order=Order.UPDATED_DESC, first=PAGE)
        seen = await store.elements.page(asked, eyes, NOW)
        ids = [element.id for element in seen.elements]
        whole = await store.elements.among(ids, eyes, NOW, whole=True)
        return [element.resource() for element in whole.elements]

    async def facets():
        async with store.read() as reader:
            return await reader.facets(ResourceQuery(), visibility, [Dimension.KIND])

    def page(field):
        return lambda: store.records.page(_query({field: VALUES[field]}, owners), None, PAGE)

    def counts(field):
        asked = DocumentQuery(plugin="cases", collection="cases", owners=owners)
        return lambda: store.records.tally(asked, field)

    def measured():
        theirs, counted = _spent(runner, resources), _spent(runner, facets)
        for field in FIELDS:
            row(
                f"page by {field} beside resources by kind, {name}",
                _spent(runner, page(field)),
                theirs,
                unit="µs",
            )
        for field in FIELDS:
            assert runner.run(counts(field)()) is not None
            row(
                f"counts by {field} beside a facet by statement, {name}",
                _spent(runner, counts(field)),
                counted,
                unit="µs",
            )

    benchmark.pedantic(measured, rounds=1)
    row(f"a new record, {CHUNK} in a unit, {name}", spent, unit="µs")
