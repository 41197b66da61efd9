"""The narrow tables of lists stay as the resources are, and what is read from them is read in their order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from ucs_registry.bin import DeletedResource
from ucs_registry.queries import Dimension, Order, ResourceQuery, cursor_of
from ucs_registry.resources import Resource
from ucs_registry.sql import SqlStore, downgrade, open_store, upgrade
from ucs_registry.sql.counting import enough, facets, total
from ucs_registry.sql.listing import Listing, page
from ucs_registry.sql.places import displaced
from ucs_registry.sql.reader import SqlReader
from ucs_registry.testing import NOW, a_grant, a_resource, a_revision, a_visibility, founded
from ucs_registry.visibility import Visibility
from ucs_sdk.vocabulary import Availability, ResourceKind

from .test_plans import picking, plan_of

IN_TIME = (Order.UPDATED_DESC, Order.UPDATED_ASC)
QUERIES = (
    ResourceQuery(tag="水"),
    ResourceQuery(tag="水", kind=ResourceKind.DATA),
    ResourceQuery(tags=("水",), share_type="unconditional"),
    ResourceQuery(tag="水", district="370202"),
    ResourceQuery(tag="水", search="积水"),
    ResourceQuery(search="积水"),
    ResourceQuery(search="积水", kind=ResourceKind.DATA),
    ResourceQuery(search="积水点 su", availability=Availability.ONLINE),
)
SEEING = (
    None,
    a_visibility(bytes((1, 1, 0, 2, 1, 2)), grantees=("principals/reader",)),
    a_visibility(bytes((0, 1, 1))),
)


def resource(number: int, **changes: Any) -> Resource:
    given = {
        "kind": (ResourceKind.DATA, ResourceKind.COMPONENT)[number % 2],
        "type": ("dataset", "api_service")[number % 2],
        "title_zh": ("积水点", "路面积水", "雨量")[number % 3],
        "tags": (("水", "路"), ("水",), ("路",))[number % 3],
        "availability": (Availability.ONLINE, Availability.OFFLINE)[number // 3 % 2],
        "region_code": ("370202", "3706", None)[number % 3],
        "updated_at": NOW + timedelta(seconds=number * 7 % 5),
    }
    if "head" in changes:
        given = {name: value for name, value in given.items() if name in Resource.model_fields}
    return a_resource(number, **(given | changes))


@pytest.fixture
async def store(any_url: str) -> AsyncIterator[SqlStore]:
    store = await open_store(any_url)
    await founded(store, *map(resource, range(24)))
    async with store.write() as unit:
        await unit.put_grants([a_grant(number, id=f"g{number}") for number in range(0, 24, 2)])
        await unit.commit()
    yield store
    await store.close()


async def saved(store: SqlStore, *resources: Resource) -> None:
    async with store.write() as unit:
        await unit.save(resources)
        await unit.commit()


async def test_places_follow_what_becomes_of_resources(store: SqlStore, any_url: str) -> None:
    assert await displaced(any_url) == {}
    later = NOW + timedelta(days=1)
    # Of one only time and cell change, of another the tags and the text.
    await saved(store, resource(1, availability=Availability.RETIRED, updated_at=later, version=2))
    head = a_revision(2, tags=("新",), title_zh="新")
    await saved(store, resource(2, head=head, updated_at=later, version=2))
    assert await displaced(any_url) == {}
    async with store.write() as unit:
        kept = (await unit.resources([resource(0).id]))[resource(0).id]
        await unit.delete(
            DeletedResource(resource=kept, revisions=(kept.head,), deleted_at=NOW, by="p", purge_at=later)
        )
        await unit.commit()
    assert await displaced(any_url) == {}
    async with store.write() as unit:
        await unit.undelete(kept)
        await unit.commit()
    assert await displaced(any_url) == {}
    async with store.read() as reader:
        assert await ids(reader, ResourceQuery(tag="新")) == [2]
        assert (await ids(reader, ResourceQuery(search="积水")))[0] == 1


async def ids(reader: SqlReader, query: ResourceQuery) -> list[int]:
    found = await reader.select(query, None, order=Order.UPDATED_DESC, after=None, first=50)
    return [int(resource.id) for resource in found]


@pytest.mark.parametrize(
    "harm",
    [
        "DELETE FROM places WHERE number = (SELECT min(number) FROM places)",
        "UPDATE places SET cell = cell + 1",
        "DELETE FROM tag_places WHERE tag = '路'",
        "UPDATE tag_places SET district = '370299' WHERE tag = '水'",
        "INSERT INTO tag_places VALUES ('x', 'data', 'never', 'nothing', 0, '')",
    ],
)
async def test_twin_whose_places_are_others_is_found(store: SqlStore, any_url: str, harm: str) -> None:
    async with store.write() as unit:
        await unit.run(text(harm))
        await unit.commit()
    assert await displaced(any_url)


def test_what_is_there_takes_its_places_when_it_is_upgraded(any_url: str) -> None:
    async def fill() -> None:
        store = await open_store(any_url)
        await founded(store, *map(resource, range(9)))
        await store.close()

    async def look() -> None:
        assert await displaced(any_url) == {}
        store = await open_store(any_url)
        async with store.read() as reader:
            assert await reader.count(ResourceQuery(tag="水"), None) == 6
            assert await reader.count(ResourceQuery(search="积水"), None) == 6
        await store.close()

    asyncio.run(fill())
    downgrade(any_url, "0003")
    upgrade(any_url)
    asyncio.run(look())


def expected(world: Sequence[Resource], query: ResourceQuery, order: Order) -> list[str]:
    """What a list without a caller holds, told without a database."""
    plain = [each for each in world if holds(query, each)]
    plain.sort(key=lambda each: (each.updated_at, each.id), reverse=order.descending)
    return [each.id for each in plain]


def holds(query: ResourceQuery, each: Resource) -> bool:
    content = each.shown.content
    words = (query.search or "").replace("su", "").strip()
    return (
        query.kind in (None, each.kind)
        and query.availability in (None, each.availability)
        and query.share_type in (None, content.share_type.value)
        and query.district in (None, content.region_code)
        and all(tag in content.tags for tag in (*query.tags, *filter(None, [query.tag])))
        and words in content.title.zh
    )


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
async def test_a_page_is_the_same_by_every_way(store: SqlStore, query: ResourceQuery) -> None:
    async with store.read() as reader:
        world = [resource(number) for number in range(24)]
        for order in IN_TIME:
            assert await picked_by(reader, query, None, order) == expected(world, query, order)
            for visibility in SEEING:
                wanted = await picked_by(reader, query, visibility, order)
                assert await picked_by(reader, query, visibility, order, sort_most=0) == wanted
                visible = set() if visibility is None else await reader.visible(map_ids(world), visibility)
                assert visibility is None or wanted == [id for id in expected(world, query, order) if id in visible]
                counted = await reader.facets(query, visibility, [Dimension.KIND])
                assert await reader.count(query, visibility) == len(wanted) == sum(counted[Dimension.KIND].values())


def map_ids(world: Sequence[Resource]) -> list[str]:
    return [each.id for each in world]


async def picked_by(
    reader: SqlReader, query: ResourceQuery, visibility: Visibility | None, order: Order, **way: Any
) -> list[str]:
    """The ids of a list, read by pages of five, some of them backward."""
    found: list[str] = []
    after = None
    while True:
        listing = Listing(query, visibility, order, after, 5)._replace(**way)
        rows = await reader._all(page(reader._dialect, listing, None))
        if not rows:
            break
        found += [row.id for row in rows]
        [edge] = (await reader.resources([rows[-1].id])).values()
        after = cursor_of(edge, order)
    backward = Listing(query, visibility, order, None, 50, None, True)._replace(**way)
    again = await reader._all(page(reader._dialect, backward, None))
    assert [row.id for row in reversed(again)] == found
    return found


async def plans(store: SqlStore, query: ResourceQuery, **way: Any) -> list[list[str]]:
    async with store.read() as reader:
        listing = Listing(query, SEEING[1], Order.UPDATED_DESC, None, 5)._replace(**way)
        return [
            picking(await plan_of(reader, page(reader._dialect, listing, None))),
            await plan_of(reader, total(reader._dialect, query, SEEING[1])),
            await plan_of(reader, facets(reader._dialect, query, SEEING[1], [Dimension.KIND, Dimension.OWNER])),
        ]


async def test_kind_and_tag_are_read_in_the_order_of_their_index(store: SqlStore) -> None:
    ordered, *counted = await plans(store, ResourceQuery(tag="水", kind=ResourceKind.DATA))
    assert any("tag_places" in step for step in ordered), ordered
    assert not any("B-TREE" in step or "Sort" in step for step in ordered), ordered
    for steps in (ordered, *counted):
        assert not any("resources" in step and "grants" not in step for step in steps), steps


async def test_what_is_found_by_words_is_judged_and_counted_without_the_wide_rows(store: SqlStore) -> None:
    for query in (ResourceQuery(search="积水"), ResourceQuery(search="积水", availability=Availability.ONLINE)):
        for steps in (await plans(store, query))[1:]:
            assert not any("resources" in step and "grants" not in step for step in steps), steps
            assert any("places" in step for step in steps), steps


async def test_many_that_are_found_by_words_are_read_in_the_order_of_time(store: SqlStore) -> None:
    [ordered, *_] = await plans(store, ResourceQuery(search="积水"))
    assert any("ix_places_updated" in step for step in ordered), ordered


async def test_facets_of_everything_are_added_up_in_the_order_of_an_index(store: SqlStore) -> None:
    async with store.read() as reader:
        counted = facets(reader._dialect, ResourceQuery(), SEEING[2], [Dimension.KIND, Dimension.SHARE_TYPE])
        steps = await plan_of(reader, counted)
    assert any("ix_cells_attributes" in step for step in steps), steps
    assert not any("resources" in step and "grants" not in step for step in steps), steps


async def test_a_total_that_is_far_from_few_is_not_counted_to_its_end(store: SqlStore) -> None:
    async with store.read() as reader:
        for query in (ResourceQuery(), ResourceQuery(kind=ResourceKind.DATA), ResourceQuery(district="370202")):
            for visibility in SEEING:
                whole = await reader.count(query, visibility)
                for most in (0, 1, 3, 5, 100):
                    [(found,)] = await reader._all(enough(reader._dialect, query, visibility, most))
                    assert found == whole if whole <= most else found > most
