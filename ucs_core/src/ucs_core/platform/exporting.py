"""Exports: every resource that a caller may discover, from one state of the catalogue, in an order that can be imported.

An export holds one reader from its first piece to its last, and two pieces in memory, whatever the catalogue holds. What it
may tell is judged anew before each piece: a revocation ends it.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from ucs_core.access.authority import Authority
from ucs_core.access.tokens import VerifiedToken
from ucs_core.platform.calls import Clock
from ucs_core.platform.sight import Sight, see
from ucs_core.platform.views import ResourceView
from ucs_core.platform.watching.standing import Comparisons, holding
from ucs_registry.export_order import EXPORT_KINDS, ExportOrder
from ucs_registry.organizations import Organization
from ucs_registry.ports import Store
from ucs_registry.queries import Cursor, Order, ResourceQuery, cursor_of
from ucs_registry.resources import Resource
from ucs_sdk.errors import Conflict, DeadlineExceeded, Exhausted
from ucs_sdk.vocabulary import ResourceKind

PIECE = 500
"""How many resources are read and handed over at once."""

EXPORTS_MOST = 2
"""How many exports a node serves at once: each keeps a reader, of which there are few."""

EXPORT_SECONDS = 900.0
"""How long an export may take: a database keeps what changes meanwhile twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportPiece:
    """A stretch of an export. `owners` holds the organisations that own its resources, by id; `position` is the place in the
    log whose state the whole export shows.
    """

    items: Sequence[ResourceView]
    owners: Mapping[str, Organization]
    position: int


class Exports:
    """Serves exports, a few at a time."""

    def __init__(self, store: Store, authority: Authority, clock: Clock, piece: int = PIECE) -> None:
        self._store = store
        self._authority = authority
        self._clock = clock
        self._piece = piece
        self._open = 0

    async def export(
        self, principal: str, token: VerifiedToken | None, query: ResourceQuery, *, whole_only: bool = False
    ) -> AsyncGenerator[ExportPiece, None]:
        """See `Platform.export`."""
        with self._seated():
            began = time.monotonic()
            async with self._store.read() as reader:
                sight = await see(reader, self._authority, principal, self._clock(), token)
                position = reader.head.position
                async with aclosing(_Walk(sight, query, self._piece).views()) as views:
                    async for items in views:
                        if time.monotonic() - began > EXPORT_SECONDS:
                            raise DeadlineExceeded("DEADLINE_EXCEEDED", seconds=EXPORT_SECONDS)
                        await self._check_unchanged(sight, token)
                        told = [item for item in items if item.readable or not whole_only]
                        owners = await reader.organizations({item.owner for item in told})
                        if told:
                            yield ExportPiece(items=told, owners=owners, position=position)

    @contextmanager
    def _seated(self) -> Iterator[None]:
        if self._open >= EXPORTS_MOST:
            raise Exhausted("EXPORT_TOO_MANY", most=EXPORTS_MOST, retry_after=30)
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1

    async def _check_unchanged(self, began: Sight, token: VerifiedToken | None) -> None:
        """Raise Conflict when the caller may see more or less than at the beginning, Unauthenticated when nobody vouches
        for it any more.
        """
        async with self._store.read() as reader:
            now = await see(reader, self._authority, began.principal.id, self._clock(), token)
            same = now.snapshot.edition is began.snapshot.edition or Comparisons().same(
                began.snapshot, began.profile, now.snapshot, now.profile, now.at
            )
            held = [await sight.reader.find_grants(grantees=began.profile.grantees) for sight in (began, now)]
        if not same or holding(held[0], began.at) != holding(held[1], now.at):
            raise Conflict("EXPORT_ACCESS_CHANGED")


class _Walk:
    """The way of one export through what one caller sees."""

    def __init__(self, sight: Sight, query: ResourceQuery, piece: int) -> None:
        self._sight = sight
        self._query = query
        self._piece = piece

    async def views(self) -> AsyncGenerator[list[ResourceView], None]:
        """What is approved, in the order of the export; no more than a piece at once."""
        for kind in EXPORT_KINDS if self._query.kind is None else (self._query.kind,):
            async with aclosing(self._of_kind(kind)) as found:
                async for items in found:
                    yield items

    async def _of_kind(self, kind: ResourceKind) -> AsyncGenerator[list[ResourceView], None]:
        order = ExportOrder()
        async for page in self._pages(replace(self._query, kind=kind)):
            # What nobody has approved is nobody's to import as approved.
            approved = [resource for resource in page if resource.current is not None]
            views = {view.id: view for view in await self._sight.views(approved)}
            needs = await self._needs(views, kind)
            leaving = [id for view in views.values() for id in order.arrive(view.id, view.code, needs[view.id])]
            leaving += order.passed(page[-1].code)
            async for items in self._filled(leaving, views):
                yield items
        async for items in self._filled(list(order.ended()), {}):
            yield items

    async def _pages(self, query: ResourceQuery) -> AsyncIterator[list[Resource]]:
        visibility, size = self._sight.visibility(), self._piece
        after: Cursor | None = None
        more = True
        while more:
            page = await self._sight.reader.select(query, visibility, order=Order.CODE, after=after, first=size)
            more = len(page) == size
            if page:
                after = cursor_of(page[-1], Order.CODE)
                yield page

    async def _needs(self, views: Mapping[str, ResourceView], kind: ResourceKind) -> dict[str, dict[str, str]]:
        """The codes of what each of these depends on within its kind, by id.

        Links that the caller is not shown do not count: the order must not tell of them.
        """
        links = {
            id: [link.target.removeprefix("resources/") for link in view.content.dependencies]
            for id, view in views.items()
        }
        places = await self._sight.reader.export_places({target for targets in links.values() for target in targets})
        codes = {id: place.code for id, place in places.items() if place.kind is kind}
        return {id: {target: codes[target] for target in targets if target in codes} for id, targets in links.items()}

    async def _filled(self, ids: Sequence[str], views: Mapping[str, ResourceView]) -> AsyncIterator[list[ResourceView]]:
        """The resources of these ids, a piece at a time; those that waited are read again."""
        for at in range(0, len(ids), self._piece):
            part = ids[at : at + self._piece]
            waited = await self._sight.reader.resources([id for id in part if id not in views])
            again = {view.id: view for view in await self._sight.views(list(waited.values()))}
            yield [views.get(id) or again[id] for id in part]


def line_of(view: ResourceView) -> dict[str, Any]:
    """A resource as a line of an import. Who may not read it gets `withheld`, which no import takes, instead of its spec."""
    content = view.content.model_dump(mode="json", exclude_none=True)
    line: dict[str, Any] = {
        "id": view.id,
        "code": view.code,
        "kind": view.kind.value,
        "type": view.type,
        "owner": view.owner,
        "availability": view.availability.value,
        "content": content,
    }
    if not view.readable:
        del content["spec"]
        line["withheld"] = True
    return line


def card_of(view: ResourceView, owner: Organization | None) -> dict[str, Any]:
    """What a line does not hold because no import takes it: when it was entered and last changed, and who owns it."""
    return {
        "created_at": view.created_at.isoformat(),
        "updated_at": view.updated_at.isoformat(),
        "revision": view.revision,
        "owner_title": owner.title.model_dump() if owner else None,
    }
