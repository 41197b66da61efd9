"""Principals, roles, assignments, policies and grants in the schema."""

from __future__ import annotations

from datetime import datetime
from typing import Self

import strawberry

from ucs_core.graphql.context import Info
from ucs_core.graphql.enums import Action, PrincipalKind
from ucs_core.graphql.explanations import Policy, policy_name
from ucs_core.graphql.nodes import BilingualText, PageInfo
from ucs_core.graphql.organizations import PREFIX, Organization, load_organization
from ucs_core.graphql.scalars import Position
from ucs_core.graphql.texts import described, resolved
from ucs_core.platform.administration.directory import RoleView
from ucs_core.platform.administration.grants import GrantView
from ucs_core.platform.administration.policies import AppliedPolicies as Applied
from ucs_core.platform.administration.roles import RoleAssignmentView
from ucs_registry import principals as registry
from ucs_sdk.messages import Locale, Phrase


@strawberry.type(description="身份主体 · Who somebody is to an identity provider, by RFC 7519")
class Subject:
    """Who somebody is to an identity provider."""

    issuer: str = described("签发者（iss）", "The provider's `iss`")
    subject: str = described("主体（sub）", "Its `sub`")


@strawberry.type(description="主体 · Who may act: a person, an application, a hub or a plugin")
class Principal:
    """Who may act."""

    record: strawberry.Private[registry.Principal]
    id: strawberry.ID = described("名称", "principals/…")
    kind: PrincipalKind = described("主体类别", "What it is")
    title: str = described("名称", "Name for people")
    disabled: bool = described("是否停用", "Whether it is shut out")
    subject: Subject | None = described("身份主体", "Who it is to an identity provider")
    revoked_before: datetime | None = described(
        "此前签发的令牌均已作废", "Tokens that were issued before this count no more"
    )

    @classmethod
    def of(cls, record: registry.Principal) -> Self:
        """The schema's object for a record."""
        subject = record.subject
        return cls(
            record=record,
            id=strawberry.ID(record.name),
            kind=record.kind,
            title=record.title,
            disabled=record.disabled,
            subject=None if subject is None else Subject(issuer=subject.issuer, subject=subject.subject),
            revoked_before=record.revoked_before,
        )

    @classmethod
    def card(cls, record: registry.Principal) -> Self:
        """The schema's object for who is named to somebody who may not know more: without what it is at its provider."""
        return cls.of(record.model_copy(update={"subject": None, "revoked_before": None}))

    @resolved("所属机构", "The organisation to which it belongs")
    async def organization(self, info: Info) -> Organization | None:
        """The organisation."""
        return None if self.record.organization is None else await load_organization(info, self.record.organization)


@strawberry.type(description="列表中的一个主体 · A principal in a list")
class PrincipalEdge:
    """A principal in a list."""

    cursor: str = described("游标", "The place just behind it")
    node: Principal = described("主体", "The principal")


@strawberry.type(description="主体列表的一页 · A page of the principals of whom you may know")
class PrincipalConnection:
    """A page of principals."""

    edges: list[PrincipalEdge] = described("条目及其游标", "Items with their cursors")
    nodes: list[Principal] = described("条目", "Items")
    page_info: PageInfo = described("分页信息", "Where the page stands")


@strawberry.type(description="角色 · What the policies of one name allow and deny")
class Role:
    """A role."""

    role: str = described("角色", "Its name")
    title: BilingualText = described("名称", "Title; its name where it is of your own making")
    policies: int = described("策略数", "How many policies speak of it")
    holders: int = described("任职人数，限可知部分", "How many hold it, as far as you may know of them")

    @classmethod
    def of(cls, view: RoleView) -> Self:
        """The schema's object for a role."""
        return cls(
            role=view.name,
            title=BilingualText(zh=view.title_zh, en=view.title_en),
            policies=view.policies,
            holders=view.holders,
        )


@strawberry.type(description="任职 · A principal holds a role at an organisation, or at none")
class RoleAssignment:
    """A principal holds a role."""

    principal: strawberry.ID = described("主体", "Who")
    role: str = described("角色", "Which role")
    anchor: strawberry.ID | None = described("任职机构", "At which organisation")

    @classmethod
    def of(cls, view: RoleAssignmentView) -> Self:
        """The schema's object for an assignment."""
        return cls(
            principal=strawberry.ID(f"principals/{view.principal}"),
            role=view.role,
            anchor=None if view.anchor is None else strawberry.ID(PREFIX + view.anchor),
        )


@strawberry.type(description="列表中的一项任职 · An assignment in a list")
class RoleAssignmentEdge:
    """An assignment in a list."""

    cursor: str = described("游标", "The place just behind it")
    node: RoleAssignment = described("任职", "The assignment")


@strawberry.type(description="任职列表的一页 · A page of what is held by those of whom you may know")
class RoleAssignmentConnection:
    """A page of assignments."""

    edges: list[RoleAssignmentEdge] = described("条目及其游标", "Items with their cursors")
    nodes: list[RoleAssignment] = described("条目", "Items")
    page_info: PageInfo = described("分页信息", "Where the page stands")


@strawberry.type(description="列表中的一条策略 · A policy in a list")
class PolicyEdge:
    """A policy in a list."""

    cursor: str = described("游标", "The place just behind it")
    node: Policy = described("策略", "The policy")


@strawberry.type(description="无法读取的策略行 · A row of the store that is no policy; nothing is decided by it")
class UnreadPolicy:
    """A row that is no policy."""

    id: strawberry.ID = described("策略名称", "policies/…")
    problem: BilingualText = described("问题", "What is wrong with it")

    @classmethod
    def of(cls, id: str, problem: Phrase) -> Self:
        """The schema's object for a row that could not be read."""
        told = BilingualText(zh=problem.worded(Locale.ZH), en=problem.worded(Locale.EN))
        return cls(id=policy_name(id), problem=told)


@strawberry.type(description="策略列表的一页 · A page of policies")
class PolicyConnection:
    """A page of policies."""

    edges: list[PolicyEdge] = described("条目及其游标", "Items with their cursors")
    nodes: list[Policy] = described("条目", "Items")
    page_info: PageInfo = described("分页信息", "Where the page stands")
    version: Position = described(
        "权限版本，供 applyPolicies 使用", "The version of access that you see, for applyPolicies"
    )
    unread: list[UnreadPolicy] = described(
        "无法读取的策略行，限平台管理员与审计员", "Rows that are no policies; for the platform's overseers"
    )


@strawberry.type(description="已生效的策略变更 · What was entered, replaced and removed")
class AppliedPolicies:
    """What was entered, replaced and removed."""

    version: Position = described("变更后的权限版本", "The version of access that the edit has made")
    names: list[strawberry.ID] = described("所涉策略", "The policies that were touched")

    @classmethod
    def of(cls, applied: Applied) -> Self:
        """The schema's object for what was done."""
        return cls(
            version=Position(applied.version),
            names=[policy_name(name.rpartition("/")[2]) for name in applied.names],
        )


@strawberry.type(description="授权 · Somebody may do something with one resource for a time")
class Grant:
    """Somebody may do something with one resource."""

    id: strawberry.ID = described("名称", "grants/…")
    grantee: strawberry.ID = described("被授权方", "Who: principals/… or organizations/…, with all below it")
    action: Action = described("操作", "What")
    resource: strawberry.ID = described("资源", "With which resource")
    valid_from: datetime = described("生效时间", "From when on")
    valid_until: datetime | None = described("失效时间", "Until when; null is until it is revoked")

    @classmethod
    def of(cls, view: GrantView) -> Self:
        """The schema's object for a grant."""
        return cls(
            id=strawberry.ID(f"grants/{view.id}"),
            grantee=strawberry.ID(view.grantee),
            action=Action(view.action),
            resource=strawberry.ID(view.resource),
            valid_from=view.valid_from,
            valid_until=view.valid_until,
        )


@strawberry.type(description="列表中的一项授权 · A grant in a list")
class GrantEdge:
    """A grant in a list."""

    cursor: str = described("游标", "The place just behind it")
    node: Grant = described("授权", "The grant")


@strawberry.type(description="授权列表的一页 · A page of the grants of which you may know")
class GrantConnection:
    """A page of grants."""

    edges: list[GrantEdge] = described("条目及其游标", "Items with their cursors")
    nodes: list[Grant] = described("条目", "Items")
    page_info: PageInfo = described("分页信息", "Where the page stands")
