"""The rules as an administrator has set them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from ucs_capability_waterlogging.colours import Thresholds
from ucs_capability_waterlogging.fusion import Weighing
from ucs_capability_waterlogging.places import Rules
from ucs_capability_waterlogging.sensors import Limits
from ucs_sdk.errors import Invalid

POSITIVE = (
    "critical_cm",
    "most_cm",
    "stale_minutes",
    "stuck_minutes",
    "dry_minutes",
    "silent_minutes",
    "near_metres",
    "device_per_minute",
)
"""Settings that make no sense unless they are more than nothing."""

NEAR_MOST = 2_000.0
"""How far off in metres a place may be that a report is put to, at most: whatever lies within is looked at."""


def rules_of(settings: Mapping[str, Any]) -> Rules:
    """The rules by the settings. Raises Invalid for settings that make no sense together."""
    for name in POSITIVE:
        if not settings[name] > 0:
            raise Invalid.saying(
                "SETTING_NOT_POSITIVE",
                zh="设置 {name} 须大于 0，现为 {value}。",
                en="The setting {name} must be more than 0, and is {value}.",
                name=name,
                value=settings[name],
            )
    if settings["near_metres"] > NEAR_MOST:
        raise Invalid.saying(
            "SETTING_TOO_FAR",
            zh="设置 near_metres 不得大于 {most}，现为 {value}。",
            en="The setting near_metres must be {most} at most, and is {value}.",
            most=NEAR_MOST,
            value=settings["near_metres"],
        )
    return Rules(
        thresholds=Thresholds(
            wet=settings["wet_cm"],
            red=settings["red_cm"],
            red_includes=settings["red_includes"],
            wet_band=settings["wet_band_cm"],
            red_band=settings["red_band_cm"],
        ),
        limits=Limits(
            most=settings["most_cm"],
            stale=timedelta(minutes=settings["stale_minutes"]),
            stuck=timedelta(minutes=settings["stuck_minutes"]),
        ),
        weighing=Weighing(
            critical=settings["critical_cm"],
            dry=timedelta(minutes=settings["dry_minutes"]),
            silent=timedelta(minutes=settings["silent_minutes"]),
        ),
    )
