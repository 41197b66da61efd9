"""From a track to what was swept: each step from one fix to the next, on which segments it lay, and whether it counts.

A step counts when both of its fixes lie on the network, the vehicle's brushes worked at both, its speed is within the band
(both bounds included), and no more time passed than a gap is long. It covers the way between the two along the segments.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import atan2, degrees, hypot
from typing import NamedTuple

from ucs_capability_road_sweeping.hours import Hours
from ucs_capability_road_sweeping.matching import Matched, matched
from ucs_capability_road_sweeping.network import Network
from ucs_capability_road_sweeping.tracks import Fix, Outcome, Trail, cleaned
from ucs_sdk.vocabulary import Term

MOVED_LEAST = 5.0
"""How far a vehicle must have moved before the way that it came says where it heads, in metres."""

DETOUR = 1.5
"""How much longer than the straight line the way between two fixes may be, beside the buffers at its ends: √2 around a corner."""


class Fault(Term):
    """What is found about how a vehicle works (作业问题)."""

    OVERSPEED = "overspeed", "作业超速", "Too fast for the brushes"
    OFF_AREA = "off_area", "偏离作业范围", "Working off its plan's segments"
    PEAK_HOUR = "peak_hour", "高峰时段作业", "Working in the rush hour"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What counts. Speeds in km/h, lengths in metres, times in seconds; all of it is a city's own to say."""

    slowest: float = 1.0
    fastest: float = 20.0
    gap: float = 60.0
    believed: float = 120.0
    peak: Hours = field(default_factory=Hours)


class Swept(NamedTuple):
    """A stretch of a segment that was swept: from where to where, and in which seconds since 1970."""

    segment: int
    start: float
    end: float
    began: float
    ended: float


class Place(NamedTuple):
    """Where a step may begin: a fix, and where on the network it lies."""

    fix: Fix
    on: Matched | None


class Step(NamedTuple):
    """What one fix adds: where the next step begins, what was swept, and what is found about the work since the one before."""

    place: Place
    swept: list[Swept]
    faults: tuple[Fault, ...] = ()
    speed: float = 0.0
    metres: float = 0.0
    seconds: float = 0.0
    """How long the brushes worked, from the fix before to this one."""


def stepped(network: Network, rules: Rules, before: Place | None, fix: Fix) -> Step:
    """Take one more fix that is believed; `before` is None where a track begins, or begins anew."""
    x, y = network.flat(fix.longitude, fix.latitude)
    if before is None or fix.at - before.fix.at > rules.gap:
        on = matched(network, x, y, heading=fix.heading, is_reported=True, last=None)
        return Step(Place(fix, on), [])
    last = before.fix
    last_x, last_y = network.flat(last.longitude, last.latitude)
    moved = hypot(x - last_x, y - last_y)
    heading = fix.heading
    if heading is None and moved >= MOVED_LEAST:
        heading = degrees(atan2(x - last_x, y - last_y)) % 360.0
    on = matched(
        network,
        x,
        y,
        heading=heading,
        is_reported=fix.heading is not None,
        last=None if before.on is None else before.on.segment,
    )
    place = Place(fix, on)
    if not (fix.working and last.working):
        return Step(place, [])
    speed = moved / (fix.at - last.at) * 3.6 if fix.speed is None else fix.speed
    swept: list[Swept] = []
    if before.on is not None and on is not None and rules.slowest <= speed <= rules.fastest:
        swept = _way(network, before.on, on, moved, last.at, fix.at)
    return Step(place, swept, _faults(rules, before.on, on, speed, fix.at), speed, moved, fix.at - last.at)


def _way(network: Network, a: Matched, b: Matched, moved: float, began: float, ended: float) -> list[Swept]:
    """The way along the network between two places, its time divided by length."""
    most = moved * DETOUR + 2 * network.buffer
    parts = network.way(a.segment, a.station, b.segment, b.station, most) or []
    whole = sum(abs(end - start) for _, start, end in parts)
    swept, at = [], began
    for segment, start, end in parts:
        if start != end:
            until = at + (ended - began) * abs(end - start) / whole
            swept.append(Swept(segment, start, end, at, until))
            at = until
    return swept


def _faults(rules: Rules, a: Matched | None, b: Matched | None, speed: float, at: float) -> tuple[Fault, ...]:
    if speed <= rules.fastest and a is not None and b is not None and not rules.peak.spans:
        return ()
    found = [Fault.OVERSPEED] if speed > rules.fastest else []
    if a is None and b is None:
        found.append(Fault.OFF_AREA)
    if rules.peak.spans and rules.peak.has(datetime.fromtimestamp(at, UTC)):
        found.append(Fault.PEAK_HOUR)
    return tuple(found)


def within(swept: Swept, start: float, end: float) -> Swept | None:
    """What of a stretch was swept from one time on and before another, as if it was driven evenly."""
    if swept.began >= start and swept.ended <= end:
        return swept
    began, ended = max(swept.began, start), min(swept.ended, end)
    if began >= ended:
        return None
    pace = (swept.end - swept.start) / (swept.ended - swept.began)
    first = round(swept.start + pace * (began - swept.began), 2)
    last = round(swept.start + pace * (ended - swept.began), 2)
    return Swept(swept.segment, first, last, began, ended)


def steps(network: Network, rules: Rules, track: Iterable[Fix]) -> Iterator[Step]:
    """All steps of a track, what is not believed left out: the whole way from raw fixes in one pass, keeping one of them."""
    trail, place = Trail(), None
    for fix in track:
        trail, outcome, anew = cleaned(trail, fix, rules.believed)
        if outcome is Outcome.TAKEN:
            step = stepped(network, rules, None if anew else place, fix)
            place = step.place
            yield step
