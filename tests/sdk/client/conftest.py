"""A city behind a real server on loopback, which a test stops and starts again at the same address."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from plugin_city import PluginCity, nodes

from ucs_core.access.tokens import LocalIssuer
from ucs_core.grpc.server import GrpcServer, start_grpc
from ucs_core.platform import Call
from ucs_core.readiness import Phase, Readiness
from ucs_core.settings import Settings
from ucs_sdk.client import AsyncClient, Client, Retries

QUICK = Retries(first=0.005, most=0.02)
"""Tests wait for servers, and not for chance."""

STREAM = """
@ledger.operation(title_zh="逐个", title_en="Each")
async def each(ctx: Context, asked: Asked) -> AsyncIterator[Found]:
    for letter in asked.text:
        yield Found(text=letter)

@ledger.operation(title_zh="等", title_en="Wait", timeout=60)
async def wait(ctx: Context, asked: Asked) -> Found:
    await asyncio.sleep(60)
    return Found()
"""


class Served:
    """A city, and the server through which it is called."""

    def __init__(self, city: PluginCity) -> None:
        self.city = city
        self.platform: Any = city.platform
        self.address = "127.0.0.1:0"
        self._server: GrpcServer | None = None
        self.rotate()

    def rotate(self) -> None:
        """Sign and trust with another key: tokens that were given out count no more."""
        self.key = Ed25519PrivateKey.generate()
        self.city.platform.verifier.trust(LocalIssuer(self.key).public_keys)

    def token(self, who: str = "wang", *, ago: float = 0) -> str:
        """A token of ten minutes, issued some seconds ago."""
        issuer = LocalIssuer(self.key, now=lambda: time.time() - ago)
        return issuer.issue(who, lifetime=timedelta(minutes=10))

    async def start(self) -> None:
        """Answer, at the same address as before."""
        readiness = Readiness(self.city.store.ping)
        self._server = await start_grpc(self.platform, readiness, Settings(grpc=self.address, http="127.0.0.1:0"))
        readiness.enter(Phase.SERVING)
        self.address = self._server.address

    async def stop(self) -> None:
        """Answer no more, from one moment to the next."""
        server, self._server = self._server, None
        if server is not None:
            await server.stop(0)

    def asynchronous(self, who: str = "wang", **stated: Any) -> AsyncClient:
        return AsyncClient(self.address, **{"token": self.token(who), "retries": QUICK, **stated})

    def synchronous(self, who: str = "wang", **stated: Any) -> Client:
        return Client(self.address, **{"token": self.token(who), "retries": QUICK, **stated})

    async def head(self) -> int:
        """The last position of the log."""
        async with self.city.store.read() as reader:
            return reader.head.position

    async def enter(self, code: str, **content: Any) -> str:
        """Enter a resource as its author; its name."""
        made = await self.city.platform.resources.create(Call(principal="wang"), new(code, **content))
        return made.name


def new(code: str, **content: Any) -> dict[str, Any]:
    """A resource to enter."""
    return {
        "code": code,
        "kind": "data",
        "type": "dataset",
        "owner": "water",
        "content": {
            "title": {"zh": "积水点", "en": "Waterlogging spots"},
            "summary": {"zh": "城区易积水点清单", "en": "Spots that flood"},
            "tags": ["防汛"],
            "share_type": "unconditional",
            "data_level": "l1",
            "contact": "水务值班室",
            "location": {"longitude": 120.4, "latitude": 36.1},
            "spec": {
                "items": [{"name": "depth", "title": "深度", "data_type": "decimal", "length": 10}],
                "row_count": 42,
            },
            **content,
        },
    }


@asynccontextmanager
async def serving(folder: Any) -> AsyncIterator[Served]:
    """A city with the ledger in it, served."""
    async with nodes(None, folder) as [city]:
        await city.ledger(STREAM)
        served = Served(city)
        await served.start()
        try:
            yield served
        finally:
            await served.stop()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    # Where a proxy is set for the world outside, grpc would look for the loopback behind it.
    monkeypatch.setenv("no_grpc_proxy", "127.0.0.1")


@pytest.fixture
async def served(tmp_path):
    async with serving(tmp_path) as served:
        yield served
