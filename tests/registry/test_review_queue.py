"""The queue of what awaits review in databases: it is filled when a database is upgraded, and read by an index."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from ucs_registry.queries import Cursor, Order
from ucs_registry.sql import downgrade, open_store, upgrade
from ucs_registry.sql.listing import Listing, page
from ucs_registry.testing import a_resource, founded
from ucs_registry.testing.reviews import REVIEWER, queue_of, queued, waiting
from ucs_sdk.vocabulary import Availability


def test_what_waits_in_an_earlier_database_waits_in_the_upgraded_one(any_url: str) -> None:
    async def fill() -> None:
        store = await open_store(any_url)
        retired = waiting(5, availability=Availability.RETIRED)
        by_reviewer = [waiting(3, authors=("principals/editor", REVIEWER)), waiting(4, submitter=REVIEWER)]
        await founded(store, a_resource(1), waiting(2, at=9), *by_reviewer, retired, waiting(6, at=1))
        await store.close()

    async def look() -> None:
        store = await open_store(any_url)
        async with store.read() as reader:
            assert await queued(reader) == [6, 2]
            assert await queued(reader, queue_of("principals/somebody")) == [3, 4, 6, 2]
        await store.close()

    asyncio.run(fill())
    downgrade(any_url, "0002")
    upgrade(any_url)
    asyncio.run(look())


@pytest.mark.parametrize("after", [None, Cursor(order=Order.SUBMITTED, key="2026-03-01T08:00:07.000000Z", id="0")])
async def test_a_queue_is_read_in_the_order_of_its_index(any_url: str, after: Cursor | None) -> None:
    store = await open_store(any_url)
    await founded(
        store, *(a_resource(number) for number in range(1, 400)), *(waiting(400 + at, at=at) for at in range(99))
    )
    statement = page(store._dialect, Listing(queue_of(), None, Order.SUBMITTED, after, 20), None)
    async with store.read() as reader:
        engine = reader._connection.engine.dialect
        asked = str(statement.compile(dialect=engine, compile_kwargs={"literal_binds": True}))
        sqlite = engine.name == "sqlite"
        if not sqlite:
            # A table of this size is read whole whatever indexes it has; the question is whether there is a way without.
            await reader._connection.execute(text("SET LOCAL enable_seqscan = off"))
            await reader._connection.execute(text("SET LOCAL enable_bitmapscan = off"))
        explained = f"EXPLAIN {'QUERY PLAN ' if sqlite else ''}{asked}"
        found = await reader._connection.exec_driver_sql(explained.replace("%", "%%") if not sqlite else explained)
        plan = "\n".join(str(row[-1]) for row in found)
    await store.close()
    assert "ix_review_queue_submitted" in plan, plan
    assert "SCAN resources" not in plan, plan
    assert "Seq Scan on resources" not in plan, plan
    assert not sqlite or "TEMP B-TREE FOR ORDER BY" not in plan.partition("SCAN picked")[0], plan
