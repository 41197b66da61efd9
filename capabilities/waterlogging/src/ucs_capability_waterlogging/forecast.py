"""How deep the water at a place will be soon: the trend of the last minutes, which fades.

The trend is the slope of the least-squares line through the samples of the last `window`. It is held to fade with the time
constant `fading`, because rain and drains do not stay as they are: ahead by h minutes the depth is
`d + slope * fading * (1 - exp(-h / fading))`, where d is the line's value at the last sample, and never below 0. This is a
damped linear trend (Gardner & McKenzie, "Forecasting trends in time series", Management Science 31, 1985) in continuous time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

Sample = tuple[float, float]
"""A moment in seconds since 1970, and the depth then in centimetres."""

SAMPLES_LEAST = 3
"""Fewer samples make no trend: then the forecast is that nothing changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """How the trend is taken, in minutes. Chosen on generated storms, and measured on others (README, "The forecast")."""

    window: float = 5.0
    fading: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """Where the line through the last samples stands at the last of them (cm), and how fast it rises (cm a minute)."""

    depth: float
    slope: float


def trend_of(series: Sequence[Sample], method: Method) -> Trend | None:
    """The trend of a series in order of time; None for an empty one."""
    if not series:
        return None
    last, depth = series[-1]
    recent = [((at - last) / 60.0, cm) for at, cm in series if last - at <= method.window * 60.0]
    if len(recent) < SAMPLES_LEAST:
        return Trend(depth=depth, slope=0.0)
    mean_at = sum(at for at, _ in recent) / len(recent)
    mean = sum(cm for _, cm in recent) / len(recent)
    spread = sum((at - mean_at) ** 2 for at, _ in recent)
    if spread == 0.0:
        return Trend(depth=depth, slope=0.0)
    slope = sum((at - mean_at) * (cm - mean) for at, cm in recent) / spread
    return Trend(depth=max(0.0, mean - slope * mean_at), slope=slope)


def ahead(trend: Trend, minutes: float, method: Method) -> float:
    """The depth that is expected so many minutes after the last sample, in centimetres."""
    gained = trend.slope * method.fading * (1.0 - exp(-minutes / method.fading))
    return max(0.0, trend.depth + gained)
