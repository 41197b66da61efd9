"""Opening watches: a watcher first reads what it has missed, page by page, and then listens to the hub."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager

from ucs_core.access.authority import Authority
from ucs_core.access.snapshot import Snapshot
from ucs_core.access.tokens import VerifiedToken
from ucs_core.platform.calls import Clock
from ucs_core.platform.validation import organization_unknown
from ucs_core.platform.watching.batch import Anchor, Batch, read_batch
from ucs_core.platform.watching.events import NOTHING, Told, WatchEvent, WatchFilter, WatchLimits
from ucs_core.platform.watching.hub import Hub, check_history, check_kept
from ucs_core.platform.watching.standing import Comparisons, Standing, vouched
from ucs_core.platform.watching.watcher import Watcher, progress_to
from ucs_registry.ports import Reader, Store
from ucs_sdk.errors import Exhausted, Invalid, Unavailable

FRESH_SECONDS = 0.1
"""How long a page is told of that was read once. What is left of it by then is read again."""


class Watching:
    """The watches of one node."""

    hub = Hub

    def __init__(self, store: Store, authority: Authority, clock: Clock, limits: WatchLimits | None = None) -> None:
        self._store = store
        self._authority = authority
        self._clock = clock
        self._limits = limits or WatchLimits()
        self._hub = self.hub(store, authority, clock, self._limits)
        self._open: set[Watcher] = set()
        self._of: Counter[str] = Counter()
        self._ending = False

    @property
    def open(self) -> int:
        """How many watches are open."""
        return len(self._open)

    def end(self) -> None:
        """End every watch and take no more: the node stops."""
        self._ending = True
        for watcher in self._open:
            watcher.end(_draining())

    async def watch(
        self, principal: str, token: VerifiedToken | None, *, after: int | None, filter: WatchFilter | None = None
    ) -> AsyncGenerator[WatchEvent, None]:
        """Every change behind a position that a principal may see, once and in order; see `Platform.watch`."""
        watcher = Watcher(filter or WatchFilter(), self._clock, self._limits)
        with self._seated(principal, watcher):
            try:
                async with aclosing(self._missed(principal, token, watcher, after)) as missed:
                    async for event in missed:
                        yield event
                self._hub.join(watcher)
                while True:
                    yield await watcher.next()
            finally:
                await self._hub.leave(watcher)

    async def _missed(
        self, principal: str, token: VerifiedToken | None, watcher: Watcher, after: int | None
    ) -> AsyncGenerator[WatchEvent, None]:
        """What happened before the watcher came, up to where nothing more is known to have happened."""
        loop = asyncio.get_running_loop()
        told_progress = False
        while True:
            told, batch, head = await self._page(principal, token, watcher, after)
            fresh = loop.time() + FRESH_SECONDS
            for event in told.events:
                watcher.check()
                # In the middle of a stretch no leaf is at hand: the next page looks for it.
                watcher.cursor, watcher.anchor = event.position, None
                yield watcher.take(event, told)
                if loop.time() > fresh:
                    # What is left lies behind the cursor, and must be judged anew.
                    break
            else:
                upto = batch.upto
                watcher.cursor, watcher.anchor = upto, batch.anchor or watcher.anchor
                if upto >= head and not (told_progress and watcher.taken == upto):
                    told_progress = True
                    watcher.check()
                    yield watcher.take(progress_to(upto), NOTHING)
                if upto >= head and loop.time() <= fresh:
                    return

    @contextmanager
    def _seated(self, principal: str, watcher: Watcher) -> Iterator[None]:
        if self._ending:
            raise _draining()
        for count, most in (
            (len(self._open), self._limits.node),
            (self._of[principal], self._limits.principal),
        ):
            if count >= most:
                raise Exhausted("WATCH_TOO_MANY", most=most, retry_after=5)
        self._open.add(watcher)
        self._of[principal] += 1
        try:
            yield
        finally:
            self._open.discard(watcher)
            self._of[principal] -= 1
            if not self._of[principal]:
                del self._of[principal]

    async def _page(
        self, principal: str, token: VerifiedToken | None, watcher: Watcher, after: int | None
    ) -> tuple[Told, Batch, int]:
        """What a watcher is told next, the stretch of the log that it tells of, and how far there was to reach."""
        async with self._store.read() as reader:
            at = self._clock()
            snapshot = await self._authority.at(reader)
            begun = watcher.standing
            if begun is None:
                begun = watcher.standing = await self._begin(reader, snapshot, principal, token)
                _check_organization(watcher.filter, snapshot)
                watcher.cursor = watcher.taken = _start(after, reader.head.position)
            else:
                await check_history(reader, [watcher])
                watcher.check()
                begun.check_time(at, position=watcher.taken)
                begun.check(snapshot, at, Comparisons(), position=watcher.taken)
            if watcher.anchor is None:
                watcher.anchor = await _anchor(reader, watcher.cursor)
            begun.check_token(at)
            check_kept(watcher.cursor, reader.head.compacted)
            batch = await read_batch(reader, snapshot, at, watcher.cursor)
            if batch.touches_grants:
                held = await reader.find_grants(grantees=begun.profile.grantees)
                begun.check_grants(held, at, position=watcher.taken)
            told = await batch.told(begun.profile, watcher.filter)
            return told, batch, reader.head.position

    async def _begin(self, reader: Reader, snapshot: Snapshot, principal: str, token: VerifiedToken | None) -> Standing:
        at = self._clock()
        profile = vouched(principal, token, snapshot, at)
        return Standing(profile, token, snapshot, await reader.find_grants(grantees=profile.grantees), at)


async def _anchor(reader: Reader, position: int) -> Anchor | None:
    """The leaf at a position; there is none before the first entry."""
    leaf = (0, position - 1)
    found = await reader.tree_hashes([leaf]) if position else {}
    return (leaf, found[leaf]) if leaf in found else None


def _start(after: int | None, head: int) -> int:
    if after is None:
        return head
    if not 0 <= after <= head:
        raise Invalid("POSITION_UNKNOWN", path="after", position=after, last=head)
    return after


def _check_organization(filter: WatchFilter, snapshot: Snapshot) -> None:
    wanted = filter.owner_subtree
    if wanted is not None and not snapshot.knows(wanted):
        raise organization_unknown("owner_subtree", wanted, snapshot.edition.tree.ids)


def _draining() -> Unavailable:
    return Unavailable("DRAINING", retry_after=1)
