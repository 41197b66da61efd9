"""Models that follow badly are found out by the same questions that sound ones answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import pytest
from projected_worlds import ChangingWorld, Questions, difference

from ucs_registry.read_model import Followed, Model
from ucs_registry.read_model.ports import Behind, OrganizationRow, State
from ucs_registry.sql import SqlStore
from ucs_registry.sql.projecting import SqlProjecting

ROUNDS, ASKED = 60, 3


@pytest.fixture
def database(sqlite_url: str) -> str:
    """What a model does wrong it does wrong over any database."""
    return sqlite_url


class Reading:
    """Reads as they are, for twins to change one of them."""

    def __init__(self, reads: SqlProjecting) -> None:
        self.reads = reads

    def __getattr__(self, name: str) -> Any:
        return getattr(self.reads, name)


class PassingOverWhatIsGone(Reading):
    """Forgets that resources can be deleted."""

    async def behind(self, position: int, mark: bytes, most: int) -> Behind:
        told = await self.reads.behind(position, mark, most)
        there = {f"resources/{changed.place.id}" for changed in told.changed}
        kept = frozenset(name for name in told.objects if name in there or not name.startswith("resources/"))
        return told._replace(objects=kept)


class PassingOverGrants(Reading):
    """Takes no notice of grants that are given and taken."""

    async def behind(self, position: int, mark: bytes, most: int) -> Behind:
        told = await self.reads.behind(position, mark, most)
        return told._replace(objects=frozenset(name for name in told.objects if name.startswith("resources/")))


class KeepingPostings(Reading):
    """Leaves what changed out of every tag and word, as if it had none."""

    async def behind(self, position: int, mark: bytes, most: int) -> Behind:
        told = await self.reads.behind(position, mark, most)
        bare = [changed._replace(tags=frozenset(), text="") for changed in told.changed]
        return told._replace(changed=bare)


class KeepingOrganizations(Reading):
    """Knows the organisations of the beginning for ever."""

    first: Sequence[OrganizationRow] | None = None

    async def organizations(self) -> Sequence[OrganizationRow]:
        if self.first is None:
            self.first = await self.reads.organizations()
        return self.first


class LookingSeldom(Reading):
    """Looks where the database stands every other time."""

    looked = 0
    last: State

    async def state(self) -> State:
        self.looked += 1
        if self.looked % 2 or self.looked < 3:
            self.last = await self.reads.state()
        return self.last


READINGS = (PassingOverWhatIsGone, PassingOverGrants, KeepingPostings, KeepingOrganizations, LookingSeldom)


async def caught(store: SqlStore, model: Model, seed: int = 5) -> bool:
    """Whether questions between writes find something wrong."""
    chance = Random(seed)
    world, questions = ChangingWorld(store, chance), Questions(chance)
    await world.enter()
    assert await model.filled()
    for _ in range(ROUNDS):
        async with store.read() as reader:
            visibility = questions.visibility(reader.head.cells)
        for _ in range(ASKED):
            if await difference(store, model, questions, questions.wanted(), visibility):
                return True
        await world.change()
    return False


@pytest.mark.parametrize("reading", READINGS)
async def test_a_model_that_reads_badly_is_found_out(
    store: SqlStore, modelled: Callable[..., Model], reading: type[Reading]
) -> None:
    assert await caught(store, modelled(reading))


def _keeping_sights(model: Model) -> None:
    """What masks show is taken for moved along."""
    loaded = model._loaded
    assert loaded is not None
    for sight in loaded.sights.values():
        sight.upto = loaded.journal.end


def _forgetting_late(model: Model) -> None:
    """What comes late is where it happens to stand."""
    model.catalogue.late.clear()


@pytest.mark.parametrize("harm", [_keeping_sights, _forgetting_late])
async def test_a_model_whose_sets_are_not_brought_along_is_found_out(
    store: SqlStore, modelled: Callable[..., Model], harm: Callable[[Model], None]
) -> None:
    model = modelled()

    def heard(followed: Followed) -> None:
        if not followed.everything:
            harm(model)

    model.subscribe(heard)
    assert await caught(store, model)
