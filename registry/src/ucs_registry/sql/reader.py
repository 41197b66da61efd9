"""One consistent state of a database, read by the port's questions."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import ColumnElement, TextClause, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ucs_registry.canonical import storable
from ucs_registry.checkpoints import Checkpoint
from ucs_registry.log import Entry
from ucs_registry.organizations import Organization
from ucs_registry.ports import Edge, Head, RememberedRequest
from ucs_registry.principals import Principal, RuleRow
from ucs_registry.queries import Cursor, Order, ResourceQuery
from ucs_registry.resources import Resource, Revision
from ucs_registry.signing import stored_checkpoint
from ucs_registry.sql import rows, tables
from ucs_registry.sql.areas import AreaReading
from ucs_registry.sql.blobs import BlobReading
from ucs_registry.sql.counting import CountReading, enough
from ucs_registry.sql.dialects import Dialect, Query, Record
from ucs_registry.sql.direct import DirectStatement, Row
from ucs_registry.sql.events import EventReading
from ucs_registry.sql.exporting import ExportReading
from ucs_registry.sql.faults import translated
from ucs_registry.sql.graph import GraphReading
from ucs_registry.sql.importing import ImportReading
from ucs_registry.sql.listing import GATHER_MOST, Listing, arriving, needs_total, page
from ucs_registry.sql.members import MemberReading
from ucs_registry.sql.own.running import OwnReading
from ucs_registry.sql.plugins import PluginReading
from ucs_registry.sql.predicates import below, live, visible
from ucs_registry.sql.ready import Ready, ReadyBook
from ucs_registry.sql.reviews import ReviewReading
from ucs_registry.sql.shelf import ShelfReading
from ucs_registry.sql.spans import in_order, spanned
from ucs_registry.sql.types import TypeReading
from ucs_registry.visibility import Cell, Grant, Visibility
from ucs_registry.yielding import MANY, in_turns

NEAR = 16
"""How many entries are looked through for each one that is asked for, before the index by owner is."""

_PREFIX = "resources/"


_HEAD = tuple(item.name for item in fields(Head))

# The frontier and the note are for units: they would make this the longest row that a question reads.
_HEAD_READY = Ready(select(*(tables.head.c[name] for name in _HEAD)))

_QUESTIONS = ReadyBook(
    remembered=lambda _: select(tables.requests).where(
        tables.requests.c.actor == bindparam("actor"), tables.requests.c.request_id == bindparam("request_id")
    ),
    by_code=lambda _: rows.select_resources().where(tables.resources.c.code == bindparam("code")),
    organizations=lambda dialect: select(tables.organizations).where(
        dialect.within(tables.organizations.c.id, [], "wanted")
    ),
)

RECENT_MOST = 500
"""How many resources asked for by their codes, as by calls of operations, are kept: the same row is the same resource."""

_resource_of = lru_cache(maxsize=RECENT_MOST)(rows.resource_of)


async def read_head(connection: AsyncConnection) -> Head:
    """Where the database stands. As the first statement of a transaction it fixes the state that the rest will see."""
    [row] = await _HEAD_READY.rows(connection)
    return head_of(row)


HEAD = DirectStatement(text=f"SELECT {', '.join(_HEAD)} FROM head", names=())
"""The same as a direct statement, for `head_in`."""


def head_in(row: Row | None) -> Head:
    """The head in the row of a direct statement, whose texts are bytes."""
    if row is None:
        raise LookupError("the database has no head")
    values: list[Any] = [value.decode() if isinstance(value, bytes) else value for value in row]
    return Head(**dict(zip(_HEAD, values, strict=True)))


def head_of(row: Record) -> Head:
    """The head of its row."""
    return Head(**{name: getattr(row, name) for name in _HEAD})


class SqlReader(
    AreaReading,
    CountReading,
    MemberReading,
    ExportReading,
    GraphReading,
    ImportReading,
    ReviewReading,
    TypeReading,
    ShelfReading,
    PluginReading,
    BlobReading,
    OwnReading,
    EventReading,
):
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
        wanted = _askable(ids)
        if not wanted:
            return {}
        stated = orjson.dumps(wanted).decode()
        found = await self._ask(_QUESTIONS.of(self._dialect, "organizations"), wanted=stated)
        return {entry.id: entry for entry in map(rows.organization_of, found)}

    async def children(
        self,
        parent: str | None,
        *,
        after: str | None,
        first: int,
        before: str | None = None,
        backward: bool = False,
    ) -> list[Organization]:
        table = tables.organizations
        if not all(map(storable, (parent or "", after or "", before or ""))):
            return []
        statement = select(table).where(table.c.parent == parent)
        found = await self._all(
            spanned(statement, table.c.id, after=after, before=before, first=first, backward=backward)
        )
        return [rows.organization_of(row) for row in in_order(found, backward)]

    async def all_organizations(self) -> list[Organization]:
        table = tables.organizations
        return await in_turns(rows.organization_of, await self._all(select(table).order_by(table.c.number)))

    async def subtree(
        self, root: str, *, after: str | None, first: int, before: str | None = None, backward: bool = False
    ) -> list[Organization]:
        table, top = tables.organizations, tables.organizations.alias("top")
        if not all(map(storable, (root, after or "", before or ""))):
            return []
        statement = select(table).select_from(table.join(top, below(table.c.path, top.c.path))).where(top.c.id == root)
        found = await self._all(
            spanned(statement, table.c.id, after=after, before=before, first=first, backward=backward)
        )
        return [rows.organization_of(row) for row in in_order(found, backward)]

    async def resource(self, id: str) -> Resource | None:
        return (await self.resources([id])).get(id)

    async def resource_by_code(self, code: str) -> Resource | None:
        if not storable(code):
            return None
        found = await self._ask(_QUESTIONS.of(self._dialect, "by_code"), code=code)
        return _resource_of(tuple(found[0])) if found else None

    async def resources_by_code(self, codes: Iterable[str]) -> dict[str, Resource]:
        found = await self._among(rows.select_resources(), tables.resources.c.code, codes)
        return {resource.code: resource for resource in map(rows.resource_of, found)}

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
        before: Cursor | None = None,
        backward: bool = False,
    ) -> list[Resource]:
        listing = Listing(query, visibility, order, after, first, before, backward, await self._placed(query))
        total = None
        if needs_total(listing, self._head.cells):
            [(total,)] = await self._all(enough(self._dialect, query, visibility, GATHER_MOST))
        found = await self._all(page(self._dialect, listing, total)) if total != 0 else []
        return [rows.resource_of(row) for row in (reversed(found) if backward else found)]

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

    async def cells(self, start: int, most: int | None = None) -> list[Cell]:
        number = tables.cells.c.number
        found = await self._all(rows.select_cells().where(number >= start).order_by(number).limit(most))
        return await in_turns(rows.cell_of, found)

    async def principals(self) -> list[Principal]:
        table = tables.principals
        return await in_turns(rows.principal_of, await self._all(select(table).order_by(table.c.id)))

    async def rules(self) -> list[RuleRow]:
        table = tables.rules
        return await in_turns(rows.rule_of, await self._all(select(table).order_by(table.c.id)))

    async def grants(self, resource: str, grantees: Iterable[str]) -> list[Grant]:
        table = tables.grants
        if not storable(resource):
            return []
        statement = select(table).where(table.c.resource == resource.removeprefix("resources/")).order_by(table.c.id)
        return [rows.grant_of(row) for row in await self._among(statement, table.c.grantee, grantees)]

    async def rules_of(self, section: str, names: Iterable[str]) -> list[RuleRow]:
        table, wanted = tables.rules, set(names)
        statement = select(table).where(table.c.section == section).order_by(table.c.id)
        found = await self._among(statement, table.c.first, map(rows.rule_key, wanted))
        return [rule for rule in map(rows.rule_of, found) if rule.values and rule.values[0] in wanted]

    async def find_grants(
        self,
        *,
        ids: Iterable[str] | None = None,
        resources: Iterable[str] | None = None,
        grantees: Iterable[str] | None = None,
        live_at: datetime | None = None,
        after: str | None = None,
        first: int | None = None,
        before: str | None = None,
        backward: bool = False,
    ) -> list[Grant]:
        table = tables.grants
        bare = None if resources is None else _bare(resources)
        if not (storable(after or "") and storable(before or "")):
            return []
        statement = spanned(select(table), table.c.id, after=after, before=before, first=first, backward=backward)
        for column, values in ((table.c.id, ids), (table.c.resource, bare), (table.c.grantee, grantees)):
            if values is not None:
                statement = statement.where(self._dialect.within(column, _askable(values)))
        if live_at is not None:
            statement = statement.where(*live(live_at))
        return [rows.grant_of(row) for row in in_order(await self._all(statement), backward)]

    async def cell_counts(self) -> dict[int, int]:
        table = tables.cells.c
        found = await self._all(select(table.number, table.resources).where(table.resources > 0))
        return {int(number): int(resources) for number, resources in found}

    async def revoked_keys(self) -> list[str]:
        table = tables.revoked_keys.c
        return [id for (id,) in await self._all(select(table.id).order_by(table.id))]

    async def log(
        self,
        *,
        after: int,
        first: int,
        owners: Iterable[str] | None = None,
        before: int | None = None,
        backward: bool = False,
    ) -> list[Entry]:
        # What stands behind the head no unit of ours has written: nobody is shown it.
        last = self._head.position if before is None else min(before - 1, self._head.position)
        if owners is not None:
            return await self._log_of(_askable(owners), after + 1, last, first, backward)
        table = tables.log.c
        statement = rows.select_entries().where(table.position.between(after + 1, last))
        found = await self._all(spanned(statement, table.position, first=first, backward=backward))
        return [rows.entry_of(row) for row in in_order(found, backward)]

    async def _log_of(self, owners: Collection[str], start: int, last: int, first: int, backward: bool) -> list[Entry]:
        if not owners:
            return []
        table = tables.log.c
        owned = self._dialect.within(table.owner, owners)
        # Whoever oversees much finds enough among the next entries. For the others there are few to be sorted, and the
        # index by owner leads to them; the database cannot know which of the two it is.
        reach = NEAR * first - 1
        near = (max(start, last - reach), last) if backward else (start, min(start + reach, last))
        statement = rows.select_entries().where(owned, table.position.between(*near))
        found = await self._all(spanned(statement, table.position, first=first, backward=backward))
        if len(found) < first:
            # Ordered by what no index is ordered by, or PostgreSQL may walk through the whole log after all.
            behind = select(table.position).where(owned, table.position.between(start, last))
            far = spanned(behind, table.position + 0, first=first, backward=backward)
            positions = [position for (position,) in await self._all(far)]
            statement = rows.select_entries().where(self._dialect.within(table.position, positions))
            found = await self._all(spanned(statement, table.position, first=first, backward=backward))
        return [rows.entry_of(row) for row in in_order(found, backward)]

    async def tree_hashes(self, nodes: Iterable[tuple[int, int]]) -> dict[tuple[int, int], str]:
        # A subtree is complete with its last leaf, and its hash stands with the entry that has it.
        homes = {(level, index): (index + 1) << level for level, index in nodes if level >= 0 and index >= 0}
        table = tables.log.c
        wanted = [home for home in set(homes.values()) if home <= self._head.position]
        if not wanted:
            return {}
        statement = select(table.position, table.leaf, table.subtrees)
        found = await self._all(statement.where(self._dialect.within(table.position, wanted)))
        hashes = {position: [leaf, *rows.parted(subtrees)] for position, leaf, subtrees in found}
        return {node: hashes[home][node[0]] for node, home in homes.items() if node[0] < len(hashes.get(home, ()))}

    async def checkpoints(self, *, after: int = 0, first: int | None = None) -> list[Checkpoint]:
        table = tables.checkpoints.c
        kept = await self._all(select(table.note).where(table.size > after).order_by(table.size).limit(first))
        [(last,)] = await self._all(select(tables.head.c.note))
        found = {checkpoint.size: checkpoint for checkpoint in (stored_checkpoint(note) for (note,) in kept)}
        if last is not None:
            latest = stored_checkpoint(last)
            if latest.size > after:
                found[latest.size] = latest
        return [found[size] for size in sorted(found)][:first]

    async def remembered(self, actor: str, request_id: str) -> RememberedRequest | None:
        if not (storable(actor) and storable(request_id)):
            return None
        found = await self._ask(_QUESTIONS.of(self._dialect, "remembered"), actor=actor, request_id=request_id)
        return rows.request_of(found[0]) if found else None

    async def _among(self, statement: Query, column: ColumnElement[str], values: Iterable[str]) -> Sequence[Record]:
        wanted = _askable(values)
        return await self._all(statement.where(self._dialect.within(column, wanted))) if wanted else []

    async def _ask(self, ready: Ready, **values: object) -> Sequence[Record]:
        """The few rows of a statement that is asked often."""
        with translated():
            return await ready.rows(self._connection, **values)

    async def _all(self, statement: Query | TextClause) -> Sequence[Record]:
        with translated():
            result = await self._dialect.finish(self._connection.execute(statement))
            found = list(part := result.fetchmany(MANY))
            while len(part) == MANY:
                # The rows are here already; it is the loop's time that making them up takes.
                await asyncio.sleep(0)
                found += (part := result.fetchmany(MANY))
            result.close()
            return found


def _askable(values: Iterable[str]) -> Collection[str]:
    # No stored text holds what a store cannot keep, and a driver would refuse to ask for it.
    return [value for value in dict.fromkeys(values) if storable(value)]


def _bare(resources: Iterable[str]) -> list[str]:
    # A name that is none of a resource's is the id of no resource either.
    return [name.removeprefix(_PREFIX) for name in resources if name.startswith(_PREFIX)]
