"""Walking the graph of dependencies: which way, how far, and what is met on the way."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from ucs_registry.organizations import Bilingual
from ucs_sdk.vocabulary import Availability, ResourceKind

DEPTH_DEFAULT, DEPTH_MOST = 3, 10
"""How many steps a walk takes, and how many it may be asked for."""

WALK_MOST = 100_000
"""How many resources a walk reaches before it ends and says that there may be more."""


OWNERS_MOST = 200
"""How many owners a tally of what was reached names: those with the most; how many there are in all is told beside them."""


class Direction(StrEnum):
    """Which way a walk goes: `up` to what needs a resource, `down` to what it needs."""

    UP = "up"
    DOWN = "down"


class Reached(NamedTuple):
    """A resource that a walk came to: in how many steps, and from which one. Ids, not names.

    Of several ways of equal length, `via` is the last place on the one whose last place has the smallest id.
    """

    id: str
    depth: int
    via: str
    kind: ResourceKind
    owner: str
    availability: Availability
    cell: int


class Walk(NamedTuple):
    """What a walk reached, by depth and then by id, its beginning left out.

    `truncated` says that it ended at its bound: at the last depth some were left out, and nothing behind them was seen.
    """

    reached: list[Reached]
    truncated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a list of parts tells of a resource: who it is, and whether it can be used."""

    id: str
    code: str
    kind: ResourceKind
    type: str
    owner: str
    title: Bilingual
    availability: Availability
    deprecated: bool


def way_back(parents: dict[str, str], goal: str) -> list[str]:
    """The ids from a beginning, which has no parent, to a goal."""
    way = [goal]
    while way[-1] in parents:
        way.append(parents[way[-1]])
    return way[::-1]
