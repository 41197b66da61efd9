"""Promise 21 where access is administered: what no verb or question about it may cost before it is refused.

That a node without limits is found costing too much is shown in the proofs of the doors' edges beside this one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import partial
from http.client import HTTPConnection
from typing import Any

import grpc
from google.protobuf.descriptor_pool import Default
from google.protobuf.message_factory import GetMessageClass

from ucs.access.v1 import access_service_pb2
from ucs.errors.v1.error_detail_pb2 import ErrorDetail
from ucs_core.grpc.conversion import filled
from ucs_registry.sql import open_store

SERVICE = access_service_pb2.DESCRIPTOR.services_by_name["AccessService"].full_name
LONG = "a" * 900_000
"""Nearly as large as a request may be."""

NAME = "resources/" + "0" * 26
ROW = {"name": "policies/x", "role": "editor", "relation": "own"}
FULL = ROW | {
    "kind": "data", "type": "dataset", "share_type": "none", "data_level": "l1", "open_type": "none", "state": "online",
    "grant": "none_needed", "action": "read", "effect": "allow",
}  # fmt: skip
HELD = {"principal": "principals/editor", "role": "editor", "anchor": "organizations/qingdao-water"}
GRANT = {"grantee": "principals/editor", "action": "read", "resource": NAME}
INVALID, HIDDEN = "INVALID_ARGUMENT", "NOT_FOUND"


def edits() -> Iterator[tuple[str, dict[str, Any], str]]:
    """Edits that cannot be weighed, and where to put them."""
    for count in (1_001, 10_000):
        yield f"{count} policies", {"put": [FULL] * count}, INVALID
        yield f"{count} empty policies", {"put": [{}] * count}, INVALID
        yield f"{count} names", {"remove": ["x"] * count}, INVALID
        yield f"{count} assignments", {"assign": [{}] * count}, INVALID
        yield f"{count} principals", {"principals": [{}] * count}, INVALID
        yield f"{count} grants", {"give": [{}] * count}, INVALID
    yield "600 policies and 600 names", {"put": [ROW] * 600, "remove": ["x"] * 600}, INVALID
    yield "1,000 policies, the last of them wrong", {"put": [*[FULL] * 999, ROW | {"role": "A"}]}, INVALID
    for column in ("role", "type", "name"):
        yield f"a long {column}", {"put": [ROW | {column: LONG}]}, INVALID
    yield "a long name to remove", {"remove": [LONG]}, INVALID
    for column in HELD:
        yield f"a long {column} of an assignment", {"unassign": [HELD | {column: LONG}]}, INVALID
    for column in ("name", "title", "organization"):
        changed = {"name": "principals/x", "kind": "hub", "title": "X"} | {column: LONG}
        yield f"a long {column} of a principal", {"principals": [changed]}, INVALID
    for column in ("grantee", "resource"):
        yield f"a long {column} of a grant", {"give": [GRANT | {column: LONG}]}, INVALID


def requests() -> Iterator[tuple[str, str, dict[str, Any], str]]:
    """What is asked: a name, the method, the fields, and how the answer begins."""
    for name, stated, expected in edits():
        yield name, "WhatIf", {"edits": stated}, expected
        yield name, "TestPolicies", {"edits": stated}, expected
    yield "10,000 expectations", "TestPolicies", {"expectations": [{}] * 10_000}, INVALID
    yield "1,001 expectations", "TestPolicies", {"expectations": [{"resource": NAME}] * 1_001}, INVALID
    yield "a long expectation", "TestPolicies", {"expectations": [{"principal": LONG}]}, INVALID
    yield "10,000 policies", "ApplyPolicies", {"put": [FULL] * 10_000}, INVALID
    yield "10,000 names", "ApplyPolicies", {"remove": ["x"] * 10_000}, INVALID
    for name in ("GetPrincipal", "GetGrant"):
        yield "a long name", name, {"name": LONG}, HIDDEN
    for name in ("Enable", "Disable", "Unbind", "Update"):
        yield "a long name", f"{name}Principal", {"name": LONG}, HIDDEN
    yield "a long name", "RevokeTokens", {"name": LONG}, HIDDEN
    yield "a long issuer", "BindPrincipal", {"name": "principals/x", "subject": {"issuer": LONG}}, HIDDEN
    yield "a long id", "CreatePrincipal", {"principal": {"id": LONG, "kind": "hub", "title": "X"}}, INVALID
    yield "a mask", "UpdatePrincipal", {"name": "principals/x", "update_mask": {"paths": ["x"] * 200_000}}, INVALID
    yield "a long role", "AssignRole", {"role_assignment": HELD | {"role": LONG}}, INVALID
    yield "a long anchor", "UnassignRole", {"role_assignment": HELD | {"anchor": LONG}}, INVALID
    yield "a long principal", "AssignRole", {"role_assignment": HELD | {"principal": LONG}}, HIDDEN
    yield "a long resource", "GiveGrant", {"grant": GRANT | {"resource": LONG}}, HIDDEN
    yield "a long name", "RevokeGrant", {"name": LONG, "reason": "x"}, HIDDEN
    yield "a long resource", "Why", {"action": "read", "resource": LONG}, HIDDEN
    yield "a long resource", "WhoCan", {"action": "read", "resource": LONG}, HIDDEN
    yield "a long resource", "ListEffectiveActions", {"resource": LONG}, HIDDEN
    yield "a long subtree", "ListPrincipals", {"filter": {"organization_subtree": LONG}}, INVALID
    yield "a long role", "ListPrincipals", {"filter": {"role": LONG}}, "OK"
    yield "a long role", "ListPolicies", {"filter": {"role": LONG}}, "OK"
    yield "a long principal", "ListRoleAssignments", {"filter": {"principal": LONG}}, "OK"
    yield "a long grantee", "ListGrants", {"filter": {"grantee": LONG}}, "OK"
    for name in ("ListPrincipals", "ListPolicies", "ListRoleAssignments", "ListGrants", "WhatIf"):
        yield "a long page token", name, {"page_token": LONG}, INVALID


def send(channel: grpc.Channel, token: str, method: str, request: bytes) -> str:
    """Send bytes, and say how they are answered."""
    try:
        channel.unary_unary(f"/{SERVICE}/{method}")(
            request, metadata=[("authorization", f"Bearer {token}")], timeout=30
        )
    except grpc.RpcError as refusal:
        told = ErrorDetail.FromString(dict(refusal.trailing_metadata() or ()).get("ucs-error-bin", b""))
        return f"{refusal.code().name} {told.reason}".strip()
    return "OK"


WEIGHING = "query($edits: AccessEditsInput!) { whatIf(edits: $edits) { gained } }"
TESTING = "query($all: [ExpectationInput!]!) { testPolicies(expectations: $all) { passed } }"
APPLYING = "mutation($put: [PolicyInput!], $remove: [ID!]) { applyPolicies(put: $put, remove: $remove) { version } }"


def documents() -> Iterator[tuple[str, str, Mapping[str, Any], str]]:
    """What is asked over HTTP: a name, the document, its variables, and how the answer begins."""
    costly, wrong = "DOCUMENT_TOO_COSTLY", "FIELD_"
    row = {"id": "x", "role": "editor", "relation": "own"}
    held = {"principal": "editor", "role": "editor"}
    for name, stated, count in (("put", row, 200), ("assign", held, 700), ("remove", "x", 2_600)):
        for many in (count, 10_000):
            yield f"{many} to {name}", WEIGHING, {"edits": {name: [stated] * many}}, costly
    yield "190 policies, the last of them wrong", WEIGHING, {"edits": {"put": [*[row] * 189, row | {"id": "A"}]}}, wrong
    for column in row:
        if column != "relation":
            expected = "FIELD_PATTERN" if column == "id" else "POLICY_ROW_INVALID"
            yield f"a long {column}", WEIGHING, {"edits": {"put": [row | {column: LONG}]}}, expected
    expected = {"principal": "editor", "action": "read", "allowed": True, "resource": NAME}
    for many in (420, 8_000):
        yield f"{many} expectations", TESTING, {"all": [expected] * many}, costly
    yield "10,000 policies", APPLYING, {"put": [row] * 10_000}, costly
    yield "10,000 names", APPLYING, {"remove": ["x"] * 10_000}, costly
    weigh, page = "whatIf(edits: {}) { gained }", "principals { nodes { id } }"
    who = f'whoCan(action: read, resource: "{NAME}") {{ totalCount }}'
    for field, most in ((weigh, 1), (who, 6), (page, 19)):
        several = " ".join(f"a{number}: {field}" for number in range(most + 1))
        name = field.split("(")[0].split(" ")[0]
        yield f"{most + 1} times {name}", f"{{ {several} {weigh if field == page else ''} }}", {}, costly


def exchange(address: str, token: str, document: str, variables: Mapping[str, Any]) -> str:
    """Send a document, and say how it is answered."""
    connection = HTTPConnection(address, timeout=30)
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    connection.request("POST", "/graphql", json.dumps({"query": document, "variables": variables}), headers)
    body = json.loads(connection.getresponse().read())
    connection.close()
    return body["errors"][0]["extensions"]["reason"] if "errors" in body else "OK"


async def version(city: Any) -> int:
    store = await open_store(city.url)
    async with store.read() as reader:
        found = reader.head.access_version
    await store.close()
    return found


async def test_no_request_about_access_costs_much_before_it_is_refused(city, measured, findings):
    costs, before = await measured(UCS_REQUEST_SECONDS="10"), await version(city)
    methods = Default().FindServiceByName(SERVICE).methods_by_name
    with grpc.insecure_channel(costs.node.grpc) as channel:
        send(channel, city.token("admin"), "ListRoles", b"")
        for name, method, values, expected in requests():
            request = filled(GetMessageClass(methods[method].input_type)(), values).SerializeToString()
            sent = partial(send, channel, city.token("admin"), method, request)
            costs.trial(f"{method} with {name}", sent, expected)
    for name, document, variables, expected in documents():
        sent = partial(exchange, costs.node.http, city.token("admin"), document, variables)
        costs.trial(f"GraphQL with {name}", sent, expected)
    findings.expect_none(costs.violations)
    assert await version(city) == before
    assert "Traceback" not in costs.node.output
