"""The hub: one task of a node that waits for the log to move and tells all watchers that have caught up with it.

Each watcher has a cursor of its own and is told what lies behind it, so that whoever joins late misses nothing and hears
nothing twice. What was revoked is looked for before anything is told, and again at least ten times a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial

import structlog

from ucs_core.access.authority import Authority
from ucs_core.access.snapshot import Snapshot
from ucs_core.platform.calls import Clock
from ucs_core.platform.watching.batch import Batch, read_batch
from ucs_core.platform.watching.events import WatchLimits
from ucs_core.platform.watching.standing import Comparisons, Standing, other_history
from ucs_core.platform.watching.watcher import Watcher, progress_to
from ucs_registry.ports import Reader, Store
from ucs_registry.settling import ended
from ucs_registry.visibility import Grant
from ucs_sdk.errors import Internal, OutOfRange, UcsError, Unavailable

ROUND_SECONDS = 0.05
"""How long one state is told of. Whoever was not reached by then comes first in the next round, with a newer state."""

BREATH = 50
"""How many watchers are served before other tasks of the node get their turn."""

CALM_SECONDS = 0.02
"""How soon the hub looks again when it was woken for nothing."""

FAILING_SECONDS = 5.0
"""How long the store may be out of reach before the watches end."""

_UNKNOWN = (-1, "")
"""The version of access of a hub that has looked at none."""

log = structlog.get_logger()


class Hub:
    """Tells watchers of one store. It runs while there are any."""

    def __init__(self, store: Store, authority: Authority, clock: Clock, limits: WatchLimits) -> None:
        self._store = store
        self._authority = authority
        self._clock = clock
        self._limits = limits
        self._watchers: dict[Watcher, None] = {}
        self._task: asyncio.Task[None] | None = None
        self._version = _UNKNOWN

    def join(self, watcher: Watcher) -> None:
        """Tell a watcher, too, from its cursor on."""
        self._watchers[watcher] = None
        # What it rests on may be older than what the others were held against.
        self._version = _UNKNOWN
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    async def leave(self, watcher: Watcher) -> None:
        """Tell a watcher no more. The last one to leave waits until the hub has let go of the store."""
        self._watchers.pop(watcher, None)
        if not self._watchers and self._task is not None:
            task, self._task = self._task, None
            await ended(task)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        reached = loop.time()
        while watchers := self._present():
            try:
                began = loop.time()
                await self._store.moved(min(watcher.cursor for watcher in watchers), self._limits.patience)
                moved = not (watchers := self._present()) or await self._round(watchers)
                reached = loop.time()
                if not moved and reached - began < CALM_SECONDS:
                    # A store may take more for a move than there is: nobody looks over and over for nothing.
                    await asyncio.sleep(CALM_SECONDS)
            except Unavailable as failure:
                if loop.time() - reached > FAILING_SECONDS:
                    self._end_all(partial(Unavailable, failure.reason, retry_after=1, **failure.fields))
                # A store that is down may say so at once, over and over.
                await asyncio.sleep(self._limits.patience)
            except Exception:
                log.exception("watching_failed")
                self._end_all(lambda: Internal("WATCH_FAILED"))

    def _present(self) -> list[Watcher]:
        """Those who are still told. Whose watch has ended is forgotten here, wherever it ended."""
        self._watchers = {watcher: None for watcher in self._watchers if watcher.ended is None}
        return list(self._watchers)

    def _end_all(self, reason: Callable[[], UcsError]) -> None:
        for watcher in self._watchers:
            watcher.end(reason())

    async def _round(self, watchers: Sequence[Watcher]) -> bool:
        """Bring all watchers to the head of one state, or as many as there is time for. Whether there was anything new."""
        # Those who are behind come first, so that everybody is reached.
        watchers = sorted(watchers, key=lambda watcher: watcher.cursor)
        async with self._store.read() as reader:
            head, at = reader.head, self._clock()
            version = head.access_version, head.access_stamp
            await self._check_history(reader, watchers)
            _check_time(watchers, at)
            if watchers[0].cursor >= head.position and version == self._version:
                self._progress(watchers)
                return False
            snapshot = await self._authority.at(reader)
            self._check(watchers, snapshot, at, reader.head.compacted)
            self._version = version
            batch = await read_batch(reader, snapshot, at, watchers[0].cursor)
            if batch.touches_grants:
                await self._check_grants(reader, watchers, at)
            await self._tell(batch, watchers)
        self._progress(watchers)
        return True

    async def _check_history(self, reader: Reader, watchers: Iterable[Watcher]) -> None:
        await check_history(reader, watchers)

    def _check(self, watchers: Iterable[Watcher], snapshot: Snapshot, at: datetime, compacted: int) -> None:
        comparisons = Comparisons()
        for watcher in watchers:
            if watcher.ended is not None:
                continue
            try:
                standing_of(watcher).check(snapshot, at, comparisons, position=watcher.taken)
                check_kept(watcher.cursor, compacted)
            except UcsError as end:
                watcher.end(end)

    async def _check_grants(self, reader: Reader, watchers: Iterable[Watcher], at: datetime) -> None:
        present = [watcher for watcher in watchers if watcher.ended is None]
        grantees = {grantee for watcher in present for grantee in standing_of(watcher).profile.grantees}
        by_grantee: dict[str, list[Grant]] = {}
        for grant in await reader.find_grants(grantees=grantees) if grantees else ():
            by_grantee.setdefault(grant.grantee, []).append(grant)
        for watcher in present:
            standing = standing_of(watcher)
            held = [grant for grantee in standing.profile.grantees for grant in by_grantee.get(grantee, ())]
            try:
                standing.check_grants(held, at, position=watcher.taken)
            except UcsError as end:
                watcher.end(end)

    async def _tell(self, batch: Batch, watchers: Iterable[Watcher]) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + ROUND_SECONDS
        for number, watcher in enumerate(watchers, start=1):
            if watcher.ended is None and watcher.cursor < batch.upto:
                told = await batch.told(standing_of(watcher).profile, watcher.filter)
                watcher.tell(told, batch.upto, batch.anchor)
            if loop.time() > end:
                return
            if number % BREATH == 0:
                await asyncio.sleep(0)

    def _progress(self, watchers: Iterable[Watcher]) -> None:
        event = None
        for watcher in watchers:
            if watcher.ended is None and watcher.taken < watcher.cursor:
                if event is None or event.position != watcher.cursor:
                    event = progress_to(watcher.cursor)
                watcher.progressed(event)


def standing_of(watcher: Watcher) -> Standing:
    """What a watch rests on that has begun."""
    if watcher.standing is None:
        raise ValueError("a watcher joins the hub once it has caught up")
    return watcher.standing


async def check_history(reader: Reader, watchers: Iterable[Watcher]) -> None:
    """End every watch whose position is of another log: the database was put back, and may have gone on from there."""
    anchored = [watcher for watcher in watchers if watcher.anchor is not None]
    shown = await reader.tree_hashes({watcher.anchor[0] for watcher in anchored if watcher.anchor})
    for watcher in anchored:
        if watcher.anchor is not None and shown.get(watcher.anchor[0]) != watcher.anchor[1]:
            watcher.end(other_history(watcher.taken))


def _check_time(watchers: Iterable[Watcher], at: datetime) -> None:
    for watcher in watchers:
        try:
            standing_of(watcher).check_time(at, position=watcher.taken)
        except UcsError as end:
            watcher.end(end)


def check_kept(position: int, compacted: int) -> None:
    """Raise OutOfRange when what lies behind a position is not kept in full any more."""
    if position < compacted:
        raise OutOfRange("WATCH_TOO_OLD", position=position, oldest=compacted)
