"""A line to PostgreSQL that breaks, or cannot be made, keeps nobody waiting."""

from __future__ import annotations

import asyncio

import psycopg
import pytest
from psycopg.pq.abc import PGconn

from ucs_registry.sql import SqlStore
from ucs_registry.sql.direct import DirectStatement
from ucs_registry.sql.direct.line import Asked, Line
from ucs_registry.sql.direct.postgresql import PostgresDirect
from ucs_registry.sql.urls import dialect_of
from ucs_sdk.errors import Unavailable


class BreaksOnce(Line):
    """Its connection is gone when a statement is to be prepared for the first time."""

    _broken = False

    def _prepare(self, pgconn: PGconn, asked: Asked) -> bytes:
        if not self._broken:
            self._broken = True
            raise psycopg.OperationalError("the connection is gone")
        return super()._prepare(pgconn, asked)


async def test_nobody_waits_for_the_next_try_to_connect() -> None:
    direct = dialect_of("postgresql://ucs@127.0.0.1:1/ucs", 600).direct()
    async with asyncio.timeout(30):
        for _ in range(3):
            with pytest.raises(Unavailable):
                await direct.row(DirectStatement(text="SELECT 1", names=()), {})
        await direct.close()


async def test_connection_that_breaks_while_a_statement_is_prepared_takes_nobody_along(
    postgres_store: SqlStore,
) -> None:
    direct = postgres_store.direct
    assert isinstance(direct, PostgresDirect)
    [line] = direct._quick._lines
    line.__class__ = BreaksOnce
    async with asyncio.timeout(30):
        statements = [DirectStatement(text=f"SELECT {n}", names=()) for n in range(3)]
        rows = await asyncio.gather(*(direct.row(statement, {}) for statement in statements))
    assert rows == [(n,) for n in range(3)]
