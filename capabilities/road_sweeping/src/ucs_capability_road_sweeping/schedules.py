"""What the plugin does again and again: it opens windows that are about to begin, and judges those that have ended."""

from __future__ import annotations

from ucs_capability_road_sweeping import records
from ucs_capability_road_sweeping.capability import road_sweeping
from ucs_capability_road_sweeping.judging import judge
from ucs_capability_road_sweeping.opening import opened
from ucs_capability_road_sweeping.records import PlanRecord, WindowRecord
from ucs_capability_road_sweeping.rules import city_of
from ucs_sdk import Between, Conflict, Context, Invalid, NotFound

AT_ONCE = 200
"""How many plans and how many windows are looked after in one run; the others come with the next."""


@road_sweeping.every(seconds=60)
async def open_windows(ctx: Context) -> None:
    """Open the windows that begin soon."""
    now, city = ctx.clock.now(), city_of(ctx.settings)
    page = await ctx.documents(records.PLANS, PlanRecord).query(
        {"next_at": Between(most=now.timestamp())}, order_by="next_at", limit=AT_ONCE
    )
    for each in page.items:
        try:
            async with ctx.unit() as unit:
                plans = unit.documents(records.PLANS, PlanRecord)
                held = await plans.get(each.key)
                if held is not None and held.body.next_at <= now.timestamp():
                    after = await opened(unit, held.body.plan, held.organization, now, city)
                    plans.put(each.key, after, organization=held.organization)
        except Conflict:
            # The plan or a vehicle was changed meanwhile; the next run looks again.
            ctx.log.info("opening_overtaken", plan=each.key)
        except (Invalid, NotFound) as error:
            # Its segments have grown or gone since it was entered: nothing can be opened until somebody sees to it, and the
            # other plans must not wait for that.
            ctx.log.warning("plan_cannot_open", plan=each.key, reason=error.reason)
            await _postponed(ctx, each.key)


async def _postponed(ctx: Context, key: str) -> None:
    """Try a plan that cannot open again in an hour."""
    async with ctx.unit() as unit:
        plans = unit.documents(records.PLANS, PlanRecord)
        held = await plans.get(key)
        if held is not None:
            later = held.body.model_copy(update={"next_at": ctx.clock.now().timestamp() + 3_600.0})
            plans.put(key, later, organization=held.organization)


@road_sweeping.every(seconds=60)
async def judge_windows(ctx: Context) -> None:
    """Judge the windows that ended a while ago, so that tracks which came a little late have counted."""
    now, city = ctx.clock.now(), city_of(ctx.settings)
    page = await ctx.documents(records.WINDOWS, WindowRecord).query(
        {"state": "open", "due": Between(most=now.timestamp())}, order_by="due", limit=AT_ONCE
    )
    for each in page.items:
        try:
            async with ctx.unit() as unit:
                held = await unit.documents(records.WINDOWS, WindowRecord).get(each.key)
                if held is not None and held.body.state == "open":
                    await judge(unit, held, now, city, ctx.settings["case_type"])
        except Conflict:
            # A track came at the last moment; the next run looks again.
            ctx.log.info("judging_overtaken", window=each.key)
