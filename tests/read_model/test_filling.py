"""What is read to be kept is kept only of the state in which the model stands, and forgotten like all that is kept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

import orjson
import pytest

from ucs_registry.read_model import Model
from ucs_registry.read_model.answers import ReadModelShaped
from ucs_registry.read_model.model import Head
from ucs_registry.read_model.taking import FIRST, SEVERAL
from ucs_registry.resources import Dependency, Resource
from ucs_registry.shapes import Eyes, Field, Many, Object, One, Question, Shape, Shaped, Shown, shape_of
from ucs_registry.sql import SqlStore
from ucs_registry.sql.projecting import SqlProjecting
from ucs_registry.sql.shaping.kept import SqlFilling
from ucs_registry.testing import NOW, a_resource, an_entry, an_id, everything_visible, founded
from ucs_registry.visibility import Visibility
from ucs_sdk.vocabulary import DependencyRelation

CARD = Object((("name", Field("name")), ("reason", Field("availability_reason"))))
PLAIN = shape_of([Question("resource", 0, CARD)])
LINKED = shape_of(
    [
        Question(
            "resource",
            0,
            Object((*CARD.entries, ("needs", Many("dependencies", Object((("resource", One("resource", CARD)),)))))),
        )
    ]
)

After = Callable[[], Awaitable[None]]


class Overtaken:
    """The statements' answers, behind each of which something happens before anybody has it."""

    def __init__(self, behind: Shaped, after: After) -> None:
        self._behind = behind
        self._after = after

    def eyes(self, discover: Visibility, read: Visibility | None, work: Sequence[Visibility]) -> Eyes:
        return self._behind.eyes(discover, read, work)

    async def ask(self, shape: Shape, eyes: Eyes, at: datetime, asked: Sequence[object]) -> Shown | None:
        shown = await self._behind.ask(shape, eyes, at, asked)
        await self._after()
        return shown


class OvertakenFilling(SqlFilling):
    """The same of what is read to be kept."""

    after: After

    async def fill(self, *wanted: Any) -> Any:
        filled = await super().fill(*wanted)
        await self.after()
        return filled


class AnywhereIsHere(Model):
    """Takes every state for its own."""

    def stands_at(self, head: Head) -> bool:
        return True


async def change(store: SqlStore, *resources: Resource) -> None:
    async with store.write() as unit:
        await unit.save([each.model_copy(update={"availability_reason": "later", "version": 2}) for each in resources])
        for each in resources:
            unit.append(an_entry(object=each.name))
        await unit.commit()


async def told_when_overtaken(store: SqlStore, model: Model, shape: Shape) -> list[Any]:
    """What a card is shown as, twice: while it is read for the first time, it and what it needs change, and the model follows."""
    needed = a_resource(2)
    links = (Dependency(target=needed.name, relation=DependencyRelation.READS),)
    first = a_resource(1, dependencies=links)
    await founded(store, needed, first)
    assert await model.filled()
    going = [first, needed]

    async def after() -> None:
        changed = going[:]
        going.clear()
        if changed:
            await change(store, *changed)
            assert await model.at_head() is not None

    filling = OvertakenFilling(store._dialect, store.direct)
    filling.after = after
    shaped = ReadModelShaped(Overtaken(store.shaped, after), model, filling)
    eyes = shaped.eyes(everything_visible(), None, ())
    told = []
    for _ in range(2):
        shown = await shaped.ask(shape, eyes, NOW, [first.id])
        assert shown is not None
        [answer] = shown.answers
        assert answer is not None
        told.append(orjson.loads(answer))
    return told


def reasons(card: Any) -> set[str]:
    return {card["reason"], *(each["resource"]["reason"] for each in card.get("needs", ()))}


@pytest.mark.parametrize("shape", [PLAIN, LINKED], ids=["plain", "with links"])
async def test_what_was_overtaken_while_it_was_read_is_not_kept(
    store: SqlStore, modelled: Callable[..., Model], shape: Shape
) -> None:
    told = await told_when_overtaken(store, modelled(), shape)
    assert reasons(told[1]) == {"later"}


@pytest.mark.parametrize("shape", [PLAIN, LINKED], ids=["plain", "with links"])
async def test_a_model_that_takes_every_state_for_its_own_is_found_out(store: SqlStore, shape: Shape) -> None:
    model = AnywhereIsHere(SqlProjecting(store._dialect, store.direct))
    told = await told_when_overtaken(store, model, shape)
    await model.close()
    assert reasons(told[1]) != {"later"}


def needing(levels: int, *told: tuple[str, Field], twice: bool = False) -> Object:
    """A card with what it needs, so many levels deep; `told` is told of each link, and `twice` shows what it leads to again."""
    if not levels:
        return CARD
    far = One("resource", needing(levels - 1, *told, twice=twice))
    entries = (*told, ("resource", far), *((("again", One("resource", CARD)),) if twice else ()))
    return Object((*CARD.entries, ("needs", Many("dependencies", Object(entries)))))


DEEP = {
    "one level": needing(1),
    "three levels": needing(3),
    "more levels than one statement takes": needing(4),
    "links told of": needing(3, ("relation", Field("relation"))),
    "links that show twice": needing(2, ("relation", Field("relation")), twice=True),
}
LINKS = {
    1: 2 * FIRST[0],
    2: FIRST[0] + 1,
    3: FIRST[0],
    4: SEVERAL[0] + 1,
    5: SEVERAL[0],
    6: FIRST[1] + 1,
    7: FIRST[2] + 1,
    8: 3,
}
"""How many links some resources have: as many as are brought along on some level, and one more."""


async def tangle(store: SqlStore) -> list[Resource]:
    """Resources that need those behind them, and these the next."""
    found = []
    for number in range(1, 3 * FIRST[0]):
        ends = range(number + 1, number + 1 + LINKS.get(number, number % 2))
        links = (Dependency(target=f"resources/{an_id(end)}", relation=DependencyRelation.READS) for end in ends)
        found.append(a_resource(number, dependencies=tuple(links)))
    await founded(store, *found)
    return found


async def differing(store: SqlStore, model: Model, filling: SqlFilling, shown: Object) -> list[str]:
    """The cards that are not shown as by statements, at first or when they are asked for again."""
    resources = await tangle(store)
    assert await model.filled()
    shaped = ReadModelShaped(store.shaped, model, filling)
    shaped.leads_on = 99
    shape = shape_of([Question("resource", 0, shown)])
    eyes, plainly = shaped.eyes(everything_visible(), None, ()), store.shaped.eyes(everything_visible(), None, ())
    found = []
    for each in [*resources[: len(LINKS)], *resources[: len(LINKS)]]:
        by_memory, by_statement = [
            await one.ask(shape, sees, NOW, [each.id]) for one, sees in ((shaped, eyes), (store.shaped, plainly))
        ]
        assert by_memory is not None
        assert by_statement is not None
        if by_memory.answers != by_statement.answers:
            found.append(each.code)
    assert shaped.answered > len(LINKS)
    return found


@pytest.mark.parametrize("shown", DEEP.values(), ids=DEEP.keys())
async def test_what_is_brought_along_is_what_statements_show(
    store: SqlStore, modelled: Callable[..., Model], shown: Object
) -> None:
    assert await differing(store, modelled(), SqlFilling(store._dialect, store.direct), shown) == []


class OneShort(SqlFilling):
    """Reads one link less than it was told."""

    async def fill(self, tree: Any, ids: Any, limits: Any) -> Any:
        return await super().fill(tree, ids, tuple(each - 1 for each in limits))


async def test_a_filling_that_passes_over_a_link_is_found_out(store: SqlStore, modelled: Callable[..., Model]) -> None:
    filling = OneShort(store._dialect, store.direct)
    assert await differing(store, modelled(), filling, DEEP["three levels"]) != []
