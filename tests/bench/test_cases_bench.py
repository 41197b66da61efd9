"""What a month of cases costs the case centre: its lists and counts as its own operations answer them, beside resources at as
many rows, and what a report costs from its event to the dispatched case.

`UCS_BENCH_CASES=620000` asks for a whole month. Cases are synthetic and entered in bulk; each belongs to its unit, as when it was
dispatched. Processor time of this process, medians.
"""

import asyncio
import os
import time
from datetime import timedelta
from random import Random
from statistics import median

import pytest
from case_city import OWNER, a_report, staffed, the_case_centre, told
from plugin_city import held, nodes

from ucs_capability_case_center.records import CaseRecord, Step, Told, day_of, stamp, standing_of
from ucs_capability_case_center.vocabulary import CaseState, Source, TimeLight
from ucs_registry.documents import NewDocument
from ucs_registry.elements import ElementPage
from ucs_registry.queries import Dimension, Order, ResourceQuery
from ucs_registry.sql import upgrade
from ucs_registry.testing import NOW, a_resource, a_visibility, an_entry, an_organization
from ucs_registry.visibility import ALLOWED
from ucs_sdk.vocabulary import ResourceKind

CASES = int(os.environ.get("UCS_BENCH_CASES", "20000"))
UNITS, CHUNK, PAGE, ASKED, REPORTS, ROUNDS = 300, 2_000, 50, 21, 200, 5
TYPES = ("road_waterlogging", "pipe_burst", "dirty_road", "illegal_building", "other")
LISTS = (
    {},
    {"state": "dispatched"},
    {"case_type": "pipe_burst"},
    {"region": "370205"},
    {"region": "370205001"},
    {"unit": "u017"},
    {"open": True},
    {"light": "red"},
    {"unit": "u017", "light": "red"},
    {"region": "370205", "state": "dispatched"},
    {"order": "due"},
)
COUNTS = (
    {},
    {"case_type": "pipe_burst"},
    {"region": "370205"},
    {"unit": "u017"},
    {"unit": "u017", "since": "2026-05-01"},
)


def _case(number, chance):
    """One of 20,000 a day: most of the old ones are closed, some of the new ones are late."""
    at = NOW - timedelta(minutes=number * 43_200 / CASES)
    state = CaseState.CLOSED if chance.random() < 0.9 else chance.choice([*CaseState])
    light = TimeLight.GREEN if state.is_final else chance.choice([*TimeLight])
    step = Step(at=at, verb="report", role=None, actor="x", source=None, target=CaseState.REPORTED)
    unit = f"u{chance.randrange(UNITS):03}"
    record = CaseRecord(
        case_type=chance.choice(TYPES),
        state=state,
        open=not state.is_final,
        region=f"3702{chance.randrange(2, 14):02}{chance.randrange(1, 12):03}",
        unit=unit,
        light=light,
        source=chance.choice([*Source]),
        reported_at=stamp(at),
        day=day_of(at),
        standing=standing_of(state, light),
        next_at=stamp(NOW + timedelta(days=9)),
        red_at=stamp(at + timedelta(hours=chance.randrange(90))),
        outcome="on_time" if state is CaseState.CLOSED else "",
        told=Told(title="路面积水", description="市民反映路面积水，请尽快核实。" * 4, last_at=at),
        steps=(step,) * 6,
    )
    body = record.model_dump(mode="json")
    number = f"{at:%Y%m%d}-{number:012}"
    return NewDocument(plugin="case_center", collection="cases", id=number, organization=unit, body=body)


async def _filled(city):
    """Enter cases and as many resources; what entering a case took, in µs."""
    chance, spent, kinds = Random(1), 0.0, [*ResourceKind]
    async with city.store.write() as unit:
        await unit.add_organizations([an_organization(f"u{number:03}") for number in range(UNITS)])
        unit.append(an_entry())
        await unit.commit()
    for start in range(0, CASES, CHUNK):
        numbers = range(start, min(CASES, start + CHUNK))
        made = [_case(number, chance) for number in numbers]
        async with city.store.write() as unit:
            began = time.process_time()
            await unit.put_documents(made, NOW)
            spent += time.process_time() - began
            unit.append(an_entry())
            await unit.commit()
        async with city.store.write() as unit:
            owner = [f"u{chance.randrange(UNITS):03}" for _ in numbers]
            await unit.save(
                [a_resource(number, kind=kinds[number % len(kinds)], owner=owner[number - start]) for number in numbers]
            )
            await unit.commit()
    return spent / CASES * 1e6


async def _spent(ask):
    times = []
    for _ in range(ASKED):
        began = time.process_time()
        await ask()
        times.append(time.process_time() - began)
    return median(times) * 1e6


async def _beside(city):
    """What a page of resources takes, and a facet by statement."""
    async with city.store.read() as reader:
        visibility = a_visibility(bytes(ALLOWED for _ in await reader.cells(0, 100_000)))
    eyes = city.store.elements.eyes(visibility)

    async def page():
        asked = ElementPage(query=ResourceQuery(kind=ResourceKind.DATA), order=Order.UPDATED_DESC, first=PAGE)
        seen = await city.store.elements.page(asked, eyes, NOW)
        whole = await city.store.elements.among([each.id for each in seen.elements], eyes, NOW, whole=True)
        return [element.resource() for element in whole.elements]

    async def facet():
        async with city.store.read() as reader:
            return await reader.facets(ResourceQuery(), visibility, [Dimension.KIND])

    return await _spent(page), await _spent(facet)


@pytest.fixture
def url(tmp_path):
    url = f"sqlite:///{tmp_path}/ucs.db"
    upgrade(url)
    return url


@pytest.mark.benchmark(group="cases")
@pytest.mark.timeout(3_600)
def test_a_month_of_cases(benchmark, row, url, tmp_path):
    async def measured():
        async with nodes(url, tmp_path) as [city]:
            await city.keep(held("wang", "editor", "37"))
            await city.enable(the_case_centre(tmp_path), owner=OWNER)
            spent = await _filled(city)
            page, facet = await _beside(city)

            def asks(operation, asked):
                return lambda: city.invoke("founder", f"case_center.{operation}", **asked)

            for asked in LISTS:
                name = f"list by {' + '.join(asked) or 'nothing'}, {CASES:,} cases, beside a page of resources"
                row(name, await _spent(asks("list", {**asked, "limit": PAGE})), page, unit="µs")
            for asked in COUNTS:
                name = f"count by state and light of {' + '.join(asked) or 'all'}, {CASES:,} cases, beside a facet"
                await asks("counts", asked)()
                row(name, await _spent(asks("counts", asked)), facet, unit="µs")
            await asks("scores", {})()
            row(f"scores of {UNITS} units, {CASES:,} cases", await _spent(asks("scores", {})), unit="µs")
            row(f"a case entered, {CHUNK} in a unit, {CASES:,} cases", spent, unit="µs")

    benchmark.pedantic(lambda: asyncio.run(measured()), rounds=1)


@pytest.mark.benchmark(group="cases")
def test_reports(benchmark, row, url, tmp_path):
    """From the event at hand to the dispatched case that everybody was told of, or to nothing where it says nothing new."""

    async def measured():
        new, again, other = [], [], []
        async with nodes(url, tmp_path) as [city]:
            await staffed(city, the_case_centre(tmp_path))

            async def delivered(costs, events):
                await told(city.store, events)
                began = time.process_time()
                await city.platform.extensions.settle()
                costs.append((time.process_time() - began) * 1000 / len(events))

            for turn in range(ROUNDS):
                matters = range(turn * REPORTS, (turn + 1) * REPORTS)
                for costs, name, reporter in ((new, "new", "a"), (again, "again", "a"), (other, "other", "b")):
                    await delivered(
                        costs,
                        [a_report(city, f"{name}.{matter}", matter, reporter=reporter, lanes=20) for matter in matters],
                    )
        return median(new), median(again), median(other)

    new, again, other = benchmark.pedantic(lambda: asyncio.run(measured()), rounds=1)
    row(f"a report that becomes a dispatched case, {REPORTS} at hand, SQLite: processor time", new, target=6)
    row(f"a report that says nothing new, {REPORTS} at hand, SQLite: processor time", again, target=3)
    row(f"another's report of the same matter, {REPORTS} at hand, SQLite: processor time", other, target=3)
