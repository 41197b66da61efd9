"""Promise 28 for watches: they end with a word when their node stops, and resume at another without missing anything.

Watchers follow two nodes, each a process of its own, while resources are entered and the nodes are restarted one after the
other. A watch that ends must say DRAINING; what all connections of a watcher were told together is held against the log.
"""

from __future__ import annotations

import asyncio
import signal
from typing import Any

import grpc

from ucs.errors.v1.error_detail_pb2 import ErrorDetail
from ucs.registry.v1 import resource_service_pb2 as api
from ucs.registry.v1.resource_service_pb2_grpc import ResourceServiceStub
from ucs_registry.log import Outcome

WATCHERS, ROUNDS = 4, 1
REFUSED = "onnection refused"
CHANNEL = [
    ("grpc.enable_http_proxy", 0),
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 100),
]


class Follower:
    """Watches at one node until the watch ends, and goes on behind its last position at the other."""

    def __init__(self, city: Any, nodes: list[Any], number: int) -> None:
        self._metadata = [("authorization", f"Bearer {city.token('editor')}")]
        self._nodes = nodes
        self._turn = number
        self.position = 0
        self.told: list[tuple[int, str]] = []
        self.ends: list[str] = []
        self.moved = asyncio.Condition()

    async def run(self) -> None:
        while True:
            node = self._nodes[self._turn % len(self._nodes)]
            async with grpc.aio.insecure_channel(node.grpc, CHANNEL) as channel:
                call = ResourceServiceStub(channel).Watch(
                    api.WatchResourcesRequest(after=self.position), metadata=self._metadata
                )
                try:
                    async for event in call:
                        await self._note(event)
                except grpc.aio.AioRpcError as end:
                    self._ended(end)
            self._turn += 1
            await asyncio.sleep(0.02)

    async def reaches(self, position: int) -> None:
        async with self.moved, asyncio.timeout(30):
            await self.moved.wait_for(lambda: self.position >= position)

    async def _note(self, event: Any) -> None:
        async with self.moved:
            self.position = event.position
            if event.name:
                self.told.append((event.position, event.name))
            self.moved.notify_all()

    def _ended(self, end: grpc.aio.AioRpcError) -> None:
        trailing = end.trailing_metadata() or {}
        if "ucs-error-bin" in trailing:
            self.ends.append(ErrorDetail.FromString(trailing["ucs-error-bin"]).reason)
        elif REFUSED not in (end.details() or ""):
            self.ends.append(f"{end.code().name} {end.details()}")


async def enter(city: Any, forms: Any, node: Any, codes: list[str]) -> None:
    """Enter resources at a node."""
    metadata = [("authorization", f"Bearer {city.token('editor')}")]
    async with grpc.aio.insecure_channel(node.grpc, CHANNEL) as channel:
        for code in codes:
            request = api.CreateResourceRequest(resource=forms.message(code), request_id=f"request-{code}")
            await ResourceServiceStub(channel).Create(request, metadata=metadata, wait_for_ready=True, timeout=30)


async def violations(city: Any, forms: Any, findings: Any, **given: Any) -> list[str]:
    """What is wrong with how watches went through a restart of each node."""
    nodes = [city.node(UCS_LAME_DUCK_SECONDS="0.1", **given) for _ in range(2)]
    for node in nodes:
        node.start()
    for node in nodes:
        await node.answers()
    followers = [Follower(city, nodes, number) for number in range(WATCHERS)]
    following = [asyncio.create_task(follower.run()) for follower in followers]
    try:
        for turn in range(2 * ROUNDS * findings.effort):
            stopping, other = nodes[turn % 2], nodes[1 - turn % 2]
            await enter(city, forms, other, [f"QD-W-{turn}-{at}" for at in range(5)])
            last = (await city.entries())[-1].position
            await asyncio.gather(*(follower.reaches(last) for follower in followers))
            stopping.send(signal.SIGTERM)
            await enter(city, forms, other, [f"QD-W-{turn}-{at}" for at in range(5, 10)])
            await stopping.exit_code()
            findings.faults += 1
            stopping.start()
            await stopping.answers()
        entries = await city.entries()
        await asyncio.gather(*(follower.reaches(entries[-1].position) for follower in followers))
    finally:
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)
    for node in nodes:
        node.send(signal.SIGTERM)
        await node.exit_code()
    return [wrong for follower in followers for wrong in wrongs(follower, entries, findings)]


def wrongs(follower: Follower, entries: Any, findings: Any) -> list[str]:
    """Ends without a word, and changes that were missed or told twice."""
    true = [
        (entry.position, entry.object)
        for entry in entries
        if entry.outcome is Outcome.ACCEPTED and entry.object.startswith("resources/")
    ]
    findings.tried += len(follower.told)
    found = [f"a watch ended with {end}" for end in follower.ends if end != "DRAINING"]
    return found + [f"told {len(follower.told)} changes, not {len(true)}"] * (follower.told != true)


async def test_watches_resume_at_another_node(city, forms, findings):
    found = await violations(city, forms, findings)
    findings.expect_none(found)


async def test_a_node_that_exits_at_once_is_found_ending_watches_without_a_word(city, forms, findings):
    findings.expect_caught("exits at once", await violations(city, forms, findings, grown="exits_at_once"))
