"""How many refusals of one caller are logged: enough to see an attack, too few to be one."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

CALLERS_MOST = 10_000
"""How many callers are kept in mind; the longest silent one is forgotten first, and starts with a full budget again."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    refilled_at: float
    unlogged: int = 0


class RefusalBudget:
    """A token bucket per caller: `burst` refusals at once, then `per_second`. Time is monotonic, in seconds."""

    def __init__(self, now: Callable[[], float], *, burst: int = 200, per_second: float = 2.0) -> None:
        self._now = now
        self._burst = burst
        self._per_second = per_second
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self.unlogged = 0
        """How many went unlogged in all."""

    def spend(self, caller: str) -> int | None:
        """Take leave to log one refusal: how many went unlogged since the last one, or None when this one must, too."""
        now = self._now()
        bucket = self._buckets.get(caller)
        if bucket is None:
            bucket = self._buckets[caller] = _Bucket(self._burst, now)
            if len(self._buckets) > CALLERS_MOST:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(caller)
        bucket.tokens = min(self._burst, bucket.tokens + (now - bucket.refilled_at) * self._per_second)
        bucket.refilled_at = now
        if bucket.tokens < 1:
            bucket.unlogged += 1
            self.unlogged += 1
            return None
        bucket.tokens -= 1
        unlogged, bucket.unlogged = bucket.unlogged, 0
        return unlogged
