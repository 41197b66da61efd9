"""Where and when, in a database: boxes around places that an index finds, and what meets an area exactly.

The index tells what may meet an area. What lies wholly within a box meets it; about all else, which is what a polygon asks
for and what a footprint on the edge of a box leaves open, the geometry is asked. That takes time with the number of places
in the box around the area, and none of it is refused: an area has few vertices, and a place takes a microsecond.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeAlias

from sqlalchemy import ColumnElement, and_, exists, or_, select

from ucs_registry.extents import Area, Box, Temporal, bounds
from ucs_registry.geometry import Meeting
from ucs_registry.queries import ResourceQuery
from ucs_registry.sql import tables
from ucs_registry.sql.dialects import Dialect, Query, Record
from ucs_registry.sql.parameters import days, named

Placed: TypeAlias = Mapping[Area, ColumnElement[bool]]
"""Which rows of `resources` meet an area, for each area of a query."""

NOWHERE: Placed = {}
"""For queries that ask for no area."""

NAMED_MOST = 2_000
"""Up to so many resources that meet an area are named in the statement that lists them; of more, each is looked up."""

INLINE_MOST = 500
"""Up to so many places are compared at once on the event loop itself; more go to a thread."""


def during(window: Temporal, prefix: str = "") -> ColumnElement[bool]:
    """That a row of `resources` has a window of time that shares a day with another."""
    table = tables.windows.c
    begins, ends = days(window)
    first, last = named(f"{prefix}during_begins", begins), named(f"{prefix}during_ends", ends)
    return tables.resources.c.id.in_(select(table.resource).where(table.begins <= last, table.ends >= first))


class AreaReading:
    """Finds what meets the areas of a query. What a reader has found once, in the one state that it sees, it keeps."""

    _dialect: Dialect
    _all: Callable[[Query], Awaitable[Sequence[Record]]]
    _met_before: dict[Area, ColumnElement[bool]] | None = None

    async def _placed(self, query: ResourceQuery) -> Placed:
        asked = {part.area for part in (query, *query.any_of) if part.area is not None}
        if not asked:
            return NOWHERE
        known = {} if self._met_before is None else self._met_before
        for area in asked - known.keys():
            known[area] = await (self._in_box(area) if isinstance(area, Box) else self._in_shape(area))
        if self._keeps_places:
            self._met_before = known
        return known

    @property
    def _keeps_places(self) -> bool:
        return True

    async def _in_box(self, box: Box) -> ColumnElement[bool]:
        table = tables.areas.c
        near = self._dialect.near(bounds(box))
        inside = and_(
            table.west >= box.west, table.east <= box.east, table.south >= box.south, table.north <= box.north
        )
        met = await self._meeting(box, near, ~inside, table.shape.is_not(None))
        wholly = await self._all(select(table.number).where(near, inside).limit(NAMED_MOST))
        if len(wholly) + len(met) < NAMED_MOST:
            return self._named([*met, *(number for (number,) in wholly)])
        return _looked_up(or_(inside, table.number.in_(self._dialect.listed(met))))

    async def _in_shape(self, area: Area) -> ColumnElement[bool]:
        met = await self._meeting(area, self._dialect.near(bounds(area)))
        if len(met) < NAMED_MOST:
            return self._named(met)
        return _looked_up(tables.areas.c.number.in_(self._dialect.listed(met)))

    def _named(self, numbers: Sequence[int]) -> ColumnElement[bool]:
        table = tables.areas.c
        found = select(table.resource).where(table.number.in_(self._dialect.listed(numbers)))
        return tables.resources.c.id.in_(found)

    async def _meeting(self, area: Area, *conditions: ColumnElement[bool]) -> list[int]:
        """The numbers of the places that satisfy conditions and meet an area."""
        table = tables.areas.c
        points = select(table.number, table.longitude, table.latitude).where(*conditions, table.longitude.is_not(None))
        shapes = select(table.number, table.shape).where(*conditions, table.shape.is_not(None))
        found = [await self._all(statement) for statement in (points, shapes)]
        if sum(map(len, found)) <= INLINE_MOST:
            return _met(area, *found)
        return await asyncio.to_thread(_met, area, *found)


def _looked_up(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    # Where many meet, a list is read in its order and each row looked up, rather than all of them gathered first.
    return exists().where(tables.areas.c.resource == tables.resources.c.id, condition)


def _met(area: Area, points: Sequence[Record], shapes: Sequence[Record]) -> list[int]:
    meeting = Meeting(area)
    met = set()
    if points:
        numbers, longitudes, latitudes = zip(*points, strict=True)
        met |= {number for number, meets in zip(numbers, meeting.points(longitudes, latitudes), strict=True) if meets}
    if shapes:
        numbers, stated = zip(*shapes, strict=True)
        met |= {number for number, meets in zip(numbers, meeting.stated(stated), strict=True) if meets}
    return sorted(met)
