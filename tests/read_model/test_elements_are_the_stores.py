"""Elements out of memory are those that the database has, with writes between: for anybody, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from projected_worlds import ChangingWorld, Questions

from ucs_registry.elements import Element, ElementPage, Eyes, Seen
from ucs_registry.queries import Order
from ucs_registry.read_model import Followed, Model
from ucs_registry.resources import Deprecation
from ucs_registry.sql import SqlStore
from ucs_registry.sql.elements import ModelElements, SqlElements
from ucs_registry.sql.elements.modelled import ModelEyes
from ucs_registry.sql.elements.remembered import Memory, Sight
from ucs_registry.testing import NOW
from ucs_registry.visibility import Visibility

ROUNDS, CALLERS = 40, 4


class DeprecatingWorld(ChangingWorld):
    """A world in which resources are deprecated, too, mostly in favour of others."""

    async def change(self) -> str:
        """Do one thing or another."""
        if self._chance.random() < 0.75:
            return await super().change()
        async with self._store.write() as unit:
            old, other = self._one(self._live), self._one(self._live)
            named = None if old.deprecation else Deprecation(effective_on=NOW.date(), alternative=other.name)
            await self._save(unit, old.model_copy(update={"deprecation": named, "updated_at": self._moment()}))
            await unit.commit()
        return "_deprecate"

    @property
    def ids(self) -> list[str]:
        """The ids of all that there is, and of some that there is not."""
        return [*self._live, *self._binned, "7" * 26, "nonsense"]


def _told(elements: Iterable[Element]) -> list[tuple[Any, ...]]:
    return [(each.id, each.cell, each.held, each.told) for each in elements]


def _differ(one: Seen | None, other: Seen | None, *, ordered: bool) -> bool:
    if one is None or other is None:
        # Where no statement can tell, the model may.
        return one is not other and other is not None
    found = [_told(each.elements) if ordered else sorted(_told(each.elements)) for each in (one, other)]
    return found[0] != found[1] or (one.position, one.standing) != (other.position, other.standing)


class Compared:
    """Elements by a model beside those of the database."""

    def __init__(self, store: SqlStore, model: Model, kind: type[ModelElements] = ModelElements) -> None:
        self.behind = SqlElements(store._dialect, store.direct)
        self.elements = kind(SqlElements(store._dialect, store.direct), model, store._dialect, store.direct)
        self._eyes: dict[Visibility, tuple[Eyes, Eyes]] = {}

    def eyes(self, visibility: Visibility) -> tuple[Eyes, Eyes]:
        """The eyes of a caller, which are kept as a platform keeps them."""
        if visibility not in self._eyes:
            self._eyes[visibility] = self.elements.eyes(visibility), self.behind.eyes(visibility)
        return self._eyes[visibility]

    async def difference(
        self, ids: list[str], asked: ElementPage, visibility: Visibility, chance: Random
    ) -> str | None:
        """What is told differently, if anything is."""
        own, behind = self.eyes(visibility)
        at = NOW + timedelta(seconds=chance.randrange(-60, 60))
        for some in (ids, chance.sample(ids, 1)):
            if _differ(
                await self.elements.among(some, own, at), await self.behind.among(some, behind, at), ordered=False
            ):
                return f"{some} at {at}"
        if _differ(await self.elements.page(asked, own, at), await self.behind.page(asked, behind, at), ordered=True):
            return f"{asked} at {at}"
        return None


async def differences(
    store: SqlStore, model: Model, kind: type[ModelElements] = ModelElements, seed: int = 11
) -> tuple[list[str], int]:
    """What is told differently between writes, and how much was answered out of memory."""
    chance = Random(seed)
    world, questions, compared = DeprecatingWorld(store, chance), Questions(chance), Compared(store, model, kind)
    await world.enter()
    assert await model.filled()
    found = []
    async with store.read() as reader:
        callers = [questions.visibility(reader.head.cells) for _ in range(CALLERS)]
    for _ in range(ROUNDS):
        for visibility in callers:
            wanted = questions.wanted()
            asked = ElementPage(
                query=wanted.query, order=chance.choice((Order.UPDATED_DESC, Order.UPDATED_ASC)), first=wanted.size + 1
            )
            difference = await compared.difference(world.ids, asked, visibility, chance)
            found += [difference] if difference else []
        await world.change()
    return found, compared.elements.answered


async def test_elements_are_those_of_the_database(store: SqlStore, modelled: Callable[..., Model]) -> None:
    found, answered = await differences(store, modelled())
    assert found == []
    assert answered > 2 * ROUNDS * CALLERS


class ForgetsOnlyWhatIsNamed(ModelElements):
    """The twin: what leads to a resource that changed is kept as it is."""

    def _hear(self, followed: Followed) -> None:
        memory, self._memory = self._memory, Unlinked(self._memory)
        super()._hear(followed)
        self._memory = memory


class Unlinked(Memory):
    """Forgets nothing but what it is told to."""

    def __init__(self, memory: Memory) -> None:
        self.__dict__.update(memory.__dict__)

    def forget(self, ids: Iterable[str]) -> None:
        for id in ids:
            self.forget_one(id)


class KeepsGrants(ModelElements):
    """The twin: takes a caller's grants to be what they were at first."""

    def _sight(self, own: ModelEyes, at: Any) -> Sight | None:
        own.grants_of = self._changes if own.grants is not None else own.grants_of
        return super()._sight(own, at)


class ForgetsNothing(ModelElements):
    """The twin: takes no notice of what changes."""

    def _hear(self, followed: Followed) -> None:
        self._changes += 1


class ShowsAllLinks(ModelElements):
    """The twin: whoever sees a resource sees where its links lead."""

    def _sight(self, own: ModelEyes, at: Any) -> Sight | None:
        sight = super()._sight(own, at)
        if sight is not None:
            sight.up_to = 1 << 30
        return sight


TWINS = (ForgetsOnlyWhatIsNamed, KeepsGrants, ForgetsNothing, ShowsAllLinks)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("twin", TWINS)
async def test_elements_that_err_are_found_out(
    store: SqlStore, modelled: Callable[..., Model], twin: type[ModelElements]
) -> None:
    found, _ = await differences(store, modelled(), twin)
    assert found
