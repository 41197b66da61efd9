"""Deprecations, what holds a resource, and the bin, in a database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import Protocol

import orjson
from sqlalchemy import ColumnElement, Executable, Table, and_, delete, func, or_, select, update

from ucs_registry.bin import BinPlace, DeletedResource
from ucs_registry.canonical import canonical_json, instant, storable, timestamp
from ucs_registry.resources import Deprecation, Resource, Revision
from ucs_registry.sql import rows, tables
from ucs_registry.sql.dialects import Dialect, Query, Record, Values
from ucs_registry.sql.places import leaving
from ucs_registry.sql.predicates import verdict, visible
from ucs_registry.sql.spans import in_order, spanned
from ucs_registry.visibility import ALLOWED, Visibility
from ucs_sdk.errors import AlreadyExists
from ucs_sdk.vocabulary import Availability

_LIVE = (
    (tables.areas, tables.areas.c.resource),
    (tables.windows, tables.windows.c.resource),
    (tables.search, tables.search.c.resource),
    (tables.dependencies, tables.dependencies.c.source),
    (tables.resource_tags, tables.resource_tags.c.resource),
    (tables.revisions, tables.revisions.c.resource),
    (tables.resources, tables.resources.c.id),
)
"""Where a resource stands while it is not deleted, and the column of its id, those that refer to others first."""


class ShelfReading:
    """What a reader answers about deprecations and the bin."""

    _dialect: Dialect
    _all: Callable[[Query], Awaitable[Sequence[Record]]]
    _among: Callable[[Query, ColumnElement[str], Iterable[str]], Awaitable[Sequence[Record]]]

    async def deprecations(self, ids: Iterable[str]) -> dict[str, Deprecation]:
        table = tables.resources.c
        statement = select(table.id, table.deprecation).where(table.deprecation.is_not(None))
        found = await self._among(statement, table.id, ids)
        return {id: Deprecation.model_validate_json(announced) for id, announced in found}

    async def holders(self, id: str, visibility: Visibility | None, *, first: int) -> list[str]:
        if not storable(id):
            return []
        table = tables.resources.c
        statement = select(table.id).where(*self._holding(id, visibility)).order_by(table.id).limit(first)
        return [source for (source,) in await self._all(statement)]

    async def count_holders(self, id: str, visibility: Visibility | None) -> int:
        if not storable(id):
            return 0
        counted = select(func.count()).select_from(tables.resources).where(*self._holding(id, visibility))
        [(count,)] = await self._all(counted)
        return int(count)

    async def deleted(self, ids: Iterable[str]) -> dict[str, DeletedResource]:
        found = [deleted_of(row) for row in await self._among(select(tables.bin), tables.bin.c.id, ids)]
        return {item.resource.id: item for item in found}

    async def bin_page(
        self,
        *,
        approved: Visibility | None,
        drafts: Visibility | None,
        after: BinPlace | None,
        first: int,
        before: BinPlace | None = None,
        backward: bool = False,
    ) -> list[DeletedResource]:
        table = tables.bin.c
        statement = select(tables.bin)
        if approved is not None and drafts is not None:
            by_cell = [
                verdict(visibility, table.cell, ALLOWED, self._dialect, prefix)
                for prefix, visibility in (("approved_", approved), ("drafts_", drafts))
            ]
            statement = statement.where(
                or_(and_(table.approved.is_(True), by_cell[0]), and_(table.approved.is_(False), by_cell[1]))
            )
        statement = spanned(
            statement,
            table.deleted_at,
            table.id,
            after=None if after is None else (timestamp(after.deleted_at), after.id),
            before=None if before is None else (timestamp(before.deleted_at), before.id),
            first=first,
            backward=backward,
            descending=True,
        )
        return [deleted_of(row) for row in in_order(await self._all(statement), backward)]

    async def due(self, at: datetime, *, first: int) -> list[str]:
        table = tables.bin.c
        statement = select(table.id).where(table.purge_at <= timestamp(at))
        return [id for (id,) in await self._all(statement.order_by(table.purge_at, table.id).limit(first))]

    def _holding(self, id: str, visibility: Visibility | None) -> list[ColumnElement[bool]]:
        table, edges = tables.resources.c, tables.dependencies.c
        conditions = [
            table.id.in_(select(edges.source).where(edges.target == id)),
            table.current_number.is_not(None),
            table.availability != Availability.RETIRED.value,
        ]
        return conditions if visibility is None else [*conditions, visible(visibility, self._dialect)]


class ShelfWriting(ShelfReading):
    """What a unit moves into the bin and out of it."""

    insert: Callable[[Table, Sequence[Values]], Awaitable[None]]
    run: Callable[[Executable], Awaitable[None]]
    save: Callable[[Sequence[Resource]], Awaitable[None]]

    async def delete(self, deleted: DeletedResource) -> None:
        resource, cells, places = deleted.resource, tables.cells, tables.districts
        table = tables.resources.c
        [(cell, district)] = await self._all(select(table.cell, table.district).where(table.id == resource.id))
        await self.insert(tables.bin, [bin_row(deleted, cell)])
        for statement in leaving(self._dialect, [resource.id]):
            await self.run(statement)
        for live, column in _LIVE:
            await self.run(delete(live).where(column == resource.id))
        await self.run(update(cells).where(cells.c.number == cell).values(resources=cells.c.resources - 1))
        served = update(places).where(places.c.cell == cell, places.c.district == district)
        await self.run(served.values(resources=places.c.resources - 1))

    async def undelete(self, resource: Resource) -> None:
        [kept] = (await self.deleted([resource.id])).values()
        await self.purge(resource.id)
        await self.save([resource])
        saved = {revision.number for revision in (resource.head, resource.current) if revision}
        earlier = [revision for revision in kept.revisions if revision.number not in saved]
        if earlier:
            await self.insert(tables.revisions, [rows.revision_row(resource.id, each) for each in earlier])

    async def purge(self, id: str) -> None:
        if storable(id):
            await self.run(delete(tables.bin).where(tables.bin.c.id == id))


class Reads(Protocol):
    """What the look into the bin needs of a unit."""

    @property
    def dialect(self) -> Dialect:
        """The database's."""

    async def all(self, statement: Query) -> Sequence[Record]:
        """The rows of a statement."""


async def check_not_in_bin(unit: Reads, resources: Sequence[Resource]) -> None:
    """Raise AlreadyExists with CODE_TAKEN when the code or the id of one of these belongs to something in the bin."""
    table, within = tables.bin.c, unit.dialect.within
    held: set[str] = set()
    # Each by an index of its own: together they would be looked for in the whole bin.
    for column, wanted in (
        (table.code, [resource.code for resource in resources]),
        (table.id, [resource.id for resource in resources]),
    ):
        held |= {value for (value,) in await unit.all(select(column).where(within(column, wanted)))}
    for resource in resources if held else ():
        for path, value in (("code", resource.code), ("id", resource.id)):
            if value in held:
                raise AlreadyExists("CODE_TAKEN", path=path, taken=value)


def deleted_of(row: Record) -> DeletedResource:
    """What was deleted, of a row of the bin."""
    content = orjson.loads(row.content)
    return DeletedResource(
        resource=Resource.model_validate_json(canonical_json(content["resource"])),
        revisions=tuple(Revision.model_validate_json(canonical_json(each)) for each in content["revisions"]),
        deleted_at=instant(row.deleted_at),
        by=row.actor,
        purge_at=instant(row.purge_at),
    )


def bin_row(deleted: DeletedResource, cell: int) -> dict[str, object]:
    """The row of what was deleted."""
    resource = deleted.resource
    content = {
        "resource": resource.model_dump(mode="json"),
        "revisions": [revision.model_dump(mode="json") for revision in deleted.revisions],
    }
    return {
        "id": resource.id,
        "code": resource.code,
        "cell": cell,
        "approved": deleted.approved,
        "deleted_at": timestamp(deleted.deleted_at),
        "purge_at": timestamp(deleted.purge_at),
        "actor": deleted.by,
        "content": orjson.dumps(content).decode(),
    }
