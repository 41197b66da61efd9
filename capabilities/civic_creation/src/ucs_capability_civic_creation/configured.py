"""The settings, and which of them make sense."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ucs_sdk import Invalid

BOUNDS: Mapping[str, tuple[float, float]] = {
    "rectify_days": (0.01, 365.0),
    # Points are looked for in the cell of a detection and in those around it, which reach 130 m anywhere in China.
    "near_metres": (1.0, 130.0),
    "visit_metres": (1.0, 10_000.0),
    "confidence_least": (0.0, 1.0),
    "quiet_hours": (0.0, 8_760.0),
    "answers_least": (1.0, 1_000_000.0),
    "settled_seconds": (0.0, 86_400.0),
}
"""Between what the settings must lie, both ends included."""


def check_settings(settings: Mapping[str, Any]) -> None:
    """Raise Invalid for the first setting that lies out of its bounds."""
    for name, (least, most) in BOUNDS.items():
        if not least <= settings[name] <= most:
            raise Invalid.saying(
                "SETTING_OUT_OF_BOUNDS",
                zh="设置 {name} 须在 {least} 到 {most} 之间，现为 {value}。",
                en="The setting {name} must lie between {least} and {most}, and is {value}.",
                name=name,
                least=f"{least:g}",
                most=f"{most:g}",
                value=settings[name],
            )
