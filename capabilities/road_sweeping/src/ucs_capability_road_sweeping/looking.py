"""The operations that tell: segments, windows, what was missed, and the scores of districts."""

from __future__ import annotations

from datetime import timedelta

from ucs_capability_road_sweeping import inputs, outputs, records
from ucs_capability_road_sweeping.capability import road_sweeping
from ucs_capability_road_sweeping.judging import results_of
from ucs_capability_road_sweeping.records import (
    MissRecord,
    RouteRecord,
    SegmentRecord,
    TallyRecord,
    WindowRecord,
    window_key,
)
from ucs_capability_road_sweeping.rules import city_of
from ucs_capability_road_sweeping.scores import Tally, score_of, total
from ucs_sdk import Between, Context, Exhausted, Invalid, NotFound
from ucs_sdk.calendar import CHINA_STANDARD_TIME

DAYS_MOST = 92
"""How many days a period has at the most."""

SUMS_MOST = 20_000
"""How many sums are read for scores, at the most: districts times organisations times days."""

PAGE = 1_000
"""How many sums are read at a time."""


@road_sweeping.operation(title_zh="路段列表", title_en="Segments")
async def segments(ctx: Context, asked: inputs.SegmentsAsked) -> outputs.Segments:
    """List the segments in the register, by code."""
    where = {"district": asked.district} if asked.district else None
    page = await ctx.documents(records.SEGMENTS, SegmentRecord).query(where, limit=asked.limit, after=asked.after)
    shown = tuple(outputs.segment_shown(each.body.segment) for each in page.items)
    return outputs.Segments(segments=shown, next=page.next)


@road_sweeping.operation(title_zh="作业时段列表", title_en="Windows")
async def windows(ctx: Context, asked: inputs.WindowsAsked) -> outputs.Windows:
    """List windows: a plan's, the last first, or those of a day."""
    held = ctx.documents(records.WINDOWS, WindowRecord)
    if asked.plan and asked.day is not None:
        one = await held.get(window_key(asked.plan, asked.day))
        return outputs.Windows(windows=() if one is None else (outputs.window_shown(one.body),), next=None)
    if asked.plan:
        page = await held.query(
            {"plan": asked.plan}, order_by="day", descending=True, limit=asked.limit, after=asked.after
        )
    else:
        day = asked.day or ctx.clock.now().astimezone(CHINA_STANDARD_TIME).date()
        page = await held.query({"day": day.isoformat()}, limit=asked.limit, after=asked.after)
    return outputs.Windows(windows=tuple(outputs.window_shown(each.body) for each in page.items), next=page.next)


@road_sweeping.operation(title_zh="作业时段详情", title_en="A window")
async def window(ctx: Context, asked: inputs.WindowAsked) -> outputs.WindowDetailed:
    """Tell how far each segment of a window was swept, and what was judged of it."""
    held = await ctx.documents(records.WINDOWS, WindowRecord).get(window_key(asked.plan, asked.day))
    routes = ctx.documents(records.ROUTES, RouteRecord)
    route = None if held is None else await routes.get(held.body.window.route)
    if held is None or route is None:
        raise NotFound.saying(
            "WINDOW_UNKNOWN",
            zh="计划 {plan} 在 {day} 没有作业时段。",
            en="The plan {plan} has no window on {day}.",
            plan=asked.plan,
            day=asked.day.isoformat(),
        )
    results = results_of(route.body.segments, held.body, city_of(ctx.settings).share)
    return outputs.window_detailed(held.body, results)


@road_sweeping.operation(title_zh="漏扫列表", title_en="Misses")
async def misses(ctx: Context, asked: inputs.MissesAsked) -> outputs.Misses:
    """List what was not swept as planned, the last days first, and where the cases stand."""
    where = {**_days(asked), **({"district": asked.district} if asked.district else {})}
    page = await ctx.documents(records.MISSES, MissRecord).query(
        where, order_by="day", descending=True, limit=asked.limit, after=asked.after
    )
    return outputs.Misses(misses=tuple(outputs.miss_shown(each) for each in page.items), next=page.next)


@road_sweeping.operation(title_zh="区县评分", title_en="Scores")
async def scores(ctx: Context, asked: inputs.ScoresAsked) -> outputs.Scores:
    """Tell how districts did in a period, by the windows that were judged, the best first."""
    weights = city_of(ctx.settings).weights
    found: dict[str, list[Tally]] = {}
    after, read = "", 0
    while True:
        page = await ctx.documents(records.TALLIES, TallyRecord).query(
            _days(asked), order_by="day", limit=PAGE, after=after
        )
        for each in page.items:
            found.setdefault(each.body.district, []).append(each.body.tally)
        read += len(page.items)
        if page.next is None:
            break
        if read >= SUMS_MOST:
            raise Exhausted.saying(
                "PERIOD_TOO_LARGE",
                zh="统计数据过多，请缩短时间段。",
                en="There are too many sums: ask for fewer days.",
                most=SUMS_MOST,
            )
        after = page.next
    wanted = {district: total(each) for district, each in found.items() if asked.district in ("", district)}
    return outputs.scores_shown([(district, each, score_of(each, weights)) for district, each in wanted.items()])


def _days(asked: inputs.Period) -> dict[str, str | Between]:
    """The days of a period. Raises Invalid for one that ends before it begins, or is too long."""
    if not timedelta() <= asked.last_day - asked.first_day < timedelta(days=DAYS_MOST):
        raise Invalid.saying(
            "PERIOD_MALFORMED",
            zh="时间段须先后有序，至多 {most} 天。",
            en="A period has its days in order, and {most} of them at the most.",
            most=DAYS_MOST,
        )
    return {"day": Between(least=asked.first_day.isoformat(), most=asked.last_day.isoformat())}
