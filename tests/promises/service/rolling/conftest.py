"""A load over both doors of several nodes, by clients that keep to a node which says that it is ready.

A client goes to another node only when a connection is refused, which is before anything was begun.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import product

import grpc
import httpx2
import orjson
import pytest
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub

from ucs.registry.v1 import resource_service_pb2 as api
from ucs.registry.v1.resource_service_pb2_grpc import ResourceServiceStub
from ucs_core.grpc.client import import_lines
from ucs_sdk.errors import UcsError

FRESH_SECONDS = 0.2
"""What is known of a node is believed for so long; it must be less than a node's lame-duck time."""

ASKED_EVERY_SECONDS = 0.02
DOORS = ("http", "grpc")
BREATH_SECONDS = 0.02
CHUNK = 5

CHANNEL = [
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.min_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 100),
]
CREATE = """mutation($input: CreateResourceInput!, $requestId: String) {
    createResource(input: $input, requestId: $requestId) { id } }"""


class Refused(Exception):
    """No connection: nothing was begun."""


class Failed(Exception):
    """A call that was begun got no answer, or not the one it should have got."""


@dataclass(kw_only=True)
class Told:
    """What the clients were told, and what is still under way."""

    written: dict[str, str] = field(default_factory=dict)
    """The code of each resource by the request id of the call that entered it."""
    names: dict[str, str] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    answered: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    under_way: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Writes by node (its HTTP address) and door."""


class Guide:
    """Asks each node at each door whether it is ready."""

    def __init__(self, nodes) -> None:
        self._nodes = nodes
        self._ready: dict[tuple[str, str], tuple[bool, float]] = {}
        self._changed = asyncio.Condition()
        self.phases: list[str] = []

    def ready(self, node, door: str) -> bool:
        said, at = self._ready.get((node.http, door), (False, 0.0))
        return said and time.monotonic() - at < FRESH_SECONDS

    async def until(self, wanted: Callable[[], bool]) -> None:
        async with self._changed, asyncio.timeout(30):
            await self._changed.wait_for(wanted)

    async def choose(self, door: str, home: int, avoided=None):
        """The node at home when it is ready, else another."""
        nodes = self._nodes[home:] + self._nodes[:home]

        def found():
            return next((node for node in nodes if node is not avoided and self.ready(node, door)), None)

        await self.until(lambda: found() is not None)
        return found()

    async def follow(self, node, door: str) -> None:
        ask = self._over_http if door == "http" else self._over_grpc
        async with ask(node) as asked:
            while True:
                began = time.monotonic()
                said = await asked()
                async with self._changed:
                    self._ready[node.http, door] = said, began
                    self._changed.notify_all()
                await asyncio.sleep(ASKED_EVERY_SECONDS)

    @asynccontextmanager
    async def _over_http(self, node) -> AsyncIterator[Callable[[], Awaitable[bool]]]:
        async with httpx2.AsyncClient(trust_env=False, timeout=5) as client:

            async def asked() -> bool:
                try:
                    answer = await client.get(f"http://{node.http}/readyz")
                except httpx2.TransportError:
                    return False
                self.phases.append(answer.json()["phase"])
                return answer.status_code == 200

            yield asked

    @asynccontextmanager
    async def _over_grpc(self, node) -> AsyncIterator[Callable[[], Awaitable[bool]]]:
        async with grpc.aio.insecure_channel(node.grpc, CHANNEL) as channel:

            async def asked() -> bool:
                try:
                    return (await HealthStub(channel).Check(HealthCheckRequest())).status == HealthCheckResponse.SERVING
                except grpc.aio.AioRpcError:
                    return False

            yield asked


class Client:
    """Calls at one door, one after the other; its calls go home as long as home is ready."""

    def __init__(self, name: str, door: str, home: int, city, guide: Guide, told: Told, forms) -> None:
        self._name, self._door, self._home = name, door, home
        self._guide, self._told, self._forms = guide, told, forms
        self._bearer = f"Bearer {city.token('editor')}"
        self._count = 0

    async def run(self, nodes, ending: asyncio.Event, *, writes: bool) -> None:
        async with self._connections(nodes) as (self._http, self._stubs):
            while not ending.is_set():
                if writes:
                    await self._call(self._write)
                await self._call(self._read)
                # SQLite does not queue its writers: without a breath the node that writes keeps the other from it.
                await asyncio.sleep(BREATH_SECONDS)

    async def write_at(self, node, nodes) -> None:
        """One write at a node, whatever it says of itself."""
        async with self._connections(nodes) as (self._http, self._stubs):
            await self._call(self._write, node)

    @asynccontextmanager
    async def _connections(self, nodes):
        channels = {node.http: grpc.aio.insecure_channel(node.grpc, CHANNEL) for node in nodes}
        async with httpx2.AsyncClient(trust_env=False, timeout=30) as http:
            yield http, {place: ResourceServiceStub(channel) for place, channel in channels.items()}
        for channel in channels.values():
            await channel.close()

    async def _call(self, call, node=None) -> None:
        avoided = None
        self._count += 1
        code = f"QD-{self._name}-{self._count:05}"
        while True:
            node = node or await self._guide.choose(self._door, self._home, avoided)
            try:
                await call(node, code)
                self._told.answered[f"{self._door}{call.__name__}"] += 1
                return
            except Refused:
                self._told.refused += 1
                avoided, node = node, None
            except Failed as failure:
                self._told.failures.append(f"{self._door}{call.__name__} of {code}: {failure}")
                return

    async def _write(self, node, code: str) -> None:
        self._told.under_way[node.http, self._door] += 1
        try:
            request_id = f"request-{code}"
            if self._door == "http":
                variables = {"input": self._forms.variable(code), "requestId": request_id}
                name = (await self._ask(node, CREATE, variables))["createResource"]["id"]
            else:
                request = api.CreateResourceRequest(resource=self._forms.message(code), request_id=request_id)
                name = (await self._send(node, "Create", request)).name
        finally:
            self._told.under_way[node.http, self._door] -= 1
        self._told.written[request_id] = code
        self._told.names[code] = name

    async def _read(self, node, code: str) -> None:
        if self._door == "http":
            await self._ask(node, "{ resources(first: 3) { totalCount nodes { id } } }", {})
        else:
            await self._send(node, "List", api.ListResourcesRequest(page_size=3))

    async def _ask(self, node, query: str, variables):
        body, headers = {"query": query, "variables": variables}, {"authorization": self._bearer}
        try:
            answer = await self._http.post(f"http://{node.http}/graphql", json=body, headers=headers)
        except httpx2.ConnectError as cause:
            raise Refused from cause
        except httpx2.TransportError as cause:
            raise Failed(repr(cause)) from cause
        if answer.status_code != 200 or "errors" in answer.json():
            raise Failed(f"{answer.status_code} {answer.text}")
        return answer.json()["data"]

    async def _send(self, node, method: str, request):
        try:
            metadata = (("authorization", self._bearer),)
            return await getattr(self._stubs[node.http], method)(request, metadata=metadata, timeout=30)
        except grpc.aio.AioRpcError as cause:
            if cause.code() is grpc.StatusCode.UNAVAILABLE and "onnection refused" in cause.details():
                raise Refused from cause
            raise Failed(f"{cause.code()} {cause.details()}") from cause


def _lines(chunk: list[dict[str, object]]) -> bytes:
    return b"".join(orjson.dumps(item) + b"\n" for item in chunk)


class Importer:
    """Sends one long import, chunk by chunk, and goes on at another node where a stopping one has left off."""

    def __init__(self, city, guide: Guide, told: Told, forms) -> None:
        self._token, self._guide, self._told, self._forms = city.token("admin"), guide, told, forms
        self._ending = threading.Event()
        self.resumed = 0

    def stop(self) -> None:
        self._ending.set()

    async def run(self) -> None:
        done = home = 0
        while not self._ending.is_set():
            node = await self._guide.choose("grpc", home)
            try:
                async for count in import_lines(node.grpc, self._token, map(_lines, self._chunks(done))):
                    done += count
            except UcsError as error:
                if error.reason == "PLATFORM_UNREACHABLE" and "onnection refused" in str(error.fields["problem"]):
                    continue
                if error.reason != "DRAINING":
                    self._told.failures.append(f"import: {error}")
                    return
                # What was told on the way may have been sent and not entered: the refusal says what stays.
                done = self._began + int(str(error.fields["committed"]))
                self.resumed += 1
                home = 1 - home
        self._told.written.update({f"imported-{number}": f"QD-I-{number:05}" for number in range(done)})

    def _chunks(self, done: int) -> Iterator[list[dict]]:
        self._began = done
        # grpc takes them in a thread of its own, and may do so for a while after the stream has ended.
        while not self._ending.wait(0.03):
            yield [self._forms.plain(f"QD-I-{number:05}") for number in range(done, done + CHUNK)]
            done += CHUNK


@asynccontextmanager
async def _calling(city, nodes, forms) -> AsyncIterator[tuple[Guide, Told, Importer]]:
    """Eight clients and an import, until the end of the block; then the last calls are waited for."""
    guide, told, ending = Guide(nodes), Told(), asyncio.Event()
    following = [asyncio.create_task(guide.follow(node, door)) for node in nodes for door in DOORS]
    importer = Importer(city, guide, told, forms)
    calling = []
    for number, (writes, home, door) in enumerate(product((True, False), (0, 1), DOORS)):
        client = Client(str(number), door, home, city, guide, told, forms)
        calling.append(asyncio.create_task(client.run(nodes, ending, writes=writes)))
    calling.append(asyncio.create_task(importer.run()))
    try:
        yield guide, told, importer
        ending.set()
        importer.stop()
        async with asyncio.timeout(30):
            await asyncio.gather(*calling)
    finally:
        importer.stop()
        for task in (*calling, *following):
            task.cancel()
        await asyncio.gather(*calling, *following, return_exceptions=True)


@dataclass(frozen=True, kw_only=True)
class Load:
    """What a test does with all this."""

    guide: Guide
    told: Told
    importer: Importer
    nodes: list
    city: object
    forms: object

    async def ready(self, node) -> None:
        """Wait until a node says at both doors that it is ready."""
        await self.guide.until(lambda: all(self.guide.ready(node, door) for door in DOORS))

    async def gone(self, node) -> None:
        """Wait until a node says at neither door that it is ready."""
        await self.guide.until(lambda: not any(self.guide.ready(node, door) for door in DOORS))

    def under_way(self, node) -> bool:
        """Whether a write was begun at each door of a node and has not ended."""
        return all(self.told.under_way[node.http, door] for door in DOORS)

    async def write_at_both_doors(self, node, name: str) -> None:
        """One write at each door of a node, whatever it says of itself."""
        async with asyncio.TaskGroup() as writing:
            for door in DOORS:
                client = Client(f"{name}-{door}", door, 0, self.city, self.guide, self.told, self.forms)
                writing.create_task(client.write_at(node, self.nodes))


@pytest.fixture
def load(city, forms):
    """Puts nodes under load until the end of a block."""

    @asynccontextmanager
    async def loaded(nodes) -> AsyncIterator[Load]:
        async with _calling(city, nodes, forms) as (guide, told, importer):
            yield Load(guide=guide, told=told, importer=importer, nodes=nodes, city=city, forms=forms)

    return loaded
