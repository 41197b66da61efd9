"""The server's life: it says whether it serves, keeps the time, and stops when what it began has ended."""

import asyncio

import grpc
import pytest
from grpc_health.v1 import health_pb2
from grpc_health.v1.health import aio as library_health
from grpc_health.v1.health_pb2_grpc import HealthStub, add_HealthServicer_to_server

from ucs.registry.v1 import resource_pb2
from ucs.registry.v1 import resource_service_pb2 as api
from ucs_core.grpc.server import start_grpc
from ucs_core.readiness import Phase, Readiness
from ucs_core.settings import Settings
from ucs_sdk import Unavailable

Status = health_pb2.HealthCheckResponse


async def checked(channel):
    return (await HealthStub(channel).Check(health_pb2.HealthCheckRequest())).status


async def test_health_follows_the_phase_and_the_store(door):
    assert await checked(door.channel) == Status.SERVING
    door.readiness.enter(Phase.STARTING)
    assert await checked(door.channel) == Status.NOT_SERVING
    door.readiness.enter(Phase.SERVING)
    await door.store.close()
    assert await checked(door.channel) == Status.NOT_SERVING
    statuses = (await HealthStub(door.channel).List(health_pb2.HealthListRequest())).statuses
    assert {status.status for status in statuses.values()} == {Status.NOT_SERVING}


async def test_a_probe_that_breaks_counts_as_not_serving(open_door):
    class Broken:
        shaped = elements = records = None

        async def ping(self):
            raise RuntimeError("inside")

    async with open_door(Broken()) as door:
        assert await checked(door.channel) == Status.NOT_SERVING


async def test_a_health_watch_hears_of_draining_and_ends_with_the_server(door):
    watch = HealthStub(door.channel).Watch(health_pb2.HealthCheckRequest())
    assert (await watch.read()).status == Status.SERVING
    door.readiness.enter(Phase.DRAINING)
    assert (await watch.read()).status == Status.NOT_SERVING
    async with asyncio.timeout(5):
        await door.server.stop(60)
    assert await watch.read() is grpc.aio.EOF


async def test_an_unknown_service_is_watched_as_unknown(door):
    watch = HealthStub(door.channel).Watch(health_pb2.HealthCheckRequest(service="nothing"))
    assert (await watch.read()).status == Status.SERVICE_UNKNOWN
    watch.cancel()


async def test_the_librarys_health_service_keeps_the_server_from_stopping():
    server = grpc.aio.server()
    add_HealthServicer_to_server(library_health.HealthServicer(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        watch = HealthStub(channel).Watch(health_pb2.HealthCheckRequest())
        await watch.read()
        stopping = asyncio.create_task(server.stop(60))
        done, _ = await asyncio.wait({stopping}, timeout=0.3)
        assert not done
        watch.cancel()
        await stopping


async def test_calls_are_served_until_the_server_stops(door):
    door.readiness.enter(Phase.DRAINING)
    assert (await door["admin"].resources.List(api.ListResourcesRequest())).position > 0


@pytest.fixture
async def held(open_door, settle_city, gated_store, new):
    """A server with a write under way that the store holds back."""
    async with open_door(gated_store) as door:
        await settle_city(gated_store, door.platform)
        gated_store.shut()
        call = door["editor"].resources.Create(api.CreateResourceRequest(resource=new()))
        await gated_store.entered.wait()
        yield door, call, gated_store.gate
        gated_store.gate.set()


async def test_a_stopping_server_ends_what_it_began_and_begins_nothing(held):
    door, call, gate = held
    door.readiness.enter(Phase.DRAINING)
    stopping = asyncio.create_task(door.server.stop(60))
    status = None
    # grpc's core cancels what arrived and was not begun when the server closed; what comes later meets a closed door.
    while status is not grpc.StatusCode.UNAVAILABLE:
        async with grpc.aio.insecure_channel(door.server.address) as late, asyncio.timeout(5):
            status = await HealthStub(late).Check(health_pb2.HealthCheckRequest()).code()
            assert status in (grpc.StatusCode.OK, grpc.StatusCode.CANCELLED, grpc.StatusCode.UNAVAILABLE)
    assert not stopping.done()
    gate.set()
    assert (await call).code == "QD-1"
    await stopping


async def test_a_refusal_reaches_its_caller_while_the_server_stops(open_door, settle_city, gated_store, new, refusal):
    async with open_door(gated_store) as door:
        await settle_city(gated_store, door.platform)
        gated_store.shut()
        call = door["roads"].resources.Create(api.CreateResourceRequest(resource=new()))
        await gated_store.entered.wait()
        stopping = asyncio.create_task(door.server.stop(60))
        await asyncio.wait({stopping}, timeout=0.05)
        gated_store.gate.set()
        assert (await refusal(call)).status is grpc.StatusCode.PERMISSION_DENIED
        await stopping


async def test_a_server_that_does_not_wait_is_found_breaking_off(held):
    door, call, _ = held
    await door.server.stop(0)
    with pytest.raises(grpc.aio.AioRpcError):
        await call


async def test_a_stopping_server_ends_an_import_between_two_chunks(door, new, refusal):
    call = door["admin"].resources.Import()
    await call.write(api.ImportResourcesRequest(resources=[new("A-1", kind=resource_pb2.ImportedResource)]))
    while (await door["admin"].resources.List(api.ListResourcesRequest(include_counts=True))).total_size == 0:
        pass
    async with asyncio.timeout(5):
        await door.server.stop(60)
    refused = await refusal(call)
    assert (refused.status, refused.detail.reason) == (grpc.StatusCode.UNAVAILABLE, "DRAINING")
    assert (refused.detail.fields["committed"], refused.detail.retry_after.seconds) == ("1", 1)


async def test_a_call_that_takes_too_long_is_given_up(open_door, settle_city, gated_store, new, refusal):
    async with open_door(gated_store, request_seconds=0.1) as door:
        await settle_city(gated_store, door.platform)
        gated_store.shut()
        refused = await refusal(door["editor"].resources.List(api.ListResourcesRequest()))
        assert (refused.status, refused.detail.reason) == (grpc.StatusCode.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED")
        refused = await refusal(door["editor"].resources.Create(api.CreateResourceRequest(resource=new())))
        # A write that was begun runs to its end, so its caller is not told that nothing happened.
        assert (refused.status, refused.detail.reason) == (grpc.StatusCode.DEADLINE_EXCEEDED, "OUTCOME_UNKNOWN")
        gated_store.gate.set()
        await door.platform.pipeline.drain()
        assert (await door["editor"].resources.List(api.ListResourcesRequest(include_counts=True))).total_size == 1


async def test_a_taken_address_is_named(door):
    with pytest.raises(Unavailable, match=door.server.address):
        await start_grpc(door.platform, Readiness(door.store.ping), Settings(grpc=door.server.address))


async def test_a_stopped_server_leaves_no_task_behind(open_door, gated_store):
    before = asyncio.all_tasks()
    async with open_door(gated_store) as door:
        watch = HealthStub(door.channel).Watch(health_pb2.HealthCheckRequest())
        await watch.read()
    watch.cancel()
    while asyncio.all_tasks() - before:
        await asyncio.wait(asyncio.all_tasks() - before, timeout=5)
    assert asyncio.all_tasks() == before
