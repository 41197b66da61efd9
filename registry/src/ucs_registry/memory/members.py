"""Member sets in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol

from ucs_registry.members import Member, MemberFilter, NewMember
from ucs_registry.memory.spans import spanned


class MemberState(Protocol):
    """What the state holds of member sets: members by code, by the id of the resource that fronts them."""

    members: dict[str, dict[str, Member]]


class MemberReading:
    """What a reader answers about member sets."""

    _state: MemberState

    async def member_counts(self, ids: Iterable[str]) -> dict[str, int]:
        return {id: len(self._state.members[id]) for id in dict.fromkeys(ids) if self._state.members.get(id)}

    async def members(self, resource: str, codes: Iterable[str]) -> dict[str, Member]:
        kept = self._state.members.get(resource, {})
        return {code: kept[code] for code in dict.fromkeys(codes) if code in kept}

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
        kept = (member for member in self._state.members.get(resource, {}).values() if filter.holds(member))
        return spanned(kept, lambda member: member.code, after=after, before=before, first=first, backward=backward)

    async def count_members(self, resource: str, filter: MemberFilter) -> int:
        return sum(map(filter.holds, self._state.members.get(resource, {}).values()))


class MemberWriting:
    """What a unit changes of member sets."""

    _writable: Callable[[str], dict[Any, Any]]

    async def put_members(self, resource: str, members: Sequence[NewMember], at: datetime) -> int:
        sets = self._writable("members")
        before: dict[str, Member] = sets.get(resource, {})
        entered = {}
        for new in members:
            since = before[new.code].created_at if new.code in before else at
            entered[new.code] = Member(**dict(new), created_at=since, updated_at=at)
        if entered:
            sets[resource] = before | entered
        return len(entered.keys() - before.keys())

    async def remove_members(self, resource: str, codes: Iterable[str] | None = None) -> int:
        sets = self._writable("members")
        before: dict[str, Member] = sets.get(resource, {})
        gone = before.keys() if codes is None else before.keys() & set(codes)
        kept = {code: member for code, member in before.items() if code not in gone}
        if kept:
            sets[resource] = kept
        else:
            sets.pop(resource, None)
        return len(before) - len(kept)
