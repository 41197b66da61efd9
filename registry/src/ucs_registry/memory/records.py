"""The records of plugins in memory: looked through, and refused what another store would refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from ucs_registry.documents import Document, DocumentQuery, NewDocument, Place, in_order
from ucs_registry.organizations import Organization
from ucs_registry.ports import Head
from ucs_registry.record_ways import (
    EVERY_FIELD,
    STEP_MOST,
    StandingWay,
    WayState,
    answering,
    counting,
    found_among,
    is_declared,
    redeclared,
    tally_of,
)
from ucs_sdk.errors import Invalid
from ucs_sdk.ways import Ways

Collection = tuple[str, str]
"""A plugin and one of its collections."""


class RecordState(Protocol):
    """What the state holds of records, by id, and of the ways in which they are asked, by number."""

    organizations: dict[str, Organization]
    documents: dict[Collection, dict[str, Document]]
    document_ways: dict[int, StandingWay]


class RecordReading:
    """What a reader answers about the records of plugins."""

    _state: Any

    async def document_ways(self, plugin: str | None = None) -> list[StandingWay]:
        ways = self._state.document_ways
        return [ways[number] for number in sorted(ways) if plugin in (None, ways[number].plugin)]

    async def documents(self, plugin: str, collection: str, ids: Iterable[str]) -> dict[str, Document]:
        kept = self._kept(plugin, collection)
        return {id: kept[id] for id in dict.fromkeys(ids) if id in kept}

    async def find_documents(self, query: DocumentQuery, *, after: Place | None = None, first: int) -> list[Document]:
        standing = self._standing(query)
        if query.ids is None or not is_declared(standing):
            answering(standing, query)
        return in_order(self._asked(query), query, after)[:first]

    async def count_documents(self, query: DocumentQuery) -> int:
        standing = self._standing(query)
        if query.ids is None or not is_declared(standing):
            counting(standing, query)
        return len(self._asked(query))

    async def tally_documents(self, query: DocumentQuery, by: str) -> dict[str, int]:
        standing = self._standing(query)
        if query.ids is None or not is_declared(standing):
            counting(standing, query, by)
        return tally_of(self._asked(query), by)

    def _kept(self, plugin: str, collection: str) -> dict[str, Document]:
        kept: dict[str, Document] = self._state.documents.get((plugin, collection), {})
        return kept

    def _standing(self, query: DocumentQuery) -> list[StandingWay]:
        own = (query.plugin, query.collection)
        return [way for way in self._state.document_ways.values() if (way.plugin, way.collection) == own]

    def _asked(self, query: DocumentQuery) -> list[Document]:
        numbers = {id: entry.number for id, entry in self._state.organizations.items()}
        return found_among(self._kept(query.plugin, query.collection).values(), query, numbers)


class RecordWriting(RecordReading):
    """What a unit changes of the records of plugins."""

    _head: Head
    _writable: Callable[[str], dict[Any, Any]]

    async def put_documents(self, documents: Sequence[NewDocument], at: datetime) -> None:
        for new in documents:
            if new.organization not in self._state.organizations:
                raise Invalid("ORGANIZATION_UNKNOWN", path="organization", organization=new.organization)
        collections = self._writable("documents")
        for key in {(new.plugin, new.collection) for new in documents}:
            collections[key] = dict(collections.get(key, {}))
        for new in documents:
            kept: dict[str, Document] = collections[new.plugin, new.collection]
            before = kept.get(new.id)
            kept[new.id] = Document(
                plugin=new.plugin,
                collection=new.collection,
                id=new.id,
                organization=new.organization,
                body=dict(new.body),
                revision=self._head.position + 1,
                created_at=before.created_at if before else at,
                updated_at=at,
            )

    async def remove_documents(self, plugin: str, collection: str, ids: Iterable[str]) -> int:
        collections = self._writable("documents")
        kept: dict[str, Document] = collections.get((plugin, collection), {})
        gone = set(ids) & kept.keys()
        collections[plugin, collection] = {id: document for id, document in kept.items() if id not in gone}
        return len(gone)

    async def declare_documents(self, plugin: str, wanted: Mapping[str, Ways], *, drop: bool) -> None:
        ways = self._writable("document_ways")
        standing = await self.document_ways(plugin)
        number = max(ways, default=0) + 1
        for way in redeclared(standing, plugin, wanted, drop=drop, number=number, made=self._head.position + 1):
            ways[way.number] = way

    async def index_documents(self) -> bool:
        standing = [way for way in await self.document_ways() if way.state is not WayState.READY]
        building = [way for way in standing if way.state is WayState.BUILDING]
        if building:
            first = building[0]
            same = (first.plugin, first.collection, first.reached)
            self._build([way for way in building if (way.plugin, way.collection, way.reached) == same])
        elif standing:
            del self._writable("document_ways")[standing[0].number]
        return bool(standing)

    def _build(self, building: Sequence[StandingWay]) -> None:
        """Go on by as many records as another store would: until then, it says that it is not ready."""
        ways, first = self._writable("document_ways"), building[0]
        found = sorted(id for id in self._kept(first.plugin, first.collection) if id > first.reached)[:STEP_MOST]
        done = len(found) < STEP_MOST
        for way in building:
            if done and way.fields == EVERY_FIELD:
                del ways[way.number]
            else:
                state = WayState.READY if done else WayState.BUILDING
                ways[way.number] = replace(way, reached=found[-1] if found else way.reached, state=state)
