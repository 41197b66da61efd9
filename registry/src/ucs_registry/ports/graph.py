"""What the catalogue needs of a store about the graph of dependencies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

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
