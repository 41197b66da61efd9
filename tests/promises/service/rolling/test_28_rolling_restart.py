"""Promise 28: a rolling restart fails no call.

Two nodes on one database answer a load over both doors. Nodes are stopped by SIGTERM while writes are held back under
way at each of their doors, and started again. What the clients were told is compared with the catalogue and the log.
"""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial

import grpc
import httpx2
import pytest

from ucs.registry.v1 import resource_service_pb2 as api
from ucs.registry.v1.resource_service_pb2_grpc import ResourceServiceStub
from ucs_registry.log import Outcome
from ucs_registry.queries import ResourceQuery
from ucs_registry.sql import open_store

ROUNDS = 2
"""How often each node is restarted in the short form."""

ARRIVED_SECONDS = 0.05
"""How long a request on its way is given to arrive at a node on the same machine."""


@asynccontextmanager
async def writes_held_back(city) -> AsyncIterator[None]:
    """Hold the writers' turn from outside: every write that was begun stays under way until the end of the block."""
    store = await open_store(city.url)
    try:
        async with store.write():
            yield
    finally:
        await store.close()


async def refuses(address: str) -> None:
    """Wait until nobody listens at an address any more."""
    host, _, port = address.rpartition(":")
    async with asyncio.timeout(30):
        while True:
            try:
                _, writer = await asyncio.open_connection(host, int(port))
                writer.close()
            except ConnectionRefusedError:
                return
            except ConnectionResetError:
                # It went away while we were at its door: the next try tells.
                continue
            await asyncio.sleep(0.01)


async def restart(city, load, node, name: str, while_lame: Callable[[], Awaitable[None]] | None = None) -> int:
    """Stop a node by SIGTERM with writes under way at both doors, and start it again; its exit code."""
    await load.ready(node)
    async with asyncio.TaskGroup() as writing, writes_held_back(city), half_sent(city, node) as finished:
        writing.create_task(load.write_at_both_doors(node, name))
        await load.guide.until(lambda: load.under_way(node))
        await asyncio.sleep(ARRIVED_SECONDS)
        node.send(signal.SIGTERM)
        if while_lame is not None:
            await load.gone(node)
            await while_lame()
        await refuses(node.http)
        await refuses(node.grpc)
        if while_lame is not None:
            assert load.under_way(node)
            assert await finished() == b"HTTP/1.1 200 OK\r\n"
    code = await node.exit_code()
    node.start()
    await load.ready(node)
    return code


@asynccontextmanager
async def half_sent(city, node) -> AsyncIterator[Callable[[], Awaitable[bytes]]]:
    """A request whose body has arrived half; what is yielded sends the other half, and gives the answer's first line."""
    host, _, port = node.http.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    body = b'{"query": "{ viewer { id } }"}'
    head = f"POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {city.token('editor')}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body[:10])
    await writer.drain()

    async def finished() -> bytes:
        writer.write(body[10:])
        try:
            return await reader.readline()
        except ConnectionResetError:
            # The node is gone, which is no answer.
            return b""

    yield finished
    writer.close()
    with suppress(ConnectionResetError):
        await writer.wait_closed()


async def still_serves(city, node) -> None:
    """That a node which says it is draining serves what reaches it nevertheless, and asks to be left."""
    headers = {"authorization": f"Bearer {city.token('editor')}"}
    async with httpx2.AsyncClient(trust_env=False, headers=headers) as client:
        answer = await client.post(f"http://{node.http}/graphql", json={"query": "{ viewer { id } }"})
    assert (answer.status_code, answer.headers["connection"]) == (200, "close")
    async with grpc.aio.insecure_channel(node.grpc) as channel:
        metadata = (("authorization", headers["authorization"]),)
        assert (await ResourceServiceStub(channel).List(api.ListResourcesRequest(), metadata=metadata)).position


async def false_acknowledgements(city, told) -> AsyncIterator[str]:
    """Where the catalogue or the log does not hold exactly once what was acknowledged, or holds something else."""
    store = await open_store(city.url)
    async with store.read() as reader:
        for code in told.written.values():
            resource = await reader.resource_by_code(code)
            if resource is None or told.names.get(code, resource.name) != resource.name:
                yield f"{code} was acknowledged and is not there"
        count = await reader.count(ResourceQuery(), None)
    await store.close()
    if count != len(told.written):
        yield f"{count} resources are there, {len(told.written)} were acknowledged"
    entries = await city.entries()
    logged = Counter(entry.request_id for entry in entries if entry.outcome is Outcome.ACCEPTED)
    for id in told.written:
        if not id.startswith("imported") and logged[id] != 1:
            yield f"the log holds {logged[id]} entries of {id}"


@pytest.fixture
def start(city):
    """Starts two nodes."""

    def both(**given):
        nodes = [city.node(**given), city.node(**given)]
        for node in nodes:
            node.start()
        return nodes

    return both


async def test_a_rolling_restart_fails_no_call(city, load, start, findings):
    nodes = start()
    async with load(nodes) as loaded:
        for number, node in enumerate(nodes * ROUNDS * findings.effort):
            assert await restart(city, loaded, node, f"H{number}", partial(still_serves, city, node)) == 0
            findings.faults += 1
    for node in nodes:
        node.send(signal.SIGTERM)
    assert [await node.exit_code() for node in nodes] == [0, 0]
    assert "Traceback" not in "".join(node.output for node in nodes)
    told = loaded.told
    findings.tried = sum(told.answered.values())
    findings.expect_none(told.failures)
    assert loaded.importer.resumed
    findings.expect_none([violation async for violation in false_acknowledgements(city, told)])


async def test_a_node_that_exits_at_once_is_found_failing_calls(city, load, start, findings):
    nodes = start(grown="exits_at_once")
    async with load(nodes) as loaded:
        await restart(city, loaded, nodes[0], "H")
    findings.expect_caught("a node that exits at once", loaded.told.failures)
