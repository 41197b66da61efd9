"""Generated storms: series of depths that no sensor has measured, for tests, for the forecast's figures and for demonstrations.

Everything that comes from here is synthetic and is to be labelled so. The model is a bucket below a road: rain falls in one
to three pulses with a triangular course, and the drains take away a constant flow and a part of what stands there. It has
the shape of a flood, and says nothing about any place.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from ucs_capability_waterlogging.forecast import Sample

SOURCE = "synthetic: bucket model of ucs-capability-waterlogging"
"""What is said to be the source of a generated series."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """What is generated. Times are in minutes; `peak` is the greatest depth in centimetres before the noise is added."""

    minutes: int = 120
    step: int = 1
    peak: float | None = None
    noise: float = 0.4
    """The standard deviation of a level sensor's error, in centimetres."""


def depths(seed: int, storm: Storm, *, start: float = 0.0) -> list[Sample]:
    """One place's depths through a storm that begins at `start` (seconds since 1970). The same for the same seed."""
    chance = Random(f"waterlogging/{seed}")
    clean = _bucket(chance, storm)
    highest = max(clean)
    scale = 1.0 if storm.peak is None or highest == 0 else storm.peak / highest
    every = range(0, storm.minutes, storm.step)
    noisy = [max(0.0, clean[minute] * scale + chance.gauss(0.0, storm.noise)) for minute in every]
    # A level sensor tells half a centimetre of waves from a dry road no better than this.
    return [(start + minute * 60.0, round(cm, 1)) for minute, cm in zip(every, noisy, strict=True)]


def _bucket(chance: Random, storm: Storm) -> list[float]:
    pulses = [
        (chance.uniform(0.0, storm.minutes * 0.6), chance.uniform(10.0, 45.0), chance.uniform(1.0, 6.0))
        for _ in range(chance.randint(1, 3))
    ]
    drain, part = chance.uniform(0.2, 1.0), chance.uniform(0.005, 0.03)
    depth, course = 0.0, []
    for minute in range(storm.minutes):
        inflow = sum(height * max(0.0, 1.0 - abs(minute - at) / wide) for at, wide, height in pulses)
        depth = max(0.0, depth + inflow - drain - part * depth)
        course.append(depth)
    return course
