"""A small city whose resources need each other, with both doors open."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import grpc
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ucs_core.access import LocalIssuer
from ucs_core.access.policy import RoleAssignment
from ucs_core.graphql import GraphqlDoor
from ucs_core.grpc.server import start_grpc
from ucs_core.platform import Platform, build_platform, system_clock
from ucs_core.platform.founding import found
from ucs_core.readiness import Phase, Readiness
from ucs_core.settings import Settings
from ucs_registry.memory import InMemoryStore
from ucs_registry.organizations import Bilingual, NewOrganization
from ucs_registry.principals import Principal
from ucs_registry.resources import Dependency, Deprecation, Resource
from ucs_registry.testing import NOW, a_resource, a_revision, an_id
from ucs_sdk.vocabulary import (
    Availability,
    DependencyRelation,
    OrganizationKind,
    OrganizationLevel,
    PrincipalKind,
    ResourceKind,
    ReviewState,
    ShareType,
)

TREE = {"37": None, "water": "37", "roads": "37"}
PEOPLE = {"founder": "37", "editor": "water", "roads": "roads", "outsider": None}
KINDS = {
    "network": ResourceKind.INFRASTRUCTURE,
    "dataset": ResourceKind.DATA,
    "api_service": ResourceKind.COMPONENT,
    "scenario": ResourceKind.APPLICATION,
}
SPECS: dict[str, Any] = {
    "network": {"network_class": "iot"},
    "dataset": {"items": [{"name": "depth", "title": "深度", "data_type": "decimal"}]},
    "api_service": {"protocol": "rest", "operations": [{"name": "depth", "title": "深度"}]},
    "scenario": {"purpose": "one_scenario"},
}


def name(number: int) -> str:
    return f"resources/{an_id(number)}"


def link(target: int, **notes: Any) -> Dependency:
    return Dependency(target=name(target), **{"relation": DependencyRelation.READS} | notes)


def made(number: int, type: str, *links: Dependency, **changes: Any) -> Resource:
    """An approved resource of the water bureau, online; `share` says how far it is shared."""
    share, state = changes.pop("share", ShareType.UNCONDITIONAL), changes.pop("review", ReviewState.APPROVED)
    title = {"title_zh": f"资源{number}", "title_en": f"Resource {number}"}
    said = {"share_type": share, "share_condition": "按需", "spec": SPECS[type], "dependencies": links}
    head = a_revision(changes.pop("revision", 1), state, **title, **said)
    return a_resource(number, **{"kind": KINDS[type], "type": type, "owner": "water", "head": head} | changes)


def everything() -> list[Resource]:
    """A network under data, services above it, and a scenario on top; number 5 is a draft that only the roads know."""
    hidden = {"owner": "roads", "review": ReviewState.DRAFT, "availability": Availability.OFFLINE}
    going = Deprecation(effective_on=NOW.date())
    return [
        made(1, "network"),
        made(2, "dataset", link(1, relation=DependencyRelation.RUNS_ON)),
        made(3, "dataset", link(1), share=ShareType.CONDITIONAL),
        made(4, "api_service", link(2, version="v2"), link(3)),
        made(5, "api_service", link(2), **hidden),
        made(6, "api_service", link(5)),
        made(7, "scenario", link(4, role="水位 depth"), link(3, required=False), link(2)),
        made(8, "scenario", link(5), link(4)),
        made(9, "dataset", availability=Availability.SUSPENDED),
        made(10, "dataset", deprecation=going),
    ]


@dataclass(kw_only=True)
class City:
    """A node with both doors open."""

    store: Any
    platform: Platform
    doors: Any

    name = staticmethod(name)
    link = staticmethod(link)
    made = staticmethod(made)

    async def keep(self, *resources: Resource) -> None:
        """Put resources into the store behind the platform's back."""
        async with self.store.write() as unit:
            await unit.save(resources)
            await unit.commit()

    async def graphql(self, who: str, document: str, **variables: Any) -> Any:
        """The data of a document, or the reason of its first error."""
        body = await self.doors.document(who, document, variables)
        if "errors" in body:
            told = body["errors"][0]["extensions"]
            return told.get("reason"), told.get("fields", {}).get("path")
        return body["data"]


@pytest.fixture
async def city(doors) -> AsyncIterator[City]:
    store, issuer = InMemoryStore(), LocalIssuer(Ed25519PrivateKey.generate())
    platform = build_platform(store, issuer.verifier(), origin="here")
    level, kind = OrganizationLevel.CITY, OrganizationKind.DEPARTMENT
    tree = [
        NewOrganization(id=id, parent=parent, title=Bilingual(zh=f"机构{id}", en=f"Org {id}"), level=level, kind=kind)
        for id, parent in TREE.items()
    ]
    people = [Principal(id=id, kind=PrincipalKind.PERSON, title=id, organization=home) for id, home in PEOPLE.items()]
    await found(store, system_clock, "here", tree, people[0])
    roles = [
        RoleAssignment(id=who, principal=who, role="editor", anchor=PEOPLE[who] or "") for who in ("editor", "roads")
    ]
    async with store.write() as unit:
        await unit.put_principals(people[1:])
        await unit.put_rules([role.to_rule() for role in roles])
        await unit.save(everything())
        await unit.commit()
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
        await store.close()
