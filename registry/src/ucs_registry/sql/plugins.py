"""Plugins and their documents in a database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import Protocol

import orjson
from sqlalchemy import ColumnElement, Delete, Executable, FromClause, Select, Table, and_, delete, func, literal, select

from ucs_registry.canonical import canonical_json, instant, storable, timestamp
from ucs_registry.documents import Document, DocumentQuery, FieldRange, NewDocument, Place, field_keys
from ucs_registry.organizations import Organization
from ucs_registry.plugins import PluginRow
from ucs_registry.ports import Head
from ucs_registry.sql import tables
from ucs_registry.sql.dialects import Dialect, Query, Record, Values
from ucs_registry.sql.plugin_tables import document_fields, documents, plugins
from ucs_sdk.errors import Invalid


class _Writes(Protocol):
    async def __call__(
        self, table: Table, made: Sequence[Values], *, key: tuple[str, ...], keep: tuple[str, ...] = ()
    ) -> None: ...


class PluginReading:
    """What a reader answers about plugins and their documents."""

    _dialect: Dialect
    _all: Callable[[Query], Awaitable[Sequence[Record]]]

    async def plugins(self) -> list[PluginRow]:
        named = tables.organizations.c.id.label("organization")
        owned = plugins.join(tables.organizations, tables.organizations.c.number == plugins.c.owner)
        statement = select(plugins, named).select_from(owned).order_by(plugins.c.name)
        return [plugin_of(row) for row in await self._all(statement)]

    async def admitting(self) -> list[str]:
        asked = select(plugins.c.name).where(plugins.c.enabled, plugins.c.admits).order_by(plugins.c.name)
        return [row.name for row in await self._all(asked)]

    async def documents(self, plugin: str, collection: str, ids: Iterable[str]) -> dict[str, Document]:
        wanted = [id for id in dict.fromkeys(ids) if storable(id)]
        if not (wanted and storable(plugin) and storable(collection)):
            return {}
        statement = _documents().where(
            documents.c.plugin == plugin,
            documents.c.collection == collection,
            self._dialect.within(documents.c.id, wanted),
        )
        return {document.id: document for document in map(document_of, await self._all(statement))}

    async def find_documents(self, query: DocumentQuery, *, after: Place | None = None, first: int) -> list[Document]:
        if not _askable(query):
            return []
        statement = _documents()
        keys: list[ColumnElement[str]] = [documents.c.id]
        if query.order is not None:
            # What a condition names is there, so that the order is that of the index.
            there = any(part.field == query.order for part in query.where)
            ordered = document_fields.alias("ordered")
            same = and_(_of(ordered, query, query.order), ordered.c.id == documents.c.id)
            statement = statement.join(ordered, same, isouter=not there)
            keys = [ordered.c.value, ordered.c.id] if there else [func.coalesce(ordered.c.value, ""), documents.c.id]
        statement = statement.where(*self._conditions(query))
        if after is not None:
            statement = statement.where(_behind(keys, after, query.descending))
        statement = statement.order_by(*((key.desc() if query.descending else key) for key in keys)).limit(first)
        return [document_of(row) for row in await self._all(statement)]

    async def count_documents(self, query: DocumentQuery) -> int:
        if not _askable(query):
            return 0
        counted = select(func.count()).select_from(documents).where(*self._conditions(query))
        [(count,)] = await self._all(counted)
        return int(count)

    def _conditions(self, query: DocumentQuery) -> list[ColumnElement[bool]]:
        conditions = [documents.c.plugin == query.plugin, documents.c.collection == query.collection]
        if query.owners is not None:
            conditions.append(self._dialect.within(documents.c.owner, query.owners))
        if query.ids is not None:
            conditions.append(self._dialect.within(documents.c.id, [id for id in query.ids if storable(id)]))
        conditions += (documents.c.id.in_(_found_by(query, part)) for part in query.where)
        return conditions


class PluginWriting(PluginReading):
    """What a unit changes of plugins and their documents."""

    _head: Head
    insert: Callable[[Table, Sequence[Values]], Awaitable[None]]
    write: _Writes
    run: Callable[[Executable], Awaitable[None]]
    _changed: Callable[[Delete], Awaitable[int]]
    organizations: Callable[[Iterable[str]], Awaitable[dict[str, Organization]]]

    async def put_plugin(self, row: PluginRow) -> None:
        owner = (await self.organizations([row.owner])).get(row.owner)
        if owner is None:
            raise Invalid("ORGANIZATION_UNKNOWN", path="owner", organization=row.owner)
        await self.write(plugins, [plugin_row(row, owner.number)], key=("name",))

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
        await self.write(documents, made, key=("plugin", "collection", "id"), keep=("created_at",))
        await self.run(self._gone(document_fields, plugin, collection, [entry.id for entry in new]))
        found_by = [
            {"plugin": plugin, "collection": collection, "field": field, "value": value, "id": entry.id}
            for entry in new
            for field, value in field_keys(entry.body).items()
        ]
        if found_by:
            await self.insert(document_fields, found_by)

    async def remove_documents(self, plugin: str, collection: str, ids: Iterable[str]) -> int:
        wanted = [id for id in dict.fromkeys(ids) if storable(id)]
        await self.run(self._gone(document_fields, plugin, collection, wanted))
        return await self._changed(self._gone(documents, plugin, collection, wanted))

    def _gone(self, table: Table, plugin: str, collection: str, ids: Sequence[str]) -> Delete:
        return delete(table).where(
            table.c.plugin == plugin, table.c.collection == collection, self._dialect.within(table.c.id, ids)
        )


def _documents() -> Select[tuple[object, ...]]:
    named = tables.organizations.c.id.label("organization")
    owned = documents.join(tables.organizations, tables.organizations.c.number == documents.c.owner)
    return select(documents, named).select_from(owned)


def _askable(query: DocumentQuery) -> bool:
    texts = [query.plugin, query.collection, query.order or ""]
    texts += [end for part in query.where for end in (part.field, *part.ends)]
    return all(map(storable, texts))


def _of(table: FromClause, query: DocumentQuery, field: str) -> ColumnElement[bool]:
    return and_(table.c.plugin == query.plugin, table.c.collection == query.collection, table.c.field == field)


def _found_by(query: DocumentQuery, part: FieldRange) -> Select[tuple[str]]:
    low, high = part.ends
    value = document_fields.c.value
    return select(document_fields.c.id).where(_of(document_fields, query, part.field), value >= low, value <= high)


def _behind(keys: Sequence[ColumnElement[str]], place: Place, descending: bool) -> ColumnElement[bool]:
    id = keys[-1]
    there = id < place.id if descending else id > place.id
    if len(keys) == 1:
        return there
    key, stated = keys[0], literal(place.key)
    ahead = key < stated if descending else key > stated
    return ahead | and_(key == stated, there)


def plugin_row(row: PluginRow, owner: int) -> dict[str, object]:
    """The row of a plugin; `owner` is the number of its organisation."""
    return {
        "name": row.name,
        "version": row.version,
        "enabled": row.enabled,
        "owner": owner,
        "generation": row.generation,
        "settings": canonical_json(row.settings).decode(),
        "reason": row.reason,
        "admits": row.admits,
        "brought": orjson.dumps({"types": row.types, "resources": row.resources}).decode(),
        "changed_at": timestamp(row.changed_at),
        "changed_by": row.changed_by,
    }


def plugin_of(row: Record) -> PluginRow:
    """The plugin of a row."""
    return PluginRow(
        name=row.name,
        version=row.version,
        enabled=bool(row.enabled),
        owner=row.organization,
        generation=int(row.generation),
        settings=orjson.loads(row.settings),
        reason=row.reason,
        admits=bool(row.admits),
        **orjson.loads(row.brought),
        changed_at=instant(row.changed_at),
        changed_by=row.changed_by,
    )


def document_of(row: Record) -> Document:
    """The document of a row."""
    return Document(
        plugin=row.plugin,
        collection=row.collection,
        id=row.id,
        organization=row.organization,
        body=orjson.loads(row.body),
        revision=int(row.revision),
        created_at=instant(row.created_at),
        updated_at=instant(row.updated_at),
    )
