"""Tracks: what vehicles say of where they are, and what of it is not believed. One fix after the other, in bounded memory."""

from __future__ import annotations

from math import cos, hypot, radians
from typing import NamedTuple

from ucs_sdk.geo import EARTH_RADIUS
from ucs_sdk.vocabulary import Term

ERROR = 30.0
"""How far off a fix may be beside its way, in metres, before it is a jump; satellites between houses are that bad."""


class Outcome(Term):
    """What becomes of a fix (轨迹点处理结果)."""

    TAKEN = "taken", "采纳", "Taken"
    LATE = "late", "时间不晚于前一点", "Not later than the one before"
    TELEPORT = (
        "teleport",
        "位移超出可能车速，待下一点证实",
        "Farther than a vehicle drives; the next fix may confirm it",
    )
    AHEAD = "ahead", "时间在将来", "In the future"
    OLD = "old", "时间过早", "Too old"


class Fix(NamedTuple):
    """Where a vehicle was: seconds since 1970, degrees of WGS-84, km/h, degrees from north, and whether its brushes worked."""

    at: float
    longitude: float
    latitude: float
    working: bool
    speed: float | None = None
    heading: float | None = None


class Trail(NamedTuple):
    """The end of a track: the last fix that was believed, and the one after it that was not."""

    last: Fix | None = None
    doubted: Fix | None = None


class Cleaned(NamedTuple):
    """What became of a fix. `anew`: nothing is known of the way to it, so the track begins with it again."""

    trail: Trail
    outcome: Outcome
    anew: bool


def cleaned(trail: Trail, fix: Fix, most: float) -> Cleaned:
    """Take one more fix, or refuse it; `most` is the fastest that is believed, in km/h.

    A time that is not later than the last is refused, so a track never goes backwards. A place that nobody drives to in that
    time is refused, too, and remembered: when the next fix agrees with it, it was the truth, and the track begins anew there.
    """
    last, doubted = trail
    if last is None:
        return Cleaned(Trail(fix), Outcome.TAKEN, anew=True)
    if fix.at <= last.at:
        return Cleaned(trail, Outcome.LATE, anew=False)
    if apart(last, fix) <= _reach(last, fix, most):
        return Cleaned(Trail(fix), Outcome.TAKEN, anew=False)
    if doubted is not None and fix.at > doubted.at and apart(doubted, fix) <= _reach(doubted, fix, most):
        return Cleaned(Trail(fix), Outcome.TAKEN, anew=True)
    return Cleaned(Trail(last, fix), Outcome.TELEPORT, anew=False)


def timely(fix: Fix, now: float, *, ahead: float, old: float) -> Outcome:
    """Whether the time of a fix can be right; `ahead` and `old` are seconds, both of which are still taken."""
    if fix.at > now + ahead:
        return Outcome.AHEAD
    return Outcome.OLD if fix.at < now - old else Outcome.TAKEN


def apart(a: Fix, b: Fix) -> float:
    """How far two fixes are apart, in metres on a plane; good for the distances that a vehicle drives between two of them."""
    east = (b.longitude - a.longitude) * cos(radians((a.latitude + b.latitude) / 2))
    return EARTH_RADIUS * radians(hypot(east, b.latitude - a.latitude))


def _reach(a: Fix, b: Fix, most: float) -> float:
    return most / 3.6 * (b.at - a.at) + ERROR
