"""Which documents a statement answers, which a session tells, and which fall back on plain execution: the lists of the latter
two only shrink.
"""

from __future__ import annotations

from random import Random
from typing import Any

from asked_worlds import asked_world
from representative_documents import FALLS_BACK, NEEDS_A_SIGNED_LOG, TOLD, representative

from ucs_core.graphql.schema import build_schema, core_schema

WORLD = 1
SCHEMA = core_schema(build_schema())


async def sorted_out(asking: Any, database: str) -> tuple[set[str], set[str], set[str]]:
    """The names of all documents, of those that nobody has an answer for but plain execution, and of those that are told."""
    world = asked_world(Random(WORLD))
    every, plain, spoken = set(), set(), set()
    async with asking.over(database) as (store, platform):
        await world.enter(store)
        door, measure = asking.door(platform, compiled=True), asking.door(platform, compiled=False)
        for name, asked in representative(world):
            every.add(name)
            told = await door.tell("administrator", asked)
            assert told.code is None, (name, told.text)
            assert told.text == (await measure.tell("administrator", asked)).text, name
            if not told.compiled:
                plain.add(name)
            elif door.door.prepare(asked.text, None, asked.variables).plans.ask(asked.variables).told:
                spoken.add(name)
    return every, plain, spoken


async def test_the_lists_of_what_no_statement_answers_only_shrink(asking, database):
    every, plain, spoken = await sorted_out(asking, database)
    assert every >= FALLS_BACK | TOLD, "the lists name documents that are not there"
    assert sorted(plain - FALLS_BACK) == [], "these fall back and were compiled before"
    assert sorted(FALLS_BACK - plain) == [], "these are compiled now: strike them out"
    assert sorted(spoken - TOLD) == [], "these were answered by a statement before"
    assert sorted(TOLD - spoken) == [], "a statement answers these now: strike them out"


def test_every_field_of_the_root_has_a_document():
    world, root = asked_world(Random(WORLD)), SCHEMA.query_type
    asked = " ".join(document.text for _, document in representative(world))
    assert root is not None
    missing = [name for name in root.fields if f"{name}(" not in asked and f"{name} {{" not in asked]
    assert sorted(missing) == sorted(NEEDS_A_SIGNED_LOG)
