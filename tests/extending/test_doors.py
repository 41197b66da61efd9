"""Plugins and their operations at the doors: the same answers, the same refusals, and one entry in the log for each change."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import grpc
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from plugin_city import PluginCity

from ucs.capability.v1 import capability_service_pb2 as cap
from ucs.capability.v1 import plugin_service_pb2 as plug
from ucs.capability.v1.capability_service_pb2_grpc import CapabilityServiceStub
from ucs.capability.v1.plugin_service_pb2_grpc import PluginServiceStub
from ucs.errors.v1.error_detail_pb2 import ErrorDetail
from ucs_core.access.tokens import LocalIssuer
from ucs_core.graphql import Caller, GraphqlDoor
from ucs_core.grpc.server import start_grpc
from ucs_core.platform.calls import new_call_id
from ucs_core.readiness import Phase, Readiness
from ucs_core.settings import Settings
from ucs_registry.log import Outcome
from ucs_sdk.messages import Locale

STREAM = """
@ledger.operation(title_zh="逐个", title_en="Each")
async def each(ctx: Context, asked: Asked) -> AsyncIterator[Found]:
    for letter in asked.text:
        yield Found(text=letter)
"""


class Told(Exception):
    """A refusal, by its reason."""


@dataclass
class Doors:
    """Both doors of a node, in the hands of anybody."""

    city: PluginCity
    door: GraphqlDoor
    channel: grpc.aio.Channel
    issuer: LocalIssuer

    async def graphql(self, who: str, document: str, **variables: Any) -> Any:
        caller = Caller(principal=who, locale=Locale.EN, call_id=new_call_id())
        operation = self.door.prepare(document, None, variables)
        body = (await self.door.run(operation, variables, caller)).body
        if errors := body.get("errors"):
            raise Told(errors[0]["extensions"]["reason"])
        return body["data"]

    async def grpc(self, who: str, method: Callable[[grpc.aio.Channel], Any], request: Any) -> Any:
        token = self.issuer.issue(who, lifetime=timedelta(minutes=5))
        metadata = [("authorization", f"Bearer {token}")]
        try:
            call = method(self.channel)(request, metadata=metadata)
            return [answer async for answer in call] if hasattr(call, "__aiter__") else await call
        except grpc.aio.AioRpcError as error:
            trailing = dict(error.trailing_metadata() or ())
            raise Told(ErrorDetail.FromString(trailing["ucs-error-bin"]).reason) from error


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    # Where a proxy is set for the world outside, grpc would look for the loopback behind it.
    monkeypatch.setenv("no_grpc_proxy", "127.0.0.1")


@pytest.fixture
async def doors(small: PluginCity) -> AsyncIterator[Doors]:
    async with opened(small) as doors:
        yield doors


@pytest.fixture
async def doors_of_each_store(city: PluginCity) -> AsyncIterator[Doors]:
    async with opened(city) as doors:
        yield doors


@asynccontextmanager
async def opened(city: PluginCity) -> AsyncIterator[Doors]:
    """Both doors of a city's node."""
    issuer = LocalIssuer(Ed25519PrivateKey.generate())
    city.platform.verifier.trust(issuer.public_keys)
    settings = Settings(grpc="127.0.0.1:0", http="127.0.0.1:0")
    readiness = Readiness(city.store.ping)
    server = await start_grpc(city.platform, readiness, settings)
    readiness.enter(Phase.SERVING)
    try:
        async with grpc.aio.insecure_channel(server.address) as channel:
            yield Doors(city, GraphqlDoor(city.platform), channel, issuer)
    finally:
        await server.stop(0)


INVOKE = "mutation($o: String!, $i: JSON, $r: String) { answer: invoke(operation: $o, input: $i, requestId: $r) }"
ENABLE = """mutation($n: String!, $o: ID, $v: Boolean) { plugin: enablePlugin(name: $n, owner: $o, validateOnly: $v) {
  name state version owner operations } }"""
DISABLE = "mutation($n: String!, $r: String!) { plugin: disablePlugin(name: $n, reason: $r) { state problem { en } } }"


def unary(stub: type, name: str) -> Callable[[grpc.aio.Channel], Any]:
    return lambda channel: getattr(stub(channel), name)


async def by_grpc(doors: Doors, who: str, path: str, *, request_id: str = "", **asked: Any) -> Any:
    request = cap.InvokeRequest(operation=path, input=orjson.dumps(asked), request_id=request_id)
    answer = await doors.grpc(who, unary(CapabilityServiceStub, "Invoke"), request)
    return orjson.loads(answer.output)


async def by_graphql(doors: Doors, who: str, path: str, *, request_id: str | None = None, **asked: Any) -> Any:
    return (await doors.graphql(who, INVOKE, o=path, i=asked, r=request_id))["answer"]


WAYS = {"grpc": by_grpc, "graphql": by_graphql}


async def reason_of(attempt: Awaitable[Any]) -> str:
    with pytest.raises(Told) as told:
        await attempt
    return str(told.value)


@pytest.mark.parametrize("way", WAYS)
async def test_an_operation_answers_at_every_door_alike(doors, way):
    await doors.city.ledger()
    straight = await doors.city.invoke("wang", "ledger.note", key="k", text="t", level=1)
    assert straight == {"keys": ["k"], "count": 1, "text": "wang"}
    assert await WAYS[way](doors, "wang", "ledger.note", key="k", text="t", level=1) == straight | {"count": 2}
    typed = await doors.graphql("wang", "{ ledger { find(input: {level: 1}) { keys count } } }")
    assert typed == {"ledger": {"find": {"keys": ["k"], "count": 1}}}


@pytest.mark.parametrize("way", WAYS)
async def test_a_repeated_request_has_one_effect_whatever_the_door(doors_of_each_store, way):
    await doors_of_each_store.city.ledger()
    first = await WAYS[way](doors_of_each_store, "wang", "ledger.note", request_id="r1", key="k", level=1)
    for again in WAYS.values():
        assert await again(doors_of_each_store, "wang", "ledger.note", request_id="r1", key="k", level=1) == first
    document = 'mutation { ledger { note(input: {key: "k", level: 1}, requestId: "r1") { count } } }'
    assert (await doors_of_each_store.graphql("wang", document))["ledger"]["note"] == {"count": 1}
    assert (await doors_of_each_store.city.notes())["k"]["level"] == 1


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("who", "path", "asked", "reason"),
    [
        ("wang", "ledger.nothing", {}, "OPERATION_NOT_FOUND"),
        ("wang", "ledger.note", {"level": "high"}, "FIELD_TYPE"),
        ("wang", "ledger.each", {"text": "ab"}, "OPERATION_STREAMS"),
    ],
)
async def test_a_refusal_is_the_same_at_every_door(doors, way, who, path, asked, reason):
    await doors.city.ledger(STREAM)
    assert await reason_of(WAYS[way](doors, who, path, **asked)) == reason


async def test_a_stream_comes_through_every_door(doors):
    await doors.city.ledger(STREAM)
    request = cap.InvokeStreamRequest(operation="ledger.each", input=b'{"text": "ab"}')
    answers = await doors.grpc("wang", unary(CapabilityServiceStub, "InvokeStream"), request)
    assert [orjson.loads(answer.output)["text"] for answer in answers] == ["a", "b"]
    caller = Caller(principal="wang", locale=Locale.EN, call_id=new_call_id())
    for document, name in (
        ('subscription { ledgerEach(input: {text: "ab"}) { text } }', "ledgerEach"),
        ('subscription { invokeStream(operation: "ledger.each", input: {text: "ab"}) }', "invokeStream"),
    ):
        events = doors.door.subscribe(doors.door.prepare(document, None, {}), {}, caller)
        assert [event.body["data"][name]["text"] async for event in events] == ["a", "b"]


async def test_the_schema_follows_what_runs(doors):
    await doors.city.ledger()
    listed = await doors.graphql("wang", '{ operations(capability: "ledger") { name effect streaming } }')
    assert {"name": "ledger.note", "effect": "write", "streaming": False} in listed["operations"]
    wire = await doors.grpc("wang", unary(CapabilityServiceStub, "ListOperations"), cap.ListOperationsRequest())
    assert [each.name for each in wire.operations] == [each["name"] for each in listed["operations"]]
    prepared = doors.door.prepare("{ ledger { version(input: {}) { text } } }", None, {})
    await doors.graphql("founder", DISABLE, n="ledger", r="closed")
    with pytest.raises(Exception, match="1 errors in the document"):
        doors.door.prepare("{ ledger { version(input: {}) { text } } }", None, {})
    caller = Caller(principal="wang", locale=Locale.EN, call_id=new_call_id())
    late = (await doors.door.run(prepared, {}, caller)).body
    assert late["errors"][0]["extensions"]["reason"] in ("OPERATION_NOT_FOUND", "PLUGIN_NOT_RUNNING")


async def test_enabling_and_disabling_answer_at_both_doors_alike(doors):
    await doors.city.ledger()
    closed = await doors.graphql("founder", DISABLE, n="ledger", r="closed")
    assert closed["plugin"]["state"] == "disabled"
    request = plug.EnablePluginRequest(name="ledger")
    opened = await doors.grpc("founder", unary(PluginServiceStub, "EnablePlugin"), request)
    assert opened.plugin.state == plug.PLUGIN_STATE_RUNNING
    again = (await doors.graphql("founder", ENABLE, n="ledger", v=True))["plugin"]
    wire = (await doors.grpc("founder", unary(PluginServiceStub, "ListPlugins"), plug.ListPluginsRequest())).plugins[0]
    assert (again["name"], again["version"], again["owner"]) == (wire.name, wire.version, wire.owner)
    assert list(wire.operations) == again["operations"]


CHANGES = {
    "enablePlugin": lambda doors, who: doors.graphql(who, ENABLE, n="ledger"),
    "EnablePlugin": lambda doors, who: doors.grpc(
        who, unary(PluginServiceStub, "EnablePlugin"), plug.EnablePluginRequest(name="ledger")
    ),
    "disablePlugin": lambda doors, who: doors.graphql(who, DISABLE, n="ledger", r="x"),
    "DisablePlugin": lambda doors, who: doors.grpc(
        who, unary(PluginServiceStub, "DisablePlugin"), plug.DisablePluginRequest(name="ledger", reason="x")
    ),
    "replayEvents": lambda doors, who: doors.graphql(
        who, 'mutation { replayEvents(subscription: "x", positions: [1]) }'
    ),
    "ReplayEvents": lambda doors, who: doors.grpc(
        who,
        unary(PluginServiceStub, "ReplayEvents"),
        plug.ReplayEventsRequest(subscription="x", positions=[1]),
    ),
}


async def test_a_refused_change_leaves_one_entry_whatever_the_door(doors_of_each_store):
    """Promise 14, for what is refused."""
    await doors_of_each_store.city.ledger()
    for name, change in CHANGES.items():
        async with doors_of_each_store.city.store.read() as reader:
            before = reader.head.position
        assert await reason_of(change(doors_of_each_store, "wang")) == "DENIED_THERE", name
        async with doors_of_each_store.city.store.read() as reader:
            entries = await reader.log(after=before, first=10)
        assert [(each.outcome, each.actor) for each in entries] == [(Outcome.REFUSED, "principals/wang")], name


async def test_a_call_that_changes_something_leaves_one_entry_whatever_the_door(doors_of_each_store):
    """Promise 14, for what is accepted and for what is refused."""
    await doors_of_each_store.city.ledger()
    for name, call in WAYS.items():
        for asked, outcome in (({"key": name}, Outcome.ACCEPTED), ({"level": "high"}, Outcome.REFUSED)):
            async with doors_of_each_store.city.store.read() as reader:
                before = reader.head.position
            if outcome is Outcome.ACCEPTED:
                await call(doors_of_each_store, "wang", "ledger.note", **asked)
            else:
                await reason_of(call(doors_of_each_store, "wang", "ledger.note", **asked))
            async with doors_of_each_store.city.store.read() as reader:
                entries = await reader.log(after=before, first=10)
            assert [each.outcome for each in entries] == [outcome], (name, asked)
