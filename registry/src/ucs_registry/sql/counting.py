"""Totals and facets under one visibility, and the counters that most of them are read from.

Whatever a cell and a district decide is counted by cell and district, exactly, without reading resources; what only a grant
shows is counted one by one, as such are few.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import CTE, ColumnElement, CompoundSelect, Select, Table, func, literal_column, select, union_all

from ucs_registry.queries import Dimension, ResourceQuery, leading
from ucs_registry.sql import tables
from ucs_registry.sql.areas import NOWHERE, Placed
from ucs_registry.sql.dialects import Dialect, Query, Record, Values
from ucs_registry.sql.predicates import (
    Condition,
    asks_district,
    by_attributes,
    by_content,
    by_grant_alone,
    decided_by_cell,
    may_need_grants,
    verdict,
    visible,
)
from ucs_registry.visibility import ALLOWED, Visibility

Place = tuple[int, str]
"""A cell and a district."""

_VALUES: dict[Dimension, ColumnElement[str]] = {
    Dimension.KIND: tables.cells.c.kind,
    Dimension.TYPE: tables.cells.c.type,
    Dimension.OWNER: tables.organizations.c.id,
    Dimension.SHARE_TYPE: tables.cells.c.share_type,
    Dimension.DATA_LEVEL: tables.cells.c.data_level,
    Dimension.OPEN_TYPE: tables.cells.c.open_type,
    Dimension.AVAILABILITY: tables.cells.c.state,
}
"""What tells the value of a dimension, beside the district, which a tally holds itself."""

_Rows = Query | CompoundSelect[*tuple[Any, ...]]


class _Counting(Protocol):
    """What keeping the counters needs of a unit."""

    @property
    def dialect(self) -> Dialect: ...

    async def all(self, statement: Query) -> Sequence[Record]: ...

    async def write(
        self, table: Table, made: Sequence[Values], *, key: tuple[str, ...], keep: tuple[str, ...] = ()
    ) -> None: ...


async def count_districts(unit: _Counting, moves: Mapping[Place, int]) -> None:
    """Add to how many resources each cell has in each district. Units are serial: what is read is what is written on."""
    moved = {place: by for place, by in moves.items() if by}
    if not moved:
        return
    table = tables.districts
    held = await unit.all(select(table).where(unit.dialect.within(table.c.cell, {cell for cell, _ in moved})))
    known = {(cell, district): total for cell, district, total in held}
    made = [
        {"cell": cell, "district": district, "resources": known.get((cell, district), 0) + by}
        for (cell, district), by in moved.items()
    ]
    await unit.write(table, made, key=("cell", "district"))


class CountReading:
    """What a reader answers in numbers."""

    _dialect: Dialect
    _all: Callable[[Query], Awaitable[Sequence[Record]]]
    _placed: Callable[[ResourceQuery], Awaitable[Placed]]

    async def count(self, query: ResourceQuery, visibility: Visibility | None) -> int:
        [(found,)] = await self._all(total(self._dialect, query, visibility, await self._placed(query)))
        return int(found)

    async def facets(
        self, query: ResourceQuery, visibility: Visibility | None, dimensions: Collection[Dimension]
    ) -> dict[Dimension, dict[str, int]]:
        asked = list(dict.fromkeys(dimensions))
        if not asked:
            return {}
        placed = await self._placed(query)
        counts: dict[Dimension, dict[str, int]] = {dimension: {} for dimension in asked}
        for at, value, found in await self._all(facets(self._dialect, query, visibility, asked, placed)):
            counts[asked[at]][value] = int(found)
        return {dimension: leading(values) for dimension, values in counts.items()}


def total(dialect: Dialect, query: ResourceQuery, visibility: Visibility | None, placed: Placed = NOWHERE) -> Query:
    """One row: how many resources a query and a visibility leave."""
    if not decided_by_cell(query):
        conditions = _conditions(dialect, query, visibility, placed)
        return select(func.count()).select_from(tables.resources).where(*conditions)
    counted = _by_counters(dialect, query, visibility, asks_district(query)).subquery()
    return select(func.coalesce(func.sum(counted.c.total), 0))


def facets(
    dialect: Dialect,
    query: ResourceQuery,
    visibility: Visibility | None,
    dimensions: Sequence[Dimension],
    placed: Placed = NOWHERE,
) -> Query:
    """Rows of a dimension's place among those asked for, a value of it, and how many resources have it.

    What matches is gone through once, whatever the number of dimensions.
    """
    by_district = Dimension.DISTRICT in dimensions
    if decided_by_cell(query):
        counted = _by_counters(dialect, query, visibility, by_district or asks_district(query))
    else:
        conditions = _conditions(dialect, query, visibility, placed)
        counted = _by_rows(conditions, by_district=by_district)
    tally = counted.cte("tally")
    parts = union_all(*(_facet(tally, at, dimension) for at, dimension in enumerate(dimensions))).subquery()
    return select(*parts.c)


def _facet(tally: CTE, at: int, dimension: Dimension) -> Select[*tuple[Any, ...]]:
    value = tally.c.district if dimension is Dimension.DISTRICT else _VALUES[dimension]
    counted = select(literal_column(str(at)).label("at"), value.label("value"), func.sum(tally.c.total).label("total"))
    counted = counted.select_from(tally)
    if dimension is not Dimension.DISTRICT:
        counted = counted.join(tables.cells, tables.cells.c.number == tally.c.cell)
    if dimension is Dimension.OWNER:
        counted = counted.join(tables.organizations, tables.organizations.c.number == tables.cells.c.owner)
    return counted.group_by(value)


def _by_counters(dialect: Dialect, query: ResourceQuery, visibility: Visibility | None, by_district: bool) -> _Rows:
    cells, districts = tables.cells, tables.districts
    if by_district:
        counted: Query = select(districts.c.cell, districts.c.district, districts.c.resources.label("total"))
        counted = counted.join(cells, cells.c.number == districts.c.cell).where(districts.c.resources > 0)
    else:
        counted = select(cells.c.number.label("cell"), cells.c.resources.label("total")).where(cells.c.resources > 0)
    counted = counted.where(*by_attributes(query, cells))
    if visibility is None:
        return counted
    allowed = counted.where(verdict(visibility, cells.c.number, ALLOWED))
    if not may_need_grants(visibility):
        return allowed
    return union_all(allowed, _by_rows(by_grant_alone(query, visibility, dialect), by_district=by_district))


def _by_rows(conditions: Sequence[Condition], *, by_district: bool) -> Query:
    resources = tables.resources.c
    named = (resources.cell, resources.district) if by_district else (resources.cell,)
    return select(*named, func.count().label("total")).where(*conditions).group_by(*named)


def _conditions(
    dialect: Dialect, query: ResourceQuery, visibility: Visibility | None, placed: Placed
) -> list[Condition]:
    conditions = by_attributes(query, tables.resources) + by_content(query, dialect, placed)
    if visibility is not None:
        conditions.append(visible(visibility, dialect))
    return conditions
