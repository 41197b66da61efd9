"""Watching over gRPC: what travels, how a watch ends, and that nobody holds it open for nothing."""

from __future__ import annotations

import asyncio

import grpc
import pytest

from ucs.errors.v1.error_detail_pb2 import ErrorDetail
from ucs.registry.v1 import resource_service_pb2 as api
from ucs.registry.v1 import vocabulary_pb2
from ucs_core.platform import Call

ADDED, MODIFIED, REMOVED, PROGRESS = (
    api.CHANGE_TYPE_ADDED,
    api.CHANGE_TYPE_MODIFIED,
    api.CHANGE_TYPE_REMOVED,
    api.CHANGE_TYPE_PROGRESS,
)


async def read(call, count):
    async with asyncio.timeout(10):
        return [await call.read() for _ in range(count)]


async def ended(call):
    """What a client learns at the end of a watch."""
    async with asyncio.timeout(10):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await drained(call)
    trailing = caught.value.trailing_metadata()
    return caught.value.code(), ErrorDetail.FromString(trailing["ucs-error-bin"]).reason


async def drained(call):
    while await call.read() is not grpc.aio.EOF:
        pass


async def test_changes_travel_as_they_happen(door, publish):
    call = door["roads"].resources.Watch(api.WatchResourcesRequest())
    [progress] = await read(call, 1)
    assert (progress.type, progress.name, progress.HasField("resource")) == (PROGRESS, "", False)
    made = await publish(door)
    [added] = await read(call, 1)
    assert (added.type, added.name) == (ADDED, made.name)
    seen = await door["roads"].resources.Get(api.GetResourceRequest(name=made.name))
    assert added.resource == seen
    assert added.position > progress.position
    call.cancel()


async def test_a_watch_goes_on_behind_the_position_of_a_list(door, create):
    listed = await door["editor"].resources.List(api.ListResourcesRequest())
    made = await create(door)
    call = door["editor"].resources.Watch(api.WatchResourcesRequest(after=listed.position))
    added, progress = await read(call, 2)
    assert (added.type, added.name, progress.type) == (ADDED, made.name, PROGRESS)
    call.cancel()


async def test_position_zero_is_the_beginning_and_none_is_now(door, create):
    await create(door)
    since_ever = door["editor"].resources.Watch(api.WatchResourcesRequest(after=0))
    from_now = door["editor"].resources.Watch(api.WatchResourcesRequest())
    assert [event.type for event in await read(since_ever, 2)] == [ADDED, PROGRESS]
    assert [event.type for event in await read(from_now, 1)] == [PROGRESS]
    since_ever.cancel()
    from_now.cancel()


async def test_a_filter_travels(door, create):
    await create(door)
    requests = {
        1: api.WatchResourcesRequest(after=0, kind=vocabulary_pb2.RESOURCE_KIND_DATA, type="dataset"),
        0: api.WatchResourcesRequest(after=0, owner_subtree="organizations/qingdao-roads"),
    }
    for count, request in requests.items():
        call = door["editor"].resources.Watch(request)
        assert [event.type for event in await read(call, count + 1)] == [ADDED] * count + [PROGRESS]
        call.cancel()


async def test_a_position_beyond_the_end_is_refused(door, refusal):
    told = await refusal(door["editor"].resources.Watch(api.WatchResourcesRequest(after=99_999)).read())
    assert (told.status, told.detail.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "POSITION_UNKNOWN")
    assert told.call_id


async def test_a_position_that_is_too_old_is_out_of_range(door, refusal):
    async with door.store.write() as unit:
        await unit.compact(2)
        await unit.commit()
    told = await refusal(door["editor"].resources.Watch(api.WatchResourcesRequest(after=1)).read())
    assert (told.status, told.detail.reason) == (grpc.StatusCode.OUT_OF_RANGE, "WATCH_TOO_OLD")
    assert told.detail.fields["oldest"] == "2"


async def test_nobody_watches_without_a_token(door, refusal):
    told = await refusal(door.anybody().resources.Watch(api.WatchResourcesRequest()).read())
    assert told.status is grpc.StatusCode.UNAUTHENTICATED


async def test_whoever_is_disabled_is_cut_off(door):
    call = door["roads"].resources.Watch(api.WatchResourcesRequest())
    await read(call, 1)
    gone = {"id": "roads", "kind": "person", "title": "roads", "organization": "qingdao-roads", "disabled": True}
    await door.platform.administration.put_principals(Call(principal="admin"), [gone])
    assert await ended(call) == (grpc.StatusCode.UNAUTHENTICATED, "PRINCIPAL_UNKNOWN")


async def test_a_stopping_node_ends_its_watches(door):
    call = door["roads"].resources.Watch(api.WatchResourcesRequest())
    await read(call, 1)
    door.platform.watching.end()
    assert await ended(call) == (grpc.StatusCode.UNAVAILABLE, "DRAINING")


async def test_a_watch_outlives_the_time_of_a_request(open_door, settle_city, gated_store, create):
    async with open_door(gated_store, request_seconds=0.1) as door:
        await settle_city(gated_store, door.platform)
        call = door["editor"].resources.Watch(api.WatchResourcesRequest())
        await read(call, 1)
        await asyncio.sleep(0.3)
        await create(door)
        assert [event.type for event in await read(call, 1)] == [ADDED]
        call.cancel()


async def test_a_watcher_that_goes_away_leaves_its_seat(door):
    call = door["roads"].resources.Watch(api.WatchResourcesRequest())
    await read(call, 1)
    assert door.platform.watching.open == 1
    call.cancel()
    async with asyncio.timeout(10):
        while door.platform.watching.open:  # noqa: ASYNC110 -- nothing tells of it but the count
            await asyncio.sleep(0.01)


async def test_a_client_that_reads_nothing_is_cut_off(open_door, settle_city, gated_store, create):
    """Its own library reads ahead, so it takes much to fill what lies in between."""
    async with open_door(gated_store, watch_stall_seconds=0.2) as door:
        await settle_city(gated_store, door.platform)
        call = door["editor"].resources.Watch(api.WatchResourcesRequest(after=0))
        await read(call, 1)
        items = [{"name": f"n{at}", "title": "深" * 100, "data_type": "decimal"} for at in range(150)]
        number = 0
        async with asyncio.timeout(20):
            while door.platform.watching.open:
                number += 1
                await create(door, f"QD-{number}", summary={"zh": "水" * 4000, "en": "x" * 4000}, spec={"items": items})
        assert await ended(call) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "WATCH_TOO_SLOW")
