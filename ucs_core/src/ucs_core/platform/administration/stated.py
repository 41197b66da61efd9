"""Edits of access and expectations as doors hand them over: plain JSON with bare ids, read before anything is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints

from ucs_core.access.actions import Action
from ucs_core.access.edits import AccessEdits
from ucs_core.access.policy import WILDCARD, PolicyRow, RoleAssignment, assignment_id
from ucs_core.access.what_if import Expectation
from ucs_core.platform.administration.policies import PolicyInput, RuleId
from ucs_core.platform.validation import check_chunk, check_few, parse
from ucs_registry.canonical import PLAIN_TEXT
from ucs_registry.instants import Instant
from ucs_registry.organizations import OrganizationId
from ucs_registry.principals import Principal, PrincipalId
from ucs_registry.resources import AccessAttributes, ResourceName, TypeId
from ucs_registry.visibility import Grant
from ucs_sdk.errors import Invalid

T = TypeVar("T")

Word = Annotated[str, StringConstraints(max_length=100, pattern=PLAIN_TEXT)]
"""A role's name as far as its form goes; the row itself says what it may mean."""

GrantId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
Grantee = Annotated[str, StringConstraints(pattern=r"^(principals|organizations)/[a-z0-9._-]{1,64}$")]

ALWAYS = datetime(1, 1, 1, tzinfo=UTC)
"""From when on a grant counts that does not say so: at whatever instant the question is asked."""


class _Stated(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Assignment(_Stated):
    principal: PrincipalId
    role: Word
    anchor: OrganizationId | None = None


class _Grant(_Stated):
    grantee: Grantee
    action: Action
    resource: ResourceName
    valid_from: Instant = ALWAYS
    valid_until: Instant | None = None


class _Reference(_Stated):
    id: RuleId


class _GrantReference(_Stated):
    id: GrantId


class _Attributes(AccessAttributes):
    model_config = ConfigDict(frozen=True, extra="forbid")

    owner: OrganizationId
    type: TypeId


class _Expectation(_Stated):
    principal: PrincipalId
    action: Action
    resource: ResourceName | None = None
    attributes: _Attributes | None = None
    allowed: bool


def read_edits(stated: Mapping[str, Any], path: str) -> AccessEdits:
    """The edits that were stated, up to 1,000 in all. Raises Invalid for the first that cannot be right, below `path`."""

    def each(name: str, read: Callable[[Any, str, int], T]) -> tuple[T, ...]:
        return tuple(read(item, f"{path}.{name}[{at}]", at) for at, item in enumerate(stated.get(name) or ()))

    check_few(sum(map(len, stated.values())), path)
    return AccessEdits(
        put=each("put", _policy),
        remove=each("remove", _removed),
        assign=each("assign", _assignment),
        unassign=each("unassign", _assignment),
        principals=each("principals", _principal),
        give=each("give", _grant),
        revoke=each("revoke", _revoked),
    )


def read_expectations(stated: Sequence[Mapping[str, Any]], path: str) -> list[Expectation]:
    """The expectations that were stated, 1 to 1,000. Raises Invalid for the first that cannot be right, below `path`."""
    check_chunk(stated, path)
    return [_expectation(item, f"{path}[{at}]") for at, item in enumerate(stated)]


def _policy(item: Mapping[str, Any], path: str, at: int) -> PolicyRow:
    stated = parse(PolicyInput, {"action": WILDCARD, **item}, path)
    return _row(stated.to_row, path)


def _assignment(item: Mapping[str, Any], path: str, at: int) -> RoleAssignment:
    stated = parse(_Assignment, item, path)
    id = assignment_id(stated.principal, stated.role, stated.anchor)
    return _row(lambda: RoleAssignment(id=id, principal=stated.principal, role=stated.role, anchor=stated.anchor), path)


def _row(make: Callable[[], T], path: str) -> T:
    """A row; what is wrong with it is told with its place."""
    try:
        return make()
    except Invalid as refusal:
        fields = {**refusal.fields, "path": path}
        raise Invalid(refusal.reason, retry_after=None, **fields) from refusal


def _principal(item: Mapping[str, Any], path: str, at: int) -> Principal:
    return parse(Principal, item, path)


def _grant(item: Mapping[str, Any], path: str, at: int) -> Grant:
    stated = parse(_Grant, item, path)
    return Grant(
        id=f"edit-{at}",
        grantee=stated.grantee,
        action=stated.action.value,
        resource=stated.resource,
        valid_from=stated.valid_from,
        valid_until=stated.valid_until,
        origin="",
    )


def _removed(id: str, path: str, at: int) -> str:
    return parse(_Reference, {"id": id}, path).id


def _revoked(id: str, path: str, at: int) -> str:
    return parse(_GrantReference, {"id": id}, path).id


def _expectation(item: Mapping[str, Any], path: str) -> Expectation:
    stated = parse(_Expectation, item, path)
    if (stated.resource is None) == (stated.attributes is None):
        raise Invalid("ARGUMENTS_EXCLUSIVE", arguments=[f"{path}.resource", f"{path}.attributes"])
    return Expectation(
        principal=stated.principal,
        action=stated.action,
        resource=stated.resource or AccessAttributes(**dict(stated.attributes or {})),
        allowed=stated.allowed,
    )
