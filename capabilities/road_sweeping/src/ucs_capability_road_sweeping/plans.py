"""Plans: which vehicles sweep which segments, on which days of the week and within which hours, how many times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from pydantic import Field

from ucs_capability_road_sweeping.hours import Hours
from ucs_capability_road_sweeping.segments import Record, RoadLevel
from ucs_sdk.calendar import CHINA_STANDARD_TIME
from ucs_sdk.errors import Invalid

SEGMENTS_MOST = 200
"""How many segments a plan has at the most."""

VEHICLES_MOST = 10
"""How many vehicles a plan has at the most."""

PASSES_MOST = 6
"""How many times a segment is to be swept in one window, at the most."""

YEARS = range(2000, 2096)
"""In which years a plan begins: others are slips of the pen, and calendars end somewhere."""

STRETCHES_MOST = 400
"""How many segments times passes a plan has at the most, so that what is kept of a window stays within one record."""


class Plan(Record):
    """What is to be swept, by whom and when. Any of its vehicles counts. `end` is on the next day unless it is later."""

    code: str = Field(max_length=60)
    name: str = Field(max_length=80)
    vehicles: tuple[str, ...] = Field(min_length=1, max_length=VEHICLES_MOST)
    segments: tuple[str, ...] = Field(min_length=1, max_length=SEGMENTS_MOST)
    start: time
    end: time
    weekdays: tuple[int, ...] = Field(min_length=1, max_length=7)
    passes: int = Field(default=1, ge=1, le=PASSES_MOST)
    first_day: date
    last_day: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One day's window of a plan; a moment is within it from its start on and before its end."""

    day: date
    start: datetime
    end: datetime


def checked(plan: Plan) -> Plan:
    """The plan, if it makes sense. Raises Invalid for hours of no length, things named twice, and days that are none."""
    wrong = [
        path
        for path, is_wrong in (
            ("start", plan.start.tzinfo is not None or plan.end.tzinfo is not None),
            ("end", plan.start == plan.end),
            ("weekdays", len(set(plan.weekdays)) < len(plan.weekdays) or not set(plan.weekdays) <= set(range(1, 8))),
            ("vehicles", len(set(plan.vehicles)) < len(plan.vehicles)),
            ("segments", len(set(plan.segments)) < len(plan.segments)),
            ("first_day", plan.first_day.year not in YEARS),
            ("passes", len(plan.segments) * plan.passes > STRETCHES_MOST),
            ("last_day", plan.last_day is not None and plan.last_day < plan.first_day),
        )
        if is_wrong
    ]
    if wrong:
        raise Invalid.saying(
            "PLAN_MALFORMED",
            zh="计划 {plan} 的 {path} 有误：起止时间须不同且不带时区，星期为 1 至 7，各项不得重复，日期须有先后，"
            "路段数乘遍数至多 {most}。",
            en="{path} of the plan {plan} is wrong: hours have a length and no zone, days of the week are 1 to 7, nothing is "
            "named twice, days are in order and of this century, and segments times passes are {most} at the most.",
            plan=plan.code,
            path=wrong[0],
            most=STRETCHES_MOST,
        )
    return plan


def check_duty(plan: Plan, level: RoadLevel, duty: Hours) -> None:
    """Raise Invalid when the window of a plan is not within the hours on duty of a level."""
    if not duty.cover(plan.start, plan.end):
        raise Invalid.saying(
            "PLAN_OFF_DUTY",
            zh="计划 {plan} 的时段不在{level}道路的保洁时间内。",
            en="The hours of the plan {plan} are not within those on duty for roads of the level {level}.",
            plan=plan.code,
            level=level.value,
        )


def window_on(plan: Plan, day: date) -> Window | None:
    """The window of a plan that begins on a day, if there is one."""
    ends = plan.last_day is not None and day > plan.last_day
    if day < plan.first_day or ends or day.isoweekday() not in plan.weekdays:
        return None
    last = day if plan.start < plan.end else day + timedelta(days=1)
    return Window(
        day=day,
        start=datetime.combine(day, plan.start, CHINA_STANDARD_TIME),
        end=datetime.combine(last, plan.end, CHINA_STANDARD_TIME),
    )


def next_window(plan: Plan, after: datetime) -> Window | None:
    """The first window of a plan that has not ended at a moment; one that goes on counts. None when the plan has ended."""
    day = max(plan.first_day, after.astimezone(CHINA_STANDARD_TIME).date() - timedelta(days=1))
    # A week later every day of the week has come by, and the first of these may be over already.
    for offset in range(9):
        window = window_on(plan, day + timedelta(days=offset))
        if window is not None and window.end > after:
            return window
    return None
