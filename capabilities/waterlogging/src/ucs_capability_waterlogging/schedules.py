"""What the plugin does again and again: what the time alone changes, and the proposal for the city."""

from __future__ import annotations

from ucs_capability_waterlogging import records
from ucs_capability_waterlogging.capability import waterlogging
from ucs_capability_waterlogging.events import PROPOSED, LevelChanged
from ucs_capability_waterlogging.places import after_time
from ucs_capability_waterlogging.responses import default_levels, proposed_after
from ucs_capability_waterlogging.rules import rules_of
from ucs_capability_waterlogging.telling import Telling
from ucs_sdk import Conflict, Context

TOGETHER = 50
"""How many places are changed in one unit."""


@waterlogging.every(seconds=60)
async def sweep(ctx: Context) -> None:
    """Let the time have its way: sensors go stale, and events end."""
    rules, now = rules_of(ctx.settings), ctx.clock.now()
    codes = await records.places_to_sweep(ctx, now - rules.limits.stale)
    for start in range(0, len(codes), TOGETHER):
        try:
            async with ctx.unit() as unit:
                telling = Telling(ctx=ctx, unit=unit, now=now)
                for code in codes[start : start + TOGETHER]:
                    held = await records.staged_places(unit).get(code)
                    if held is not None:
                        step = after_time(held.body, now, rules)
                        telling.take(held.body, [step] if step.place != held.body else [])
        except Conflict:
            # Somebody measured meanwhile, which is newer than the time alone; the next run looks again.
            ctx.log.info("sweep_overtaken", places=len(codes[start : start + TOGETHER]))


@waterlogging.every(seconds=30)
async def propose(ctx: Context) -> None:
    """Propose a level of response by how the city stands."""
    now, levels = ctx.clock.now(), default_levels()
    situation = await records.situation_of(ctx)
    async with ctx.unit() as unit:
        staged = records.staged_levels(unit)
        held = await staged.get(records.CITY)
        before = None if held is None else held.body
        after = proposed_after(before.proposed() if before else None, situation, now, levels)
        if before is None and after.level is None:
            return
        record = records.LevelRecord(
            level=after.level,
            since=after.since,
            held_at=after.held_at,
            red=situation.red,
            wet=situation.wet,
            depth=situation.depth,
            rain=situation.rain,
            source=levels.source,
        )
        if before is not None and after.level is None and before.model_copy(update={"held_at": now}) == record:
            # Nothing is proposed, and nothing is new: a dry city writes nothing.
            return
        staged.put(records.CITY, record)
        if before is None or before.level is not after.level:
            told = LevelChanged(
                level=after.level,
                before=before.level if before else None,
                at=now,
                red=situation.red,
                wet=situation.wet,
                depth_cm=situation.depth,
                basis=levels.source,
            )
            unit.emit(PROPOSED, told, subject=records.CITY)
