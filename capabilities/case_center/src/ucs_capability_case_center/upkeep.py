"""The clocks that nobody calls: lights turn, units are reminded, the centre is told, and supervisions begin."""

from __future__ import annotations

from collections.abc import Sequence

from ucs_capability_case_center import cases, configured, intake, timing
from ucs_capability_case_center.center import center
from ucs_capability_case_center.records import CASES, SIDE_STEPS_MOST, CaseLine, CaseRecord, Step, stamp
from ucs_capability_case_center.vocabulary import Role, Verb
from ucs_sdk import Between, Conflict, Context, OutOfRange, Unit

EVERY_SECONDS = 5.0
"""How often clocks are looked at: a light may be so much late."""

TOGETHER = 50
"""How many cases are looked at in one unit: others wait for it some tens of milliseconds."""

UNITS_MOST = 100
"""How many such units there are in a run; the next run goes on with those that are due longest."""


@center.every(seconds=EVERY_SECONDS)
async def turn_lights(ctx: Context) -> None:
    """Turn the lights that are due, and escalate what is over its limit."""
    begun, after = stamp(ctx.clock.now()), ""
    for _ in range(UNITS_MOST):
        due = await ctx.documents(CASES, CaseLine).query(
            {"next_at": Between(most=begun)}, order_by="next_at", limit=TOGETHER, after=after
        )
        numbers = [each.key for each in due.items]
        if not await _looked_at(ctx, numbers):
            # Somebody acts on one of them right now: that sets its clocks as well, and keeps no other waiting.
            for number in numbers:
                await _looked_at(ctx, [number])
        if due.next is None:
            return
        after = due.next


async def _looked_at(ctx: Context, numbers: Sequence[str]) -> bool:
    """Look at the clocks of some cases in one unit; False when one of them changed meanwhile, and nothing has happened."""
    try:
        async with ctx.unit() as unit:
            held = await unit.documents(CASES, CaseRecord).get_many(numbers)
            for number, each in held.items():
                _look_at(ctx, unit, number, each.body)
                # Whoever waits for the loop is let in between two cases.
                await ctx.clock.sleep(0)
    except Conflict:
        return False
    return True


def _look_at(ctx: Context, unit: Unit, number: str, before: CaseRecord) -> None:
    scene = _scene(ctx, number)
    after = _escalated(ctx, unit, timing.shown(before, scene.at, scene.types, scene.calendar), scene)
    if after == before:
        return
    unit.documents(CASES, CaseRecord).put(number, after)
    if after.light is not before.light or len(after.steps) > len(before.steps):
        intake.tell(ctx, unit, number, before, after)


def _escalated(ctx: Context, unit: Unit, record: CaseRecord, scene: cases.Scene) -> CaseRecord:
    """The case after the escalations that are due, with their messages staged."""
    try:
        due = timing.due_escalations(record, scene.at, scene.types, scene.calendar)
    except OutOfRange:
        return record
    for each in due:
        percent = f"{each.part:.0%}"
        told = f"时限已用 {percent} {percent} of the limit have passed: {record.told.title}"
        for to in [record.unit] if each.tells == "unit" else [record.unit, ctx.owner]:
            unit.notify(to, title=f"案件 {scene.case} Case {scene.case}", text=told, subject=scene.case)
        if len(record.steps) < SIDE_STEPS_MOST:
            if each.tells == "supervision":
                record = cases.acted(record, cases.Act(Verb.SUPERVISE, note=told), scene)
            else:
                record = _noted(record, told, scene)
        progress = record.progress.model_copy(update={"escalated": record.progress.escalated + 1})
        record = record.model_copy(update={"progress": progress})
    return timing.shown(record, scene.at, scene.types, scene.calendar)


def _noted(record: CaseRecord, note: str, scene: cases.Scene) -> CaseRecord:
    step = Step(
        at=scene.at,
        verb="escalate",
        role=Role.SYSTEM,
        actor=scene.actor,
        source=record.state,
        target=record.state,
        note=note,
    )
    return record.model_copy(update={"steps": (*record.steps, step)})


def _scene(ctx: Context, number: str) -> cases.Scene:
    return cases.Scene(
        case=number,
        at=ctx.clock.now(),
        actor=ctx.caller.principal,
        roles=frozenset({Role.SYSTEM}),
        types=configured.catalogue(ctx),
        calendar=configured.calendar(ctx),
    )
