"""Plugins and their documents in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol

from ucs_registry.documents import Document, DocumentQuery, NewDocument, Place, holds, place_of
from ucs_registry.organizations import Organization
from ucs_registry.plugins import PluginRow
from ucs_registry.ports import Head
from ucs_sdk.errors import Invalid

Collection = tuple[str, str]
"""A plugin and one of its collections."""


class PluginState(Protocol):
    """What the state holds of plugins, by name, and of their documents, by id."""

    organizations: dict[str, Organization]
    plugins: dict[str, PluginRow]
    documents: dict[Collection, dict[str, Document]]


class PluginReading:
    """What a reader answers about plugins and their documents."""

    _state: PluginState

    async def plugins(self) -> list[PluginRow]:
        return [self._state.plugins[name] for name in sorted(self._state.plugins)]

    async def admitting(self) -> list[str]:
        return [row.name for row in await self.plugins() if row.enabled and row.admits]

    async def documents(self, plugin: str, collection: str, ids: Iterable[str]) -> dict[str, Document]:
        kept = self._state.documents.get((plugin, collection), {})
        return {id: kept[id] for id in dict.fromkeys(ids) if id in kept}

    async def find_documents(self, query: DocumentQuery, *, after: Place | None = None, first: int) -> list[Document]:
        def key(document: Document) -> tuple[str, str]:
            place = place_of(document, query)
            return place.key, place.id

        found = sorted(self._asked(query), key=key, reverse=query.descending)
        if after is not None:
            behind = (after.key, after.id)
            found = [item for item in found if (key(item) < behind if query.descending else key(item) > behind)]
        return found[:first]

    async def count_documents(self, query: DocumentQuery) -> int:
        return len(self._asked(query))

    def _asked(self, query: DocumentQuery) -> list[Document]:
        numbers = {id: entry.number for id, entry in self._state.organizations.items()}
        return [
            document
            for document in self._state.documents.get((query.plugin, query.collection), {}).values()
            if (query.owners is None or numbers[document.organization] in query.owners)
            and (query.ids is None or document.id in query.ids)
            and holds(query, document.body)
        ]


class PluginWriting(PluginReading):
    """What a unit changes of plugins and their documents."""

    _head: Head
    _writable: Callable[[str], dict[Any, Any]]

    async def put_plugin(self, row: PluginRow) -> None:
        if row.owner not in self._state.organizations:
            raise Invalid("ORGANIZATION_UNKNOWN", path="owner", organization=row.owner)
        self._writable("plugins")[row.name] = row

    async def put_documents(self, documents: Sequence[NewDocument], at: datetime) -> None:
        for new in documents:
            if new.organization not in self._state.organizations:
                raise Invalid("ORGANIZATION_UNKNOWN", path="organization", organization=new.organization)
        collections = self._writable("documents")
        for new in documents:
            key = (new.plugin, new.collection)
            kept: dict[str, Document] = collections.get(key, {})
            before = kept.get(new.id)
            entered = Document(
                plugin=new.plugin,
                collection=new.collection,
                id=new.id,
                organization=new.organization,
                body=dict(new.body),
                revision=self._head.position + 1,
                created_at=before.created_at if before else at,
                updated_at=at,
            )
            collections[key] = {**kept, new.id: entered}

    async def remove_documents(self, plugin: str, collection: str, ids: Iterable[str]) -> int:
        collections = self._writable("documents")
        kept: dict[str, Document] = collections.get((plugin, collection), {})
        gone = set(ids) & kept.keys()
        collections[plugin, collection] = {id: document for id, document in kept.items() if id not in gone}
        return len(gone)
