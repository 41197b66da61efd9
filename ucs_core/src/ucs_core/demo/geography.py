"""The outlines of the ten districts, for placing things on a screen: 示意，非正式地图 (illustrative, not an official map).

Coordinates are degrees, WGS-84. Where the outlines come from is told in `data/PROVENANCE.md`.
"""

from __future__ import annotations

import json
import random
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from ucs_registry.resources import Point

_DECIMALS = 6

Ring = tuple[tuple[float, float], ...]


class Box(NamedTuple):
    """The smallest box around an outline, in degrees."""

    west: float
    south: float
    east: float
    north: float


class Outline(NamedTuple):
    """A district's area: polygons, each with its outer ring first and its holes behind."""

    code: str
    polygons: tuple[tuple[Ring, ...], ...]
    box: Box

    def contains(self, longitude: float, latitude: float) -> bool:
        """Whether a place lies within; on the very edge either answer may come."""
        # Crossing parity over all rings of a polygon handles its holes too.
        return any(sum(_crosses(ring, longitude, latitude) for ring in polygon) % 2 == 1 for polygon in self.polygons)

    def draw(self, rng: random.Random) -> Point:
        """A random place within, uniform in degrees, rounded to six decimals."""
        while True:
            longitude = round(rng.uniform(self.box.west, self.box.east), _DECIMALS)
            latitude = round(rng.uniform(self.box.south, self.box.north), _DECIMALS)
            if self.contains(longitude, latitude):
                return Point(longitude=longitude, latitude=latitude)


@cache
def outlines() -> dict[str, Outline]:
    """The outlines by district code."""
    found = {}
    for feature in json.loads(geojson_text())["features"]:
        code = feature["properties"]["adcode"]
        polygons = tuple(
            tuple(tuple((x, y) for x, y in ring) for ring in polygon) for polygon in feature["geometry"]["coordinates"]
        )
        found[code] = Outline(code, polygons, _box(polygons))
    return found


def geojson_text() -> str:
    """The outlines as a GeoJSON FeatureCollection with the properties `adcode` and `name`."""
    return files("ucs_core.demo").joinpath("data", "qingdao_districts.geojson").read_text("utf-8")


def _box(polygons: tuple[tuple[Ring, ...], ...]) -> Box:
    places = [place for polygon in polygons for place in polygon[0]]
    longitudes, latitudes = [place[0] for place in places], [place[1] for place in places]
    return Box(min(longitudes), min(latitudes), max(longitudes), max(latitudes))


def _crosses(ring: Ring, x: float, y: float) -> int:
    """How often a ray from the place to the east crosses a closed ring."""
    crossings = 0
    x1, y1 = ring[-1]
    for x2, y2 in ring:
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            crossings += 1
        x1, y1 = x2, y2
    return crossings
