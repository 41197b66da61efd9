"""The case centre: one closed loop for whatever a city has to see to, from the report to the closed case.

The rules are pure and stand apart: `transitions` (who may do what), `clocks` and `timing`, `dispatching`, `merging`,
`conditions`, `scores`. What is kept is in `records`, what arrives in `intake`, what people do in `desk`.
"""

from __future__ import annotations

from datetime import timedelta

# Importing these modules declares their operations.
from ucs_capability_case_center import configured, desk, evaluation, rulebook, upkeep
from ucs_capability_case_center.center import center
from ucs_sdk import Capability, Context, Health, OutOfRange, hookimpl

__all__ = ["center", "desk", "evaluation", "rulebook", "upkeep"]

AHEAD = timedelta(days=30)
"""So far ahead holidays have to be known: limits are longer than that in few cities."""


@hookimpl
def ucs_capabilities() -> list[Capability]:
    """The case centre."""
    return [center]


@hookimpl
async def ucs_started(ctx: Context) -> None:
    """Refuse to start with a catalogue, hours or weights that are wrong."""
    configured.catalogue(ctx)
    configured.calendar(ctx)
    configured.weights(ctx)


@hookimpl
async def ucs_health(ctx: Context) -> Health:
    """The clocks need a calendar that goes beyond the limits."""
    now = ctx.clock.now()
    try:
        configured.calendar(ctx).between(now, now + AHEAD)
    except OutOfRange:
        return Health(
            ok=False,
            zh="未来三十天内有日期没有放假安排，工作时限暂不能计算",
            en="No holiday notice covers the next thirty days: limits in working time cannot be read",
        )
    return Health(ok=True)
