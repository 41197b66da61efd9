"""Resources by their codes out of memory: whoever has a code now is told, in one state of the database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson

from ucs_registry.bin import KEPT, DeletedResource
from ucs_registry.read_model import Model
from ucs_registry.read_model.answers import ReadModelShaped
from ucs_registry.read_model.following import APPLIED_AT_ONCE
from ucs_registry.resources import Resource
from ucs_registry.shapes import Field, Object, Question, Shown, shape_of
from ucs_registry.sql import SqlStore
from ucs_registry.sql.shaping.kept import SqlFilling
from ucs_registry.testing import NOW, a_resource, an_entry, an_id, everything_visible, founded

SHOWN = Object((("name", Field("name")), ("code", Field("code")), ("at", Field("updated_at"))))
BY_CODE = shape_of([Question("resource_by_code", 0, SHOWN)])
BY_ID = shape_of([Question("resource", 0, SHOWN)])


def shaped_by(store: SqlStore, model: Model) -> ReadModelShaped:
    return ReadModelShaped(store.shaped, model, SqlFilling(store._dialect, store.direct))


async def asked(shaped: ReadModelShaped, code: str) -> Shown:
    shown = await shaped.ask(BY_CODE, shaped.eyes(everything_visible(), None, ()), NOW, [code])
    assert shown is not None
    return shown


def told(shown: Shown) -> Any:
    [answer] = shown.answers
    return None if answer is None else orjson.loads(answer)


async def removed(store: SqlStore, *resources: Resource) -> None:
    """Delete resources for ever."""
    async with store.write() as unit:
        for each in resources:
            revisions = tuple(await unit.revisions(each.id))
            await unit.delete(
                DeletedResource(resource=each, revisions=revisions, deleted_at=NOW, by="x", purge_at=NOW + KEPT)
            )
            await unit.purge(each.id)
            unit.append(an_entry(object=each.name))
        await unit.commit()


async def entered(store: SqlStore, *resources: Resource) -> None:
    async with store.write() as unit:
        await unit.save(resources)
        for each in resources:
            unit.append(an_entry(object=each.name))
        await unit.commit()


async def test_a_code_is_that_of_whoever_has_it_now_also_where_an_id_came_back_with_another(
    store: SqlStore, modelled: Callable[..., Model]
) -> None:
    first, second = a_resource(1), a_resource(2)
    await founded(store, first, second)
    model = modelled()
    assert await model.filled()
    shaped = shaped_by(store, model)
    assert told(await asked(shaped, first.code))["name"] == first.name
    await removed(store, first, second)
    await entered(store, first.model_copy(update={"code": "OTHER-1"}), second.model_copy(update={"code": first.code}))
    assert told(await asked(shaped, first.code))["name"] == second.name
    assert told(await asked(shaped, "OTHER-1"))["name"] == first.name
    assert told(await asked(shaped, second.code)) is None


async def test_nothing_is_told_of_a_model_that_moves_while_a_code_is_looked_up(
    store: SqlStore, modelled: Callable[..., Model]
) -> None:
    many = [a_resource(number) for number in range(1, APPLIED_AT_ONCE + 10)]
    await founded(store, *many)
    model = modelled()
    assert await model.filled()
    shaped = shaped_by(store, model)
    first, going = many[0], []

    class Moving(SqlFilling):
        """While a code is looked up everything changes, and the model is half-way there."""

        async def id_of(self, code: str) -> Any:
            found = await super().id_of(code)
            if not going:
                later = {"updated_at": NOW + timedelta(days=1)}
                await entered(store, *(each.model_copy(update=later) for each in many))
                going.append(asyncio.create_task(model.at_head()))
                while not model._loaded.moving:  # noqa: ASYNC110 -- nobody tells when it begins to move
                    await asyncio.sleep(0)
            return found

    # What it is shown as is there already.
    assert await shaped.ask(BY_ID, shaped.eyes(everything_visible(), None, ()), NOW, [first.id]) is not None
    shaped._filling = Moving(store._dialect, store.direct)
    shown = await asked(shaped, first.code)
    await asyncio.gather(*going)
    async with store.read() as reader:
        assert shown.position == reader.head.position
    assert told(shown)["at"].startswith((NOW + timedelta(days=1)).strftime("%Y-%m-%d"))
    assert told(shown)["name"] == f"resources/{an_id(1)}"
