"""SQLite: a file, one writer at a time, readers on snapshots of the write-ahead log."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import (
    CTE,
    URL,
    ColumnElement,
    Connection,
    Double,
    Engine,
    Executable,
    Integer,
    LargeBinary,
    NullPool,
    Select,
    Table,
    column,
    create_engine,
    event,
    func,
    literal_column,
    select,
    table,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from ucs_registry.search import Term
from ucs_registry.settling import Result
from ucs_registry.sql import tables
from ucs_registry.sql.columns import Block
from ucs_registry.sql.dialects import Bounds, Listener, Query, Values
from ucs_registry.sql.direct import Direct
from ucs_registry.sql.direct.sqlite import SqliteDirect
from ucs_registry.sql.filling import entered
from ucs_registry.sql.one_hop import READING, WRITING, OneHop, run_each
from ucs_registry.sql.parameters import named
from ucs_registry.sql.place_tables import places
from ucs_registry.sql.words import SqliteWords
from ucs_registry.waking import Wake

READERS, READERS_MOST = 4, 8
"""How many connections for readers are kept, and how many there are under load. Each is a thread and a page cache."""

BLOCK = 200
"""How many rows one statement enters where there are so many: 40 columns of them are within SQLite's 32,766 parameters."""

_PRAGMAS = (
    # Of a file that is made now. A row with its content fits seldom into half of this, and each page that a commit has
    # touched is written whole.
    "page_size = 8192",
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    "temp_store = MEMORY",
    "cache_size = -8000",
    # In pages. Every checkpoint writes again what it finds, and an import changes the same pages in every chunk.
    "wal_autocheckpoint = 8000",
)

_WRITING_PRAGMAS = ("cache_size = -32000",)
"""The one connection that writes touches a page of every index with each row of an import."""

_index = table("search_index", column("rowid"), column("search_index"))
_tree = table("area_index", *map(column, ("number", "west", "east", "south", "north")))


class SqliteDialect:
    """A SQLite file."""

    turn: Executable | None = None
    connects: Callable[..., OneHop] = OneHop.to
    seconds: ColumnElement[float] = literal_column("(julianday('now') - 2440587.5) * 86400.0", Double)
    readers = READERS_MOST
    weighs_values = False
    words = SqliteWords()

    def __init__(self, url: URL, patience: float) -> None:
        self.patience = patience
        self._url = url.set(drivername="sqlite+aiosqlite")
        self._path = Path(url.database or "")
        self._waiting = {"timeout": patience}

    def reading_engine(self) -> AsyncEngine:
        engine = create_async_engine(
            self._url,
            pool_size=READERS,
            max_overflow=READERS_MOST + 1 - READERS,
            pool_timeout=self.patience,
            connect_args=self._waiting | {"async_creator_fn": self.connects},
        )
        _prepare(engine.sync_engine, READING)
        return engine

    def writing_engine(self) -> AsyncEngine:
        engine = create_async_engine(
            self._url,
            pool_size=1,
            max_overflow=0,
            pool_timeout=self.patience,
            connect_args=self._waiting | {"async_creator_fn": self.connects},
        )
        _prepare(engine.sync_engine, WRITING, *_WRITING_PRAGMAS)
        return engine

    def direct(self) -> Direct:
        return SqliteDirect(self._path, _PRAGMAS, self.patience)

    def migration_engine(self) -> Engine:
        engine = create_engine(self._url.set(drivername="sqlite"), poolclass=NullPool, connect_args=self._waiting)
        _prepare(engine, WRITING)
        return engine

    def exists(self) -> bool:
        return self._path.exists()

    async def finish(self, operation: Awaitable[Result]) -> Result:
        # Nobody leaves a statement halfway: the driver sees to that.
        return await operation

    def within(
        self, column: ColumnElement[Any], values: Collection[str] | Collection[int], name: str | None = None
    ) -> ColumnElement[bool]:
        stated = orjson.dumps(list(values)).decode()
        listed = func.json_each(stated if name is None else named(name, stated)).table_valued("value")
        return column.in_(select(listed.c.value))

    def listed(self, numbers: Collection[int]) -> Select[int]:
        rows = func.json_each(orjson.dumps(list(numbers)).decode()).table_valued("value")
        return select(rows.c.value)

    def pairs(self, pairs: Collection[tuple[int, int]]) -> Select[int, int]:
        rows = func.json_each(orjson.dumps(list(pairs)).decode()).table_valued("value")
        number, amount = (func.json_extract(rows.c.value, f"$[{at}]", type_=Integer) for at in (0, 1))
        return select(number.label("number"), amount.label("amount"))

    def near(self, box: Bounds) -> ColumnElement[bool]:
        # The tree keeps its boxes as single floats, rounded outward.
        west, south, east, north = box
        tree = _tree.c
        met = select(tree.number).where(tree.east >= west, tree.west <= east, tree.north >= south, tree.south <= north)
        return tables.areas.c.number.in_(met)

    def holding(self, terms: Sequence[Term], prefix: str = "") -> Select[str]:
        return select(tables.search.c.resource).where(tables.search.c.number.in_(self.numbered(terms, prefix)))

    def numbered(self, terms: Sequence[Term], prefix: str = "") -> Select[int]:
        [wanted] = (named(name, phrases) for name, phrases in self.sought(terms, prefix).items())
        matching = _index.c.search_index.op("MATCH", is_comparison=True)(wanted)
        return select(_index.c.rowid.label("number")).where(matching)

    def led_to(self, terms: Sequence[Term]) -> Select[str]:
        # The index tells numbers alone, and places are a third as wide as what was searched.
        found = self.numbered(terms).subquery("found")
        return select(places.c.resource).join(found, found.c.number == places.c.number)

    def sought(self, terms: Sequence[Term], prefix: str = "") -> dict[str, str]:
        return {f"{prefix}search": " AND ".join(map(_phrase, terms))}

    def byte(self, value: int) -> ColumnElement[bytes]:
        return literal_column(f"X'{value:02x}'", LargeBinary)

    def leaving(self, reached: CTE) -> Select[str]:
        edges = tables.dependencies.c
        return select(edges.target).join(reached, edges.source == reached.c.id)

    async def move_head(self, connection: AsyncConnection, values: Values) -> None:
        await run_each(connection, _update(tables.head, tuple(values)), [tuple(values.values())])

    def listener(self, wake: Wake) -> Listener | None:
        del wake
        return None

    async def write(
        self,
        connection: AsyncConnection,
        table: Table,
        rows: Sequence[Values],
        *,
        key: tuple[str, ...],
        keep: tuple[str, ...] = (),
        add: tuple[str, ...] = (),
    ) -> None:
        names = tuple(rows[0])
        await _blockwise(connection, _plain(rows), lambda count: _upsert(table, names, key, keep, add, count))

    async def erase(self, connection: AsyncConnection, table: Table, rows: Sequence[Values]) -> None:
        same = " AND ".join(f"{name} = ?" for name in rows[0])
        await run_each(connection, f"DELETE FROM {table.name} WHERE {same}", _plain(rows))

    async def enter(
        self, connection: AsyncConnection, table: Table, columns: tuple[str, ...], rows: Sequence[Sequence[object]]
    ) -> None:
        await _blockwise(connection, rows, lambda count: _insert(table, columns, count))

    async def enter_block(self, connection: AsyncConnection, block: Block) -> None:
        await entered(connection, block)

    def places_taken(self, count: int) -> Query:
        # Units are serial, and the rows follow in the same one.
        del count
        return select(func.coalesce(func.max(tables.search.c.number), literal_column("0")) + literal_column("1"))

    async def insert(self, connection: AsyncConnection, table: Table, rows: Sequence[Values]) -> None:
        names = tuple(rows[0])
        await _blockwise(connection, _plain(rows), lambda count: _insert(table, names, count))


async def _blockwise(
    connection: AsyncConnection, rows: Sequence[Sequence[object]], statement: Callable[[int], str]
) -> None:
    # The driver holds the interpreter between the rows of a call, and lets go of it while a statement runs: what goes in by
    # the hundred leaves the rest of the process alone. Rows go to the driver as they are: binding them by name costs more
    # than inserting them.
    whole = len(rows) - len(rows) % BLOCK
    if whole:
        blocks = [tuple(chain.from_iterable(rows[at : at + BLOCK])) for at in range(0, whole, BLOCK)]
        await run_each(connection, statement(BLOCK), blocks)
    if whole < len(rows):
        await run_each(connection, statement(1), map(tuple, rows[whole:]))


def _plain(rows: Sequence[Values]) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in rows]


def _prepare(engine: Engine, begin: str, *pragmas: str) -> None:
    # The driver's own way of beginning transactions leaves reads outside of them, and never begins one at once.
    @event.listens_for(engine, "connect")
    def _connected(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (*_PRAGMAS, *pragmas):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        driver = connection.connection.driver_connection
        if isinstance(driver, OneHop):
            driver.begin(begin)
        else:
            connection.exec_driver_sql(begin)


def _phrase(term: Term) -> str:
    # A token holds letters and digits only, so that no quote can end the string early.
    return f'"{" ".join(term.tokens)}"' + (" *" if term.prefix else "")


@cache
def _insert(table: Table, columns: tuple[str, ...], count: int) -> str:
    row = f"({', '.join('?' * len(columns))})"
    return f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES {', '.join([row] * count)}"


@cache
def _update(table: Table, columns: tuple[str, ...]) -> str:
    return f"UPDATE {table.name} SET {', '.join(f'{name} = ?' for name in columns)}"


@cache
def _upsert(
    table: Table,
    columns: tuple[str, ...],
    key: tuple[str, ...],
    keep: tuple[str, ...],
    add: tuple[str, ...],
    count: int,
) -> str:
    updated = ", ".join(
        f"{name} = {f'{name} + ' if name in add else ''}excluded.{name}" for name in columns if name not in key + keep
    )
    return f"{_insert(table, columns, count)} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {updated}"
