"""How often operations are called and how that ends, and how often somebody may."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ucs_sdk.errors import Exhausted

COUNTED_MOST = 10_000
"""How many combinations of operation, organisation and outcome are counted apart; the rest are counted together."""

CALLERS_MOST = 10_000
"""How many callers, or callers of an operation, a budget keeps in mind; the longest silent one is forgotten first."""


@dataclass(slots=True)
class Used:
    """Calls, and the seconds that they took."""

    calls: int = 0
    seconds: float = 0.0


class Tally:
    """Counts calls in memory, by operation, organisation of the caller and outcome."""

    def __init__(self) -> None:
        self._used: dict[tuple[str, str, str], Used] = {}

    @property
    def used(self) -> Mapping[tuple[str, str, str], Used]:
        """What was counted."""
        return self._used

    def count(self, operation: str, organization: str | None, outcome: str, seconds: float) -> None:
        """Count a call."""
        key = (operation, organization or "", outcome)
        if key not in self._used and len(self._used) >= COUNTED_MOST:
            key = ("", "", outcome)
        used = self._used.setdefault(key, Used())
        used.calls += 1
        used.seconds += seconds


class CallBudget:
    """So many calls of one caller in so many seconds, of each operation apart or whatever they call; `now` is monotonic, in
    seconds. What was not used adds up to no more than that.
    """

    def __init__(self, now: Callable[[], float], *, calls: int, seconds: float, apart: bool = False) -> None:
        self._now = now
        self._calls = calls
        self._seconds = seconds
        self._apart = apart
        self._left: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()

    def take(self, principal: str, operation: str) -> None:
        """Count a call. Raises Exhausted with QUOTA_EXCEEDED."""
        key = (principal, operation if self._apart else "")
        now, rate = self._now(), self._calls / self._seconds
        left, at = self._left.get(key, (float(self._calls), now))
        left = min(float(self._calls), left + (now - at) * rate)
        allowed = left >= 1
        self._left[key] = (left - allowed, now)
        self._left.move_to_end(key)
        if len(self._left) > CALLERS_MOST:
            self._left.popitem(last=False)
        if not allowed:
            wait = (1 - left) / rate
            raise Exhausted(
                "QUOTA_EXCEEDED", retry_after=wait, object=operation, limit=self._calls, seconds=f"{self._seconds:g}"
            )


def quota_of(per_minute: int | None) -> CallBudget | None:
    """The budget of so many calls a minute for each caller of each operation; None for no bound."""
    return None if per_minute is None else CallBudget(time.monotonic, calls=per_minute, seconds=60.0, apart=True)
