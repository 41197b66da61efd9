"""How resources are stored: their rows, revisions, tags, edges, search text and cells, a whole batch at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from sqlalchemy import Executable, Table, delete, select, update

from ucs_registry.organizations import Organization
from ucs_registry.resources import Resource
from ucs_registry.search import document_tokens, resource_texts
from ucs_registry.sql import rows, tables
from ucs_registry.sql.dialects import Dialect, Query, Record, Values
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


class _Stored(NamedTuple):
    """What is kept of a resource already: its cell, and the number of the revision that stands for it."""

    cell: int
    shown: int


async def save(unit: Statements, resources: Sequence[Resource]) -> None:
    """Store resources as they now are. No resource occurs twice."""
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
    await unit.write(tables.resources, made, key=("id",))
    await _save_revisions(unit, resources)
    # A revision's content never changes: while the same one stands for the resource, so do its tags, edges and tokens.
    changed = [entry for entry in resources if entry.id not in stored or stored[entry.id].shown != entry.shown.number]
    if changed:
        await _clear(unit, [entry.id for entry in changed if entry.id in stored])
        await _save_content(unit, changed, owners)
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


async def _stored(unit: Statements, resources: Sequence[Resource]) -> dict[str, _Stored]:
    table = tables.resources.c
    found = await unit.all(
        select(table.id, table.cell, table.head_number, table.current_number).where(
            unit.dialect.within(table.id, [resource.id for resource in resources])
        )
    )
    return {id: _Stored(cell, head if current is None else current) for id, cell, head, current in found}


async def _cells(unit: Statements, resources: Sequence[Resource], owners: Mapping[str, Organization]) -> list[int]:
    # The cell of each resource, new ones included.
    statement = rows.select_cells().where(unit.dialect.within(tables.organizations.c.id, list(owners)))
    known = {tuple(attributes): number for number, *attributes in await unit.all(statement)}
    found, new = [], []
    for resource in resources:
        attributes = resource.access
        named = rows.cell_key(attributes)
        if named not in known:
            known[named] = unit.next_cell()
            new.append(rows.cell_row(known[named], owners[resource.owner].number, attributes))
        found.append(known[named])
    if new:
        await unit.insert(tables.cells, new)
    return found


async def _save_revisions(unit: Statements, resources: Sequence[Resource]) -> None:
    made = [
        rows.revision_row(resource.id, revision)
        for resource in resources
        for revision in {
            revision.number: revision for revision in (resource.current, resource.head) if revision
        }.values()
    ]
    await unit.write(tables.revisions, made, key=("resource", "number"), keep=("content", "created_at"))


async def _clear(unit: Statements, ids: list[str]) -> None:
    if ids:
        await unit.run(delete(tables.resource_tags).where(unit.dialect.within(tables.resource_tags.c.resource, ids)))
        await unit.run(delete(tables.dependencies).where(unit.dialect.within(tables.dependencies.c.source, ids)))


async def _save_content(unit: Statements, resources: Sequence[Resource], owners: Mapping[str, Organization]) -> None:
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
    texts = [
        {
            "resource": resource.id,
            "text": " ".join(document_tokens(resource_texts(resource, owners[resource.owner]))),
        }
        for resource in resources
    ]
    await unit.write(tables.search, texts, key=("resource",))


async def _count(
    unit: Statements, resources: Sequence[Resource], stored: Mapping[str, _Stored], cells: Sequence[int]
) -> None:
    moves = Counter(cells)
    moves.subtract(stored[resource.id].cell for resource in resources if resource.id in stored)
    table = tables.cells
    for change in set(moves.values()) - {0}:
        moved = [cell for cell, by in moves.items() if by == change]
        held = update(table).where(unit.dialect.within(table.c.number, moved))
        await unit.run(held.values(resources=table.c.resources + change))
