"""Lists, totals and facets of resources, and the edges that arrive at them, under one visibility.

Whatever a cell decides is counted by cell, exactly, without reading resources. A list has two ways: to read in the order
of an index until the page is full, which is quick when many match, or to gather all that match and sort them, which is
quick when few do. The total says which.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, CompoundSelect, Table, func, literal, select, tuple_, union_all

from ucs_registry.queries import Cursor, Dimension, Order, ResourceQuery
from ucs_registry.sql import tables
from ucs_registry.sql.dialects import Dialect, Query
from ucs_registry.sql.predicates import (
    by_attributes,
    by_content,
    decided_by_cell,
    live_grants,
    may_need_grants,
    verdict,
    visible,
)
from ucs_registry.sql.rows import select_resources
from ucs_registry.visibility import ALLOWED, WITH_GRANT, Visibility

SORT_KEYS: dict[Order, ColumnElement[str]] = {
    Order.UPDATED_DESC: tables.resources.c.updated_at,
    Order.UPDATED_ASC: tables.resources.c.updated_at,
    Order.TITLE_ZH: tables.resources.c.title_zh,
    Order.TITLE_EN: tables.resources.c.title_en,
    Order.CODE: tables.resources.c.code,
}

DIMENSIONS = {Dimension.KIND: "kind"}
"""The column of a dimension, in `resources` and in `cells`: a dimension is something that a cell decides."""


GATHER_MOST = 2000
"""Up to so many resources are gathered and sorted; more than that are read in order until the page is full."""


class Listing(NamedTuple):
    """What a list is asked for."""

    query: ResourceQuery
    visibility: Visibility | None
    order: Order
    after: Cursor | None
    first: int


def needs_total(listing: Listing, cells: int) -> bool:
    """Whether the total should be known before the page is read, because it may be far from many.

    Without it a list of few resources would read all others in order to find them. `cells` is how many there are.
    """
    query, visibility = listing.query, listing.visibility
    if not decided_by_cell(query):
        return False
    filtered = query != ResourceQuery()
    return filtered or (visibility is not None and visibility.mask.count(ALLOWED) * 10 < cells)


def page(dialect: Dialect, listing: Listing, total: int | None) -> Query:
    """The rows of one page. What is visible is settled before the page is cut; `total` only chooses the way there."""
    few = total is not None and total <= GATHER_MOST
    picked = _gathered(dialect, listing) if few else _in_order(dialect, listing)
    # The wide rows are joined to the page alone.
    rows = picked.subquery("picked")
    wide = select_resources().join(rows, rows.c.id == tables.resources.c.id)
    return _ordered(wide, listing.order, rows.c.key, rows.c.id)


def arriving(dialect: Dialect, ids: Collection[str], visibility: Visibility | None, first: int | None) -> Query:
    """The edges that arrive at resources, from visible sources alone, and up to `first` of them at each."""
    edges = tables.dependencies
    rows = select(edges).where(dialect.within(edges.c.target, ids))
    if visibility is not None:
        source = edges.c.source == tables.resources.c.id
        rows = rows.join(tables.resources, source).where(visible(visibility, dialect))
    if first is None:
        return rows.order_by(edges.c.target, edges.c.source, edges.c.place)
    place = func.row_number().over(partition_by=edges.c.target, order_by=(edges.c.source, edges.c.place))
    ranked = rows.add_columns(place.label("rank")).subquery()
    cut = select(*(ranked.c[column.name] for column in edges.columns)).where(ranked.c.rank <= first)
    return cut.order_by(ranked.c.target, ranked.c.source, ranked.c.place)


def _in_order(dialect: Dialect, listing: Listing) -> Query:
    query, visibility = listing.query, listing.visibility
    rows = _behind(listing, _keys(listing.order).where(*by_content(query, dialect)))
    # Of the filters only the kind has an index of its own, and that is in the order of time.
    in_time = SORT_KEYS[listing.order] is tables.resources.c.updated_at
    rows = rows.where(*by_attributes(query, tables.resources, indexed=in_time))
    if visibility is not None:
        rows = rows.where(visible(visibility, dialect))
    return _ordered(rows, listing.order, *rows.selected_columns).limit(listing.first)


def _gathered(dialect: Dialect, listing: Listing) -> Query:
    query, visibility = listing.query, listing.visibility
    cells = select(tables.cells.c.number).where(*by_attributes(query, tables.cells))
    if visibility is not None:
        cells = cells.where(verdict(visibility, tables.cells.c.number, ALLOWED))
    rows = _behind(listing, _keys(listing.order).where(tables.resources.c.cell.in_(cells)))
    if visibility is not None and may_need_grants(visibility):
        granted = _keys(listing.order).where(*_by_grant_alone(dialect, query, visibility))
        both = union_all(rows, _behind(listing, granted)).subquery()
        rows = select(both.c.id, both.c.key)
    return _ordered(rows, listing.order, *rows.selected_columns).limit(listing.first)


def _keys(order: Order) -> Query:
    return select(tables.resources.c.id, SORT_KEYS[order].label("key"))


def _behind(listing: Listing, rows: Query) -> Query:
    if listing.after is None:
        return rows
    here = tuple_(SORT_KEYS[listing.order], tables.resources.c.id)
    place = tuple_(literal(listing.after.key), literal(listing.after.id))
    return rows.where(here < place if listing.order.descending else here > place)


def _ordered(rows: Query, order: Order, *columns: ColumnElement[Any]) -> Query:
    named = {column.name: column for column in columns}
    key, id = named["key"], named["id"]
    return rows.order_by(key.desc(), id.desc()) if order.descending else rows.order_by(key, id)


def totals(dialect: Dialect, query: ResourceQuery, visibility: Visibility | None, dimension: Dimension | None) -> Query:
    """Rows of a dimension's value and its total; without a dimension, one row of None and the total."""
    if decided_by_cell(query):
        counted = _totals_by_cell(dialect, query, visibility, dimension)
    else:
        value = _value(tables.resources, dimension)
        conditions = _conditions(dialect, query, visibility)
        counted = select(value, func.count().label("total")).where(*conditions).group_by(value)
    parts = counted.subquery()
    return select(parts.c.value, func.sum(parts.c.total)).group_by(parts.c.value).having(func.sum(parts.c.total) > 0)


def _totals_by_cell(
    dialect: Dialect, query: ResourceQuery, visibility: Visibility | None, dimension: Dimension | None
) -> Query | CompoundSelect[*tuple[Any, ...]]:
    cells = tables.cells
    value = _value(cells, dimension)
    counted = select(value, func.sum(cells.c.resources).label("total")).where(*by_attributes(query, cells))
    counted = counted.group_by(value)
    if visibility is None:
        return counted
    allowed = counted.where(verdict(visibility, cells.c.number, ALLOWED))
    if not may_need_grants(visibility):
        return allowed
    # What only a grant shows is counted one by one: those are as few as the caller's grants.
    value = _value(tables.resources, dimension)
    single = select(value, func.count().label("total")).where(*_by_grant_alone(dialect, query, visibility))
    return union_all(allowed, single.group_by(value))


def _by_grant_alone(dialect: Dialect, query: ResourceQuery, visibility: Visibility) -> list[ColumnElement[bool]]:
    granted = select(tables.grants.c.resource).where(*live_grants(visibility, dialect))
    return [
        tables.resources.c.id.in_(granted),
        verdict(visibility, tables.resources.c.cell, WITH_GRANT),
        *by_attributes(query, tables.resources),
    ]


def _conditions(dialect: Dialect, query: ResourceQuery, visibility: Visibility | None) -> list[ColumnElement[bool]]:
    conditions = by_attributes(query, tables.resources) + by_content(query, dialect)
    if visibility is not None:
        conditions.append(visible(visibility, dialect))
    return conditions


def _value(table: Table, dimension: Dimension | None) -> ColumnElement[str]:
    column = literal("") if dimension is None else table.c[DIMENSIONS[dimension]]
    return column.label("value")
