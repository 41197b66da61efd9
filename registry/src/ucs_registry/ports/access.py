"""What the catalogue needs of a store about access."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from ucs_registry.principals import Principal, RuleRow
from ucs_registry.visibility import Cell, Grant


class AccessReader(Protocol):
    """Who there is and what the rules are, in one state."""

    async def cells(self, start: int, most: int | None = None) -> list[Cell]:
        """The cells from a number on, in order; when stated, no more than so many."""

    async def principals(self) -> list[Principal]:
        """Every principal, in the order of their ids."""

    async def rules(self) -> list[RuleRow]:
        """Every policy row, in the order of their ids."""

    async def rules_of(self, section: str, names: Iterable[str]) -> list[RuleRow]:
        """The rows of a section whose first value is one of these, in the order of their ids: the assignments of
        principals (`g`), the policies of roles (`p`).
        """

    async def grants(self, resource: str, grantees: Iterable[str]) -> list[Grant]:
        """The grants on one resource (a name) to any of the grantees, live or not."""

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
        """Up to `first` grants behind the id `after` and ahead of the id `before`, in the order of their ids; every stated
        part must hold. The first of them, or the last, if `backward`.

        `resources` and `grantees` are names. No part stated means all grants.
        """

    async def cell_counts(self) -> dict[int, int]:
        """How many resources each cell holds, by its number; empty cells are left out."""

    async def revoked_keys(self) -> list[str]:
        """The ids of the token keys that count no more, sorted."""


class AccessUnit(Protocol):
    """What a write changes of access."""

    async def put_principals(self, principals: Sequence[Principal]) -> None:
        """Enter or replace principals."""

    async def put_rules(self, rules: Sequence[RuleRow]) -> None:
        """Enter or replace policy rows."""

    async def remove_rules(self, ids: Iterable[str]) -> None:
        """Remove policy rows; unknown ids are passed over."""

    async def put_grants(self, grants: Sequence[Grant]) -> None:
        """Enter or replace grants."""

    async def remove_grants(self, ids: Iterable[str]) -> None:
        """Remove grants; unknown ids are passed over."""

    async def revoke_keys(self, ids: Iterable[str]) -> None:
        """Let these token keys count no more, for ever."""
