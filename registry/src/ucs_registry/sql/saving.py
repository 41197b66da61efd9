"""How resources are stored: their rows, revisions, tags, edges, search text and cells, a whole batch at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import compress
from types import MappingProxyType
from typing import NamedTuple, Protocol

from sqlalchemy import Executable, Table, delete, select, update

from ucs_registry.organizations import Organization
from ucs_registry.ports import Worked
from ucs_registry.queries import district_of
from ucs_registry.resources import Resource
from ucs_registry.search import card_texts, document_tokens, owner_texts
from ucs_registry.sql import rows, tables
from ucs_registry.sql.areas import save_extents
from ucs_registry.sql.counting import count_districts
from ucs_registry.sql.dialects import Dialect, Query, Record, Values
from ucs_registry.sql.reviews import save_queue
from ucs_registry.sql.shelf import check_not_in_bin
from ucs_sdk.errors import AlreadyExists, Invalid


class Statements(Protocol):
    """What saving needs of a unit: its statements, the organisations it sees, and numbers for new cells."""

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

    async def owners(self, ids: set[str]) -> dict[str, Organization]:
        """Those organisations that exist."""

    def next_cell(self) -> int:
        """The number of a new cell."""


_NOTHING: Mapping[str, Worked] = MappingProxyType({})


class _Stored(NamedTuple):
    """What is kept of a resource already: its cell, its district, and the number of the revision that stands for it."""

    cell: int
    district: str
    shown: int


async def save(unit: Statements, resources: Sequence[Resource], worked: Mapping[str, Worked] = _NOTHING) -> None:
    """Store resources as they now are. No resource occurs twice. `worked` is what was worked out of some of them before."""
    owners = await unit.owners({resource.owner for resource in resources})
    for resource in resources:
        if resource.owner not in owners:
            raise Invalid("ORGANIZATION_UNKNOWN", path="owner", organization=resource.owner)
    await _check_codes(unit, resources)
    stored = await _stored(unit, resources)
    cells = await _cells(unit, resources, owners)
    made = [
        rows.resource_row(entry, owners[entry.owner].number, cell) for entry, cell in zip(resources, cells, strict=True)
    ]
    await _enter(unit, tables.resources, made, [resource.id in stored for resource in resources], key=("id",))
    await _save_revisions(unit, resources, stored, worked)
    await save_queue(unit, resources, stored)
    # A revision's content never changes: while the same one stands for the resource, so do its tags, edges and tokens.
    changed = [entry for entry in resources if entry.id not in stored or stored[entry.id].shown != entry.shown.number]
    if changed:
        await _clear(unit, [entry.id for entry in changed if entry.id in stored])
        await _save_content(unit, changed, owners, stored, worked)
        await save_extents(unit, changed, stored)
    await _count(unit, resources, stored, cells)


async def _check_codes(unit: Statements, resources: Sequence[Resource]) -> None:
    claimed: dict[str, str] = {}
    for resource in resources:
        if claimed.setdefault(resource.code, resource.id) != resource.id:
            raise AlreadyExists("CODE_TAKEN", path="code", taken=resource.code)
    table = tables.resources
    held = await unit.all(select(table.c.code, table.c.id).where(unit.dialect.within(table.c.code, list(claimed))))
    for code, id in held:
        if claimed[code] != id:
            raise AlreadyExists("CODE_TAKEN", path="code", taken=code)
    await check_not_in_bin(unit, resources)


async def _stored(unit: Statements, resources: Sequence[Resource]) -> dict[str, _Stored]:
    table = tables.resources.c
    found = await unit.all(
        select(table.id, table.cell, table.district, table.head_number, table.current_number).where(
            unit.dialect.within(table.id, [resource.id for resource in resources])
        )
    )
    return {
        id: _Stored(cell, district, head if current is None else current) for id, cell, district, head, current in found
    }


async def _cells(unit: Statements, resources: Sequence[Resource], owners: Mapping[str, Organization]) -> list[int]:
    # The cell of each resource, new ones included.
    statement = rows.select_cells().where(unit.dialect.within(tables.organizations.c.id, list(owners)))
    known = {tuple(attributes): number for number, *attributes in await unit.all(statement)}
    found, new = [], []
    for resource in resources:
        named = rows.cell_key(resource)
        if named not in known:
            known[named] = unit.next_cell()
            new.append(rows.cell_row(known[named], owners[resource.owner].number, resource.access))
        found.append(known[named])
    if new:
        await unit.insert(tables.cells, new)
    return found


async def _enter(
    unit: Statements,
    table: Table,
    made: Sequence[Values],
    there: Sequence[bool],
    *,
    key: tuple[str, ...],
    keep: tuple[str, ...] = (),
) -> None:
    """Insert or replace the rows of what is there already, and insert the others, which costs a database less."""
    again = list(compress(made, there))
    fresh = [row for row, known in zip(made, there, strict=True) if not known] if again else made
    if again:
        await unit.write(table, again, key=key, keep=keep)
    if fresh:
        await unit.insert(table, fresh)


async def _save_revisions(
    unit: Statements, resources: Sequence[Resource], stored: Mapping[str, _Stored], worked: Mapping[str, Worked]
) -> None:
    made, there = [], []
    for resource in resources:
        known = worked.get(resource.id)
        for revision in {each.number: each for each in (resource.current, resource.head) if each}.values():
            content = known.content if known is not None and revision is resource.shown else None
            made.append(rows.revision_row(resource.id, revision, content))
            there.append(resource.id in stored)
    await _enter(unit, tables.revisions, made, there, key=("resource", "number"), keep=("content", "created_at"))


async def _clear(unit: Statements, ids: list[str]) -> None:
    if ids:
        await unit.run(delete(tables.resource_tags).where(unit.dialect.within(tables.resource_tags.c.resource, ids)))
        await unit.run(delete(tables.dependencies).where(unit.dialect.within(tables.dependencies.c.source, ids)))


async def _save_content(
    unit: Statements,
    resources: Sequence[Resource],
    owners: Mapping[str, Organization],
    stored: Mapping[str, _Stored],
    worked: Mapping[str, Worked],
) -> None:
    tags = [
        {"tag": tag, "resource": resource.id}
        for resource in resources
        for tag in dict.fromkeys(resource.shown.content.tags)
    ]
    if tags:
        await unit.insert(tables.resource_tags, tags)
    edges = [row for resource in resources for row in rows.dependency_rows(resource)]
    if edges:
        await unit.insert(tables.dependencies, edges)
    texts = [{"resource": resource.id, "text": text} for resource, text in _texts(resources, owners, worked)]
    await _enter(unit, tables.search, texts, [resource.id in stored for resource in resources], key=("resource",))


def _texts(
    resources: Sequence[Resource], owners: Mapping[str, Organization], worked: Mapping[str, Worked]
) -> Iterator[tuple[Resource, str]]:
    # Nothing runs from one text into the next: the tokens of the owner may follow those of the card.
    endings = {id: _ending(*owner_texts(owner)) for id, owner in owners.items()}
    for resource in resources:
        known = worked.get(resource.id)
        tokens = known.tokens if known is not None else _tokens(card_texts(resource.shown.content, resource.code))
        yield resource, f"{tokens} {endings[resource.owner]}"


def _tokens(texts: Sequence[str]) -> str:
    return " ".join(document_tokens(texts))


@lru_cache(maxsize=8192)
def _ending(*texts: str) -> str:
    # The owners of one batch are those of the next.
    return _tokens(texts)


async def _count(
    unit: Statements, resources: Sequence[Resource], stored: Mapping[str, _Stored], cells: Sequence[int]
) -> None:
    before = [stored[resource.id] for resource in resources if resource.id in stored]
    places = Counter((cell, district_of(entry) or "") for cell, entry in zip(cells, resources, strict=True))
    places.subtract((entry.cell, entry.district) for entry in before)
    await count_districts(unit, places)
    moves = Counter(cells)
    moves.subtract(entry.cell for entry in before)
    table = tables.cells
    for change in set(moves.values()) - {0}:
        moved = [cell for cell, by in moves.items() if by == change]
        held = update(table).where(unit.dialect.within(table.c.number, moved))
        await unit.run(held.values(resources=table.c.resources + change))
