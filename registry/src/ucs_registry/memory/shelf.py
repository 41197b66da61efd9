"""Deprecations, what holds a resource, and the bin, in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol

from ucs_registry.bin import BinPlace, DeletedResource
from ucs_registry.memory.spans import spanned
from ucs_registry.queries import ResourceQuery
from ucs_registry.resources import AccessAttributes, Deprecation, Resource, Revision
from ucs_registry.visibility import ALLOWED, Visibility
from ucs_sdk.errors import AlreadyExists
from ucs_sdk.vocabulary import Availability


class ShelfState(Protocol):
    """What the state holds of resources, of the edges that arrive at them, of cells, and of what was deleted."""

    resources: dict[str, Resource]
    revisions: dict[str, dict[int, Revision]]
    arrivals: dict[str, frozenset[str]]
    cells: dict[AccessAttributes, int]
    bin: dict[str, DeletedResource]


class ShelfReading:
    """What a reader answers about deprecations and the bin."""

    _state: ShelfState
    _shown: Callable[[Visibility | None], Callable[[Resource], bool]]

    async def deprecations(self, ids: Iterable[str]) -> dict[str, Deprecation]:
        found = {id: self._state.resources.get(id) for id in dict.fromkeys(ids)}
        return {id: resource.deprecation for id, resource in found.items() if resource and resource.deprecation}

    async def holders(self, id: str, visibility: Visibility | None, *, first: int) -> list[str]:
        return self._holding(id, visibility)[:first]

    async def count_holders(self, id: str, visibility: Visibility | None) -> int:
        return len(self._holding(id, visibility))

    async def deleted(self, ids: Iterable[str]) -> dict[str, DeletedResource]:
        return {id: self._state.bin[id] for id in dict.fromkeys(ids) if id in self._state.bin}

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
        def shown(item: DeletedResource) -> bool:
            visibility = approved if item.approved else drafts
            return visibility is None or visibility.verdict(self._state.cells[item.resource.access]) == ALLOWED

        return spanned(
            filter(shown, self._state.bin.values()),
            lambda item: (item.deleted_at, item.resource.id),
            after=after and (after.deleted_at, after.id),
            before=before and (before.deleted_at, before.id),
            first=first,
            backward=backward,
            descending=True,
        )

    async def due(self, at: datetime, *, first: int) -> list[str]:
        found = sorted((item.purge_at, id) for id, item in self._state.bin.items() if item.purge_at <= at)
        return [id for _, id in found[:first]]

    def _affected(self, query: ResourceQuery) -> Callable[[Resource], bool]:
        """Whether a resource needs something deprecated, where a query asks for it."""
        if not query.affected_by_deprecation:
            return lambda _: True
        shown = self._shown(query.deprecated_to)
        deprecated = {each.name for each in self._state.resources.values() if each.deprecation and shown(each)}
        return lambda resource: any(link.target in deprecated for link in resource.shown.content.dependencies)

    def _holding(self, id: str, visibility: Visibility | None) -> list[str]:
        shown = self._shown(visibility)
        sources = sorted(self._state.arrivals.get(f"resources/{id}", ()))
        return [
            source.id
            for source in (self._state.resources[each] for each in sources)
            if source.current is not None and source.availability is not Availability.RETIRED and shown(source)
        ]


class ShelfWriting(ShelfReading):
    """What a unit moves into the bin and out of it."""

    save: Callable[[Sequence[Resource]], Any]
    _writable: Callable[[str], dict[Any, Any]]

    async def delete(self, deleted: DeletedResource) -> None:
        id = deleted.resource.id
        resource = self._writable("resources").pop(id)
        self._writable("bin")[id] = deleted
        # What is deleted and comes back was written to: no decision on it can be undone.
        self._writable("decisions").pop(id, None)
        del self._writable("codes")[resource.code]
        for name in ("revisions", "tokens", "decisions"):
            self._writable(name).pop(id, None)
        arrivals = self._writable("arrivals")
        for link in resource.shown.content.dependencies:
            arrivals[link.target] = arrivals[link.target] - {id}

    async def undelete(self, resource: Resource) -> None:
        kept = self._state.bin[resource.id]
        await self.purge(resource.id)
        self._writable("revisions")[resource.id] = {revision.number: revision for revision in kept.revisions}
        await self.save([resource])

    async def purge(self, id: str) -> None:
        self._writable("bin").pop(id, None)

    def _check_bin(self, resources: Sequence[Resource]) -> None:
        """Raise AlreadyExists when the code or the id of one of these belongs to something in the bin."""
        if not self._state.bin:
            return
        codes = {item.resource.code for item in self._state.bin.values()}
        for resource in resources:
            for path, value, held in (("code", resource.code, codes), ("id", resource.id, self._state.bin)):
                if value in held:
                    raise AlreadyExists("CODE_TAKEN", path=path, taken=value)
