"""Runs the statements of plugins on their own tables, within a bound of rows and of time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import orjson
from sqlalchemy import Table, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from ucs_registry.own import READ_SECONDS, ROWS_MOST, WRITE_SECONDS, OwnRead, OwnWrite
from ucs_registry.ports import Head
from ucs_registry.settling import settled
from ucs_registry.sql.dialects import Dialect, Query, Record, Values
from ucs_registry.sql.faults import translated
from ucs_registry.sql.own import making
from ucs_registry.sql.own.asking import ClaimedTables
from ucs_registry.sql.own.claiming import claimed
from ucs_registry.sql.own.visible import values as visible_values
from ucs_registry.sql.plugin_tables import plugin_tables
from ucs_sdk.errors import Conflict, Internal

T = TypeVar("T")

_INSERTS: Mapping[str, Callable[[Table], Any]] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
"""What each database calls the same: rows in place of those with their key."""


class OwnReading:
    """What a reader answers about tables of plugins' own."""

    _connection: AsyncConnection
    _dialect: Dialect
    _all: Callable[[Query], Awaitable[Sequence[Record]]]

    async def own_rows(self, read: OwnRead, readable: Mapping[str, frozenset[int] | None]) -> Sequence[Any]:
        statement = read.statement if read.rows is not None else read.statement.limit(ROWS_MOST + 1)
        given: dict[str, object] = {}
        for table in read.visible:
            given |= visible_values(table, readable[table])
        with translated(), _as_plugin(read.plugin):
            result = await _in_time(self._connection, self._connection.execute(statement, given), read, READ_SECONDS)
        rows = result.all()
        if len(rows) > ROWS_MOST:
            raise Internal("SQL_ROWS_TOO_MANY", plugin=read.plugin, limit=ROWS_MOST)
        return rows

    async def own_revisions(self, plugin: str, tables: Iterable[str]) -> dict[str, int]:
        wanted = sorted(set(tables))
        if not wanted:
            return {}
        kept = plugin_tables.c
        found = await self._all(select(kept.name, kept.revision).where(kept.plugin == plugin, kept.name.in_(wanted)))
        return dict.fromkeys(wanted, 0) | {row.name: int(row.revision) for row in found}


class OwnWriting(OwnReading):
    """What a unit changes of tables of plugins' own."""

    _head: Head
    _check_open: Callable[[], None]
    run: Callable[..., Awaitable[None]]
    insert: Callable[[Table, Sequence[Values]], Awaitable[None]]

    async def own_tables(self, plugin: str, metadata: Any) -> ClaimedTables:  # noqa: ANN401 -- as the port has it
        self._check_open()
        tables = claimed(plugin, metadata)
        names = {table: name for name, table in tables.items()}
        before = making.kept_of(list(await self._all(making.asked(plugin))))
        with translated():
            for table in metadata.sorted_tables:
                name, now = names[table], making.declared(table, names)
                if name not in before:
                    await settled(making.make(self._connection, table))
                    await self.insert(
                        plugin_tables,
                        [{"plugin": plugin, "name": name, "declared": orjson.dumps(now).decode(), "revision": 0}],
                    )
                elif (after := making.merged(plugin, name, before[name], now)) != before[name]:
                    await settled(making.widen(self._connection, table, before[name]))
                    await self.run(_of(plugin, name).values(declared=orjson.dumps(after).decode()))
        return ClaimedTables(plugin, tables)

    async def run_own(self, writes: Sequence[OwnWrite]) -> None:
        self._check_open()
        for write in writes:
            statement = write.statement if not write.key else self._replacing(write)
            given = list(write.values) or None
            with translated(), _as_plugin(write.plugin, write.table):
                await _in_time(self._connection, self._connection.execute(statement, given), write, WRITE_SECONDS)
        for plugin, table in sorted({(write.plugin, write.table) for write in writes}):
            await self.run(_of(plugin, table).values(revision=self._head.position + 1))

    def _replacing(self, write: OwnWrite) -> Any:  # noqa: ANN401 -- as each database has it
        made = _INSERTS[self._connection.dialect.name](write.statement.table)
        stated = [name for name in write.values[0] if name not in write.key]
        if not stated:
            return made.on_conflict_do_nothing(index_elements=list(write.key))
        return made.on_conflict_do_update(
            index_elements=list(write.key), set_={name: made.excluded[name] for name in stated}
        )


def _of(plugin: str, table: str) -> Any:  # noqa: ANN401 -- a statement
    return update(plugin_tables).where(plugin_tables.c.plugin == plugin, plugin_tables.c.name == table)


async def _in_time(connection: AsyncConnection, work: Awaitable[T], what: OwnRead | OwnWrite, seconds: float) -> T:
    """The result of a statement. Raises Internal with SQL_TOO_SLOW when it takes longer, once it has been ended."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task}, timeout=seconds)
        if task.done():
            return task.result()
    finally:
        if not task.done():
            await settled(_ended(connection, task))
    raise Internal("SQL_TOO_SLOW", plugin=what.plugin, seconds=f"{seconds:g}")


async def _ended(connection: AsyncConnection, task: asyncio.Future[Any]) -> None:
    raw = await connection.get_raw_connection()
    driver: Any = raw.driver_connection
    if hasattr(driver, "interrupt"):
        # A statement of SQLite runs in a thread, which nobody can cancel.
        await driver.interrupt()
    else:
        task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        # What it says of having been ended is nobody's concern.
        task.exception()


@contextmanager
def _as_plugin(plugin: str, table: str = "-") -> Iterator[None]:
    """Say of what a statement did wrong that it was the plugin's."""
    try:
        yield
    except IntegrityError as cause:
        if _code(cause) == _SQLITE_DATATYPE:
            raise Internal("SQL_FAILED", plugin=plugin) from cause
        raise Conflict("SQL_CONSTRAINT", plugin=plugin, table=table) from cause
    except (DataError, ProgrammingError) as cause:
        raise Internal("SQL_FAILED", plugin=plugin) from cause
    except DBAPIError as cause:
        if _code(cause) == _SQLITE_ERROR:
            raise Internal("SQL_FAILED", plugin=plugin) from cause
        # What the database itself suffers from is not the plugin's.
        raise
    except SQLAlchemyError as cause:
        raise Internal("SQL_FAILED", plugin=plugin) from cause


_SQLITE_ERROR, _SQLITE_DATATYPE = 1, 3091
"""SQLite's codes of a statement that cannot be, and of a value that is not of its column's type in a strict table."""


def _code(cause: DBAPIError) -> int | None:
    return getattr(cause.orig, "sqlite_errorcode", None)
