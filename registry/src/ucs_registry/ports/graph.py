"""What the catalogue needs of a store about the graph of dependencies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from ucs_registry.graph import Direction, Standing, Walk
from ucs_registry.resources import Dependency
from ucs_registry.visibility import Visibility


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A dependency as seen from both ends; both are resource names."""

    source: str
    dependency: Dependency


class GraphReader(Protocol):
    """The live edges of one state."""

    async def dependencies(self, ids: Iterable[str]) -> list[Edge]:
        """The live edges that leave these resources (ids, not names), in the order of source and target, then as stated."""

    async def dependants(
        self, ids: Iterable[str], visibility: Visibility | None = None, *, first: int | None = None
    ) -> list[Edge]:
        """The live edges that arrive at these resources (ids, not names), in the order of target and source, then as stated.

        Only those of visible sources; no visibility means all. At each resource the list ends after `first` of them.
        """

    async def walk(
        self, root: str, direction: Direction, visibility: Visibility | None, *, depth: int, most: int
    ) -> Walk:
        """What can be reached from a resource (an id) along live edges in up to `depth` steps, each resource once, at its
        least depth, and no more than `most` of them.

        It goes only through visible resources; no visibility means all. Of the last depth those with the smallest ids are
        kept when there are too many. Whether the root is visible is not asked.
        """

    async def way(self, starts: Iterable[str], goal: str, *, most: int) -> list[str] | None:
        """The ids along a shortest way on live edges from one of some resources to another, both ends included; empty when
        there is none, and None when it was given up because the search came to more than `most` resources, starts included.

        It goes through what nobody may see as well.
        """

    async def standings(self, ids: Iterable[str], visibility: Visibility | None) -> dict[str, Standing]:
        """How those of these resources stand that exist and are visible, by id; no visibility means all."""
