"""Promise 7, at length: whatever is listed can be got, and whatever can be got is listed, for everybody and everything."""

from __future__ import annotations

from contextlib import asynccontextmanager
from random import Random
from typing import Any

import pytest

from ucs_core.platform import build_platform
from ucs_registry.queries import Order, ResourceQuery
from ucs_sdk.errors import NotFound

RESOURCES = 200
ORDERS = tuple(Order)


async def listed(session: Any, order: Order) -> list[str]:
    """The names on all pages of the whole list."""
    names: list[str] = []
    after = None
    while True:
        page = await session.resources(ResourceQuery(), order=order, first=47, after=after)
        names += [item.name for item in page.items]
        if not page.more:
            return names
        after = page.cursors[-1]


async def got(session: Any, name: str) -> bool:
    """Whether a get answers."""
    try:
        await session.resource(name)
    except NotFound:
        return False
    return True


async def differences(node: Any, world: Any, findings: Any, chance: Any) -> list[str]:
    """Every pair of principal and resource on which list and get differ, and every name that is listed twice."""
    found = []
    for person in world.principals:
        async with node.platform.session(person.id) as session:
            names = await listed(session, chance.choice(ORDERS))
            if len(names) != len(set(names)) or len(names) != await session.count(ResourceQuery()):
                found.append(f"{person.id}: {len(names)} listed, {len(set(names))} of them different")
            shown = set(names)
            for resource in world.resources:
                findings.tried += 1
                if await got(session, resource.name) != (resource.name in shown):
                    found.append(f"{person.id} and {resource.name}: listed {resource.name in shown}")
    return found


@asynccontextmanager
async def crowded(open_nodes: Any, url: str, sight: Any, chance: Any, **options: Any) -> Any:
    """A node that shows a world of many resources."""
    world = sight.crowded(chance, RESOURCES, RESOURCES * 2)

    def build(store: Any, verifier: Any) -> Any:
        return build_platform(store, verifier, origin="here", clock=lambda: sight.now)

    async with open_nodes(url, 1, build, **options) as [node]:
        await world.enter(node.store)
        yield node, world


# 1,000,000 pairs over both databases: a world has 1,200.
@pytest.mark.long_form(420)
async def test_whatever_is_listed_can_be_got_and_the_other_way_round(
    database, open_nodes, sight, findings, round_number
):
    chance = findings.random("pairs", round_number)
    async with crowded(open_nodes, database, sight, chance) as (node, world):
        findings.expect_none(await differences(node, world, findings, chance))


class _Forgetful:
    def __init__(self, reader: Any) -> None:
        self._reader = reader

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reader, name)

    async def select(self, query: Any, visibility: Any, **page: Any) -> Any:
        # Grants are forgotten by lists, and remembered by gets.
        blind = type(visibility)(mask=visibility.mask, action="none", grantees=(), at=visibility.at)
        return await self._reader.select(query, blind, **page)


class ListsWithoutGrants:
    """A twin: a store whose lists know nothing of grants."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @asynccontextmanager
    async def read(self) -> Any:
        async with self._store.read() as reader:
            yield _Forgetful(reader)


async def test_a_list_that_forgets_grants_is_found(database, open_nodes, sight, findings):
    # A world in which several see something by grant only, whatever the seed of the run.
    chance = Random("grants 1")
    async with crowded(open_nodes, database, sight, chance, wrap=ListsWithoutGrants) as (node, world):
        findings.expect_caught("ListsWithoutGrants", await differences(node, world, findings, chance))
