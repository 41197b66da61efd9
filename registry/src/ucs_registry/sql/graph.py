"""Walks over the live edges in a database, a statement for each step, each of which reads a level's edges once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial

from sqlalchemy import ColumnElement, Subquery, func, select

from ucs_registry.canonical import storable
from ucs_registry.graph import Direction, Reached, Standing, Walk, way_back
from ucs_registry.organizations import Bilingual
from ucs_registry.sql import tables
from ucs_registry.sql.dialects import Dialect, Query, Record
from ucs_registry.sql.predicates import visible
from ucs_registry.visibility import Visibility
from ucs_registry.yielding import beside_the_loop
from ucs_sdk.vocabulary import Availability, ResourceKind

STEPS = 12
"""How many steps a search for a way takes one by one. A long chain would need as many statements as it has links, and is
followed to its end in one."""

EDGES_MOST = 500_000
"""How many edges are looked at in order to name a long way."""


class GraphReading:
    """What a reader answers about the graph beyond its single edges."""

    _dialect: Dialect
    _all: Callable[[Query], Awaitable[Sequence[Record]]]

    async def walk(
        self, root: str, direction: Direction, visibility: Visibility | None, *, depth: int, most: int
    ) -> Walk:
        levels: list[list[Record]] = []
        seen, frontier, truncated = {root}, [root] if storable(root) else [], False
        while frontier and len(levels) < depth and not truncated:
            step = _step(self._dialect, frontier, direction, visibility)
            # So many, and even if all that was seen before is among them, more are new than there is room for.
            arrived, room = await self._all(step.limit(most + 2)), most + 1 - len(seen)
            fresh = await beside_the_loop(len(arrived), partial(_not_in, seen, arrived))
            truncated, fresh = len(fresh) > room, fresh[:room]
            levels.append(fresh)
            frontier = [row[0] for row in fresh]
            seen.update(frontier)
        owners = await self._owners({row[2] for level in levels for row in level})
        return Walk(await beside_the_loop(len(seen), partial(_all_reached, levels, owners)), truncated)

    async def way(self, starts: Iterable[str], goal: str, *, most: int) -> list[str] | None:
        frontier = [id for id in dict.fromkeys(starts) if storable(id)]
        parents: dict[str, str] = {}
        seen = set(frontier)
        for _ in range(STEPS):
            if goal in seen or not frontier:
                return way_back(parents, goal) if goal in seen else []
            step = select(_arrivals(self._dialect, frontier, Direction.DOWN)).limit(most + 1 + len(seen))
            fresh = {far: near for far, near in await self._all(step) if far not in seen}
            if len(seen) + len(fresh) > most:
                return None
            parents |= fresh
            seen.update(fresh)
            frontier = list(fresh)
        return await self._long_way(frontier, parents, seen, goal, most)

    async def standings(self, ids: Iterable[str], visibility: Visibility | None) -> dict[str, Standing]:
        wanted = [id for id in dict.fromkeys(ids) if storable(id)]
        if not wanted:
            return {}
        table, owner = tables.resources.c, tables.organizations.c
        statement = select(
            *(table.id, table.code, table.kind, table.type, table.title_zh, table.title_en, table.availability),
            *(owner.id.label("owner"), table.deprecation.is_not(None).label("deprecated")),
        )
        statement = statement.join(tables.organizations, owner.number == table.owner)
        statement = statement.where(self._dialect.within(table.id, wanted))
        if visibility is not None:
            statement = statement.where(visible(visibility, self._dialect))
        return {row.id: _standing(row) for row in await self._all(statement)}

    async def _long_way(
        self, starts: list[str], parents: dict[str, str], before: set[str], goal: str, most: int
    ) -> list[str] | None:
        found = {id for (id,) in await self._all(_behind(self._dialect, starts).limit(most + 1))}
        if len(found | before) > most:
            return None
        if goal not in found:
            return []
        edges = tables.dependencies.c
        among = select(edges.source, edges.target).where(self._dialect.within(edges.source, [*starts, *found]))
        pairs = await self._all(among.limit(EDGES_MOST + 1))
        if len(pairs) > EDGES_MOST:
            return None
        leaving: dict[str, list[str]] = {}
        for source, target in pairs:
            leaving.setdefault(source, []).append(target)
        frontier, seen = starts, set(before)
        while goal not in seen:
            fresh = {far: near for near in frontier for far in leaving.get(near, ()) if far not in seen}
            parents |= fresh
            seen.update(fresh)
            frontier = list(fresh)
        return way_back(parents, goal)

    async def _owners(self, numbers: set[int]) -> dict[int, str]:
        table = tables.organizations.c
        statement = select(table.number, table.id).where(self._dialect.within(table.number, list(numbers)))
        return {row.number: row.id for row in await self._all(statement)} if numbers else {}


def _arrivals(dialect: Dialect, ids: Collection[str], direction: Direction) -> Subquery:
    """The far ends of the edges at these resources, each once, with the nearest end that has the smallest id."""
    edges = tables.dependencies.c
    near, far = (edges.target, edges.source) if direction is Direction.UP else (edges.source, edges.target)
    arrivals = select(far.label("far"), func.min(near).label("via")).where(dialect.within(near, ids))
    return arrivals.group_by(far).subquery("arrivals")


def _step(dialect: Dialect, ids: Collection[str], direction: Direction, visibility: Visibility | None) -> Query:
    arrivals, table = _arrivals(dialect, ids, direction), tables.resources.c
    columns: tuple[ColumnElement[object], ...] = (table.id, table.kind, table.owner, table.availability, table.cell)
    step = select(*columns, arrivals.c.via).join(arrivals, arrivals.c.far == table.id)
    if visibility is not None:
        step = step.where(visible(visibility, dialect))
    return step.order_by(arrivals.c.far)


def _behind(dialect: Dialect, ids: Collection[str]) -> Query:
    """Everything behind these resources, each once."""
    edges = tables.dependencies.c
    first = select(edges.target.label("id")).where(dialect.within(edges.source, ids))
    behind = first.cte("behind", recursive=True)
    return select(behind.union(dialect.leaving(behind)).c.id)


def _not_in(seen: Collection[str], rows: Iterable[Record]) -> list[Record]:
    return [row for row in rows if row[0] not in seen]


def _all_reached(levels: Iterable[Iterable[Record]], owners: Mapping[int, str]) -> list[Reached]:
    return [each for depth, level in enumerate(levels, start=1) for each in _reached(level, depth, owners)]


def _reached(level: Iterable[Record], depth: int, owners: Mapping[int, str]) -> Iterator[Reached]:
    # By place: a column's name costs more to look up than all the rest of a row.
    for id, kind, owner, availability, cell, via in level:
        yield Reached(id, depth, via, _KINDS[kind], owners[owner], _STATES[availability], cell)


# Looking an enumeration's member up by its value costs more still.
_KINDS = {kind.value: kind for kind in ResourceKind}
_STATES = {state.value: state for state in Availability}


def _standing(row: Record) -> Standing:
    return Standing(
        id=row.id,
        code=row.code,
        kind=_KINDS[row.kind],
        type=row.type,
        owner=row.owner,
        title=Bilingual.model_construct(zh=row.title_zh, en=row.title_en),
        availability=_STATES[row.availability],
        deprecated=bool(row.deprecated),
    )
