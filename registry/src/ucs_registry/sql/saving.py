"""How resources are stored: their rows, revisions, tags, edges, search text and cells, a whole batch at a time.

What stands in which table is told in `keeping`; what is new is inserted, and what was there is replaced.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain
from typing import NamedTuple, Protocol

from sqlalchemy import delete, select

from ucs_registry.organizations import Organization
from ucs_registry.resources import Resource
from ucs_registry.sql import keeping, rows, tables
from ucs_registry.sql.counting import count_cells, count_districts
from ucs_registry.sql.dialects import Values
from ucs_registry.sql.entering import Writes, owners_of
from ucs_registry.sql.keeping import Cells, Kept, Sheet
from ucs_registry.sql.places import leaving, taking
from ucs_registry.sql.reviews import save_queue
from ucs_registry.sql.shelf import check_not_in_bin
from ucs_sdk.errors import AlreadyExists


class Statements(Writes, Protocol):
    """What saving needs of a unit beside that: the numbers of cells."""

    async def enter_rows(self, sheet: Sheet, made: Sequence[Cells]) -> None:
        """Insert rows, however many."""

    async def cell_numbers(self, kept: Sequence[Kept], owners: Mapping[str, Organization]) -> list[int]:
        """The number of the cell of each, new ones included."""


class _Stored(NamedTuple):
    """What is kept of a resource already: its cell, its district, and the number of the revision that stands for it."""

    cell: int
    district: str
    shown: int


_NONE: Mapping[str, _Stored] = {}


async def save(unit: Statements, resources: Sequence[Resource]) -> None:
    """Store resources as they now are. No resource occurs twice."""
    owners = await owners_of(unit, {resource.owner for resource in resources})
    await _check_codes(unit, resources)
    stored = await _stored(unit, resources)
    kept = [keeping.kept_of(resource) for resource in resources]
    for statement in leaving(unit.dialect, list(stored)) if stored else ():
        await unit.run(statement)
    cells = await _save_heads(unit, kept, owners, stored)
    await _save_revisions(unit, resources, stored)
    await save_queue(unit, resources, stored)
    # A revision's content never changes: while the same one stands for the resource, so do its tags, edges and tokens.
    shown = {resource.id: resource.shown.number for resource in resources}
    changed = [entry for entry in kept if entry.id not in stored or stored[entry.id].shown != shown[entry.id]]
    if changed:
        await _clear(unit, [entry.id for entry in changed if entry.id in stored])
        await _save_content(unit, changed, owners, stored)
    await _count(unit, kept, stored, cells)
    for statement in taking(unit.dialect, [entry.id for entry in kept]):
        await unit.run(statement)


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


async def _save_heads(
    unit: Statements, kept: Sequence[Kept], owners: Mapping[str, Organization], stored: Mapping[str, _Stored]
) -> list[int]:
    """Store what stands in one row for each; the cells of them."""
    cells = await unit.cell_numbers(kept, owners)
    made = [
        keeping.resource_row(entry, owners[entry.owner].number, cell) for entry, cell in zip(kept, cells, strict=True)
    ]
    await _replace(unit, keeping.RESOURCES, kept, made, stored, key=("id",))
    return cells


async def _replace(
    unit: Statements,
    sheet: Sheet,
    kept: Sequence[Kept],
    made: Sequence[Cells],
    stored: Collection[str],
    *,
    key: tuple[str, ...],
) -> None:
    """Replace the rows of what is there already, and insert the others, which costs a database less. Each has one row."""
    if not stored:
        await unit.enter_rows(sheet, made)
        return
    placed = [(entry.id in stored, row) for entry, row in zip(kept, made, strict=True)]
    again = [dict(zip(sheet.columns, row, strict=True)) for known, row in placed if known]
    if again:
        await unit.write(sheet.table, again, key=key)
    if fresh := [row for known, row in placed if not known]:
        await unit.enter_rows(sheet, fresh)


async def _save_revisions(unit: Statements, resources: Sequence[Resource], stored: Collection[str]) -> None:
    table = tables.revisions
    again: list[Values] = []
    fresh: list[Values] = []
    for resource in resources:
        for revision in {each.number: each for each in (resource.current, resource.head) if each}.values():
            (again if resource.id in stored else fresh).append(rows.revision_row(resource.id, revision))
    if again:
        await unit.write(table, again, key=("resource", "number"), keep=("content", "created_at"))
    if fresh:
        await unit.insert(table, fresh)


async def _clear(unit: Statements, ids: list[str]) -> None:
    """Take away what the content that stood before has brought."""
    for column in keeping.CLEARED if ids else ():
        await unit.run(delete(column.table).where(unit.dialect.within(column, ids)))


async def _save_content(
    unit: Statements, kept: Sequence[Kept], owners: Mapping[str, Organization], stored: Collection[str]
) -> None:
    """Store what is looked for: a line for each table, whose rows are told of in `keeping`."""
    await _save_rows(unit, keeping.TAGS, map(keeping.tag_rows, kept))
    await _save_rows(unit, keeping.DEPENDENCIES, map(keeping.dependency_rows, kept))
    texts = [keeping.search_row(entry, owners[entry.owner]) for entry in kept]
    await _replace(unit, keeping.SEARCH, kept, texts, stored, key=("resource",))
    await _save_rows(unit, keeping.AREAS, map(keeping.area_rows, kept))
    await _save_rows(unit, keeping.WINDOWS, map(keeping.window_rows, kept))


async def _save_rows(unit: Statements, sheet: Sheet, made: Iterable[Iterable[Cells]]) -> None:
    if held := list(chain.from_iterable(made)):
        await unit.enter_rows(sheet, held)


async def _count(unit: Statements, kept: Sequence[Kept], stored: Mapping[str, _Stored], cells: Sequence[int]) -> None:
    before = stored.values()
    places = Counter((cell, entry.district) for cell, entry in zip(cells, kept, strict=True))
    places.subtract((entry.cell, entry.district) for entry in before)
    await count_districts(unit, places)
    moves = Counter(cells)
    moves.subtract(entry.cell for entry in before)
    await count_cells(unit, moves)
