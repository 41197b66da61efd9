"""Working time: which days are worked, when something is due that has three working hours, how long somebody took.

Holidays are data. What no data says is refused (OutOfRange) and never guessed: a weekend may be worked, and a weekday off.
Pure functions of their arguments; moments are aware, and come back in China Standard Time.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cache
from importlib.resources import files
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from ucs_sdk.errors import Invalid, OutOfRange
from ucs_sdk.messages import Phrase
from ucs_sdk.vocabulary import Term

CHINA_STANDARD_TIME = timezone(timedelta(hours=8), "CST")
"""UTC+8 all the year; there has been no summer time since 1991."""

_NEXT_NOTICE = (12, 29)
"""From this day of December on, the notice for the next year may say otherwise, as that for 2019 did of 29 December 2018."""

_DAY = timedelta(days=1)


class DayKind(Term):
    """What a day is for those who work (日期类型)."""

    WORKDAY = "workday", "工作日", "Workday"
    MAKE_UP = "make_up", "调休上班日", "Worked instead of another day"
    WEEKEND = "weekend", "周末", "Weekend"
    HOLIDAY = "holiday", "节假日", "Holiday"


@dataclass(frozen=True, slots=True, kw_only=True)
class YearOfHolidays:
    """The days of one year that are not as the week has them: days off by name, and days worked instead."""

    notice: str
    off: Mapping[date, str]
    worked: frozenset[date]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkCalendar:
    """A calendar: which hours of the day are worked, which days of the week are not (Monday is 0), and the holidays.

    Raises Invalid for hours that are none, overlap or are not in order.
    """

    hours: Sequence[tuple[time, time]]
    years: Mapping[int, YearOfHolidays]
    weekend: frozenset[int] = frozenset({5, 6})

    def __post_init__(self) -> None:
        ends = [moment for stretch in self.hours for moment in stretch]
        if not ends or any(a >= b for a, b in pairwise(ends)):
            raise Invalid("FIELD_INVALID", path="hours", problem=Phrase("hours-not-in-order"))

    def kind_of(self, day: date) -> DayKind:
        """What a day is. Raises OutOfRange for a day that no notice speaks of yet."""
        year = self._year_of(day)
        if day in year.off:
            return DayKind.HOLIDAY
        if day.weekday() in self.weekend:
            return DayKind.MAKE_UP if day in year.worked else DayKind.WEEKEND
        return DayKind.WORKDAY

    def is_worked(self, day: date) -> bool:
        """Whether a day is worked."""
        return self.kind_of(day) in (DayKind.WORKDAY, DayKind.MAKE_UP)

    def is_open(self, moment: datetime) -> bool:
        """Whether a moment is within working hours; their end is not."""
        here = _here(moment)
        return any(start <= here < end for start, end in self.hours_of(here.date()))

    def hours_of(self, day: date) -> list[tuple[datetime, datetime]]:
        """The working hours of a day; none on days that are not worked."""
        if not self.is_worked(day):
            return []
        return [
            (datetime.combine(day, start, CHINA_STANDARD_TIME), datetime.combine(day, end, CHINA_STANDARD_TIME))
            for start, end in self.hours
        ]

    def after(self, moment: datetime, working: timedelta) -> datetime:
        """When this much working time has passed since a moment: when something is due.

        A deadline that ends with a stretch of work is its end, and not the beginning of the next. Nothing at all is due at
        once. Raises Invalid for a negative amount, and OutOfRange where the holidays are not known so far ahead.
        """
        if working < timedelta():
            raise Invalid("FIELD_INVALID", path="working", problem=Phrase("duration-negative"))
        left, here = working, _here(moment)
        if not left:
            return here
        for start, end in self._stretches(here.date()):
            begin = max(start, here)
            if begin < end:
                if left <= end - begin:
                    return begin + left
                left -= end - begin
        raise AssertionError("unreachable: a calendar ends by refusing a day")

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much working time lies between two moments; negative when the second is the earlier."""
        first, last = _here(start), _here(end)
        if last < first:
            return -self.between(end, start)
        total = timedelta()
        for begin, close in self._stretches(first.date()):
            if begin >= last:
                break
            total += max(timedelta(), min(close, last) - max(begin, first))
            if close >= last:
                break
        return total

    def days_after(self, day: date, count: int) -> date:
        """The day that is this many working days after a day, which itself does not count; with a negative count before.

        Source of the counting: the day on which a period begins is not included (Civil Code of the PRC, article 201).
        """
        step = _DAY if count > 0 else -_DAY
        left = abs(count)
        while left:
            day += step
            left -= self.is_worked(day)
        return day

    def days_between(self, first: date, last: date) -> int:
        """How many days are worked from one day to another, both included; 0 when the second is the earlier."""
        return sum(self.is_worked(first + _DAY * offset) for offset in range((last - first).days + 1))

    def _stretches(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        while True:
            yield from self.hours_of(day)
            day += _DAY

    def _year_of(self, day: date) -> YearOfHolidays:
        year = self.years.get(day.year)
        waits = (day.month, day.day) >= _NEXT_NOTICE and day.year + 1 not in self.years
        if year is None or waits:
            missing = day.year if year is None else day.year + 1
            raise OutOfRange("HOLIDAYS_UNKNOWN", day=day.isoformat(), year=missing, known=sorted(self.years))
        return year


def _here(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise Invalid("FIELD_INVALID", path="moment", problem=Phrase("moment-without-zone"))
    return moment.astimezone(UTC).astimezone(CHINA_STANDARD_TIME)


OFFICE_HOURS = ((time(9), time(12)), (time(13, 30), time(17, 30)))
"""Hours that are usual in offices; a department states its own."""


@cache
def national_holidays() -> Mapping[int, YearOfHolidays]:
    """The years whose notices of the State Council are known here. More are added by merging a mapping of one's own."""
    stated: dict[str, Any] = tomllib.loads(files("ucs_sdk").joinpath("holidays.toml").read_text("utf-8"))
    return MappingProxyType({int(year): _read(table) for year, table in stated.items()})


def office_calendar() -> WorkCalendar:
    """The calendar of an office in China: usual hours, weekends, and the holidays that are known."""
    return WorkCalendar(hours=OFFICE_HOURS, years=national_holidays())


def _read(table: Mapping[str, Any]) -> YearOfHolidays:
    off: dict[date, str] = {}
    for start, end, name in table["off"]:
        first, last = date.fromisoformat(start), date.fromisoformat(end)
        off |= {first + _DAY * offset: name for offset in range((last - first).days + 1)}
    worked = frozenset(date.fromisoformat(day) for day in table["worked"])
    return YearOfHolidays(notice=table["notice"], off=MappingProxyType(off), worked=worked)
