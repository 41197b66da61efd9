"""Compilers that are broken on purpose: comparing answers finds each of them out."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from asked_documents import Asked
from asked_worlds import asked_world
from sqlalchemy import ColumnElement, FromClause, ScalarSelect, Subquery, select, true

from ucs_registry.sql.shaping.answers import SqlShaped
from ucs_registry.sql.shaping.build import Build
from ucs_registry.sql.urls import dialect_of
from ucs_registry.sql.words import ITEM, SqliteWords

DOCUMENT = (
    "{ resources(first: 40) { totalCount nodes { id contact etag dependencies { resource { id } } dependants(first: 2) {"
    " resource { code } } } } }"
)


class Blind(Build):
    """Forgets the mask: whoever asks may do everything."""

    def may(self, action: str, resources: FromClause) -> ColumnElement[bool]:
        return true()


class Granting(Build):
    """Takes what a grant could allow for allowed."""

    def may(self, action: str, resources: FromClause) -> ColumnElement[bool]:
        self._granted: Any = frozenset()
        return super().may(action, resources)


class _Backward(SqliteWords):
    def gathered(self, rows: Subquery) -> ScalarSelect[str]:
        return super().gathered(select(rows).order_by(rows.c[ITEM].desc()).subquery())


class Disorderly(Build):
    """Gathers the items of lists in an order of its own."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.words = _Backward()


@pytest.mark.parametrize("twin", [None, Blind, Granting, Disorderly])
async def test_a_broken_compiler_is_found_out(asking, sqlite_url, twin):
    def broken(store: Any) -> Any:
        if twin is not None:
            store.shaped = SqlShaped(dialect_of(sqlite_url, 1.0), store.direct, twin)
        return store

    world = asked_world(Random(11))
    async with asking.over(sqlite_url) as (store, sound), asking.beside(store, broken) as platform:
        await world.enter(store)
        compiled, plain = asking.door(platform, compiled=True), asking.door(sound, compiled=False)
        wrong = 0
        for who in ("developer", "outsider", "editor", "member"):
            asked = Asked(text=DOCUMENT, variables={})
            told, expected = await compiled.tell(who, asked), await plain.tell(who, asked)
            assert told.compiled
            wrong += told.text != expected.text
        assert bool(wrong) == (twin is not None)
