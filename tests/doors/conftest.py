"""Both doors of a node in the hands of anybody, answering alike.

Verbs and questions are called by the platform's own names, with its own arguments, and answered alike by both doors: plain
JSON in snake case, without what is empty.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor_pool import Default
from google.protobuf.message_factory import GetMessageClass
from graphql import GraphQLObjectType, get_named_type, is_leaf_type

from ucs.errors.v1.error_detail_pb2 import ErrorDetail
from ucs_core.access import LocalIssuer
from ucs_core.graphql import Caller, DocumentErrors, GraphqlDoor, refused
from ucs_core.graphql.schema import build_schema, core_schema
from ucs_core.grpc.conversion import filled, plain
from ucs_core.platform.calls import new_call_id
from ucs_sdk.errors import UcsError
from ucs_sdk.messages import Locale

VERBS = {
    "principals.create": ("CreatePrincipal", "createPrincipal"),
    "principals.update": ("UpdatePrincipal", "updatePrincipal"),
    "principals.disable": ("DisablePrincipal", "disablePrincipal"),
    "principals.enable": ("EnablePrincipal", "enablePrincipal"),
    "principals.bind": ("BindPrincipal", "bindPrincipal"),
    "principals.unbind": ("UnbindPrincipal", "unbindPrincipal"),
    "principals.revoke_tokens": ("RevokeTokens", "revokeTokens"),
    "roles.assign": ("AssignRole", "assignRole"),
    "roles.unassign": ("UnassignRole", "unassignRole"),
    "policies.apply": ("ApplyPolicies", "applyPolicies"),
    "grants.give": ("GiveGrant", "giveGrant"),
    "grants.revoke": ("RevokeGrant", "revokeGrant"),
}
"""Every verb on access: its method and its mutation."""

QUESTIONS = {
    "principal": ("GetPrincipal", "principal"),
    "principals": ("ListPrincipals", "principals"),
    "roles": ("ListRoles", "roles"),
    "assignments": ("ListRoleAssignments", "roleAssignments"),
    "policies": ("ListPolicies", "policies"),
    "grant": ("GetGrant", "grant"),
    "grants": ("ListGrants", "grants"),
    "why": ("Why", "why"),
    "who_can": ("WhoCan", "whoCan"),
    "effective": ("ListEffectiveActions", "effectiveActions"),
    "what_if": ("WhatIf", "whatIf"),
    "test": ("TestPolicies", "testPolicies"),
}
"""Every question about access: its method and its field."""

_SCHEMA = core_schema(build_schema())
ACCESS = "ucs.access.v1.AccessService"

_NAMED = {
    "organization": "organizations/",
    "organization_subtree": "organizations/",
    "anchor": "organizations/",
    "owner": "organizations/",
    "principal": "principals/",
}
_WIRE = {
    "first": "page_size",
    "after": "page_token",
    "valid_from": "start_time",
    "valid_until": "expire_time",
    "id": "name",
}
_PLAIN = {
    "name": "id",
    "start_time": "valid_from",
    "expire_time": "valid_until",
    "revoke_time": "revoked_before",
    "policy_count": "policies",
    "holder_count": "holders",
    "total_size": "total_count",
}
_NODES = ("nodes", "principals", "role_assignments", "policies", "grants", "holders", "lines")
_LISTS = ("roles", "effective_actions", "results")


class Refusal(UcsError):
    """What a door refused, by the words of the platform."""

    def __init__(self, reason: str, code: str, fields: Mapping[str, Any]) -> None:
        super().__init__(reason, **dict(fields))
        self.told = code


@dataclass(kw_only=True)
class Doors:
    """Both doors of a node in the hands of anybody; `call_id` is that of the last call."""

    channel: grpc.aio.Channel
    graphql: GraphqlDoor
    issuer: LocalIssuer
    call_id: str = ""
    tokens: dict[str, str] = field(default_factory=dict)

    async def do(self, way: str, who: str, verb: str, **arguments: Any) -> Any:
        """The answer to a verb; `request_id` and `validate_only` go along with its arguments."""
        method, name = VERBS[verb]
        if way == "grpc":
            return await self.rpc(who, f"{ACCESS}.{method}", _wire_verb(verb, arguments))
        return await self.field("mutation", who, name, _graphql_verb(verb, arguments))

    async def ask(self, way: str, who: str, question: str, **arguments: Any) -> Any:
        """The answer to a question."""
        method, name = QUESTIONS[question]
        if way == "grpc":
            return await self.rpc(who, f"{ACCESS}.{method}", _wired(arguments))
        return await self.field("query", who, name, {key: _named(value, key) for key, value in arguments.items()})

    async def rpc(self, who: str, method: str, values: Mapping[str, Any]) -> Any:
        """The answer of a method of any service, by its full name."""
        service, _, name = method.rpartition(".")
        found = Default().FindServiceByName(service).methods_by_name[name]
        request = filled(GetMessageClass(found.input_type)(), values)
        send = self.channel.unary_unary(
            f"/{service}/{name}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=GetMessageClass(found.output_type).FromString,
        )
        call = send(request, metadata=self._metadata(who))
        try:
            answer = await call
        except grpc.aio.AioRpcError as failure:
            trailing = failure.trailing_metadata() or {}
            self.call_id = trailing.get("ucs-call-id", "")
            detail = ErrorDetail.FromString(trailing["ucs-error-bin"])
            raise Refusal(detail.reason, failure.code().name, detail.fields) from failure
        self.call_id = (await call.trailing_metadata()).get("ucs-call-id", "")
        return _from_wire(plain(answer))

    async def field(self, operation: str, who: str, name: str, arguments: Mapping[str, Any]) -> Any:
        """The answer of a field of the schema, with all that can be selected of it."""
        root = _SCHEMA.mutation_type if operation == "mutation" else _SCHEMA.query_type
        found = root.fields[name]
        values = {_camel(key): _camelled(value) for key, value in arguments.items()}
        declared = ", ".join(f"${key}: {found.args[key].type}" for key in values)
        passed = ", ".join(f"{key}: ${key}" for key in values)
        heads = (f"({declared})", f"({passed})") if values else ("", "")
        document = f"{operation}{heads[0]} {{ answer: {name}{heads[1]} {_selection(get_named_type(found.type))} }}"
        body = await self.document(who, document, values)
        if "errors" in body:
            told = body["errors"][0]["extensions"]
            raise Refusal(told["reason"], told["code"], told["fields"])
        return _from_graphql(body["data"]["answer"])

    async def document(self, who: str, document: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        """The whole body that the GraphQL door gives."""
        caller = Caller(principal=who, locale=Locale.EN, call_id=new_call_id())
        self.call_id = caller.call_id
        try:
            operation = self.graphql.prepare(document, None, variables)
            return (await self.graphql.run(operation, variables, caller)).body
        except (UcsError, DocumentErrors) as error:
            return refused(error, caller).body

    def _metadata(self, who: str) -> list[tuple[str, str]]:
        token = self.tokens.setdefault(who, self.issuer.issue(who, lifetime=timedelta(minutes=10)))
        return [("authorization", f"Bearer {token}")]


def _wire_verb(verb: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    values = dict(arguments)
    beside = {name: values.pop(name) for name in ("request_id", "validate_only") if name in values}
    match verb:
        case "principals.create":
            # A new principal's id is no name yet.
            new = dict(values["principal"])
            values = {"principal": {**_wired(new), "id": new.get("id")}}
            values["principal"].pop("name", None)
        case "principals.update":
            values = {
                "name": values["name"],
                "changes": _wired(values["changes"]),
                "update_mask": {"paths": list(values["changes"])},
            }
        case "principals.bind":
            subject = {"issuer": values["issuer"], "subject": values["subject"]}
            values = {"name": values["name"], "subject": subject}
        case "roles.assign" | "roles.unassign":
            values = {"role_assignment": _wired(values)}
        case _:
            values = _wired(values)
    return values | beside


def _graphql_verb(verb: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    renamed = {"name": "id"} | ({"principal": "input"} if verb == "principals.create" else {"grant": "input"})
    return {renamed.get(key, key): _named(value, key) for key, value in arguments.items()}


def _named(value: Any, key: str = "") -> Any:
    """Ids as names, as both doors take them."""
    match value:
        case str() if key in _NAMED and "/" not in value:
            return _NAMED[key] + value
        case dict():
            return {name: _named(part, name) for name, part in value.items()}
        case list():
            return [_named(part) for part in value]
        case _:
            return value


def _wired(value: Any) -> Any:
    match value:
        case dict():
            named = {name: _named(part, name) for name, part in value.items()}
            return {_WIRE.get(name, name): _wired(part) for name, part in named.items() if part is not None}
        case list():
            return [_wired(part) for part in value]
        case _:
            return value


def _from_wire(value: Any) -> Any:
    """An answer of gRPC in the words of GraphQL."""
    if isinstance(value, list):
        return [_from_wire(part) for part in value]
    if not isinstance(value, dict):
        return value
    made = {_PLAIN.get(key, key): _from_wire(part) for key, part in value.items()}
    if "expectation" in made:
        expected = made.pop("expectation")
        made |= {key: part for key, part in expected.items() if key != "allowed"}
        made |= {"expected": expected.get("allowed", False)}
    if made.pop("position", None) is not None:
        for key in _LISTS:
            if key in made:
                return made[key]
        made["nodes"] = next((made.pop(key) for key in _NODES if isinstance(made.get(key), list)), [])
        made["next"] = made.pop("next_page_token", None)
    return _full(made)


def _from_graphql(value: Any) -> Any:
    if isinstance(value, list):
        return [_from_graphql(part) for part in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"id"}:
        return value["id"]
    made = {_snake(key): _from_graphql(part) for key, part in value.items()}
    info = made.pop("page_info", None)
    if info is not None:
        made["next"] = info.get("end_cursor") if info.get("has_next_page") else None
        made = {"nodes": []} | _full(made)
    return _full(made)


def _full(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key == "nodes" or value not in (None, "", [], False, 0, {})}


def _selection(type: Any) -> str:
    """Everything that can be selected of a type; of an organisation its name."""
    if not isinstance(type, GraphQLObjectType):
        return ""
    if type.name == "Organization":
        return "{ id }"
    fields = []
    for name, part in type.fields.items():
        inner = get_named_type(part.type)
        if name != "edges":
            fields.append(name if is_leaf_type(inner) else f"{name} {_selection(inner)}")
    return "{ " + " ".join(fields) + " }"


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(map(str.capitalize, rest))


def _camelled(value: Any) -> Any:
    if isinstance(value, list):
        return [_camelled(part) for part in value]
    return {_camel(key): _camelled(part) for key, part in value.items()} if isinstance(value, dict) else value


def _snake(name: str) -> str:
    return re.sub("[A-Z]", lambda found: f"_{found[0].lower()}", name)


@pytest.fixture
def doors():
    return Doors


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    # Where a proxy is set for the world outside, grpc would look for the loopback behind it.
    monkeypatch.setenv("no_grpc_proxy", "127.0.0.1")


@pytest.fixture(params=["grpc", "graphql"])
def way(request):
    """Each of the doors."""
    return request.param


@pytest.fixture
def routes():
    return {"verbs": VERBS, "questions": QUESTIONS}


@pytest.fixture
def refusal():
    """Awaits what must be refused, and gives the refusal."""

    async def caught(asked: Any) -> Refusal:
        with pytest.raises(Refusal) as found:
            await asked
        return found.value

    return caught
