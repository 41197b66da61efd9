"""Which documents are compiled, and which fall back on plain execution: the list of the latter only shrinks."""

from __future__ import annotations

from random import Random
from typing import Any

from asked_documents import CATALOGUE
from asked_worlds import asked_world
from representative_documents import FALLS_BACK, representative

WORLD = 1


async def fallen(asking: Any, database: str) -> tuple[set[str], set[str]]:
    """The names of all documents, and of those that nobody has an answer for but plain execution."""
    world = asked_world(Random(WORLD))
    every, plain = set(), set()
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
    return every, plain


async def test_the_list_of_what_falls_back_only_shrinks(asking, database):
    every, plain = await fallen(asking, database)
    assert every >= FALLS_BACK, "the list names documents that are not there"
    assert sorted(plain - FALLS_BACK) == [], "these fall back and were compiled before"
    assert sorted(FALLS_BACK - plain) == [], "these are compiled now: strike them out"


def test_every_field_that_reads_the_catalogue_has_a_document():
    world = asked_world(Random(WORLD))
    asked = " ".join(document.text for _, document in representative(world))
    assert [name for name in CATALOGUE if f"{name}(" not in asked and f"{name} {{" not in asked] == []
