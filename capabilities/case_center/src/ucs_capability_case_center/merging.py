"""Merging in space and time: when a report is about a matter that is a case already.

Two reports are about the same matter when they are of one case type, no further apart than the type's radius, and the case
was last reported no longer ago than the type's window. Of several such cases the nearest is meant, and of two equally near
the older. Cells let a report look at four keys instead of at all cases: each is twice as wide as the radius, so that whatever
is near enough lies in the report's own cell or in one of the three at its nearest corner.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from math import cos, floor, radians
from typing import NamedTuple

from ucs_sdk.geo import EARTH_RADIUS, Position, distance

_METRES_OF_DEGREE = EARTH_RADIUS * radians(1.0)
"""How long a degree of latitude is on the sphere by which distances are measured."""

_POLE = 89.0
"""Beyond it cells are as wide as here: nobody merges cases at the poles, and a cell must not be without end."""

_SLACK = 1.000_1
"""A circle on a sphere is a little wider than it is high; for radii of a few kilometres by less than this."""


class Nearby(NamedTuple):
    """An open case, as a report looks at it."""

    case: str
    place: Position
    last_reported_at: datetime


def same_matter(
    open_cases: Iterable[Nearby], place: Position, at: datetime, *, radius: float, window: timedelta
) -> Nearby | None:
    """The case that a report is about, if there is one. `radius` is in metres; both bounds belong to it.

    A report that arrives late is as near in time as one that is early: the two are compared by how far apart they lie.
    """
    found = [
        (away, each)
        for each in open_cases
        if (away := distance(place, each.place)) <= radius and abs(at - each.last_reported_at) <= window
    ]
    return min(found, key=lambda pair: (pair[0], pair[1].case))[1] if found else None


def cell_of(place: Position, radius: float) -> str:
    """The cell that a place lies in, as a text for a key."""
    row = floor(place.latitude / _height(radius))
    return _named(row, floor(place.longitude / _width(row, radius)))


def cells_near(place: Position, radius: float) -> list[str]:
    """The cells in which everything lies that is no further away than the radius: four, or fewer where they are one.

    Nothing is merged across the 180th meridian.
    """
    height, reach = _height(radius), _reach(radius)
    rows = range(floor((place.latitude - reach) / height), floor((place.latitude + reach) / height) + 1)
    found = []
    for row in rows:
        width = _width(row, radius)
        # A row is cut at its narrowest, so that half a column is enough anywhere in it.
        aside = width / 2 * _SLACK
        columns = range(floor((place.longitude - aside) / width), floor((place.longitude + aside) / width) + 1)
        found += [_named(row, column) for column in columns]
    return found


def _reach(radius: float) -> float:
    return radius / _METRES_OF_DEGREE * _SLACK


def _height(radius: float) -> float:
    return 2 * radius / _METRES_OF_DEGREE


def _width(row: int, radius: float) -> float:
    """How many degrees of longitude the cells of a row have: twice the radius where the row is narrowest."""
    height = _height(radius)
    edge = min(_POLE, max(abs(row * height), abs((row + 1) * height)))
    return height / cos(radians(edge))


def _named(row: int, column: int) -> str:
    return f"{row}.{column}"
