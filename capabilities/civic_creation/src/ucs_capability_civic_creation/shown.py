"""What maps and boards show: where problems wait to be rectified, and how many."""

from __future__ import annotations

from ucs_capability_civic_creation.capability import civic
from ucs_capability_civic_creation.records import PAGE, RECTIFICATIONS, RectificationRecord
from ucs_capability_civic_creation.vocabulary import RectificationState
from ucs_sdk import Context
from ucs_sdk.shown import Feature, Features, Figure

SOURCE = "ucs-capability-civic-creation"

FEATURES_MOST = 5_000
"""How many problems the map shows; of more, those due first."""

_OPEN = {"state": RectificationState.OPEN.value}


@civic.layer(title_zh="待整改问题", title_en="Problems to be rectified")
async def problems(ctx: Context) -> Features:
    """Every problem that waits to be rectified, where the caller may see it."""
    features: list[Feature] = []
    after = ""
    while len(features) < FEATURES_MOST:
        held = ctx.documents(RECTIFICATIONS, RectificationRecord)
        page = await held.query(_OPEN, order_by="due", limit=PAGE, after=after)
        features += [feature_of(each.body) for each in page.items]
        if page.next is None:
            break
        after = page.next
    return Features(source=SOURCE, time=ctx.clock.now(), features=tuple(features[:FEATURES_MOST]))


def feature_of(record: RectificationRecord) -> Feature:
    """A rectification as a feature of GeoJSON, longitude first."""
    return Feature(
        id=record.id,
        geometry={"type": "Point", "coordinates": [record.longitude, record.latitude]},
        properties={
            "name": record.name,
            "title": record.title,
            "point": record.point,
            "unit": record.unit,
            "region": record.region,
            "severity": record.severity.value,
            "round": record.round,
            "due_at": record.due_at.isoformat(),
            "overdue": record.overdue,
        },
    )


@civic.indicator(title_zh="待整改问题数", title_en="Problems to be rectified", unit="处 problems")
async def to_rectify(ctx: Context) -> Figure:
    """How many problems wait to be rectified."""
    count = await ctx.documents(RECTIFICATIONS, RectificationRecord).count(_OPEN)
    return Figure(value=count, source=SOURCE, time=ctx.clock.now())


@civic.indicator(title_zh="整改超期问题数", title_en="Problems overdue", unit="处 problems")
async def overdue(ctx: Context) -> Figure:
    """How many of them were not rectified in time."""
    count = await ctx.documents(RECTIFICATIONS, RectificationRecord).count({**_OPEN, "overdue": True})
    return Figure(value=count, source=SOURCE, time=ctx.clock.now())
