"""Lists: what a page holds, how pages follow each other, and that totals and facets count exactly what is listed."""

import asyncio
import dataclasses
from contextlib import asynccontextmanager

import pytest

from ucs_core.access import Authority
from ucs_core.graphql import GraphqlDoor
from ucs_core.platform import ReadSession, system_clock
from ucs_core.platform.audit import Audit
from ucs_core.platform.paging import Page
from ucs_core.platform.sessions import Reading

APPLICATION = {"kind": "application", "type": "business_system", "spec": {"functions": ["dispatch"]}}

LIST = """query($filter: ResourceFilter, $search: String, $order: ResourceOrder!, $first: Int, $after: String) {
  resources(filter: $filter, search: $search, orderBy: $order, first: $first, after: $after) {
    totalCount
    facets(by: [kind]) { values { value count } }
    position
    edges { cursor node { id } }
    nodes { id code }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}"""


async def filled(city, make_import):
    """Resources of two departments, some of which only their owner's side sees."""
    items = []
    for number in range(33):
        hidden = {"share_type": "none", "denial_basis": "法规"} if number % 3 == 0 else {}
        kind = APPLICATION if number % 4 == 0 else {}
        owner = "qingdao-roads" if number % 2 else "qingdao-water"
        tags = ["防汛"] if number % 5 == 0 else []
        items.append(make_import(f"R-{number:02}", owner=owner, tags=tags, **hidden, **kind))
    await city.import_many(items)


async def walked(city, who, **variables):
    """All pages of a list, with the codes in their order."""
    pages, after = [], None
    while True:
        data = await city.ask(who, LIST, **{"order": "code", "first": 5, **variables, "after": after})
        pages.append(data["resources"])
        after = pages[-1]["pageInfo"]["endCursor"]
        if not pages[-1]["pageInfo"]["hasNextPage"]:
            return pages, [node["code"] for page in pages for node in page["nodes"]]


@pytest.mark.parametrize("order", ["code", "title_zh", "title_en", "updated_asc", "updated_desc"])
@pytest.mark.parametrize("who", ["admin", "editor", "roads", "outsider"])
async def test_all_pages_together_hold_what_totals_and_facets_count(city, make_import, who, order):
    await filled(city, make_import)
    pages, codes = await walked(city, who, order=order)
    assert len(codes) == len(set(codes))
    for page in pages:
        assert page["totalCount"] == len(codes)
        assert sum(facet["count"] for facet in page["facets"][0]["values"]) == len(codes)
        assert [edge["node"]["id"] for edge in page["edges"]] == [node["id"] for node in page["nodes"]]


async def test_everybody_is_listed_exactly_what_they_may_get(city, make_import, refusal):
    await filled(city, make_import)
    for who, expected in {"admin": 33, "editor": 28, "roads": 27, "outsider": 0}.items():
        _, codes = await walked(city, who)
        assert len(codes) == expected
        for number in range(33):
            asked = city.ask(who, "query($code: String!) { resource(code: $code) { code } }", code=f"R-{number:02}")
            if f"R-{number:02}" in codes:
                await asked
            else:
                assert (await refusal(asked)).code == "NOT_FOUND"


async def test_page_info_follows_the_connections_specification(city, make_import):
    await filled(city, make_import)
    pages, _ = await walked(city, "admin", first=11)
    flags = [(page["pageInfo"]["hasPreviousPage"], page["pageInfo"]["hasNextPage"]) for page in pages]
    assert flags == [(False, True), (True, True), (True, False)]
    for page in pages:
        cursors = [edge["cursor"] for edge in page["edges"]]
        assert (page["pageInfo"]["startCursor"], page["pageInfo"]["endCursor"]) == (cursors[0], cursors[-1])


async def test_an_empty_list_has_no_cursors(city):
    pages, codes = await walked(city, "admin")
    assert codes == []
    assert pages[0]["pageInfo"] == {
        "hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None
    }  # fmt: skip
    assert (pages[0]["totalCount"], pages[0]["facets"]) == (0, [{"values": []}])


@pytest.mark.parametrize(
    ("filter", "numbers"),
    [
        ({"kind": "application"}, range(0, 33, 4)),
        ({"type": "dataset", "tag": "防汛"}, [5, 10, 15, 25, 30]),
        ({"ownerSubtree": "organizations/qingdao-water"}, range(0, 33, 2)),
        ({"ownerSubtree": "qingdao-water", "shareType": "none"}, range(0, 33, 6)),
        ({"availability": "offline"}, []),
        ({"kind": None}, range(33)),
    ],
)
async def test_every_part_of_a_filter_restricts(city, make_import, filter, numbers):
    await filled(city, make_import)
    _, codes = await walked(city, "admin", filter=filter)
    assert codes == [f"R-{number:02}" for number in numbers]


async def test_search_finds_words_in_chinese_and_english(city, make_import):
    await filled(city, make_import)
    for search in ("资源R", "防汛 资源", "resour"):
        _, codes = await walked(city, "admin", search=search)
        assert codes, search
    assert (await walked(city, "admin", search="不存在的词"))[1] == []


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"first": 0}, "PAGE_SIZE_INVALID"),
        ({"first": 201}, "PAGE_SIZE_INVALID"),
        ({"first": -1}, "PAGE_SIZE_INVALID"),
        ({"after": "!"}, "CURSOR_INVALID"),
        ({"filter": {"ownerSubtree": "nowhere"}}, "ORGANIZATION_UNKNOWN"),
    ],
)
async def test_what_cannot_be_listed_is_refused_with_its_reason(city, refusal, variables, reason):
    refused = await refusal(city.ask("admin", LIST, **{"order": "code", **variables}))
    assert (refused.code, refused.reason) == ("INVALID", reason)


async def test_a_cursor_of_another_order_is_refused(city, make_import, refusal):
    await filled(city, make_import)
    pages, _ = await walked(city, "admin", first=30)
    after = pages[0]["pageInfo"]["endCursor"]
    assert (await refusal(city.ask("admin", LIST, order="title_zh", after=after))).reason == "CURSOR_INVALID"


async def test_organizations_are_paged_below_a_parent_and_in_a_subtree(city, refusal):
    document = """query($parent: ID, $subtree: ID, $after: String) {
      organizations(parent: $parent, subtree: $subtree, first: 2, after: $after) {
        edges { cursor node { id } } nodes { id level parent { id } path } pageInfo { hasNextPage endCursor }
      }
    }"""
    top = (await city.ask("roads", document))["organizations"]
    assert [node["id"] for node in top["nodes"]] == ["organizations/37"]
    seen, after = [], None
    while True:
        page = (await city.ask("roads", document, subtree="organizations/37", after=after))["organizations"]
        seen += [node["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == [f"organizations/{id}" for id in ("37", "3702", "qingdao-roads", "qingdao-water")]
    below = (await city.ask("roads", document, parent="3702"))["organizations"]["nodes"]
    assert [node["path"][-1] for node in below] == ["organizations/qingdao-roads", "organizations/qingdao-water"]
    assert below[0]["parent"] == {"id": "organizations/3702"}
    both = city.ask("roads", document, parent="37", subtree="37")
    assert (await refusal(both)).reason == "ARGUMENTS_EXCLUSIVE"
    assert (await refusal(city.ask("roads", document, parent="nowhere"))).code == "NOT_FOUND"


async def test_children_are_reached_from_above(city):
    document = '{ organization(id: "organizations/37") { children { nodes { children(first: 1) { nodes { id } } } } } }'
    data = await city.ask("outsider", document)
    (city_node,) = data["organization"]["children"]["nodes"]
    assert city_node["children"]["nodes"] == [{"id": "organizations/qingdao-roads"}]


async def test_the_log_is_paged_by_position_and_shows_all_that_the_leaf_vouches_for(city, refusal):
    await city.publish()
    document = """query($after: String, $first: Int) { log(after: $after, first: $first) {
      position edges { cursor node { position leaf } } pageInfo { hasNextPage endCursor }
      nodes { format position at origin callId requestId actor onBehalfOf verb action object outcome reason rule
        before after accessBefore { owner kind type shareType dataLevel openType state }
        accessAfter { owner kind type shareType dataLevel openType state } bodyDigest body salt leaf }
    } }"""
    after, positions = None, []
    while True:
        page = (await city.ask("admin", document, after=after, first=7))["log"]
        positions += [node["position"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert positions == list(range(1, page["position"] + 1))
    assert page["nodes"][-1]["verb"] == "resources.bring_online"
    assert page["nodes"][-1]["accessAfter"]["state"] == "online"
    # An auditor of one department sees its entries, and nobody else any.
    own = (await city.ask("auditor", document, first=200))["log"]["nodes"]
    assert {node["verb"].split(".")[0] for node in own} == {"resources"}
    assert (await city.ask("roads", document, after="0"))["log"]["nodes"] == []
    assert [edge["cursor"] for edge in page["edges"]] == [str(node["position"]) for node in page["nodes"]]


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        ("99999", "POSITION_UNKNOWN"),
        (str(2**63), "POSITION_UNKNOWN"),
        ("9" * 5_000, "POSITION_MALFORMED"),
        ("-1", "POSITION_MALFORMED"),
        ("1.5", "POSITION_MALFORMED"),
        ("٣", "POSITION_MALFORMED"),
        ("x", "POSITION_MALFORMED"),
    ],
)
async def test_a_cursor_that_is_no_place_in_the_log_is_refused(city, refusal, after, reason):
    asked = city.ask("admin", "query($after: String) { log(after: $after) { position } }", after=after)
    assert (await refusal(asked)).reason == reason


async def test_positions_outgrow_the_integers_of_graphql(city):
    class Late(Reading):
        @asynccontextmanager
        async def session(self, principal, token=None):
            async with super().session(principal, token) as session:
                yield Later(session._sight)

    class Later(ReadSession):
        position = 2**62

        @property
        def audit(self):
            return LateAudit(self._sight)

    class LateAudit(Audit):
        async def page(self, *, after, **_):
            [entry] = await self._reader.log(after=0, first=1)
            late = dataclasses.replace(entry, position=int(after) + 1)
            return Page(items=[late], cursors=[str(late.position)], more=False, earlier=True)

    city.door = GraphqlDoor(dataclasses.replace(city.platform, reading=Late(city.store, Authority(), system_clock)))
    document = """query($after: String!) {
      log(after: $after) { position nodes { position } edges { cursor } } resources { position }
    }"""
    data = await city.ask("admin", document, after=str(2**40))
    assert data["log"] == {"position": 2**62, "nodes": [{"position": 2**40 + 1}], "edges": [{"cursor": str(2**40 + 1)}]}
    assert data["resources"]["position"] == 2**62


async def test_dependants_are_as_many_as_asked_for_and_hidden_ones_take_no_place(city, make_import, refusal):
    [base] = await city.import_many([make_import("BASE")])
    items = []
    for number in range(30):
        hidden = {"share_type": "none", "denial_basis": "法规"} if number % 2 else {}
        items.append(
            make_import(f"R-{number:02}", dependencies=[{"target": base, "relation": "derives_from"}], **hidden)
        )
    await city.import_many(items)
    document = """query($id: ID!, $first: Int) { resource(id: $id) {
      dependants(first: $first) { resource { code } } most: dependants(first: 200) { relation }
    } }"""
    for who, first, expected in (("editor", 7, 7), ("roads", 7, 7), ("editor", None, 20), ("roads", None, 15)):
        found = (await city.ask(who, document, id=base, first=first))["resource"]
        assert len(found["dependants"]) == expected
        assert len(found["most"]) == {"editor": 30, "roads": 15}[who]
    assert (await refusal(city.ask("roads", document, id=base, first=0))).reason == "PAGE_SIZE_INVALID"


async def test_all_fields_of_a_query_see_one_state(city, make_import):
    await filled(city, make_import)
    document = "{ " + " ".join(f"a{n}: resources(first: 1) {{ totalCount position }}" for n in range(10)) + " }"

    async def keep_writing():
        for number in range(20):
            await city.import_many([make_import(f"W-{number}")])

    data, _ = await asyncio.gather(city.ask("admin", document), keep_writing())
    assert len({(found["totalCount"], found["position"]) for found in data.values()}) == 1


async def test_a_count_that_ignores_who_asks_would_be_found(city, make_import):
    class Leaking(ReadSession):
        async def count(self, query):
            return await self._reader.count(query, None)

    class LeakingReading(Reading):
        @asynccontextmanager
        async def session(self, principal, token=None):
            async with super().session(principal, token) as session:
                yield Leaking(session._sight)

    await filled(city, make_import)
    reading = LeakingReading(city.store, Authority(), system_clock)
    city.door = GraphqlDoor(dataclasses.replace(city.platform, reading=reading))
    pages, codes = await walked(city, "roads")
    assert pages[0]["totalCount"] != len(codes)
