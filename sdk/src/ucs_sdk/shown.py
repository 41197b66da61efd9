"""What boards and maps show: figures with their source and time, and features in WGS-84."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

CRS84: Literal["http://www.opengis.net/def/crs/OGC/1.3/CRS84"] = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
"""WGS-84 with the longitude first: the coordinates of GeoJSON (RFC 7946 §4)."""


class _Shown(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str = Field(min_length=1, max_length=200, description="Who says so")
    time: AwareDatetime = Field(description="The time for which it holds")
    synthetic: bool = Field(default=False, description="Whether it was generated and not observed")


class Figure(_Shown):
    """A value for a board."""

    value: float = Field(allow_inf_nan=False)


class Feature(BaseModel):
    """One feature of GeoJSON (RFC 7946 §3.2)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["Feature"] = "Feature"
    id: str | int | None = None
    geometry: dict[str, Any] | None
    properties: dict[str, Any] = Field(default_factory=dict)


class Features(_Shown):
    """A collection of features, each in WGS-84 with the longitude first."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    crs: Literal["http://www.opengis.net/def/crs/OGC/1.3/CRS84"] = CRS84
    features: Annotated[tuple[Feature, ...], Field(max_length=10_000)] = ()
