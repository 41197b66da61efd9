"""Scenarios at both doors: what they are composed of, whether it works, and how they are entered and changed."""

from __future__ import annotations

from typing import Any

import pytest

from ucs_registry.resources import Deprecation
from ucs_registry.testing import NOW
from ucs_sdk.vocabulary import Availability, ReviewState

SERVICE = "ucs.registry.v1.ScenarioService"
SHOWN = """resource { id code kind type etag availability title { zh en } head { number state } }
  parts { id relation version role required code kind type title { zh en } availability trouble }
  health reasons { trouble resource required }"""
ONE = f"query($id: ID!) {{ scenario(id: $id) {{ {SHOWN} }} }}"
LIST = f"""query($filter: ResourceFilter, $search: String, $order: ResourceOrder! = code, $first: Int, $after: String) {{
  scenarios(filter: $filter, search: $search, orderBy: $order, first: $first, after: $after) {{
    nodes {{ {SHOWN} }} edges {{ cursor node {{ health }} }} totalCount position
    pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
  }}
}}"""
CREATE = f"""mutation($input: CreateScenarioInput!, $validateOnly: Boolean! = false) {{
  done: createScenario(input: $input, validateOnly: $validateOnly) {{ {SHOWN} }}
}}"""
UPDATE = f"""mutation($id: ID!, $etag: String!, $content: ResourceContentPatch!) {{
  done: updateScenario(id: $id, etag: $etag, content: $content) {{ {SHOWN} }}
}}"""
CONTENT = {
    "title": {"zh": "积水处置", "en": "Waterlogging"},
    "summary": {"zh": "说明", "en": "Summary"},
    "spec": {"purpose": "one_scenario", "stages": ["发现", "处置"]},
}


async def asked(city: Any, way: str, who: str, method: str, values: Any, document: str, variables: Any) -> Any:
    """The answer of a door, or the reason of its refusal."""
    if way == "graphql":
        answer = await city.graphql(who, document, **variables)
        return answer[0] if isinstance(answer, tuple) else answer
    try:
        return await city.doors.rpc(who, f"{SERVICE}.{method}", values)
    except Exception as refusal:
        if not hasattr(refusal, "reason"):
            raise
        return refusal.reason


async def got(city: Any, way: str, who: str, number: int) -> Any:
    """A scenario in few words, or the reason of the refusal."""
    name = city.name(number)
    answer = await asked(city, way, who, "Get", {"name": name}, ONE, {"id": name})
    if isinstance(answer, str):
        return answer
    return brief(answer["scenario"] if way == "graphql" else answer, way)


def brief(scenario: Any, way: str) -> Any:
    parts, reasons = scenario.get("parts", []), scenario.get("reasons", [])
    named = [part["id"] if way == "graphql" else part["dependency"]["target"] for part in parts]
    notes = parts if way == "graphql" else [part["dependency"] for part in parts]
    return {
        "id": int(scenario["resource"]["id"][-26:]) if scenario["resource"]["id"][-26:].isdigit() else None,
        "parts": [
            (int(name[-26:]), note.get("role"), note.get("required", False), part.get("trouble"))
            for name, note, part in zip(named, notes, parts, strict=True)
        ],
        "health": scenario["health"],
        "reasons": [
            (reason["trouble"], _number(reason.get("resource")), reason.get("required", False) or False)
            for reason in reasons
        ],
    }


def _number(name: str | None) -> int | None:
    return None if name is None else int(name[-26:])


async def test_scenario_is_shown_with_its_parts(city, way):
    assert await got(city, way, "editor", 7) == {
        "id": 7,
        "parts": [(4, "水位 depth", True, None), (3, None, False, None), (2, None, True, None)],
        "health": "healthy",
        "reasons": [],
    }


@pytest.mark.parametrize(
    ("parts", "health", "reasons"),
    [
        ([(9, True)], "broken", [("suspended", 9, True)]),
        ([(9, False)], "degraded", [("suspended", 9, False)]),
        ([(10, True)], "degraded", [("deprecated", 10, True)]),
        ([(10, False), (9, True), (2, True)], "broken", [("deprecated", 10, False), ("suspended", 9, True)]),
        ([(5, True)], "unknown", [("unseen", None, False)]),
        # What is gone cannot be told from what is hidden.
        ([(99, True)], "unknown", [("unseen", None, False)]),
        ([(5, False), (9, False)], "unknown", [("suspended", 9, False), ("unseen", None, False)]),
        ([(5, True), (9, True)], "broken", [("suspended", 9, True), ("unseen", None, False)]),
        ([], "healthy", []),
    ],
)
async def test_health_is_that_of_the_parts_as_far_as_it_can_be_told(city, way, parts, health, reasons):
    links = [city.link(number, required=required) for number, required in parts]
    await city.keep(city.made(20, "scenario", *links))
    told = await got(city, way, "editor", 20)
    assert (told["health"], told["reasons"]) == (health, reasons)
    assert [number for number, *_ in told["parts"]] == [number for number, _ in parts if number not in (5, 99)]


@pytest.mark.parametrize("state", [Availability.OFFLINE, Availability.RETIRED])
async def test_part_that_is_off_the_shelf_breaks_it(city, way, state):
    await city.keep(city.made(9, "dataset", availability=state, version=2), city.made(20, "scenario", city.link(9)))
    assert (await got(city, way, "editor", 20))["reasons"] == [(state.value, 9, True)]


async def test_state_of_what_is_hidden_is_not_told(city, way):
    told = [await got(city, way, "editor", 8)]
    hidden = {"owner": "roads", "review": ReviewState.DRAFT, "availability": Availability.OFFLINE, "version": 2}
    await city.keep(city.made(5, "api_service", deprecation=Deprecation(effective_on=NOW.date()), **hidden))
    told.append(await got(city, way, "editor", 8))
    assert told[0] == told[1]
    assert told[0]["health"] == "unknown"
    assert (await got(city, way, "founder", 8))["health"] == "broken"


async def test_what_is_no_scenario_says_so_to_those_who_see_it(city, way):
    assert await got(city, way, "editor", 4) == "NOT_A_SCENARIO"
    assert await got(city, way, "editor", 5) == "NOT_FOUND"
    assert await got(city, way, "editor", 99) == "NOT_FOUND"


async def listed(city: Any, way: str, **wanted: Any) -> Any:
    """The numbers, the total and what continues."""
    variables = {key: value for key, value in wanted.items() if key in ("filter", "search", "first", "after")}
    filter = {"search": wanted.get("search"), **wanted.get("wire_filter", {})}
    values = {
        "filter": {key: value for key, value in filter.items() if value},
        "order_by": "code",
        "page_size": wanted.get("first"),
        "page_token": wanted.get("after"),
        "include_counts": True,
    }
    answer = await asked(city, way, "editor", "List", values, LIST, variables)
    if isinstance(answer, str):
        return answer
    if way == "graphql":
        page = answer["scenarios"]
        assert [edge["node"]["health"] for edge in page["edges"]] == [node["health"] for node in page["nodes"]]
        cursor = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
        return [brief(node, way)["id"] for node in page["nodes"]], page["totalCount"], cursor
    nodes = [brief(node, way)["id"] for node in answer["scenarios"]] if "scenarios" in answer else []
    return nodes, answer.get("total_count", 0), answer.get("next")


async def test_scenarios_are_listed_page_by_page_with_their_total(city, way):
    await city.keep(*(city.made(number, "scenario", city.link(2)) for number in (21, 22, 23)))
    numbers, after = [], None
    for _ in range(3):
        page, total, after = await listed(city, way, first=2, **({"after": after} if after else {}))
        numbers += page
        assert total == 5
    assert (numbers, after) == ([7, 8, 21, 22, 23], None)


async def test_pages_of_scenarios_go_back_as_well(city, way):
    await city.keep(*(city.made(number, "scenario", city.link(2)) for number in (21, 22, 23)))
    if way == "graphql":
        document = """query($last: Int, $before: String) {
          scenarios(orderBy: code, last: $last, before: $before) {
            nodes { resource { code } } pageInfo { hasNextPage hasPreviousPage startCursor }
          }
        }"""
        codes, before = [], None
        for more_ahead, more_behind in ((True, False), (True, True), (False, True)):
            page = (await city.graphql("editor", document, last=2, before=before))["scenarios"]
            info, before = page["pageInfo"], page["pageInfo"]["startCursor"]
            assert (info["hasPreviousPage"], info["hasNextPage"]) == (more_ahead, more_behind)
            codes = [int(node["resource"]["code"][-6:]) for node in page["nodes"]] + codes
        assert codes == [7, 8, 21, 22, 23]
        assert (await city.graphql("editor", document.replace("last: $last,", "first: 1, last: $last,"), last=2))[0]
    else:
        asked = {"order_by": "code", "page_size": 2}
        second = await city.doors.rpc("editor", f"{SERVICE}.List", asked)
        second = await city.doors.rpc("editor", f"{SERVICE}.List", {**asked, "page_token": second["next"]})
        back = {**asked, "page_token": second["previous_page_token"]}
        first = await city.doors.rpc("editor", f"{SERVICE}.List", back)
        assert [brief(node, way)["id"] for node in first["scenarios"]] == [7, 8]
        assert "previous_page_token" not in first


async def test_scenarios_are_found_by_words_and_filters(city, way):
    hidden = city.made(24, "scenario", owner="roads", review="draft", availability="offline")
    await city.keep(hidden, city.made(25, "scenario", availability="suspended"))
    assert (await listed(city, way, search="资源25"))[:2] == ([25], 1)
    # The kind and the type of a filter are not looked at.
    filter = {"availability": "suspended", "type": "dataset", "kind": "data"}
    assert (await listed(city, way, filter=filter, wire_filter=filter))[:2] == ([25], 1)
    assert (await listed(city, way, search="资源24"))[:2] == ([], 0)


async def enter(city: Any, way: str, who: str, code: str = "SCN-1", **more: Any) -> Any:
    links = [{"target": city.name(4), "relation": "calls", "role": "数据", "required": True}, *more.pop("links", [])]
    content = {**CONTENT, "dependencies": links}
    wire = {**content, "share_type": "unconditional", "data_level": "l1"}
    camel = {**content, "shareType": "unconditional", "dataLevel": "l1"}
    new = {"code": code, "owner": "organizations/water"}
    values = {"scenario": {**new, "content": wire}, **more}
    variables = {"input": {**new, "content": camel}, **({"validateOnly": True} if more else {})}
    answer = await asked(city, way, who, "Create", values, CREATE, variables)
    if isinstance(answer, str):
        return answer
    return answer["done"] if way == "graphql" else answer


async def test_scenario_is_entered_as_a_draft(city, way):
    made = await enter(city, way, "editor", links=[{"target": city.name(9), "relation": "reads", "required": False}])
    told = brief(made, way)
    assert told["parts"] == [(4, "数据", True, None), (9, None, False, "suspended")]
    assert (told["health"], told["reasons"]) == ("degraded", [("suspended", 9, False)])
    resource = made["resource"]
    assert (resource["kind"], resource["type"], resource["availability"]) == ("application", "scenario", "offline")
    assert resource["head"]["state"] == "draft"
    async with city.store.read() as reader:
        [entry] = await reader.log(after=reader.head.position - 1, first=1)
    assert (entry.verb, entry.outcome.value, entry.object) == ("resources.create", "accepted", resource["id"])


async def test_scenario_that_is_only_checked_is_not_entered(city, way):
    made = await enter(city, way, "editor", validate_only=True)
    assert brief(made, way)["health"] == "healthy"
    assert (await listed(city, way))[1] == 2


async def test_scenario_is_updated_as_a_new_draft(city, way):
    variables = {"id": city.name(7), "etag": "v1", "content": {"title": {"zh": "新", "en": "New"}}}
    values = {"name": city.name(7), "etag": "v1", "content": {"title": {"zh": "新", "en": "New"}}}
    answer = await asked(city, way, "editor", "Update", values, UPDATE, variables)
    answer = answer["done"] if way == "graphql" else answer
    assert answer["resource"]["head"]["number"] == 2
    assert [number for number, *_ in brief(answer, way)["parts"]] == [4, 3, 2]
    for number, who, reason in ((4, "editor", "NOT_A_SCENARIO"), (7, "roads", "DENIED"), (5, "editor", "NOT_FOUND")):
        variables |= {"id": city.name(number)}
        values |= {"name": city.name(number)}
        assert await asked(city, way, who, "Update", values, UPDATE, variables) in (reason, "ETAG_STALE")
        async with city.store.read() as reader:
            [entry] = await reader.log(after=reader.head.position - 1, first=1)
        assert (entry.verb, entry.outcome.value) == ("resources.update", "refused")


async def test_scenario_is_refused_as_a_resource_would_be(city, way):
    assert await enter(city, way, "roads") == "DENIED_THERE"
    assert (
        await enter(city, way, "editor", links=[{"target": city.name(5), "relation": "reads"}]) == "DEPENDENCY_UNKNOWN"
    )
    assert await enter(city, way, "editor", code="CODE-000001") == "CODE_TAKEN"
