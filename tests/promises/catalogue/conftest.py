"""A small city for the proofs about writing, and every mutating verb through every door that offers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson
import pytest
from google.protobuf.message import Message

from ucs.registry.v1 import organization_service_pb2, resource_pb2, resource_service_pb2
from ucs.registry.v1.organization_service_pb2_grpc import OrganizationServiceStub
from ucs.registry.v1.resource_service_pb2_grpc import ResourceServiceStub
from ucs_core.access.authority import Authority
from ucs_core.access.policy import RoleAssignment
from ucs_core.graphql.schema import build_schema, core_schema
from ucs_core.grpc.conversion import filled
from ucs_core.grpc.organizations import new_message
from ucs_core.grpc.resources import imported_message
from ucs_core.platform import Call, Platform, build_platform, system_clock
from ucs_core.platform.administration.entering import AdministrationVerbs
from ucs_core.platform.founding import found
from ucs_core.platform.organizations import OrganizationVerbs
from ucs_core.platform.pipeline import Pipeline
from ucs_core.platform.refusals import RefusalBudget
from ucs_core.platform.resources import ResourceVerbs
from ucs_core.platform.sessions import Reading
from ucs_registry.organizations import Bilingual, NewOrganization
from ucs_registry.principals import Principal
from ucs_registry.resources import Resource
from ucs_registry.testing import NOW, a_resource, a_revision
from ucs_sdk.vocabulary import Availability, OrganizationKind, OrganizationLevel, PrincipalKind, ReviewState

CITY, WATER, ROADS = "3702", "qingdao-water", "qingdao-roads"
PEOPLE = {
    "admin": CITY,
    "editor": WATER,
    "second": WATER,
    "third": WATER,
    "reviewer": WATER,
    "operator": WATER,
    "retirer": WATER,
    "auditor": WATER,
    "roads": ROADS,
    "outsider": None,
    "gone": WATER,
}
ROLES = {
    "editor": "editor",
    "second": "editor",
    "third": "editor",
    "reviewer": "reviewer",
    "operator": "operator",
    "retirer": "organization_administrator",
    "auditor": "auditor",
}
SPEC = {"items": [{"name": "depth", "title": "深度", "data_type": "decimal", "length": 10}], "row_count": 42}

_RESOURCES = ("name", "etag", "reason")
_SHOWN = (
    "id code etag revision availability availabilityReason updatedAt readable spec contact title { zh en } "
    "summary { zh en } head { number state submitter reviewer content { title { zh en } summary { zh en } } }"
)


@dataclass(frozen=True, kw_only=True)
class Route:
    """Where a verb is found: on the platform, in which gRPC service, and as which field of GraphQL."""

    area: str
    method: str
    stub: type | None = None
    rpc: str = ""
    request: type[Message] | None = None
    field: str = ""

    @property
    def doors(self) -> tuple[str, ...]:
        """The ways in."""
        return "platform", *(["grpc"] if self.rpc else []), *(["graphql"] if self.field else [])


def _resource(method: str, rpc: str = "", request: str = "", field: str = "") -> Route:
    message = getattr(resource_service_pb2, request) if request else None
    return Route(area="resources", method=method, stub=ResourceServiceStub, rpc=rpc, request=message, field=field)


def _organization(method: str, rpc: str, request: str) -> Route:
    message = getattr(organization_service_pb2, request)
    return Route(area="organizations", method=method, stub=OrganizationServiceStub, rpc=rpc, request=message)


ROUTES = {
    "resources.create": _resource("create", "Create", "CreateResourceRequest", "createResource"),
    "resources.update": _resource("update", "Update", "UpdateResourceRequest", "updateResource"),
    "resources.submit": _resource("submit", "Submit", "SubmitResourceRequest", "submitResource"),
    "resources.withdraw": _resource("withdraw", "Withdraw", "WithdrawResourceRequest", "withdrawResource"),
    "resources.approve": _resource("approve", "Approve", "ApproveResourceRequest", "approveResource"),
    "resources.reject": _resource("reject", "Reject", "RejectResourceRequest", "rejectResource"),
    "resources.bring_online": _resource("bring_online", "BringOnline", "BringResourceOnlineRequest", "bringOnline"),
    "resources.take_offline": _resource("take_offline", "TakeOffline", "TakeResourceOfflineRequest", "takeOffline"),
    "resources.suspend": _resource("suspend"),
    "resources.resume": _resource("resume"),
    "resources.retire": _resource("retire"),
    "resources.import": _resource("import_chunk", "Import", "ImportResourcesRequest"),
    "organizations.create": _organization("create", "Create", "CreateOrganizationRequest"),
    "organizations.import": _organization("import_chunk", "Import", "ImportOrganizationsRequest"),
    "principals.put": Route(area="administration", method="put_principals"),
    "rules.put": Route(area="administration", method="put_rules"),
}
"""Every mutating verb. Proof 14 fails when a platform, a service or the schema has one that is not here."""


class Hand:
    """One caller at one door of one node, who can call any verb with the platform's own arguments."""

    def __init__(self, node: Any, doors: Any, door: str, principal: str) -> None:
        self.node = node
        self.doors = doors
        self.door = door
        self.principal = principal
        self.call_id = ""

    async def do(
        self, verb: str, arguments: Mapping[str, Any], request_id: str | None = None, validate_only: bool = False
    ) -> Any:
        """The answer as the door gives it: a model, a message, or plain JSON."""
        route = ROUTES[verb]
        if self.door == "platform":
            call = Call(principal=self.principal, request_id=request_id, validate_only=validate_only)
            self.call_id = call.call_id
            return await getattr(getattr(self.node.platform, route.area), route.method)(call, **arguments)
        try:
            if self.door == "grpc":
                request = wire_request(route, arguments, request_id, validate_only)
                stream = route.rpc == "Import"
                return await self.doors.rpc(self.principal, route.stub, route.rpc, request, stream=stream)
            document, variables = graphql_request(route, arguments, request_id, validate_only)
            return (await self.doors.graphql(self.principal, document, variables))[route.field]
        finally:
            self.call_id = self.doors.call_id

    async def get(self, name: str) -> dict[str, Any]:
        """A resource: its etag, the number of its latest revision, and that revision's titles and summary."""
        match self.door:
            case "platform":
                async with self.node.platform.session(self.principal) as session:
                    return plain_answer(await session.resource(name))
            case "grpc":
                request = resource_service_pb2.GetResourceRequest(name=name)
                return plain_answer(await self.doors.rpc(self.principal, ResourceServiceStub, "Get", request))
            case _:
                document = f"query($id: ID!) {{ resource(id: $id) {{ {_SHOWN} }} }}"
                return plain_answer((await self.doors.graphql(self.principal, document, {"id": name}))["resource"])


def wire_request(route: Route, arguments: Mapping[str, Any], request_id: str | None, validate_only: bool) -> Message:
    """The request message of a verb."""
    values = {name: value for name, value in arguments.items() if name in (*_RESOURCES, "content")}
    if "resource" in arguments:
        owned = dict(arguments["resource"]) | {"owner": f"organizations/{arguments['resource']['owner']}"}
        values["resource"] = filled(resource_pb2.NewResource(), owned)
    if "resources" in arguments:
        values["resources"] = [imported_message(item) for item in arguments["resources"]]
    if "organization" in arguments:
        values["organization"] = new_message(arguments["organization"])
    if "organizations" in arguments:
        values["organizations"] = [new_message(item) for item in arguments["organizations"]]
    message = route.request(request_id=request_id or "", validate_only=validate_only)
    for name, value in values.items():
        if isinstance(value, Message):
            getattr(message, name).CopyFrom(value)
        elif isinstance(value, list):
            getattr(message, name).extend(value)
        else:
            filled(message, {name: value})
    return message


def graphql_request(
    route: Route, arguments: Mapping[str, Any], request_id: str | None, validate_only: bool
) -> tuple[str, dict[str, Any]]:
    """The document of a verb and its variables."""
    renamed = {"name": "id", "resource": "input"}
    variables = {renamed.get(name, name): _camel(value) for name, value in arguments.items() if value is not None}
    if "input" in variables:
        variables["input"]["owner"] = f"organizations/{variables['input']['owner']}"
    variables |= {"requestId": request_id, "validateOnly": validate_only}
    types = core_schema(_SCHEMA).mutation_type.fields[route.field].args
    declared = ", ".join(f"${name}: {types[name].type}" for name in variables)
    passed = ", ".join(f"{name}: ${name}" for name in variables)
    return f"mutation({declared}) {{ {route.field}({passed}) {{ {_SHOWN} }} }}", variables


_SCHEMA = build_schema()


def _camel(value: Any, inside_spec: bool = False) -> Any:
    if isinstance(value, list):
        return [_camel(part, inside_spec) for part in value]
    if not isinstance(value, dict):
        return value
    made = {}
    for name, part in value.items():
        head, *rest = name.split("_")
        key = name if inside_spec else head + "".join(map(str.capitalize, rest))
        made[key] = _camel(part, inside_spec or name == "spec")
    return made


def plain_answer(answer: Any) -> dict[str, Any]:
    """What a caller needs of a resource, from any door's answer."""
    if isinstance(answer, dict):
        head, name = answer["head"] or answer, answer["id"]
        number = head.get("number", answer["revision"])
        content = head.get("content", answer)
        title, summary, etag = content["title"]["en"], content["summary"]["en"], answer["etag"]
    else:
        head, name, etag = answer.head or answer, answer.name, answer.etag
        number = getattr(head, "number", None) or answer.revision
        title, summary = head.content.title.en, head.content.summary.en
    return {"name": name, "etag": etag or None, "revision": number, "title": title, "summary": summary}


def answer_bytes(answer: Any) -> bytes:
    """The bytes of an answer."""
    if isinstance(answer, Message):
        return answer.SerializeToString(deterministic=True)
    return orjson.dumps(answer) if isinstance(answer, dict) else answer.model_dump_json().encode()


def a_new_resource(code: str, owner: str = WATER, **content: Any) -> dict[str, Any]:
    """What is needed to enter a resource."""
    values = {
        "title": {"zh": "积水点", "en": "Waterlogging spots"},
        "summary": {"zh": "城区易积水点清单", "en": "Spots that flood"},
        "share_type": "unconditional",
        "data_level": "l1",
        "contact": "水务值班室",
        "spec": SPEC,
    }
    return {"code": code, "kind": "data", "type": "dataset", "owner": owner, "content": values | content}


def an_organization(id: str, parent: str | None, level: str = "city", kind: str = "department") -> dict[str, Any]:
    """What is needed to enter an organisation."""
    return {"id": id, "parent": parent, "title": {"zh": f"机构{id}", "en": f"Org {id}"}, "level": level, "kind": kind}


@dataclass(frozen=True, kw_only=True)
class Case:
    """A call that is accepted: who makes it, on a resource in which state of its life, and what it says."""

    principal: str
    state: str | None = None
    etag: bool = False
    arguments: Mapping[str, Any]

    def on(self, resource: Resource | None) -> dict[str, Any]:
        """The arguments of the call, about a resource."""
        if resource is None:
            return dict(self.arguments)
        return {"name": resource.name, **self.arguments, **({"etag": resource.etag} if self.etag else {})}


def cases(mark: str) -> dict[str, Case]:
    """A case for every verb; `mark` keeps the names of new things apart."""
    imported = [a_new_resource(f"I-{mark}-{at}") for at in range(3)]
    tree = [an_organization(f"d-{mark}", CITY), an_organization(f"e-{mark}", f"d-{mark}")]
    people = [{"id": f"p-{mark}", "kind": "person", "title": "P", "organization": WATER}]
    role = RoleAssignment(id=f"r-{mark}", principal="outsider", role="auditor", anchor=ROADS).to_rule()
    new_title = {"content": {"title": {"zh": "新标题", "en": f"New title {mark}"}}}
    because = {"reason": "Because."}
    return {
        "resources.create": Case(principal="editor", arguments={"resource": a_new_resource(f"N-{mark}")}),
        "resources.update": Case(principal="editor", state="draft", etag=True, arguments=new_title),
        "resources.submit": Case(principal="editor", state="draft", arguments={}),
        "resources.withdraw": Case(principal="editor", state="in_review", arguments={}),
        "resources.approve": Case(principal="reviewer", state="in_review", etag=True, arguments={}),
        "resources.reject": Case(principal="reviewer", state="in_review", etag=True, arguments=because),
        "resources.bring_online": Case(principal="operator", state="approved", arguments={}),
        "resources.take_offline": Case(principal="operator", state="online", arguments=because),
        "resources.suspend": Case(principal="operator", state="online", arguments=because),
        "resources.resume": Case(principal="operator", state="suspended", arguments={}),
        "resources.retire": Case(principal="retirer", state="online", arguments={}),
        "resources.import": Case(principal="admin", arguments={"resources": imported}),
        "organizations.create": Case(principal="admin", arguments={"organization": an_organization(f"c-{mark}", CITY)}),
        "organizations.import": Case(principal="admin", arguments={"organizations": tree}),
        "principals.put": Case(principal="admin", arguments={"principals": people}),
        "rules.put": Case(principal="admin", arguments={"rules": [role.model_dump(mode="json")]}),
    }


def standing(state: str, number: int) -> Resource:
    """A resource of the water bureau in a state of its life."""
    review = ReviewState(state) if state in ("draft", "in_review") else ReviewState.APPROVED
    head = a_revision(1, review, title_zh="标题", title_en=f"Title {number}", spec=SPEC, contact="值班室")
    if review is ReviewState.IN_REVIEW:
        head = head.model_copy(update={"submitter": "principals/editor", "submitted_at": NOW})
    availability = Availability(state) if state in ("online", "suspended", "retired") else Availability.OFFLINE
    return a_resource(number, owner=WATER, head=head, availability=availability)


async def prepare(store: Any, state: str | None, number: int) -> Resource | None:
    """Keep a resource in a state of its life."""
    if state is None:
        return None
    resource = standing(state, number)
    async with store.write() as unit:
        await unit.save([resource])
        await unit.commit()
    return resource


async def settle(node: Any) -> None:
    """Found the city and give everybody their part."""
    tree = [
        NewOrganization(
            id=id,
            parent=parent,
            title=Bilingual(zh=f"机构{id}", en=f"Org {id}"),
            level=OrganizationLevel.CITY,
            kind=OrganizationKind.DEPARTMENT,
        )
        for id, parent in (("37", None), (CITY, "37"), (WATER, CITY), (ROADS, CITY))
    ]
    people = [
        Principal(id=id, kind=PrincipalKind.PERSON, title=id, organization=home, disabled=id == "gone")
        for id, home in PEOPLE.items()
    ]
    await found(node.store, system_clock, "here", tree, people[0])
    call = Call(principal="admin")
    administration = node.platform.administration
    await administration.put_principals(call, [person.model_dump(mode="json") for person in people[1:]])
    held = [RoleAssignment(id=f"{who}.role", principal=who, role=role, anchor=WATER) for who, role in ROLES.items()]
    await administration.put_rules(call, [role.to_rule().model_dump(mode="json") for role in held])


def compose(store: Any, verifier: Any, **parts: Any) -> Platform:
    """The platform as it is composed, with some of its parts exchanged."""
    authority = parts.get("authority", Authority)()
    budget = parts.get("budget") or RefusalBudget(lambda: 0.0, burst=1_000_000)
    pipeline = parts.get("pipeline", Pipeline)(store, authority, system_clock, "here", budget)
    return replace(
        build_platform(store, verifier, origin="here", clock=system_clock),
        reading=Reading(store, authority, system_clock),
        resources=parts.get("resources", ResourceVerbs)(pipeline),
        organizations=OrganizationVerbs(pipeline),
        administration=AdministrationVerbs(pipeline),
        pipeline=pipeline,
    )


@pytest.fixture
def city():
    """What a test needs of this file; tests are modules that cannot import each other."""

    class City:
        WATER, ROADS, CITY = WATER, ROADS, CITY
        SPEC, ROUTES = SPEC, ROUTES
        Hand = Hand
        settle = staticmethod(settle)
        compose = staticmethod(compose)
        plain = staticmethod(plain_answer)
        bytes_of = staticmethod(answer_bytes)
        resource = staticmethod(a_new_resource)
        organization = staticmethod(an_organization)
        cases = staticmethod(cases)
        prepare = staticmethod(prepare)

    return City
