"""One consistent state of a database, read by the port's questions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ucs_registry.canonical import storable
from ucs_registry.log import Entry
from ucs_registry.organizations import Organization
from ucs_registry.ports import Edge, Head, RememberedRequest
from ucs_registry.principals import Principal, RuleRow
from ucs_registry.queries import Cursor, Dimension, Order, ResourceQuery
from ucs_registry.resources import Resource, Revision
from ucs_registry.sql import rows, tables
from ucs_registry.sql.dialects import Dialect, Query, Record
from ucs_registry.sql.faults import translated
from ucs_registry.sql.listing import Listing, arriving, needs_total, page, totals
from ucs_registry.sql.predicates import below, visible
from ucs_registry.visibility import Cell, Grant, Visibility


async def read_head(connection: AsyncConnection) -> Head:
    """Where the database stands. As the first statement of a transaction it fixes the state that the rest will see."""
    row = (await connection.execute(select(tables.head))).one()
    return Head(position=row.position, access_version=row.access_version, cells=row.cells)


class SqlReader:
    """An open transaction and the statements that answer the port."""

    def __init__(self, connection: AsyncConnection, dialect: Dialect, head: Head) -> None:
        self._connection = connection
        self._dialect = dialect
        self._head = head

    @property
    def head(self) -> Head:
        return self._head

    async def organization(self, id: str) -> Organization | None:
        return (await self.organizations([id])).get(id)

    async def organizations(self, ids: Iterable[str]) -> dict[str, Organization]:
        table = tables.organizations
        found = await self._among(select(table), table.c.id, ids)
        return {entry.id: entry for entry in map(rows.organization_of, found)}

    async def children(self, parent: str | None, *, after: str | None, first: int) -> list[Organization]:
        table = tables.organizations
        if not (storable(parent or "") and storable(after or "")):
            return []
        statement = select(table).where(table.c.parent == parent, table.c.id > (after or ""))
        return [rows.organization_of(row) for row in await self._all(statement.order_by(table.c.id).limit(first))]

    async def all_organizations(self) -> list[Organization]:
        table = tables.organizations
        return [rows.organization_of(row) for row in await self._all(select(table).order_by(table.c.number))]

    async def subtree(self, root: str, *, after: str | None, first: int) -> list[Organization]:
        table, top = tables.organizations, tables.organizations.alias("top")
        if not (storable(root) and storable(after or "")):
            return []
        statement = select(table).join(top, below(table.c.path, top.c.path))
        statement = statement.where(top.c.id == root, table.c.id > (after or ""))
        return [rows.organization_of(row) for row in await self._all(statement.order_by(table.c.id).limit(first))]

    async def resource(self, id: str) -> Resource | None:
        return (await self.resources([id])).get(id)

    async def resource_by_code(self, code: str) -> Resource | None:
        if not storable(code):
            return None
        found = await self._all(rows.select_resources().where(tables.resources.c.code == code))
        return rows.resource_of(found[0]) if found else None

    async def resources(self, ids: Iterable[str]) -> dict[str, Resource]:
        found = await self._among(rows.select_resources(), tables.resources.c.id, ids)
        return {resource.id: resource for resource in map(rows.resource_of, found)}

    async def select(
        self,
        query: ResourceQuery,
        visibility: Visibility | None,
        *,
        order: Order,
        after: Cursor | None,
        first: int,
    ) -> list[Resource]:
        listing = Listing(query, visibility, order, after, first)
        total = await self.count(query, visibility) if needs_total(listing, self._head.cells) else None
        found = await self._all(page(self._dialect, listing, total)) if total != 0 else []
        return [rows.resource_of(row) for row in found]

    async def count(self, query: ResourceQuery, visibility: Visibility | None) -> int:
        found = await self._all(totals(self._dialect, query, visibility, None))
        return sum(int(total) for _, total in found)

    async def facet(self, query: ResourceQuery, visibility: Visibility | None, dimension: Dimension) -> dict[str, int]:
        found = await self._all(totals(self._dialect, query, visibility, dimension))
        return {value: int(total) for value, total in found}

    async def visible(self, ids: Iterable[str], visibility: Visibility) -> set[str]:
        column = tables.resources.c.id
        statement = select(column).where(visible(visibility, self._dialect))
        return {id for (id,) in await self._among(statement, column, ids)}

    async def cell(self, id: str) -> int | None:
        table = tables.resources
        found = await self._among(select(table.c.cell), table.c.id, [id])
        return int(found[0].cell) if found else None

    async def revisions(self, id: str) -> list[Revision]:
        table = tables.revisions
        statement = select(table).order_by(table.c.number.desc())
        return [rows.revision_of(row) for row in await self._among(statement, table.c.resource, [id])]

    async def dependencies(self, ids: Iterable[str]) -> list[Edge]:
        table = tables.dependencies
        statement = select(table).order_by(table.c.source, table.c.target, table.c.place)
        return [rows.edge_of(row) for row in await self._among(statement, table.c.source, ids)]

    async def dependants(
        self, ids: Iterable[str], visibility: Visibility | None = None, *, first: int | None = None
    ) -> list[Edge]:
        wanted = _askable(ids)
        found = await self._all(arriving(self._dialect, wanted, visibility, first)) if wanted else []
        return [rows.edge_of(row) for row in found]

    async def cells(self, start: int) -> list[Cell]:
        number = tables.cells.c.number
        return [
            rows.cell_of(row) for row in await self._all(rows.select_cells().where(number >= start).order_by(number))
        ]

    async def principals(self) -> list[Principal]:
        table = tables.principals
        return [rows.principal_of(row) for row in await self._all(select(table).order_by(table.c.id))]

    async def rules(self) -> list[RuleRow]:
        table = tables.rules
        return [rows.rule_of(row) for row in await self._all(select(table).order_by(table.c.id))]

    async def grants(self, resource: str, grantees: Iterable[str]) -> list[Grant]:
        table = tables.grants
        if not storable(resource):
            return []
        statement = select(table).where(table.c.resource == resource.removeprefix("resources/")).order_by(table.c.id)
        return [rows.grant_of(row) for row in await self._among(statement, table.c.grantee, grantees)]

    async def log(self, *, after: int, first: int) -> list[Entry]:
        table = tables.log
        statement = select(table).where(table.c.position > after).order_by(table.c.position).limit(first)
        return [rows.entry_of(row) for row in await self._all(statement)]

    async def remembered(self, actor: str, request_id: str) -> RememberedRequest | None:
        table = tables.requests
        if not (storable(actor) and storable(request_id)):
            return None
        found = await self._all(select(table).where(table.c.actor == actor, table.c.request_id == request_id))
        return RememberedRequest(**found[0]._mapping) if found else None

    async def _among(self, statement: Query, column: ColumnElement[str], values: Iterable[str]) -> Sequence[Record]:
        wanted = _askable(values)
        return await self._all(statement.where(self._dialect.within(column, wanted))) if wanted else []

    async def _all(self, statement: Query) -> Sequence[Record]:
        with translated():
            return (await self._dialect.finish(self._connection.execute(statement))).all()


def _askable(values: Iterable[str]) -> Collection[str]:
    # No stored text holds what a store cannot keep, and a driver would refuse to ask for it.
    return [value for value in dict.fromkeys(values) if storable(value)]
