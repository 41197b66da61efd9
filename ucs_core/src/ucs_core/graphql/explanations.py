"""Decisions explained in the schema, and who the caller is."""

from __future__ import annotations

from typing import Self

import strawberry

from ucs_core.access.explain import Explanation as Explained
from ucs_core.access.explain import Remedy as Remedying
from ucs_core.access.policy import PolicyRow
from ucs_core.graphql.context import Info
from ucs_core.graphql.entries import AccessAttributes
from ucs_core.graphql.enums import Action, PrincipalKind
from ucs_core.graphql.nodes import Node
from ucs_core.graphql.organizations import Organization, load_organization
from ucs_core.graphql.texts import described, resolved
from ucs_registry.principals import Principal


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


@strawberry.type(description="策略 · A policy row; `*` matches everything")
class Policy:
    """A policy row."""

    id: strawberry.ID = described("策略编号", "Id of the row")
    role: str = described("角色", "Role")
    relation: str = described("机构关系", "How the role's anchor stands to the owner")
    kind: str = described("资源类别", "Kind")
    type: str = described("资源类型", "Type")
    share_type: str = described("共享类型", "Share type")
    data_level: str = described("数据分级", "Data level")
    open_type: str = described("开放属性", "Open type")
    state: str = described("可用状态", "Availability")
    grant: str = described("是否需要授权", "Whether it asks for a grant")
    action: str = described("操作", "Action")
    effect: str = described("效果", "Allow or deny")

    @classmethod
    def of(cls, row: PolicyRow) -> Self:
        """The schema's object for a policy row."""
        return cls(
            id=strawberry.ID(row.id),
            role=row.role,
            relation=row.relation,
            kind=row.kind,
            type=row.type,
            share_type=row.share_type,
            data_level=row.data_level,
            open_type=row.open_type,
            state=row.state,
            grant=row.grant,
            action=row.action,
            effect=row.effect,
        )


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


def _organization(id: str | None) -> strawberry.ID | None:
    return None if id is None else strawberry.ID(f"organizations/{id}")
