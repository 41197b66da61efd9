"""Principals, roles, policies and grants between the wire and the platform.

Names lose their prefixes on the way in; what is empty is not stated, and a condition that is not stated is `*`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf.message import Message

from ucs.access.v1 import explanation_pb2, grant_pb2, policy_pb2, principal_pb2
from ucs_core.access.actions import Action
from ucs_core.access.policy import COLUMNS, WILDCARD, Effect, PolicyRow
from ucs_core.grpc.conversion import filled, plain
from ucs_core.grpc.terms import not_one_of
from ucs_core.platform.administration.directory import AssignmentFilter, PolicyFilter, PrincipalFilter, RoleView
from ucs_core.platform.administration.grants import GrantView
from ucs_core.platform.administration.roles import RoleAssignmentView
from ucs_core.platform.validation import check_few
from ucs_registry.principals import Principal
from ucs_sdk.messages import Locale, Phrase
from ucs_sdk.vocabulary import PrincipalKind

_CHANGES = tuple(field.name for field in principal_pb2.PrincipalChanges.DESCRIPTOR.fields)

_PREFIXES: Mapping[str, str] = {
    "principal": "principals/",
    "organization": "organizations/",
    "organization_subtree": "organizations/",
    "anchor": "organizations/",
    "owner": "organizations/",
}
"""What a field's names begin with, by the field. Grantees and resources keep theirs."""

_RENAMED = {"start_time": "valid_from", "expire_time": "valid_until"}


def stated(message: Message, path: str = "") -> dict[str, Any]:
    """What a message states, as the platform takes it: bare ids, and nothing where nothing was stated."""
    return {_RENAMED.get(name, name): _bare(value, name) for name, value in plain(message, path).items()}


def wanted_principals(message: principal_pb2.PrincipalFilter) -> PrincipalFilter:
    """Which principals a filter means."""
    values = stated(message, "filter")
    return PrincipalFilter(**values | {"kind": PrincipalKind(values["kind"]) if "kind" in values else None})


def wanted_assignments(message: policy_pb2.RoleAssignmentFilter) -> AssignmentFilter:
    """Which assignments a filter means."""
    return AssignmentFilter(**stated(message, "filter"))


def wanted_policies(message: policy_pb2.PolicyFilter) -> PolicyFilter:
    """Which policies a filter means."""
    values = stated(message, "filter")
    return PolicyFilter(
        role=values.get("role"),
        action=Action(values["action"]) if "action" in values else None,
        effect=Effect(values["effect"]) if "effect" in values else None,
    )


def principal_message(principal: Principal) -> principal_pb2.Principal:
    """A principal."""
    values = {
        "name": principal.name,
        "kind": principal.kind,
        "title": principal.title,
        "organization": organization_name(principal.organization),
        "disabled": principal.disabled,
        "subject": principal.subject,
        "revoke_time": principal.revoked_before,
    }
    return filled(principal_pb2.Principal(), values)


def principal_card(principal: Principal) -> principal_pb2.Principal:
    """A principal that is named to somebody who may not know more: without what it is at its provider."""
    return principal_message(principal.model_copy(update={"subject": None, "revoked_before": None}))


def changes(request: principal_pb2.UpdatePrincipalRequest) -> dict[str, Any]:
    """The fields of a principal that an update replaces; None clears one. Raises Invalid for a mask of unknown fields."""
    values, mask = stated(request.changes, "changes"), list(request.update_mask.paths)
    if not mask:
        return values
    for path in mask if mask != ["*"] else ():
        if path not in _CHANGES:
            raise not_one_of("update_mask", path, list(_CHANGES))
    return {name: values.get(name) for name in (mask if mask != ["*"] else _CHANGES)}


def role_message(view: RoleView) -> policy_pb2.Role:
    """A role."""
    title = {"zh": view.title_zh, "en": view.title_en}
    values = {"role": view.name, "title": title, "policy_count": view.policies, "holder_count": view.holders}
    return filled(policy_pb2.Role(), values)


def assignment_message(view: RoleAssignmentView) -> policy_pb2.RoleAssignment:
    """A role as somebody holds it."""
    return policy_pb2.RoleAssignment(
        principal=f"principals/{view.principal}", role=view.role, anchor=organization_name(view.anchor)
    )


def policy_message(row: PolicyRow) -> policy_pb2.Policy:
    """A policy; a condition that matches everything is left out."""
    columns = {column.name: getattr(row, column.name) for column in COLUMNS}
    conditions = {name: value for name, value in columns.items() if value != WILDCARD}
    return filled(policy_pb2.Policy(), conditions | {"name": policy_name(row.id)})


def unread_message(id: str, problem: Phrase) -> policy_pb2.UnreadPolicy:
    """A row that is no policy."""
    told = {"zh": problem.worded(Locale.ZH), "en": problem.worded(Locale.EN)}
    return filled(policy_pb2.UnreadPolicy(), {"name": policy_name(id), "problem": told})


def policy_name(id: str | None) -> str:
    """The name of a policy on the wire; empty for none."""
    return f"policies/{id}" if id else ""


def organization_name(id: str | None) -> str:
    """The name of an organisation on the wire; empty for none."""
    return f"organizations/{id}" if id else ""


def policy(message: policy_pb2.Policy, path: str) -> dict[str, Any]:
    """A policy as the platform takes it; errors name what lies below `path`."""
    values = stated(message, path)
    named = {"id": values.pop("name").removeprefix("policies/")} if "name" in values else {}
    # What is not stated here is every action: the platform itself wants that said.
    return {"action": WILDCARD} | values | named


def grant_message(view: GrantView) -> grant_pb2.Grant:
    """A grant."""
    values = {
        "name": f"grants/{view.id}",
        "grantee": view.grantee,
        "action": view.action,
        "resource": view.resource,
        "start_time": view.valid_from,
        "expire_time": view.valid_until,
    }
    return filled(grant_pb2.Grant(), values)


def edits(message: explanation_pb2.AccessEdits, path: str) -> dict[str, Any]:
    """Edits as the platform takes them; errors name what lies below `path`."""
    check_few(sum(len(items) for _, items in message.ListFields()), path)
    return {
        "put": [policy(item, f"{path}.put[{at}]") for at, item in enumerate(message.put)],
        "remove": [name.removeprefix("policies/") for name in message.remove],
        "assign": [stated(item, f"{path}.assign[{at}]") for at, item in enumerate(message.assign)],
        "unassign": [stated(item, f"{path}.unassign[{at}]") for at, item in enumerate(message.unassign)],
        "principals": [_edited(item, f"{path}.principals[{at}]") for at, item in enumerate(message.principals)],
        "give": [stated(item, f"{path}.give[{at}]") for at, item in enumerate(message.give)],
        "revoke": [name.removeprefix("grants/") for name in message.revoke],
    }


def expectation(message: explanation_pb2.Expectation, path: str) -> dict[str, Any]:
    """An expectation as the platform takes it; errors name what lies below `path`."""
    # False travels as nothing.
    return {"allowed": False} | stated(message, path)


def _edited(message: explanation_pb2.EditedPrincipal, path: str) -> dict[str, Any]:
    values = stated(message, path)
    return values | ({"id": values.pop("name").removeprefix("principals/")} if "name" in values else {})


def _bare(value: Any, name: str = "") -> Any:  # noqa: ANN401 -- any JSON
    match value:
        case str():
            return value.removeprefix(_PREFIXES.get(name, ""))
        case dict():
            return {_RENAMED.get(key, key): _bare(part, key) for key, part in value.items()}
        case list():
            return [_bare(part, name) for part in value]
        case _:
            return value
