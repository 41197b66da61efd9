"""Answers about access in the schema: who can, what somebody may do, what an edit would change, and what was expected."""

from __future__ import annotations

from typing import Self

import strawberry

from ucs_core.access.what_if import Difference as Differing
from ucs_core.access.what_if import DifferenceLine as Line
from ucs_core.access.what_if import TestResult as Tested
from ucs_core.access.who_can import EffectiveAction as Effective
from ucs_core.access.who_can import Holder as Holding
from ucs_core.graphql.access_types import Principal
from ucs_core.graphql.entries import AccessAttributes
from ucs_core.graphql.enums import Action
from ucs_core.graphql.explanations import policy_name
from ucs_core.graphql.nodes import PageInfo, page_info
from ucs_core.graphql.scalars import Count, Position
from ucs_core.graphql.texts import described
from ucs_core.platform.administration.explaining import HolderPage


@strawberry.type(description="有权者 · Somebody who may do something with a resource")
class Holder:
    """Somebody who may."""

    principal: Principal = described("主体，不含其身份与令牌信息", "Who, without its subject and revocation")
    policy: strawberry.ID = described("凭何策略", "By which policy")
    granted: bool = described("是否凭授权", "Whether it takes a grant that is held")

    @classmethod
    def of(cls, holder: Holding) -> Self:
        """The schema's object for a holder."""
        return cls(principal=Principal.card(holder.principal), policy=policy_name(holder.rule), granted=holder.granted)


@strawberry.type(description="列表中的一个有权者 · A holder in a list")
class HolderEdge:
    """A holder in a list."""

    cursor: str = described("游标", "The place just behind it")
    node: Holder = described("有权者", "The holder")


@strawberry.type(description="有权者列表的一页 · A page of those who may")
class HolderConnection:
    """A page of those who may."""

    edges: list[HolderEdge] = described("条目及其游标", "Items with their cursors")
    nodes: list[Holder] = described("条目", "Items")
    page_info: PageInfo = described("分页信息", "Where the page stands")
    total_count: int = described("总数（精确）", "How many there are in all, exactly")


def holders_of(page: HolderPage) -> HolderConnection:
    """The schema's page of those who may."""
    nodes = [Holder.of(item) for item in page.items]
    return HolderConnection(
        edges=[HolderEdge(cursor=cursor, node=node) for cursor, node in zip(page.cursors, nodes, strict=True)],
        nodes=nodes,
        page_info=page_info(page),
        total_count=page.total,
    )


@strawberry.type(description="可行操作 · Whether somebody may do one of the actions")
class EffectiveAction:
    """Whether somebody may do one of the actions."""

    action: Action = described("操作", "Action")
    allowed: bool = described("是否允许", "Whether it is allowed")
    policy: strawberry.ID | None = described("决定的策略", "The policy that decided; null when none allows it")
    needs_grant: bool = described("获得授权后是否允许", "Whether a grant on the resource would allow it")

    @classmethod
    def of(cls, found: Effective) -> Self:
        """The schema's object for an effective action."""
        policy = None if found.rule is None else policy_name(found.rule)
        return cls(action=found.action, allowed=found.allowed, policy=policy, needs_grant=found.needs_grant)


@strawberry.type(description="一个主体在一种操作上的得失 · What one principal gains and loses with one action")
class DifferenceLine:
    """What one principal gains and loses with one action."""

    principal: strawberry.ID = described("主体", "Who")
    action: Action = described("操作", "Action")
    gained: int = described("新获得的资源数（精确）", "How many resources are gained, exactly")
    lost: int = described("将失去的资源数（精确）", "How many resources are lost, exactly")
    resources_gained: list[strawberry.ID] = described("新获得的部分资源", "Some of those gained")
    resources_lost: list[strawberry.ID] = described("将失去的部分资源", "Some of those lost")
    organizations_gained: int = described(
        "新获得的机构数，平台本身计为一个", "Organisations gained; the platform is one"
    )
    organizations_lost: int = described("将失去的机构数，平台本身计为一个", "Organisations lost; the platform is one")

    @classmethod
    def of(cls, line: Line) -> Self:
        """The schema's object for a line."""
        return cls(
            principal=strawberry.ID(f"principals/{line.principal}"),
            action=line.action,
            gained=line.gained,
            lost=line.lost,
            resources_gained=list(map(strawberry.ID, line.resources_gained)),
            resources_lost=list(map(strawberry.ID, line.resources_lost)),
            organizations_gained=line.organizations_gained,
            organizations_lost=line.organizations_lost,
        )


@strawberry.type(description="列表中的一行得失 · A line in a list")
class DifferenceEdge:
    """A line in a list."""

    cursor: str = described("游标", "The place just behind it")
    node: DifferenceLine = described("得失", "The line")


@strawberry.type(description="权限变更的影响 · What edits would change, over every principal, action and resource")
class DifferenceConnection:
    """What edits would change."""

    version: Position = described("所比对的权限版本", "The version of access that the edits were weighed against")
    gained: Count = described("由拒绝变为允许的决定数（精确）", "How many decisions turn to allowed, exactly")
    lost: Count = described("由允许变为拒绝的决定数（精确）", "How many decisions turn to refused, exactly")
    principals: int = described("受影响的主体数", "How many principals gain or lose something")
    organizations_gained: Count = described(
        "对机构与平台由拒绝变为允许的决定数", "Decisions on organisations and the platform that turn to allowed"
    )
    organizations_lost: Count = described(
        "对机构与平台由允许变为拒绝的决定数", "Decisions on organisations and the platform that turn to refused"
    )
    edges: list[DifferenceEdge] = described("条目及其游标", "Items with their cursors")
    nodes: list[DifferenceLine] = described("条目", "Items")
    page_info: PageInfo = described("分页信息", "Where the page stands")


def difference_of(found: Differing) -> DifferenceConnection:
    """The schema's object for a difference."""
    nodes = [DifferenceLine.of(line) for line in found.lines]
    return DifferenceConnection(
        version=Position(found.version),
        gained=Count(found.gained),
        lost=Count(found.lost),
        principals=found.principals,
        organizations_gained=Count(found.organizations_gained),
        organizations_lost=Count(found.organizations_lost),
        edges=[DifferenceEdge(cursor=cursor, node=node) for cursor, node in zip(found.cursors, nodes, strict=True)],
        nodes=nodes,
        page_info=page_info(found),
    )


@strawberry.type(description="预期的检验结果 · What became of an expectation")
class TestResult:
    """What became of an expectation."""

    principal: strawberry.ID = described("主体", "Who was expected")
    action: Action = described("操作", "to do what")
    resource: strawberry.ID | None = described("资源", "With which resource; null when it was described")
    attributes: AccessAttributes | None = described("所设想资源的访问属性", "The resource that was described")
    expected: bool = described("预期是否允许", "Whether it was expected to be allowed")
    allowed: bool = described("实际是否允许", "Whether it would be allowed")
    needs_grant: bool = described("获得授权后是否允许", "Whether a grant on the resource would allow it")
    policy: strawberry.ID | None = described("决定的策略", "The policy that decides; null when none allows it")
    passed: bool = described("是否符合预期", "Whether it is as expected")

    @classmethod
    def of(cls, result: Tested) -> Self:
        """The schema's object for a result."""
        expectation, decision = result.expectation, result.decision
        resource = expectation.resource
        return cls(
            principal=strawberry.ID(f"principals/{expectation.principal}"),
            action=expectation.action,
            resource=strawberry.ID(resource) if isinstance(resource, str) else None,
            attributes=None if isinstance(resource, str) else AccessAttributes.of(resource),
            expected=expectation.allowed,
            allowed=decision.allowed,
            needs_grant=decision.needs_grant,
            policy=policy_name(decision.rule) if decision.rule else None,
            passed=result.passed,
        )
