"""Where a resource is and from when to when: footprints, areas to look in, and windows of time.

Coordinates are degrees, WGS-84, longitude before latitude, as GeoJSON has them (RFC 7946). Nothing here crosses the 180th
meridian: what does is stated in two parts.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ucs_sdk.errors import Invalid
from ucs_sdk.messages import Phrase

FOOTPRINT_VERTICES_MOST = 2_000
"""How many vertices the footprint of a resource may have, in all its rings together."""

AREA_VERTICES_MOST = 500
"""How many vertices an area may have in which resources are looked for."""

Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Position: TypeAlias = tuple[Longitude, Latitude]
Ring = Annotated[tuple[Position, ...], Field(min_length=4, max_length=FOOTPRINT_VERTICES_MOST)]
"""A closed line: its last position is its first."""

Rings = Annotated[tuple[Ring, ...], Field(min_length=1, max_length=FOOTPRINT_VERTICES_MOST)]
"""An outline, and the holes in it."""


class Box(BaseModel):
    """Everything between two meridians and two parallels, its edges included."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    west: Longitude
    south: Latitude
    east: Longitude
    north: Latitude

    @model_validator(mode="after")
    def _is_open(self) -> Self:
        if self.west >= self.east or self.south >= self.north:
            raise Invalid("FIELD_INVALID", path="area", problem=Phrase("box-empty"))
        return self

    def holds(self, longitude: float, latitude: float) -> bool:
        """Whether a point lies in it or on its edge."""
        return self.west <= longitude <= self.east and self.south <= latitude <= self.north


class Polygon(BaseModel):
    """A GeoJSON polygon: an outline, and the holes in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["Polygon"]
    coordinates: Rings

    @property
    def parts(self) -> tuple[tuple[tuple[Position, ...], ...], ...]:
        """The polygons that it consists of: itself."""
        return (self.coordinates,)


class MultiPolygon(BaseModel):
    """Several GeoJSON polygons as one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["MultiPolygon"]
    coordinates: Annotated[tuple[Rings, ...], Field(min_length=1, max_length=FOOTPRINT_VERTICES_MOST)]

    @property
    def parts(self) -> tuple[tuple[tuple[Position, ...], ...], ...]:
        """The polygons that it consists of."""
        return self.coordinates


Shape = Annotated[Polygon | MultiPolygon, Field(discriminator="type")]
"""A GeoJSON polygon, or several."""

Area: TypeAlias = Box | Polygon | MultiPolygon
"""Where resources are looked for."""


class Temporal(BaseModel):
    """From one day to another, both included; one of the two may be open."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: date | None = None
    end: date | None = None

    @model_validator(mode="after")
    def _is_a_window(self) -> Self:
        if self.start is None and self.end is None:
            raise Invalid("FIELD_INVALID", path="content.temporal", problem=Phrase("window-boundless"))
        if self.start is not None and self.end is not None and self.start > self.end:
            problem = Phrase("window-backward", start=self.start.isoformat(), end=self.end.isoformat())
            raise Invalid("FIELD_INVALID", path="content.temporal", problem=problem)
        return self

    def overlaps(self, other: Temporal) -> bool:
        """Whether some day belongs to both."""
        return (self.start is None or other.end is None or self.start <= other.end) and (
            other.start is None or self.end is None or other.start <= self.end
        )


def positions(shape: Polygon | MultiPolygon) -> Iterator[Position]:
    """Every position of a shape, the last of each ring with them."""
    return (position for part in shape.parts for ring in part for position in ring)


def bounds(area: Area) -> tuple[float, float, float, float]:
    """The western, southern, eastern and northern end of an area."""
    if isinstance(area, Box):
        return area.west, area.south, area.east, area.north
    longitudes, latitudes = zip(*positions(area), strict=True)
    return min(longitudes), min(latitudes), max(longitudes), max(latitudes)


def check_rings(shape: Polygon | MultiPolygon, path: str, most: int) -> None:
    """Raise Invalid unless a shape has few vertices, and every ring of it ends where it began."""
    if sum(len(ring) for part in shape.parts for ring in part) > most:
        raise Invalid("FIELD_TOO_LONG", path=path, limit=most, unit="vertices", more=0)
    for at, part in enumerate(shape.parts):
        for place, ring in enumerate(part):
            if ring[0] != ring[-1]:
                within = f"[{place}]" if isinstance(shape, Polygon) else f"[{at}][{place}]"
                problem = Phrase("ring-open", start=list(ring[0]), end=list(ring[-1]))
                raise Invalid("FIELD_INVALID", path=f"{path}.coordinates{within}", problem=problem)
