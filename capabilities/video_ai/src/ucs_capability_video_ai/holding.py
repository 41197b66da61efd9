"""Keeps a worker's leases in records: it says that it lives, renews what it holds, and takes what nobody does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ucs_capability_video_ai import records
from ucs_capability_video_ai.leases import LEASE, Lease, next_round
from ucs_capability_video_ai.records import ShardRecord, WorkerRecord
from ucs_sdk import Conflict, Context

RENEWED = LEASE / 3
"""How often leases are renewed: two may fail before one is lost."""


@dataclass
class Held:
    """The shards that a worker holds, and when it last saw to them."""

    shards: tuple[int, ...] = ()
    seen_to: datetime | None = None


async def hold(ctx: Context, me: str, held: Held, now: datetime) -> bool:
    """See to the leases, if it is time; whether the worker holds others than before.

    Who loses a race for a shard gets nothing of that round, and tries again in the next.
    """
    if held.seen_to is not None and now - held.seen_to < RENEWED:
        return False
    held.seen_to = now
    try:
        shards = await _renewed(ctx, me, now)
    except Conflict:
        # Another worker took one of them first. What this one held it holds until its leases are over.
        ctx.log.info("shards_contested", worker=me)
        return False
    changed = shards != held.shards
    held.shards = shards
    return changed


async def _renewed(ctx: Context, me: str, now: datetime) -> tuple[int, ...]:
    until = now + LEASE
    async with ctx.unit() as unit:
        workers, shards = unit.documents(records.WORKERS, WorkerRecord), unit.documents(records.SHARDS, ShardRecord)
        lives = [each.body async for each in records.walked(workers)]
        leases = {
            each.body.shard: Lease(worker=each.body.worker, until=each.body.until)
            async for each in records.walked(shards)
        }
        living = [each.worker for each in lives if now < each.until]
        for each in lives:
            if now - each.until > LEASE:
                workers.delete(each.worker)
        step = next_round(me, living, leases, now)
        workers.put(me, WorkerRecord(worker=me, until=until), organization=ctx.owner)
        for shard in (*step.keep, *step.take):
            shards.put(str(shard), ShardRecord(shard=shard, worker=me, until=until), organization=ctx.owner)
        for shard in step.drop:
            shards.delete(str(shard))
    return tuple(sorted((*step.keep, *step.take)))


async def let_go(ctx: Context, me: str, held: Held) -> None:
    """Give up all shards."""
    try:
        async with ctx.unit() as unit:
            shards = unit.documents(records.SHARDS, ShardRecord)
            for shard in held.shards:
                found = await shards.get(str(shard))
                if found is not None and found.body.worker == me:
                    shards.delete(str(shard))
            unit.documents(records.WORKERS, WorkerRecord).delete(me)
    except Conflict:
        # Somebody took one of them already, which is what giving them up is for.
        ctx.log.info("shards_taken_already", worker=me)
    held.shards = ()
