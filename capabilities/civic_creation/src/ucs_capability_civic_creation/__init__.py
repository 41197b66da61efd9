"""Civic-city creation: indicators, inspections, rectification, and scores that can be reproduced at any past date.

The rules are pure and stand apart: `indicator_tree`, `assessing` (what holds at a date), `scoring`, `rectifying`, `drawing` and
`detecting`. What is kept is in `records`; the operations are in `register`, `inspecting`, `standing`, `correcting` and `cameras`.
"""

from ucs_capability_civic_creation import (
    cameras,
    correcting,
    handlers,
    hearing,
    inspecting,
    register,
    schedules,
    shown,
    standing,
)
from ucs_capability_civic_creation.capability import civic
from ucs_capability_civic_creation.configured import check_settings
from ucs_capability_civic_creation.records import EDITIONS, EditionRecord
from ucs_sdk import Capability, Context, Health, hookimpl

__all__ = [
    "cameras",
    "correcting",
    "handlers",
    "hearing",
    "inspecting",
    "register",
    "schedules",
    "shown",
    "standing",
]


@hookimpl
def ucs_capabilities() -> list[Capability]:
    """What this plugin contributes."""
    return [civic]


@hookimpl
def ucs_started(ctx: Context) -> None:
    """Refuse to begin with settings that make no sense."""
    check_settings(ctx.settings)


@hookimpl
async def ucs_health(ctx: Context) -> Health:
    """Whether the edition that is set as in force is there."""
    code = ctx.settings["edition"]
    if not code or await ctx.documents(EDITIONS, EditionRecord).get(code) is not None:
        return Health(ok=True)
    return Health(
        ok=False,
        zh=f"设置的现行指标版本 {code} 尚未发布，视频识别结果无法对应检查项",
        en=f"The edition {code} is set as in force and is not published: detections find no item",
    )
