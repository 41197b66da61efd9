"""Processes on one PostgreSQL hear of each other's units, and nobody fails because they do not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import psycopg
import pytest
from sqlalchemy import update

from ucs_registry.ports import Store
from ucs_registry.sql import SqlStore, open_store, tables
from ucs_registry.sql.listening import PostgresListener
from ucs_registry.sql.postgresql import PostgresDialect
from ucs_registry.sql.urls import dialect_of
from ucs_registry.testing.tree import appended
from ucs_registry.waking import Wake

LONG, SHORT = 20.0, 0.3


@pytest.fixture
async def stores(postgres_url: str) -> AsyncIterator[list[SqlStore]]:
    """Two stores on one database, as two processes would have them; the second hears."""
    async with AsyncExitStack() as stack:
        opened = []
        for _ in range(2):
            opened.append(await open_store(postgres_url))
            stack.push_async_callback(opened[-1].close)
        await _hears(opened[1])
        yield opened


async def test_units_of_another_process_are_heard_of(stores: list[SqlStore]) -> None:
    first, second = stores
    for _ in range(20):
        assert await _told(first, second)


async def test_a_url_that_states_how_to_connect_is_listened_at(stores: list[SqlStore], postgres_url: str) -> None:
    mark = "&" if "?" in postgres_url else "?"
    third = await open_store(f"{postgres_url}{mark}connect_timeout=3&application_name=mine")
    await _hears(third)
    assert await _told(stores[0], third)
    await third.close()


async def test_listener_that_is_cut_off_listens_again(stores: list[SqlStore], postgres_url: str) -> None:
    first, second = stores
    for _ in range(3):
        _end_listeners(postgres_url)
        await _hears(second)
        assert await _told(first, second)


async def test_twin_that_tells_nobody_is_caught(stores: list[SqlStore], postgres_url: str) -> None:
    silent = SqlStore(Silent(dialect_of(postgres_url)._url, 5))
    assert not await _told(silent, stores[1], within=SHORT)
    await silent.close()


async def test_units_of_another_process_on_sqlite_are_waited_for_with_patience(sqlite_url: str) -> None:
    first, second = await open_store(sqlite_url), await open_store(sqlite_url)
    assert not await _told(first, second, within=SHORT)
    async with second.read() as reader:
        await asyncio.wait_for(second.moved(reader.head.position, SHORT), LONG)
    assert await _told(first, first)
    for store in (first, second):
        await store.close()


async def test_closing_wakes_those_who_wait(stores: list[SqlStore]) -> None:
    waiting = asyncio.create_task(stores[1].moved(0, 2 * LONG))
    await asyncio.sleep(0)
    await stores[1].close()
    await asyncio.wait_for(waiting, LONG)
    await asyncio.wait_for(stores[1].moved(0, 0.01), LONG)


async def test_server_that_does_not_answer_fails_nobody(tmp_path) -> None:
    wake = Wake()
    listener = PostgresListener(dialect_of(f"postgresql://postgres:@/x?host={tmp_path}")._url, wake)
    listener.start()
    for _ in range(3):
        await wake.beyond(0, SHORT / 3)
    listener.start()
    await listener.stop()
    await listener.stop()


class Silent(PostgresDialect):
    """Moves the head without a word."""

    async def move_head(self, connection, values) -> None:
        await connection.execute(update(tables.head), values)


async def _hears(store: Store) -> None:
    # A listener rings once when it has begun; who waits for that does not wait for a unit.
    async with store.read() as reader:
        position = reader.head.position
    await asyncio.wait_for(store.moved(position, 2 * LONG), LONG)


async def _told(writer: Store, other: Store, within: float = LONG) -> bool:
    """Whether one hears of a unit of the other soon enough."""
    async with other.read() as reader:
        position = reader.head.position
    waiting = asyncio.create_task(other.moved(position, 2 * LONG))
    await asyncio.sleep(0)
    await appended(writer, 1)
    heard, _ = await asyncio.wait([waiting], timeout=within)
    waiting.cancel()
    return bool(heard)


def _end_listeners(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        ended = connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND application_name = 'ucs listener'"
        ).fetchall()
    assert ended
