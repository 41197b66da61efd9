"""Every order of lists, in both directions, and every look at the map is served by an index, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import orjson
import pytest
from sqlalchemy import select, text

from ucs_registry.extents import Box, bounds
from ucs_registry.queries import Order, ResourceQuery, cursor_of
from ucs_registry.resources import Point
from ucs_registry.sql import SqlStore, open_store, tables
from ucs_registry.sql.counting import total
from ucs_registry.sql.listing import Listing, page
from ucs_registry.sql.reader import SqlReader
from ucs_registry.testing import a_resource, everything_visible, founded
from ucs_registry.testing.listing import ORDERS

INDEXES = {
    "updated": ("ix_resources_updated", "ix_resources_updated"),
    "created": ("ix_resources_created", "ix_resources_created"),
    "title_zh": ("ix_resources_title_zh", "ix_resources_title_zh"),
    "title_en": ("ix_resources_title_en", "ix_resources_title_en"),
    "code": ("sqlite_autoindex_resources_2", "resources_code_key"),
}
"""The index of each order, in SQLite and in PostgreSQL."""


@pytest.fixture
async def store(any_url: str) -> AsyncIterator[SqlStore]:
    store = await open_store(any_url)
    await founded(store, *(a_resource(at, location=Point(longitude=at, latitude=1)) for at in range(30)))
    yield store
    await store.close()


async def plan_of(reader: SqlReader, statement: Any) -> list[str]:
    """The steps of a plan, the outer ones first: what is done, and by which index."""
    connection = reader._connection
    compiled = statement.compile(dialect=connection.dialect)
    if connection.dialect.name == "sqlite":
        values = tuple(compiled.params[name] for name in compiled.positiontup)
        rows = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", values)
        return [row[3] for row in rows.all()]
    # Thirty rows are read at once and sorted in no time: the question is whether an index can do without.
    await connection.execute(
        text("SELECT set_config(name, 'off', true) FROM pg_settings WHERE name = 'enable_seqscan'")
    )
    await connection.execute(text("SELECT set_config('enable_sort', 'off', true)"))
    rows = await connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {compiled}", compiled.params)
    told = rows.scalar_one()
    return list(_steps((orjson.loads(told) if isinstance(told, str) else told)[0]["Plan"]))


def _steps(node: dict[str, Any]) -> Iterator[str]:
    yield " ".join(filter(None, [node["Node Type"], node.get("Index Name"), node.get("Scan Direction")]))
    for inner in node.get("Plans", ()):
        yield from _steps(inner)


def picking(steps: list[str]) -> list[str]:
    """Of the plan of a page those steps that find its rows; what fetches the wide rows and sorts twenty of them is left."""
    if "SCAN picked" in steps:
        return steps[: steps.index("SCAN picked")]
    start = next(at for at, step in enumerate(steps) if step.startswith("Limit"))
    end = next((at for at in range(start, len(steps)) if "resources_pkey" in steps[at]), len(steps))
    return steps[start:end]


async def faults(store: SqlStore, order: Order) -> list[str]:
    """The ways through the list in which an order is not read from its index."""
    async with store.read() as reader:
        postgres = reader._connection.dialect.name == "postgresql"
        index = INDEXES[order.value.removesuffix("_desc").removesuffix("_asc")][postgres]
        [edge] = await reader.select(ResourceQuery(), None, order=order, after=None, first=1)
        found = []
        for backward in (False, True):
            for after in (None, cursor_of(edge, order)):
                listing = Listing(ResourceQuery(), everything_visible(), order, after, 20, None, backward)
                steps = picking(await plan_of(reader, page(reader._dialect, listing, None)))
                if not any(index in step for step in steps) or any(
                    "B-TREE" in step or "Sort" in step for step in steps
                ):
                    found.append(f"backward={backward} after={after is not None}: {steps}")
        return found


async def test_every_order_is_read_from_an_index_both_ways(store: SqlStore) -> None:
    assert {order: found for order in ORDERS if (found := await faults(store, order))} == {}


async def test_twin_without_the_index_of_an_order_is_caught(store: SqlStore) -> None:
    async with store.write() as unit:
        await unit.run(text("DROP INDEX ix_resources_created"))
        await unit.commit()
    assert await faults(store, Order.CREATED_DESC)


async def test_places_are_found_by_an_index(store: SqlStore) -> None:
    async with store.read() as reader:
        box = bounds(Box(west=3.5, south=0, east=5.5, north=2))
        steps = await plan_of(reader, select(tables.areas.c.resource).where(reader._dialect.near(box)))
    assert any("area_index VIRTUAL TABLE INDEX" in step or "ix_areas_box" in step for step in steps), steps


async def test_totals_by_district_read_no_resources(store: SqlStore) -> None:
    async with store.read() as reader:
        counted = total(reader._dialect, ResourceQuery(district="370202"), everything_visible())
        steps = await plan_of(reader, counted)
    assert not any("resources" in step for step in steps), steps
