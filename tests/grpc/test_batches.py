"""Several resources in one call: read together or not at all, entered together or not at all."""

import grpc
import pytest

from ucs.registry.v1 import finding_pb2
from ucs.registry.v1 import resource_service_pb2 as api

UNKNOWN = "resources/01HZZZZZZZZZZZZZZZZZZZZZZZ"


async def codes(door):
    listed = await door["admin"].resources.List(api.ListResourcesRequest(order_by=finding_pb2.RESOURCE_ORDER_CODE))
    return [item.code for item in listed.resources]


async def test_resources_come_in_the_order_of_their_names(door, publish):
    names = [(await publish(door, code)).name for code in ("QD-1", "QD-2", "QD-3")]
    asked = [names[2], names[0], names[2]]
    got = await door["admin"].resources.BatchGet(api.BatchGetResourcesRequest(names=asked))
    assert [item.name for item in got.resources] == asked


async def test_one_missing_or_hidden_name_refuses_all_and_is_named(door, publish, create, refusal):
    shown, draft = (await publish(door, "QD-1")).name, (await create(door, "QD-2")).name
    for caller, names, missing in (
        ("admin", [shown, UNKNOWN], UNKNOWN),
        ("roads", [draft, shown, UNKNOWN], f"{draft}, {UNKNOWN}"),
    ):
        refused = await refusal(door[caller].resources.BatchGet(api.BatchGetResourcesRequest(names=names)))
        assert (refused.status, refused.detail.fields["names"]) == (grpc.StatusCode.NOT_FOUND, missing)


@pytest.mark.parametrize(("count", "reason"), [(0, "FIELD_TOO_SHORT"), (201, "FIELD_TOO_LONG")])
async def test_batches_hold_from_1_to_200(door, new, refusal, count, reason):
    reads = door["admin"].resources.BatchGet(api.BatchGetResourcesRequest(names=[UNKNOWN] * count))
    writes = api.BatchCreateResourcesRequest(resources=[new(f"QD-{at}") for at in range(count)])
    for call in (reads, door["editor"].resources.BatchCreate(writes)):
        assert (await refusal(call)).detail.reason == reason


async def test_created_together_they_are_drafts_with_an_entry_each(door, new):
    request = api.BatchCreateResourcesRequest(resources=[new("QD-1"), new("QD-2")], request_id="b")
    made = await door["editor"].resources.BatchCreate(request)
    assert [(item.code, item.etag) for item in made.resources] == [("QD-1", "v1"), ("QD-2", "v1")]
    assert await door["editor"].resources.BatchCreate(request) == made
    async with door.store.read() as reader:
        entries = [entry for entry in await reader.log(after=0, first=1000) if entry.verb == "resources.batch_create"]
    assert [entry.object for entry in entries] == [item.name for item in made.resources]


async def test_one_bad_resource_refuses_all_and_is_named(door, new, refusal):
    batch = api.BatchCreateResourcesRequest(resources=[new("QD-1"), new("QD-2"), new("QD-1")])
    refused = await refusal(door["editor"].resources.BatchCreate(batch))
    assert (refused.detail.reason, refused.detail.fields["path"]) == ("CODE_TAKEN", "resources[2].code")
    assert await codes(door) == []
    # The twin: one by one, the first two stay.
    for item in batch.resources[:2]:
        await door["editor"].resources.Create(api.CreateResourceRequest(resource=item))
    assert await codes(door) == ["QD-1", "QD-2"]


async def test_creating_together_asks_for_every_owner(door, new, refusal):
    batch = api.BatchCreateResourcesRequest(resources=[new("QD-1"), new("QD-2", owner="qingdao-roads")])
    refused = await refusal(door["editor"].resources.BatchCreate(batch))
    assert (refused.status, refused.detail.fields["path"]) == (grpc.StatusCode.PERMISSION_DENIED, "resources[1]")
    assert await codes(door) == []
