"""The questions of the schema about access: who there is, what they hold, and who may do what."""

from __future__ import annotations

from typing import Annotated

import strawberry

from ucs_core.graphql.access_answers import (
    DifferenceConnection,
    EffectiveAction,
    HolderConnection,
    TestResult,
    difference_of,
    holders_of,
)
from ucs_core.graphql.access_inputs import (
    AccessEditsInput,
    ExpectationInput,
    GrantFilter,
    PolicyFilter,
    PrincipalFilter,
    RoleAssignmentFilter,
    stated,
    wanted_assignments,
    wanted_policies,
    wanted_principals,
)
from ucs_core.graphql.access_types import (
    Grant,
    GrantConnection,
    GrantEdge,
    PolicyConnection,
    PolicyEdge,
    Principal,
    PrincipalConnection,
    PrincipalEdge,
    Role,
    RoleAssignment,
    RoleAssignmentConnection,
    RoleAssignmentEdge,
    UnreadPolicy,
)
from ucs_core.graphql.context import Info
from ucs_core.graphql.enums import Action
from ucs_core.graphql.explanations import Policy
from ucs_core.graphql.nodes import After, Before, First, Last, asked, page_info
from ucs_core.graphql.scalars import Position
from ucs_core.graphql.texts import RESOURCE_ID, resolved
from ucs_core.platform.administration.stated import read_edits, read_expectations

AnAction = Annotated[Action, strawberry.argument(description="操作 · Action")]
ResourceId = Annotated[strawberry.ID, strawberry.argument(description=RESOURCE_ID)]
PrincipalName = Annotated[strawberry.ID, strawberry.argument(description="主体 · principals/…")]
GrantName = Annotated[strawberry.ID, strawberry.argument(description="授权 · grants/…")]
OfPrincipal = Annotated[
    strawberry.ID | None, strawberry.argument(description="主体，默认为调用者本人 · Who; yourself when not given")
]
Principals = Annotated[PrincipalFilter | None, strawberry.argument(description="筛选条件 · Which principals")]
Assignments = Annotated[RoleAssignmentFilter | None, strawberry.argument(description="筛选条件 · Which assignments")]
Policies = Annotated[PolicyFilter | None, strawberry.argument(description="筛选条件 · Which policies")]
Grants = Annotated[GrantFilter | None, strawberry.argument(description="筛选条件 · Which grants")]
Edits = Annotated[AccessEditsInput, strawberry.argument(description="设想中的变更 · The edits")]
MaybeEdits = Annotated[
    AccessEditsInput | None,
    strawberry.argument(description="设想中的变更，缺省为现状 · The edits; access as it stands when not given"),
]
Expectations = Annotated[
    list[ExpectationInput], strawberry.argument(description="预期，1 至 1000 项 · What is expected, 1 to 1,000")
]


@strawberry.type
class AccessQuery:
    """What can be asked about access."""

    @resolved("主体列表，限可知部分", "The principals of whom you may know, by id")
    async def principals(
        self,
        info: Info,
        filter: Principals = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> PrincipalConnection:
        """A page of principals."""
        directory, arguments = (await info.context.session()).directory, asked(info, first, after, last, before)
        page = directory.principals(wanted_principals(filter), **arguments)
        nodes = [Principal.of(item) for item in page.items]
        info.context.spend(len(nodes))
        return PrincipalConnection(
            edges=[PrincipalEdge(cursor=cursor, node=node) for cursor, node in zip(page.cursors, nodes, strict=True)],
            nodes=nodes,
            page_info=page_info(page),
        )

    @resolved("一个主体", "One principal")
    async def principal(self, info: Info, id: PrincipalName) -> Principal | None:
        """One principal."""
        return Principal.of((await info.context.session()).directory.principal(id))

    @resolved("全部角色，按名称排序", "All roles, by name")
    async def roles(self, info: Info) -> list[Role]:
        """All roles."""
        found = [Role.of(view) for view in (await info.context.session()).directory.roles()]
        info.context.spend(len(found))
        return found

    @resolved("任职列表，限可知部分", "What is held by those of whom you may know")
    async def role_assignments(
        self,
        info: Info,
        filter: Assignments = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> RoleAssignmentConnection:
        """A page of assignments."""
        directory, arguments = (await info.context.session()).directory, asked(info, first, after, last, before)
        page = directory.assignments(wanted_assignments(filter), **arguments)
        nodes = [RoleAssignment.of(item) for item in page.items]
        info.context.spend(len(nodes))
        return RoleAssignmentConnection(
            edges=[
                RoleAssignmentEdge(cursor=cursor, node=node) for cursor, node in zip(page.cursors, nodes, strict=True)
            ],
            nodes=nodes,
            page_info=page_info(page),
        )

    @resolved("策略列表", "Policies, by id")
    async def policies(
        self,
        info: Info,
        filter: Policies = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> PolicyConnection:
        """A page of policies."""
        directory, arguments = (await info.context.session()).directory, asked(info, first, after, last, before)
        page = directory.policies(wanted_policies(filter), **arguments)
        nodes = [Policy.of(row) for row in page.items]
        info.context.spend(len(nodes))
        return PolicyConnection(
            edges=[PolicyEdge(cursor=cursor, node=node) for cursor, node in zip(page.cursors, nodes, strict=True)],
            nodes=nodes,
            page_info=page_info(page),
            version=Position(page.version),
            unread=[UnreadPolicy.of(id, problem) for id, problem in page.unread],
        )

    @resolved("授权列表，限可知部分", "The grants of which you may know, by id")
    async def grants(
        self,
        info: Info,
        filter: Grants = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> GrantConnection:
        """A page of grants."""
        wanted, arguments = filter or GrantFilter(), asked(info, first, after, last, before)
        page = await info.context.ask(
            lambda session: session.directory.grants(wanted.resource, wanted.grantee, wanted.live, **arguments)
        )
        nodes = [Grant.of(item) for item in page.items]
        info.context.spend(len(nodes))
        return GrantConnection(
            edges=[GrantEdge(cursor=cursor, node=node) for cursor, node in zip(page.cursors, nodes, strict=True)],
            nodes=nodes,
            page_info=page_info(page),
        )

    @resolved("一项授权", "One grant")
    async def grant(self, info: Info, id: GrantName) -> Grant | None:
        """One grant."""
        return Grant.of(await info.context.ask(lambda session: session.directory.grant(id)))

    @resolved("谁可以；须可审计或管理该资源", "Who may do something; you must audit or administer the resource")
    async def who_can(
        self,
        info: Info,
        action: AnAction,
        resource: ResourceId,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> HolderConnection:
        """A page of those who may."""
        arguments = asked(info, first, after, last, before)
        page = await info.context.ask(lambda session: session.access.who_can(action, resource, **arguments))
        info.context.spend(len(page.items))
        return holders_of(page)

    @resolved("可行操作，逐项列出", "What somebody may do with a resource, action by action")
    async def effective_actions(
        self, info: Info, resource: ResourceId, principal: OfPrincipal = None
    ) -> list[EffectiveAction]:
        """What somebody may do."""
        asked = None if principal is None else principal.removeprefix("principals/")
        found = await info.context.ask(lambda session: session.access.effective(resource, asked))
        return [EffectiveAction.of(item) for item in found]

    @resolved("变更的影响：谁得谁失", "Who would gain and lose what by edits; once in one operation")
    async def what_if(
        self,
        info: Info,
        edits: Edits,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> DifferenceConnection:
        """What edits would change."""
        wanted, page = read_edits(stated(edits), "edits"), asked(info, first, after, last, before)
        found = await info.context.ask(lambda session: session.access.what_if(wanted, **page))
        info.context.spend(len(found.lines))
        return difference_of(found)

    @resolved("检验预期的决定", "Whether decisions would be as expected after edits; once in one operation")
    async def test_policies(self, info: Info, expectations: Expectations, edits: MaybeEdits = None) -> list[TestResult]:
        """Whether decisions would be as expected."""
        wanted = read_edits({} if edits is None else stated(edits), "edits")
        expected = read_expectations([stated(item) for item in expectations], "expectations")
        found = await info.context.ask(lambda session: session.access.test(wanted, expected))
        info.context.spend(len(found))
        return [TestResult.of(item) for item in found]
