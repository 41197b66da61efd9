"""A city with a reviewer and work that waits, with both doors open."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import grpc
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ucs.registry.v1.resource_service_pb2_grpc import ResourceServiceStub
from ucs.registry.v1.reviews_pb2 import BatchReviewResourcesRequest
from ucs_core.access import LocalIssuer
from ucs_core.access.policy import RoleAssignment
from ucs_core.graphql import GraphqlDoor
from ucs_core.grpc.conversion import filled
from ucs_core.grpc.server import start_grpc
from ucs_core.platform import Call, build_platform, system_clock
from ucs_core.platform.founding import found
from ucs_core.readiness import Phase, Readiness
from ucs_core.settings import Settings
from ucs_registry.memory import InMemoryStore
from ucs_registry.organizations import Bilingual, NewOrganization
from ucs_registry.principals import Principal
from ucs_sdk.vocabulary import OrganizationKind, OrganizationLevel, PrincipalKind

PEOPLE = {"founder": "37", "clerk": "water", "judge": "water", "painter": "roads"}
HELD = [("clerk", "editor"), ("judge", "reviewer"), ("judge", "operator")]
SPEC = {"items": [{"name": "level", "title": "水位", "data_type": "decimal"}], "row_count": 3}
SERVICE = "ucs.registry.v1.ResourceService"


@dataclass(kw_only=True)
class Court:
    """A platform with both doors open, and drafts that wait."""

    platform: Any
    doors: Any

    async def waiting(self, code: str, **content: Any) -> str:
        """Enter a draft and submit it; its name."""
        title = {"zh": code, "en": code}
        held = {"title": title, "summary": title, "share_type": "unconditional", "data_level": "l1", "spec": SPEC}
        new = {"code": code, "kind": "data", "type": "dataset", "owner": "water", "content": held | content}
        name = (await self.platform.resources.create(Call(principal="clerk"), new)).name
        return (await self.platform.resources.submit(Call(principal="clerk"), name)).name

    async def etag(self, name: str) -> str:
        async with self.platform.session("judge") as session:
            return str((await session.resource(name)).etag)

    async def wire(self, who: str, method: str, **values: Any) -> Any:
        """The answer of a gRPC method."""
        return await self.doors.rpc(who, f"{SERVICE}.{method}", values)

    async def batch(self, who: str, rows: list[dict[str, Any]], **more: Any) -> list[Any]:
        """The results of many decisions, as messages."""
        request = filled(BatchReviewResourcesRequest(), {"rows": rows, **more})
        stub = ResourceServiceStub(self.doors.channel)
        return list((await stub.BatchReview(request, metadata=self.doors._metadata(who))).results)

    async def graph(self, who: str, document: str, **variables: Any) -> Any:
        """The data of a GraphQL document, or its first error's reason."""
        body = await self.doors.document(who, document, variables)
        return body["errors"][0]["extensions"]["reason"] if "errors" in body else body["data"]


@pytest.fixture
async def court(doors: Any) -> AsyncIterator[Court]:
    store, issuer = InMemoryStore(), LocalIssuer(Ed25519PrivateKey.generate())
    platform = build_platform(store, issuer.verifier(), origin="here")
    tree = [
        NewOrganization(
            id=id,
            parent=parent,
            title=Bilingual(zh=f"机构{id}", en=f"Org {id}"),
            level=OrganizationLevel.CITY,
            kind=OrganizationKind.DEPARTMENT,
        )
        for id, parent in (("37", None), ("water", "37"), ("roads", "37"))
    ]
    people = [Principal(id=id, kind=PrincipalKind.PERSON, title=id, organization=home) for id, home in PEOPLE.items()]
    await found(store, system_clock, "here", tree, people[0])
    async with store.write() as unit:
        await unit.put_principals(people[1:])
        rules = [RoleAssignment(id=f"{who}.{role}", principal=who, role=role, anchor="water") for who, role in HELD]
        await unit.put_rules([rule.to_rule() for rule in rules])
        await unit.commit()
    readiness = Readiness(store.ping)
    server = await start_grpc(platform, readiness, Settings(grpc="127.0.0.1:0"))
    readiness.enter(Phase.SERVING)
    async with grpc.aio.insecure_channel(server.address) as channel:
        yield Court(platform=platform, doors=doors(channel=channel, graphql=GraphqlDoor(platform), issuer=issuer))
    await server.stop(0)
    await platform.pipeline.drain()
    await store.close()
