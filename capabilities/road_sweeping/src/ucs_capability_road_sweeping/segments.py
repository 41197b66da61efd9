"""Road segments: a centre line with a level. Lines are WGS-84, and segments meet where their ends do."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import cos, hypot, radians

from pydantic import BaseModel, ConfigDict, Field

from ucs_sdk.errors import Invalid
from ucs_sdk.geo import EARTH_RADIUS, position
from ucs_sdk.vocabulary import Term

VERTICES_MOST = 200
"""How many corners a line has at the most."""

DIGITS = 7
"""How many decimals of a degree a line keeps: a centimetre."""

LENGTH_LEAST, LENGTH_MOST = 1.0, 20_000.0
"""How long a segment is, in metres."""


class RoadLevel(Term):
    """The level of a road for sweeping (保洁等级); CJJ/T 126-2022 names levels, whose figures a city states itself."""

    FIRST = "first", "一级", "First"
    SECOND = "second", "二级", "Second"
    THIRD = "third", "三级", "Third"


class Record(BaseModel):
    """Something that is kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Line = tuple[tuple[float, float], ...]


class Segment(Record):
    """A stretch of road between two junctions. `one_way`: it is driven from its first corner to its last."""

    code: str = Field(max_length=60)
    name: str = Field(max_length=80)
    level: RoadLevel
    region: str = Field(max_length=12)
    line: Line = Field(min_length=2, max_length=VERTICES_MOST)
    one_way: bool = False
    length: float


def segment_of(
    *, code: str, name: str, level: RoadLevel, region: str, line: Sequence[tuple[float, float]], one_way: bool = False
) -> Segment:
    """A segment whose line has been checked; corners that repeat the one before are left out. Raises Invalid."""
    corners: list[tuple[float, float]] = []
    for longitude, latitude in line:
        at = position(longitude, latitude)
        corner = round(at.longitude, DIGITS), round(at.latitude, DIGITS)
        if not corners or corner != corners[-1]:
            corners.append(corner)
    length = round(sum(steps_of(corners)), 2)
    if not LENGTH_LEAST <= length <= LENGTH_MOST:
        raise Invalid.saying(
            "SEGMENT_LENGTH",
            zh="路段 {segment} 长 {length} 米，须在 {least} 至 {most} 米之间。",
            en="The segment {segment} is {length} m long; {least} to {most} m are possible.",
            segment=code,
            length=length,
            least=LENGTH_LEAST,
            most=LENGTH_MOST,
        )
    return Segment(
        code=code, name=name, level=level, region=region, line=tuple(corners), one_way=one_way, length=length
    )


def steps_of(line: Sequence[tuple[float, float]]) -> list[float]:
    """How far it is from each corner of a line to the next, in metres.

    On a plane that touches the Earth at the middle latitude of the line: within 0.1 % of a great circle for lines of 20 km.
    """
    middle = (min(each[1] for each in line) + max(each[1] for each in line)) / 2
    east = EARTH_RADIUS * cos(radians(middle))
    return [hypot(east * radians(b[0] - a[0]), EARTH_RADIUS * radians(b[1] - a[1])) for a, b in pairwise(line)]


def place_on(line: Sequence[tuple[float, float]], share: float) -> tuple[float, float]:
    """The place that lies this share of the way along a line, from 0 to 1."""
    steps = steps_of(line)
    left = max(0.0, min(1.0, share)) * sum(steps)
    for (a, b), step in zip(pairwise(line), steps, strict=True):
        if left <= step and step > 0:
            part = left / step
            return a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1])
        left -= step
    return line[-1]
