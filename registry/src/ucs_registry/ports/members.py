"""What the catalogue needs of a store about member sets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from ucs_registry.members import Member, MemberFilter, NewMember


class MembersReader(Protocol):
    """The member sets of one state. Resources are named by id; a set is kept whether or not its resource exists."""

    async def member_counts(self, ids: Iterable[str]) -> dict[str, int]:
        """How many members the sets of these resources hold, by resource, from a counter; empty sets are left out."""

    async def members(self, resource: str, codes: Iterable[str]) -> dict[str, Member]:
        """Those members of a set that exist, by code."""

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
        """Up to `first` members of a set behind the code `after` and ahead of the code `before`, by code point.

        The first of them, or the last, if `backward`; in the order of their codes either way.
        """

    async def count_members(self, resource: str, filter: MemberFilter) -> int:
        """How many members `find_members` would list in all."""


class MembersUnit(Protocol):
    """Members that a write enters and removes."""

    async def put_members(self, resource: str, members: Sequence[NewMember], at: datetime) -> int:
        """Enter or replace members at an instant; of a code that is there twice the last counts. How many are new.

        A member that is replaced keeps when it was created.
        """

    async def remove_members(self, resource: str, codes: Iterable[str] | None = None) -> int:
        """Remove members, without codes the whole set; unknown codes are passed over. How many were removed."""
