"""The hot way is one way more: where it ends or breaks, the ordinary one answers, and words what is wrong."""

import asyncio
import inspect

import grpc
import pytest

from ucs.registry.v1 import resource_service_pb2 as api
from ucs_core.grpc.registering import registering
from ucs_core.grpc.server import add_services
from ucs_registry.memory import InMemoryStore
from ucs_sdk.errors import NotFound

GET = "/ucs.registry.v1.ResourceService/Get"


class Only:
    """Other ways that consist of one."""

    def __init__(self, way):
        self.asked = 0
        self.ways = {GET: self._way}
        self._lead = way

    async def _way(self, token, raw):
        self.asked += 1
        led = self._lead(raw)
        return await led if inspect.isawaitable(led) else led


def breaks(raw):
    raise RuntimeError("inside")


def refuses(raw):
    raise NotFound("NOT_FOUND", object="not so")


async def breaks_later(raw):
    await asyncio.sleep(0)
    raise RuntimeError("inside")


async def never_ends(raw):
    await asyncio.Event().wait()


def misreads(raw):
    return api.GetResourceRequest.FromString(b"\xff").name


@pytest.mark.parametrize("lead", [lambda raw: None, breaks, refuses, misreads, breaks_later, never_ends])
async def test_where_the_hot_way_ends_the_ordinary_one_answers(open_door, settle_city, create, lead):
    store, only = InMemoryStore(), Only(lead)
    async with open_door(store, hot=lambda elements: only) as door:
        await settle_city(store, door.platform)
        made, editor = await create(door), door["editor"]
        for _ in range(2):
            assert await editor.resources.Get(api.GetResourceRequest(name=made.name)) == made
        # The token was new to the first call.
        assert only.asked == 1


async def test_a_call_whose_caller_has_gone_is_counted_once(open_door, settle_city):
    store, begun, counted = InMemoryStore(), asyncio.Event(), asyncio.Queue()

    async def stalls(raw):
        begun.set()
        await asyncio.get_running_loop().create_future()

    def observe(door, method, code, seconds):
        counted.put_nowait((door, method, code))

    async with open_door(store, hot=lambda elements: Only(stalls), observe=observe) as door:
        await settle_city(store, door.platform)
        editor = door["editor"]
        await editor.resources.List(api.ListResourcesRequest())
        call = editor.resources.Get(api.GetResourceRequest(name="x"))
        async with asyncio.timeout(20):
            await begun.wait()
            call.cancel()
            assert [await counted.get(), await counted.get()] == [("grpc", "List", "OK"), ("grpc", "Get", "CANCELLED")]
        # Whoever comes next is counted as the next.
        await editor.resources.List(api.ListResourcesRequest())
        assert (counted.get_nowait(), counted.empty()) == (("grpc", "List", "OK"), True)


async def test_an_answer_that_is_waited_for_arrives(open_door, settle_city):
    async def comes_later(raw):
        for _ in range(3):
            await asyncio.sleep(0)
        return b"\x0a\x04name"

    store, only = InMemoryStore(), Only(comes_later)
    async with open_door(store, hot=lambda elements: only) as door:
        await settle_city(store, door.platform)
        editor = door["editor"]
        await editor.resources.List(api.ListResourcesRequest())
        assert (await editor.resources.Get(api.GetResourceRequest(name="x"))).name == "name"


async def test_bytes_pass_as_they_are_and_name_their_call(open_door, settle_city):
    store = InMemoryStore()
    only = Only(lambda raw: b"\x0a\x04name")
    async with open_door(store, hot=lambda elements: only) as door:
        await settle_city(store, door.platform)
        editor = door["editor"]
        await editor.resources.List(api.ListResourcesRequest())
        call = editor.resources.Get(api.GetResourceRequest(name="x"))
        assert (await call).name == "name"
        assert len(dict(await call.trailing_metadata())["ucs-call-id"]) == 26
        # What is too long to be read twice, and whoever has no token, does not get there.
        for person, name in ((editor, "x" * 20_000), (door.anybody(), "x")):
            with pytest.raises(grpc.aio.AioRpcError):
                await person.resources.Get(api.GetResourceRequest(name=name))
        assert only.asked == 1


class Listening:
    """A server that tells what was registered with it."""

    def __init__(self):
        self.generic, self.registered = [], {}

    def add_generic_rpc_handlers(self, handlers):
        self.generic += handlers

    def add_registered_method_handlers(self, service, handlers):
        self.registered |= handlers


def test_no_method_has_a_queue_of_its_own(door):
    server = Listening()
    add_services(door.server.gate.before(registering(server)), door.platform, door.settings)
    assert (len(server.generic) >= 8, server.registered) == (True, {})
    # The twin: what the generated code does by itself.
    alone = Listening()
    grpc.aio.Server.register(Listening)
    add_services(alone, door.platform, door.settings)
    assert len(alone.registered) >= 40
