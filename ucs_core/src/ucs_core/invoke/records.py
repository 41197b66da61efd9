"""A plugin's collections as its functions are handed them: to read as far as the caller may, and within a unit to write."""

from __future__ import annotations

import difflib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Generic, TypeVar

import orjson
from pydantic import BaseModel

from ucs_core.access.actions import Action
from ucs_core.invoke.ports import Asks, Eyes, Look, Sharing
from ucs_core.invoke.staging import Staged, Write, revision_of
from ucs_registry.canonical import storable
from ucs_registry.documents import Document as Kept
from ucs_registry.documents import DocumentQuery, FieldRange, Place, holds, key_of, place_of
from ucs_registry.ports.documents import Glance
from ucs_registry.record_ways import leading_values
from ucs_sdk.context import Between, Document, Page, Scalar, Where
from ucs_sdk.errors import Invalid
from ucs_sdk.messages import Phrase
from ucs_sdk.ways import parted

M = TypeVar("M", bound=BaseModel)

PAGE_MOST = 1_000
"""How many records one page may have."""


class Records(Generic[M]):
    """A collection to read. With `staged` it notes what was read."""

    def __init__(
        self, plugin: str, collection: str, model: type[M], eyes: Eyes, sharing: Sharing, staged: Staged | None = None
    ) -> None:
        self._plugin = plugin
        self._collection = collection
        self._model = model
        self._eyes = eyes
        self._sharing = sharing
        self._staged = staged
        self._ways = sharing.ways

    async def get(self, key: str) -> Document[M] | None:
        """The record with this key, or None."""
        return (await self.get_many([key])).get(key)

    async def get_many(self, keys: Collection[str]) -> Mapping[str, Document[M]]:
        """The records with these keys, as far as there are any."""
        if len(keys) > PAGE_MOST:
            raise Invalid("FIELD_TOO_LARGE", path="keys", limit=PAGE_MOST, more=0)
        async with self._eyes.look() as look:
            found = await look.reader.documents(self._plugin, self._collection, list(keys))
            for key in keys:
                # Noted whoever owns it: a record that is hidden now and gone later is a change, too.
                self._note(key, found.get(key))
            return {
                key: self._shown(kept)
                for key, kept in found.items()
                if look.may(Action.READ, self._sharing, kept.organization)
            }

    async def query(
        self,
        where: Where | None = None,
        *,
        order_by: str = "",
        descending: bool = False,
        limit: int = 100,
        after: str = "",
    ) -> Page[M]:
        """A page of records."""
        asked = self._asked(where, order_by, descending)
        if limit < 1:
            raise Invalid("FIELD_TOO_SMALL", path="limit", limit=1, more=0)
        if limit > PAGE_MOST:
            raise Invalid("FIELD_TOO_LARGE", path="limit", limit=PAGE_MOST, more=0)
        found = await self._found(asked, _place(after), limit + 1)
        items = [self._shown(kept) for kept in found[:limit]]
        return Page(items=items, next=_cursor(place_of(found[limit - 1], asked)) if len(found) > limit else None)

    async def count(self, where: Where | None = None) -> int:
        """How many records there are."""
        asked = self._asked(where, "", False)
        glanced = await self._glanced(lambda records, owners: records.tally(replace(asked, owners=owners), None))
        if glanced is not None:
            return sum(glanced.counts.values())
        async with self._eyes.look() as look:
            return await self._count(look, replace(asked, owners=look.readable(self._sharing)))

    async def counts(self, by: str, where: Where | None = None) -> Mapping[Scalar, int]:
        """How many records have each value of a field."""
        self._check_fields((by,))
        asked = self._asked(where, "", False)
        glanced = await self._glanced(lambda records, owners: records.tally(replace(asked, owners=owners), by))
        if glanced is not None:
            return leading_values(glanced.counts)
        async with self._eyes.look() as look:
            return leading_values(await self._tally(look, replace(asked, owners=look.readable(self._sharing)), by))

    async def _found(self, asked: DocumentQuery, after: Place | None, first: int) -> Sequence[Kept]:
        glanced = await self._glanced(lambda records, owners: records.page(replace(asked, owners=owners), after, first))
        if glanced is not None:
            return glanced.found
        async with self._eyes.look() as look:
            return await self._page(look, replace(asked, owners=look.readable(self._sharing)), after, first)

    async def _glanced(self, asks: Asks) -> Glance | None:
        """A quick answer, where the collection declares how it is asked and nothing that is read has to be noted."""
        declares = self._ways.declared and self._staged is None
        return await self._eyes.glance(self._sharing, asks) if declares else None

    async def _page(self, look: Look, asked: DocumentQuery, after: Place | None, first: int) -> list[Kept]:
        found = await look.reader.find_documents(asked, after=after, first=first)
        for kept in found:
            self._note(kept.id, kept)
        return found

    async def _count(self, look: Look, asked: DocumentQuery) -> int:
        return await look.reader.count_documents(asked)

    async def _tally(self, look: Look, asked: DocumentQuery, by: str) -> dict[str, int]:
        return await look.reader.tally_documents(asked, by)

    def _note(self, key: str, kept: Kept | None) -> None:
        if self._staged is not None:
            self._staged.note_read(self._collection, key, revision_of(kept))

    def _shown(self, kept: Kept) -> Document[M]:
        return Document(
            key=kept.id,
            body=self._model.model_validate(kept.body),
            revision=kept.revision,
            organization=kept.organization,
            changed_at=kept.updated_at,
        )

    def _asked(self, where: Where | None, order_by: str, descending: bool) -> DocumentQuery:
        self._check_fields((*(where or {}), *([order_by] if order_by else [])))
        return DocumentQuery(
            plugin=self._plugin,
            collection=self._collection,
            where=tuple(_range(name, wanted) for name, wanted in (where or {}).items()),
            order=order_by or None,
            descending=descending,
        )

    def _check_fields(self, names: Iterable[str]) -> None:
        for name in names:
            if parted(name)[0] not in self._model.model_fields:
                near = difflib.get_close_matches(name[:80], self._model.model_fields, n=2)
                raise Invalid("FIELD_UNKNOWN", path=f"{self._collection}.{name[:80]}", near=near, more=0)


class StagedRecords(Records[M]):
    """A collection within a unit: reads see what was staged."""

    def __init__(
        self,
        plugin: str,
        collection: str,
        model: type[M],
        eyes: Eyes,
        sharing: Sharing,
        staged: Staged,
        organization: str,
    ) -> None:
        super().__init__(plugin, collection, model, eyes, sharing, staged)
        self._unit = staged
        self._organization = organization

    async def get(self, key: str) -> Document[M] | None:
        """The record with this key as it was staged, or as it stands."""
        return (await self.get_many([key])).get(key)

    async def get_many(self, keys: Collection[str]) -> Mapping[str, Document[M]]:
        """The records with these keys as they were staged, or as they stand."""
        mine = {key: write for key in keys if (write := self._unit.writes.get((self._collection, key)))}
        others = [key for key in keys if key not in mine]
        standing = await super().get_many(others) if others else {}
        staged = {
            key: self._shown(self._pending(key, each.body)) for key, each in mine.items() if each.body is not None
        }
        return {**standing, **staged}

    def put(self, key: str, body: M, *, organization: str = "", revision: int | None = None) -> None:
        """Stage a record."""
        if not isinstance(body, self._model):
            raise TypeError(f"{self._collection} holds {self._model.__name__}, and not {type(body).__name__}")
        stated = body.model_dump(mode="json")
        write = Write(body=stated, organization=organization, otherwise=self._organization, expected=revision)
        self._unit.write(self._collection, key, write)

    def delete(self, key: str, *, revision: int | None = None) -> None:
        """Stage a removal."""
        self._unit.write(self._collection, key, Write(body=None, expected=revision))

    async def _page(self, look: Look, asked: DocumentQuery, after: Place | None, first: int) -> list[Kept]:
        mine = {key: write for (collection, key), write in self._unit.writes.items() if collection == self._collection}
        found = await super()._page(look, asked, after, first + len(mine))
        staged = [
            self._pending(key, write.body)
            for key, write in mine.items()
            if write.body is not None and holds(asked, write.body)
        ]

        def order(kept: Kept) -> tuple[str, str]:
            place = place_of(kept, asked)
            return place.key, place.id

        if after is not None:
            here = (after.key, after.id)
            staged = [kept for kept in staged if (order(kept) < here if asked.descending else order(kept) > here)]
        merged = [kept for kept in found if kept.id not in mine] + staged
        return sorted(merged, key=order, reverse=asked.descending)[:first]

    async def _count(self, look: Look, asked: DocumentQuery) -> int:
        mine = self._mine()
        count = await super()._count(look, asked)
        if mine:
            count -= await super()._count(look, replace(asked, ids=frozenset(mine)))
            count += sum(1 for body in mine.values() if body is not None and holds(asked, body))
        return count

    async def _tally(self, look: Look, asked: DocumentQuery, by: str) -> dict[str, int]:
        mine = self._mine()
        tally = Counter(await super()._tally(look, asked, by))
        if mine:
            tally.subtract(await super()._tally(look, replace(asked, ids=frozenset(mine)), by))
            tally.update(key_of(body, by) for body in mine.values() if body is not None and holds(asked, body))
        return tally

    def _mine(self) -> dict[str, Mapping[str, Any] | None]:
        """What was staged in this collection, by key; None for what is to be removed."""
        writes = self._unit.writes.items()
        return {key: write.body for (collection, key), write in writes if collection == self._collection}

    def _pending(self, key: str, body: Mapping[str, object]) -> Kept:
        write = self._unit.writes[self._collection, key]
        now = self._unit.at
        return Kept(
            plugin=self._plugin,
            collection=self._collection,
            id=key,
            organization=write.organization or write.otherwise,
            body=body,
            revision=self._unit.reads.get((self._collection, key), 0),
            created_at=now,
            updated_at=now,
        )


def _range(name: str, wanted: Scalar | Between) -> FieldRange:
    if isinstance(wanted, Between):
        return FieldRange(field=name, least=wanted.least, most=wanted.most)
    if wanted is None:
        raise Invalid("FIELD_INVALID", path=name, problem=Phrase("document-value-none"))
    return FieldRange(field=name, least=wanted, most=wanted)


def _cursor(place: Place) -> str:
    return urlsafe_b64encode(orjson.dumps([place.key, place.id])).decode().rstrip("=")


def _place(cursor: str) -> Place | None:
    if not cursor:
        return None
    try:
        key, id = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        place = Place(key=str(key), id=str(id))
    except (ValueError, TypeError) as cause:
        raise Invalid("CURSOR_INVALID", path="after") from cause
    if not (storable(place.key) and storable(place.id)):
        raise Invalid("CURSOR_INVALID", path="after")
    return place
