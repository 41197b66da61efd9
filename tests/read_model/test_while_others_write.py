"""Whatever a model answers while others write is one state of the database, and not an earlier one than when it was asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from random import Random

from ucs_registry.queries import Order, ResourceQuery
from ucs_registry.read_model import Model
from ucs_registry.read_model.ports import QUICK_MOST
from ucs_registry.resources import Resource
from ucs_registry.shapes import PageWanted
from ucs_registry.sql import SqlStore
from ucs_registry.testing import NOW, a_resource, an_entry, everything_visible, founded

COUNT, COMMITS = 200, 25
ALL = everything_visible()
TAGS = ("a", "b")


class Writer:
    """Changes resources, and knows what was in each state."""

    def __init__(self, store: SqlStore, chance: Random) -> None:
        self._store = store
        self._chance = chance
        self.there = {each.id: each for each in map(a_resource, range(COUNT))}
        self.states: dict[int, dict[str, list[str]]] = {}
        self.position = 0

    async def begin(self) -> None:
        """Enter everything."""
        await founded(self._store, *self.there.values())
        async with self._store.read() as reader:
            self._note(reader.head.position)

    async def go(self) -> None:
        """Write little and much, one commit after the other."""
        for number in range(COMMITS):
            many = self._chance.choice((1, 2, 40, QUICK_MOST + 40))
            changed = [self._changed(each, number) for each in self._chance.sample(sorted(self.there), many)]
            async with self._store.write() as unit:
                await unit.save(changed)
                for each in changed:
                    unit.append(an_entry(object=each.name))
                before = self.position
                self.there |= {each.id: each for each in changed}
                self._note(before + many)
                await unit.commit()

    def _changed(self, id: str, number: int) -> Resource:
        old, chance = self.there[id], self._chance
        content = old.shown.content.model_copy(update={"tags": tuple(tag for tag in TAGS if chance.random() < 0.5)})
        head = old.head.model_copy(update={"content": content})
        at = NOW + timedelta(seconds=number - 20 * (chance.random() < 0.1))
        return old.model_copy(update={"head": head, "current": head, "updated_at": at})

    def _note(self, position: int) -> None:
        ordered = sorted(self.there.values(), key=lambda each: (each.updated_at, each.id))
        self.states[position] = {tag: [each.id for each in ordered if tag in each.shown.content.tags] for tag in TAGS}
        self.position = position


async def test_answers_while_others_write_are_each_of_one_state_and_no_earlier_one(
    store: SqlStore, modelled: Callable[..., Model]
) -> None:
    writer, model = Writer(store, Random(7)), modelled()
    await writer.begin()
    assert await model.filled()
    writing = asyncio.create_task(writer.go())

    async def ask(tag: str) -> bool:
        """Ask once; whether there was an answer."""
        wanted = PageWanted(query=ResourceQuery(tag=tag), order=Order.UPDATED_ASC, size=COUNT)
        async with store.read() as reader:
            known = reader.head.position
        head = await model.at_head([wanted], ALL)
        page = None if head is None else model.page(wanted, ALL, NOW)
        if head is None or page is None:
            return False
        assert head.position >= known
        assert [model.id(number) for number in page.numbers] == writer.states[head.position][tag]
        return True

    async def go_on_asking(tag: str) -> None:
        while not writing.done():
            await ask(tag)

    await asyncio.gather(writing, *map(go_on_asking, TAGS * 2))
    assert await model.filled()
    assert all([await ask(tag) for tag in TAGS])
