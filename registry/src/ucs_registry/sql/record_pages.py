"""The texts of the statements that list records by a way: a range of places, whose owners are judged as it is read.

Three shapes lead to the same rows. Where everybody's records are shown, the range is read in its order. Where some owners' are,
the first places of the range are looked through, which is enough when much of it is shown; else each owner's first places are
read and put in order together, whose cost grows with the owners and not with what is hidden.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache, lru_cache
from typing import NamedTuple

import orjson
from sqlalchemy import TextClause, text

from ucs_registry.canonical import storable
from ucs_registry.documents import DocumentQuery, Place
from ucs_registry.record_ways import StandingWay, span_of
from ucs_registry.sql.dialects import Dialect

LOOKED_THROUGH = 400
"""How many places are looked through before each owner's are read."""


class Shape(StrEnum):
    """How a range of places is read."""

    ALL = "all"
    FIRST = "first"
    EACH = "each"


class Words(NamedTuple):
    """How a database says it: the owners of a JSON text as `o`, their number in it, a row beside another, each owner's rows, up
    to how many owners that is cheapest, and JSON arrays of values and of rows. `positional` where values stand as often as they
    are used.
    """

    owners: str
    number: str
    beside: str
    each: str
    few: int
    row: str
    rows: str
    positional: bool


SQLITE_WORDS = Words(
    owners="json_each(:owners) AS o",
    number="o.value",
    beside="CROSS JOIN",
    # Ordered by the index, so that an owner's rows end when they come behind those that are wanted.
    each="SELECT p.key, p.id FROM {owners} CROSS JOIN document_places AS p INDEXED BY ix_document_places_owner "
    "WHERE p.owner = {number} AND {range} ORDER BY p.key {way}, p.id {way} LIMIT :first",
    few=300,
    row="json_array",
    rows="json_group_array",
    positional=True,
)

POSTGRES_WORDS = Words(
    owners="json_array_elements_text(CAST(:owners AS json)) AS o (value)",
    number="CAST(o.value AS integer)",
    beside="JOIN",
    each="SELECT q.key, q.id FROM {owners} CROSS JOIN LATERAL (SELECT p.key, p.id FROM document_places AS p "
    "WHERE p.owner = {number} AND {range} ORDER BY p.key {way}, p.id {way} LIMIT :first) AS q "
    "ORDER BY q.key {way}, q.id {way} LIMIT :first",
    few=16,
    row="json_build_array",
    rows="json_agg",
    positional=False,
)


def words_of(dialect: Dialect) -> Words:
    """How a database says it."""
    return POSTGRES_WORDS if dialect.weighs_values else SQLITE_WORDS


def shapes_of(words: Words, query: DocumentQuery) -> tuple[Shape, ...]:
    """How a page is read: the next way is tried where the one before did not fill it."""
    if query.owners is None:
        return (Shape.ALL,)
    return (Shape.EACH,) if len(query.owners) <= words.few else (Shape.FIRST, Shape.EACH)


def page_values(way: StandingWay, query: DocumentQuery, after: Place | None, first: int) -> dict[str, object]:
    """The values of the statement of a page by name."""
    span = span_of(query, way.fields)
    values: dict[str, object] = {
        "plugin": query.plugin,
        "collection": query.collection,
        "way": way.number,
        "low": span.low,
        "high": span.high,
        "first": first,
        "owners": "[]" if query.owners is None else stated_owners(query.owners),
    }
    if after is not None:
        key = span.at(after.key)
        values |= {"after_key": key, "after_id": after.id}
        if query.descending:
            values["high"] = min(span.high, key)
        else:
            values["low"] = max(span.low, key)
    return values


@lru_cache(maxsize=256)
def stated_owners(owners: frozenset[int]) -> str:
    """Some owners' numbers as JSON."""
    return orjson.dumps(sorted(owners)).decode()


@cache
def page_text(words: Words, shape: Shape, *, descending: bool, behind: bool) -> TextClause:
    """The statement of a page, whose values `page_values` gives."""
    return text(page_sql(words, shape, descending=descending, behind=behind, told="d.*, n.id AS organization"))


def page_sql(words: Words, shape: Shape, *, descending: bool, behind: bool, told: str, ordered: bool = True) -> str:
    """The text of a page: what is told of documents `d`, their owners `n` and their places `f`."""
    way = "DESC" if descending else "ASC"
    within = _range(descending, behind)
    order = f"ORDER BY p.key {way}, p.id {way}"
    if shape is Shape.EACH:
        found = words.each.format(owners=words.owners, number=words.number, way=way, range=within)
    elif shape is Shape.ALL:
        found = f"SELECT p.key, p.id FROM document_places AS p WHERE {within} {order} LIMIT :first"
    else:
        looked = f"SELECT p.key, p.id, p.owner FROM document_places AS p WHERE {within} {order} LIMIT {LOOKED_THROUGH}"
        shown = f"p.owner IN (SELECT {words.number} FROM {words.owners})"
        found = f"SELECT p.key, p.id FROM ({looked}) AS p WHERE {shown} {order} LIMIT :first"
    return (
        f"SELECT {told} FROM ({found}) AS f "
        f"{words.beside} documents AS d ON d.plugin = :plugin AND d.collection = :collection AND d.id = f.id "
        f"{words.beside} organizations AS n ON n.number = d.owner"
        + (f" ORDER BY f.key {way}, f.id {way}" if ordered else "")
    )


def _range(descending: bool, behind: bool) -> str:
    within = "p.way = :way AND p.key >= :low AND p.key <= :high"
    side = "<" if descending else ">"
    return f"{within} AND (p.key, p.id) {side} (:after_key, :after_id)" if behind else within


def askable(query: DocumentQuery, after: Place | None = None) -> bool:
    """Whether a database can be asked for this: what it cannot hold, it does not have."""
    texts = [query.plugin, query.collection, query.order or ""]
    texts += [end for part in query.where for end in (part.field, *part.ends)]
    texts += [] if after is None else [after.key, after.id]
    return all(map(storable, texts))
