"""How much rain fell at a place in the last hour, from what its gauge reported each time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from ucs_capability_waterlogging.sensors import Limits, Outcome

Fall = tuple[float, float]
"""A moment in seconds since 1970, and the millimetres that fell since the report before."""

HOUR = 3600.0

FALLS_MOST = 60
"""How many reports of rain are remembered; a gauge that reports more often has them added up minute by minute."""

EACH_MOST = 100.0
"""What one report may say at most, in millimetres: more than the wettest hours on record bring within minutes."""


def rain_after(
    falls: Sequence[Fall], millimetres: float, at: datetime, now: datetime, limits: Limits
) -> tuple[Outcome, tuple[Fall, ...]]:
    """What becomes of a report of rain, and the falls of the hour before it. Nothing worth keeping gives the same falls."""
    held, moment = tuple(falls), at.timestamp()
    if at - now > limits.ahead:
        return Outcome.FUTURE, held
    if not 0.0 <= millimetres <= EACH_MOST:
        return Outcome.ABSURD, held
    if held and moment <= held[-1][0]:
        return Outcome.LATE, held
    recent = [each for each in held if moment - each[0] < HOUR]
    if millimetres == 0.0:
        # A dry gauge says something new only when rain has left the hour.
        return (Outcome.UNCHANGED, held) if len(recent) == len(held) else (Outcome.TAKEN, tuple(recent))
    if recent and moment // 60 == recent[-1][0] // 60:
        recent[-1] = (moment, recent[-1][1] + millimetres)
    else:
        recent.append((moment, millimetres))
    return Outcome.TAKEN, tuple(recent[-FALLS_MOST:])


def hour_of_rain(falls: Sequence[Fall], now: datetime) -> float:
    """The millimetres of the hour before a moment."""
    since = (now - timedelta(hours=1)).timestamp()
    return round(sum(millimetres for at, millimetres in falls if at > since), 3)
