"""The numbers of cells: which combination of access attributes has which, and new ones for those that are new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeAlias

from sqlalchemy import Table

from ucs_registry.organizations import Organization
from ucs_registry.ports import Head
from ucs_registry.sql import rows, tables
from ucs_registry.sql.dialects import Dialect, Query, Record, Values
from ucs_registry.sql.keeping import Kept

Sort: TypeAlias = tuple[str, ...]
"""The owner of a cell, and its attributes."""

READ_WHOLE_LEAST = 200
"""From so many resources on all cells are read and kept in mind, so that the next batch asks for none of them."""

KEPT_MOST = 200_000
"""How many cells are kept in mind, at some 250 bytes each."""


class Statements(Protocol):
    """What numbering needs of a unit."""

    @property
    def dialect(self) -> Dialect: ...

    async def all(self, statement: Query) -> Sequence[Record]: ...

    async def insert(self, table: Table, made: Sequence[Values]) -> None: ...


class CellBook:
    """All cells of one state, as this process last read or wrote them. A stamp tells of which state."""

    def __init__(self) -> None:
        self._stamp = ""
        self._numbers: dict[Sort, int] = {}

    def of(self, stamp: str) -> Mapping[Sort, int] | None:
        """The cells of a state, where they are those that are kept in mind."""
        return self._numbers if stamp and stamp == self._stamp else None

    def keep(self, stamp: str, numbers: dict[Sort, int]) -> None:
        """Keep the cells of a state in mind, unless there are too many."""
        self._stamp, self._numbers = (stamp, numbers) if len(numbers) <= KEPT_MOST else ("", {})

    def move(self, before: str, after: str, added: Mapping[Sort, int]) -> None:
        """Go on to the next state, once it is durable."""
        if before and self._stamp == before:
            self._numbers.update(added)
            self.keep(after, self._numbers)


class CellNumbers:
    """The numbers that one unit sees and gives."""

    def __init__(self, head: Head, book: CellBook) -> None:
        self._head = head
        self._book = book
        self._added: dict[Sort, int] = {}

    @property
    def count(self) -> int:
        """How many cells there are, new ones included."""
        return self._head.cells + len(self._added)

    async def of(self, unit: Statements, kept: Sequence[Kept], owners: Mapping[str, Organization]) -> list[int]:
        """The number of the cell of each resource, new ones included."""
        known = await self._known(unit, owners, whole=len(kept) >= READ_WHOLE_LEAST)
        found, new = [], []
        for entry in kept:
            sort = entry.sort
            number = known.get(sort)
            if number is None:
                number = self._added.get(sort)
            if number is None:
                number = self._added[sort] = self.count
                new.append(_row(number, owners[entry.owner].number, sort))
            found.append(number)
        if new:
            await unit.insert(tables.cells, new)
        return found

    def confirm(self, stamp: str) -> None:
        """Note that what was given is durable, and how the state is called."""
        self._book.move(self._head.cell_stamp, stamp, self._added)

    async def _known(self, unit: Statements, owners: Mapping[str, Organization], *, whole: bool) -> Mapping[Sort, int]:
        known = self._book.of(self._head.cell_stamp)
        if known is not None:
            return known
        statement = rows.select_cells()
        if not whole:
            statement = statement.where(unit.dialect.within(tables.organizations.c.id, list(owners)))
        read = {tuple(sort): number for number, *sort in await unit.all(statement)}
        # Those that this very unit has added may still be undone.
        read = {sort: number for sort, number in read.items() if number < self._head.cells}
        if whole:
            self._book.keep(self._head.cell_stamp, read)
        return read


def _row(number: int, owner: int, sort: Sort) -> dict[str, object]:
    return {
        "number": number,
        "owner": owner,
        **dict(zip(rows.ATTRIBUTE_COLUMNS, sort[1:], strict=True)),
        "resources": 0,
    }
