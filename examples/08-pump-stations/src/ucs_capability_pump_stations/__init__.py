"""Pump stations: a plugin that uses every hook, each for what it is there for."""

from pydantic import BaseModel, Field

from ucs_sdk import (
    Capability,
    Change,
    Context,
    Health,
    Objection,
    PublishedResource,
    ResourceKind,
    ResourceType,
    hookimpl,
)

TYPE = "pump_station"
LATE = 600.0
"""After how many seconds without a reading something is wrong."""


class Station(BaseModel):
    capacity: float = Field(
        gt=0, title="排水能力", description="What it can lift, in cubic metres per second", examples=[4.5]
    )


class Level(BaseModel):
    station: str = Field(max_length=40, title="泵站", description="The station's code", examples=["PS-07"])
    metres: float = Field(default=0, title="水位", description="Metres above the sill")


pumps = Capability("pump_stations", title_zh="排水泵站", title_en="Pump stations")
pumps.collection("levels", Level, title_zh="水位", title_en="Levels")


@pumps.operation(title_zh="水位", title_en="Level of a station")
async def level(ctx: Context, asked: Level) -> Level:
    """Say what a station's gauge showed last; nothing measured is a level of 0."""
    held = await ctx.documents("levels", Level).get(asked.station)
    return held.body if held else asked


@hookimpl
def ucs_capabilities() -> list[Capability]:
    return [pumps]


@hookimpl
def ucs_resource_types() -> list[ResourceType]:
    schema = {"type": "object", "properties": {"capacity": {"type": "number"}}, "required": ["capacity"]}
    kind = ResourceKind.INFRASTRUCTURE
    return [ResourceType(id=TYPE, kind=kind, title_zh="排水泵站", title_en="Pump station", schema=schema)]


@hookimpl
def ucs_resources() -> list[PublishedResource]:
    spec = {"capacity": 4.5}
    kind = ResourceKind.INFRASTRUCTURE
    return [PublishedResource(code="PS-07", kind=kind, type=TYPE, title_zh="七号泵站", title_en="Station 7", spec=spec)]


@hookimpl
def ucs_admit(change: Change) -> list[Objection]:
    lifts = change.after.get("spec", {}).get("capacity", 1)
    if change.type != TYPE or lifts > 0:
        return []
    return [Objection(path="spec.capacity", zh="排水能力须大于 0", en="a pump station lifts more than nothing")]


@hookimpl
async def ucs_started(ctx: Context) -> None:
    await measure(ctx, "PS-07", 0.0)


@hookimpl
async def ucs_run(ctx: Context) -> None:
    metres = 0.0
    while True:
        await ctx.clock.sleep(ctx.settings["every"])
        # Stands for a gauge: the water rises a centimetre at a time.
        metres = round(metres + 0.01, 2)
        await measure(ctx, "PS-07", metres)


@hookimpl
async def ucs_health(ctx: Context) -> Health:
    held = await ctx.documents("levels", Level).get("PS-07")
    if held and (ctx.clock.now() - held.changed_at).total_seconds() < LATE:
        return Health(ok=True)
    return Health(ok=False, zh="七号泵站已十分钟没有读数", en="Station 7 has not reported for ten minutes")


@hookimpl
def ucs_stopping(ctx: Context) -> None:
    ctx.log.info("pump stations are no longer read")


async def measure(ctx: Context, station: str, metres: float) -> None:
    """Keep a reading."""
    async with ctx.unit() as unit:
        unit.documents("levels", Level).put(station, Level(station=station, metres=metres))
