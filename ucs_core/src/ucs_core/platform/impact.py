"""What breaks if a resource goes, and what is needed to build on it: walks through what the caller may discover."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from operator import attrgetter
from typing import TypedDict, TypeVar, Unpack

from pydantic import BaseModel, ConfigDict

from ucs_core.access.actions import Action
from ucs_core.platform.paging import PageArguments, PageAsked, Places, Window, among
from ucs_core.platform.sight import Sight
from ucs_core.platform.views import ResourceView
from ucs_registry.graph import DEPTH_DEFAULT, DEPTH_MOST, OWNERS_MOST, WALK_MOST, Direction, Reached
from ucs_registry.visibility import ALLOWED, WITH_GRANT
from ucs_registry.yielding import beside_the_loop
from ucs_sdk.errors import Invalid
from ucs_sdk.vocabulary import Availability, ResourceKind, Use

Word = TypeVar("Word", bound=StrEnum)

_OWNER, _KIND, _STATE = attrgetter("owner"), attrgetter("kind"), attrgetter("availability")

_CURSOR = re.compile(r"([1-9][0-9]?)\.([0-9A-HJKMNP-TV-Z]{26})\Z")


class Tally(BaseModel):
    """How many resources there are, exactly, by kind and by owner; owners by id, those with the most first."""

    model_config = ConfigDict(frozen=True)

    depth: int | None = None
    count: int
    kinds: dict[ResourceKind, int]
    owners: dict[str, int]
    owner_count: int


class ImpactNode(BaseModel):
    """A resource that was reached: in how many steps, and from which one. `use` is told of what is needed alone."""

    model_config = ConfigDict(frozen=True)

    depth: int
    via: str
    use: Use | None
    resource: ResourceView


class Impact(BaseModel):
    """What a walk reached, as far as the caller may discover it.

    Counts are of everything reached; `truncated` says that the walk ended at its bound, and that there may be more.
    `states` and `uses` are over all depths; `uses` is empty for what would break. `nodes` are a page of what was reached,
    by depth and name; `more` and `earlier` say whether something stands behind it and ahead of it.
    """

    model_config = ConfigDict(frozen=True)

    resource: ResourceView
    direction: Direction
    total: Tally
    levels: list[Tally]
    states: dict[Availability, int]
    uses: dict[Use, int]
    truncated: bool
    nodes: list[ImpactNode]
    cursors: list[str]
    more: bool
    earlier: bool


class GraphQuestions:
    """What one caller may ask of the graph."""

    def __init__(self, sight: Sight) -> None:
        self._sight = sight

    async def impact(
        self,
        name: str,
        direction: Direction = Direction.UP,
        *,
        depth: int | None = None,
        **page: Unpack[PageArguments],
    ) -> Impact:
        """What depends on a resource, or what it depends on, up to a depth of 1 to 10 (3 when not given).

        Raises NotFound, and Invalid for a bad depth, page size or cursor.
        """
        steps, window = walk_depth(depth), Window(PageAsked(**page), PLACES)
        root = await self._sight.discovered(name)
        walk = await self._sight.reader.walk(root.id, direction, self._sight.visibility(), depth=steps, most=WALK_MOST)
        usable = await self._uses(walk.reached) if direction is Direction.DOWN else {}
        shown, sums = await beside_the_loop(
            len(walk.reached),
            lambda: (window.page_at_hand(among(walk.reached, PLACES.of)), _sums(walk.reached, usable)),
        )
        return Impact(
            resource=(await self._sight.views([root]))[0],
            direction=direction,
            truncated=walk.truncated,
            nodes=await self._nodes(shown.items, usable),
            cursors=shown.cursors,
            more=shown.more,
            earlier=shown.earlier,
            **sums,
        )

    async def _nodes(self, shown: Sequence[Reached], usable: Mapping[str, Use]) -> list[ImpactNode]:
        found = await self._sight.reader.resources([at.id for at in shown])
        views = await self._sight.views([found[at.id] for at in shown])
        return [
            ImpactNode(depth=at.depth, via=f"resources/{at.via}", use=usable.get(at.id), resource=view)
            for at, view in zip(shown, views, strict=True)
        ]

    async def _uses(self, reached: Sequence[Reached]) -> dict[str, Use]:
        visibility = self._sight.visibility(Action.INVOKE)
        verdicts = await beside_the_loop(len(reached), lambda: {at.id: visibility.verdict(at.cell) for at in reached})
        by_grant = [id for id, verdict in verdicts.items() if verdict == WITH_GRANT]
        granted = await self._sight.reader.visible(by_grant, visibility) if by_grant else set()
        needed = {ALLOWED: Use.ALLOWED, WITH_GRANT: Use.GRANT_NEEDED}
        return await beside_the_loop(
            len(reached),
            lambda: {
                id: Use.ALLOWED if id in granted else needed.get(verdict, Use.DENIED)
                for id, verdict in verdicts.items()
            },
        )


def walk_depth(depth: int | None) -> int:
    """How far to walk. Raises Invalid outside 1 to 10; None means 3."""
    if depth is None:
        return DEPTH_DEFAULT
    if not 1 <= depth <= DEPTH_MOST:
        raise Invalid("DEPTH_INVALID", path="depth", most=DEPTH_MOST, value=depth)
    return depth


def _place(cursor: str, path: str) -> tuple[int, str]:
    parts = _CURSOR.match(cursor)
    if parts is None:
        raise Invalid("CURSOR_INVALID", path=path)
    return int(parts[1]), parts[2]


PLACES: Places[Reached, tuple[int, str]] = Places(
    of=lambda at: (at.depth, at.id), encode=lambda place: f"{place[0]}.{place[1]}", decode=_place
)


class _Sums(TypedDict):
    total: Tally
    levels: list[Tally]
    states: dict[Availability, int]
    uses: dict[Use, int]


def _sums(reached: Sequence[Reached], usable: Mapping[str, Use]) -> _Sums:
    return {
        "total": _tally(reached),
        "levels": _levels(reached),
        "states": _counted(Availability, map(_STATE, reached)),
        "uses": _counted(Use, usable.values()),
    }


def _levels(reached: Sequence[Reached]) -> list[Tally]:
    by_depth: dict[int, list[Reached]] = {}
    for at in reached:
        by_depth.setdefault(at.depth, []).append(at)
    return [_tally(level, depth) for depth, level in by_depth.items()]


def _tally(reached: Sequence[Reached], depth: int | None = None) -> Tally:
    owners = Counter(map(_OWNER, reached))
    most = sorted(owners.items(), key=lambda item: (-item[1], item[0]))[:OWNERS_MOST]
    return Tally(
        depth=depth,
        count=len(reached),
        kinds=_counted(ResourceKind, map(_KIND, reached)),
        owners=dict(most),
        owner_count=len(owners),
    )


def _counted(vocabulary: type[Word], values: Iterable[Word]) -> dict[Word, int]:
    counts = Counter(values)
    return {value: counts[value] for value in vocabulary if counts[value]}
