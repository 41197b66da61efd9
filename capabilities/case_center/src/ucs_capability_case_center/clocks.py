"""Limits, the clocks that run against them, and their lights. Pure functions of their arguments.

A clock counts time of one kind: all time, or the working hours of a calendar. It stops while a case is suspended. A working
day is as many working hours as a day of the calendar has: one that begins on a Tuesday at ten is over on Wednesday at ten,
if both are worked. That is the kind of counting that can be stopped and gone on with anywhere.

What no notice says about a day is not guessed: `spent` and `reaches` raise OutOfRange (HOLIDAYS_UNKNOWN) there.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ucs_capability_case_center.vocabulary import LimitUnit, TimeLight
from ucs_sdk.calendar import WorkCalendar

YELLOW_FROM = 0.8
"""The light is yellow from the very moment at which 80 % of a limit have passed."""

RED_BEYOND = 1.0
"""The light is red as soon as more than the whole limit has passed: what is done at the last moment is done on time."""

AMOUNT_MOST = 3_650
"""The largest amount of a limit or an extension, in its unit."""

_SECONDS = {LimitUnit.MINUTE: 60, LimitUnit.HOUR: 3_600, LimitUnit.DAY: 86_400, LimitUnit.WORKING_HOUR: 3_600}


class Limit(BaseModel):
    """How long something may take (时限)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    amount: Annotated[float, Field(gt=0, le=AMOUNT_MOST, allow_inf_nan=False)] = Field(
        title="时限数值", description="How many of the unit", examples=[4]
    )
    unit: LimitUnit = Field(title="时限单位", description="What it is counted in", examples=["working_hour"])

    def seconds(self, calendar: WorkCalendar) -> float:
        """How many seconds of the limit's kind of time it has."""
        if self.unit is LimitUnit.WORKING_DAY:
            return self.amount * day_of(calendar).total_seconds()
        return self.amount * _SECONDS[self.unit]


class Stretch(BaseModel):
    """A time during which a clock ran, or has run since."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: AwareDatetime
    end: AwareDatetime | None = None


class Clock(BaseModel):
    """A clock that runs against a limit: when it ran, and what was added to the limit, in seconds of its kind.

    It keeps moments and not what has passed, so that it can be stopped on a day of which no notice speaks yet: what has
    passed is known as soon as the calendar is.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    limit: Limit
    stretches: tuple[Stretch, ...]
    extra: float = 0.0

    @property
    def runs(self) -> bool:
        """Whether it runs."""
        return self.stretches[-1].end is None


def day_of(calendar: WorkCalendar) -> timedelta:
    """The working time of one whole day."""
    midnight = datetime.min
    stretches = [datetime.combine(midnight, end) - datetime.combine(midnight, start) for start, end in calendar.hours]
    return sum(stretches, timedelta())


def started(limit: Limit, at: datetime) -> Clock:
    """A clock that begins to run."""
    return Clock(limit=limit, stretches=(Stretch(start=at),))


def stopped(clock: Clock, at: datetime) -> Clock:
    """The clock, standing from a moment on; one that stands goes on standing."""
    if not clock.runs:
        return clock
    *before, last = clock.stretches
    # A clock on another machine may be behind the one that started it.
    return clock.model_copy(update={"stretches": (*before, Stretch(start=last.start, end=max(at, last.start)))})


def resumed(clock: Clock, at: datetime) -> Clock:
    """The clock, running on from a moment on; one that runs goes on running."""
    return clock if clock.runs else clock.model_copy(update={"stretches": (*clock.stretches, Stretch(start=at))})


def extended(clock: Clock, by: Limit, calendar: WorkCalendar) -> Clock:
    """The clock with more time. The extension is counted in the limit's kind of time: an hour more of working time is one."""
    return clock.model_copy(update={"extra": clock.extra + by.seconds(calendar)})


def spent(clock: Clock, at: datetime, calendar: WorkCalendar) -> float:
    """How many seconds have passed by a moment, without those in which it stood."""
    return sum(_length(clock, each.start, each.end or at, calendar) for each in clock.stretches)


def fraction(clock: Clock, at: datetime, calendar: WorkCalendar) -> float:
    """Which part of the limit has passed by a moment; more than 1 is late."""
    return spent(clock, at, calendar) / _whole(clock, calendar)


def light(clock: Clock, at: datetime, calendar: WorkCalendar) -> TimeLight:
    """The light of a clock at a moment."""
    part = fraction(clock, at, calendar)
    if has_passed(part, RED_BEYOND):
        return TimeLight.RED
    return TimeLight.YELLOW if has_passed(part, YELLOW_FROM) else TimeLight.GREEN


def has_passed(part: float, of: float) -> bool:
    """Whether a part of a limit has passed: below the whole limit with its very moment, from the whole on just after it."""
    return part > of if of >= RED_BEYOND else part >= of


def reaches(clock: Clock, part: float, calendar: WorkCalendar) -> datetime | None:
    """When this part of the limit has passed, if the clock runs on; None when it stands. Part 1 is when it is due.

    A part that had passed before the clock last started is told as the moment at which it started.
    """
    *before, last = clock.stretches
    if last.end is not None:
        return None
    passed = sum(_length(clock, each.start, each.end or each.start, calendar) for each in before)
    left = timedelta(seconds=max(0.0, part * _whole(clock, calendar) - passed))
    return calendar.after(last.start, left) if clock.limit.unit.is_working else last.start + left


def _length(clock: Clock, start: datetime, end: datetime, calendar: WorkCalendar) -> float:
    if end <= start:
        return 0.0
    return (calendar.between(start, end) if clock.limit.unit.is_working else end - start).total_seconds()


def _whole(clock: Clock, calendar: WorkCalendar) -> float:
    return clock.limit.seconds(calendar) + clock.extra
