"""How long a call may take over all its tries, and how long it waits between them."""

from __future__ import annotations

import math
import random
import time
from dataclasses import dataclass

from ucs_sdk.errors import UcsError


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """How long to wait before a call is tried again, in seconds: twice as long each time, and by chance up to that long.

    What the platform asks for (`retry_after`) is waited for at least, and by chance a little longer: its clients should not
    all come back at once.
    """

    first: float = 0.1
    most: float = 5.0

    def pause(self, tries: int, asked: float | None) -> float:
        """How long to wait behind so many tries, the last of which was answered with this `retry_after`."""
        # Beyond 2^30 the bound is long reached, and a float would overflow in the end.
        bound = min(self.most, self.first * 2.0 ** min(tries - 1, 30))
        return (asked or 0.0) + random.uniform(0.0, bound)


class Budget:
    """The time of one call, from its first try to its end; `seconds` may be infinite."""

    def __init__(self, seconds: float, retries: Retries) -> None:
        self.seconds = seconds
        self._retries = retries
        self._until = time.monotonic() + seconds
        self._tries = 0

    @property
    def left(self) -> float | None:
        """How many seconds are left; None for no end."""
        return None if math.isinf(self._until) else max(0.0, self._until - time.monotonic())

    def pause(self, error: UcsError) -> float | None:
        """How long to wait before the next try; None where the time would be over before it."""
        self._tries += 1
        pause = self._retries.pause(self._tries, error.retry_after)
        left = self.left
        return pause if left is None or pause < left else None

    def renew(self) -> None:
        """Begin anew: what was tried for has been reached."""
        self._tries = 0
        self._until = time.monotonic() + self.seconds
