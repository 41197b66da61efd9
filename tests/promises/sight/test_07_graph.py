"""Promise 7 in walks and compositions: they go through what the caller may discover, and tell of nothing else.

In small made-up worlds everybody asks what breaks if something goes, what is needed, and what things are composed of. What
they may see is known from casbin's own enforcer, and where a walk may lead is found by hand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from ucs_core.access.actions import Action
from ucs_core.platform import build_platform
from ucs_registry.graph import Direction, Walk
from ucs_registry.resources import Resource
from ucs_sdk.errors import UcsError
from ucs_sdk.vocabulary import Availability, PartTrouble, ScenarioHealth, Use


def by_hand(seen: dict[str, Resource], root: str, direction: Direction, depth: int) -> dict[str, int]:
    """The least number of steps to everything that can be reached through what is seen."""
    links = [(item.name, link.target) for item in seen.values() for link in item.shown.content.dependencies]
    reached, level = {root: 0}, 0
    while level < depth:
        level += 1
        near = {name for name, steps in reached.items() if steps == level - 1}
        ends = links if direction is Direction.DOWN else [(target, source) for source, target in links]
        for far in {far for here, far in ends if here in near and far in seen}:
            reached.setdefault(far, level)
    return {name: steps for name, steps in reached.items() if steps}


def counted(values: Any) -> dict[Any, int]:
    return dict(Counter(values))


class Asking:
    """One principal in one world: what it is told of the graph, against what is true for it."""

    def __init__(self, world: Any, principal: str, findings: Any) -> None:
        self.world = world
        self.principal = principal
        self.findings = findings
        self.seen: dict[str, Resource] = {item.name: item for item in world.seen_by(principal)}
        self.found: list[str] = []

    def check(self, what: str, told: Any, true: Any) -> None:
        self.findings.tried += 1
        if told != true:
            self.found.append(f"{self.principal}: {what} told {told!r:.300}, not {true!r:.300}")

    async def walk(self, session: Any, root: str, direction: Direction, depth: int) -> None:
        """Ask for a walk, page by page, and hold every figure of it against the truth."""
        about, pages, after = f"{direction} {depth} steps from {root[-4:]}", [], None
        if root not in self.seen:
            try:
                await session.graph.impact(root, direction, depth=depth)
                told = None
            except UcsError as refusal:
                told = refusal.reason
            self.check(about, told, "NOT_FOUND")
            return
        true = by_hand(self.seen, root, direction, depth)
        while not pages or pages[-1].more:
            pages.append(await session.graph.impact(root, direction, depth=depth, first=8, after=after))
            after = pages[-1].cursors[-1] if pages[-1].cursors else None
        nodes = [node for page in pages for node in page.nodes]
        order = sorted((steps, name) for name, steps in true.items())
        self.check(f"{about}: nodes", [(node.depth, node.resource.name) for node in nodes], order)
        for page in pages:
            self.totals(about, page, true, direction)
        for node in nodes:
            links = (node.resource.name, node.via) if direction is Direction.UP else (node.via, node.resource.name)
            source = self.seen.get(links[0])
            there = {link.target for link in source.shown.content.dependencies} if source else set()
            steps = 0 if node.via == root else true.get(node.via)
            self.check(f"{about}: way to {node.resource.name}", (links[1] in there, steps), (True, node.depth - 1))
            wanted = self.use(node.resource.name) if direction is Direction.DOWN else None
            self.check(f"{about}: use of {node.resource.name}", node.use, wanted)

    def totals(self, about: str, page: Any, true: dict[str, int], direction: Direction) -> None:
        reached = [self.seen[name] for name in true]
        total = page.total
        self.check(f"{about}: total", (total.count, page.truncated), (len(true), False))
        self.check(f"{about}: kinds", total.kinds, counted(item.kind for item in reached))
        self.check(f"{about}: owners", total.owners, counted(item.owner for item in reached))
        self.check(f"{about}: number of owners", total.owner_count, len({item.owner for item in reached}))
        self.check(f"{about}: states", page.states, counted(item.availability for item in reached))
        levels = {level.depth: level.count for level in page.levels}
        self.check(f"{about}: levels", levels, counted(true.values()))
        uses = counted(map(self.use, true)) if direction is Direction.DOWN else {}
        self.check(f"{about}: uses", page.uses, uses)

    def use(self, name: str) -> Use:
        """What casbin says of using a resource now, and with a grant."""
        resource = self.seen[name]
        if self.world.may(self.principal, Action.INVOKE, resource):
            return Use.ALLOWED
        return Use.GRANT_NEEDED if self.world.may_if_granted(self.principal, Action.INVOKE, resource) else Use.DENIED

    async def composed(self, session: Any) -> None:
        """Ask what everything is composed of, and whether all of it can be used."""
        views = list((await session.resources_by_name(self.seen)).values())
        for told in await session.scenarios.around(views):
            links = self.seen[told.resource.name].shown.content.dependencies
            parts = [(link.target, self.seen[link.target]) for link in links if link.target in self.seen]
            name = told.resource.name
            self.check(f"parts of {name}", [part.dependency.target for part in told.parts], [part for part, _ in parts])
            down = [(part, item.availability) for part, item in parts if item.availability is not Availability.ONLINE]
            troubled = {part: PartTrouble.DEPRECATED for part, item in parts if item.deprecation}
            troubled |= {part: PartTrouble(state.value) for part, state in down}
            reasons: list[Any] = [(part, troubled[part]) for part, _ in parts if part in troubled]
            health = ScenarioHealth.DEGRADED if troubled else ScenarioHealth.HEALTHY
            health = ScenarioHealth.BROKEN if down else health
            if len(parts) < len(links):
                reasons.append((None, PartTrouble.UNSEEN))
                health = ScenarioHealth.BROKEN if down else ScenarioHealth.UNKNOWN
            self.check(f"health of {name}", told.health, health)
            self.check(f"reasons of {name}", [(item.resource, item.trouble) for item in told.reasons], reasons)


async def differences(node: Any, world: Any, findings: Any, chance: Any) -> list[str]:
    """Everything in which an answer about the graph differs from the truth."""
    found = []
    for person in world.principals:
        asking = Asking(world, person.id, findings)
        async with node.platform.session(person.id) as session:
            for resource in chance.sample(world.resources, 5):
                direction, depth = chance.choice(list(Direction)), chance.choice((1, 2, 3, 10))
                await asking.walk(session, resource.name, direction, depth)
            await asking.composed(session)
        found += asking.found
    return found


@asynccontextmanager
async def shown(open_nodes: Any, url: str, sight: Any, chance: Any, **options: Any) -> AsyncIterator[Any]:
    """A node that shows a world."""
    world = sight.world(chance)

    def build(store: Any, verifier: Any) -> Any:
        return build_platform(store, verifier, origin="here", clock=lambda: sight.now)

    async with open_nodes(url, 1, build, **options) as [node]:
        await world.enter(node.store)
        yield node, world


# 100,000 answers over both databases.
@pytest.mark.long_form(200)
async def test_walks_go_through_what_may_be_discovered_alone(database, open_nodes, sight, findings, round_number):
    chance = findings.random("graph", round_number)
    async with shown(open_nodes, database, sight, chance) as (node, world):
        findings.expect_none(await differences(node, world, findings, chance))


class _WalksBlindly:
    def __init__(self, reader: Any) -> None:
        self._reader = reader

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reader, name)

    async def walk(self, root: str, direction: Any, visibility: Any, **bounds: Any) -> Any:
        walk = await self._reader.walk(root, direction, None, **bounds)
        # What is hidden is taken out at the end, when the walk has gone through it.
        seen = await self._reader.visible([at.id for at in walk.reached], visibility)
        return Walk([at for at in walk.reached if at.id in seen], walk.truncated)


class _JudgesBlindly(_WalksBlindly):
    async def walk(self, *place: Any, **bounds: Any) -> Any:
        return await self._reader.walk(*place, **bounds)

    async def standings(self, ids: Any, visibility: Any) -> Any:
        return await self._reader.standings(ids, None)


class Through:
    """A twin: a store whose readers do not look at who asks in one of their answers."""

    def __init__(self, store: Any, reader: type) -> None:
        self._store = store
        self._kind = reader

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Any]:
        async with self._store.read() as reader:
            yield self._kind(reader)


@pytest.mark.parametrize("reader", [_WalksBlindly, _JudgesBlindly])
async def test_an_answer_that_goes_through_what_is_hidden_is_found(database, open_nodes, sight, findings, reader):
    chance = findings.random("twin of the graph")
    async with shown(open_nodes, database, sight, chance, wrap=lambda store: Through(store, reader)) as (node, world):
        findings.expect_caught(reader.__name__, await differences(node, world, findings, chance))
