"""Levels, districts, tags, areas and windows in memory: each resource is asked by itself."""

from __future__ import annotations

from ucs_registry.extents import Area, Box
from ucs_registry.geometry import Meeting
from ucs_registry.queries import ResourceQuery, district_of
from ucs_registry.resources import Resource, ResourceContent


def satisfies(resource: Resource, query: ResourceQuery) -> bool:
    """Whether a resource satisfies what a query asks of its level, owner, place and time."""
    content = resource.shown.content
    return (
        query.data_level in (None, content.data_level)
        and query.open_type in (None, content.open_type)
        and query.owner in (None, resource.owner)
        and query.district in (None, district_of(resource) or "")
        and (query.region is None or _within(content, query.region))
        and set(query.tags) <= set(content.tags)
        and (query.updated_after is None or query.updated_after <= resource.updated_at)
        and (query.updated_before is None or resource.updated_at < query.updated_before)
        and (query.during is None or (content.temporal is not None and content.temporal.overlaps(query.during)))
        and (query.area is None or _meets(content, query.area))
    )


def _within(content: ResourceContent, region: str) -> bool:
    return region.isdecimal() and content.region_code is not None and content.region_code.startswith(region)


def _meets(content: ResourceContent, area: Area) -> bool:
    point, shape = content.location, content.footprint
    if point is not None:
        inside = (
            area.holds(point.longitude, point.latitude)
            if isinstance(area, Box)
            else Meeting(area).point(point.longitude, point.latitude)
        )
        if inside:
            return True
    return shape is not None and Meeting(area).shape(shape)
