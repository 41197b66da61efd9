"""Types and vocabularies that were entered, in a database."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

import orjson
from sqlalchemy import Table, and_, func, select

from ucs_registry.canonical import canonical_json, instant, storable, timestamp
from ucs_registry.organizations import Bilingual
from ucs_registry.ports import Head
from ucs_registry.ports.types import SpecRow
from ucs_registry.sql import tables
from ucs_registry.sql.dialects import Dialect, Query, Record, Values
from ucs_registry.sql.predicates import visible
from ucs_registry.sql.spans import in_order, spanned
from ucs_registry.types import MemberRules, ResourceType
from ucs_registry.visibility import Visibility
from ucs_registry.vocabularies import Vocabulary
from ucs_sdk.vocabulary import MemberCoding, ResourceKind


class _Writes(Protocol):
    async def __call__(
        self, table: Table, made: Sequence[Values], *, key: tuple[str, ...], keep: tuple[str, ...] = ()
    ) -> None: ...


class TypeReading:
    """What a reader answers about types and vocabularies."""

    _head: Head
    _dialect: Dialect
    _all: Callable[[Query], Awaitable[Sequence[Record]]]

    @property
    def types_stamp(self) -> str:
        return self._head.types_stamp

    async def types(self) -> list[ResourceType]:
        table = tables.types
        latest = select(table.c.id, func.max(table.c.version).label("version")).group_by(table.c.id).subquery()
        same = and_(table.c.id == latest.c.id, table.c.version == latest.c.version)
        return [type_of(row) for row in await self._all(select(table).join(latest, same).order_by(table.c.id))]

    async def type_versions(
        self, id: str, *, before: int | None = None, first: int, above: int | None = None, backward: bool = False
    ) -> list[ResourceType]:
        table = tables.types
        if not storable(id):
            return []
        statement = spanned(
            select(table).where(table.c.id == id),
            table.c.version,
            after=before,
            before=above,
            first=first,
            backward=backward,
            descending=True,
        )
        return [type_of(row) for row in in_order(await self._all(statement), backward)]

    async def vocabularies(self) -> list[Vocabulary]:
        table = tables.vocabularies
        return [vocabulary_of(row) for row in await self._all(select(table).order_by(table.c.id))]

    async def specs(self, type: str, visibility: Visibility | None, *, after: str | None, first: int) -> list[SpecRow]:
        resources, revisions = tables.resources, tables.revisions
        if not (storable(type) and storable(after or "")):
            return []
        shown = and_(
            revisions.c.resource == resources.c.id,
            revisions.c.number == func.coalesce(resources.c.current_number, resources.c.head_number),
        )
        statement = select(resources.c.id, revisions.c.content).join(revisions, shown)
        statement = statement.where(resources.c.type == type, resources.c.id > (after or ""))
        if visibility is not None:
            statement = statement.where(visible(visibility, self._dialect))
        found = await self._all(statement.order_by(resources.c.id).limit(first))
        return [SpecRow(id, orjson.loads(content).get("spec", {})) for id, content in found]


class TypeWriting(TypeReading):
    """What a unit changes of types and vocabularies."""

    insert: Callable[[Table, Sequence[Values]], Awaitable[None]]
    write: _Writes
    _fresh_stamp: str | None = None

    @property
    def types_stamp(self) -> str:
        return self._fresh_stamp or self._head.types_stamp

    async def put_type(self, type: ResourceType) -> None:
        await self.insert(tables.types, [type_row(type)])
        self._fresh_stamp = secrets.token_hex(8)

    async def put_vocabulary(self, vocabulary: Vocabulary) -> None:
        await self.write(tables.vocabularies, [vocabulary_row(vocabulary)], key=("id",))
        self._fresh_stamp = secrets.token_hex(8)


def type_row(type: ResourceType) -> dict[str, object]:
    """The row of a version of a type."""
    members = type.members
    return {
        "id": type.id,
        "version": type.version,
        "kind": type.kind.value,
        "title_zh": type.title.zh,
        "title_en": type.title.en,
        # In the order in which it was stated, which tells people something.
        "spec": orjson.dumps(type.schema).decode(),
        "member_code": None if members is None else members.code.value,
        "member_attributes": None if members is None else orjson.dumps(members.schema).decode(),
        "created_at": "" if type.created_at is None else timestamp(type.created_at),
        "created_by": type.created_by or "",
    }


def type_of(row: Record) -> ResourceType:
    """The version of a type of a row."""
    id, version, kind, zh, en, spec, code, attributes, created_at, created_by = row
    return ResourceType(
        id=id,
        version=version,
        kind=ResourceKind(kind),
        title=Bilingual(zh=zh, en=en),
        schema=orjson.loads(spec),
        members=None if code is None else MemberRules(code=MemberCoding(code), schema=orjson.loads(attributes)),
        created_at=instant(created_at) if created_at else None,
        created_by=created_by or None,
    )


def vocabulary_row(vocabulary: Vocabulary) -> dict[str, object]:
    """The row of a vocabulary."""
    terms = [term.model_dump(mode="json") for term in vocabulary.terms]
    return {
        "id": vocabulary.id,
        "version": vocabulary.version,
        "title_zh": vocabulary.title.zh,
        "title_en": vocabulary.title.en,
        "closed": vocabulary.closed,
        "terms": canonical_json(terms).decode(),
        "updated_at": "" if vocabulary.updated_at is None else timestamp(vocabulary.updated_at),
        "updated_by": vocabulary.updated_by or "",
    }


def vocabulary_of(row: Record) -> Vocabulary:
    """The vocabulary of a row."""
    id, version, zh, en, closed, terms, updated_at, updated_by = row
    held: Any = orjson.loads(terms)
    return Vocabulary(
        id=id,
        version=version,
        title=Bilingual(zh=zh, en=en),
        closed=closed,
        terms=held,
        updated_at=instant(updated_at) if updated_at else None,
        updated_by=updated_by or None,
    )
