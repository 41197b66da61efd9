"""The rules as an administrator has set them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from ucs_capability_video_ai.addresses import read_networks
from ucs_capability_video_ai.incidents import Rules
from ucs_capability_video_ai.supervision import Patience
from ucs_sdk import Invalid

POSITIVE = (
    "hits",
    "within_minutes",
    "quiet_minutes",
    "near_metres",
    "judged_least",
    "pictures_each_minute",
    "streams_open",
    "dead_seconds",
    "stuck_seconds",
)
"""Settings that make no sense unless they are more than nothing."""

SHARES = ("least_confidence", "least_precision")
"""Settings that lie between 0 and 1."""


def check_settings(settings: Mapping[str, Any]) -> None:
    """Refuse settings that make no sense. Raises Invalid."""
    wrong = [name for name in POSITIVE if not settings[name] > 0]
    wrong += [name for name in SHARES if not 0 <= settings[name] <= 1]
    wrong += [] if settings["vetoed_hours"] >= 0 else ["vetoed_hours"]
    for name in wrong:
        raise _wrong(name, settings[name])
    case_types(settings)
    read_networks(settings["stream_networks"])


def rules_of(settings: Mapping[str, Any]) -> Rules:
    """What makes an incident."""
    return Rules(
        hits=settings["hits"],
        within=timedelta(minutes=settings["within_minutes"]),
        quiet=timedelta(minutes=settings["quiet_minutes"]),
        near_metres=settings["near_metres"],
        vetoed=timedelta(hours=settings["vetoed_hours"]),
        least_confidence=settings["least_confidence"],
    )


def patience_of(settings: Mapping[str, Any]) -> Patience:
    """After how long a fault of a stream is one."""
    return Patience(
        dead=timedelta(seconds=settings["dead_seconds"]), stuck=timedelta(seconds=settings["stuck_seconds"])
    )


def case_types(settings: Mapping[str, Any]) -> dict[str, str]:
    """Which type of case a label asks for. Raises Invalid for what is not `label=type`."""
    pairs = [each.partition("=") for each in settings["case_types"].split(",") if each.strip()]
    if any(not label.strip() or not kind.strip() for label, _, kind in pairs):
        raise _wrong("case_types", settings["case_types"])
    return {label.strip(): kind.strip() for label, _, kind in pairs}


def _wrong(name: str, value: object) -> Invalid:
    return Invalid.saying(
        "SETTING_WRONG",
        zh="设置 {name} 的值 {value} 不合理。",
        en="The setting {name} cannot be {value}.",
        name=name,
        value=str(value)[:80],
    )
