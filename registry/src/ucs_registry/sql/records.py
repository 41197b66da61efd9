"""The records of plugins in a database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Delete, TextClause, bindparam, delete, func, select

from ucs_registry.canonical import instant, storable, timestamp
from ucs_registry.documents import Document, DocumentQuery, NewDocument, Place, in_order
from ucs_registry.organizations import Organization
from ucs_registry.ports import Head
from ucs_registry.record_ways import (
    EVERY_FIELD,
    StandingWay,
    WayState,
    answering,
    counters_span,
    counting,
    found_among,
    is_declared,
    redeclared,
    tallied,
    tally_of,
)
from ucs_registry.sql import every_field
from ucs_registry.sql.dialects import Dialect, Query, Record
from ucs_registry.sql.every_field import select_documents
from ucs_registry.sql.plugin_tables import document_counts, document_fields, document_ways, documents
from ucs_registry.sql.ready import Asks, ReadyBook
from ucs_registry.sql.record_keeping import (
    KeepingUnit,
    Moves,
    Owned,
    build_step,
    clear_step,
    field_rows,
    way_of,
    way_row,
)
from ucs_registry.sql.record_pages import Shape, askable, page_text, page_values, shapes_of, words_of
from ucs_sdk.errors import Invalid
from ucs_sdk.ways import Ways

_QUESTIONS = ReadyBook(
    documents=lambda dialect: select_documents().where(
        documents.c.plugin == bindparam("plugin"),
        documents.c.collection == bindparam("collection"),
        dialect.within(documents.c.id, [], "wanted"),
    ),
    ways=lambda _: select(document_ways).where(
        document_ways.c.plugin == bindparam("plugin"), document_ways.c.collection == bindparam("collection")
    ),
)
"""What every write asks, and whoever reads by a key."""


class RecordReading:
    """What a reader answers about the records of plugins."""

    _dialect: Dialect
    _all: Callable[[Query | TextClause], Awaitable[Sequence[Record]]]
    _ask: Asks
    organizations: Callable[[Iterable[str]], Awaitable[dict[str, Organization]]]

    async def document_ways(self, plugin: str | None = None) -> list[StandingWay]:
        asked = select(document_ways).order_by(document_ways.c.number)
        if plugin is not None:
            asked = asked.where(document_ways.c.plugin == plugin)
        return [way_of(row) for row in await self._all(asked)]

    async def documents(self, plugin: str, collection: str, ids: Iterable[str]) -> dict[str, Document]:
        wanted = [id for id in dict.fromkeys(ids) if storable(id)]
        if not (wanted and storable(plugin) and storable(collection)):
            return {}
        ready, stated = _QUESTIONS.of(self._dialect, "documents"), orjson.dumps(wanted).decode()
        found = await self._ask(ready, plugin=plugin, collection=collection, wanted=stated)
        return {document.id: document for document in map(document_of, found)}

    async def find_documents(self, query: DocumentQuery, *, after: Place | None = None, first: int) -> list[Document]:
        if not askable(query, after):
            return []
        query = _within(query)
        standing = await self._standing(query)
        if query.ids is not None and is_declared(standing):
            return in_order(await self._by_id(query, query.ids), query, after)[:first]
        way = answering(standing, query)
        if way is None:
            return [document_of(row) for row in await self._all(every_field.found(self._dialect, query, after, first))]
        return await self._listed(way, query, after, first)

    async def count_documents(self, query: DocumentQuery) -> int:
        if not askable(query):
            return 0
        query = _within(query)
        standing = await self._standing(query)
        if query.ids is not None and is_declared(standing):
            return len(await self._by_id(query, query.ids))
        way = counting(standing, query)
        if way is None:
            [(count,)] = await self._all(every_field.counted(self._dialect, query))
            return int(count)
        return sum(tallied(way, query, await self._counted(way, query), None).values())

    async def tally_documents(self, query: DocumentQuery, by: str) -> dict[str, int]:
        if not (askable(query) and storable(by)):
            return {}
        query = _within(query)
        standing = await self._standing(query)
        if query.ids is not None and is_declared(standing):
            return tally_of(await self._by_id(query, query.ids), by)
        way = counting(standing, query, by)
        if way is not None:
            return tallied(way, query, await self._counted(way, query), by)
        rows = await self._all(every_field.tallied(self._dialect, query, by))
        counts = {str(value): int(count) for value, count in rows}
        without = await self.count_documents(query) - sum(counts.values())
        return {**counts, "": without} if without else counts

    async def _standing(self, query: DocumentQuery) -> list[StandingWay]:
        ready = _QUESTIONS.of(self._dialect, "ways")
        return [way_of(row) for row in await self._ask(ready, plugin=query.plugin, collection=query.collection)]

    async def _by_id(self, query: DocumentQuery, ids: Iterable[str]) -> list[Document]:
        named = (await self.documents(query.plugin, query.collection, ids)).values()
        owners = await self.organizations({document.organization for document in named})
        return found_among(named, query, {id: owner.number for id, owner in owners.items()})

    async def _listed(self, way: StandingWay, query: DocumentQuery, after: Place | None, first: int) -> list[Document]:
        """A page, read by a way: a range of its places, and no other."""
        values = page_values(way, query, after, first)
        found: Sequence[Record] = ()
        words = words_of(self._dialect)
        for shape in shapes_of(words, query):
            statement = page_text(words, shape, descending=query.descending, behind=after is not None)
            known = {name: value for name, value in values.items() if name != "owners" or shape is not Shape.ALL}
            found = await self._all(statement.bindparams(**known))
            if len(found) == first:
                break
        return [document_of(row) for row in found]

    async def _counted(self, way: StandingWay, query: DocumentQuery) -> list[tuple[str, int]]:
        """The counters of a way by key, added up over the owners whose records are shown."""
        low, high = counters_span(way, query.where)
        table = document_counts.c
        conditions = [table.way == way.number, table.key >= low, table.key <= high]
        if query.owners is not None:
            conditions.append(self._dialect.within(table.owner, query.owners))
        rows = await self._all(select(table.key, func.sum(table.total)).where(*conditions).group_by(table.key))
        return [(key, int(total)) for key, total in rows]


class RecordWriting(RecordReading, KeepingUnit):
    """What a unit changes of the records of plugins."""

    _head: Head
    _changed: Callable[[Delete], Awaitable[int]]
    moves: type[Moves] = Moves

    async def put_documents(self, documents: Sequence[NewDocument], at: datetime) -> None:
        owners = await self.organizations({new.organization for new in documents})
        for new in documents:
            if new.organization not in owners:
                raise Invalid("ORGANIZATION_UNKNOWN", path="organization", organization=new.organization)
        gathered: dict[tuple[str, str], list[NewDocument]] = {}
        for new in documents:
            gathered.setdefault((new.plugin, new.collection), []).append(new)
        for (plugin, collection), together in gathered.items():
            await self._put_together(plugin, collection, together, owners, timestamp(at))

    async def _put_together(
        self, plugin: str, collection: str, new: Sequence[NewDocument], owners: dict[str, Organization], now: str
    ) -> None:
        made = [
            {
                "plugin": plugin,
                "collection": collection,
                "id": entry.id,
                "owner": owners[entry.organization].number,
                "revision": self._head.position + 1,
                # In the order in which it was stated.
                "body": orjson.dumps(dict(entry.body)).decode(),
                "created_at": now,
                "updated_at": now,
            }
            for entry in new
        ]
        after = {entry.id: Owned(entry.body, owners[entry.organization].number) for entry in new}
        await self._move(plugin, collection, after, list(after))
        await self.write(documents, made, key=("plugin", "collection", "id"), keep=("created_at",))

    async def remove_documents(self, plugin: str, collection: str, ids: Iterable[str]) -> int:
        wanted = [id for id in dict.fromkeys(ids) if storable(id)]
        await self._move(plugin, collection, {}, wanted)
        return await self._changed(
            delete(documents).where(
                documents.c.plugin == plugin,
                documents.c.collection == collection,
                self._dialect.within(documents.c.id, wanted),
            )
        )

    async def _move(self, plugin: str, collection: str, after: Mapping[str, Owned], ids: Sequence[str]) -> None:
        """Have the ways of a collection follow what becomes of some of its records, before it does."""
        standing = await self._standing(DocumentQuery(plugin=plugin, collection=collection))
        declared = is_declared(standing)
        if declared:
            moves = self.moves(standing, self._head.position + 1)
            before = await self._owned(plugin, collection, ids)
            for id in ids:
                moves.move(id, before.get(id), after.get(id))
            await moves.keep(self)
        every = next((way for way in standing if way.fields == EVERY_FIELD), None)
        if declared and every is None:
            return
        await self.erase(document_fields, [{"plugin": plugin, "collection": collection, "id": id} for id in ids])
        shown = {id: owned.body for id, owned in after.items() if every is None or every.covers(id)}
        found_by = field_rows(plugin, collection, shown)
        if found_by:
            await self.insert(document_fields, found_by)

    async def _owned(self, plugin: str, collection: str, ids: Sequence[str]) -> dict[str, Owned]:
        table = documents.c
        asked = select(table.id, table.owner, table.body).where(
            table.plugin == plugin, table.collection == collection, self._dialect.within(table.id, ids)
        )
        return {row.id: Owned(orjson.loads(row.body), int(row.owner)) for row in await self._all(asked)}

    async def declare_documents(self, plugin: str, wanted: Mapping[str, Ways], *, drop: bool) -> None:
        standing = await self.document_ways(plugin)
        [(last,)] = await self._all(select(func.coalesce(func.max(document_ways.c.number), 0)))
        made = self._head.position + 1
        changed = redeclared(standing, plugin, wanted, drop=drop, number=int(last) + 1, made=made)
        if changed:
            await self.write(document_ways, [way_row(way) for way in changed], key=("number",))

    async def index_documents(self) -> bool:
        standing = [way for way in await self.document_ways() if way.state is not WayState.READY]
        building = [way for way in standing if way.state is WayState.BUILDING]
        if building:
            first = building[0]
            same = (first.plugin, first.collection, first.reached)
            together = [way for way in building if (way.plugin, way.collection, way.reached) == same]
            await build_step(self, together, self._head.position + 1)
        elif standing:
            await clear_step(self, standing[0])
        return bool(standing)


def _within(query: DocumentQuery) -> DocumentQuery:
    """The query with those of its ids that any store can hold."""
    return query if query.ids is None else replace(query, ids=frozenset(filter(storable, query.ids)))


def document_of(row: Record) -> Document:
    """The document of a row."""
    body: dict[str, Any] = orjson.loads(row.body)
    return Document(
        plugin=row.plugin,
        collection=row.collection,
        id=row.id,
        organization=row.organization,
        body=body,
        revision=int(row.revision),
        created_at=instant(row.created_at),
        updated_at=instant(row.updated_at),
    )
