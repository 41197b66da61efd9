"""What enters by the thousand leaves in every table what saving it one by one leaves there, to the last column."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date

import orjson
import pytest
from sqlalchemy import create_engine, select

from ucs_registry.catalog import ImportedResource, prepare
from ucs_registry.entering import Fresh, resource_of
from ucs_registry.extents import Polygon, Temporal
from ucs_registry.ports import Unit
from ucs_registry.resources import Dependency, Point
from ucs_registry.sql import open_store, place_tables, tables, upgrade
from ucs_registry.sql.places import displaced
from ucs_registry.testing import NOW, a_content, an_id, founded
from ucs_sdk.vocabulary import DependencyRelation, ResourceKind, ShareType

BY = "principals/x"
SQUARE = Polygon(type="Polygon", coordinates=(((120, 36), (121, 36), (121, 37), (120, 37), (120, 36)),))
STATED = (
    {},
    {"title_zh": "积水\t点\\\n“路”", "tags": ("水", "a\\b", "\\N"), "region_code": "370202"},
    {"tags": ("水", "水"), "location": Point(longitude=120.5, latitude=36), "footprint": SQUARE},
    {
        "temporal": Temporal(start=date(2026, 1, 1)),
        "spec": {"a": "中"},
        "dependencies": (Dependency(target=f"resources/{an_id(1)}", relation=DependencyRelation.READS),),
    },
    {"share_type": ShareType.CONDITIONAL, "share_condition": "条件", "tags": ("z", "a")},
)
ROWS = 252
"""More than one statement takes, and not a multiple of it."""

COMPARED = (
    *(tables.resources, tables.revisions, tables.resource_tags, tables.dependencies, tables.search, tables.areas),
    *(tables.windows, tables.cells, tables.districts, place_tables.places, place_tables.tag_places),
)
"""All that an entered resource stands in, beside the log."""


def some_items(count: int) -> list[ImportedResource]:
    return [
        ImportedResource(
            id=an_id(number),
            code=f"A/{number}",
            kind=ResourceKind.DATA,
            type=("dataset", "api")[number % 3 == 0],
            owner=("37", "water")[number % 2],
            content=a_content(**STATED[number % len(STATED)]),
        )
        for number in range(1, count + 1)
    ]


async def together(unit: Unit, items: Sequence[Fresh]) -> None:
    # In two parts: the second finds cells and districts that the first has brought.
    await unit.enter(items[: len(items) // 12], BY, NOW)
    await unit.enter(items[len(items) // 12 :], BY, NOW)


async def one_by_one(unit: Unit, items: Sequence[Fresh]) -> None:
    for each in items:
        await unit.save([resource_of(each, BY, NOW)])


Way = Callable[[Unit, Sequence[Fresh]], Awaitable[None]]


def plain(row: Sequence[object]) -> tuple[object, ...]:
    """A row, in which contents are told by what they say: one way writes them in the order of their keys."""
    return tuple(orjson.loads(value) if isinstance(value, str) and value.startswith("{") else value for value in row)


async def left_by(url: str, way: Way, count: int) -> dict[str, list[tuple[object, ...]]]:
    """All rows that a way of entering leaves."""
    store = await open_store(url)
    await founded(store)
    async with store.write() as unit:
        await way(unit, [each.fresh for each in prepare(some_items(count))])
        await unit.commit()
    await store.close()
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        found = {table.name: sorted(map(plain, connection.execute(select(table))), key=repr) for table in COMPARED}
    engine.dispose()
    return found


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def urls(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Two databases of a kind, with the tables."""
    other: str = request.getfixturevalue(f"empty_{request.param}")
    upgrade(other)
    return request.getfixturevalue(request.param), other


@pytest.mark.parametrize("count", [5, ROWS])
async def test_batch_leaves_in_every_table_what_each_alone_leaves(urls: tuple[str, str], count: int) -> None:
    found, wanted = await left_by(urls[0], together, count), await left_by(urls[1], one_by_one, count)
    assert found == wanted
    assert all(wanted.values()), [name for name, rows in wanted.items() if not rows]
    assert await displaced(urls[0]) == {}


LACKING: tuple[tuple[dict[str, object], set[str]], ...] = (
    ({"tags": ()}, {"resource_tags", "tag_places"}),
    ({"region_code": "370203"}, {"resources", "districts", "places", "tag_places"}),
    ({"days": None}, {"windows"}),
    ({"tokens": "x"}, {"search"}),
)


@pytest.mark.parametrize(("lacking", "caught_in"), LACKING)
async def test_twin_that_enters_one_row_otherwise_is_caught(
    sqlite_url: str, empty_sqlite_url: str, lacking: dict[str, object], caught_in: set[str]
) -> None:
    async def careless(unit: Unit, items: Sequence[Fresh]) -> None:
        at = 2 if "days" in lacking else 0
        await together(unit, [each._replace(**lacking) if place == at else each for place, each in enumerate(items)])

    upgrade(empty_sqlite_url)
    found, wanted = await left_by(sqlite_url, careless, 5), await left_by(empty_sqlite_url, one_by_one, 5)
    assert {name for name in found if found[name] != wanted[name]} == caught_in
