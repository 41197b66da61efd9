"""Pages of one list in one document: counted together, and answered as if each were asked for by itself."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from random import Random
from typing import Any

import pytest
from asked_documents import Asked
from asked_worlds import KNOWN, asked_world

from ucs_registry.sql.shaping.answers import SqlShaped
from ucs_registry.sql.shaping.build import Build, Made
from ucs_registry.sql.urls import dialect_of

DIMENSIONS = ("kind", "type", "owner", "share_type", "data_level", "open_type", "availability", "district")
LISTS = (
    "",
    'search: "水", ',
    'search: "water", filter: {kind: data}, ',
    'filter: {tags: ["防汛"]}, ',
    'filter: {district: "370202"}, ',
    'filter: {updatedAfter: "2026-03-01T08:00:03Z"}, ',
    'filter: {anyOf: [{kind: data}, {search: "水"}]}, ',
)
ORDERS = ("updated_desc", "updated_asc", "title_zh", "code")


def document(chance: Random) -> str:
    """Some pages of two lists, with totals and facets here and there, and facets under several names."""
    lists = chance.sample(LISTS, 2)
    parts = []
    for number in range(chance.randint(2, 6)):
        facets = "".join(
            f" f{at}: facets(by: [{', '.join(chance.sample(DIMENSIONS, chance.randint(1, 4)))}])"
            " { dimension values { value count } }"
            for at in range(chance.randrange(3))
        )
        asked = f"{lists[number % 2]}first: {chance.choice((1, 3, 50))}, orderBy: {chance.choice(ORDERS)}"
        total, page = (
            chance.choice(("", each)) for each in (" totalCount", " pageInfo { hasNextPage hasPreviousPage }")
        )
        parts.append(f"p{number}: resources({asked}) {{ nodes {{ id }}{total}{page}{facets} }}")
    return f"{{ {' '.join(parts)} }}"


async def test_pages_of_one_list_are_answered_as_they_are_executed(asking, database):
    chance = Random(25)
    world = asked_world(chance)
    async with asking.over(database) as (store, platform):
        await world.enter(store)
        compiled, plain = asking.door(platform, compiled=True), asking.door(platform, compiled=False)
        answered = 0
        for _ in range(14):
            asked, who = Asked(text=document(chance), variables={}), chance.choice(KNOWN)
            told, expected = await compiled.tell(who, asked), await plain.tell(who, asked)
            assert (told.text, told.code) == (expected.text, expected.code), (who, asked.text)
            answered += told.compiled
        assert answered > 8


class Forgetful(Build):
    """Makes everything anew wherever it is asked for."""

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        del key
        return make()


@pytest.mark.parametrize("twin", [None, Forgetful])
async def test_words_are_looked_for_once_whatever_is_asked_of_them(asking, sqlite_url, twin):
    page = 'p{}: resources(search: "水", first: 1) {{ totalCount nodes {{ id }} facets(by: [kind]) {{ dimension }} }}'
    asked = Asked(text=f"{{ {' '.join(page.format(at) for at in range(2))} }}", variables={})

    def over(store: Any) -> Any:
        if twin is not None:
            store.shaped = SqlShaped(dialect_of(sqlite_url, 1.0), store.direct, twin)
        return store

    async with asking.over(sqlite_url) as (store, _), asking.beside(store, over) as platform:
        await asked_world(Random(25)).enter(store)
        told = await asking.door(platform, compiled=True).tell(KNOWN[0], asked)
        assert told.compiled, told.text
        [text] = [ready.statement.text for ready in platform.answers._shaped._kept.values()]
    assert (text.count(" MATCH ") == 1) == (twin is None)
