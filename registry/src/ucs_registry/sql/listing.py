"""Lists of resources, and the edges that arrive at them, under one visibility.

A list has two ways: to read in the order of an index until the page is full, which is quick when many match, or to gather
all that match and sort them, which is quick when few do. The total says which. Either way runs in both directions.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, case, func, select, tuple_, union_all

from ucs_registry.queries import Cursor, Order, ResourceQuery
from ucs_registry.sql import tables
from ucs_registry.sql.areas import NOWHERE, Placed
from ucs_registry.sql.dialects import Dialect, Query
from ucs_registry.sql.parameters import ZERO, Stated, may_need_grants, named, number, values_of, variant_of
from ucs_registry.sql.predicates import (
    asks_district,
    by_attributes,
    by_content,
    by_grant_alone,
    decided_by_cell,
    reviewable,
    verdict,
    visible,
)
from ucs_registry.sql.reviews import waiting_in_turn
from ucs_registry.sql.rows import select_resources
from ucs_registry.sql.sources import Source, is_narrow, searched_in_turn, source_of
from ucs_registry.visibility import ALLOWED, Visibility

_KEYS = tables.resources.c

SORT_KEYS: dict[Order, ColumnElement[str]] = {
    Order.UPDATED_DESC: _KEYS.updated_at,
    Order.UPDATED_ASC: _KEYS.updated_at,
    Order.TITLE_ZH: _KEYS.title_zh,
    Order.TITLE_EN: _KEYS.title_en,
    Order.CODE: _KEYS.code,
    Order.CREATED_DESC: _KEYS.created_at,
    Order.CREATED_ASC: _KEYS.created_at,
    Order.TITLE_ZH_DESC: _KEYS.title_zh,
    Order.TITLE_EN_DESC: _KEYS.title_en,
    Order.CODE_DESC: _KEYS.code,
    Order.SUBMITTED: tables.review_queue.c.submitted_at,
}

GATHER_MOST = 2000
"""Up to so many resources are gathered and sorted; more than that are read in order until the page is full."""


class Listing(NamedTuple):
    """What a list is asked for."""

    query: ResourceQuery
    visibility: Visibility | None
    order: Order
    after: Cursor | None
    first: int
    before: Cursor | None = None
    backward: bool = False
    placed: Placed = NOWHERE
    prefix: str = ""
    beyond: str = ""
    """Of which of its cursors the other side is wanted instead, with the cursor's own place: `after` or `before`."""
    sort_most: int = GATHER_MOST
    """Up to so many that a search finds are sorted; of more a page is looked for in the order of time."""

    @property
    def descending(self) -> bool:
        """Whether larger keys are read first: backward, a list is read from its end."""
        return self.order.descending != self.backward


def stated_page(dialect: Dialect, listing: Listing) -> Stated:
    """The values of a page by name, and the variant of its text for each of the ways to it."""
    values = values_of(dialect, listing.query, listing.visibility, listing.prefix)
    variant = variant_of(listing.query, listing.visibility, values)
    cursors: list[Hashable] = []
    for name, cursor in (("after", listing.after), ("before", listing.before)):
        if cursor is not None:
            values[f"{listing.prefix}{name}_key"] = cursor.key
            if not _alone(listing.order):
                values[f"{listing.prefix}{name}_id"] = cursor.id
            cursors.append(name)
    values[f"{listing.prefix}first"] = listing.first
    return Stated(
        values, variant and (variant, listing.order, listing.backward, listing.beyond, listing.sort_most, *cursors)
    )


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
    # The wide rows are joined to the page alone.
    rows = picked(dialect, listing, total).subquery("picked")
    wide = select_resources().join(rows, rows.c.id == tables.resources.c.id)
    return _ordered(wide, listing, rows.c.key, rows.c.id)


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


def _narrowly(dialect: Dialect, listing: Listing) -> Query:
    """A page in the order of time of what a tag or a search leads to, whose narrow rows tell the time."""
    query, visibility, prefix = listing.query, listing.visibility, listing.prefix
    source, first = source_of(dialect, query, visibility, listing.placed, prefix), _first(listing)
    in_turn = searched_in_turn(dialect, query, visibility, listing.sort_most, prefix)
    if in_turn is not None:
        # Of the two ways only one is gone: whoever wants no rows at all does not look for any.
        ordered, many = in_turn
        return _together(
            listing,
            _part(listing, ordered, case((many, first), else_=ZERO)),
            _part(listing, source, case((many, ZERO), else_=first)),
        )
    if source.mixed:
        # Each kind is read in its order, and no further than a page.
        return _together(listing, *(_part(listing, part, first) for part in source.of_kinds()))
    return _part(listing, source, first)


def _part(listing: Listing, source: Source, most: ColumnElement[int]) -> Query:
    keys = select(source.id.label("id"), source.updated_at.label("key")).select_from(source.rows)
    rows = _between(listing, keys.where(*source.conditions), source.updated_at, source.id)
    return _ordered(rows, listing, *rows.selected_columns).limit(most).offset(ZERO)


def _together(listing: Listing, *parts: Query) -> Query:
    rows = union_all(*(select(*part.subquery().c) for part in parts)).subquery("together")
    return _cut(select(rows.c.id, rows.c.key), listing)


def _in_order(dialect: Dialect, listing: Listing) -> Query:
    query, visibility, keys = listing.query, listing.visibility, _keys(listing.order)
    if listing.order is Order.SUBMITTED and query.awaiting_review:
        # The queue is walked through in its order, where the query's own condition would gather all of it first.
        keys = keys.where(waiting_in_turn(query.queue, reviewable(dialect, listing.prefix), listing.prefix))
        query = replace(query, awaiting_review=False)
    rows = _between(listing, keys.where(*by_content(query, dialect, listing.placed, listing.prefix)))
    # Of the filters only kind and district have an index of their own, and that is in the order of time.
    rows = rows.where(*by_attributes(query, tables.resources, listing.prefix, indexed=in_time(listing)))
    if visibility is not None:
        rows = rows.where(visible(visibility, dialect, prefix=listing.prefix))
    return _cut(rows, listing)


def _gathered(dialect: Dialect, listing: Listing) -> Query:
    query, visibility, prefix = listing.query, listing.visibility, listing.prefix
    cells = select(tables.cells.c.number).where(*by_attributes(query, tables.cells, prefix))
    if asks_district(query):
        cells = cells.join(tables.districts, tables.districts.c.cell == tables.cells.c.number)
    if visibility is not None:
        cells = cells.where(verdict(visibility, tables.cells.c.number, ALLOWED, dialect, prefix))
    rows = _between(listing, _keys(listing.order).where(tables.resources.c.cell.in_(cells)))
    if asks_district(query):
        # A cell has resources in other districts, too.
        rows = rows.where(*by_attributes(query, tables.resources, prefix, indexed=False))
    if visibility is not None and may_need_grants(visibility):
        granted = _keys(listing.order).where(*by_grant_alone(query, visibility, dialect, prefix))
        both = union_all(rows, _between(listing, granted)).subquery()
        rows = select(both.c.id, both.c.key)
    return _cut(rows, listing)


def _cut(rows: Query, listing: Listing) -> Query:
    # Where no offset is stated, SQLite is handed one as a value.
    return _ordered(rows, listing, *rows.selected_columns).limit(_first(listing)).offset(ZERO)


def _first(listing: Listing) -> ColumnElement[int]:
    return number(f"{listing.prefix}first", listing.first)


def _keys(order: Order) -> Query:
    keys = select(_id(order).label("id"), SORT_KEYS[order].label("key"))
    if order is Order.SUBMITTED:
        # Only what waits has been submitted: the order goes with the queue.
        return keys.join(tables.resources, tables.resources.c.id == tables.review_queue.c.resource)
    return keys


def _id(order: Order) -> ColumnElement[str]:
    """The column of the ids that stands in the index of an order."""
    return tables.review_queue.c.resource if order is Order.SUBMITTED else _KEYS.id


def _between(
    listing: Listing, rows: Query, key: ColumnElement[Any] | None = None, id: ColumnElement[Any] | None = None
) -> Query:
    """Rows on the wanted side of the cursors; `key` and `id` are by what they are ordered, if not by the usual columns."""
    key, id = (SORT_KEYS[listing.order], _id(listing.order)) if key is None or id is None else (key, id)
    for name, cursor, larger in (
        ("after", listing.after, not listing.order.descending),
        ("before", listing.before, listing.order.descending),
    ):
        if cursor is None or listing.beyond not in ("", name):
            continue
        here: ColumnElement[Any] = key
        end: ColumnElement[Any] = named(f"{listing.prefix}{name}_key", cursor.key)
        if not _alone(listing.order):
            here = tuple_(here, id)
            end = tuple_(end, named(f"{listing.prefix}{name}_id", cursor.id))
        if listing.beyond:
            rows = rows.where(here <= end if larger else here >= end)
        else:
            rows = rows.where(here > end if larger else here < end)
    return rows


def _ordered(rows: Query, listing: Listing, *columns: ColumnElement[Any]) -> Query:
    named = {column.name: column for column in columns}
    keys = [named["key"]] if _alone(listing.order) else [named["key"], named["id"]]
    return rows.order_by(*(key.desc() for key in keys)) if listing.descending else rows.order_by(*keys)


def _alone(order: Order) -> bool:
    # No two resources share a code: nothing else is needed to tell their places, and nothing else is in its index.
    return order in (Order.CODE, Order.CODE_DESC)


def picked(dialect: Dialect, listing: Listing, total: int | None) -> Query:
    """The ids and sort keys of one page, as `page` picks them."""
    if total is not None and total <= GATHER_MOST:
        return _gathered(dialect, listing)
    return (
        _narrowly(dialect, listing)
        if in_time(listing) and is_narrow(dialect, listing.query)
        else _in_order(dialect, listing)
    )


def in_time(listing: Listing) -> bool:
    """Whether a list is in the order of the last change, one way or the other."""
    return SORT_KEYS[listing.order] is tables.resources.c.updated_at


def picked_of(source: Source, listing: Listing) -> Query:
    """The ids and sort keys of one page of a source, in the order of time."""
    return _part(listing, source, _first(listing))


def lined_up(rows: Query, listing: Listing, key: ColumnElement[Any], id: ColumnElement[Any]) -> Query:
    """Rows in the order in which a list is read, by the columns that hold its keys."""
    return _ordered(rows, listing, key, id)
