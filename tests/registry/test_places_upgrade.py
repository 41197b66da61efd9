"""Places, divisions and counters of an existing database are filled from the rows that are there."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from ucs_registry.extents import Box
from ucs_registry.queries import Dimension, Order, ResourceQuery
from ucs_registry.resources import Point
from ucs_registry.sql import downgrade, open_store, upgrade
from ucs_registry.sql.urls import dialect_of
from ucs_registry.testing import a_content, an_id

CONTENTS = {
    1: [a_content(region_code="370202001", location=Point(longitude=120.25, latitude=36.5))],
    2: [a_content(region_code="3702")],
    # The approved revision stands, whatever the draft says.
    3: [a_content(region_code="370202"), a_content(region_code="3706", location=Point(longitude=120, latitude=36))],
    4: [a_content()],
}
BOX = Box(west=120, south=36, east=120.25, north=36.5)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    return request.getfixturevalue(f"empty_{request.param}_url")


def test_places_and_counters_are_filled_from_what_is_there(url: str) -> None:
    upgrade(url, "0002")
    _fill(url)
    for _ in range(2):
        upgrade(url)
        asyncio.run(_look(url))
        downgrade(url, "0002")


def _fill(url: str) -> None:
    engine = dialect_of(url).migration_engine()
    with engine.begin() as connection:
        false = "0" if connection.dialect.name == "sqlite" else "false"
        connection.execute(
            text(
                f"INSERT INTO organizations VALUES (0, '37', NULL, '37/', 'z', 'e', 'city', 'department', NULL, NULL, {false})"
            )
        )
        connection.execute(
            text("INSERT INTO cells VALUES (0, 0, 'data', 'dataset', 'unconditional', 'l1', 'none', 'online', 4)")
        )
        at = "2026-03-01T08:00:00.000000Z"
        for number, revisions in CONTENTS.items():
            connection.execute(
                text(
                    f"""INSERT INTO resources VALUES ('{an_id(number)}', 'C-{number}', 'data', 'dataset', 0, 'online', NULL, 1,
                    '{at}', 'p', '{at}', {len(revisions)}, 1, 'z', 'e', 'unconditional', 0)"""
                )
            )
            for place, content in enumerate(revisions, 1):
                connection.execute(
                    text(
                        f"""INSERT INTO revisions VALUES ('{an_id(number)}', {place}, :content, 'approved', '[]', '{at}',
                        NULL, NULL, NULL, NULL, NULL)"""
                    ),
                    {"content": content.model_dump_json()},
                )
    engine.dispose()


async def _look(url: str) -> None:
    store = await open_store(url)
    async with store.read() as reader:
        for query, wanted in (
            (ResourceQuery(area=BOX), [1]),
            (ResourceQuery(district="370202"), [1, 3]),
            (ResourceQuery(region="370202001"), [1]),
            (ResourceQuery(region="3702"), [1, 2, 3]),
        ):
            page = await reader.select(query, None, order=Order.CREATED_ASC, after=None, first=9)
            assert [int(resource.id) for resource in page] == wanted, query
            assert await reader.count(query, None) == len(wanted), query
        assert await reader.facets(ResourceQuery(), None, [Dimension.DISTRICT]) == {
            Dimension.DISTRICT: {"370202": 2, "3702": 1}
        }
    await store.close()
