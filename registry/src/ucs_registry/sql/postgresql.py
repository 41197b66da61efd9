"""PostgreSQL: many processes share a database; an advisory lock makes their units serial."""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Iterator, Sequence
from functools import cache
from typing import Any

import orjson
from sqlalchemy import (
    CTE,
    JSON,
    URL,
    BigInteger,
    Boolean,
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
    Text,
    any_,
    cast,
    create_engine,
    event,
    func,
    literal,
    literal_column,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from ucs_registry.search import Term
from ucs_registry.settling import Result
from ucs_registry.sql import tables
from ucs_registry.sql.columns import Block
from ucs_registry.sql.copying import COPIED_LEAST, copied, copied_block
from ucs_registry.sql.dialects import Bounds, Listener, Query, Values
from ucs_registry.sql.direct import Direct
from ucs_registry.sql.direct.postgresql import PostgresDirect
from ucs_registry.sql.faults import STATEMENT_SECONDS
from ucs_registry.sql.listening import CHANNEL, PostgresListener
from ucs_registry.sql.parameters import ZERO, named
from ucs_registry.sql.words import PostgresWords
from ucs_registry.waking import Wake

TURN_KEY = 0x5543_5352
"""The advisory lock of units and migrations: the letters UCSR."""

READERS, READERS_MOST = 4, 8
"""How many connections for readers are kept, and how many there are under load: more would mostly wait for each other."""

_LEXEMES: ColumnElement[Any] = literal_column("search.lexemes")
"""The database makes it from the text; it holds which tokens occur, not where."""

_BOX: ColumnElement[Any] = literal_column("box(point(areas.west, areas.south), point(areas.east, areas.north))")
"""What the index over `areas` is made of."""

_SPACED: ColumnElement[str] = literal_column("' ' || search.text || ' '", Text)


# Told with the statement that is sent anyway. The server delivers it when the transaction has become visible.
_HEAD_MOVED = update(tables.head).returning(func.pg_notify(CHANNEL, cast(tables.head.c.position, Text)))


class PostgresDialect:
    """A PostgreSQL database."""

    readers = READERS_MOST
    weighs_values = True
    words = PostgresWords()

    seconds: ColumnElement[float] = literal_column(
        "CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS DOUBLE PRECISION)", Double
    )

    def __init__(self, url: URL, patience: float) -> None:
        self.patience = patience
        self._url = url.set(drivername="postgresql+psycopg")

    @property
    def turn(self) -> Executable | None:
        return select(func.pg_advisory_xact_lock(TURN_KEY))

    def reading_engine(self) -> AsyncEngine:
        # List, count and facet of one reader agree only if all its statements see the same snapshot.
        return self._engine(
            READERS, READERS_MOST + 1 - READERS, default_transaction_isolation=r"repeatable\ read", read_only=True
        )

    def writing_engine(self) -> AsyncEngine:
        # A unit's statements must see what was committed while it waited for its turn: read committed, and no snapshot
        # from before the lock.
        return self._engine(1, 0, default_transaction_isolation=r"read\ committed", read_only=False)

    def direct(self) -> Direct:
        arguments: dict[str, Any] = dict(self._url.get_dialect()().create_connect_args(self._url)[1])
        settings = {
            "statement_timeout": f"{STATEMENT_SECONDS}s",
            # Each statement is a transaction of its own, and sees one state however that is isolated.
            "default_transaction_isolation": r"read\ committed",
            "default_transaction_read_only": "on",
            # What a statement would gain by being compiled is less than that takes.
            "jit": "off",
        }
        return PostgresDirect({**arguments, **_CONNECT}, settings, self.patience)

    def migration_engine(self) -> Engine:
        options = _options(lock_timeout=f"{self.patience * 1000:.0f}")
        engine = create_engine(self._url, poolclass=NullPool, connect_args={"options": options, **_CONNECT})

        @event.listens_for(engine, "begin")
        def _begun(connection: Connection) -> None:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({TURN_KEY})")

        return engine

    def exists(self) -> bool:
        return True

    async def finish(self, operation: Awaitable[Result]) -> Result:
        # A cancelled statement is cancelled on the server too, and its connection closed.
        return await operation

    def within(
        self, column: ColumnElement[Any], values: Collection[str] | Collection[int], name: str | None = None
    ) -> ColumnElement[bool]:
        # As JSON: the driver writes a long array's textual form many times slower than the server reads this.
        stated = orjson.dumps(list(values)).decode()
        wanted = literal(stated) if name is None else named(name, stated)
        listed = func.json_array_elements_text(cast(wanted, JSON)).column_valued()
        return column == any_(func.array(select(cast(listed, column.type)).scalar_subquery()))

    def listed(self, numbers: Collection[int]) -> Select[int]:
        listed = func.json_array_elements_text(
            cast(literal(orjson.dumps(list(numbers)).decode()), JSON)
        ).column_valued()
        return select(cast(listed, BigInteger))

    def pairs(self, pairs: Collection[tuple[int, int]]) -> Select[int, int]:
        rows = func.json_array_elements(cast(literal(orjson.dumps(list(pairs)).decode()), JSON)).column_valued("pair")
        number, amount = (cast(rows.op("->>")(literal_column(str(at))), Integer) for at in (0, 1))
        return select(number.label("number"), amount.label("amount"))

    def near(self, box: Bounds) -> ColumnElement[bool]:
        # Boxes are compared with a little tolerance, so that none is missed.
        west, south, east, north = box
        wanted = func.box(func.point(west, south), func.point(east, north))
        return _BOX.op("&&", is_comparison=True)(wanted)

    def holding(self, terms: Sequence[Term], prefix: str = "") -> Select[str]:
        return select(tables.search.c.resource).where(*self._matching(terms, prefix))

    def numbered(self, terms: Sequence[Term], prefix: str = "") -> Select[int]:
        return select(tables.search.c.number).where(*self._matching(terms, prefix))

    def led_to(self, terms: Sequence[Term]) -> Select[str]:
        # Each row is looked at in any case, and says whose it is.
        return self.holding(terms)

    def _matching(self, terms: Sequence[Term], prefix: str) -> Iterator[ColumnElement[bool]]:
        (name, lexemes), *phrases = self.sought(terms, prefix).items()
        yield _LEXEMES.op("@@", is_comparison=True)(cast(named(name, lexemes), TSQUERY))
        # A phrase is confirmed in the text: positions would be kept for the first few hundred of a token only.
        for name, phrase in phrases:
            yield func.strpos(_SPACED, named(name, phrase)) > ZERO

    def sought(self, terms: Sequence[Term], prefix: str = "") -> dict[str, str]:
        phrases = [f" {' '.join(term.tokens)} " for term in terms if len(term.tokens) > 1]
        values = {f"{prefix}search_phrase_{at}": phrase for at, phrase in enumerate(phrases)}
        return {f"{prefix}search": _lexeme_query(terms), **values}

    def byte(self, value: int) -> ColumnElement[bytes]:
        return literal_column(f"'\\x{value:02x}'", LargeBinary)

    def leaving(self, reached: CTE) -> Select[str]:
        # The planner does not know how few each step reaches, and would read all edges for every one. What has an offset
        # is asked row by row, by the index.
        edges = tables.dependencies.c
        each = select(edges.target).where(edges.source == reached.c.id).offset(0).lateral("leaving")
        return select(each.c.target).select_from(reached.join(each, true()))

    async def move_head(self, connection: AsyncConnection, values: Values) -> None:
        await connection.execute(_HEAD_MOVED, values)

    def listener(self, wake: Wake) -> Listener | None:
        return PostgresListener(self._url, wake)

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
        await connection.exec_driver_sql(_upsert(table, tuple(rows[0]), key, keep, add), _turned(rows))

    async def erase(self, connection: AsyncConnection, table: Table, rows: Sequence[Values]) -> None:
        await connection.exec_driver_sql(_erasure(table, tuple(rows[0])), _turned(rows))

    async def enter(
        self, connection: AsyncConnection, table: Table, columns: tuple[str, ...], rows: Sequence[Sequence[object]]
    ) -> None:
        if len(rows) >= COPIED_LEAST:
            await copied(connection, table.name, columns, rows)
        else:
            turned = dict(zip(columns, map(list, zip(*rows, strict=True)), strict=True))
            await connection.exec_driver_sql(_insert(table, columns), turned)

    async def enter_block(self, connection: AsyncConnection, block: Block) -> None:
        if block.height >= COPIED_LEAST:
            await copied_block(connection, block)
        elif block.height:
            await self.enter(connection, *block.sheet, list(block.rows()))

    def places_taken(self, count: int) -> Query:
        sequence = func.pg_get_serial_sequence("search", "number")
        # Units are serial: nobody takes one in between.
        return select(func.setval(sequence, func.nextval(sequence) + (count - 1)) - (count - 1))

    async def insert(self, connection: AsyncConnection, table: Table, rows: Sequence[Values]) -> None:
        await self.enter(connection, table, tuple(rows[0]), [tuple(row.values()) for row in rows])

    def _engine(self, size: int, overflow: int, *, default_transaction_isolation: str, read_only: bool) -> AsyncEngine:
        options = _options(
            lock_timeout=f"{self.patience * 1000:.0f}",
            statement_timeout=f"{STATEMENT_SECONDS}s",
            idle_in_transaction_session_timeout=f"{2 * STATEMENT_SECONDS}s",
            # A plan made without knowing the mask or the words sought is made for the average, which none of them is.
            plan_cache_mode="force_custom_plan",
            default_transaction_isolation=default_transaction_isolation,
            default_transaction_read_only="on" if read_only else "off",
        )
        return create_async_engine(
            self._url,
            pool_size=size,
            max_overflow=overflow,
            pool_timeout=self.patience,
            connect_args={"options": options, **_CONNECT},
        )


# What is copied, and what goes past the driver, is written in this encoding, whatever the machine's settings ask for.
_CONNECT = {"connect_timeout": 5, "application_name": "ucs", "client_encoding": "UTF8"}


def _options(**settings: str) -> str:
    return " ".join(f"-c {name}={value}" for name, value in settings.items())


def _lexeme_query(terms: Sequence[Term]) -> str:
    # A token holds letters and digits only, so that no quote can end the lexeme early.
    lexemes = dict.fromkeys(f"'{token}'" + (":*" if term.prefix else "") for term in terms for token in term.tokens)
    return " & ".join(lexemes)


def _turned(rows: Sequence[Values]) -> dict[str, list[object]]:
    return {name: [row[name] for row in rows] for name in rows[0]}


@cache
def _insert(table: Table, columns: tuple[str, ...]) -> str:
    # One array for each column, sent in binary: a statement of a few parameters, whatever the number of rows, and many
    # times quicker than the arrays' textual form.
    return f"INSERT INTO {table.name} ({', '.join(columns)}) SELECT * FROM {_unnested(table, columns)}"


def _unnested(table: Table, columns: tuple[str, ...]) -> str:
    return f"unnest({', '.join(f'%({name})b::{_array_type(table, name)}[]' for name in columns)})"


@cache
def _erasure(table: Table, columns: tuple[str, ...]) -> str:
    same = " AND ".join(f"{table.name}.{name} = gone.{name}" for name in columns)
    return f"DELETE FROM {table.name} USING {_unnested(table, columns)} AS gone ({', '.join(columns)}) WHERE {same}"


@cache
def _upsert(
    table: Table, columns: tuple[str, ...], key: tuple[str, ...], keep: tuple[str, ...], add: tuple[str, ...]
) -> str:
    updated = ", ".join(
        f"{name} = {f'{table.name}.{name} + ' if name in add else ''}excluded.{name}"
        for name in columns
        if name not in key + keep
    )
    return f"{_insert(table, columns)} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {updated}"


def _array_type(table: Table, name: str) -> str:
    kind = table.c[name].type
    if isinstance(kind, Boolean):
        return "boolean"
    if isinstance(kind, Double):
        return "double precision"
    return "bigint" if isinstance(kind, Integer) else "text"
