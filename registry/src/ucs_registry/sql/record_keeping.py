"""Keeping the ways of collections in step with their records: what a write takes away, enters and counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, Protocol

import orjson
from sqlalchemy import Executable, Table, delete, select

from ucs_registry.documents import field_keys
from ucs_registry.record_ways import EVERY_FIELD, STEP_MOST, StandingWay, WayState
from ucs_registry.sql.dialects import Dialect, Query, Record, Values
from ucs_registry.sql.plugin_tables import (
    document_counts,
    document_fields,
    document_places,
    document_ways,
    documents,
)


class KeepingUnit(Protocol):
    """What keeping ways needs of a unit."""

    @property
    def dialect(self) -> Dialect: ...

    async def all(self, statement: Query) -> Sequence[Record]: ...

    async def run(self, statement: Executable) -> None: ...

    async def insert(self, table: Table, made: Sequence[Values]) -> None: ...

    async def erase(self, table: Table, gone: Sequence[Values]) -> None: ...

    async def write(
        self, table: Table, made: Sequence[Values], *, key: tuple[str, ...], keep: tuple[str, ...] = ()
    ) -> None: ...

    async def add(
        self, table: Table, made: Sequence[Values], *, key: tuple[str, ...], add: tuple[str, ...]
    ) -> None: ...


class Owned(NamedTuple):
    """What a record holds, and the number of its owner."""

    body: Mapping[str, Any]
    owner: int


class Moves:
    """What becomes of places and counters when records change; `changed` is the position behind which that is written."""

    def __init__(self, ways: Iterable[StandingWay], changed: int) -> None:
        self._listed = [way for way in ways if not way.counted and way.fields != EVERY_FIELD]
        self._counted = [way for way in ways if way.counted]
        self._changed = changed
        self._gone: list[Values] = []
        self._made: list[Values] = []
        self._counts: dict[tuple[int, str, int], int] = {}

    def move(self, id: str, before: Owned | None, after: Owned | None) -> None:
        """Note what one record was and what it is."""
        for way in self._listed:
            if way.covers(id):
                old, new = _place(way, before), _place(way, after)
                if old != new:
                    self._note(way.number, id, old, new)
        for way in self._counted:
            if way.covers(id):
                self._count(way.number, _place(way, before), -1)
                self._count(way.number, _place(way, after), +1)

    async def keep(self, unit: KeepingUnit) -> None:
        """Write it down."""
        if self._gone:
            await unit.erase(document_places, self._gone)
        if self._made:
            await unit.insert(document_places, self._made)
        counts: list[Values] = [
            {"way": way, "key": key, "owner": owner, "total": by, "changed": self._changed}
            for (way, key, owner), by in self._counts.items()
            if by
        ]
        if counts:
            await unit.add(document_counts, counts, key=("way", "key", "owner"), add=("total",))

    def _note(self, way: int, id: str, old: tuple[str, int] | None, new: tuple[str, int] | None) -> None:
        if old is not None:
            self._gone.append({"way": way, "key": old[0], "id": id})
        if new is not None:
            self._made.append({"way": way, "key": new[0], "id": id, "owner": new[1]})

    def _count(self, way: int, place: tuple[str, int] | None, by: int) -> None:
        if place is not None:
            at = (way, *place)
            self._counts[at] = self._counts.get(at, 0) + by


def _place(way: StandingWay, owned: Owned | None) -> tuple[str, int] | None:
    return None if owned is None else (way.key(owned.body), owned.owner)


def field_rows(plugin: str, collection: str, bodies: Mapping[str, Mapping[str, Any]]) -> list[Values]:
    """The rows by which documents are found by every field, by their ids."""
    return [
        {"plugin": plugin, "collection": collection, "field": field, "value": value, "id": id}
        for id, body in bodies.items()
        for field, value in field_keys(body).items()
    ]


def way_of(row: Record) -> StandingWay:
    """The way of a row."""
    return StandingWay(
        number=int(row.number),
        plugin=row.plugin,
        collection=row.collection,
        counted=bool(row.counted),
        fields=tuple(row.fields.split()),
        state=WayState(row.state),
        made=int(row.made),
        reached=row.reached,
    )


def way_row(way: StandingWay) -> dict[str, object]:
    """The row of a way."""
    return {
        "number": way.number,
        "plugin": way.plugin,
        "collection": way.collection,
        "counted": way.counted,
        "fields": " ".join(way.fields),
        "state": way.state.value,
        "made": way.made,
        "reached": way.reached,
    }


async def build_step(unit: KeepingUnit, building: Sequence[StandingWay], changed: int) -> None:
    """Enter the next records into ways of one collection that have reached the same id."""
    first = building[0]
    table = documents.c
    asked = select(table.id, table.owner, table.body).where(
        table.plugin == first.plugin, table.collection == first.collection, table.id > first.reached
    )
    found = await unit.all(asked.order_by(table.id).limit(STEP_MOST))
    last = found[-1].id if found else first.reached
    done = len(found) < STEP_MOST
    # Where these stand, they are covered: what is entered into them is counted.
    entering = Moves([replace(way, reached=last) for way in building], changed)
    bodies = {row.id: orjson.loads(row.body) for row in found}
    for row in found:
        entering.move(row.id, None, Owned(bodies[row.id], int(row.owner)))
    await entering.keep(unit)
    if any(way.fields == EVERY_FIELD for way in building) and bodies:
        await unit.run(_without(unit.dialect, first, list(bodies)))
        made = field_rows(first.plugin, first.collection, bodies)
        if made:
            await unit.insert(document_fields, made)
    if done and any(way.fields == EVERY_FIELD for way in building):
        await unit.run(delete(document_ways).where(document_ways.c.number == first.number))
    else:
        state = WayState.READY if done else WayState.BUILDING
        await unit.write(
            document_ways, [way_row(replace(way, reached=last, state=state)) for way in building], key=("number",)
        )


async def clear_step(unit: KeepingUnit, leaving: StandingWay) -> None:
    """Remove the next entries of a way that is declared no more and, when there are none, the way."""
    if leaving.fields == EVERY_FIELD:
        table = document_fields
        own = [table.c.plugin == leaving.plugin, table.c.collection == leaving.collection]
    else:
        table = document_counts if leaving.counted else document_places
        own = [table.c.way == leaving.number]
    columns = [column.name for column in table.primary_key]
    found = await unit.all(select(*(table.c[name] for name in columns)).where(*own).limit(STEP_MOST))
    if found:
        await unit.erase(table, [dict(zip(columns, row, strict=True)) for row in found])
    else:
        await unit.run(delete(document_ways).where(document_ways.c.number == leaving.number))


def _without(dialect: Dialect, way: StandingWay, ids: Sequence[str]) -> Executable:
    table = document_fields.c
    return delete(document_fields).where(
        table.plugin == way.plugin, table.collection == way.collection, dialect.within(table.id, ids)
    )
