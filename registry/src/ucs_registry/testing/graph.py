"""Walking the graph of dependencies, in every store: exactly as a search by hand finds it, and never through what is hidden."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from random import Random

import pytest

from ucs_registry.graph import Direction, Standing, Walk
from ucs_registry.ports import Reader, Store
from ucs_registry.resources import Dependency, Deprecation, Resource
from ucs_registry.testing.builders import (
    a_grant,
    a_resource,
    a_visibility,
    an_id,
    everything_visible,
    founded,
)
from ucs_registry.testing.organizations import HOSTILE
from ucs_registry.visibility import ALLOWED, DENIED, WITH_GRANT, Visibility
from ucs_sdk.vocabulary import Availability, DataLevel, DependencyRelation

WORLD, LINKS, WORLDS = 60, 140, 4
"""How many resources and links a made-up world has, and how many worlds are gone through."""

CHAIN = 400
"""How long the chain is that a way is looked for on."""

UP, DOWN = Direction.UP, Direction.DOWN


def linked(number: int, *targets: int, **changes: object) -> Resource:
    """A resource that needs others, by their numbers."""
    links = tuple(Dependency(target=f"resources/{an_id(at)}", relation=DependencyRelation.READS) for at in targets)
    return a_resource(number, dependencies=links, **changes)


def plain(walk: Walk) -> list[tuple[int, int, int]]:
    """What was reached as numbers: itself, the depth, and from where."""
    return [(int(at.id), at.depth, int(at.via)) for at in walk.reached]


def by_hand(
    links: Mapping[int, Iterable[int]], shown: Collection[int], root: int, direction: Direction, depth: int
) -> list[tuple[int, int, int]]:
    """What a walk should reach, found in the plainest way: level by level, each link looked at anew."""
    found, levels = {root}, [{root}]
    told = []
    for level in range(1, depth + 1):
        ways: dict[int, list[int]] = {}
        for source, targets in links.items():
            for target in targets:
                near, far = (target, source) if direction is UP else (source, target)
                if near in levels[-1] and far in shown and far not in found:
                    ways.setdefault(far, []).append(near)
        told += [(far, level, min(ways[far])) for far in sorted(ways)]
        found |= ways.keys()
        levels.append(set(ways))
    return told


class GraphContract:
    """Walks: exact under a visibility, each resource once, at its least depth."""

    @pytest.mark.parametrize("seed", range(WORLDS))
    async def test_walk_reaches_what_a_search_by_hand_finds(self, store: Store, seed: int) -> None:
        chance = Random(f"graph {seed}")
        links: dict[int, set[int]] = {number: set() for number in range(1, WORLD + 1)}
        for _ in range(LINKS):
            source, target = sorted(chance.sample(range(1, WORLD + 3), 2), reverse=True)
            # A link may lead nowhere: what it led to is gone.
            links.setdefault(source, set()).add(target)
        there = range(1, WORLD + 1)
        hidden = set(chance.sample(there, WORLD // 4))
        await founded(
            store,
            *(
                linked(n, *links[n], data_level=DataLevel.L4 if n in hidden else DataLevel.L1)
                for n in sorted(there, key=lambda _: chance.random())
            ),
        )
        real = {source: targets for source, targets in links.items() if source in there}
        async with store.read() as reader:
            seen = await _seeing(reader, DataLevel.L1)
            for root in chance.sample(there, 12):
                for direction in Direction:
                    depth = chance.randint(1, 10)
                    for visibility, shown in ((seen, set(there) - hidden), (None, set(there))):
                        walk = await reader.walk(an_id(root), direction, visibility, depth=depth, most=1000)
                        assert plain(walk) == by_hand(real, shown, root, direction, depth), (root, direction, depth)
                        assert not walk.truncated

    async def test_walk_does_not_go_through_what_is_hidden(self, store: Store) -> None:
        await founded(
            store, linked(1), linked(2, 1, data_level=DataLevel.L4), linked(3, 2), linked(4, 3), linked(5, 4, 1)
        )
        async with store.read() as reader:
            seen = await _seeing(reader, DataLevel.L1)
            assert plain(await reader.walk(an_id(1), UP, seen, depth=10, most=99)) == [(5, 1, 1)]
            everything = everything_visible()
            assert plain(await reader.walk(an_id(1), UP, everything, depth=10, most=99)) == [
                (2, 1, 1),
                (5, 1, 1),
                (3, 2, 2),
                (4, 3, 3),
            ]
            assert plain(await reader.walk(an_id(4), DOWN, seen, depth=10, most=99)) == [(3, 1, 4)]

    async def test_walk_goes_through_what_a_grant_shows(self, store: Store) -> None:
        await founded(store, linked(1), linked(2, 1, data_level=DataLevel.L4), linked(3, 2), linked(4, 1))
        async with store.write() as unit:
            await unit.put_grants([a_grant(2)])
            await unit.commit()
        async with store.read() as reader:
            cells = await reader.cells(0)
            mask = bytes(WITH_GRANT if cell.attributes.data_level is DataLevel.L4 else ALLOWED for cell in cells)
            granted = a_visibility(mask)
            assert plain(await reader.walk(an_id(1), UP, granted, depth=10, most=99)) == [
                (2, 1, 1),
                (4, 1, 1),
                (3, 2, 2),
            ]
            stranger = a_visibility(mask, grantees=("principals/other",))
            assert plain(await reader.walk(an_id(1), UP, stranger, depth=10, most=99)) == [(4, 1, 1)]

    async def test_walk_tells_what_it_came_to(self, store: Store) -> None:
        await founded(
            store, a_resource(1, owner="water"), linked(2, 1, owner="3706", availability=Availability.SUSPENDED)
        )
        async with store.read() as reader:
            [up] = (await reader.walk(an_id(1), UP, None, depth=1, most=9)).reached
            [down] = (await reader.walk(an_id(2), DOWN, None, depth=1, most=9)).reached
            assert (up.kind, up.owner, up.availability) == ("data", "3706", "suspended")
            assert (down.kind, down.owner, down.availability) == ("data", "water", "online")
            assert (up.cell, down.cell) == (await reader.cell(an_id(2)), await reader.cell(an_id(1)))

    async def test_walk_through_a_circle_ends_and_leaves_out_its_beginning(self, store: Store) -> None:
        await founded(store, linked(1, 3, 1), linked(2, 1), linked(3, 2))
        async with store.read() as reader:
            assert plain(await reader.walk(an_id(1), UP, None, depth=10, most=99)) == [(2, 1, 1), (3, 2, 2)]
            assert plain(await reader.walk(an_id(1), DOWN, None, depth=10, most=99)) == [(3, 1, 1), (2, 2, 3)]

    async def test_walk_ends_at_its_bound_and_says_so(self, store: Store) -> None:
        first, second = range(2, 8), range(10, 20)
        await founded(
            store, linked(1), *(linked(n, 1) for n in first), *(linked(n, 2 + n % 6, 3) for n in second), linked(30, 10)
        )
        whole = [*first, *second, 30]
        async with store.read() as reader:
            for most in (1, 5, 6, 7, 15, 16, 17, 18):
                walk = await reader.walk(an_id(1), UP, None, depth=9, most=most)
                assert [number for number, *_ in plain(walk)] == whole[:most]
                assert walk.truncated is (most < len(whole))
            assert not (await reader.walk(an_id(1), UP, None, depth=2, most=16)).truncated

    async def test_walk_from_nowhere_reaches_nothing(self, store: Store) -> None:
        await founded(store, linked(1), linked(2, 1))
        async with store.read() as reader:
            for id in (*HOSTILE, an_id(9)):
                for direction in Direction:
                    assert await reader.walk(id, direction, None, depth=3, most=9) == Walk([], False)

    async def test_draft_of_an_approved_resource_is_not_walked(self, store: Store) -> None:
        approved = linked(2, 1)
        draft = linked(2, 3).head.model_copy(update={"number": 2})
        await founded(store, linked(1), linked(3), approved.model_copy(update={"head": draft}))
        async with store.read() as reader:
            assert plain(await reader.walk(an_id(2), DOWN, None, depth=3, most=9)) == [(1, 1, 2)]

    async def test_way_is_a_shortest_one(self, store: Store) -> None:
        await founded(store, linked(1), linked(2, 1), linked(3, 2, 1), linked(4, 3), linked(5, 4), linked(6))
        async with store.read() as reader:
            assert await _way(reader, [5], 1) == [5, 4, 3, 1]
            assert await _way(reader, [5, 2], 1) == [2, 1]
            assert await _way(reader, [1], 1) == [1]
            assert await _way(reader, [1, 6], 5) == []
            assert await _way(reader, [], 5) == []

    async def test_way_along_a_long_chain_is_found_and_bounded(self, store: Store) -> None:
        chain = [linked(n, *([n - 1] if n > 1 else [])) for n in range(1, CHAIN + 1)]
        await founded(store, *chain, linked(CHAIN + 1))
        async with store.read() as reader:
            assert await _way(reader, [CHAIN], 1) == list(range(CHAIN, 0, -1))
            assert await _way(reader, [CHAIN], CHAIN + 1) == []
            for most, given_up in ((5, True), (20, True), (CHAIN - 1, True), (CHAIN, False)):
                starts = [an_id(CHAIN)]
                assert (await reader.way(starts, an_id(CHAIN + 1), most=most) is None) is given_up, most

    async def test_standings_are_those_of_visible_resources(self, store: Store) -> None:
        hidden = a_resource(2, data_level=DataLevel.L4)
        going = Deprecation(effective_on=date(2026, 5, 1))
        fields = {"owner": "water", "type": "map_layer", "availability": Availability.SUSPENDED, "deprecation": going}
        shown = a_resource(1, title_en="Map", **fields)
        await founded(store, shown, hidden)
        async with store.read() as reader:
            seen = await _seeing(reader, DataLevel.L1)
            asked = [an_id(2), an_id(1), an_id(9), an_id(1), *HOSTILE]
            standing = Standing(
                id=an_id(1),
                code=shown.code,
                kind=shown.kind,
                type="map_layer",
                owner="water",
                title=shown.head.content.title,
                availability=Availability.SUSPENDED,
                deprecated=True,
            )
            assert await reader.standings(asked, seen) == {an_id(1): standing}
            whole = await reader.standings(asked, None)
            assert {id: standing.deprecated for id, standing in whole.items()} == {an_id(1): True, an_id(2): False}
            assert await reader.standings([], None) == {}

    async def test_edge_keeps_its_role_and_whether_it_is_required(self, store: Store) -> None:
        links = tuple(
            Dependency(target=f"resources/{an_id(1)}", relation=DependencyRelation.READS, role=role, required=required)
            for role, required in (("水位 'gauge'", True), (None, False), (None, True))
        )
        await founded(store, a_resource(1), a_resource(2, dependencies=links))
        async with store.read() as reader:
            assert [edge.dependency for edge in await reader.dependencies([an_id(2)])] == list(links)
            assert (await reader.resource(an_id(2))) == a_resource(2, dependencies=links)


async def _way(reader: Reader, starts: list[int], goal: int) -> list[int]:
    way = await reader.way(map(an_id, starts), an_id(goal), most=1000)
    assert way is not None
    return [int(id) for id in way]


async def _seeing(reader: Reader, level: DataLevel) -> Visibility:
    cells = await reader.cells(0)
    return a_visibility(bytes(ALLOWED if cell.attributes.data_level is level else DENIED for cell in cells))
