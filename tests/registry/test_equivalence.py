"""SQLite answers every question as the store in memory does, over random worlds."""

from __future__ import annotations

import asyncio
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ucs_registry.memory import InMemoryStore
from ucs_registry.ports import Reader, Store
from ucs_registry.queries import Dimension, ResourceQuery, cursor_of
from ucs_registry.resources import Resource
from ucs_registry.sql import open_store
from ucs_registry.sql.listing import Listing, page
from ucs_registry.sql.predicates import decided_by_cell
from ucs_registry.sql.reader import SqlReader
from ucs_registry.testing import NOW, a_grant, a_resource, a_visibility, an_id, founded
from ucs_registry.testing.listing import ORDERS
from ucs_registry.testing.resources import needs
from ucs_registry.visibility import Grant, Visibility
from ucs_sdk.vocabulary import Availability, DataLevel, ResourceKind, ReviewState, ShareType

WORLD = 12
OWNERS = ("37", "3702", "370202", "3706", "370", "water")
TITLES = ("积水", "积水点", "水", "Z", "a", "𠀀", "\ufffd", "water")
TAGS = ("积", "t", "T")

one = st.sampled_from


@st.composite
def resources(draw: st.DrawFn) -> Resource:
    number = draw(st.integers(0, WORLD - 1))
    kind, type = draw(one([("data", "dataset"), ("data", "map_layer"), ("component", "api_service")]))
    return a_resource(
        number,
        kind=ResourceKind(kind),
        type=type,
        # It stays for life, as its code does, and what a resource is found by rests on that.
        owner=OWNERS[number % len(OWNERS)],
        availability=draw(one(Availability)),
        data_level=draw(one([DataLevel.L1, DataLevel.L4])),
        share_type=draw(one([ShareType.UNCONDITIONAL, ShareType.NONE])),
        denial_basis="依据",
        title_zh=draw(one(TITLES)),
        title_en=draw(one(TITLES)),
        tags=tuple(draw(st.lists(one(TAGS), max_size=2))),
        dependencies=needs(*draw(st.lists(st.integers(0, WORLD), max_size=3))),
        updated_at=NOW + timedelta(microseconds=draw(st.integers(0, 3))),
        version=draw(st.integers(1, 9)),
    )


grants = st.builds(
    lambda number, id, start, length, action: a_grant(
        number,
        id=id,
        action=action,
        valid_from=NOW + timedelta(seconds=start),
        valid_until=None if length is None else NOW + timedelta(seconds=start + length),
    ),
    st.integers(0, WORLD),
    one(["g1", "g2", "g3"]),
    st.integers(-2, 2),
    st.none() | st.integers(0, 3),
    one(["discover", "read"]),
)
saves = st.lists(st.tuples(resources(), st.booleans()), min_size=1, max_size=8)
units = st.lists(st.tuples(saves, st.lists(grants, max_size=2), st.booleans()), max_size=5)


def _single(query: ResourceQuery) -> ResourceQuery:
    for name in ("owner_subtree", "search", "tag", "kind", "availability", "type", "share_type", "code"):
        if getattr(query, name) is not None:
            return ResourceQuery(**{name: getattr(query, name)})
    return query


queries = st.builds(
    ResourceQuery,
    kind=st.none() | one(ResourceKind),
    type=st.none() | one(["dataset", "api_service", "x"]),
    owner_subtree=st.none() | one([*OWNERS, "nobody"]),
    share_type=st.none() | one(ShareType),
    availability=st.none() | one(Availability),
    tag=st.none() | one([*TAGS, "none"]),
    code=st.none() | one(["CODE-000001", "CODE-000002"]),
    search=st.none() | one(["积水", "水", "wat", "a z", "\x00", "CODE", "积水 z"]),
)
# A filter is most often alone, or hardly any query would match anything.
queries = st.just(ResourceQuery()) | queries.map(_single) | queries
visibilities = st.none() | st.builds(
    a_visibility,
    st.lists(one([0, 1, 1, 2, 2]), max_size=40).map(bytes),
    grantees=one([(), ("principals/reader",), ("principals/reader", "principals/other")]),
    at=st.integers(-3, 3).map(lambda seconds: NOW + timedelta(seconds=seconds)),
)
questions = st.lists(st.tuples(queries, visibilities, st.integers(1, 5)), min_size=6, max_size=10)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(units=units, questions=questions)
def test_sqlite_answers_like_memory(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, units: list[Any], questions: list[Any]
) -> None:
    path = tmp_path_factory.mktemp("world") / "ucs.db"
    shutil.copy(sqlite_template, path)
    asyncio.run(_compare(f"sqlite:///{path}", units, questions))


async def _compare(url: str, units: list[Any], questions: list[Any]) -> None:
    memory, sql = InMemoryStore(), await open_store(url)
    try:
        for store in (memory, sql):
            await _fill(store, units)
        async with memory.read() as expected, sql.read() as found:
            assert found.head == expected.head
            assert await _state(found) == await _state(expected)
            for query, visibility, size in questions:
                asked = (query, visibility)
                assert await _answers(found, *asked, size) == await _answers(expected, *asked, size), asked
                await _check_both_ways(found, expected, *asked, size)
    finally:
        await sql.close()


async def _check_both_ways(
    found: SqlReader, expected: Reader, query: ResourceQuery, visibility: Visibility | None, size: int
) -> None:
    # The page is the same whether it is read in order or gathered and sorted.
    if not decided_by_cell(query):
        return
    for order in ORDERS:
        for backward in (False, True):
            way = {"order": order, "after": None, "first": size, "backward": backward}
            wanted = [resource.id for resource in await expected.select(query, visibility, **way)]
            for total in (None, 1):
                statement = page(found._dialect, Listing(query, visibility, order, None, size, None, backward), total)
                rows = [row.id for row in await found._all(statement)]
                assert (rows[::-1] if backward else rows) == wanted


async def _fill(store: Store, units: list[tuple[list[tuple[Resource, bool]], list[Grant], bool]]) -> None:
    await founded(store)
    number = 0
    for saves, given_grants, committed in units:
        async with store.write() as unit:
            states: dict[str, Resource] = dict(await unit.resources(resource.id for resource, _ in saves))
            changed = []
            for resource, approved in saves:
                # Every state has a revision of its own, approved or a draft beside the current one.
                number += 1
                before = states.get(resource.id)
                state = ReviewState.APPROVED if approved else ReviewState.DRAFT
                head = resource.head.model_copy(update={"number": number, "state": state})
                current = head if approved else before and before.current
                states[resource.id] = resource.model_copy(update={"head": head, "current": current})
                changed.append(states[resource.id])
            await unit.save(changed)
            await unit.put_grants(given_grants)
            if committed:
                await unit.commit()


async def _state(reader: Reader) -> Any:
    ids = [an_id(number) for number in range(WORLD + 1)]
    return (
        await reader.resources(ids),
        [await reader.cell(id) for id in ids],
        await reader.cells(0),
        await reader.dependencies(ids),
        await reader.dependants(ids),
        [await reader.revisions(id) for id in ids],
    )


async def _answers(reader: Reader, query: ResourceQuery, visibility: Visibility | None, size: int) -> Any:
    answers: list[Any] = [
        await reader.count(query, visibility),
        await reader.facets(query, visibility, Dimension),
    ]
    if visibility is not None:
        answers.append(await reader.visible(map(an_id, range(WORLD + 1)), visibility))
    for order in ORDERS:
        page = await reader.select(query, visibility, order=order, after=None, first=size)
        answers.append(page)
        if page:
            after = cursor_of(page[-1], order)
            answers.append(await reader.select(query, visibility, order=order, after=after, first=size))
    return answers
