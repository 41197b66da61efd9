"""Made-up observations for tests of plugins: a water level in a storm, a vehicle on its way, arrivals at a door.

Everything here is synthetic and says so (`synthetic` is always true). Pure functions of their arguments: one seed gives one
series, wherever and whenever it is drawn.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import exp, isfinite
from random import Random
from typing import Literal

from ucs_sdk.errors import Invalid
from ucs_sdk.geo import Position, distance
from ucs_sdk.messages import Phrase
from ucs_sdk.testing.fakes import BEGINNING

ABSURD = 9_999.0
"""What a broken gauge says, in the unit of its level: more than any water."""

MOST = 100_000
"""How many items a series has at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A synthetic level at a time. `absurd` marks what no gauge should say."""

    time: datetime
    level: float
    absurd: bool = False
    synthetic: Literal[True] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """A synthetic position of a vehicle at a time, and how far along its line it was, in metres."""

    time: datetime
    position: Position
    along: float
    synthetic: Literal[True] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A synthetic arrival. `id` is that of what arrives, twice where it is a duplicate; `time` is when it happened."""

    id: str
    time: datetime
    synthetic: Literal[True] = True


def storm(
    seed: int,
    *,
    count: int = 120,
    every: float = 60.0,
    base: float = 0.05,
    peak: float = 0.60,
    rise: float = 0.25,
    noise: float = 0.005,
    gaps: float = 0.0,
    stuck: range = range(0),
    absurd: Collection[int] = (),
    begin: datetime = BEGINNING,
) -> list[Reading]:
    """A level that rises within the share `rise` of the series from `base` to `peak` and then falls slowly, in their unit.

    Readings are `every` so many seconds; a share `gaps` of them is missing. `noise` is the most that a reading is off. Within
    `stuck` all readings are as the first of it; at the indices in `absurd` the level is `ABSURD`. No level is below nought.
    """
    _check(count=(count, 0, MOST), gaps=(gaps, 0, 1), rise=(rise, 0.001, 1), every=(every, 0.001, 86_400))
    _check(base=(base, 0, ABSURD), peak=(peak, base, ABSURD), noise=(noise, 0, ABSURD))
    random = Random(seed)
    levels, missing = [], []
    for index in range(count):
        level = base + (peak - base) * _surge((index + 1) / count, rise)
        levels.append(max(0.0, level + random.uniform(-noise, noise)))
        missing.append(random.random() < gaps)
    return [
        Reading(
            time=begin + timedelta(seconds=index * every),
            level=ABSURD if index in absurd else levels[stuck.start] if index in stuck else levels[index],
            absurd=index in absurd,
        )
        for index in range(count)
        if not missing[index]
    ]


def track(
    seed: int,
    line: Sequence[Position],
    *,
    speed: float = 5.0,
    every: float = 10.0,
    jitter: float = 3.0,
    gaps: float = 0.0,
    begin: datetime = BEGINNING,
) -> list[Fix]:
    """A vehicle that goes along a line of positions (WGS-84) at a `speed` in metres a second, from its begin to its end.

    A fix is `every` so many seconds and at most some `jitter` metres off; a share `gaps` of them is missing.
    """
    _check(gaps=(gaps, 0, 1), speed=(speed, 0.01, 1_000), every=(every, 0.01, 86_400), jitter=(jitter, 0, 10_000))
    random = Random(seed)
    legs = [distance(here, there) for here, there in pairwise(line)]
    count = int(sum(legs) / (speed * every)) + 1 if line else 0
    _check(count=(count, 0, MOST))
    fixes = []
    for index in range(count):
        along = index * speed * every
        off, missing = (random.uniform(-1, 1), random.uniform(-1, 1)), random.random() < gaps
        if not missing:
            place = _moved(_along(line, legs, along), off, jitter)
            fixes.append(Fix(time=begin + timedelta(seconds=index * every), position=place, along=along))
    return fixes


def arrivals(
    seed: int,
    *,
    count: int = 100,
    rate: float = 1.0,
    duplicates: float = 0.0,
    reorder: int = 0,
    begin: datetime = BEGINNING,
) -> list[Arrival]:
    """So many arrivals of a Poisson process with `rate` arrivals a second, in the order in which they are handed over.

    A share `duplicates` of them is handed over twice; nothing is handed over more than `reorder` places from where its time
    would have it.
    """
    _check(count=(count, 0, MOST), rate=(rate, 1e-6, 1e6), duplicates=(duplicates, 0, 1), reorder=(reorder, 0, MOST))
    random = Random(seed)
    found: list[Arrival] = []
    time = begin
    for index in range(count):
        time += timedelta(seconds=random.expovariate(rate))
        arrival = Arrival(id=f"synthetic-{seed}-{index}", time=time)
        found += [arrival] * (2 if random.random() < duplicates else 1)
    # Two change places only when no more than `reorder` lie between their times: nobody is further off than that.
    places = [(index + random.uniform(0, reorder), index) for index in range(len(found))]
    return [found[index] for _, index in sorted(places)]


def _surge(part: float, rise: float) -> float:
    """From 0 to 1 within `rise`, then back by and by."""
    return part / rise if part <= rise else exp(-3 * (part - rise))


def _along(line: Sequence[Position], legs: Sequence[float], along: float) -> Position:
    for here, there, leg in zip(line, line[1:], legs, strict=False):
        if along <= leg and leg:
            part = along / leg
            longitude = here.longitude + (there.longitude - here.longitude) * part
            return Position(longitude, here.latitude + (there.latitude - here.latitude) * part)
        along -= leg
    return line[-1]


def _moved(place: Position, off: tuple[float, float], most: float) -> Position:
    """So many metres off: a share of the most to the east and to the north, each by the root of a half."""
    metre = most * 0.5**0.5
    north = Position(place.longitude, place.latitude + 0.001)
    east = Position(place.longitude + 0.001, place.latitude)
    longitude = place.longitude + off[0] * metre * 0.001 / distance(place, east)
    return Position(longitude, place.latitude + off[1] * metre * 0.001 / distance(place, north))


def _check(**bounds: tuple[float, float, float]) -> None:
    for path, (value, least, most) in bounds.items():
        if not isfinite(value) or not least <= value <= most:
            raise Invalid("FIELD_INVALID", path=path, problem=Phrase("argument-out-of-bounds", least=least, most=most))
