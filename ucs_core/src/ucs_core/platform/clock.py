"""The clock of a node: never back, whatever is done to the machine's.

What has an end (a token, a grant) ends once. A wall clock that is set back would give it life again, so this clock goes on
from the last instant by the time that has really passed until the wall clock has caught up. One that is set forward is
followed: that ends too much rather than too little. A node whose clock was wrongly ahead is restarted once it is right.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

import structlog

STEP_SECONDS = 5.0
"""How far the wall clock may be off what has passed before it counts as set: it is slewed by less in any honest second."""

log = structlog.get_logger()


# Not every system has it; macOS's own monotonic clock stops in sleep, too.
_BOOTTIME: int | None = getattr(time, "CLOCK_BOOTTIME", None)


def elapsed_seconds() -> float:
    """The time that really passes, in seconds from some instant; the machine's sleep counts where the system can tell."""
    return time.monotonic() if _BOOTTIME is None else time.clock_gettime(_BOOTTIME)


class SteadyClock:
    """Tells the wall clock's instant, but at least the last one plus the time that has really passed since.

    `wall` is in seconds since 1970 (UTC). Steps of the wall clock are counted, and told once each in the process log.
    """

    def __init__(self, wall: Callable[[], float] = time.time, elapsed: Callable[[], float] = elapsed_seconds) -> None:
        self._wall = wall
        self._elapsed = elapsed
        self._told = wall()
        self._told_at = elapsed()
        self._behind = 0.0
        self._lock = threading.Lock()
        self.steps = 0

    def __call__(self) -> datetime:
        """The present instant, in UTC."""
        return datetime.fromtimestamp(self.seconds(), UTC)

    def seconds(self) -> float:
        """The present instant, in seconds since 1970 (UTC)."""
        with self._lock:
            wall, elapsed = self._wall(), self._elapsed()
            # Every request asks for the instant, some twice: comparing takes half of what `max` and `abs` take.
            steady = self._told + (elapsed - self._told_at) if elapsed > self._told_at else self._told
            step = wall - steady
            if not -STEP_SECONDS <= step - self._behind <= STEP_SECONDS:
                self.steps += 1
                log.warning("clock_stepped", seconds=round(step - self._behind, 3), followed=step > 0)
                self._behind = min(0.0, step)
            self._told_at = elapsed
            if step > 0:
                self._told, self._behind = wall, 0.0
            else:
                self._told = steady
            return self._told
