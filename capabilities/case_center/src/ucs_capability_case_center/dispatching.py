"""Dispatch rules: which unit a case goes to, by type, region and time; and how often the first unit was the right one.

Of all rules that fit, the most particular one decides: first the one that names the type over one for all types, then the
one with the longest region, then one for certain hours over one for always. Where two are as particular as each other and
name different units, nobody is chosen: a person decides, and is told why.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time
from enum import StrEnum
from typing import NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ucs_sdk.calendar import CHINA_STANDARD_TIME, WorkCalendar
from ucs_sdk.errors import OutOfRange

ANY_TYPE = "*"
"""Stands for every case type."""


class Days(StrEnum):
    """On which days a rule holds."""

    ALL = "all"
    WORKED = "worked"
    FREE = "free"


class DispatchRule(BaseModel):
    """Cases of a type in a region go to a unit, always or within certain hours of certain days.

    `region` is the beginning of a division's code: six digits stand for a district and all within it; an empty one stands
    for the whole city. Hours are those of China, from the first until before the second; a night goes over midnight.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", title="规则编号", description="The rule's id", examples=["shinan-water"]
    )
    case_type: str = Field(
        default=ANY_TYPE,
        pattern=r"^(\*|[a-z][a-z0-9_]{1,40})$",
        title="案件类型",
        description="The code of a case type, or * for all",
        examples=["road_waterlogging"],
    )
    region: str = Field(
        default="",
        pattern=r"^[0-9]{0,12}$",
        title="区划前缀",
        description="The beginning of a division's code",
        examples=["370202"],
    )
    unit: str = Field(
        min_length=1, max_length=100, title="处置单位", description="An organisation's id", examples=["drains"]
    )
    days: Days = Field(default=Days.ALL, title="适用日", description="On which days: all, worked or free")
    start: time | None = Field(default=None, title="起始时刻", description="From this time of the day on")
    end: time | None = Field(default=None, title="截止时刻", description="Until before this time of the day")

    @model_validator(mode="after")
    def _hours_are_two(self) -> Self:
        if (self.start is None) != (self.end is None) or (self.start is not None and self.start == self.end):
            raise ValueError("start and end belong together, and differ")
        return self

    @property
    def rank(self) -> tuple[bool, int, bool]:
        """How particular it is; the greater one decides."""
        return self.case_type != ANY_TYPE, len(self.region), self.days is not Days.ALL or self.start is not None


class Reason(StrEnum):
    """Why a case was dispatched as it was, or waits at the desk."""

    RULE = "rule"
    NO_RULE = "no_rule"
    RULES_DISAGREE = "rules_disagree"
    CALENDAR_UNKNOWN = "calendar_unknown"
    TYPE_UNKNOWN = "type_unknown"


class Choice(NamedTuple):
    """The unit that rules chose, or None; by which rules, and why."""

    unit: str | None
    reason: Reason
    rules: tuple[str, ...] = ()


def choose(rules: Iterable[DispatchRule], case_type: str, region: str, at: datetime, calendar: WorkCalendar) -> Choice:
    """The unit that a case goes to.

    A rule for worked or free days decides nothing on a day of which nobody knows which it is; only when it would have been
    the most particular one does a person have to decide.
    """
    here = [rule for rule in rules if rule.case_type in (case_type, ANY_TYPE) and region.startswith(rule.region)]
    for rank in sorted({rule.rank for rule in here}, reverse=True):
        level = [rule for rule in here if rule.rank == rank]
        try:
            fitting = [rule for rule in level if _holds_at(rule, at, calendar)]
        except OutOfRange:
            return Choice(None, Reason.CALENDAR_UNKNOWN, tuple(sorted(rule.id for rule in level)))
        if fitting:
            ids = tuple(sorted(rule.id for rule in fitting))
            units = {rule.unit for rule in fitting}
            return (
                Choice(units.pop(), Reason.RULE, ids) if len(units) == 1 else Choice(None, Reason.RULES_DISAGREE, ids)
            )
    return Choice(None, Reason.NO_RULE)


def _holds_at(rule: DispatchRule, at: datetime, calendar: WorkCalendar) -> bool:
    here = at.astimezone(CHINA_STANDARD_TIME)
    if rule.start is not None and rule.end is not None:
        over_midnight = rule.end < rule.start
        within = rule.start <= here.time() or here.time() < rule.end
        if not (within if over_midnight else rule.start <= here.time() < rule.end):
            return False
    return rule.days is Days.ALL or calendar.is_worked(here.date()) == (rule.days is Days.WORKED)


def was_right_at_first(dispatched_to: Iterable[str]) -> bool:
    """Whether a case that was handled had been dispatched to one unit only, the one that handled it (准确派遣)."""
    return len(set(dispatched_to)) == 1


def accuracy(right: int, judged: int) -> float | None:
    """The share of first dispatches that were right, of those that can be judged; None when none can (准确派遣率)."""
    return right / judged if judged else None
