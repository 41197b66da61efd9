"""Refusals in the log: how many of one caller are told there, enough to see an attack, too few to be one, and what of each."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from ucs_core.platform.sight import Ruling
from ucs_registry.ports import Reader
from ucs_registry.resources import AccessAttributes

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


async def access_of(reader: Reader, object: str) -> AccessAttributes | None:
    """What policies see of the object of a refused call, so that its owner's auditors find the attempt."""
    if object.startswith("grants/"):
        object = next((grant.resource for grant in await reader.find_grants(ids=[object[7:]])), object)
    id = object.removeprefix("resources/")
    if id in (object, "-"):
        return None
    resource = await reader.resource(id)
    if resource is None and (deleted := await reader.deleted([id])):
        resource = deleted[id].resource
    return None if resource is None else resource.access


def rule_of(refusal: BaseException | None) -> str | None:
    """The policy row that decided a refusal; one that was worded anew on its way has the first as its cause."""
    while refusal is not None and not isinstance(refusal, Ruling):
        refusal = refusal.__cause__
    return None if refusal is None else refusal.rule
