"""Totals and facets under one visibility, and the counters that most of them are read from.

Whatever a cell and a district decide is counted by cell and district, exactly, without reading resources; what only a grant
shows is counted one by one, as such are few.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    Executable,
    Integer,
    Select,
    Table,
    func,
    literal_column,
    select,
    union_all,
    update,
)

from ucs_registry.queries import Dimension, ResourceQuery, leading
from ucs_registry.sql import tables
from ucs_registry.sql.areas import NOWHERE, Placed
from ucs_registry.sql.dialects import Dialect, Query, Record, Values
from ucs_registry.sql.parameters import ZERO, may_need_grants
from ucs_registry.sql.predicates import (
    asks_district,
    by_attributes,
    by_grant_alone,
    decided_by_cell,
    verdict,
)
from ucs_registry.sql.rows import ATTRIBUTE_COLUMNS
from ucs_registry.sql.sources import Source, everything, source_of
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

WIDE = (Dimension.OWNER, Dimension.DISTRICT)
"""Dimensions that tell many more cells apart than the others do."""

Tallied = Query | CompoundSelect[*tuple[Any, ...]]


class _Counting(Protocol):
    """What keeping the counters needs of a unit."""

    @property
    def dialect(self) -> Dialect: ...

    async def all(self, statement: Query) -> Sequence[Record]: ...

    async def run(self, statement: Executable) -> None: ...

    async def write(
        self, table: Table, made: Sequence[Values], *, key: tuple[str, ...], keep: tuple[str, ...] = ()
    ) -> None: ...

    async def insert(self, table: Table, made: Sequence[Values]) -> None: ...


async def count_districts(unit: _Counting, moves: Mapping[Place, int]) -> None:
    """Add to how many resources each cell has in each district. Units are serial: what is read is what is written on."""
    moved = {place: by for place, by in moves.items() if by}
    if not moved:
        return
    table = tables.districts
    held = await unit.all(select(table).where(unit.dialect.within(table.c.cell, {cell for cell, _ in moved})))
    known = {(cell, district): total for cell, district, total in held}
    again: list[Values] = []
    fresh: list[Values] = []
    for (cell, district), by in moved.items():
        total = known.get((cell, district))
        row = {"cell": cell, "district": district, "resources": (total or 0) + by}
        (fresh if total is None else again).append(row)
    if again:
        await unit.write(table, again, key=("cell", "district"))
    if fresh:
        await unit.insert(table, fresh)


async def count_cells(unit: _Counting, moves: Mapping[int, int]) -> None:
    """Add to how many resources each cell has."""
    moved = [(cell, by) for cell, by in moves.items() if by]
    if moved:
        table, pairs = tables.cells, unit.dialect.pairs(moved).subquery()
        held = update(table).where(table.c.number == pairs.c.number)
        await unit.run(held.values(resources=table.c.resources + pairs.c.amount))


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


def total(
    dialect: Dialect,
    query: ResourceQuery,
    visibility: Visibility | None,
    placed: Placed = NOWHERE,
    prefix: str = "",
) -> Query:
    """One row: how many resources a query and a visibility leave."""
    if not decided_by_cell(query):
        source = source_of(dialect, query, visibility, placed, prefix)
        return select(func.count()).select_from(source.rows).where(*source.conditions)
    counted = _by_counters(dialect, query, visibility, asks_district(query), prefix).subquery()
    return select(func.coalesce(func.sum(counted.c.total), ZERO))


def enough(dialect: Dialect, query: ResourceQuery, visibility: Visibility | None, most: int, prefix: str = "") -> Query:
    """One row: the total of what a cell and a district decide, or, where it is more than `most`, some number above that."""
    counted = _by_counters(dialect, query, visibility, asks_district(query), prefix).subquery("counted")
    # Every row counts for one resource at least, so that no more of them are needed.
    ceiling = literal_column(str(most + 1), Integer)
    first = select(counted.c.total).limit(ceiling).offset(ZERO).subquery("first_counted")
    return select(func.coalesce(func.sum(first.c.total), ZERO))


def facets(
    dialect: Dialect,
    query: ResourceQuery,
    visibility: Visibility | None,
    dimensions: Sequence[Dimension],
    placed: Placed = NOWHERE,
    prefix: str = "",
) -> Query:
    """Rows of a dimension's place among those asked for, a value of it, and how many resources have it.

    What matches is gone through once, whatever the number of dimensions.
    """
    if decided_by_cell(query):
        # Owners and districts tell many more cells apart than the rest does. Each is added up by itself.
        apart = [dimension if dimension in WIDE else Dimension.KIND for dimension in dimensions]
        tallies = {
            each: tallied(
                *(dialect, query, visibility, each is Dimension.DISTRICT, placed, prefix),
                by_owner=each is Dimension.OWNER,
            ).cte(f"{each.value}_tally")
            for each in dict.fromkeys(apart)
        }
        sources = [tallies[each] for each in apart]
    else:
        counted = tallied(dialect, query, visibility, Dimension.DISTRICT in dimensions, placed, prefix)
        sources = [counted.cte("tally")] * len(dimensions)
    together = union_all(*(facet(tally, at, dimensions[at]) for at, tally in enumerate(sources))).subquery()
    return select(*together.c)


def tallied(
    dialect: Dialect,
    query: ResourceQuery,
    visibility: Visibility | None,
    by_district: bool,
    placed: Placed = NOWHERE,
    prefix: str = "",
    *,
    by_owner: bool = True,
) -> Tallied:
    """Rows of a cell, its district where that is asked for, and how many of what matches are there.

    Where it need not be told `by_owner`, one cell may stand for all that have its other attributes.
    """
    if decided_by_cell(query):
        by_district = by_district or asks_district(query)
        return _by_counters(dialect, query, visibility, by_district, prefix, by_owner=by_owner or by_district)
    return tallied_of(source_of(dialect, query, visibility, placed, prefix), by_district=by_district)


def facet(tally: CTE, at: int, dimension: Dimension) -> Select[*tuple[Any, ...]]:
    """Rows of a number, a value of a dimension, and how many of what was tallied have it."""
    cells, owners = tables.cells, tables.organizations
    value = tally.c.district if dimension is Dimension.DISTRICT else _VALUES[dimension]
    place: ColumnElement[Any] = literal_column(str(at)).label("at")
    found = func.sum(tally.c.total).label("total")
    if dimension is Dimension.DISTRICT:
        return select(place, value.label("value"), found).group_by(value)
    if dimension is not Dimension.OWNER:
        counted = select(place, value.label("value"), found)
        return counted.join_from(tally, cells, cells.c.number == tally.c.cell).group_by(value)
    # Added up by the owner's number, which is shorter than its id, and named in the end.
    each = select(cells.c.owner, found).join_from(tally, cells, cells.c.number == tally.c.cell)
    added = each.group_by(cells.c.owner).subquery(f"owned_{at}")
    return select(place, value.label("value"), added.c.total).join_from(added, owners, owners.c.number == added.c.owner)


def told(tally: CTE, dimensions: Collection[Dimension]) -> Query:
    """Rows of the values of several dimensions, each under its name, and how many of what was tallied have them all.

    So cells are looked up once, whatever the number of dimensions; owners and districts are not among these.
    """
    cells, values = tables.cells, [_VALUES[dimension].label(dimension.value) for dimension in sorted(dimensions)]
    counted = select(*values, func.sum(tally.c.total).label("total"))
    return counted.join_from(tally, cells, cells.c.number == tally.c.cell).group_by(*values)


def facet_of(told: CTE, dimension: Dimension) -> Query:
    """Rows of a value of a dimension, and how many of what was told have it."""
    value = told.c[dimension.value]
    return select(value.label("value"), func.sum(told.c.total).label("total")).group_by(value)


def _by_counters(
    dialect: Dialect,
    query: ResourceQuery,
    visibility: Visibility | None,
    by_district: bool,
    prefix: str,
    *,
    by_owner: bool = True,
) -> Tallied:
    cells, districts = tables.cells, tables.districts
    if by_district:
        counted: Query = select(districts.c.cell, districts.c.district, districts.c.resources.label("total"))
        counted = counted.join(cells, cells.c.number == districts.c.cell).where(districts.c.resources > ZERO)
    else:
        counted = select(cells.c.number.label("cell"), cells.c.resources.label("total")).where(cells.c.resources > ZERO)
    if not by_owner:
        counted = select(func.min(cells.c.number).label("cell"), func.sum(cells.c.resources).label("total"))
        counted = counted.where(cells.c.resources > ZERO).group_by(*(cells.c[name] for name in ATTRIBUTE_COLUMNS))
    counted = counted.where(*by_attributes(query, cells, prefix))
    if visibility is None:
        return counted
    allowed = counted.where(verdict(visibility, cells.c.number, ALLOWED, dialect, prefix))
    if not may_need_grants(visibility):
        return allowed
    granted = everything()._replace(conditions=by_grant_alone(query, visibility, dialect, prefix))
    return union_all(allowed, tallied_of(granted, by_district=by_district))


def tallied_of(source: Source, *, by_district: bool) -> Query:
    """The same of what a source leaves."""
    named = (source.cell, source.district) if by_district else (source.cell,)
    counted = select(*named, func.count().label("total")).select_from(source.rows)
    return counted.where(*source.conditions).group_by(*named)
