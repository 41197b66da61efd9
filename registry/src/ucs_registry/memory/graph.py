"""Walks over the live edges in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from ucs_registry.graph import Direction, Reached, Standing, Walk, way_back
from ucs_registry.resources import AccessAttributes, Resource
from ucs_registry.visibility import Visibility


class _State(Protocol):
    """What the graph needs of a state."""

    resources: dict[str, Resource]
    arrivals: dict[str, frozenset[str]]
    cells: dict[AccessAttributes, int]


class GraphReading:
    """What a reader answers about the graph beyond its single edges."""

    _state: _State
    _shown: Callable[[Visibility | None], Callable[[Resource], bool]]

    async def walk(
        self, root: str, direction: Direction, visibility: Visibility | None, *, depth: int, most: int
    ) -> Walk:
        shown = self._shown(visibility)
        reached: list[Reached] = []
        seen, frontier = {root}, [root]
        for level in range(1, depth + 1):
            fresh: dict[str, str] = {}
            for near in sorted(frontier):
                for far in self._neighbours(near, direction):
                    resource = self._state.resources.get(far)
                    if far not in seen and far not in fresh and resource is not None and shown(resource):
                        fresh[far] = near
            room = most - len(reached)
            kept = sorted(fresh)[:room]
            reached += [self._reached(id, level, fresh[id]) for id in kept]
            if len(fresh) > room:
                return Walk(reached, True)
            seen.update(kept)
            frontier = kept
        return Walk(reached, False)

    async def way(self, starts: Iterable[str], goal: str, *, most: int) -> list[str] | None:
        frontier = list(dict.fromkeys(starts))
        parents: dict[str, str] = {}
        seen = set(frontier)
        while goal not in seen and frontier:
            links = [(far, near) for near in frontier for far in self._neighbours(near, Direction.DOWN)]
            fresh = {far: near for far, near in links if far not in seen}
            if len(seen) + len(fresh) > most:
                return None
            parents |= fresh
            seen.update(fresh)
            frontier = list(fresh)
        return way_back(parents, goal) if goal in seen else []

    async def standings(self, ids: Iterable[str], visibility: Visibility | None) -> dict[str, Standing]:
        shown, found = self._shown(visibility), {}
        for id in dict.fromkeys(ids):
            resource = self._state.resources.get(id)
            if resource is not None and shown(resource):
                found[id] = _standing(resource)
        return found

    def _neighbours(self, id: str, direction: Direction) -> Iterable[str]:
        if direction is Direction.UP:
            return self._state.arrivals.get(f"resources/{id}", frozenset())
        resource = self._state.resources.get(id)
        links = resource.shown.content.dependencies if resource else ()
        return [link.target.removeprefix("resources/") for link in links]

    def _reached(self, id: str, depth: int, via: str) -> Reached:
        resource = self._state.resources[id]
        cell = self._state.cells[resource.access]
        return Reached(id, depth, via, resource.kind, resource.owner, resource.availability, cell)


def _standing(resource: Resource) -> Standing:
    return Standing(
        id=resource.id,
        code=resource.code,
        kind=resource.kind,
        type=resource.type,
        owner=resource.owner,
        title=resource.shown.content.title,
        availability=resource.availability,
        deprecated=resource.deprecation is not None,
    )
