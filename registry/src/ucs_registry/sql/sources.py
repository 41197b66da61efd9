"""From where the resources of a query are read: where a tag or a search leads to few, the narrow tables hold what a list asks.

A page, a total and a facet need a resource's id, cell, district and time. What else a query asks is asked of cells or, where
cells cannot tell, of the wide rows that are left.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, FromClause, Integer, func, literal_column, select

from ucs_registry.canonical import storable
from ucs_registry.queries import ResourceQuery
from ucs_registry.search import query_terms
from ucs_registry.sql import tables
from ucs_registry.sql.areas import NOWHERE, Placed
from ucs_registry.sql.dialects import Dialect
from ucs_registry.sql.parameters import NO_TEXT, ONE, ZERO, named, states_nothing
from ucs_registry.sql.place_tables import places, tag_places
from ucs_registry.sql.predicates import Condition, asks_district, by_attributes, by_content, decided_by_cell, shown
from ucs_registry.sql.tables import KEY
from ucs_registry.visibility import Visibility
from ucs_sdk.vocabulary import ResourceKind


class Source(NamedTuple):
    """Rows of resources, each once, that satisfy a query where conditions hold."""

    rows: FromClause
    id: ColumnElement[str]
    cell: ColumnElement[int]
    district: ColumnElement[str]
    updated_at: ColumnElement[str]
    conditions: list[Condition]
    alike: ColumnElement[int] | None = None
    """The first cell with the same attributes, where the rows tell it."""
    mixed: bool = False
    """Whether kinds stand in it one behind the other, each in the order of time."""

    def of_kinds(self) -> Iterator[Source]:
        """The parts that are kept in the order of time each."""
        for kind in ResourceKind:
            of_kind = tag_places.c.kind == literal_column(f"'{kind.value}'", KEY)
            yield self._replace(conditions=[*self.conditions, of_kind], mixed=False)


def source_of(
    dialect: Dialect,
    query: ResourceQuery,
    visibility: Visibility | None,
    placed: Placed = NOWHERE,
    prefix: str = "",
) -> Source:
    """From where what a query and a visibility leave is read."""
    source, left = _narrow(dialect, query, prefix)
    if states_nothing(left):
        pass
    elif source.id is not tables.resources.c.id and decided_by_cell(left) and not asks_district(left):
        source = _of_cells(source, left, prefix)
    else:
        source = _wide(
            source, by_attributes(left, tables.resources, prefix) + by_content(left, dialect, placed, prefix)
        )
    return _shown(source, dialect, visibility, prefix)


def searched_in_turn(
    dialect: Dialect, query: ResourceQuery, visibility: Visibility | None, most: int, prefix: str = ""
) -> tuple[Source, Condition] | None:
    """What a search finds, as all resources in the order of time of which each is looked for among those found; and that
    more than `most` are found, so that a page is full soon.

    None where this is no way: the database finds it by itself, or more is asked than makes the page fill soon.
    """
    terms = [] if query.search is None else query_terms(query.search)
    left = replace(query, search=None)
    if dialect.weighs_values or not terms or replace(left, kind=None) != ResourceQuery():
        return None
    found = dialect.numbered(terms, prefix)
    # A calculation, so that what is found is not gone through in its own order after all.
    source = Source(places, *_told(places), [(places.c.number + ZERO).in_(found)])
    source = source if states_nothing(left) else _of_cells(source, left, prefix)
    ceiling = literal_column(str(most), Integer)
    first = found.limit(ceiling + ONE).offset(ZERO).subquery("first_found")
    many = select(func.count()).select_from(first).scalar_subquery() > ceiling
    return _shown(source, dialect, visibility, prefix), many


def gathered(source: Source, name: str, *, owner: bool, district: bool) -> Source:
    """What a source leaves, gathered once for all that is asked of it. Where nobody asks for owners, its cells are those that
    stand for all with their attributes.
    """
    cell = source.cell if owner or source.alike is None else source.alike
    told: list[ColumnElement[Any]] = [source.id.label("resource"), cell.label("cell")]
    told.append(source.updated_at.label("updated_at"))
    if district:
        told.append(source.district.label("district"))
    rows = select(*told).select_from(source.rows).where(*source.conditions).cte(name)
    return Source(rows, rows.c.resource, rows.c.cell, rows.c.district if district else NO_TEXT, rows.c.updated_at, [])


def _of_cells(source: Source, query: ResourceQuery, prefix: str) -> Source:
    rows = source.rows.join(tables.cells, tables.cells.c.number == source.cell)
    return source._replace(rows=rows, conditions=source.conditions + by_attributes(query, tables.cells, prefix))


def _shown(source: Source, dialect: Dialect, visibility: Visibility | None, prefix: str) -> Source:
    if visibility is None:
        return source
    condition = shown(visibility, dialect, source.id, source.cell, prefix)
    return source._replace(conditions=[*source.conditions, condition])


def is_narrow(dialect: Dialect, query: ResourceQuery) -> bool:
    """Whether a page in the order of time is best read from a narrow table.

    Where a database weighs what it finds, it is left to it where to begin when more is asked than words.
    """
    if query.search is not None and query_terms(query.search):
        return not dialect.weighs_values or replace(query, search=None) == ResourceQuery()
    return _tag_of(query) is not None


def _tag_of(query: ResourceQuery) -> tuple[str, str] | None:
    """The one tag that a query asks for, behind its name."""
    stated = [("tag", query.tag)] * (query.tag is not None) + [(f"tags_{at}", tag) for at, tag in enumerate(query.tags)]
    return (stated[0][0], stated[0][1] or "") if len(stated) == 1 and storable(stated[0][1] or "") else None


def _wide(source: Source, conditions: list[Condition]) -> Source:
    rows, table = source.rows, tables.resources
    if source.id is not table.c.id:
        rows = rows.join(table, table.c.id == source.id)
    return source._replace(rows=rows, conditions=source.conditions + conditions)


def _narrow(dialect: Dialect, query: ResourceQuery, prefix: str) -> tuple[Source, ResourceQuery]:
    """The narrowest table that a query leads to, and what is left of the query."""
    terms = [] if query.search is None else query_terms(query.search)
    if terms:
        found = dialect.numbered(terms, prefix).subquery("found")
        rows = found.join(places, places.c.number == found.c.number)
        return Source(rows, *_told(places), [], places.c.alike), replace(query, search=None)
    tagged = _tag_of(query)
    if tagged is not None:
        name, tag = tagged
        conditions: list[Condition] = [tag_places.c.tag == named(f"{prefix}{name}", tag)]
        if query.kind is not None:
            conditions.append(tag_places.c.kind == named(f"{prefix}kind", query.kind.value))
        source = Source(tag_places, *_told(tag_places), conditions, mixed=query.kind is None)
        return source, replace(query, tag=None, tags=(), kind=None)
    return everything(), query


def everything() -> Source:
    """All resources, by their wide rows."""
    return Source(tables.resources, *_told(tables.resources), [])


def _told(table: FromClause) -> tuple[ColumnElement[str], ColumnElement[int], ColumnElement[str], ColumnElement[str]]:
    id = table.c.id if table is tables.resources else table.c.resource
    return id, table.c.cell, table.c.district, table.c.updated_at
