"""Where the two databases differ, as one protocol; everything else is written once."""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

from sqlalchemy import CTE, ColumnElement, Engine, Executable, Row, Select, Table
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ucs_registry.search import Term
from ucs_registry.settling import Result
from ucs_registry.sql.columns import Block
from ucs_registry.sql.direct import Direct
from ucs_registry.sql.words import Words
from ucs_registry.waking import Wake

Values = Mapping[str, object]
"""A row to be written, by column."""

Record: TypeAlias = Row[*tuple[Any, ...]]
"""A row that was read."""

Bounds: TypeAlias = tuple[float, float, float, float]
"""The western, southern, eastern and northern end of a box."""

Query: TypeAlias = Select[*tuple[Any, ...]]
"""A statement that reads rows."""


class Listener(Protocol):
    """Hears of other processes' units for as long as it runs, and never fails those who wait."""

    def start(self) -> None:
        """Begin to listen, unless it has begun."""

    async def stop(self) -> None:
        """Listen no more."""


class Dialect(Protocol):
    """One database: how to reach it, and how it says what the standard does not."""

    @property
    def words(self) -> Words:
        """How it writes JSON."""

    @property
    def patience(self) -> float:
        """How long to wait for a connection, or for the units before, in seconds."""

    @property
    def readers(self) -> int:
        """How many readers may be open at once; the pool of `reading_engine` has one connection more, for probes."""

    def reading_engine(self) -> AsyncEngine:
        """Connections whose transactions see one state of the database and write nothing."""

    def writing_engine(self) -> AsyncEngine:
        """The one connection for units."""

    def direct(self) -> Direct:
        """What runs statements of one row, with nothing else between them and the database."""

    def migration_engine(self) -> Engine:
        """Connections for migrations, which hold the writers' turn from the start."""

    def exists(self) -> bool:
        """False only when there is surely no database yet."""

    async def finish(self, operation: Awaitable[Result]) -> Result:
        """Await an operation on a connection, in the way that leaves nothing behind when the caller is cancelled."""

    @property
    def weighs_values(self) -> bool:
        """Whether the database itself finds out by the values of a statement whether few or many rows match."""

    @property
    def turn(self) -> Executable | None:
        """The statement that waits for the units before, where beginning a transaction does not."""

    def within(
        self, column: ColumnElement[Any], values: Collection[str] | Collection[int], name: str | None = None
    ) -> ColumnElement[bool]:
        """That a column is among any number of values, as one parameter: their JSON, under a name where one is given."""

    def listed(self, numbers: Collection[int]) -> Select[int]:
        """Any number of whole numbers as rows, as one parameter."""

    def pairs(self, pairs: Collection[tuple[int, int]]) -> Select[int, int]:
        """Any number of pairs of whole numbers as rows of `number` and `amount`, as one parameter."""

    def near(self, box: Bounds) -> ColumnElement[bool]:
        """That a row of `areas` may meet a box, by an index: of some more than do, but of all that do."""

    def holding(self, terms: Sequence[Term], prefix: str = "") -> Select[str]:
        """The ids of the resources whose search text holds all terms; its values are those of `sought`."""

    def numbered(self, terms: Sequence[Term], prefix: str = "") -> Select[int]:
        """The same resources by their numbers in `search` and `places`: the column `number`."""

    def led_to(self, terms: Sequence[Term]) -> Select[str]:
        """The ids of the same resources in the column `resource`, by way of what takes least for each where there are many."""

    def sought(self, terms: Sequence[Term], prefix: str = "") -> dict[str, str]:
        """The values of `holding` by name."""

    def byte(self, value: int) -> ColumnElement[bytes]:
        """A constant of one byte."""

    def leaving(self, reached: CTE) -> Select[str]:
        """The targets of the edges that leave what a recursive statement has reached so far: its column `id`."""

    @property
    def seconds(self) -> ColumnElement[float]:
        """The database's own clock: seconds since 1970."""

    async def move_head(self, connection: AsyncConnection, values: Values) -> None:
        """Give the head new values, and tell other processes of them once they are committed."""

    def listener(self, wake: Wake) -> Listener | None:
        """What hears of other processes' units; None where nobody tells of them."""

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
        """Insert rows that name the same columns in the same order; of a row whose key is there already, all columns are
        replaced, save those to keep and those whose values are added to what is there.
        """

    async def erase(self, connection: AsyncConnection, table: Table, rows: Sequence[Values]) -> None:
        """Remove the rows that have these values; all name the same columns in the same order."""

    async def enter(
        self, connection: AsyncConnection, table: Table, columns: tuple[str, ...], rows: Sequence[Sequence[object]]
    ) -> None:
        """Insert rows of these columns that are not there yet, in the quickest way that there is for many."""

    async def enter_block(self, connection: AsyncConnection, block: Block) -> None:
        """The same of rows that are told by columns."""

    def places_taken(self, count: int) -> Query:
        """One row: the first of so many numbers of `search` that follow each other, and are nobody's from now on."""

    async def insert(self, connection: AsyncConnection, table: Table, rows: Sequence[Values]) -> None:
        """Insert rows that name the same columns in the same order, and are not there yet."""
