"""Member sets in a database: a row for each member, and beside them how many there are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Protocol

import orjson
from sqlalchemy import ColumnElement, Delete, Table, delete, func, select

from ucs_registry.canonical import instant, storable, timestamp
from ucs_registry.members import Member, MemberFilter, MemberTitle, NewMember, folded
from ucs_registry.resources import Point
from ucs_registry.sql import member_tables as tables
from ucs_registry.sql.dialects import Dialect, Query, Record, Values
from ucs_registry.sql.spans import in_order, spanned
from ucs_sdk.vocabulary import MemberStatus

CHUNK = 5_000
"""How many rows are made and written at once."""

_BEHIND_CODES, _BEHIND_DIGITS = "\x7f", ":"
"""What sorts behind every character of a code, and behind every digit."""


class _Writes(Protocol):
    async def __call__(
        self, table: Table, made: Sequence[Values], *, key: tuple[str, ...], keep: tuple[str, ...] = ()
    ) -> None: ...


class MemberReading:
    """What a reader answers about member sets."""

    _dialect: Dialect
    _all: Callable[[Query], Awaitable[Sequence[Record]]]

    async def member_counts(self, ids: Iterable[str]) -> dict[str, int]:
        table, wanted = tables.member_sets.c, _storable(ids)
        if not wanted:
            return {}
        statement = select(table.resource, table.members).where(self._dialect.within(table.resource, wanted))
        return {resource: int(count) for resource, count in await self._all(statement) if count}

    async def members(self, resource: str, codes: Iterable[str]) -> dict[str, Member]:
        table, wanted = tables.members.c, _storable(codes)
        if not (wanted and storable(resource)):
            return {}
        statement = select(tables.members).where(table.resource == resource, self._dialect.within(table.code, wanted))
        return {member.code: member for member in map(member_of, await self._all(statement))}

    async def find_members(
        self,
        resource: str,
        filter: MemberFilter,
        *,
        after: str | None = None,
        first: int,
        before: str | None = None,
        backward: bool = False,
    ) -> list[Member]:
        if not all(map(storable, (resource, after or "", before or ""))):
            return []
        statement = spanned(
            select(tables.members).where(*_conditions(resource, filter)),
            tables.members.c.code,
            after=after,
            before=before,
            first=first,
            backward=backward,
        )
        return [member_of(row) for row in in_order(await self._all(statement), backward)]

    async def count_members(self, resource: str, filter: MemberFilter) -> int:
        if filter == MemberFilter():
            return (await self.member_counts([resource])).get(resource, 0)
        if not storable(resource):
            return 0
        counted = select(func.count()).select_from(tables.members).where(*_conditions(resource, filter))
        [(count,)] = await self._all(counted)
        return int(count)


class MemberWriting(MemberReading):
    """What a unit changes of member sets."""

    insert: Callable[[Table, Sequence[Values]], Awaitable[None]]
    write: _Writes
    _changed: Callable[[Delete], Awaitable[int]]

    async def put_members(self, resource: str, members: Sequence[NewMember], at: datetime) -> int:
        # In the order of the table, where neighbours lie together.
        entered = sorted({member.code: member for member in members}.values(), key=lambda member: member.code)
        before = (await self.member_counts([resource])).get(resource, 0)
        added, now = 0, timestamp(at)
        for start in range(0, len(entered), CHUNK):
            part = entered[start : start + CHUNK]
            made = [member_row(resource, member, now) for member in part]
            there = await self._there(resource, [member.code for member in part]) if before else 0
            added += len(part) - there
            if there:
                await self.write(tables.members, made, key=("resource", "code"), keep=("created_at",))
            else:
                await self.insert(tables.members, made)
        if entered:
            await self._count(resource, before + added)
        return added

    async def remove_members(self, resource: str, codes: Iterable[str] | None = None) -> int:
        table = tables.members
        before = (await self.member_counts([resource])).get(resource, 0)
        wanted = None if codes is None else _storable(codes)
        if not before or (wanted is not None and not wanted):
            return 0
        statement = delete(table).where(table.c.resource == resource)
        if wanted is not None:
            statement = statement.where(self._dialect.within(table.c.code, wanted))
        removed = await self._changed(statement)
        await self._count(resource, before - removed)
        return removed

    async def _there(self, resource: str, codes: Collection[str]) -> int:
        table = tables.members.c
        known = self._dialect.within(table.code, codes)
        [(count,)] = await self._all(select(func.count()).where(table.resource == resource, known))
        return int(count)

    async def _count(self, resource: str, count: int) -> None:
        table = tables.member_sets
        if count:
            await self.write(table, [{"resource": resource, "members": count}], key=("resource",))
        else:
            await self._changed(delete(table).where(table.c.resource == resource))


def member_row(resource: str, member: NewMember, at: str) -> dict[str, object]:
    """The row of a member that is entered at an instant."""
    place, title = member.location, member.title
    return {
        "resource": resource,
        "code": member.code,
        "title_zh": title.zh,
        "title_en": title.en,
        "location": None if place is None else orjson.dumps([place.longitude, place.latitude]).decode(),
        "region_code": member.region_code,
        "status": member.status.value,
        "attributes": orjson.dumps(member.attributes).decode() if member.attributes else "{}",
        "folded": folded(title),
        "created_at": at,
        "updated_at": at,
    }


def member_of(row: Record) -> Member:
    """The member of a row."""
    _, code, zh, en, place, region, status, attributes, _, created_at, updated_at = row
    return Member.model_construct(
        code=code,
        title=MemberTitle.model_construct(zh=zh, en=en),
        location=None if place is None else _point(place),
        region_code=region,
        status=MemberStatus(status),
        attributes=orjson.loads(attributes),
        created_at=instant(created_at),
        updated_at=instant(updated_at),
    )


def _point(text: str) -> Point:
    longitude, latitude = orjson.loads(text)
    return Point.model_construct(longitude=longitude, latitude=latitude)


def _conditions(resource: str, filter: MemberFilter) -> list[ColumnElement[bool]]:
    table = tables.members.c
    conditions = [table.resource == resource]
    if filter.prefix is not None:
        conditions += [table.code >= filter.prefix, table.code < filter.prefix + _BEHIND_CODES]
    if filter.status is not None:
        conditions.append(table.status == filter.status.value)
    if filter.region is not None:
        conditions += [table.region_code >= filter.region, table.region_code < filter.region + _BEHIND_DIGITS]
    if filter.text is not None:
        conditions.append(table.folded.contains(filter.text.casefold(), autoescape=True))
    return conditions


def _storable(values: Iterable[str]) -> list[str]:
    # No stored text holds what a store cannot keep, and a driver would refuse to ask for it.
    return [value for value in dict.fromkeys(values) if storable(value)]
