"""Positions: the coordinate systems of Chinese maps and the ways between them, distance, bearing, and lying within a polygon.

Everything that UCS keeps and shows is WGS-84, longitude first. GCJ-02 is what maps in China must publish, BD-09 is Baidu's.
Neither has a published definition; the formulas are those that became known about 2013 as "eviltransform" and agree with what
map services answer to a metre. Pure functions; they refuse what is no position (Invalid).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import asin, atan2, cos, degrees, hypot, isfinite, pi, radians, sin, sqrt
from typing import NamedTuple

from ucs_sdk.errors import Invalid
from ucs_sdk.messages import Phrase
from ucs_sdk.vocabulary import Term

EARTH_RADIUS = 6_371_008.8
"""The mean radius of the Earth in metres (IUGG, GRS 80: (2a + b) / 3)."""


class Crs(Term):
    """A coordinate system of positions (坐标系), longitude and latitude in degrees."""

    WGS84 = "wgs84", "WGS-84 坐标系（EPSG:4326）", "WGS 84 (EPSG:4326)"
    CGCS2000 = "cgcs2000", "2000 国家大地坐标系（EPSG:4490）", "China Geodetic Coordinate System 2000 (EPSG:4490)"
    GCJ02 = "gcj02", "国测局坐标系（GCJ-02）", "GCJ-02, the system of published maps in China"
    BD09 = "bd09", "百度坐标系（BD-09）", "BD-09, Baidu's"


class Position(NamedTuple):
    """A place: longitude and latitude in degrees, east and north positive."""

    longitude: float
    latitude: float


def position(longitude: float, latitude: float) -> Position:
    """A position that is one. Raises Invalid for what lies outside of ±180 and ±90 degrees, or is not finite."""
    for path, value, most in (("longitude", longitude, 180.0), ("latitude", latitude, 90.0)):
        if not isfinite(value) or abs(value) > most:
            problem = Phrase("position-out-of-bounds", value=value, most=f"{most:g}")
            raise Invalid("FIELD_INVALID", path=path, problem=problem)
    return Position(float(longitude), float(latitude))


def convert(place: Position, source: Crs, target: Crs) -> Position:
    """The same place in another coordinate system.

    There and back again comes out within a centimetre. CGCS2000 is taken for WGS-84: the two differ by the drift of the
    continent since the year 2000, some decimetres. Outside of `CHINA` all systems are one; within a kilometre of its edge a
    place may come out on either side.
    """
    checked = position(*place)
    if _family(source) is _family(target):
        return checked
    return _from_wgs84(_to_wgs84(checked, source), target)


class Box(NamedTuple):
    """A rectangle of degrees."""

    west: float
    south: float
    east: float
    north: float


CHINA = Box(72.004, 0.8293, 137.8347, 55.8271)
"""The rectangle within which GCJ-02 and BD-09 shift positions; that of eviltransform."""

_AXIS = 6_378_245.0
_ECCENTRICITY_SQUARED = 0.006693421622965943
"""Half the long axis in metres, and the eccentricity squared, of Krasovsky's ellipsoid of 1940, on which GCJ-02 shifts."""

_BAIDU_TURN = pi * 3000 / 180

_CLOSE = 1e-10
"""When the inverse has come close enough, in degrees: a hundredth of a millimetre."""

_ROUNDS_MOST = 30


def _family(crs: Crs) -> Crs:
    return Crs.WGS84 if crs is Crs.CGCS2000 else crs


def _from_wgs84(place: Position, target: Crs) -> Position:
    match target:
        case Crs.GCJ02:
            return _shifted(place)
        case Crs.BD09:
            return _baidu(place)
    return place


def _to_wgs84(place: Position, source: Crs) -> Position:
    match source:
        case Crs.GCJ02:
            return _undone(place, _shifted)
        case Crs.BD09:
            return _undone(place, _baidu)
    return place


def _undone(wanted: Position, forward: Callable[[Position], Position]) -> Position:
    """The place that `forward` leads to `wanted`: the shift changes so slowly that correcting the guess comes to rest."""
    guess = wanted
    for _ in range(_ROUNDS_MOST):
        there = forward(guess)
        east, north = there.longitude - wanted.longitude, there.latitude - wanted.latitude
        guess = Position(guess.longitude - east, guess.latitude - north)
        if hypot(east, north) < _CLOSE:
            break
    return guess


def _is_in_china(place: Position) -> bool:
    return CHINA.west <= place.longitude <= CHINA.east and CHINA.south <= place.latitude <= CHINA.north


def _shifted(place: Position) -> Position:
    if not _is_in_china(place):
        return place
    x, y = place.longitude - 105.0, place.latitude - 35.0
    waves = (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + waves
    north += (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + waves
    east += (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    angle = radians(place.latitude)
    bend = 1.0 - _ECCENTRICITY_SQUARED * sin(angle) ** 2
    # Metres on the ellipsoid, by its radii of curvature along the meridian and across it, as degrees.
    north = degrees(north * bend * sqrt(bend) / (_AXIS * (1.0 - _ECCENTRICITY_SQUARED)))
    east = degrees(east * sqrt(bend) / (_AXIS * cos(angle)))
    return Position(place.longitude + east, place.latitude + north)


def _baidu(place: Position) -> Position:
    if not _is_in_china(place):
        return place
    x, y = _shifted(place)
    far = hypot(x, y) + 0.00002 * sin(y * _BAIDU_TURN)
    turn = atan2(y, x) + 0.000003 * cos(x * _BAIDU_TURN)
    return Position(far * cos(turn) + 0.0065, far * sin(turn) + 0.006)


def distance(a: Position, b: Position) -> float:
    """How far apart two places are, in metres along a great circle of a sphere: within 0.6 % of the ellipsoid's.

    Source: R. W. Sinnott, "Virtues of the Haversine", Sky & Telescope 68 (1984).
    """
    (west, south), (east, north) = map(_radians, (position(*a), position(*b)))
    half = sin((north - south) / 2) ** 2 + cos(south) * cos(north) * sin((east - west) / 2) ** 2
    return 2 * EARTH_RADIUS * asin(min(1.0, sqrt(half)))


def bearing(a: Position, b: Position) -> float:
    """In which direction one sets out from `a` to `b` along a great circle: degrees from north, clockwise, below 360.

    From a place to itself it is 0. Source: the spherical sine and cosine rules (J. P. Snyder, USGS Professional Paper 1395,
    equation 5-4b).
    """
    (west, south), (east, north) = map(_radians, (position(*a), position(*b)))
    across = sin(east - west) * cos(north)
    along = cos(south) * sin(north) - sin(south) * cos(north) * cos(east - west)
    return degrees(atan2(across, along)) % 360.0 % 360.0


def _radians(place: Position) -> Position:
    return Position(radians(place.longitude), radians(place.latitude))


Ring = Sequence[Sequence[float]]


def contains(polygon: Sequence[Ring], place: Position) -> bool:
    """Whether a place lies in a polygon of GeoJSON: an outline and its holes, each a ring of longitude and latitude.

    What lies on an edge lies within, on that of a hole, too. Edges are straight in degrees, as RFC 7946 §3.1.1 has them; no
    ring crosses the 180th meridian. Raises Invalid for rings of fewer than three corners. Source: the crossing number
    (M. Shimrat, "Algorithm 112", Communications of the ACM 5, 1962).
    """
    at = position(*place)
    sides = [_side(ring, at) for ring in polygon]
    if not sides or sides[0] < 0:
        return False
    return sides[0] == 0 or not any(side > 0 for side in sides[1:])


def _side(ring: Ring, at: Position) -> int:
    """1 inside of a ring, 0 on it, -1 outside."""
    corners = [(float(each[0]), float(each[1])) for each in ring]
    if len(corners) > 1 and corners[0] == corners[-1]:
        corners.pop()
    if len(corners) < 3:
        raise Invalid("FIELD_INVALID", path="polygon", problem=Phrase("ring-of-too-few", count=len(corners)))
    x, y = at
    inside = False
    for (ax, ay), (bx, by) in zip(corners, [*corners[1:], corners[0]], strict=True):
        cross = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
        if cross == 0 and min(ax, bx) <= x <= max(ax, bx) and min(ay, by) <= y <= max(ay, by):
            return 0
        if (ay > y) != (by > y) and (cross > 0) == (by > ay):
            inside = not inside
    return 1 if inside else -1
