"""What the catalogue needs of a store about resources."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
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

    async def resources_by_code(self, codes: Iterable[str]) -> dict[str, Resource]:
        """Those that exist, by code, whoever may see them."""

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
        before: Cursor | None = None,
        backward: bool = False,
    ) -> list[Resource]:
        """Up to `first` visible resources behind a cursor and ahead of another: those next to `after`, or, backward, those
        next to `before`, in the same order. No visibility means all. An unmoved row is neither skipped nor repeated while
        others write. The order of text is by code point.
        """

    async def count(self, query: ResourceQuery, visibility: Visibility | None) -> int:
        """How many resources `select` would list in all."""

    async def facets(
        self, query: ResourceQuery, visibility: Visibility | None, dimensions: Collection[Dimension]
    ) -> dict[Dimension, dict[str, int]]:
        """How many of them by value, for each of the dimensions: those that most have first, and no more than 200.

        Owners are told by id. Values without any are left out, as is what serves no district.
        """

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
