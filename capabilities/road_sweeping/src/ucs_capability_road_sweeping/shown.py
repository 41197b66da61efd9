"""What maps and boards show: what was missed lately, and how far a day's work has come."""

from __future__ import annotations

from datetime import timedelta

from ucs_capability_road_sweeping import records
from ucs_capability_road_sweeping.capability import road_sweeping
from ucs_capability_road_sweeping.records import MissRecord, TallyRecord
from ucs_capability_road_sweeping.rules import city_of
from ucs_capability_road_sweeping.scores import Tally, score_of, total
from ucs_sdk import Between, Context
from ucs_sdk.calendar import CHINA_STANDARD_TIME
from ucs_sdk.shown import Feature, Features, Figure

SOURCE = "ucs-capability-road-sweeping"

FEATURES_MOST = 1_000
"""How many misses the map shows; of more, the last."""

SUMS_MOST = 1_000
"""How many sums of a day are read for a figure: more than a city has districts and organisations."""


@road_sweeping.layer(title_zh="漏扫地图", title_en="Map of what was missed")
async def missed(ctx: Context) -> Features:
    """What was missed today and yesterday, each where the longest stretch is left."""
    page = await ctx.documents(records.MISSES, MissRecord).query(
        {"day": Between(least=_day(ctx, ago=1))}, order_by="day", descending=True, limit=FEATURES_MOST
    )
    features = [
        Feature(
            id=each.key,
            geometry={"type": "Point", "coordinates": [each.body.miss.longitude, each.body.miss.latitude]},
            properties={
                "name": each.body.miss.name,
                "region": each.body.miss.region,
                "day": each.body.day,
                "verdict": each.body.miss.verdict.value,
                "verdict_zh": each.body.miss.verdict.title_zh,
                "planned_m": each.body.miss.planned,
                "swept_m": each.body.miss.swept,
                "case": each.body.miss.case or None,
            },
        )
        for each in page.items
    ]
    return Features(source=SOURCE, time=ctx.clock.now(), features=tuple(features))


@road_sweeping.indicator(title_zh="当日保洁覆盖率", title_en="Sweeping coverage of the day", unit="%")
async def sweeping_coverage(ctx: Context) -> Figure:
    """Which share of what was planned in today's judged windows was swept, in percent; 0 while none is judged."""
    score = score_of(await _today(ctx), city_of(ctx.settings).weights)
    return Figure(value=round(100 * score.coverage, 2) if score else 0.0, source=SOURCE, time=ctx.clock.now())


@road_sweeping.indicator(title_zh="当日漏扫路段", title_en="Segments missed today", unit="段 segments")
async def segments_missed(ctx: Context) -> Figure:
    """Of how many segments in today's judged windows nothing was swept."""
    return Figure(value=(await _today(ctx)).missed, source=SOURCE, time=ctx.clock.now())


async def _today(ctx: Context) -> Tally:
    page = await ctx.documents(records.TALLIES, TallyRecord).query({"day": _day(ctx)}, limit=SUMS_MOST)
    return total(each.body.tally for each in page.items)


def _day(ctx: Context, *, ago: int = 0) -> str:
    """A day in China, so many days ago."""
    return (ctx.clock.now().astimezone(CHINA_STANDARD_TIME).date() - timedelta(days=ago)).isoformat()
