"""Scenarios in the schema: resources that are composed of others, with their parts and their health."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Self

import strawberry

from ucs_core.graphql.context import Info
from ucs_core.graphql.enums import Availability, DependencyRelation, Order, PartTrouble, ResourceKind, ScenarioHealth
from ucs_core.graphql.inputs import ResourceContentInput, ResourceContentPatch, plain_fields
from ucs_core.graphql.lists import ResourceFilter, query_of, resources_page
from ucs_core.graphql.nodes import After, Before, BilingualText, First, Last, PageInfo, asked, page_info
from ucs_core.graphql.organizations import organization_id
from ucs_core.graphql.resources import Resource
from ucs_core.graphql.scalars import Position
from ucs_core.graphql.texts import ETAG, REQUEST_ID, RESOURCE_ID, VALIDATE_ONLY, described, resolved
from ucs_core.platform import ResourcePage
from ucs_core.platform import scenarios as platform
from ucs_registry.queries import ResourceQuery

ScenarioId = Annotated[strawberry.ID, strawberry.argument(description=RESOURCE_ID)]
Filter = Annotated[
    ResourceFilter | None,
    strawberry.argument(description="筛选条件，类别与类型除外 · Which of them; kind and type are not looked at"),
]
Search = Annotated[str | None, strawberry.argument(description="检索词，须全部命中 · Words that must all occur")]
OrderBy = Annotated[Order, strawberry.argument(description="排序 · Order")]
Etag = Annotated[str, strawberry.argument(description=ETAG)]
RequestId = Annotated[str | None, strawberry.argument(description=REQUEST_ID)]
ValidateOnly = Annotated[bool, strawberry.argument(description=VALIDATE_ONLY)]


@strawberry.type(description="场景的组成部分 · A part of a scenario that you may see")
class ScenarioPart:
    """A part of a scenario."""

    id: strawberry.ID = described("资源名称", "The resource")
    relation: DependencyRelation = described("依赖关系", "How it is needed")
    version: str | None = described("所需版本", "Which version is needed")
    role: str | None = described("在场景中的作用", "What it is needed for")
    required: bool = described("是否必需", "Whether the scenario cannot do without it")
    code: str = described("资源代码", "Unique code")
    kind: ResourceKind = described("资源类别", "Kind")
    type: str = described("资源类型", "Type, which refines the kind")
    title: BilingualText = described("标题", "Title")
    availability: Availability = described("可用状态", "Whether it can be used")
    trouble: PartTrouble | None = described("问题", "What is wrong with it; null when nothing is")

    @classmethod
    def of(cls, part: platform.ScenarioPart) -> Self:
        """The schema's part."""
        link = part.dependency
        return cls(
            id=strawberry.ID(link.target),
            relation=link.relation,
            version=link.version,
            role=link.role,
            required=link.required,
            code=part.code,
            kind=part.kind,
            type=part.type,
            title=BilingualText(zh=part.title.zh, en=part.title.en),
            availability=part.availability,
            trouble=part.trouble,
        )


@strawberry.type(description="健康状况的原因 · Why a scenario is not healthy")
class HealthReason:
    """Why a scenario is not healthy."""

    trouble: PartTrouble = described("问题", "What is wrong")
    resource: strawberry.ID | None = described("有问题的组成部分", "The part; null for what is unseen")
    required: bool | None = described("是否必需", "Whether the scenario requires it; null for what is unseen")


@strawberry.type(
    description="业务场景：由其他资源组成的应用；审核、上架等操作同资源 · "
    "An application that is composed of other resources; it is reviewed and brought online as a resource"
)
class Scenario:
    """A scenario as the caller may see it."""

    resource: Resource = described("场景自身的资源", "The scenario as a resource")
    parts: list[ScenarioPart] = described("组成部分，按依赖顺序", "What it is composed of, as far as you may see it")
    health: ScenarioHealth = described("健康状况，依其直接组成部分判断", "Judged by its direct parts")
    reasons: list[HealthReason] = described("原因", "Why it is not healthy")

    @classmethod
    def of(cls, scenario: platform.Scenario) -> Self:
        """The schema's scenario."""
        return cls(
            resource=Resource.of(scenario.resource),
            parts=[ScenarioPart.of(part) for part in scenario.parts],
            health=scenario.health,
            reasons=[
                HealthReason(
                    trouble=reason.trouble,
                    resource=None if reason.resource is None else strawberry.ID(reason.resource),
                    required=reason.required,
                )
                for reason in scenario.reasons
            ],
        )


@strawberry.type(description="列表中的一个场景 · A scenario in a list")
class ScenarioEdge:
    """A scenario in a list."""

    cursor: str = described("游标", "The place just behind it")
    node: Scenario = described("场景", "The scenario")


@strawberry.type(description="场景列表的一页 · A page of scenarios that you may see")
class ScenarioConnection:
    """A page of scenarios."""

    query: strawberry.Private[ResourceQuery]
    edges: list[ScenarioEdge] = described("条目及其游标", "Items with their cursors")
    nodes: list[Scenario] = described("条目", "Items")
    page_info: PageInfo = described("分页信息", "Where the page stands")
    position: Position = described("所见日志位置", "The log position whose state you see")

    @resolved("总数（精确）", "How many there are in all, exactly")
    async def total_count(self, info: Info) -> int:
        """How many there are in all."""
        return await info.context.counts.load(self.query)


@strawberry.input(description="新建场景 · A new scenario with its first draft; its dependencies are its parts")
class CreateScenarioInput:
    """A new scenario with its first draft."""

    code: str = described("资源代码，创建后不可更改", "Unique code; stays")
    owner: strawberry.ID = described("所属机构", "organizations/…")
    content: ResourceContentInput = described("内容", "Content of the first draft")


NewScenario = Annotated[CreateScenarioInput, strawberry.argument(description="新场景 · The new scenario")]
Patch = Annotated[ResourceContentPatch, strawberry.argument(description="要修改的内容 · What to change")]


@strawberry.type
class ScenarioQuery:
    """What can be asked about scenarios."""

    @resolved("一个业务场景", "One scenario")
    async def scenario(self, info: Info, id: ScenarioId) -> Scenario | None:
        """One scenario."""
        found = await info.context.ask(lambda session: session.scenarios.scenario(id))
        info.context.spend(len(found.parts))
        return Scenario.of(found)

    @resolved("业务场景列表", "Scenarios that you may see")
    async def scenarios(
        self,
        info: Info,
        filter: Filter = None,
        search: Search = None,
        order_by: OrderBy = Order.UPDATED_DESC,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> ScenarioConnection:
        """A page of scenarios."""
        query = replace(query_of(filter, search), kind=platform.SCENARIO_KIND, type=platform.SCENARIO_TYPE)
        page = await resources_page(info, query, order_by, asked(info, first, after, last, before))
        found = await info.context.ask(lambda session: session.scenarios.around(page.items))
        info.context.spend(sum(len(item.parts) for item in found))
        return _connection(page, found, query, (await info.context.session()).position)


@strawberry.type
class ScenarioMutation:
    """What can be done to scenarios, beside what can be done to every resource."""

    @resolved("新建场景及其首个草稿", "Enter a scenario with its first draft; it is offline")
    async def create_scenario(
        self, info: Info, input: NewScenario, request_id: RequestId = None, validate_only: ValidateOnly = False
    ) -> Scenario:
        """Enter a scenario."""
        content = {name: value for name, value in plain_fields(input.content).items() if value is not None}
        new = {"code": input.code, "owner": organization_id(input.owner), "content": content}
        await info.context.forget()
        call = info.context.call(request_id, validate_only)
        return Scenario.of(await info.context.platform.scenarios.create(call, new))

    @resolved("修改场景内容，形成新草稿", "Open a new draft in which the given fields are replaced")
    async def update_scenario(
        self,
        info: Info,
        id: ScenarioId,
        etag: Etag,
        content: Patch,
        request_id: RequestId = None,
        validate_only: ValidateOnly = False,
    ) -> Scenario:
        """Open a new draft."""
        await info.context.forget()
        call = info.context.call(request_id, validate_only)
        return Scenario.of(await info.context.platform.scenarios.update(call, id, plain_fields(content), etag))


def _connection(
    page: ResourcePage, found: Sequence[platform.Scenario], query: ResourceQuery, position: int
) -> ScenarioConnection:
    nodes = [Scenario.of(item) for item in found]
    return ScenarioConnection(
        query=query,
        edges=[ScenarioEdge(cursor=cursor, node=node) for cursor, node in zip(page.cursors, nodes, strict=True)],
        nodes=nodes,
        page_info=page_info(page),
        position=Position(position),
    )
