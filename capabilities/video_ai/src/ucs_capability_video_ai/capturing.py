"""When a plan has pictures taken: a preset, an interval, the hours of the day and the days of the week, in China Standard Time.

Pure functions; moments are aware.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

from ucs_sdk.calendar import CHINA_STANDARD_TIME

SECONDS_LEAST, SECONDS_MOST = 1, 86_400
"""The shortest and the longest time between two pictures."""

WINDOWS_MOST = 6
"""How many stretches of a day one plan may name."""

RISK_MOST = 100.0
"""The heaviest that a plan may weigh against others; 1 is usual."""

_DAY = timedelta(days=1)


class CaptureWindow(BaseModel):
    """A stretch of the day; one that ends before it begins, or when it does, goes over midnight."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    begins: time = Field(title="开始", description="From when, in China Standard Time", examples=["07:00"])
    ends: time = Field(title="结束", description="Until when; that moment is not in it", examples=["09:00"])

    @field_validator("begins", "ends")
    @classmethod
    def _without_zone(cls, value: time) -> time:
        if value.tzinfo is not None:
            raise ValueError("times of the day have no zone: they are China Standard Time")
        return value

    def of_day(self, midnight: datetime) -> tuple[datetime, datetime]:
        """When it begins on a day, and when it is over."""
        begins = datetime.combine(midnight.date(), self.begins, CHINA_STANDARD_TIME)
        ends = datetime.combine(midnight.date(), self.ends, CHINA_STANDARD_TIME)
        return begins, ends if ends > begins else ends + _DAY


class CapturePlan(BaseModel):
    """Which algorithms look at which preset of a camera, how often and when."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(
        pattern=r"^[a-z][a-z0-9_]{0,39}$", title="计划名", description="The plan's name", examples=["rain"]
    )
    preset: int = Field(
        default=0, ge=0, le=255, title="预置位", description="The preset; 0 is wherever it looks", examples=[0]
    )
    algorithms: tuple[Annotated[str, Field(min_length=1, max_length=41)], ...] = Field(
        min_length=1, max_length=16, title="算法", description="Names of the store", examples=[["standing_water"]]
    )
    seconds: int = Field(
        ge=SECONDS_LEAST,
        le=SECONDS_MOST,
        title="间隔（秒）",
        description="How many seconds lie between two pictures",
        examples=[60],
    )
    windows: tuple[CaptureWindow, ...] = Field(
        default=(), max_length=WINDOWS_MOST, title="时段", description="When; always if none is named", examples=[[]]
    )
    weekdays: tuple[int, ...] = Field(
        default=(),
        max_length=7,
        title="星期",
        description="Days on which a stretch begins, Monday is 0; every day if none is named",
        examples=[[]],
    )
    risk: float = Field(
        default=1.0,
        gt=0,
        le=RISK_MOST,
        title="风险权重",
        description="What a finding of it is worth against those of others",
        examples=[1.0],
    )

    @field_validator("algorithms")
    @classmethod
    def _names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) < len(value):
            raise ValueError("each algorithm once")
        return value

    @field_validator("weekdays")
    @classmethod
    def _days(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if len(set(value)) < len(value) or any(not 0 <= each <= 6 for each in value):
            raise ValueError("each day once, 0 (Monday) to 6")
        return value


def is_open(plan: CapturePlan, moment: datetime) -> bool:
    """Whether a plan wants pictures at a moment."""
    return _opening(plan, moment) == moment


def next_due(plan: CapturePlan, last: datetime | None, now: datetime) -> datetime | None:
    """When the next picture is due: not before now. None when the plan never wants one.

    What was missed is not made up for: a picture of then cannot be taken any more.
    """
    earliest = now if last is None else max(now, last + timedelta(seconds=plan.seconds))
    return _opening(plan, earliest)


def _opening(plan: CapturePlan, moment: datetime) -> datetime | None:
    """The first moment from this one on at which a plan wants pictures."""
    if not plan.windows and not plan.weekdays:
        return moment
    here = moment.astimezone(CHINA_STANDARD_TIME)
    midnight = datetime.combine(here.date(), time(), CHINA_STANDARD_TIME)
    windows = plan.windows or (CaptureWindow(begins=time(), ends=time()),)
    found: list[datetime] = []
    # From yesterday, whose last stretch may go over midnight, to the same day of next week.
    for offset in range(-1, 8):
        day = midnight + _DAY * offset
        if plan.weekdays and day.weekday() not in plan.weekdays:
            continue
        for begins, ends in (each.of_day(day) for each in windows):
            if ends > here:
                found.append(max(begins, here))
    return min(found).astimezone(moment.tzinfo) if found else None
