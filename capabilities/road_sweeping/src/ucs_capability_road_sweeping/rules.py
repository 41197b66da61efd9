"""The rules as an administrator has set them. Figures that a standard has and we could not read are assumptions, and say so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ucs_capability_road_sweeping.hours import Hours, hours_of
from ucs_capability_road_sweeping.scores import Weights, checked_weights
from ucs_capability_road_sweeping.segments import RoadLevel
from ucs_capability_road_sweeping.sweeping import Rules
from ucs_sdk.errors import Invalid

_BOUNDS = {
    "buffer_m": (1.0, 50.0),
    "slowest_kmh": (0.0, 100.0),
    "fastest_kmh": (0.1, 100.0),
    "gap_seconds": (1.0, 600.0),
    "believed_kmh": (10.0, 300.0),
    "covered_share": (0.01, 1.0),
    "grace_minutes": (0.0, 24 * 60.0),
    "finding_seconds": (1.0, 86_400.0),
    "silent_minutes": (1.0, 24 * 60.0),
    **{f"score_{each}": (0.0, 1_000.0) for each in ("coverage", "met", "faultless")},
    **{f"weight_{each.value}": (0.0, 1_000.0) for each in RoadLevel},
}
"""Between which figures a setting lies, both included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """All that a city says of its sweeping. `finding` is in seconds."""

    sweeping: Rules
    buffer: float
    share: float
    grace: timedelta
    finding: float
    silent: timedelta
    weights: Weights
    duty: Mapping[RoadLevel, Hours]


def city_of(settings: Mapping[str, Any]) -> City:
    """The rules by the settings. Raises Invalid for settings that make no sense."""
    for name, (least, most) in _BOUNDS.items():
        if not least <= settings[name] <= most:
            _refuse(name, settings[name], least, most)
    if settings["slowest_kmh"] > settings["fastest_kmh"]:
        _refuse("slowest_kmh", settings["slowest_kmh"], 0.0, settings["fastest_kmh"])
    return City(
        sweeping=Rules(
            slowest=settings["slowest_kmh"],
            fastest=settings["fastest_kmh"],
            gap=settings["gap_seconds"],
            believed=settings["believed_kmh"],
            peak=hours_of(settings["peak_hours"]),
        ),
        buffer=settings["buffer_m"],
        share=settings["covered_share"],
        grace=timedelta(minutes=settings["grace_minutes"]),
        finding=settings["finding_seconds"],
        silent=timedelta(minutes=settings["silent_minutes"]),
        weights=checked_weights(
            Weights(
                coverage=settings["score_coverage"],
                met=settings["score_met"],
                faultless=settings["score_faultless"],
                levels={each: settings[f"weight_{each.value}"] for each in RoadLevel},
            )
        ),
        duty={each: hours_of(settings[f"duty_{each.value}"]) for each in RoadLevel},
    )


def _refuse(name: str, value: float, least: float, most: float) -> None:
    raise Invalid.saying(
        "SETTING_OUT_OF_BOUNDS",
        zh="设置 {name} 须在 {least} 至 {most} 之间，现为 {value}。",
        en="The setting {name} must be between {least} and {most}, and is {value}.",
        name=name,
        value=value,
        least=least,
        most=most,
    )
