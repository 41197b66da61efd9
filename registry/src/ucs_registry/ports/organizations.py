"""What the catalogue needs of a store about organisations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from ucs_registry.organizations import NewOrganization, Organization


class OrganizationsReader(Protocol):
    """Organisations as one state knows them.

    Pages are in the order of ids, behind the id `after` and ahead of the id `before`: the first so many of them, or the
    last, if `backward`.
    """

    async def organization(self, id: str) -> Organization | None:
        """One organisation."""

    async def organizations(self, ids: Iterable[str]) -> dict[str, Organization]:
        """Those that exist, by id."""

    async def children(
        self,
        parent: str | None,
        *,
        after: str | None,
        first: int,
        before: str | None = None,
        backward: bool = False,
    ) -> list[Organization]:
        """Up to `first` direct children; None is above the roots."""

    async def all_organizations(self) -> list[Organization]:
        """Every organisation, in the order of their numbers."""

    async def subtree(
        self, root: str, *, after: str | None, first: int, before: str | None = None, backward: bool = False
    ) -> list[Organization]:
        """Up to `first` organisations of a subtree, its root included."""


class OrganizationsUnit(Protocol):
    """Organisations that a write enters."""

    async def add_organizations(self, new: Sequence[NewOrganization]) -> list[Organization]:
        """Enter organisations, parents first. The ids are free and the parents exist: the caller has checked."""
