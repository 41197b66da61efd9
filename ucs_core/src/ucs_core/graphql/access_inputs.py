"""What questions and verbs on access take, and how it becomes the plain JSON that the platform reads.

Names lose their prefixes here; a bare id is taken as well. What is null is not stated: a condition that matches
everything, an organisation to which one does not belong. The platform checks everything that the schema does not.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import strawberry

from ucs_core.graphql.enums import (
    Action,
    Availability,
    DataLevel,
    Effect,
    GrantNeed,
    OpenType,
    PrincipalKind,
    Relation,
    ResourceKind,
    ShareType,
)
from ucs_core.graphql.inputs import plain_fields
from ucs_core.graphql.texts import POLICY, Assignable, described
from ucs_core.platform.administration import directory

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def _maybe(zh: str, en: str) -> Assignable:
    return strawberry.field(default=None, description=f"{zh} · {en}")


def _column(name: str) -> Assignable:
    return strawberry.field(default=None, description=POLICY[name])


@strawberry.input(description="主体筛选：各条件须同时满足 · Which principals; every stated part must hold")
class PrincipalFilter:
    """Which principals."""

    kind: PrincipalKind | None = _maybe("主体类别", "Kind")
    organization_subtree: strawberry.ID | None = _maybe("所属机构及其下级", "An organisation and all below it")
    disabled: bool | None = _maybe("是否停用", "Only those who are shut out, or only those who are not")
    role: str | None = _maybe("所任角色", "Those who hold this role, anywhere")


@strawberry.input(description="任职筛选：各条件须同时满足 · Which assignments; every stated part must hold")
class RoleAssignmentFilter:
    """Which assignments."""

    principal: strawberry.ID | None = _maybe("主体", "Whose")
    role: str | None = _maybe("角色", "Of which role")
    anchor: strawberry.ID | None = _maybe("任职机构", "At which organisation")


@strawberry.input(description="策略筛选：各条件须同时满足 · Which policies; every stated part must hold")
class PolicyFilter:
    """Which policies."""

    role: str | None = _maybe("角色", "Those that speak of this role")
    action: Action | None = _maybe("操作", "Those with this action, or with every action")
    effect: Effect | None = _maybe("效果", "Those with this effect")


@strawberry.input(description="授权筛选：各条件须同时满足 · Which grants; every stated part must hold")
class GrantFilter:
    """Which grants."""

    resource: strawberry.ID | None = _maybe("资源", "On which resource")
    grantee: strawberry.ID | None = _maybe("被授权方", "To whom: principals/… or organizations/…")
    live: bool = strawberry.field(default=False, description="仅现行有效 · Only those that count now")


@strawberry.input(description="新建主体 · A new principal")
class CreatePrincipalInput:
    """A new principal."""

    id: strawberry.ID = described("编号，创建后不可更改", "Its id; stays")
    kind: PrincipalKind = described("主体类别", "What it is")
    title: str = described("名称", "Name for people")
    organization: strawberry.ID | None = _maybe("所属机构", "organizations/…")


@strawberry.input(description="主体的修改：缺省不变，null 清空 · Changes; absent is untouched, null clears")
class PrincipalChanges:
    """Changes to a principal."""

    title: str | None = strawberry.field(default=strawberry.UNSET, description="名称 · Name for people")
    organization: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="所属机构 · organizations/…"
    )


@strawberry.input(
    description="策略；条件缺省或为 null 即匹配全部 · A policy; a condition that is absent or null matches everything"
)
class PolicyInput:
    """A policy."""

    id: strawberry.ID = described("策略编号", "Its id, or policies/…")
    role: str = strawberry.field(description=POLICY["role"])
    relation: Relation = strawberry.field(description=POLICY["relation"])
    kind: ResourceKind | None = _column("kind")
    type: str | None = _column("type")
    share_type: ShareType | None = _column("share_type")
    data_level: DataLevel | None = _column("data_level")
    open_type: OpenType | None = _column("open_type")
    state: Availability | None = _column("state")
    grant: GrantNeed | None = _maybe("是否需要授权，默认无需", "Whether it asks for a grant; not when null")
    action: Action | None = _column("action")
    effect: Effect | None = _maybe("效果，默认允许", "Allow or deny; allow when null")


@strawberry.input(description="新授权 · A grant to give")
class GiveGrantInput:
    """A grant to give."""

    grantee: strawberry.ID = described("被授权方", "principals/…, or organizations/… with all below it")
    action: Action = described("操作", "What")
    resource: strawberry.ID = described("资源", "With which resource")
    valid_from: datetime | None = _maybe("生效时间，默认即刻", "From when on; now when null")
    valid_until: datetime | None = _maybe("失效时间，默认至撤销", "Until when; until revoked when null")


@strawberry.input(description="任职 · A role at an organisation, or at none")
class RoleAssignmentInput:
    """A role at an organisation, or at none."""

    principal: strawberry.ID = described("主体", "Who")
    role: str = described("角色", "Which role")
    anchor: strawberry.ID | None = _maybe("任职机构", "At which organisation")


@strawberry.input(description="设想中的主体 · A principal as an edit would leave it")
class EditedPrincipalInput:
    """A principal as an edit would leave it."""

    id: strawberry.ID = described("名称；已有者被替换", "principals/…; one that exists is replaced")
    kind: PrincipalKind = described("主体类别", "What it is")
    title: str = described("名称", "Name for people")
    organization: strawberry.ID | None = _maybe("所属机构", "organizations/…")
    disabled: bool = strawberry.field(default=False, description="是否停用 · Whether it is shut out")


@strawberry.input(description="设想中的权限变更 · Edits that are weighed before they are made, all at once")
class AccessEditsInput:
    """Edits that are weighed before they are made."""

    put: list[PolicyInput] | None = _maybe("新增或替换的策略", "Policies to enter or replace")
    remove: list[strawberry.ID] | None = _maybe("删除的策略", "Policies to remove")
    assign: list[RoleAssignmentInput] | None = _maybe("新增的任职", "Roles to assign")
    unassign: list[RoleAssignmentInput] | None = _maybe("撤销的任职", "Roles to take away")
    principals: list[EditedPrincipalInput] | None = _maybe("新增或替换的主体", "Principals to enter or replace")
    give: list[GiveGrantInput] | None = _maybe("给予的授权", "Grants to give")
    revoke: list[strawberry.ID] | None = _maybe("撤销的授权", "Grants to revoke")


@strawberry.input(description="设想资源的访问属性 · All that a policy can see of a resource")
class AccessAttributesInput:
    """All that a policy can see of a resource."""

    owner: strawberry.ID = described("所属机构", "Owner")
    kind: ResourceKind = described("资源类别", "Kind")
    type: str = described("资源类型", "Type")
    share_type: ShareType = described("共享类型", "Share type")
    data_level: DataLevel = described("数据分级", "Data level")
    open_type: OpenType = described("开放属性", "Open type")
    state: Availability = described("可用状态", "Availability")


@strawberry.input(
    description="预期的决定：资源或所设想的属性二者取一 · An expected decision; either a resource or attributes"
)
class ExpectationInput:
    """An expected decision."""

    principal: strawberry.ID = described("主体", "Who")
    action: Action = described("操作", "Does what")
    resource: strawberry.ID | None = _maybe("资源", "With a resource that exists")
    attributes: AccessAttributesInput | None = _maybe("访问属性", "Or with one that is described")
    allowed: bool = described("是否应当允许", "Whether it is to be allowed")


def wanted_principals(filter: PrincipalFilter | None) -> directory.PrincipalFilter:
    """The directory's filter."""
    return directory.PrincipalFilter() if filter is None else directory.PrincipalFilter(**_fields(filter))


def wanted_assignments(filter: RoleAssignmentFilter | None) -> directory.AssignmentFilter:
    """The directory's filter."""
    return directory.AssignmentFilter() if filter is None else directory.AssignmentFilter(**_fields(filter))


def wanted_policies(filter: PolicyFilter | None) -> directory.PolicyFilter:
    """The directory's filter."""
    return directory.PolicyFilter() if filter is None else directory.PolicyFilter(**_fields(filter))


def stated(input: DataclassInstance) -> dict[str, Any]:
    """An input as plain JSON with bare ids; what is null is left out."""
    return {name: _bare(name, value) for name, value in plain_fields(input).items() if value is not None}


def changed(changes: PrincipalChanges) -> dict[str, Any]:
    """Changes as plain JSON with bare ids; null clears, and what is absent is left out."""
    return {name: _bare(name, value) for name, value in plain_fields(changes).items()}


def _fields(filter: DataclassInstance) -> dict[str, Any]:
    return {field.name: getattr(filter, field.name) for field in dataclasses.fields(filter)}


_PREFIXES: Mapping[str, tuple[str, ...]] = {
    "id": ("policies/", "principals/"),
    "remove": ("policies/",),
    "revoke": ("grants/",),
    "principal": ("principals/",),
    "organization": ("organizations/",),
    "organization_subtree": ("organizations/",),
    "anchor": ("organizations/",),
    "owner": ("organizations/",),
}
"""What a field's names begin with, by the field. Grantees and resources keep theirs."""


def _bare(name: str, value: object) -> object:
    match value:
        case str():
            prefix = next((prefix for prefix in _PREFIXES.get(name, ()) if value.startswith(prefix)), "")
            return value.removeprefix(prefix)
        case dict():
            return {key: _bare(key, part) for key, part in value.items() if part is not None}
        case list():
            return [_bare(name, part) for part in value]
        case _:
            return value
