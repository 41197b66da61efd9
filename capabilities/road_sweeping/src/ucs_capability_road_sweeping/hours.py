"""Hours of the day, such as those on duty and those of rush: `05:00-08:30,13:00-24:00`, in China Standard Time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time

from ucs_sdk.calendar import CHINA_STANDARD_TIME
from ucs_sdk.errors import Invalid

DAY = 24 * 60
"""The minutes of a day."""

SPANS_MOST = 12
"""How many stretches of hours a day has at the most."""

_SPAN = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class Hours:
    """Stretches of minutes since midnight, in order and apart; the beginning belongs to a stretch, its end does not."""

    spans: tuple[tuple[int, int], ...] = ()

    def has(self, moment: datetime) -> bool:
        """Whether a moment lies within."""
        here = moment.astimezone(CHINA_STANDARD_TIME)
        return self.has_minute(here.hour * 60 + here.minute)

    def has_minute(self, minute: int) -> bool:
        """Whether a minute since midnight lies within."""
        return any(start <= minute < end for start, end in self.spans)

    def cover(self, start: time, end: time) -> bool:
        """Whether all from one time of day to another lies within; an end that is not later is on the next day."""
        first, last = start.hour * 60 + start.minute, end.hour * 60 + end.minute + (end.second + end.microsecond > 0)
        parts = [(first, last)] if start < end else [(first, DAY), (0, last)]
        return all(a == b or any(start <= a and b <= end for start, end in self.spans) for a, b in parts)


def hours_of(text: str) -> Hours:
    """Hours as they are written; none if the text is empty. Raises Invalid for what overlaps, is not in order or is no time."""
    spans: list[tuple[int, int]] = []
    stated = [each.strip() for each in text.split(",")] if text.strip() else []
    for each in stated[: SPANS_MOST + 1]:
        found = _SPAN.fullmatch(each)
        start, end = _minutes(found) if found else (0, 0)
        if not start < end <= DAY or (spans and start < spans[-1][1]) or len(spans) == SPANS_MOST:
            raise Invalid.saying(
                "HOURS_MALFORMED",
                zh="时段 {hours!r} 有误，应形如 05:00-08:30,13:00-24:00，依次排列且不重叠。",
                en="{hours!r} are no hours: write 05:00-08:30,13:00-24:00, in order and apart.",
                hours=text[:80],
            )
        spans.append((start, end))
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return Hours(tuple(joined))


def _minutes(found: re.Match[str]) -> tuple[int, int]:
    a, b, c, d = map(int, found.groups())
    return a * 60 + b, c * 60 + d
