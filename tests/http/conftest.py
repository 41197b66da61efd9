"""The HTTP surface over a small platform, asked in process."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2
import pytest
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.applications import Starlette

from ucs_core.access.tokens import LocalIssuer
from ucs_core.http import build_http
from ucs_core.http.wire import Http11
from ucs_core.platform import Call, Platform, build_platform, system_clock
from ucs_core.platform.founding import found
from ucs_core.readiness import Phase, Readiness
from ucs_core.settings import Settings
from ucs_registry.memory import InMemoryStore
from ucs_registry.organizations import Bilingual, NewOrganization
from ucs_registry.ports import Store
from ucs_registry.principals import Principal
from ucs_sdk.vocabulary import OrganizationKind, OrganizationLevel, PrincipalKind

NEWER, OLDER = "application/graphql-response+json", "application/json"

NEW = {
    "code": "QD-1",
    "kind": "data",
    "type": "dataset",
    "owner": "organizations/3702",
    "content": {
        "title": {"zh": "积水点", "en": "Waterlogging spots"},
        "summary": {"zh": "清单", "en": "A list"},
        "shareType": "unconditional",
        "dataLevel": "l1",
        "spec": {"items": [{"name": "depth", "title": "深度", "data_type": "decimal", "length": 10}]},
    },
}


@dataclass(kw_only=True)
class Surface:
    """The surface, what stands behind it, and a client."""

    app: Starlette
    store: Store
    platform: Platform
    readiness: Readiness
    settings: Settings
    issuer: LocalIssuer
    http: httpx2.AsyncClient

    def token(self, principal: str = "admin", seconds: float = 600) -> str:
        """A token for a principal."""
        return self.issuer.issue(principal, lifetime=timedelta(seconds=seconds))

    def headers(self, principal: str = "admin", **more: str) -> dict[str, str]:
        """The headers of a principal's request; underscores stand for hyphens."""
        return {"Authorization": f"Bearer {self.token(principal)}", **{k.replace("_", "-"): v for k, v in more.items()}}

    async def post(self, body: Any, *, principal: str = "admin", **headers: str) -> httpx2.Response:
        """Post a JSON body to /graphql."""
        return await self.http.post("/graphql", json=body, headers=self.headers(principal, **headers))

    async def ask(self, query: str, variables: Mapping[str, Any] | None = None, **headers: str) -> httpx2.Response:
        """Post a document."""
        return await self.post({"query": query, "variables": variables or {}}, **headers)


async def settle(store: Store) -> None:
    """Found the platform with one organisation and two people."""
    city = NewOrganization(
        id="3702",
        parent=None,
        title=Bilingual(zh="青岛市", en="Qingdao"),
        level=OrganizationLevel.CITY,
        kind=OrganizationKind.DIVISION,
    )
    admin = Principal(id="admin", kind=PrincipalKind.PERSON, title="管理员", organization="3702")
    await found(store, system_clock, "test", [city], admin)


@asynccontextmanager
async def opened(store: Store, **chosen: Any) -> AsyncIterator[Surface]:
    """The surface over a store, until the end of the block."""
    settings = Settings(origin="qingdao", **chosen)
    issuer = LocalIssuer(Ed25519PrivateKey.generate())
    platform = build_platform(store, issuer.verifier(), origin="test")
    readiness = Readiness(store.ping)
    readiness.enter(Phase.SERVING)
    app = build_http(platform, readiness, settings)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://ucs.test") as http:
        yield Surface(
            app=app,
            store=store,
            platform=platform,
            readiness=readiness,
            settings=settings,
            issuer=issuer,
            http=http,
        )
    await platform.pipeline.drain()


@pytest.fixture
async def store():
    store = InMemoryStore()
    await settle(store)
    yield store
    await store.close()


@pytest.fixture
async def surface(store):
    async with opened(store) as surface:
        yield surface


@pytest.fixture
def open_surface():
    return opened


@pytest.fixture
def new():
    """What createResource takes."""
    return NEW


@pytest.fixture
def outsider():
    """Enters a principal without an organisation."""

    async def enter(surface: Surface, id: str = "outsider") -> None:
        person = {"id": id, "kind": "person", "title": id}
        await surface.platform.administration.put_principals(Call(principal="admin"), [person])

    return enter


@pytest.fixture
def error():
    """The one error of an answer, with its status and language at hand."""

    def read(response: httpx2.Response) -> Mapping[str, Any]:
        (only,) = response.json()["errors"]
        assert only["message"] in only["extensions"]["messages"].values()
        return {"status": response.status_code, "message": only["message"], **only["extensions"]}

    return read


@pytest.fixture
def raw(surface):
    """Calls the application as a server would, with what no client would send; the messages of its answer."""

    async def call(method: str, headers: Mapping[str, str], messages=(), query: bytes = b"") -> list[Mapping[str, Any]]:
        waiting, answer = list(messages), []
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": "/graphql",
            "raw_path": b"/graphql",
            "query_string": query,
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("ucs.test", 80),
        }

        async def receive() -> Mapping[str, Any]:
            assert waiting, "more was read than was sent"
            return waiting.pop(0)

        async def send(message: Mapping[str, Any]) -> None:
            answer.append(message)

        await surface.app(scope, receive, send)
        return answer

    return call


@pytest.fixture
async def serve() -> AsyncIterator[Any]:
    """Serves an application on a port of its own, by our protocol or another."""
    running = []

    async def started(app: Any, protocol: type = Http11) -> tuple[str, int]:
        listener = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, http=protocol, lifespan="off", log_config=None, access_log=False))
        running.append((server, asyncio.create_task(server._serve([listener]))))
        return listener.getsockname()

    yield started
    for server, serving in running:
        server.should_exit = True
        await serving
