"""What an administrator has set: catalogue, working hours, weights. Raises Invalid that names the setting."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from functools import lru_cache
from typing import Any

from pydantic import ValidationError

from ucs_capability_case_center.case_types import CaseTypes, case_types
from ucs_capability_case_center.scores import Weights
from ucs_sdk import Context, Invalid
from ucs_sdk.calendar import WorkCalendar, national_holidays

CALENDARS_MOST = 8
"""How many calendars are remembered; a platform uses one."""


def catalogue(ctx: Context) -> CaseTypes:
    """The catalogue of case types."""
    return case_types(str(ctx.settings["case_types"]))


def calendar(ctx: Context) -> WorkCalendar:
    """The working hours that are set, and the holidays that are known."""
    return _calendar(str(ctx.settings["working_hours"]))


def weights(ctx: Context) -> Weights:
    """What a unit's score is made of."""
    stated: Mapping[str, Any] = ctx.settings
    names = ("closing", "on_time", "rework", "volume", "volume_full")
    try:
        return Weights(**{name: stated[f"score_{name}"] for name in names})
    except ValidationError as cause:
        raise _wrong("score_*", cause.errors()[0]["msg"]) from cause


@lru_cache(maxsize=CALENDARS_MOST)
def _calendar(stated: str) -> WorkCalendar:
    try:
        stretches = [part.split("-") for part in stated.replace(" ", "").split(",")]
        hours = tuple((time.fromisoformat(start), time.fromisoformat(end)) for start, end in stretches)
        return WorkCalendar(hours=hours, years=national_holidays())
    except ValueError as cause:
        raise _wrong("working_hours", repr(stated[:80])) from cause


def _wrong(setting: str, said: str) -> Invalid:
    return Invalid.saying(
        "SETTING_WRONG",
        zh="设置 {path} 有误：{said}",
        en="The setting {path} is wrong: {said}",
        path=setting,
        said=said,
    )
