"""The numbers of cells: which combination of access attributes has which, and new ones for those that are new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol, TypeAlias

from sqlalchemy import Executable, Table

from ucs_registry.organizations import Organization
from ucs_registry.ports import Head
from ucs_registry.sql import rows, tables
from ucs_registry.sql.counting import count_cells
from ucs_registry.sql.dialects import Dialect, Query, Record, Values
from ucs_registry.sql.keeping import Kept
from ucs_registry.sql.places import alike_of

Sort: TypeAlias = tuple[str, ...]
"""The owner of a cell, and its attributes."""

SORT = ("owner", "kind", "type", "share_type", "data_level", "open_type", "availability")
"""What a sort is of a resource that is kept, in its order."""

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


class Counting(Statements, Protocol):
    """What counting needs beside that."""

    async def run(self, statement: Executable) -> None: ...

    async def write(
        self, table: Table, made: Sequence[Values], *, key: tuple[str, ...], keep: tuple[str, ...] = ()
    ) -> None: ...


class Numbered(NamedTuple):
    """The number of a cell, and that of the first cell with the same attributes, whoever owns it."""

    number: int
    alike: int


class Numbers:
    """The numbers of cells, and the first of those that are alike but for their owner."""

    def __init__(self, numbers: dict[Sort, int]) -> None:
        self.of: dict[Sort, int] = {}
        self.first: dict[Sort, int] = {}
        self.add(numbers)

    def add(self, numbers: Mapping[Sort, int]) -> None:
        """Take up more cells."""
        self.of.update(numbers)
        for sort, number in numbers.items():
            # They come in any order.
            held = self.first.get(sort[1:])
            if held is None or number < held:
                self.first[sort[1:]] = number


class CellBook:
    """All cells of one state, as this process last read or wrote them. A stamp tells of which state."""

    def __init__(self) -> None:
        self._stamp = ""
        self._numbers = Numbers({})

    def of(self, stamp: str) -> Numbers | None:
        """The cells of a state, where they are those that are kept in mind."""
        return self._numbers if stamp and stamp == self._stamp else None

    def keep(self, stamp: str, numbers: Numbers) -> None:
        """Keep the cells of a state in mind, unless there are too many."""
        self._stamp, self._numbers = (stamp, numbers) if len(numbers.of) <= KEPT_MOST else ("", Numbers({}))

    def move(self, before: str, after: str, added: Mapping[Sort, int]) -> None:
        """Go on to the next state, once it is durable."""
        if before and self._stamp == before:
            self._numbers.add(added)
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
        known = (await self._known(unit, owners, whole=len(kept) >= READ_WHOLE_LEAST)).of
        found, new = [], []
        for entry in kept:
            sort = entry.sort
            number, is_new = self._number(known, sort)
            if is_new:
                new.append(_row(number, owners[entry.owner].number, sort))
            found.append(number)
        if new:
            await unit.insert(tables.cells, new)
        return found

    async def counted(
        self, unit: Counting, counts: Mapping[Sort, int], owners: Mapping[str, Organization]
    ) -> dict[Sort, Numbered]:
        """The cells of combinations, after so many resources more were counted for each. New ones begin with theirs."""
        whole = sum(counts.values()) >= READ_WHOLE_LEAST
        known = await self._known(unit, owners, whole=whole)
        found: dict[Sort, int] = {}
        new: list[Values] = []
        moves: dict[int, int] = {}
        for sort, count in counts.items():
            number, is_new = self._number(known.of, sort)
            found[sort] = number
            if is_new:
                new.append(_row(number, owners[sort[0]].number, sort) | {"resources": count})
            else:
                moves[number] = count
        if new:
            await unit.insert(tables.cells, new)
        await count_cells(unit, moves)
        if not whole:
            # What is alike is told by all cells, whoever owns them.
            first = dict(map(tuple, await unit.all(alike_of(unit.dialect, list(found.values())))))
            return {sort: Numbered(number, first[number]) for sort, number in found.items()}
        added = Numbers(self._added).first
        # Cells are numbered upwards: what the unit has added comes behind all that it found.
        return {
            sort: Numbered(number, known.first[alike] if (alike := sort[1:]) in known.first else added[alike])
            for sort, number in found.items()
        }

    def _number(self, known: Mapping[Sort, int], sort: Sort) -> tuple[int, bool]:
        """The number of a cell, and whether it is given only now."""
        number = known.get(sort)
        if number is None:
            number = self._added.get(sort)
        if number is not None:
            return number, False
        number = self._added[sort] = self.count
        return number, True

    def confirm(self, stamp: str) -> None:
        """Note that what was given is durable, and how the state is called."""
        self._book.move(self._head.cell_stamp, stamp, self._added)

    async def _known(self, unit: Statements, owners: Mapping[str, Organization], *, whole: bool) -> Numbers:
        known = self._book.of(self._head.cell_stamp)
        if known is not None:
            return known
        statement = rows.select_cells()
        if not whole:
            statement = statement.where(unit.dialect.within(tables.organizations.c.id, list(owners)))
        found = await unit.all(statement)
        # Those that this very unit has added may still be undone.
        read = Numbers({tuple(sort): number for number, *sort in found if number < self._head.cells})
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
