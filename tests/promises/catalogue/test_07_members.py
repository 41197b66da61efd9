"""Promise 7 for member sets: whoever may not read a resource is told nothing of its members, at any door.

Those who may read are told the same at both doors. `roads` is of another department, and discovers what is shared on
condition without reading it; whoever may not even discover is told that there is nothing.
"""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from ucs.registry.v1 import member_service_pb2 as api
from ucs.registry.v1 import resource_service_pb2
from ucs.registry.v1.member_service_pb2_grpc import MemberServiceStub
from ucs.registry.v1.resource_service_pb2_grpc import ResourceServiceStub
from ucs_core.access.authority import Authority
from ucs_core.grpc.conversion import plain
from ucs_core.platform import ReadSession, system_clock
from ucs_core.platform.members import MemberQuestions
from ucs_core.platform.sessions import Reading
from ucs_registry.members import MemberTitle, NewMember
from ucs_registry.resources import Point
from ucs_registry.testing import NOW, a_resource, a_revision
from ucs_sdk.errors import UcsError
from ucs_sdk.vocabulary import Availability, MemberStatus, ShareType

SECRET, COUNT = "secretwell", 7_301
READERS, DISCOVERERS, STRANGERS = ("editor", "auditor"), ("roads",), ("outsider",)

PAGE = (
    "query($id: ID!) { resource(id: $id) { memberCount readable members(first: 3) { totalCount nodes { code } } } "
    'members(resource: $id, first: 3, filter: {text: "wELL"}) { totalCount pageInfo { hasNextPage endCursor } nodes { '
    "id code title { zh en } location { longitude latitude } regionCode status attributes createdAt updatedAt } } }"
)
CARD = "query($id: ID!) { resource(id: $id) { memberCount readable members(first: 3) { totalCount nodes { code } } } }"
LISTED = "query { resources(first: 50) { nodes { id memberCount members(first: 2) { totalCount nodes { code } } } } }"
ONE = "query($id: ID!) { member(id: $id) { code title { zh } } node(id: $id) { id } }"


async def fronting(node: Any, city: Any) -> Any:
    """A resource that is shared on condition, and fronts a set."""
    head = a_revision(share_type=ShareType.CONDITIONAL, share_condition="按需")
    resource = a_resource(1, owner=city.WATER, head=head, availability=Availability.ONLINE)
    members = [
        NewMember(
            code=f"{SECRET}-{at:05}",
            title=MemberTitle(zh=f"井{at}", en=f"Well {at}" if at % 2 else None),
            location=Point(longitude=120.25, latitude=36.5) if at % 3 == 0 else None,
            region_code="3702" if at % 2 else None,
            status=tuple(MemberStatus)[at % 3],
            attributes={"depth": at, "note": SECRET},
        )
        for at in range(COUNT)
    ]
    async with node.store.write() as unit:
        await unit.save([resource])
        await unit.put_members(resource.id, members, NOW)
        await unit.commit()
    return resource


async def told(doors: Any, who: str, resource: Any) -> list[str]:
    """Every answer to somebody in which members could show."""
    name, member = resource.name, f"{resource.name}/members/{SECRET}-00001"
    listing = api.ListMembersRequest(parent=name, page_size=3, include_counts=True)
    attempts = [
        doors.graphql(who, PAGE, {"id": name}),
        doors.graphql(who, CARD, {"id": name}),
        doors.graphql(who, LISTED),
        doors.graphql(who, ONE, {"id": member}),
        doors.graphql(who, ONE, {"id": f"{name}/members/nosuch"}),
        doors.rpc(who, MemberServiceStub, "List", listing),
        doors.rpc(who, MemberServiceStub, "Get", api.GetMemberRequest(name=member)),
        doors.rpc(who, ResourceServiceStub, "Get", resource_service_pb2.GetResourceRequest(name=name)),
        doors.rpc(who, ResourceServiceStub, "List", resource_service_pb2.ListResourcesRequest()),
    ]
    answers = []
    for attempt in attempts:
        try:
            answer = await attempt
            answers.append(json.dumps(answer) if isinstance(answer, dict) else str(answer))
        except UcsError as refusal:
            if refusal.reason not in ("DENIED", "NOT_FOUND"):
                raise
            answers.append(f"{refusal.reason} {dict(refusal.fields)}")
    return answers


def betrayed(answers: list[str], name: str) -> list[str]:
    """What an answer tells that it must not. What the caller named itself is no secret."""
    plain = [answer.replace(f"{name}/members/{SECRET}-00001", "") for answer in answers]
    return [answer for answer in plain if SECRET in answer or str(COUNT) in answer]


async def test_members_are_told_to_readers_alone(database, open_nodes, city, findings):
    async with open_nodes(database) as [node], node.doors() as doors:
        await city.settle(node)
        resource = await fronting(node, city)
        for who in READERS:
            answers = await told(doors, who, resource)
            findings.tried += len(answers)
            assert len(betrayed(answers, resource.name)) >= 6, "the proof looks where members show"
        for who in (*DISCOVERERS, *STRANGERS):
            answers = await told(doors, who, resource)
            findings.tried += len(answers)
            findings.expect_none(betrayed(answers, resource.name))
        assert '"memberCount": null' in (await told(doors, "roads", resource))[1]
        # What does not exist is refused in the same words as what may not be read.
        _, _, _, known, unknown, *_ = await told(doors, "roads", resource)
        assert known == unknown


async def test_doors_tell_the_same_of_members(database, open_nodes, city):
    async with open_nodes(database) as [node], node.doors() as doors:
        await city.settle(node)
        resource = await fronting(node, city)
        page = (await doors.graphql("editor", PAGE, {"id": resource.name}))["members"]
        asked = api.ListMembersRequest(parent=resource.name, page_size=3, include_counts=True, filter={"text": "wELL"})
        answer = await doors.rpc("editor", MemberServiceStub, "List", asked)
        assert (answer.total_size, bool(answer.next_page_token)) == (
            page["totalCount"],
            page["pageInfo"]["hasNextPage"],
        )
        for item, seen in zip(answer.members, page["nodes"], strict=True):
            wire = plain(item)
            assert {
                "id": wire["name"],
                "code": wire["code"],
                "title": {"en": None} | wire["title"],
                "location": wire.get("location"),
                "regionCode": wire.get("region_code"),
                "status": wire["status"],
                "attributes": wire["attributes"],
                "createdAt": wire["create_time"],
                "updatedAt": wire["update_time"],
            } == seen


class Lax(MemberQuestions):
    """The twin: whoever discovers a resource is told of its members."""

    async def _readable(self, name: str) -> Any:
        return await self._sight.discovered(name)


class LaxSession(ReadSession):
    @property
    def members(self) -> MemberQuestions:
        return Lax(self._sight)


class LaxReading(Reading):
    @asynccontextmanager
    async def session(self, principal: str, token: Any = None) -> Any:
        async with super().session(principal, token) as session:
            yield LaxSession(session._sight)


async def test_questions_that_ask_only_to_discover_are_found(database, open_nodes, city, findings):
    def build(store: Any, verifier: Any) -> Any:
        return replace(city.compose(store, verifier), reading=LaxReading(store, Authority(), system_clock))

    async with open_nodes(database, 1, build) as [node], node.doors() as doors:
        await city.settle(node)
        resource = await fronting(node, city)
        findings.expect_caught(
            "tells discoverers of members", betrayed(await told(doors, "roads", resource), resource.name)
        )
