"""What finding by place, time, level and branches costs the two databases, with facets, among 30,000 resources.

`UCS_BENCH_RESOURCES=189000` asks for as many as the demo city has at full size.
"""

import asyncio
import os
from datetime import date, timedelta
from random import Random

import pytest

from ucs_registry.extents import Box, Polygon, Temporal
from ucs_registry.queries import Dimension, Order, ResourceQuery
from ucs_registry.resources import Point
from ucs_registry.sql import open_store, upgrade
from ucs_registry.testing import a_resource, a_visibility, an_organization
from ucs_sdk.vocabulary import DataLevel, OpenType, ResourceKind

RESOURCES = int(os.environ.get("UCS_BENCH_RESOURCES", "30000"))
OWNERS, CHUNK = 500, 1_000
REGIONS = [f"3702{number:02}" for number in range(1, 11)]
WIDE = Polygon.model_validate(
    {"type": "Polygon", "coordinates": [[(120.0, 36.0), (121.0, 36.1), (120.9, 36.9), (120.1, 37.0), (120.0, 36.0)]]}
)
QUESTIONS = {
    "all": ResourceQuery(),
    "district": ResourceQuery(district="370202"),
    "district, level and kind": ResourceQuery(district="370202", data_level=DataLevel.L3, kind=ResourceKind.DATA),
    "two tags": ResourceQuery(tags=("t1", "t2")),
    "small box": ResourceQuery(area=Box(west=120.5, south=36.5, east=120.52, north=36.52)),
    "wide box": ResourceQuery(area=Box(west=120, south=36, east=120.7, north=36.7)),
    "wide polygon": ResourceQuery(area=WIDE),
    "window": ResourceQuery(during=Temporal(start=date(2025, 3, 1), end=date(2025, 3, 7))),
    "search in a district": ResourceQuery(search="水位", district="370203"),
    "branches": ResourceQuery(
        any_of=(ResourceQuery(tag="t1"), ResourceQuery(district="370205", open_type=OpenType.NONE))
    ),
}


def _resource(number, chance):
    start = date(2025, 1, 1) + timedelta(days=chance.randrange(300))
    return a_resource(
        number,
        kind=chance.choice(list(ResourceKind)),
        owner=f"o{number % OWNERS}",
        data_level=chance.choice(list(DataLevel)),
        title_zh=f"{chance.choice(('水位', '路况', '空气'))}{number}",
        tags=tuple(chance.sample(("t1", "t2", "t3", "t4", "t5", "t6"), 2)),
        region_code=chance.choice(REGIONS),
        location=Point(longitude=120 + chance.random(), latitude=36 + chance.random()),
        temporal=Temporal(start=start, end=start + timedelta(days=30)) if number % 3 == 0 else None,
    )


async def _filled(url):
    store, chance = await open_store(url), Random(1)
    async with store.write() as unit:
        await unit.add_organizations([an_organization(f"o{number}") for number in range(OWNERS)])
        await unit.commit()
    for start in range(0, RESOURCES, CHUNK):
        async with store.write() as unit:
            await unit.save([_resource(number, chance) for number in range(start, start + CHUNK)])
            await unit.commit()
    return store


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def asking(request, tmp_path_factory):
    """Asks a full store, on one loop for the whole module."""
    runner = asyncio.Runner()
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('finding') / 'ucs.db'}"
    else:
        server = request.getfixturevalue("postgres_server")
        url = server.url(server.create("template1"))
    upgrade(url)
    store = runner.run(_filled(url))
    chance = Random(2)
    # A caller who sees three of four cells, some of the others by grant.
    seen = a_visibility(bytes(chance.choice((0, 1, 1, 1, 2)) for _ in range(100_000)))

    def ask(question):
        async def answer():
            async with store.read() as reader:
                return await question(reader, seen)

        return runner.run(answer())

    yield ask
    runner.run(store.close())
    runner.close()


@pytest.mark.parametrize("named", QUESTIONS)
def test_first_page_with_total(benchmark, asking, named):
    async def page(reader, seen):
        query = QUESTIONS[named]
        found = await reader.select(query, seen, order=Order.UPDATED_DESC, after=None, first=50)
        return found, await reader.count(query, seen)

    found, total = benchmark(lambda: asking(page))
    assert 0 < len(found) <= total


@pytest.mark.parametrize("named", ["all", "district", "wide box", "search in a district"])
def test_six_facets(benchmark, asking, named):
    async def facets(reader, seen):
        return await reader.facets(QUESTIONS[named], seen, list(Dimension)[:6])

    assert all(benchmark(lambda: asking(facets)).values())


@pytest.mark.parametrize("order", [Order.CREATED_DESC, Order.TITLE_ZH_DESC, Order.CODE_DESC])
def test_last_page(benchmark, asking, order):
    async def page(reader, seen):
        return await reader.select(ResourceQuery(), seen, order=order, after=None, first=50, backward=True)

    assert len(benchmark(lambda: asking(page))) == 50
