"""The questions of the schema. Each asks one thing of the session."""

from __future__ import annotations

from typing import Annotated

import strawberry

from ucs_core.graphql.access_queries import AccessQuery
from ucs_core.graphql.batches import BatchQuery
from ucs_core.graphql.context import Info
from ucs_core.graphql.entries import LogConnection, log_page
from ucs_core.graphql.enums import Action, Order
from ucs_core.graphql.explanations import Explanation, Viewer
from ucs_core.graphql.graph import GraphQuery
from ucs_core.graphql.lists import ResourceConnection, ResourceFilter, connection_of, query_of, resources_page
from ucs_core.graphql.log_proofs import LogQuery
from ucs_core.graphql.members import Member, MemberQuery
from ucs_core.graphql.nodes import After, Before, First, Last, Node, asked
from ucs_core.graphql.organizations import (
    PREFIX,
    Organization,
    OrganizationConnection,
    organization_id,
    page_of_organizations,
)
from ucs_core.graphql.plugins import PluginQuery
from ucs_core.graphql.resources import Resource
from ucs_core.graphql.reviews import ReviewQuery
from ucs_core.graphql.revisions import RevisionQuery
from ucs_core.graphql.scenarios import ScenarioQuery
from ucs_core.graphql.shelf import ShelfQuery
from ucs_core.graphql.texts import RESOURCE_ID, resolved
from ucs_core.graphql.types import TypeQuery
from ucs_sdk.errors import Invalid, NotFound

ResourceId = Annotated[strawberry.ID, strawberry.argument(description=RESOURCE_ID)]
AnyId = Annotated[
    strawberry.ID, strawberry.argument(description="对象名称 · resources/…, organizations/… or principals/… (your own)")
]
MaybeResourceId = Annotated[strawberry.ID | None, strawberry.argument(description=RESOURCE_ID)]
Code = Annotated[str | None, strawberry.argument(description="资源代码 · Its unique code")]
Filter = Annotated[ResourceFilter | None, strawberry.argument(description="筛选条件 · Which resources")]
Search = Annotated[
    str | None,
    strawberry.argument(
        description="检索词，须全部命中；一次操作至多三处检索 · "
        "Words that must all occur in title, summary or tags; up to three searches in one operation"
    ),
]
OrderBy = Annotated[Order, strawberry.argument(description="排序 · Order")]
OrganizationId = Annotated[strawberry.ID, strawberry.argument(description="机构名称 · organizations/…")]
Parent = Annotated[strawberry.ID | None, strawberry.argument(description="上级机构 · Those directly below it")]
Subtree = Annotated[
    strawberry.ID | None, strawberry.argument(description="机构及其所有下级 · It and all organisations below it")
]
AfterPosition = Annotated[
    str | None,
    strawberry.argument(
        description="在此游标之后，即位置的十进制文本；缺省从头开始 · "
        "Behind this cursor, a position in decimal digits; from the beginning when not given"
    ),
]
BeforePosition = Annotated[
    str | None,
    strawberry.argument(
        description="在此游标之前，即位置的十进制文本 · Ahead of this cursor, a position in decimal digits"
    ),
]
AnAction = Annotated[Action, strawberry.argument(description="操作 · Action")]
OfPrincipal = Annotated[
    strawberry.ID | None,
    strawberry.argument(description="主体，默认为调用者本人 · Whose decision; your own when not given"),
]


@strawberry.type(description="查询 · What can be asked; answers hold only what you may see")
class Query(
    AccessQuery,
    BatchQuery,
    LogQuery,
    PluginQuery,
    MemberQuery,
    ReviewQuery,
    RevisionQuery,
    ShelfQuery,
    GraphQuery,
    ScenarioQuery,
    TypeQuery,
):
    """What can be asked."""

    @resolved("调用者", "Who you are")
    async def viewer(self, info: Info) -> Viewer:
        """Who asks."""
        session = await info.context.session()
        return Viewer.of(session.principal, session.roles)

    @resolved("按名称取得对象", "Anything, by its name")
    async def node(self, info: Info, id: AnyId) -> Node | None:
        """Anything, by its name."""
        if "/members/" in id:
            return Member.of(await info.context.ask(lambda session: session.members.member(id)))
        if id.startswith("resources/"):
            return Resource.of(await info.context.ask(lambda session: session.resource(id)))
        if id.startswith(PREFIX):
            return Organization.of(await info.context.ask(lambda session: session.organization(id)))
        session = await info.context.session()
        if id == session.principal.name:
            return Viewer.of(session.principal, session.roles)
        raise NotFound("NOT_FOUND", object=id[:80])

    @resolved("一项资源，按名称或代码", "One resource, by name or by code")
    async def resource(self, info: Info, id: MaybeResourceId = None, code: Code = None) -> Resource | None:
        """One resource."""
        if (id is None) == (code is None):
            raise Invalid("ARGUMENTS_EXCLUSIVE", arguments=["id", "code"])
        if id is not None:
            name = id
            return Resource.of(await info.context.ask(lambda session: session.resource(name)))
        return Resource.of(await info.context.ask(lambda session: session.resource_by_code(code or "")))

    @resolved("资源列表", "Resources that you may see")
    async def resources(
        self,
        info: Info,
        filter: Filter = None,
        search: Search = None,
        order_by: OrderBy = Order.UPDATED_DESC,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> ResourceConnection:
        """A page of resources."""
        query = query_of(filter, search)
        page = await resources_page(info, query, order_by, asked(info, first, after, last, before))
        return connection_of(page, query, (await info.context.session()).position)

    @resolved("一个机构", "One organisation")
    async def organization(self, info: Info, id: OrganizationId) -> Organization | None:
        """One organisation."""
        return Organization.of(await info.context.ask(lambda session: session.organization(id)))

    @resolved("机构列表，默认为最上级", "Organisations; those at the top when nothing is given")
    async def organizations(
        self,
        info: Info,
        parent: Parent = None,
        subtree: Subtree = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> OrganizationConnection:
        """A page of organisations."""
        if parent is not None and subtree is not None:
            raise Invalid("ARGUMENTS_EXCLUSIVE", arguments=["parent", "subtree"])
        page = asked(info, first, after, last, before)
        if subtree is not None:
            root = organization_id(subtree)
            found = await info.context.ask(lambda session: session.subtree(root, **page))
        else:
            above = None if parent is None else organization_id(parent)
            if above is not None:
                await info.context.ask(lambda session: session.organization(above))
            found = await info.context.ask(lambda session: session.children(above, **page))
        return page_of_organizations(info, found)

    @resolved(
        "日志，限可审计部分；一次操作至多三处",
        "The log, as far as you may audit it; up to three times in one operation",
    )
    async def log(
        self,
        info: Info,
        after: AfterPosition = None,
        first: First = None,
        last: Last = None,
        before: BeforePosition = None,
    ) -> LogConnection:
        """A page of the log."""
        page = asked(info, first, after, last, before)
        found = await info.context.ask(lambda session: session.audit.page(**page))
        info.context.spend(len(found.items))
        return log_page(found, (await info.context.session()).position)

    @resolved("为何允许或不允许", "Why somebody may or may not")
    async def why(
        self, info: Info, action: AnAction, resource: ResourceId, principal: OfPrincipal = None
    ) -> Explanation:
        """Why somebody may or may not."""
        asked = None if principal is None else principal.removeprefix("principals/")
        found = await info.context.ask(lambda session: session.why(action, resource, asked))
        return Explanation.of(found, resource, f"principals/{asked or info.context.caller.principal}")
