"""Waterlogging: depths at points that flood, one event for each place, and what follows from it."""

from ucs_capability_waterlogging import broker, handlers, operations, records, schedules, shown
from ucs_capability_waterlogging.capability import waterlogging
from ucs_capability_waterlogging.colours import Colour
from ucs_capability_waterlogging.rules import rules_of
from ucs_sdk import Capability, Context, Health, hookimpl

__all__ = ["handlers", "operations", "schedules", "shown"]

UNKNOWN_MOST = 0.5
"""Of how many of the registered places nothing may be known before something is wrong."""


@hookimpl
def ucs_capabilities() -> list[Capability]:
    """What this plugin contributes."""
    return [waterlogging]


@hookimpl
def ucs_started(ctx: Context) -> None:
    """Refuse to begin with settings that make no sense."""
    rules_of(ctx.settings)


@hookimpl
async def ucs_health(ctx: Context) -> Health:
    """Whether most of the registered places are measured."""
    coloured = await records.places_of(ctx).counts("colour", {"registered": True})
    known, silent = sum(coloured.values()), coloured.get(Colour.UNKNOWN.value, 0)
    if silent <= known * UNKNOWN_MOST:
        return Health(ok=True)
    return Health(
        ok=False,
        zh=f"{known} 个登记点位中有 {silent} 个没有可信读数",
        en=f"Of {known} registered places {silent} have no reading that is believed",
    )


@hookimpl
async def ucs_run(ctx: Context) -> None:
    """Listen to the broker of MQTT, where one is set."""
    await broker.listen(ctx)
