"""Whatever a model answers, statements over the same database answer the same, while the database changes."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from projected_worlds import ChangingWorld, Questions, difference

from ucs_registry.read_model import Model
from ucs_registry.sql import SqlStore

ROUNDS, ASKED = 20, 4


@pytest.mark.parametrize("seed", [1])
async def test_every_page_total_and_facet_of_a_model_is_that_of_the_statements_between_writes(
    store: SqlStore, modelled: Callable[..., Model], seed: int
) -> None:
    chance = Random(seed)
    world, questions, model = ChangingWorld(store, chance), Questions(chance), modelled()
    await world.enter()
    assert await model.filled()
    done: list[str] = []
    for _ in range(ROUNDS):
        async with store.read() as reader:
            cells = reader.head.cells
        visibility = questions.visibility(cells)
        for _ in range(ASKED):
            found = await difference(store, model, questions, questions.wanted(), visibility)
            assert found is None, f"{found}\nafter {done}"
        done.append(await world.change())
