"""The statements of collections that declare nothing: their records are found by every field."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, FromClause, Select, and_, func, literal, select

from ucs_registry.documents import DocumentQuery, FieldRange, Place
from ucs_registry.sql import tables
from ucs_registry.sql.dialects import Dialect, Query
from ucs_registry.sql.plugin_tables import document_fields, documents


def select_documents() -> Select[tuple[object, ...]]:
    """All documents, with the ids of their owners."""
    named = tables.organizations.c.id.label("organization")
    owned = documents.join(tables.organizations, tables.organizations.c.number == documents.c.owner)
    return select(documents, named).select_from(owned)


def found(dialect: Dialect, query: DocumentQuery, after: Place | None, first: int) -> Query:
    """The documents of a page."""
    statement = select_documents()
    keys: list[ColumnElement[str]] = [documents.c.id]
    if query.order is not None:
        # What a condition names is there, so that the order is that of the index.
        there = any(part.field == query.order for part in query.where)
        ordered = document_fields.alias("ordered")
        same = and_(_of(ordered, query, query.order), ordered.c.id == documents.c.id)
        statement = statement.join(ordered, same, isouter=not there)
        keys = [ordered.c.value, ordered.c.id] if there else [func.coalesce(ordered.c.value, ""), documents.c.id]
    statement = statement.where(*_conditions(dialect, query))
    if after is not None:
        statement = statement.where(_behind(keys, after, query.descending))
    return statement.order_by(*((key.desc() if query.descending else key) for key in keys)).limit(first)


def counted(dialect: Dialect, query: DocumentQuery) -> Query:
    """One row: how many documents there are that a query asks for."""
    return select(func.count()).select_from(documents).where(*_conditions(dialect, query))


def tallied(dialect: Dialect, query: DocumentQuery, by: str) -> Query:
    """Rows of the key of a field and how many documents have it; those without the field are in none."""
    value = document_fields.alias("tallied")
    own = and_(_of(value, query, by), value.c.id == documents.c.id)
    joined = documents.join(value, own)
    counts = select(value.c.value, func.count()).select_from(joined).where(*_conditions(dialect, query))
    return counts.group_by(value.c.value)


def _conditions(dialect: Dialect, query: DocumentQuery) -> list[ColumnElement[bool]]:
    conditions = [documents.c.plugin == query.plugin, documents.c.collection == query.collection]
    if query.owners is not None:
        conditions.append(dialect.within(documents.c.owner, query.owners))
    if query.ids is not None:
        conditions.append(dialect.within(documents.c.id, query.ids))
    conditions += (documents.c.id.in_(_found_by(query, part)) for part in query.where)
    return conditions


def _of(table: FromClause, query: DocumentQuery, field: str) -> ColumnElement[bool]:
    return and_(table.c.plugin == query.plugin, table.c.collection == query.collection, table.c.field == field)


def _found_by(query: DocumentQuery, part: FieldRange) -> Select[tuple[str]]:
    low, high = part.ends
    value = document_fields.c.value
    return select(document_fields.c.id).where(_of(document_fields, query, part.field), value >= low, value <= high)


def _behind(keys: Sequence[ColumnElement[str]], place: Place, descending: bool) -> ColumnElement[bool]:
    id = keys[-1]
    there = id < place.id if descending else id > place.id
    if len(keys) == 1:
        return there
    key, stated = keys[0], literal(place.key)
    ahead = key < stated if descending else key > stated
    return ahead | and_(key == stated, there)
