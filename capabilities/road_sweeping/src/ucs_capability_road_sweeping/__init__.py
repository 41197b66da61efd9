"""Road sweeping: plans, vehicle tracks, what they cover, and what was missed."""

from ucs_capability_road_sweeping import handlers, looking, operations, records, schedules, shown
from ucs_capability_road_sweeping.capability import road_sweeping
from ucs_capability_road_sweeping.records import VehicleRecord
from ucs_capability_road_sweeping.rules import city_of
from ucs_sdk import Between, Capability, Context, Health, hookimpl

__all__ = ["handlers", "looking", "operations", "schedules", "shown"]

SILENT_MOST = 0.5
"""Of how many of the vehicles on duty nothing may have been heard before something is wrong."""


@hookimpl
def ucs_capabilities() -> list[Capability]:
    """What this plugin contributes."""
    return [road_sweeping]


@hookimpl
def ucs_started(ctx: Context) -> None:
    """Refuse to begin with settings that make no sense."""
    city_of(ctx.settings)


@hookimpl
async def ucs_health(ctx: Context) -> Health:
    """Whether most vehicles on duty are heard of."""
    vehicles = ctx.documents(records.VEHICLES, VehicleRecord)
    known = await vehicles.count({"on_duty": True})
    silent = await vehicles.count({"on_duty": True, "due": Between(most=ctx.clock.now().timestamp())})
    if silent <= known * SILENT_MOST:
        return Health(ok=True)
    return Health(
        ok=False,
        zh=f"{known} 辆在岗车辆中有 {silent} 辆没有轨迹",
        en=f"Of {known} vehicles on duty {silent} are not heard of",
    )
