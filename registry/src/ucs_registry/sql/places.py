"""Keeps the narrow tables of lists beside the resources, in the same transaction, by a statement for each and a batch.

Whatever changes a resource's cell, district, time or tags makes it leave its places before, and take them after.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlalchemy import ColumnElement, Executable, Subquery, Table, and_, delete, func, insert, or_, select, tuple_

from ucs_registry.sql import tables
from ucs_registry.sql.dialects import Dialect, Query
from ucs_registry.sql.faults import translated
from ucs_registry.sql.place_tables import places, tag_places
from ucs_registry.sql.rows import ATTRIBUTE_COLUMNS
from ucs_registry.sql.urls import dialect_of

_KEY = ("tag", "kind", "updated_at", "resource")
_TOLD = ("resource", "cell", "alike", "district", "updated_at")


def leaving(dialect: Dialect, ids: Collection[str]) -> Iterator[Executable]:
    """What takes resources from their places; the rows that they have elsewhere must still be as they were."""
    numbers = select(tables.search.c.number).where(dialect.within(tables.search.c.resource, ids))
    yield delete(places).where(places.c.number.in_(numbers))
    held = _tagged().where(dialect.within(tables.resource_tags.c.resource, ids)).subquery()
    key = tuple_(*(tag_places.c[name] for name in _KEY))
    yield delete(tag_places).where(key.in_(select(*(held.c[name] for name in _KEY))))


def taking(dialect: Dialect, ids: Collection[str]) -> Iterator[Executable]:
    """What gives resources their places, as the rows say that they have elsewhere."""
    found = _found().where(dialect.within(tables.resources.c.id, ids))
    yield insert(places).from_select(["number", *_TOLD], found)
    tagged = _tagged().where(dialect.within(tables.resource_tags.c.resource, ids))
    # In the order of the table, whose pages are then written one after the other.
    ordered = tagged.order_by(*(tagged.selected_columns[name] for name in _KEY))
    yield insert(tag_places).from_select([column.name for column in tag_places.c], ordered)


def alike_of(dialect: Dialect, numbers: Collection[int]) -> Query:
    """Rows of the number of a cell, and that of the first cell with the same attributes."""
    return select(tables.cells.c.number, _alike()).where(dialect.within(tables.cells.c.number, numbers))


async def displaced(url: str) -> dict[str, int]:
    """How many rows of the narrow tables are not as the others say, by table; those in which there are none are left out."""
    engine = dialect_of(url).reading_engine()
    found = {}
    try:
        with translated():
            async with engine.connect() as connection:
                for table, wanted, key in ((places, _found(), ("number",)), (tag_places, _tagged(), _KEY)):
                    statements = _differences(table, wanted.subquery("wanted"), key)
                    counts = [(await connection.execute(statement)).scalar_one() for statement in statements]
                    if any(counts):
                        found[table.name] = sum(map(int, counts))
    finally:
        await engine.dispose()
    return found


def _differences(table: Table, wanted: Subquery, key: tuple[str, ...]) -> Iterator[Query]:
    same = and_(*(table.c[name] == wanted.c[name] for name in key))
    differs = or_(*(table.c[column.name] != wanted.c[column.name] for column in table.c))
    count = select(func.count())
    yield count.select_from(wanted.outerjoin(table, same)).where(or_(table.c[key[0]].is_(None), differs))
    # Keys are unique: where none is missing, as many are too many as there are more.
    whole, all_wanted = (select(func.count()).select_from(each).scalar_subquery() for each in (table, wanted))
    yield select(func.abs(whole - all_wanted))


def _found() -> Query:
    resources = tables.resources.c
    told = (resources.id.label("resource"), resources.cell, _alike(), resources.district, resources.updated_at)
    found = tables.search.join(tables.resources, resources.id == tables.search.c.resource)
    return select(tables.search.c.number, *told).select_from(
        found.join(tables.cells, tables.cells.c.number == resources.cell)
    )


def _alike() -> ColumnElement[int]:
    """The first cell with the attributes of a row of `cells`. It stays the first: cells are numbered upwards, and kept."""
    others = tables.cells.alias("others")
    first = select(func.min(others.c.number)).where(
        *(others.c[name] == tables.cells.c[name] for name in ATTRIBUTE_COLUMNS)
    )
    return first.correlate(tables.cells).scalar_subquery().label("alike")


def _tagged() -> Query:
    resources, tags = tables.resources.c, tables.resource_tags.c
    told = (resources.updated_at, tags.resource, resources.cell, resources.district)
    return select(tags.tag, resources.kind, *told).join_from(
        tables.resource_tags, tables.resources, resources.id == tags.resource
    )
