"""What the catalogue needs of a store about resources."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from ucs_registry.queries import Cursor, Dimension, Order, ResourceQuery
from ucs_registry.resources import Resource, Revision
from ucs_registry.visibility import Visibility


class ResourcesReader(Protocol):
    """Resources as one state knows them."""

    async def resource(self, id: str) -> Resource | None:
        """One resource by its ULID, whoever may see it."""

    async def resource_by_code(self, code: str) -> Resource | None:
        """One resource by its code, whoever may see it."""

    async def resources(self, ids: Iterable[str]) -> dict[str, Resource]:
        """Those that exist, by id, whoever may see them."""

    async def select(
        self,
        query: ResourceQuery,
        visibility: Visibility | None,
        *,
        order: Order,
        after: Cursor | None,
        first: int,
    ) -> list[Resource]:
        """Up to `first` visible resources behind a cursor. No visibility means all. An unmoved row is neither skipped
        nor repeated while others write. The order of text is by code point.
        """

    async def count(self, query: ResourceQuery, visibility: Visibility | None) -> int:
        """How many resources `select` would list in all."""

    async def facet(self, query: ResourceQuery, visibility: Visibility | None, dimension: Dimension) -> dict[str, int]:
        """How many of them by value of a dimension; values without any are left out."""

    async def visible(self, ids: Iterable[str], visibility: Visibility) -> set[str]:
        """Which of these resources exist and are visible."""

    async def cell(self, id: str) -> int | None:
        """The cell of a resource."""

    async def revisions(self, id: str) -> list[Revision]:
        """All revisions of a resource, the latest first."""


class ResourcesUnit(Protocol):
    """Resources that a write changes."""

    async def save(self, resources: Sequence[Resource]) -> None:
        """Store resources as they now are, with their head and current revisions, search tokens, live edges and cells.

        The live edges are those of `shown`. Raises AlreadyExists with CODE_TAKEN when another resource has the code, and
        Invalid with ORGANIZATION_UNKNOWN when the owner does not exist; the unit then stands as before the call. The
        content of a revision never changes: only its review does.
        """
