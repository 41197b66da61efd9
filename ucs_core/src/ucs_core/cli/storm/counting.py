"""Counting what the platform says a storm has come to: pure functions of its answers and of when water was first told of.

Events and cases are put to the places by their positions and times alone, and never by what one says of the other: a case
that was opened twice, or an event that nobody made a case of, must not hide behind a reference.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from ucs_sdk.geo import Position, distance

SAME_PLACE_METRES = 150.0
"""How near an event or a case lies to the place that it is about: reports are put to places within 100 m."""

EARLIER = timedelta(seconds=1)
"""How much before the first word of it, by rounding, something may seem to have begun."""

Answer = Mapping[str, Any]


class Detected(NamedTuple):
    """Water that the platform was told of: where, and when its first word was sent."""

    code: str
    position: Position
    at: datetime


class Tally(NamedTuple):
    """What a storm has come to. `lost` are places of which there is no event or no case, `doubled` those of which there is
    more than one; the time is that from the first word to the dispatch, in seconds, or None where nothing was dispatched.
    """

    events: int
    cases: int
    dispatched: int
    closed: int
    lost: int
    doubled: int
    detection_to_dispatch_p99_s: float | None


def tally(detected: Sequence[Detected], events: Sequence[Answer], cases: Sequence[Answer]) -> Tally:
    """Count. `events` are as `waterlogging.events` lists them, `cases` as `case_center.get` shows them."""
    own_events = [_mine(each, detected, events, "began_at") for each in detected]
    own_cases = [_mine(each, detected, cases, "reported_at") for each in detected]
    took = [
        (at - each.at).total_seconds()
        for each, found in zip(detected, own_cases, strict=True)
        if (at := min(filter(None, map(dispatched_at, found)), default=None)) is not None
    ]
    every_case = [case for found in own_cases for case in found]
    return Tally(
        events=sum(map(len, own_events)),
        cases=len(every_case),
        dispatched=sum(dispatched_at(each) is not None for each in every_case),
        closed=sum(each["state"] == "closed" for each in every_case),
        lost=sum(not (heard and seen_to) for heard, seen_to in zip(own_events, own_cases, strict=True)),
        doubled=sum(len(heard) > 1 or len(seen_to) > 1 for heard, seen_to in zip(own_events, own_cases, strict=True)),
        detection_to_dispatch_p99_s=percentile(took, 0.99),
    )


def dispatched_at(case: Answer) -> datetime | None:
    """When a case was first dispatched."""
    moments = (step["at"] for step in case["steps"] if step["verb"] == "dispatch")
    return min(map(instant, moments), default=None)


def percentile(values: Iterable[float], part: float) -> float | None:
    """The least value that so great a part of them does not exceed, rounded to milliseconds; None of none."""
    ordered = sorted(values)
    return round(ordered[math.ceil(part * len(ordered)) - 1], 3) if ordered else None


def instant(text: str) -> datetime:
    """The moment that an answer names."""
    return datetime.fromisoformat(text)


def lies_at(answer: Answer, position: Position) -> bool:
    """Whether what an answer shows lies at a place."""
    if answer["longitude"] is None or answer["latitude"] is None:
        return False
    return distance(Position(answer["longitude"], answer["latitude"]), position) <= SAME_PLACE_METRES


def _mine(one: Detected, detected: Sequence[Detected], answers: Sequence[Answer], field: str) -> list[Answer]:
    """What is about this water, and not about the water before or after it at the same place."""
    begins = one.at - EARLIER
    later = [each.at - EARLIER for each in detected if each.code == one.code and each.at > one.at]
    ends = min(later, default=None)
    return [
        each
        for each in answers
        if lies_at(each, one.position)
        and instant(each[field]) >= begins
        and (ends is None or instant(each[field]) < ends)
    ]
