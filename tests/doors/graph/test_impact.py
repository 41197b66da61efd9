"""What breaks if something goes, and what is needed, asked at both doors."""

from __future__ import annotations

from typing import Any

import pytest

SERVICE = "ucs.registry.v1.ResourceService"
TALLY = "depth count kinds { value count } owners { owner { id } count } ownerCount"
DOCUMENT = f"""query($resource: ID!, $direction: WalkDirection! = up, $depth: Int, $first: Int, $after: String) {{
  impact(resource: $resource, direction: $direction, depth: $depth, first: $first, after: $after) {{
    resource {{ id }} total {{ {TALLY} }} levels {{ {TALLY} }} states {{ value count }} uses {{ value count }} truncated
    nodes {{ depth via use resource {{ id }} }} edges {{ cursor }} pageInfo {{ hasNextPage endCursor }} position
  }}
}}"""


async def over_grpc(city: Any, who: str, root: str, **asked: Any) -> Any:
    """The answer in few words, or the reason of the refusal and the field that it is about."""
    values = {"name": root, **{_WIRE.get(key, key): value for key, value in asked.items()}}
    try:
        answer = await city.doors.rpc(who, f"{SERVICE}.Impact", values)
    except Exception as refusal:
        if not hasattr(refusal, "reason"):
            raise
        return refusal.reason, refusal.fields.get("path")
    return {
        "root": answer["resource"]["id"],
        "total": _wired(answer.get("total", {})),
        "levels": [_wired(level) for level in answer.get("levels", [])],
        "states": {row["availability"]: row["count"] for row in answer.get("states", [])},
        "uses": {row["use"]: row["count"] for row in answer.get("uses", [])},
        "truncated": answer.get("truncated", False),
        "nodes": [
            (int(node["resource"]["id"][-26:]), node["depth"], int(node["via"][-26:]), node.get("use"))
            for node in answer["nodes"]
        ],
        "next": answer.get("next"),
    }


async def over_graphql(city: Any, who: str, root: str, **asked: Any) -> Any:
    answer = await city.graphql(who, DOCUMENT, resource=root, **asked)
    if isinstance(answer, tuple):
        return answer
    told = answer["impact"]
    return {
        "root": told["resource"]["id"],
        "total": _plain(told["total"]),
        "levels": [_plain(level) for level in told["levels"]],
        "states": {row["value"]: row["count"] for row in told["states"]},
        "uses": {row["value"]: row["count"] for row in told["uses"]},
        "truncated": told["truncated"],
        "nodes": [
            (int(node["resource"]["id"][-26:]), node["depth"], int(node["via"][-26:]), node["use"])
            for node in told["nodes"]
        ],
        "next": told["pageInfo"]["endCursor"] if told["pageInfo"]["hasNextPage"] else None,
    }


_WIRE = {"first": "page_size", "after": "page_token"}
WAYS = {"grpc": over_grpc, "graphql": over_graphql}


def _wired(tally: dict[str, Any]) -> dict[str, Any]:
    return {
        "depth": tally.get("depth"),
        "count": tally.get("count", 0),
        "kinds": {row["kind"]: row["count"] for row in tally.get("kinds", [])},
        "owners": {row["owner"]: row["count"] for row in tally.get("owners", [])},
        "owner_count": tally.get("owner_count", 0),
    }


def _plain(tally: dict[str, Any]) -> dict[str, Any]:
    return {
        "depth": tally["depth"],
        "count": tally["count"],
        "kinds": {row["value"]: row["count"] for row in tally["kinds"]},
        "owners": {row["owner"]["id"]: row["count"] for row in tally["owners"]},
        "owner_count": tally["ownerCount"],
    }


async def test_what_breaks_is_counted_by_step_kind_and_owner(city, way):
    told = await WAYS[way](city, "founder", city.name(2), depth=5)
    assert told["root"] == city.name(2)
    assert told["nodes"] == [(4, 1, 2, None), (5, 1, 2, None), (7, 1, 2, None), (6, 2, 5, None), (8, 2, 4, None)]
    owners = {"organizations/water": 4, "organizations/roads": 1}
    kinds = {"component": 3, "application": 2}
    assert told["total"] == {"depth": None, "count": 5, "kinds": kinds, "owners": owners, "owner_count": 2}
    assert [(level["depth"], level["count"]) for level in told["levels"]] == [(1, 3), (2, 2)]
    assert told["states"] == {"online": 4, "offline": 1}
    assert (told["uses"], told["truncated"], told["next"]) == ({}, False, None)


async def test_walk_does_not_tell_of_what_may_not_be_discovered(city, way):
    told = await WAYS[way](city, "editor", city.name(2), depth=5)
    # 5 is a draft of the roads, and the only way to 6 leads through it.
    assert [number for number, *_ in told["nodes"]] == [4, 7, 8]
    assert told["total"]["owners"] == {"organizations/water": 3}


async def test_what_is_needed_says_whether_it_may_be_used(city, way):
    told = await WAYS[way](city, "roads", city.name(4), direction="down")
    uses = [(number, depth, use) for number, depth, _, use in told["nodes"]]
    assert uses == [(2, 1, "allowed"), (3, 1, "grant_needed"), (1, 2, "allowed")]
    assert told["uses"] == {"allowed": 2, "grant_needed": 1}
    await city.keep(city.made(2, "dataset", city.link(1), availability="suspended"))
    told = await WAYS[way](city, "roads", city.name(4), direction="down")
    assert told["uses"] == {"allowed": 1, "grant_needed": 1, "denied": 1}
    assert told["states"] == {"online": 2, "suspended": 1}


async def test_pages_follow_each_other_and_count_all(city, way):
    nodes, after = [], None
    for _ in range(3):
        asked = {"after": after} if after else {}
        told = await WAYS[way](city, "founder", city.name(2), depth=5, first=2, **asked)
        assert told["total"]["count"] == 5
        nodes += [number for number, *_ in told["nodes"]]
        after = told["next"]
    assert (nodes, after) == ([4, 5, 7, 6, 8], None)


async def test_depth_bounds_the_walk(city, way):
    told = await WAYS[way](city, "founder", city.name(1), depth=1)
    assert [number for number, *_ in told["nodes"]] == [2, 3]
    told = await WAYS[way](city, "founder", city.name(1))
    assert [level["depth"] for level in told["levels"]] == [1, 2, 3]


async def test_nothing_depends_on_what_nothing_needs(city, way):
    told = await WAYS[way](city, "founder", city.name(9))
    assert (told["total"]["count"], told["levels"], told["nodes"]) == (0, [], [])


@pytest.mark.parametrize(
    ("who", "number", "asked", "reason"),
    [
        ("editor", 5, {}, ("NOT_FOUND", None)),
        ("editor", 99, {}, ("NOT_FOUND", None)),
        ("founder", 2, {"depth": 11}, ("DEPTH_INVALID", "depth")),
        ("founder", 2, {"depth": -1}, ("DEPTH_INVALID", "depth")),
        ("founder", 2, {"first": 201}, ("PAGE_SIZE_INVALID", None)),
        ("founder", 2, {"first": -1}, ("PAGE_SIZE_INVALID", None)),
        ("founder", 2, {"after": "nonsense"}, ("CURSOR_INVALID", None)),
    ],
)
async def test_what_cannot_be_asked_is_refused(city, way, who, number, asked, reason):
    told = await WAYS[way](city, who, city.name(number), **asked)
    assert told[0] == reason[0]
    assert reason[1] is None or told[1] == reason[1]


async def test_page_token_of_another_question_is_refused(city):
    told = await over_grpc(city, "founder", city.name(2), first=2)
    again = await over_grpc(city, "founder", city.name(1), first=2, after=told["next"])
    assert again == ("CURSOR_INVALID", "page_token")
