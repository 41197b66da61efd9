"""What the catalogue needs of a store about what is deprecated, what still needs something, and what was deleted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from ucs_registry.bin import BinPlace, DeletedResource
from ucs_registry.resources import Deprecation, Resource
from ucs_registry.visibility import Visibility


class ShelfReader(Protocol):
    """Deprecations, what holds a resource, and the bin, in one state. Resources are named by id."""

    async def deprecations(self, ids: Iterable[str]) -> dict[str, Deprecation]:
        """What was announced of those of these resources that exist and are deprecated, whoever may see them."""

    async def holders(self, id: str, visibility: Visibility | None, *, first: int) -> list[str]:
        """Up to `first` of the resources that need this one and are in use: they have a current revision and are not
        retired. By id; no visibility means all.
        """

    async def count_holders(self, id: str, visibility: Visibility | None) -> int:
        """How many resources `holders` would list in all."""

    async def deleted(self, ids: Iterable[str]) -> dict[str, DeletedResource]:
        """Those of these resources that are in the bin, by id, whoever may see them."""

    async def bin_page(
        self,
        *,
        approved: Visibility | None,
        drafts: Visibility | None,
        after: BinPlace | None,
        first: int,
        before: BinPlace | None = None,
        backward: bool = False,
    ) -> list[DeletedResource]:
        """Up to `first` of what is in the bin behind one place and ahead of another, the last deleted first; if `backward`,
        the first deleted of them.

        `approved` decides by their cells on those of which something was ever approved, and `drafts` on the others. No
        visibility means all. Grants do not count.
        """

    async def due(self, at: datetime, *, first: int) -> list[str]:
        """Up to `first` ids of what is to be purged by an instant, the longest due first."""


class ShelfUnit(Protocol):
    """What a write moves into the bin and out of it."""

    async def delete(self, deleted: DeletedResource) -> None:
        """Move a resource that exists into the bin. Its code and its id stay taken."""

    async def undelete(self, resource: Resource) -> None:
        """Take a resource out of the bin and keep it as it now is, with all its revisions."""

    async def purge(self, id: str) -> None:
        """Remove from the bin for ever; the code and the id are free again. An unknown id is passed over."""
