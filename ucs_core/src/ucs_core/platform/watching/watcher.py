"""One watcher: how far it was told, what waits for it, and what ends its watch."""

from __future__ import annotations

import asyncio
from collections import deque

from ucs_core.access.vouching import ends_at
from ucs_core.platform.calls import Clock
from ucs_core.platform.watching.batch import Anchor
from ucs_core.platform.watching.events import NOTHING, ChangeType, Told, WatchEvent, WatchFilter, WatchLimits
from ucs_core.platform.watching.standing import Standing, access_changed
from ucs_sdk.errors import Exhausted, UcsError


class Watcher:
    """A watch that is open. `cursor` is the position up to which it was told everything, or it waits to be taken."""

    def __init__(self, filter: WatchFilter, clock: Clock, limits: WatchLimits) -> None:
        self.filter = filter
        self.cursor = 0
        self.taken = 0
        """The position up to which everything was taken."""
        self.anchor: Anchor | None = None
        """The leaf of the log at the cursor: no two histories of a store have the same."""
        self.standing: Standing | None = None
        self.ended: UcsError | None = None
        self._clock = clock
        self._limits = limits
        self._waiting: deque[tuple[WatchEvent, Told]] = deque()
        self._bell = asyncio.Event()
        self._taken_at = 0.0

    def tell(self, told: Told, upto: int, anchor: Anchor | None) -> None:
        """Put what lies behind the cursor before the watcher; one that does not come for it is cut off."""
        news = [event for event in told.events if event.position > self.cursor]
        if upto > self.cursor:
            self.cursor, self.anchor = upto, anchor
        if not news:
            return
        if len(self._waiting) + len(news) > self._limits.waiting:
            self.end(Exhausted("WATCH_TOO_SLOW", position=self.taken, retry_after=1))
            return
        self._waiting += [(event, told) for event in news]
        self._bell.set()

    def progressed(self, progress: WatchEvent) -> None:
        """Tell how far the watcher has come, when it was told nothing for a while and there is something to tell."""
        silent = asyncio.get_running_loop().time() - self._taken_at
        if self.taken < progress.position and silent >= self._limits.progress and not self._waiting:
            self._waiting.append((progress, NOTHING))
            self._bell.set()

    def end(self, reason: UcsError) -> None:
        """End the watch; what still waits is not told any more."""
        if self.ended is None:
            self.ended = reason
            self._waiting.clear()
            self._bell.set()

    def check(self) -> None:
        """Raise what has ended the watch, or Unauthenticated when the watcher's token has ended."""
        if self.ended is not None:
            raise self.ended
        # Asked for every event of every watcher: the clock is not free.
        if self.standing is not None and self.standing.token is not None:
            self.standing.check_token(self._clock())

    async def next(self) -> WatchEvent:
        """The next event. Raises what has ended the watch."""
        while True:
            self.check()
            if self._waiting:
                event, told = self._waiting.popleft()
                return self.take(event, told)
            self._bell.clear()
            try:
                async with asyncio.timeout(self._token_seconds()):
                    await self._bell.wait()
            except TimeoutError:
                continue

    def take(self, event: WatchEvent, told: Told) -> WatchEvent:
        """An event on its way out. Raises Conflict when a grant that it rests on has ended meanwhile."""
        if told.until is not None and told.until <= self._clock():
            raise access_changed(self.taken)
        self.taken = event.position
        self._taken_at = asyncio.get_running_loop().time()
        return event

    def _token_seconds(self) -> float | None:
        token = self.standing.token if self.standing is not None else None
        return None if token is None else max(0.0, (ends_at(token) - self._clock()).total_seconds())


def progress_to(position: int) -> WatchEvent:
    """Nothing more is to come up to a position."""
    return WatchEvent(position=position, type=ChangeType.PROGRESS)
