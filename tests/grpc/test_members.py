"""Member sets over gRPC: pages, batches, and imports of many chunks."""

from __future__ import annotations

import json

import grpc
import pytest
from google.protobuf.json_format import MessageToDict

from ucs.registry.v1 import member_pb2, resource_service_pb2
from ucs.registry.v1 import member_service_pb2 as api
from ucs.registry.v1.member_service_pb2_grpc import MemberServiceStub
from ucs_core.grpc.client import import_members
from ucs_sdk.errors import Invalid


class Members:
    """The service in the hands of one caller."""

    def __init__(self, door, who):
        self._stub = MemberServiceStub(door.channel)
        self._metadata = [("authorization", f"Bearer {door.token(who)}"), ("accept-language", "en")]

    def __getattr__(self, name):
        return lambda request: getattr(self._stub, name)(request, metadata=self._metadata)


@pytest.fixture
async def wells(door, publish):
    """The name of a resource that is online."""
    return (await publish(door)).name


def new(code, **more):
    return member_pb2.NewMember(code=code, title=member_pb2.MemberTitle(zh=f"井{code}"), **more)


def lines(*codes):
    return b"".join(json.dumps({"code": code, "title": {"zh": code}}).encode() + b"\n" for code in codes)


async def codes(door, wells):
    page = await Members(door, "editor").List(api.ListMembersRequest(parent=wells, page_size=200))
    return [item.code for item in page.members]


async def test_member_comes_back_as_it_was_put(door, wells):
    whole = new("a", region_code="3702", status="MEMBER_STATUS_ONLINE")
    whole.title.en = "Well"
    whole.location.longitude, whole.location.latitude = 120.5, 0
    whole.attributes.update({"depth": 12, "open": False, "none": None, "list": [1.5]})
    members = Members(door, "editor")
    done = await members.Put(api.PutMembersRequest(parent=wells, members=[whole, new("b")]))
    assert (done.count, done.added, done.total) == (2, 2, 2)
    found = await members.Get(api.GetMemberRequest(name=f"{wells}/members/a"))
    told = MessageToDict(found, preserving_proto_field_name=True)
    assert told.pop("create_time") == told.pop("update_time")
    assert told == {
        "name": f"{wells}/members/a",
        "code": "a",
        "title": {"zh": "井a", "en": "Well"},
        "location": {"longitude": 120.5, "latitude": 0.0},
        "region_code": "3702",
        "status": "MEMBER_STATUS_ONLINE",
        "attributes": {"depth": 12.0, "open": False, "none": None, "list": [1.5]},
    }
    card = await door["editor"].resources.Get(resource_service_pb2.GetResourceRequest(name=wells))
    assert card.member_count == 2
    left = await members.Remove(api.RemoveMembersRequest(parent=wells, codes=["a"]))
    assert (left.count, left.total) == (1, 1)


async def test_pages_are_told_apart_by_their_question(door, wells, refusal):
    members = Members(door, "editor")
    await members.Put(api.PutMembersRequest(parent=wells, members=[new(code) for code in "abcde"]))
    asked = api.ListMembersRequest(parent=wells, page_size=2, include_counts=True, filter={"text": "井"})
    page = await members.List(asked)
    assert ([item.code for item in page.members], page.total_size) == (["a", "b"], 5)
    asked.page_token = page.next_page_token
    page = await members.List(asked)
    assert [item.code for item in page.members] == ["c", "d"]
    asked.filter.text = "a"
    assert (await refusal(members.List(asked))).detail.reason == "CURSOR_INVALID"


async def test_nobody_who_may_not_discover_is_told_of_members(door, wells, refusal):
    await Members(door, "editor").Put(api.PutMembersRequest(parent=wells, members=[new("a")]))
    stranger = Members(door, "outsider")
    for call in (
        stranger.Get(api.GetMemberRequest(name=f"{wells}/members/a")),
        stranger.List(api.ListMembersRequest(parent=wells)),
        stranger.Put(api.PutMembersRequest(parent=wells, members=[new("b")])),
        stranger.Remove(api.RemoveMembersRequest(parent=wells, codes=["a"])),
        stranger.Import(iter([api.ImportMembersRequest(parent=wells, ndjson=lines("b"))])),
    ):
        assert (await refusal(call)).status is grpc.StatusCode.NOT_FOUND


async def test_chunks_before_a_refused_one_stay(door, wells, refusal):
    chunks = [
        api.ImportMembersRequest(parent=wells, ndjson=lines("a", "b")),
        api.ImportMembersRequest(parent=wells, members=[new("c")]),
        api.ImportMembersRequest(parent=wells, ndjson=lines("d", "e f")),
        api.ImportMembersRequest(parent=wells, ndjson=lines("g")),
    ]
    failed = await refusal(Members(door, "editor").Import(iter(chunks)))
    assert failed.detail.reason == "FIELD_PATTERN"
    assert failed.detail.fields["path"] == "chunks[2].members[1].code"
    assert failed.detail.fields["committed"] == "3"
    assert await codes(door, wells) == ["a", "b", "c"]
    done = await Members(door, "editor").Import(iter(chunks[:2]))
    assert (done.count, done.added, done.chunks) == (3, 0, 2)


async def test_chunk_holds_its_members_in_one_way(door, wells, refusal):
    both = api.ImportMembersRequest(parent=wells, members=[new("a")], ndjson=lines("b"))
    assert (await refusal(Members(door, "editor").Import(iter([both])))).detail.reason == "MEMBERS_BOTH_WAYS"
    neither = api.ImportMembersRequest(parent=wells)
    assert (await refusal(Members(door, "editor").Import(iter([neither])))).detail.reason == "FIELD_TOO_SHORT"


async def test_batches_that_are_too_large_are_refused(door, wells, refusal):
    many = [new(f"a{at}") for at in range(1_001)]
    failed = await refusal(Members(door, "editor").Put(api.PutMembersRequest(parent=wells, members=many)))
    assert (failed.detail.reason, failed.detail.fields["count"]) == ("MEMBERS_TOO_MANY", "1001")
    assert "batches of 1000" in failed.text
    for chunk in (
        api.ImportMembersRequest(parent=wells, ndjson=b"\n" * 100_000 + b"{}"),
        api.ImportMembersRequest(parent=wells, members=[member_pb2.NewMember()] * 20_000),
    ):
        failed = await refusal(Members(door, "editor").Import(iter([chunk])))
        assert failed.detail.reason == "MEMBERS_TOO_MANY"
    removed = api.RemoveMembersRequest(parent=wells, codes=["a"] * 1_001)
    assert (await refusal(Members(door, "editor").Remove(removed))).detail.reason == "MEMBERS_TOO_MANY"
    assert await codes(door, wells) == []


async def test_refused_batch_leaves_one_entry(door, wells, refusal):
    async with door.store.read() as reader:
        before = reader.head.position
    failed = await refusal(
        Members(door, "editor").Put(api.PutMembersRequest(parent=wells, members=[new("a", status=99)]))
    )
    assert failed.detail.reason == "FIELD_NOT_ONE_OF"
    async with door.store.read() as reader:
        [entry] = await reader.log(after=before, first=9)
    assert (entry.verb, entry.object, entry.reason) == ("members.put", wells, "FIELD_NOT_ONE_OF")


async def test_client_tells_what_it_sent_and_what_was_refused(door, wells):
    chunks = [lines("a", "b"), lines("c")]
    sent = import_members(door.server.address, door.token("editor"), wells, chunks)
    assert [count async for count in sent] == [2, 1]
    assert await codes(door, wells) == ["a", "b", "c"]
    sent = import_members(door.server.address, door.token("editor"), wells, [lines("?")], validate_only=True)
    with pytest.raises(Invalid) as refused:
        _ = [count async for count in sent]
    assert refused.value.fields["path"] == "chunks[0].members[0].code"
