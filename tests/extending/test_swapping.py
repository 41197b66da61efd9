"""A plugin is swapped on a served node while calls come in at both of its doors: over HTTP and over gRPC."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import httpx2
import orjson
import pytest
from plugin_city import Clock, a_ledger, founded

from ucs.capability.v1 import capability_service_pb2 as cap
from ucs.capability.v1.capability_service_pb2_grpc import CapabilityServiceStub
from ucs_core.app import Node, running
from ucs_core.platform import Call
from ucs_core.readiness import Phase
from ucs_core.settings import Settings
from ucs_registry.sql import open_store
from ucs_sdk.plugins import FoundPlugin

URLS = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}
VERSIONS = ("2.0", "3.0", "4.0")
CALLS_EACH = 12
"""How many calls have to come back between two swaps, so that there are some before, during and after each."""

WHICH = """
@ledger.operation(title_zh="哪版", title_en="Which")
async def which(ctx: Context, asked: Asked) -> Found:
    await ctx.clock.sleep(0.002)
    return Found(text="{version}")

@ledger.operation(title_zh="记版", title_en="Mark", effect="write")
async def mark(ctx: Context, asked: Asked) -> Found:
    async with ctx.unit() as unit:
        unit.documents("notes", Note).put("{version}." + asked.key, Note(text="{version}"))
    return Found(text="{version}")
"""


@dataclass
class Load:
    """Calls that are made over and over at the doors of a node, and what came of them."""

    http: httpx2.AsyncClient
    stub: Any
    metadata: list[tuple[str, str]]
    versions: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    back: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def go_on(self, ask: Callable[[], Awaitable[str]]) -> None:
        """Call until cancelled."""
        while True:
            try:
                self.versions.append(await ask())
            except (AssertionError, grpc.aio.AioRpcError) as failure:
                self.failures.append(repr(failure))
            async with self.back:
                self.back.notify_all()

    async def some(self) -> None:
        """Wait until so many more calls have come back."""
        wanted = len(self.versions) + len(self.failures) + CALLS_EACH
        async with self.back:
            await self.back.wait_for(lambda: len(self.versions) + len(self.failures) >= wanted)

    async def over_grpc(self) -> str:
        """A read, generically."""
        request = cap.InvokeRequest(operation="ledger.which", input=b"{}")
        answer = await self.stub.Invoke(request, metadata=self.metadata)
        return str(orjson.loads(answer.output)["text"])

    async def over_graphql(self) -> str:
        """A read, by the capability's own typed field."""
        return str((await self._asked("{ ledger { which { text } } }"))["ledger"]["which"]["text"])

    async def written(self) -> str:
        """A write."""
        document = 'mutation { ledger { mark(input: {key: "k"}) { text } } }'
        return str((await self._asked(document))["ledger"]["mark"]["text"])

    async def _asked(self, document: str) -> Any:
        body = (await self.http.post("/graphql", json={"query": document})).json()
        assert "errors" not in body, body
        return body["data"]


@asynccontextmanager
async def served(url: str, folder: Path) -> AsyncIterator[Node]:
    """A node with people in its city and both doors open."""
    store = await open_store(url)
    await founded(store, Clock())
    await store.close()
    settings = Settings(
        database_url=url,
        origin="here",
        http="127.0.0.1:0",
        grpc="127.0.0.1:0",
        key_file=folder / "key.json",
        log_key_file=folder / "log.json",
        checkpoint_file=folder / "checkpoint",
        lame_duck_seconds=0,
        operation_calls_per_minute=1_000_000,
    )
    async with running(settings) as node:
        node.readiness.enter(Phase.SERVING)
        yield node


Swap = Callable[[Node, FoundPlugin, Load], Awaitable[None]]


async def swapped_under_load(url: str, folder: Path, swap: Swap, versions: tuple[str, ...] = VERSIONS) -> Load:
    """What came of calls while a plugin was swapped under them, once for each version."""
    async with served(url, folder) as node:
        await enabled(node, version(folder, "1.0"))
        token = node.issuer.issue("wang", lifetime=timedelta(minutes=5))
        headers = {"Authorization": f"Bearer {token}"}
        async with (
            httpx2.AsyncClient(base_url=f"http://{node.http}", headers=headers, trust_env=False) as http,
            grpc.aio.insecure_channel(node.grpc) as channel,
        ):
            load = Load(http, CapabilityServiceStub(channel), [("authorization", f"Bearer {token}")])
            asks = (load.over_grpc, load.over_graphql, load.written, load.over_grpc, load.over_graphql)
            callers = [asyncio.create_task(load.go_on(ask)) for ask in asks]
            await load.some()
            for number in versions:
                await swap(node, version(folder, number), load)
                await load.some()
            for caller in callers:
                caller.cancel()
            await asyncio.gather(*callers, return_exceptions=True)
            return load


def version(folder: Path, number: str) -> FoundPlugin:
    return a_ledger(folder, WHICH.replace("{version}", number), number)


async def enabled(node: Node, found: FoundPlugin) -> None:
    await node.platform.extensions.load(Call(principal="founder"), found, "water")


async def at_once(node: Node, found: FoundPlugin, _load: Load) -> None:
    """A swap as it is."""
    await enabled(node, found)


async def after_ending_the_other(node: Node, found: FoundPlugin, load: Load) -> None:
    """A swap that leaves a gap: the version before is ended, and only then is the next one loaded."""
    await node.platform.disable_plugin(Call(principal="founder"), found.name, reason="a new version comes")
    await load.some()
    await enabled(node, found)


@pytest.fixture(params=[*URLS])
def url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(URLS[request.param]))


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    # Where a proxy is set for the world outside, grpc would look for the loopback behind it.
    monkeypatch.setenv("no_grpc_proxy", "127.0.0.1")


async def test_no_call_fails_at_either_door_while_a_plugin_is_swapped(url: str, tmp_path: Path) -> None:
    load = await swapped_under_load(url, tmp_path, at_once)
    assert load.failures == []
    assert set(load.versions) == {"1.0", *VERSIONS}


async def test_a_swap_that_leaves_a_gap_is_found(sqlite_url: str, tmp_path: Path) -> None:
    load = await swapped_under_load(sqlite_url, tmp_path, after_ending_the_other, VERSIONS[:1])
    assert load.failures
