"""Which worker reads which streams: streams fall into shards by their code, and a worker holds shards for a while.

A lease only saves work: two workers that read one stream for a moment find the same, and what they find is one incident. So
a clock that is wrong costs double work and no finding. A worker that dies is missed after `LEASE`, and the others take what
it held in their next round. Pure functions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from zlib import crc32

SHARDS = 256
"""Into how many shards streams fall: at 230,000 streams some 900 in each."""

LEASE = timedelta(seconds=60)
"""How long a worker holds a shard that it does not renew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Who holds a shard, and until when."""

    worker: str
    until: datetime

    def is_live(self, now: datetime) -> bool:
        """Whether it still holds."""
        return now < self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What a worker does about shards: which it keeps, takes and gives up."""

    keep: tuple[int, ...]
    take: tuple[int, ...]
    drop: tuple[int, ...]


def shard_of(code: str) -> int:
    """The shard of a stream, the same on every machine."""
    return crc32(code.encode()) % SHARDS


def fair_share(workers: int, shards: int = SHARDS) -> int:
    """How many shards a worker holds at the most."""
    return ceil(shards / max(1, workers))


def next_round(
    me: str, workers: Sequence[str], leases: Mapping[int, Lease], now: datetime, shards: int = SHARDS
) -> Round:
    """What a worker does, who knows which workers live (itself among them or not) and which leases there are.

    Each begins to take at another place, so that workers who start together seldom want the same.
    """
    known = sorted({me, *workers})
    most = fair_share(len(known), shards)
    mine = sorted(shard for shard, lease in leases.items() if lease.worker == me and lease.is_live(now))
    keep, drop = mine[:most], mine[most:]
    first = known.index(me) * shards // len(known)
    free = [
        shard
        for shard in ((first + offset) % shards for offset in range(shards))
        if (lease := leases.get(shard)) is None or not lease.is_live(now)
    ]
    return Round(keep=tuple(keep), take=tuple(free[: most - len(keep)]), drop=tuple(drop))
