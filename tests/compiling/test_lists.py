"""Pages of resources: the statement answers as the resolvers do, whatever is asked for, from either end, and by itself."""

from __future__ import annotations

from random import Random

from asked_documents import Asked
from asked_worlds import KNOWN, asked_world

PAGE = (
    "query($filter: ResourceFilter, $search: String, $order: ResourceOrder!, $first: Int, $after: String, $last: Int,"
    " $before: String, $by: [Dimension!]!) { resources(filter: $filter, search: $search, orderBy: $order, first: $first,"
    " after: $after, last: $last, before: $before) { totalCount position edges { cursor node { id owner { title { zh } } tags"
    " } } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } facets(by: $by) { __typename dimension"
    " values { count value } } } }"
)
FILTERS = (
    None,
    {},
    {"kind": "data"},
    {"kind": "application", "tag": "防汛"},
    {"tags": ["防汛", "水"]},
    {"shareType": "conditional", "openType": "none", "dataLevel": "l2"},
    {"ownerSubtree": "organizations/3702", "availability": "online"},
    {"owner": "organizations/water"},
    {"district": "370202"},
    {"region": "370202001"},
    {"region": "3702"},
    {"during": {"start": "2025-01-01"}},
    {"updatedAfter": "2026-03-01T08:00:03Z", "updatedBefore": "9999-01-01T00:00:00Z"},
    {"anyOf": [{"kind": "data"}, {"tag": "👍"}, {"search": "water"}]},
    {"code": "CODE-000007"},
)
SEARCHES = (None, None, "水", "water", "积水", "null", '"quoted"', "!")
ORDERS = ("updated_desc", "updated_asc", "title_zh", "title_en_desc", "code", "code_desc", "created_desc")


async def test_a_page_is_answered_as_it_is_executed(asking, database):
    chance = Random(database[:6])
    world = asked_world(chance)
    async with asking.over(database) as (store, platform):
        await world.enter(store)
        compiled, plain = asking.door(platform, compiled=True), asking.door(platform, compiled=False)
        cursors: dict[str, list[str]] = {}
        answered = 0
        for number in range(45):
            order, back = chance.choice(ORDERS), chance.random() < 0.4
            known = [None, None, *cursors.get(order, [])]
            values = {
                "filter": chance.choice(FILTERS),
                "search": chance.choice(SEARCHES),
                "order": order,
                "last" if back else "first": chance.choice((1, 3, 7, 200)),
                "after": chance.choice(known),
                "before": chance.choice(known) if chance.random() < 0.5 else None,
                "by": chance.sample(("kind", "type", "owner", "district", "share_type", "availability"), number % 4),
            }
            asked, who = Asked(text=PAGE, variables=values), chance.choice(KNOWN)
            told, expected = await compiled.tell(who, asked), await plain.tell(who, asked)
            assert (told.text, told.code, told.position) == (expected.text, expected.code, expected.position), (
                who,
                values,
            )
            answered += told.compiled
            cursors.setdefault(order, []).extend(asking.cursors_in(expected.body))
        assert answered > 18


async def test_a_part_of_the_tree_is_answered_as_it_is_executed(asking, database):
    document = (
        "query($id: ID!, $top: ID!, $first: Int, $after: String) { a: organizations(first: $first, after: $after) { ...Part }"
        " b: organizations(parent: $id, first: $first, after: $after) { ...Part edges { node { children(first: 1) { ...Part"
        " } } } } c: organizations(subtree: $top, after: $after) { ...Part } d: organization(id: $id) { id"
        " children(first: $first) { nodes { id children { pageInfo { endCursor } } } } } }"
        " fragment Part on OrganizationConnection { nodes { id title { zh } } edges { cursor } pageInfo { hasNextPage"
        " hasPreviousPage startCursor endCursor __typename } }"
    )
    chance = Random(7)
    world = asked_world(chance, 3)
    async with asking.over(database) as (store, platform):
        await world.enter(store)
        compiled, plain = asking.door(platform, compiled=True), asking.door(platform, compiled=False)
        answered = 0
        for id, top in (
            ("37", "37"),
            ("3702", "3702"),
            ("water", "organizations/37"),
            ("well", "water"),
            ("none", "37"),
        ):
            for after in (None, "", "3", "370202", "water", "z", "?"):
                asked = Asked(text=document, variables={"id": id, "top": top, "first": 2, "after": after})
                told, expected = await compiled.tell("member", asked), await plain.tell("member", asked)
                assert (told.text, told.code) == (expected.text, expected.code), asked.variables
                answered += told.compiled
        assert answered == 4 * 6


async def test_resources_are_answered_by_name_as_they_are_executed(asking, database):
    document = "query($ids: [ID!]!) { resourcesByName(ids: $ids) { id code tags owner { id } } }"
    chance = Random(5)
    world = asked_world(chance, 12)
    async with asking.over(database) as (store, platform):
        await world.enter(store)
        compiled, plain = asking.door(platform, compiled=True), asking.door(platform, compiled=False)
        answered = 0
        for number in range(24):
            names = chance.choices([resource.name for resource in world.resources], k=number % 5)
            asked = Asked(text=document, variables={"ids": [name.removeprefix("resources/") for name in names]})
            who = chance.choice(KNOWN)
            told, expected = await compiled.tell(who, asked), await plain.tell(who, asked)
            assert (told.text, told.code) == (expected.text, expected.code), (who, names)
            assert told.compiled == (expected.code is None)
            answered += told.compiled
        assert answered > 6
