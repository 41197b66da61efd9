"""Reviews in quantity, revisions and undoing mean the same at both doors."""

from __future__ import annotations

from typing import Any

import pytest

from ucs.errors.v1 import error_detail_pb2 as errors
from ucs.registry.v1 import vocabulary_pb2 as pb

QUEUE = """query($first: Int, $after: String) { reviews(first: $first, after: $after) {
  nodes { id code } totalCount pageInfo { hasNextPage endCursor } } }"""
LIST = """query($filter: ResourceFilter, $order: ResourceOrder!) {
  resources(filter: $filter, orderBy: $order) { nodes { code } totalCount } }"""
DECIDE = """mutation($rows: [ReviewRowInput!]!, $key: String, $dry: Boolean! = false) {
  reviewResources(rows: $rows, requestId: $key, validateOnly: $dry) {
    id resource { id etag head { number state } } error { code reason message fields messages retryAfter } } }"""
UNDO = "mutation($id: ID!, $key: String) { undoReview(id: $id, requestId: $key) { etag head { state } } }"
DIFF = """query($id: ID!, $from: Int, $to: Int) { revisionDiff(id: $id, fromNumber: $from, toNumber: $to) {
  fromNumber toNumber leftOut readable changes { path before after } } }"""
REVISIONS = """query($id: ID!, $first: Int, $after: String) { resource(id: $id) { revisions(first: $first, after: $after) {
  nodes { number state current authors submitter reviewer reason createdAt reviewedAt }
  edges { cursor } pageInfo { hasNextPage hasPreviousPage endCursor } } } }"""


ENDS = {pb.REVIEW_STATE_APPROVED: "approved", pb.REVIEW_STATE_REJECTED: "rejected"}


async def rows_of(court: Any, *codes: str) -> list[dict[str, Any]]:
    names = [await court.waiting(code) for code in codes]
    return [{"name": name, "etag": await court.etag(name), "decision": "approve"} for name in names]


def graph_rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{("id" if name == "name" else name): value for name, value in row.items()} for row in rows]


async def test_the_queue_is_one_at_both_doors(court: Any) -> None:
    await rows_of(court, "AA", "BB", "CC")
    for who, codes in (("judge", ["AA", "BB", "CC"]), ("clerk", []), ("painter", [])):
        told = await court.wire(
            who, "List", filter={"awaiting_review": True}, order_by="submitted", include_counts=True
        )
        queue = (await court.graph(who, QUEUE))["reviews"]
        listed = (await court.graph(who, LIST, filter={"awaitingReview": True}, order="submitted"))["resources"]
        for nodes in (told.get("resources", []), queue["nodes"], listed["nodes"]):
            assert [node["code"] for node in nodes] == codes
        assert (told.get("total_count", 0), queue["totalCount"], listed["totalCount"]) == (len(codes),) * 3


async def test_pages_of_the_queue_join_at_both_doors(court: Any) -> None:
    await rows_of(court, "AA", "BB", "CC")
    wanted = {"filter": {"awaiting_review": True}, "order_by": "submitted", "page_size": 2}
    first = await court.wire("judge", "List", **wanted)
    rest = await court.wire("judge", "List", **wanted, page_token=first["next"])
    assert [node["code"] for node in first["resources"] + rest["resources"]] == ["AA", "BB", "CC"]
    page = (await court.graph("judge", QUEUE, first=2))["reviews"]
    later = (await court.graph("judge", QUEUE, first=2, after=page["pageInfo"]["endCursor"]))["reviews"]
    assert [node["code"] for node in page["nodes"] + later["nodes"]] == ["AA", "BB", "CC"]
    assert not later["pageInfo"]["hasNextPage"]


async def test_the_order_of_submission_is_refused_for_other_lists(court: Any, refusal: Any) -> None:
    told = await refusal(court.wire("judge", "List", order_by="submitted"))
    assert (told.reason, told.told) == ("ORDER_NEEDS_QUEUE", "INVALID_ARGUMENT")
    assert await court.graph("judge", LIST, order="submitted") == "ORDER_NEEDS_QUEUE"


@pytest.mark.parametrize("way", ["grpc", "graphql"])
async def test_rows_end_alike_and_a_repetition_at_the_other_door_is_one(court: Any, way: str) -> None:
    rows = await rows_of(court, "AA", "BB", "CC")
    rows[1] |= {"decision": "reject", "reason": "no units"}
    rows[2] |= {"etag": "v1"}
    rows.append({"name": "resources/01HZZZZZZZZZZZZZZZZZZZZZZZ", "etag": "v1", "decision": "approve"})

    async def by_wire() -> list[Any]:
        return [
            (item.name, ENDS.get(item.resource.head.state), item.error.reason or None)
            for item in await court.batch("judge", rows, request_id="r-1")
        ]

    async def by_graph() -> list[Any]:
        told = (await court.graph("judge", DECIDE, rows=graph_rows(rows), key="r-1"))["reviewResources"]
        return [
            (
                item["id"],
                item["resource"] and item["resource"]["head"]["state"],
                item["error"] and item["error"]["reason"],
            )
            for item in told
        ]

    asked = [by_wire, by_graph] if way == "grpc" else [by_graph, by_wire]
    first, again = await asked[0](), await asked[1]()
    assert first == again
    assert [(state, reason) for _, state, reason in first] == [
        ("approved", None),
        ("rejected", None),
        (None, "ETAG_STALE"),
        (None, "NOT_FOUND"),
    ]


async def test_the_error_of_a_row_says_all_that_the_error_of_a_call_does(court: Any) -> None:
    rows = await rows_of(court, "AA")
    rows[0] |= {"etag": "v1"}
    [told] = [item.error for item in await court.batch("judge", rows)]
    graph = (await court.graph("judge", DECIDE, rows=graph_rows(rows)))["reviewResources"][0]["error"]
    assert (errors.Code.Name(told.code), graph["code"]) == ("CODE_CONFLICT", "CONFLICT")
    assert graph["fields"] == dict(told.fields) == {"object": rows[0]["name"], "sent": "v1", "current": "v2"}
    assert told.message_en == graph["message"] == graph["messages"]["en"]
    assert told.message_zh == graph["messages"]["zh"]


async def test_a_call_of_many_is_refused_as_a_whole_alike(court: Any, refusal: Any) -> None:
    rows = await rows_of(court, "AA")
    for wrong, reason in (([], "FIELD_TOO_SHORT"), (rows * 2, "ROW_TWICE"), (rows * 201, "FIELD_TOO_LONG")):
        told = await refusal(court.wire("judge", "BatchReview", rows=wrong))
        assert (told.reason, told.told) == (reason, "INVALID_ARGUMENT")
        assert await court.graph("judge", DECIDE, rows=graph_rows(wrong)) == reason
    unsaid = await refusal(court.wire("judge", "BatchReview", rows=[{"name": rows[0]["name"], "etag": "v2"}]))
    assert (unsaid.reason, unsaid.fields["path"]) == ("FIELD_MISSING", "rows[0].decision")
    checked = (await court.graph("judge", DECIDE, rows=graph_rows(rows), dry=True))["reviewResources"]
    assert checked[0]["resource"]["head"]["state"] == "approved"
    assert await court.etag(rows[0]["name"]) == "v2"


async def test_a_decision_is_undone_and_refused_alike(court: Any, refusal: Any) -> None:
    rows = await rows_of(court, "AA", "BB")
    await court.wire("judge", "BatchReview", rows=rows)
    undone = await court.wire("judge", "UndoReview", name=rows[0]["name"], request_id="u-1")
    repeated = (await court.graph("judge", UNDO, id=rows[0]["name"], key="u-1"))["undoReview"]
    assert (undone["head"]["state"], repeated["head"]["state"]) == ("in_review", "in_review")
    assert undone["etag"] == repeated["etag"]
    for who, name, reason in (
        ("judge", rows[0]["name"], "TRANSITION_ILLEGAL"),
        ("clerk", rows[1]["name"], "DENIED"),
        ("painter", rows[0]["name"], "NOT_FOUND"),
    ):
        assert (await refusal(court.wire(who, "UndoReview", name=name))).reason == reason
        assert await court.graph(who, UNDO, id=name) == reason


async def test_revisions_and_their_differences_are_one_at_both_doors(court: Any, refusal: Any) -> None:
    [row] = await rows_of(court, "AA")
    name = row["name"]
    await court.wire("judge", "BatchReview", rows=[row])
    await court.wire("judge", "BringOnline", name=name)
    changes = {"title": {"zh": "新", "en": "New"}, "contact": "Li", "spec": SPEC_AFTER}
    await court.wire("clerk", "Update", name=name, content=changes, etag=await court.etag(name))
    told = await court.wire("clerk", "DiffRevisions", name=name)
    graph = (await court.graph("clerk", DIFF, id=name))["revisionDiff"]
    assert (graph["fromNumber"], graph["toNumber"], graph["leftOut"], graph["readable"]) == (1, 2, 0, True)
    assert (told["from_number"], told["to_number"], told["readable"]) == (1, 2, True)
    paths = ["title.en", "title.zh", "contact", "spec.items[0].title", "spec.row_count"]
    assert [change["path"] for change in told["changes"]] == [change["path"] for change in graph["changes"]] == paths
    assert graph["changes"][-1] == {"path": "spec.row_count", "before": 3, "after": 4}
    assert graph["changes"][2] == {"path": "contact", "before": None, "after": "Li"}
    assert told["changes"][-1]["before"] == {"number_value": 3}
    assert "before" not in told["changes"][2]
    for who, reason in (("painter", "HEAD_HIDDEN"), ("clerk", "REVISION_NOT_FOUND")):
        assert (await refusal(court.wire(who, "DiffRevisions", name=name, from_number=7))).reason == reason
        assert await court.graph(who, DIFF, id=name, **{"from": 7}) == reason
    nothing = await court.wire("clerk", "DiffRevisions", name=name, from_number=0, to_number=1)
    assert "title.zh" in {change["path"] for change in nothing["changes"]}


SPEC_AFTER = {"items": [{"name": "level", "title": "水深", "data_type": "decimal"}], "row_count": 4}


async def test_pages_of_revisions_join_and_tell_others_no_names(court: Any) -> None:
    [row] = await rows_of(court, "AA")
    name = row["name"]
    await court.wire("judge", "BatchReview", rows=[row])
    await court.wire("judge", "BringOnline", name=name)
    await court.wire("clerk", "Update", name=name, content={"contact": "Li"}, etag=await court.etag(name))
    first = await court.wire("clerk", "ListRevisions", name=name, page_size=1)
    rest = await court.wire("clerk", "ListRevisions", name=name, page_size=1, page_token=first["next_page_token"])
    assert [item["number"] for item in first["revisions"] + rest["revisions"]] == [2, 1]
    assert (first["current"], "next_page_token" in rest) == (1, False)
    page = (await court.graph("clerk", REVISIONS, id=name, first=1))["resource"]["revisions"]
    later = (await court.graph("clerk", REVISIONS, id=name, first=1, after="2"))["resource"]["revisions"]
    assert [node["number"] for node in page["nodes"] + later["nodes"]] == [2, 1]
    assert (page["pageInfo"]["hasNextPage"], later["pageInfo"]["hasNextPage"]) == (True, False)
    assert later["nodes"][0]["reviewer"] == "principals/judge"
    assert await court.graph("clerk", REVISIONS, id=name, after="x") == "CURSOR_INVALID"
    [others] = (await court.wire("painter", "ListRevisions", name=name))["revisions"]
    assert others.keys() == {"number", "state", "review_time"}
    [node] = (await court.graph("painter", REVISIONS, id=name))["resource"]["revisions"]["nodes"]
    assert (node["number"], node["authors"], node["reviewer"], node["createdAt"]) == (1, [], None, None)
