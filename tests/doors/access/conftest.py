"""A city with administrators of every reach, on any store, with both doors open."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import grpc
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ucs_core.access import LocalIssuer
from ucs_core.graphql import GraphqlDoor
from ucs_core.grpc.server import start_grpc
from ucs_core.platform import Call, Platform, build_platform, system_clock
from ucs_core.platform.founding import found
from ucs_core.readiness import Phase, Readiness
from ucs_core.settings import Settings
from ucs_registry.memory import InMemoryStore
from ucs_registry.organizations import Bilingual, NewOrganization
from ucs_registry.principals import Principal
from ucs_registry.sql import open_store
from ucs_registry.testing import a_resource, a_revision
from ucs_sdk.vocabulary import Availability, OrganizationKind, OrganizationLevel, PrincipalKind, ShareType

TREE = {"37": None, "3702": "37", "water": "3702", "pumps": "water", "roads": "3702"}
PEOPLE = {
    "founder": "37",
    "keeper": "water",
    "clerk": "water",
    "plumber": "pumps",
    "painter": "roads",
    "watcher": "water",
    "outsider": None,
}
HELD = [
    ("keeper", "organization_administrator", "water"),
    ("clerk", "editor", "water"),
    ("watcher", "auditor", "water"),
    ("painter", "editor", "roads"),
]
"""`founder` administers the platform, `keeper` the water bureau, and `watcher` audits it."""


async def settle(store: Any, platform: Platform) -> None:
    """Found the city, give everybody their part, and enter three resources of the water bureau and one of the roads."""
    tree = [
        NewOrganization(
            id=id,
            parent=parent,
            title=Bilingual(zh=f"机构{id}", en=f"Org {id}"),
            level=OrganizationLevel.CITY,
            kind=OrganizationKind.DEPARTMENT,
        )
        for id, parent in TREE.items()
    ]
    people = [Principal(id=id, kind=PrincipalKind.PERSON, title=id, organization=home) for id, home in PEOPLE.items()]
    await found(store, system_clock, "here", tree, people[0])
    call = Call(principal="founder")
    for person in people[1:]:
        new = {"id": person.id, "kind": "person", "title": person.title, "organization": person.organization}
        await platform.principals.create(call, {name: value for name, value in new.items() if value is not None})
    for who, role, anchor in HELD:
        await platform.roles.assign(call, who, role, anchor)
    async with store.write() as unit:
        shares = (ShareType.UNCONDITIONAL, ShareType.CONDITIONAL, ShareType.NONE, ShareType.CONDITIONAL)
        for number, share in enumerate(shares, start=1):
            head = a_revision(share_type=share, share_condition="按需", denial_basis="条例")
            owner = "roads" if number == len(shares) else "water"
            await unit.save([a_resource(number, owner=owner, head=head, availability=Availability.ONLINE)])
        await unit.commit()


@dataclass(kw_only=True)
class City:
    """A node with both doors open."""

    store: Any
    platform: Platform
    doors: Any

    @property
    def call_id(self) -> str:
        """The id of the last call at a door."""
        return self.doors.call_id

    def call(self, who: str, **more: Any) -> Call:
        return Call(principal=who, **more)

    async def do(self, way: str, who: str, verb: str, **arguments: Any) -> Any:
        """The answer to a verb; `request_id` and `validate_only` go along with its arguments."""
        return await self.doors.do(way, who, verb, **arguments)

    async def ask(self, way: str, who: str, question: str, **arguments: Any) -> Any:
        """The answer to a question."""
        return await self.doors.ask(way, who, question, **arguments)


@asynccontextmanager
async def opened(doors: Any, store: Any, build: Any = build_platform) -> AsyncIterator[City]:
    """The city over a store, with both doors open until the end of the block."""
    issuer = LocalIssuer(Ed25519PrivateKey.generate())
    platform = build(store, issuer.verifier(), origin="here")
    await settle(store, platform)
    readiness = Readiness(store.ping)
    server = await start_grpc(platform, readiness, Settings(grpc="127.0.0.1:0"))
    readiness.enter(Phase.SERVING)
    try:
        async with grpc.aio.insecure_channel(server.address) as channel:
            both = doors(channel=channel, graphql=GraphqlDoor(platform), issuer=issuer)
            yield City(store=store, platform=platform, doors=both)
    finally:
        await server.stop(0)
        await platform.pipeline.drain()


@pytest.fixture
async def city(doors):
    store = InMemoryStore()
    async with opened(doors, store) as city:
        yield city
    await store.close()


@asynccontextmanager
async def stored(url: str) -> AsyncIterator[Any]:
    store = await open_store(url)
    yield store
    await store.close()


@pytest.fixture
def open_store_of():
    return stored


@pytest.fixture
def open_city(doors):
    return partial(opened, doors)


@pytest.fixture
def names():
    """The names of the four resources."""
    return [a_resource(number).name for number in range(1, 5)]
