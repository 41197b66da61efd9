"""Rain history: a plugin with a table of its own, for what records cannot answer: sums over many readings."""

from pydantic import BaseModel, Field
from sqlalchemy import Column, Float, Index, MetaData, Table, Text, func, select

from ucs_sdk import Capability, Context, hookimpl

metadata = MetaData()
readings = Table(
    "readings",
    metadata,
    Column("gauge", Text, primary_key=True),
    # In UTC, as ISO 8601 writes it: so its order is that of time.
    Column("at", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("mm", Float, nullable=False),
    Index("by_time", "at"),
)


class Reading(BaseModel):
    gauge: str = Field(max_length=40, title="雨量站", description="The gauge's code", examples=["R07"])
    mm: float = Field(
        ge=0, title="雨量", description="What fell since the last reading, in millimetres", examples=[12.5]
    )


class Since(BaseModel):
    at: str = Field(
        default="",
        max_length=40,
        title="起始时间",
        description="From when on, in UTC",
        examples=["2026-07-01T00:00:00"],
    )


class Total(BaseModel):
    gauge: str = Field(title="雨量站", description="The gauge's code", examples=["R07"])
    mm: float = Field(title="累计雨量", description="Millimetres altogether", examples=[31.0])
    readings: int = Field(title="次数", description="How many readings", examples=[3])


class Totals(BaseModel):
    totals: list[Total] = Field(title="各站累计", description="The wettest gauge first", examples=[[]])


rain = Capability("rain_history", title_zh="雨量历史", title_en="Rain history")
rain.tables(metadata)


@rain.operation(title_zh="记录雨量", title_en="Keep a reading", effect="write")
async def keep(ctx: Context, asked: Reading) -> Reading:
    """Keep what a gauge has measured; it belongs to the organisation of whoever tells it."""
    at = ctx.clock.now().strftime("%Y-%m-%dT%H:%M:%S")
    async with ctx.unit() as unit:
        unit.sql.put(readings, {"gauge": asked.gauge, "at": at, "owner": ctx.caller.organization, "mm": asked.mm})
    return asked


@rain.operation(title_zh="累计雨量", title_en="Totals by gauge")
async def totals(ctx: Context, asked: Since) -> Totals:
    """Add up what the gauges have measured, as far as the caller may see their readings."""
    fallen = func.sum(readings.c.mm)
    rows = await ctx.sql.all(
        select(readings.c.gauge, fallen.label("mm"), func.count().label("readings"))
        .where(ctx.visible(readings.c.owner), readings.c.at >= asked.at)
        .group_by(readings.c.gauge)
        .order_by(fallen.desc(), readings.c.gauge)
        .limit(100)
    )
    return Totals(totals=[Total(gauge=row.gauge, mm=row.mm, readings=row.readings) for row in rows])


@hookimpl
def ucs_capabilities() -> list[Capability]:
    return [rain]
