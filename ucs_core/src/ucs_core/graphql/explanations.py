"""Decisions explained in the schema, and who the caller is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self, TypeVar

import strawberry

from ucs_core.access.explain import Explanation as Explained
from ucs_core.access.explain import Remedy as Remedying
from ucs_core.access.policy import WILDCARD, PolicyRow
from ucs_core.graphql.context import Info
from ucs_core.graphql.entries import AccessAttributes
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
from ucs_core.graphql.nodes import Node
from ucs_core.graphql.organizations import Organization, load_organization
from ucs_core.graphql.texts import described, policy_column, resolved
from ucs_registry.principals import Principal

T = TypeVar("T")


@strawberry.type(description="所任角色 · A role as somebody holds it")
class HeldRole:
    """A role at an anchor organisation, or at none."""

    role: str = described("角色", "Role")
    anchor: strawberry.ID | None = described("任职机构", "The organisation at which it is held")


def held_role(role: str, anchor: str | None) -> HeldRole:
    """The schema's object for a role and the id of its anchor."""
    return HeldRole(role=role, anchor=_organization(anchor))


@strawberry.type(description="调用者 · Who asks")
class Viewer(Node):
    """The authenticated caller."""

    principal: strawberry.Private[Principal]
    kind: PrincipalKind = described("主体类别", "What it is")
    title: str = described("名称", "Name for people")
    roles: list[HeldRole] = described("所任角色", "Roles")

    @classmethod
    def of(cls, principal: Principal, roles: list[tuple[str, str | None]]) -> Self:
        """The schema's object for a principal and its roles."""
        return cls(
            id=strawberry.ID(principal.name),
            principal=principal,
            kind=principal.kind,
            title=principal.title,
            roles=[held_role(role, anchor) for role, anchor in roles],
        )

    @resolved("所属机构", "The organisation to which it belongs")
    async def organization(self, info: Info) -> Organization | None:
        """The organisation."""
        if self.principal.organization is None:
            return None
        return await load_organization(info, self.principal.organization)


@strawberry.type(description="策略；条件为 null 即匹配全部 · A policy; a condition that is null matches everything")
class Policy:
    """A policy row."""

    id: strawberry.ID = described("策略名称", "policies/…")
    role: str = policy_column("role")
    relation: Relation = policy_column("relation")
    kind: ResourceKind | None = policy_column("kind")
    type: str | None = policy_column("type")
    share_type: ShareType | None = policy_column("share_type")
    data_level: DataLevel | None = policy_column("data_level")
    open_type: OpenType | None = policy_column("open_type")
    state: Availability | None = policy_column("state")
    grant: GrantNeed = policy_column("grant")
    action: Action | None = policy_column("action")
    effect: Effect = policy_column("effect")

    @classmethod
    def of(cls, row: PolicyRow) -> Self:
        """The schema's object for a policy row."""
        return cls(
            id=policy_name(row.id),
            role=row.role,
            relation=Relation(row.relation),
            kind=_condition(ResourceKind, row.kind),
            type=_condition(str, row.type),
            share_type=_condition(ShareType, row.share_type),
            data_level=_condition(DataLevel, row.data_level),
            open_type=_condition(OpenType, row.open_type),
            state=_condition(Availability, row.state),
            grant=GrantNeed(row.grant),
            action=_condition(Action, row.action),
            effect=Effect(row.effect),
        )


def policy_name(id: str) -> strawberry.ID:
    """The name of a policy on the wire."""
    return strawberry.ID(f"policies/{id}")


@strawberry.type(description="可行办法 · A role that would allow it")
class Remedy:
    """A role that would allow it."""

    role: str = described("角色", "Role")
    anchors: list[strawberry.ID] = described("任职机构，由近及远", "At any of these organisations, nearest first")
    anywhere: bool = described("无需任职机构", "Whether it helps without an organisation")


@strawberry.type(description="可授权人 · A principal that could give a grant or a role")
class Granter:
    """A principal that administers the owner."""

    principal: strawberry.ID = described("主体", "Who")
    held: HeldRole = described("凭何角色", "By which role")


@strawberry.type(description="决定的解释 · Why a caller may or may not do something")
class Explanation:
    """Why a caller may or may not."""

    action: Action = described("操作", "Action")
    resource: strawberry.ID = described("资源", "To which resource")
    principal: strawberry.ID = described("主体", "Whose decision it is")
    allowed: bool = described("是否允许", "Whether it is allowed")
    needs_grant: bool = described("获得授权后是否允许", "Whether a grant on the resource would allow it")
    attributes: AccessAttributes = described("访问属性", "What policies see of the resource")
    policy: Policy | None = described("决定的策略", "The row that decided; null when none allows it")
    roles: list[HeldRole] = described("所任角色", "The roles that were considered")
    remedies: list[Remedy] = described("可行办法", "Roles that would allow it")
    granters: list[Granter] = described("可授权人", "Who could give a grant or a role")

    @classmethod
    def of(cls, found: Explained, resource: str, principal: str) -> Self:
        """The schema's object for an explanation."""
        return cls(
            action=found.action,
            resource=strawberry.ID(resource),
            principal=strawberry.ID(principal),
            allowed=found.decision.allowed,
            needs_grant=found.decision.needs_grant,
            attributes=AccessAttributes.of(found.attributes),
            policy=None if found.row is None else Policy.of(found.row),
            roles=[held_role(*held) for held in found.roles],
            remedies=[_remedy(remedy) for remedy in found.remedies],
            granters=[
                Granter(principal=strawberry.ID(f"principals/{granter.principal}"), held=held_role(*granter.held))
                for granter in found.granters
            ],
        )


def _remedy(remedy: Remedying) -> Remedy:
    anchors = [anchor for anchor in map(_organization, remedy.anchors) if anchor is not None]
    return Remedy(role=remedy.role, anchors=anchors, anywhere=None in remedy.anchors)


def _condition(word: Callable[[str], T], value: str) -> T | None:
    return None if value == WILDCARD else word(value)


def _organization(id: str | None) -> strawberry.ID | None:
    return None if id is None else strawberry.ID(f"organizations/{id}")
