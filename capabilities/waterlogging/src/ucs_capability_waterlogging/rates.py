"""How often one device may report: a bound that costs next to nothing, before anything is read or written for it."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime

DEVICES_MOST = 20_000
"""How many devices are kept in mind; the longest silent one is forgotten first, and begins with a full allowance again."""


class Allowances:
    """So many readings of one device in so many seconds. What was not used adds up to no more than that.

    It is kept by each node for itself, so a device that reaches all of them may report that many times as often.
    """

    def __init__(self, *, devices_most: int = DEVICES_MOST) -> None:
        self._left: OrderedDict[str, tuple[float, datetime]] = OrderedDict()
        self._most = devices_most

    def __len__(self) -> int:
        return len(self._left)

    def take(self, device: str, now: datetime, *, readings: float, seconds: float) -> bool:
        """Whether one more reading of a device is within `readings` for each `seconds`; if so, it is counted."""
        left, at = self._left.get(device, (readings, now))
        passed = max(0.0, (now - at).total_seconds())
        left = min(readings, left + passed * readings / seconds)
        allowed = left >= 1
        self._left[device] = (left - allowed, max(now, at))
        self._left.move_to_end(device)
        if len(self._left) > self._most:
            self._left.popitem(last=False)
        return allowed
