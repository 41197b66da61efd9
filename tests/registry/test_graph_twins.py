"""Broken walks, each of which the contract of the graph catches."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from ucs_registry.graph import Direction, Walk
from ucs_registry.memory import InMemoryStore, MemoryReader
from ucs_registry.testing import StoreContract


class WalksThroughTheUnseen(MemoryReader):
    """Goes through what is hidden, and takes it out at the end."""

    async def walk(self, root, direction, visibility, *, depth, most):
        walk = await super().walk(root, direction, None, depth=depth, most=most)
        seen = {at.id for at in walk.reached}
        if visibility is not None:
            seen = await self.visible(seen, visibility)
        return Walk([at for at in walk.reached if at.id in seen], walk.truncated)


class ForgetsGrants(MemoryReader):
    """Sees what policies show, and nothing that a grant does."""

    async def walk(self, root, direction, visibility, *, depth, most):
        blind = visibility and type(visibility)(mask=visibility.mask, action="none", grantees=(), at=visibility.at)
        return await super().walk(root, direction, blind, depth=depth, most=most)


class WalksTheOtherWay(MemoryReader):
    """Takes up for down."""

    async def walk(self, root, direction, visibility, *, depth, most):
        other = Direction.UP if direction is Direction.DOWN else Direction.DOWN
        return await super().walk(root, other, visibility, depth=depth, most=most)


class KeepsQuietAtItsBound(MemoryReader):
    """Does not say that it left something out."""

    async def walk(self, root, direction, visibility, *, depth, most):
        return Walk((await super().walk(root, direction, visibility, depth=depth, most=most)).reached, False)


class CountsItsBeginning(MemoryReader):
    """Comes back to where it began."""

    async def walk(self, root, direction, visibility, *, depth, most):
        walk = await super().walk(root, direction, visibility, depth=depth, most=most)
        back = self._reached(root, len(walk.reached) + 1, root) if root in self._state.resources else None
        return Walk([*walk.reached, *([back] if back and walk.reached else [])], walk.truncated)


class SearchesWithoutEnd(MemoryReader):
    """Looks for a way however far it leads."""

    async def way(self, starts, goal, *, most):
        return await super().way(starts, goal, most=1_000_000)


class ShowsEverybodysStanding(MemoryReader):
    """Does not ask who wants to know how something stands."""

    async def standings(self, ids, visibility):
        return await super().standings(ids, None)


TWINS = (
    (WalksThroughTheUnseen, "test_walk_does_not_go_through_what_is_hidden"),
    (ForgetsGrants, "test_walk_goes_through_what_a_grant_shows"),
    (WalksTheOtherWay, "test_draft_of_an_approved_resource_is_not_walked"),
    (KeepsQuietAtItsBound, "test_walk_ends_at_its_bound_and_says_so"),
    (CountsItsBeginning, "test_walk_through_a_circle_ends_and_leaves_out_its_beginning"),
    (SearchesWithoutEnd, "test_way_along_a_long_chain_is_found_and_bounded"),
    (ShowsEverybodysStanding, "test_standings_are_those_of_visible_resources"),
)


class Twin(InMemoryStore):
    """A store in memory with another reader."""

    def __init__(self, reader: type[MemoryReader]) -> None:
        super().__init__()
        self._reader = reader

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Any]:
        yield self._reader(self._published())


@pytest.mark.parametrize(("reader", "test"), TWINS, ids=[reader.__name__ for reader, _ in TWINS])
async def test_broken_walk_is_found(reader, test):
    store = Twin(reader)
    with pytest.raises(AssertionError):
        await getattr(StoreContract(), test)(store)
    await store.close()


@pytest.mark.parametrize("test", [test for _, test in TWINS])
async def test_sound_walk_is_not_found_wrong(test):
    store = Twin(MemoryReader)
    await getattr(StoreContract(), test)(store)
    await store.close()
