"""What meets what on the map, exactly: all of the plane geometry that the registry needs, by shapely.

Places are compared on the plane of longitude and latitude, edges included: what only touches meets.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from ucs_registry.extents import (
    AREA_VERTICES_MOST,
    FOOTPRINT_VERTICES_MOST,
    Area,
    Box,
    MultiPolygon,
    Polygon,
    check_rings,
)
from ucs_sdk.errors import Invalid
from ucs_sdk.messages import Phrase

Drawn = Any
"""A geometry of shapely's."""

_EXPLAINED = re.compile(r"(?P<problem>[A-Za-z \-]+)\[(?P<longitude>\S+) (?P<latitude>\S+)\]")

_PROBLEMS = {
    "Self-intersection": "shape-crosses",
    "Ring Self-intersection": "shape-touches",
    "Hole lies outside shell": "shape-hole-outside",
    "Holes are nested": "shape-hole-nested",
    "Nested shells": "shape-parts-nested",
    "Interior is disconnected": "shape-divided",
    "": "shape-faulty",
}
"""What GEOS calls a fault, and the phrase that tells it; those that it calls otherwise stand under nothing."""


def check_footprint(shape: Polygon | MultiPolygon) -> None:
    """Raise Invalid unless a footprint is a sound shape: closed, of few vertices, and nowhere crossing itself."""
    _check(shape, "content.footprint", FOOTPRINT_VERTICES_MOST)


def check_area(area: Area, path: str) -> None:
    """Raise Invalid unless an area is a sound shape of few vertices. A box always is."""
    if not isinstance(area, Box):
        _check(area, path, AREA_VERTICES_MOST)


class Meeting:
    """Tells what meets an area, one by one or many at a time."""

    def __init__(self, area: Area) -> None:
        self._shape = geometry_of(area)
        _shapely().prepare(self._shape)

    def point(self, longitude: float, latitude: float) -> bool:
        """Whether a point meets it."""
        return bool(_shapely().intersects_xy(self._shape, longitude, latitude))

    def shape(self, shape: Polygon | MultiPolygon) -> bool:
        """Whether a footprint meets it."""
        return bool(_shapely().intersects(self._shape, geometry_of(shape)))

    def points(self, longitudes: Sequence[float], latitudes: Sequence[float]) -> list[bool]:
        """Which points meet it."""
        met: list[bool] = _shapely().intersects_xy(self._shape, longitudes, latitudes).tolist()
        return met

    def stated(self, shapes: Sequence[str]) -> list[bool]:
        """Which footprints meet it, each stated as GeoJSON."""
        met: list[bool] = _shapely().intersects(self._shape, _shapely().from_geojson(list(shapes))).tolist()
        return met


def geometry_of(area: Area) -> Drawn:
    """The shape of an area."""
    if isinstance(area, Box):
        return _shapely().box(area.west, area.south, area.east, area.north)
    parts = [_shapely().polygons(part[0], holes=list(part[1:]) or None) for part in area.parts]
    return parts[0] if isinstance(area, Polygon) else _shapely().multipolygons(parts)


def _check(shape: Polygon | MultiPolygon, path: str, most: int) -> None:
    check_rings(shape, path, most)
    drawn = geometry_of(shape)
    if _shapely().is_valid(drawn):
        return
    reason = _shapely().is_valid_reason(drawn)
    told = _EXPLAINED.match(reason)
    kind = told["problem"] if told and told["problem"] in _PROBLEMS else ""
    where = [float(told["longitude"]), float(told["latitude"])] if told else []
    raise Invalid("FIELD_INVALID", path=path, problem=Phrase(_PROBLEMS[kind], where=where))


@cache
def _shapely() -> ModuleType:
    # With numpy behind it, it takes a tenth of a second and 20 MB to load, and most processes never draw anything.
    return import_module("shapely")
