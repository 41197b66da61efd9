"""Every mutating verb of the catalogue, and how it is called at each door that offers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message

from ucs.registry.v1 import (
    graph_pb2,
    member_service_pb2,
    organization_service_pb2,
    resource_pb2,
    resource_service_pb2,
    reviews_pb2,
    scenario_service_pb2,
    shelf_pb2,
)
from ucs.registry.v1.member_service_pb2_grpc import MemberServiceStub
from ucs.registry.v1.organization_service_pb2_grpc import OrganizationServiceStub
from ucs.registry.v1.resource_service_pb2_grpc import ResourceServiceStub
from ucs.registry.v1.scenario_service_pb2_grpc import ScenarioServiceStub
from ucs_core.graphql.schema import build_schema, core_schema
from ucs_core.grpc.conversion import filled
from ucs_core.grpc.members import new_message as member_message
from ucs_core.grpc.organizations import new_message
from ucs_core.grpc.resources import imported_message
from ucs_core.platform import Call

_RESOURCES = ("name", "etag", "reason")
_STATED = ("content", "deprecation", "add", "remove", "scenario")
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


def _shelf(method: str, rpc: str, request: str, field: str, area: str = "shelf") -> Route:
    message = getattr(shelf_pb2, request)
    return Route(area=area, method=method, stub=ResourceServiceStub, rpc=rpc, request=message, field=field)


def _organization(method: str, rpc: str, request: str) -> Route:
    message = getattr(organization_service_pb2, request)
    return Route(area="organizations", method=method, stub=OrganizationServiceStub, rpc=rpc, request=message)


def _members(method: str, rpc: str, request: str, field: str = "") -> Route:
    message = getattr(member_service_pb2, request)
    return Route(area="members", method=method, stub=MemberServiceStub, rpc=rpc, request=message, field=field)


def _scenario(method: str, rpc: str, request: str, field: str) -> Route:
    message = getattr(scenario_service_pb2, request)
    return Route(area="scenarios", method=method, stub=ScenarioServiceStub, rpc=rpc, request=message, field=field)


ROUTES = {
    "resources.create": _resource("create", "Create", "CreateResourceRequest", "createResource"),
    "resources.update": _resource("update", "Update", "UpdateResourceRequest", "updateResource"),
    "resources.change_dependencies": Route(
        area="dependencies",
        method="change",
        stub=ResourceServiceStub,
        rpc="ChangeDependencies",
        request=graph_pb2.ChangeDependenciesRequest,
        field="changeDependencies",
    ),
    "scenarios.create": _scenario("create", "Create", "CreateScenarioRequest", "createScenario"),
    "scenarios.update": _scenario("update", "Update", "UpdateScenarioRequest", "updateScenario"),
    "resources.submit": _resource("submit", "Submit", "SubmitResourceRequest", "submitResource"),
    "resources.withdraw": _resource("withdraw", "Withdraw", "WithdrawResourceRequest", "withdrawResource"),
    "resources.approve": _resource("approve", "Approve", "ApproveResourceRequest", "approveResource"),
    "resources.reject": _resource("reject", "Reject", "RejectResourceRequest", "rejectResource"),
    "resources.undo_review": Route(
        area="resources",
        method="undo_review",
        stub=ResourceServiceStub,
        rpc="UndoReview",
        request=reviews_pb2.UndoResourceReviewRequest,
        field="undoReview",
    ),
    "resources.bring_online": _resource("bring_online", "BringOnline", "BringResourceOnlineRequest", "bringOnline"),
    "resources.take_offline": _resource("take_offline", "TakeOffline", "TakeResourceOfflineRequest", "takeOffline"),
    "resources.suspend": _shelf("suspend", "Suspend", "SuspendResourceRequest", "suspendResource", "resources"),
    "resources.resume": _shelf("resume", "Resume", "ResumeResourceRequest", "resumeResource", "resources"),
    "resources.retire": _shelf("retire", "Retire", "RetireResourceRequest", "retireResource", "resources"),
    "resources.deprecate": _shelf("deprecate", "Deprecate", "DeprecateResourceRequest", "deprecateResource"),
    "resources.undeprecate": _shelf("undeprecate", "Undeprecate", "UndeprecateResourceRequest", "undeprecateResource"),
    "resources.delete": _shelf("delete", "Delete", "DeleteResourceRequest", "deleteResource"),
    "resources.undelete": _shelf("undelete", "Undelete", "UndeleteResourceRequest", "undeleteResource"),
    "resources.purge": _shelf("purge", "Purge", "PurgeResourceRequest", "purgeResource"),
    "resources.import": _resource("import_chunk", "Import", "ImportResourcesRequest"),
    "resources.batch_create": Route(
        area="batches",
        method="create",
        stub=ResourceServiceStub,
        rpc="BatchCreate",
        request=resource_service_pb2.BatchCreateResourcesRequest,
        field="createResources",
    ),
    "members.put": _members("put", "Put", "PutMembersRequest", "putMembers"),
    "members.import": _members("import_chunk", "Import", "ImportMembersRequest"),
    "members.remove": _members("remove", "Remove", "RemoveMembersRequest", "removeMembers"),
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
    values = {name: value for name, value in arguments.items() if name in (*_RESOURCES, *_STATED)}
    if "scenario" in arguments:
        values["scenario"] = dict(arguments["scenario"]) | {"owner": f"organizations/{arguments['scenario']['owner']}"}
    if "resource" in arguments:
        values["resource"] = new_resource_message(arguments["resource"])
    if "resources" in arguments:
        made = imported_message if route.rpc == "Import" else new_resource_message
        values["resources"] = [made(item) for item in arguments["resources"]]
    if route.area == "members":
        values = {"parent": values.get("name", ""), "codes": list(arguments.get("codes", ()))}
        values["members"] = [member_message(item) for item in arguments.get("members", ())]
        values = {name: value for name, value in values.items() if value}
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


def new_resource_message(resource: Mapping[str, Any]) -> Message:
    """What is to be entered, as the wire takes it."""
    return filled(resource_pb2.NewResource(), dict(resource) | {"owner": f"organizations/{resource['owner']}"})


def graphql_request(
    route: Route, arguments: Mapping[str, Any], request_id: str | None, validate_only: bool
) -> tuple[str, dict[str, Any]]:
    """The document of a verb and its variables."""
    renamed = {"name": "resource" if route.area == "members" else "id", "resource": "input"}
    renamed |= {"scenario": "input", "resources": "inputs"}
    variables = {renamed.get(name, name): _camel(value) for name, value in arguments.items() if value is not None}
    for new in [*variables.get("inputs", []), *([variables["input"]] if "input" in variables else [])]:
        new["owner"] = f"organizations/{new['owner']}"
    variables |= {"requestId": request_id, "validateOnly": validate_only}
    types = core_schema(_SCHEMA).mutation_type.fields[route.field].args
    declared = ", ".join(f"${name}: {types[name].type}" for name in variables)
    passed = ", ".join(f"{name}: ${name}" for name in variables)
    shown = f"count added total resource {{ {_SHOWN} memberCount }}" if route.area == "members" else _SHOWN
    shown = f"resource {{ {_SHOWN} }} parts {{ id }}" if route.area == "scenarios" else shown
    return f"mutation({declared}) {{ {route.field}({passed}) {{ {shown} }} }}", variables


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
