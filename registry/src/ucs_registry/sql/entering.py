"""How resources are entered that are not there yet: by columns, a table at a time, however many they are.

What a resource saved by itself would leave behind is what it leaves here, row by row; a test holds the two together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Executable, Table

from ucs_registry.canonical import canonical_json, timestamp
from ucs_registry.entering import Fresh
from ucs_registry.organizations import Organization
from ucs_registry.queries import DISTRICT_DIGITS
from ucs_registry.sql import keeping
from ucs_registry.sql.cells import SORT, Numbered, Sort
from ucs_registry.sql.columns import Block, Column, Same
from ucs_registry.sql.counting import count_districts
from ucs_registry.sql.dialects import Dialect, Query, Record, Values
from ucs_registry.sql.keeping import Sheet
from ucs_registry.sql.place_tables import places, tag_places
from ucs_registry.sql.tables import search
from ucs_sdk.errors import Invalid
from ucs_sdk.vocabulary import ReviewState

_SEARCH = Sheet(search, ("number", *keeping.SEARCH.columns))
_PLACES = Sheet(places, ("number", "resource", "cell", "alike", "district", "updated_at"))
_TAG_PLACES = Sheet(tag_places, ("tag", "kind", "updated_at", "resource", "cell", "district"))


class Owning(Protocol):
    """What finding owners needs of a unit."""

    async def owners(self, ids: set[str]) -> dict[str, Organization]:
        """Those organisations that exist."""


class Writes(Owning, Protocol):
    """What whoever stores resources needs of a unit: its statements, and the organisations that it sees."""

    @property
    def dialect(self) -> Dialect:
        """The database's."""

    async def all(self, statement: Query) -> Sequence[Record]:
        """The rows of a statement."""

    async def run(self, statement: Executable) -> None:
        """Run a statement for its effect."""

    async def write(
        self, table: Table, made: Sequence[Values], *, key: tuple[str, ...], keep: tuple[str, ...] = ()
    ) -> None:
        """Insert or replace rows."""

    async def insert(self, table: Table, made: Sequence[Values]) -> None:
        """Insert rows."""


class Statements(Writes, Protocol):
    """What entering needs of a unit."""

    async def enter_block(self, block: Block) -> None:
        """Insert rows, however many."""

    async def cells_counted(
        self, counts: Mapping[Sort, int], owners: Mapping[str, Organization]
    ) -> Mapping[Sort, Numbered]:
        """The cells of combinations, after so many resources more were counted for each."""


async def enter(unit: Statements, fresh: Sequence[Fresh], by: str, at: datetime) -> None:
    """Store resources that are not there yet, as approved by somebody."""
    held = _Held(fresh, by, timestamp(at))
    owners = await owners_of(unit, set(held.owners))
    sorts = held.sorts
    cells = await unit.cells_counted(Counter(sorts), owners)
    of_rows = [cells[sort] for sort in sorts]
    numbers = [cell.number for cell in of_rows]
    await count_districts(unit, Counter(zip(numbers, held.districts, strict=True)))
    [(first,)] = await unit.all(unit.dialect.places_taken(held.count))
    found_by = range(first, first + held.count)
    owned = {id: owner.number for id, owner in owners.items()}
    for block in held.blocks(owned, numbers):
        await unit.enter_block(block)
    await unit.enter_block(Block(_SEARCH, (found_by, held.ids, held.texts(owners)), held.count))
    alike = [cell.alike for cell in of_rows]
    placed = (found_by, held.ids, numbers, alike, held.districts, held.at)
    await unit.enter_block(Block(_PLACES, placed, held.count))
    for block in held.parts(numbers):
        if block.height:
            await unit.enter_block(block)


async def owners_of(unit: Owning, ids: set[str]) -> dict[str, Organization]:
    """The organisations that own something. Raises Invalid with ORGANIZATION_UNKNOWN where there is none."""
    owners = await unit.owners(ids)
    for id in ids:
        if id not in owners:
            raise Invalid("ORGANIZATION_UNKNOWN", path="owner", organization=id)
    return owners


class _Held:
    """Resources that are to be entered, by columns."""

    def __init__(self, fresh: Sequence[Fresh], by: str, at: str) -> None:
        columns: dict[str, Sequence[Any]] = dict(zip(Fresh._fields, zip(*fresh, strict=True), strict=True))
        self.count = len(fresh)
        self.ids: Sequence[str] = columns["id"]
        self.owners: Sequence[str] = columns["owner"]
        self.districts = [(region or "")[:DISTRICT_DIGITS] for region in columns["region_code"]]
        self.sorts: list[Sort] = list(zip(*map(columns.__getitem__, SORT), strict=True))
        self.at = Same(at)
        self._by = by
        self._columns = columns

    def blocks(self, owned: Mapping[str, int], cells: Sequence[int]) -> Iterator[Block]:
        """A row for each resource, and for its revision. Owners and cells are told by number."""
        columns, one, none, at = self._columns, Same(1), Same(None), self.at
        own = {name: columns[name] for name in ("id", "code", "kind", "type", "availability", "title_zh", "title_en")}
        told = {name: columns[name] for name in ("share_type", "region_code")}
        counted = {"version": one, "head_number": one, "current_number": one}
        when = {"created_at": at, "updated_at": at, "created_by": Same(self._by)}
        other = {"availability_reason": none, "deprecation": none, "cell": cells, "district": self.districts}
        owner = {"owner": [owned[id] for id in self.owners], "tags": columns["tags_shown"]}
        yield self._block(keeping.RESOURCES, {**own, **told, **counted, **when, **other, **owner})
        authors, state = Same(canonical_json([self._by]).decode()), Same(ReviewState.APPROVED.value)
        content = {"resource": self.ids, "number": one, "content": columns["content"], "state": state}
        yield self._block(
            keeping.ENTERED_REVISIONS, {**content, "authors": authors, "created_at": at, "reviewed_at": at}
        )

    def texts(self, owners: Mapping[str, Organization]) -> list[str]:
        """What each is found by: its own tokens, and those of its owner."""
        ends = {id: keeping.owner_tokens(owner) for id, owner in owners.items()}
        return [
            f"{tokens} {ends[owner]}".strip()
            for tokens, owner in zip(self._columns["tokens"], self.owners, strict=True)
        ]

    def parts(self, cells: Sequence[int]) -> Iterator[Block]:
        """What there is any number of for each: tags, edges, areas and windows of time."""
        columns, ids = self._columns, self.ids
        # In the order of the tables, whose pages are then written one after the other.
        tagged = sorted((tag, at) for at, tags in enumerate(columns["tags"]) for tag in tags)
        tags, places = zip(*tagged, strict=True) if tagged else ((), ())
        bearers = [ids[at] for at in places]
        yield Block(keeping.TAGS, (tags, bearers), len(tags))
        kinds, numbers, districts = (
            [column[at] for at in places] for column in (columns["kind"], cells, self.districts)
        )
        yield Block(_TAG_PLACES, (tags, kinds, self.at, bearers, numbers, districts), len(tags))
        linked = [
            (id, place, *link)
            for id, links in zip(ids, columns["links"], strict=True)
            for place, link in enumerate(links)
        ]
        yield _block_of(keeping.DEPENDENCIES, linked)
        for sheet, stated in ((keeping.AREAS, columns["place"]), (keeping.WINDOWS, columns["days"])):
            there = [(id, *each) for id, each in zip(ids, stated, strict=True) if each is not None]
            yield _block_of(sheet, there)

    def _block(self, sheet: Sheet, columns: Mapping[str, Column]) -> Block:
        return Block(sheet, tuple(columns[name] for name in sheet.columns), self.count)


def _block_of(sheet: Sheet, rows: Sequence[tuple[object, ...]]) -> Block:
    return Block(sheet, tuple(zip(*rows, strict=True)), len(rows))
