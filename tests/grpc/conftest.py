"""A small city behind a real server on loopback, and the people who call it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import grpc
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ucs.errors.v1.error_detail_pb2 import ErrorDetail
from ucs.registry.v1 import resource_pb2, resource_service_pb2
from ucs.registry.v1.organization_service_pb2_grpc import OrganizationServiceStub
from ucs.registry.v1.resource_service_pb2_grpc import ResourceServiceStub
from ucs_core.access.policy import RoleAssignment
from ucs_core.access.tokens import LocalIssuer
from ucs_core.grpc.gate import Observe
from ucs_core.grpc.hot import HotReads
from ucs_core.grpc.server import GrpcServer, start_grpc
from ucs_core.platform import Call, Platform, build_platform, system_clock
from ucs_core.platform.founding import found
from ucs_core.readiness import Phase, Readiness
from ucs_core.settings import Settings
from ucs_registry.memory import InMemoryStore
from ucs_registry.organizations import Bilingual, NewOrganization
from ucs_registry.ports import Store
from ucs_registry.principals import Principal
from ucs_sdk.vocabulary import OrganizationKind, OrganizationLevel, PrincipalKind

CITY, WATER, ROADS = "3702", "qingdao-water", "qingdao-roads"

PEOPLE = {
    "admin": CITY,
    "editor": WATER,
    "chief": WATER,
    "reviewer": WATER,
    "operator": WATER,
    "roads": ROADS,
    "outsider": None,
}
"""Who there is, and where they belong."""

ROLES = [
    ("editor", "editor"),
    ("chief", "editor"),
    ("chief", "reviewer"),
    ("reviewer", "reviewer"),
    ("operator", "operator"),
]
"""Who has which role in the water bureau. `chief` both writes and reviews, `roads` is a member of another department."""


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """What a caller learns of a refusal."""

    status: grpc.StatusCode
    text: str
    detail: ErrorDetail
    call_id: str


class Service:
    """A stub that sends one caller's metadata with every call."""

    def __init__(self, stub: object, metadata: list[tuple[str, str]]) -> None:
        self._stub = stub
        self._metadata = metadata

    def __getattr__(self, name: str):
        return partial(getattr(self._stub, name), metadata=self._metadata)


class Person:
    """Both services in the hands of one caller."""

    def __init__(self, channel: grpc.aio.Channel, metadata: list[tuple[str, str]]) -> None:
        self.resources = Service(ResourceServiceStub(channel), metadata)
        self.organizations = Service(OrganizationServiceStub(channel), metadata)


@dataclass(kw_only=True)
class Door:
    """The server, what stands behind it, and a channel to it."""

    store: Store
    platform: Platform
    readiness: Readiness
    settings: Settings
    issuer: LocalIssuer
    server: GrpcServer
    channel: grpc.aio.Channel

    def token(self, principal: str, seconds: float = 600) -> str:
        return self.issuer.issue(principal, lifetime=timedelta(seconds=seconds))

    def anybody(self, *metadata: tuple[str, str]) -> Person:
        return Person(self.channel, list(metadata))

    def __getitem__(self, principal: str) -> Person:
        return self.speaking(principal, "en")

    def speaking(self, principal: str, language: str) -> Person:
        return self.anybody(("authorization", f"Bearer {self.token(principal)}"), ("accept-language", language))


def organization(id: str, parent: str | None, level: OrganizationLevel, kind: OrganizationKind) -> NewOrganization:
    return NewOrganization(
        id=id, parent=parent, title=Bilingual(zh=f"机构{id}", en=f"Org {id}"), level=level, kind=kind
    )


def person(id: str) -> Principal:
    return Principal(id=id, kind=PrincipalKind.PERSON, title=id, organization=PEOPLE[id])


async def settle(store: Store, platform: Platform) -> None:
    """Found the city and give everybody their part."""
    tree = [
        organization("37", None, OrganizationLevel.PROVINCE, OrganizationKind.DIVISION),
        organization(CITY, "37", OrganizationLevel.CITY, OrganizationKind.DIVISION),
        organization(WATER, CITY, OrganizationLevel.CITY, OrganizationKind.DEPARTMENT),
        organization(ROADS, CITY, OrganizationLevel.CITY, OrganizationKind.DEPARTMENT),
    ]
    await found(store, system_clock, "test", tree, person("admin"))
    call = Call(principal="admin")
    people = [person(id).model_dump(mode="json") for id in PEOPLE if id != "admin"]
    await platform.administration.put_principals(call, people)
    roles = [RoleAssignment(id=f"{who}.{role}", principal=who, role=role, anchor=WATER) for who, role in ROLES]
    await platform.administration.put_rules(call, [role.to_rule().model_dump(mode="json") for role in roles])


@asynccontextmanager
async def opened(
    store: Store, hot: Callable[..., HotReads] | None = None, observe: Observe | None = None, **settings: object
) -> AsyncIterator[Door]:
    """A server over a store, until the end of the block. `hot` makes its other ways to answers, `observe` is told of calls."""
    chosen = Settings(grpc="127.0.0.1:0", **settings)
    issuer = LocalIssuer(Ed25519PrivateKey.generate())
    platform = build_platform(store, issuer.verifier(), origin="test")
    readiness = Readiness(store.ping)
    ways = hot(platform.elements) if hot else None
    server = await start_grpc(platform, readiness, chosen, observe, hot=ways)
    readiness.enter(Phase.SERVING)
    try:
        async with grpc.aio.insecure_channel(server.address) as channel:
            yield Door(
                store=store,
                platform=platform,
                readiness=readiness,
                settings=chosen,
                issuer=issuer,
                server=server,
                channel=channel,
            )
    finally:
        await server.stop(0)
        await platform.pipeline.drain()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    # Where a proxy is set for the world outside, grpc would look for the loopback behind it.
    monkeypatch.setenv("no_grpc_proxy", "127.0.0.1")


@pytest.fixture
def open_door():
    return opened


@pytest.fixture
def settle_city():
    return settle


@pytest.fixture
async def door():
    store = InMemoryStore()
    async with opened(store) as door:
        await settle(store, door.platform)
        yield door
    await store.close()


@pytest.fixture
def new():
    """Makes a resource to enter; its content may be changed field by field."""

    def make(code: str = "QD-1", *, owner: str = WATER, kind=resource_pb2.NewResource, **content: object):
        from ucs_core.grpc.conversion import filled

        values = {
            "title": {"zh": "积水点", "en": "Waterlogging spots"},
            "summary": {"zh": "城区易积水点清单", "en": "Spots that flood"},
            "tags": ["防汛"],
            "share_type": "unconditional",
            "data_level": "l1",
            "contact": "水务值班室",
            "spec": {
                "items": [{"name": "depth", "title": "深度", "data_type": "decimal", "length": 10}],
                "row_count": 42,
            },
        }
        return filled(
            kind(),
            {
                "code": code,
                "kind": "data",
                "type": "dataset",
                "owner": f"organizations/{owner}",
                "content": values | content,
            },
        )

    return make


@pytest.fixture
def create(new):
    """Enters a resource as the editor."""

    async def entered(door: Door, code: str = "QD-1", **content: object):
        return await door["editor"].resources.Create(
            resource_service_pb2.CreateResourceRequest(resource=new(code, **content))
        )

    return entered


@pytest.fixture
def publish(create):
    """Enters a resource and leads it online."""

    async def published(door: Door, code: str = "QD-1", **content: object):
        api = resource_service_pb2
        made = await create(door, code, **content)
        made = await door["editor"].resources.Submit(api.SubmitResourceRequest(name=made.name))
        made = await door["reviewer"].resources.Approve(api.ApproveResourceRequest(name=made.name, etag=made.etag))
        return await door["operator"].resources.BringOnline(api.BringResourceOnlineRequest(name=made.name))

    return published


@pytest.fixture
def refusal():
    """Awaits a call that must be refused, and tells what its caller learns."""

    async def refused(call) -> Refusal:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call
        failure = caught.value
        trailing = failure.trailing_metadata()
        return Refusal(
            status=failure.code(),
            text=failure.details(),
            detail=ErrorDetail.FromString(trailing.get("ucs-error-bin", b"")),
            call_id=trailing.get("ucs-call-id", ""),
        )

    return refused


class Gated:
    """A store that lets nobody in while its gate is shut; `entered` says that somebody came."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.entered = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    def __getattr__(self, name: str):
        return getattr(self._store, name)

    def shut(self) -> None:
        self.entered.clear()
        self.gate.clear()

    @asynccontextmanager
    async def read(self):
        self.entered.set()
        await self.gate.wait()
        async with self._store.read() as reader:
            yield reader

    @asynccontextmanager
    async def write(self):
        self.entered.set()
        await self.gate.wait()
        async with self._store.write() as unit:
            yield unit


@pytest.fixture
def gated_store():
    return Gated(InMemoryStore())
