"""Whether the ways of collections agree with their records: what only an edit past the platform, or a broken disk, undoes."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ucs_registry.record_ways import EVERY_FIELD, StandingWay, WayState
from ucs_registry.sql.faults import translated
from ucs_registry.sql.plugin_tables import document_counts, document_places, document_ways, documents
from ucs_registry.sql.record_keeping import way_of
from ucs_registry.sql.urls import dialect_of


async def miscounted(url: str) -> dict[str, int]:
    """How many records stand nowhere, twice or under another owner in a list, or are not counted under their owner, by table;
    those in which there are none are left out. Under which values they stand is not looked at.
    """
    engine = dialect_of(url).reading_engine()
    found: dict[str, int] = {}
    try:
        with translated():
            async with engine.connect() as connection:
                for way in map(way_of, (await connection.execute(select(document_ways))).all()):
                    if way.state is WayState.READY and way.fields != EVERY_FIELD:
                        table = document_counts if way.counted else document_places
                        wrong = await (_uncounted if way.counted else _unplaced)(connection, way)
                        found[table.name] = found.get(table.name, 0) + wrong
    finally:
        await engine.dispose()
    return {table: count for table, count in found.items() if count}


async def _unplaced(connection: AsyncConnection, way: StandingWay) -> int:
    place, record = document_places.c, documents.c
    there = select(func.count()).select_from(document_places).where(place.way == way.number)
    same = and_(_own(way), record.id == place.id, record.owner == place.owner)
    joined = select(func.count()).select_from(document_places.join(documents, same)).where(place.way == way.number)
    whole = select(func.count()).select_from(documents).where(_own(way))
    placed, matched, kept = [int((await connection.execute(each)).scalar_one()) for each in (there, joined, whole)]
    return (placed - matched) + abs(kept - matched)


async def _uncounted(connection: AsyncConnection, way: StandingWay) -> int:
    count, record = document_counts.c, documents.c
    told = select(count.owner, func.sum(count.total)).where(count.way == way.number).group_by(count.owner)
    kept = select(record.owner, func.count()).where(_own(way)).group_by(record.owner)
    totals = {owner: int(total) for owner, total in (await connection.execute(told)).all()}
    counted = {owner: int(total) for owner, total in (await connection.execute(kept)).all()}
    owners = totals.keys() | counted.keys()
    return sum(abs(totals.get(owner, 0) - counted.get(owner, 0)) for owner in owners)


def _own(way: StandingWay) -> ColumnElement[bool]:
    return and_(documents.c.plugin == way.plugin, documents.c.collection == way.collection)
