"""The graph of dependencies in the schema: what breaks if something goes, what is needed, and changing links."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Self, TypeVar

import strawberry

from ucs_core.graphql.context import Info
from ucs_core.graphql.enums import Use, WalkDirection
from ucs_core.graphql.inputs import DependencyInput, plain_fields
from ucs_core.graphql.lists import FacetCount
from ucs_core.graphql.nodes import After, Before, First, Last, PageInfo, asked, page_info
from ucs_core.graphql.organizations import Organization, load_organization
from ucs_core.graphql.resources import Resource
from ucs_core.graphql.scalars import Position
from ucs_core.graphql.texts import ETAG, REQUEST_ID, RESOURCE_ID, VALIDATE_ONLY, described, resolved
from ucs_core.platform.impact import Impact, ImpactNode, Tally
from ucs_sdk.errors import NotFound

Word = TypeVar("Word", bound=StrEnum)

ResourceId = Annotated[strawberry.ID, strawberry.argument(description=RESOURCE_ID)]
Etag = Annotated[str, strawberry.argument(description=ETAG)]
RequestId = Annotated[str | None, strawberry.argument(description=REQUEST_ID)]
ValidateOnly = Annotated[bool, strawberry.argument(description=VALIDATE_ONLY)]
Way = Annotated[WalkDirection, strawberry.argument(description="方向 · Which way")]
Depth = Annotated[
    int | None, strawberry.argument(description="步数，1 至 10，默认 3 · How many steps, 1 to 10; 3 when not given")
]
Added = Annotated[
    list[DependencyInput] | None,
    strawberry.argument(
        description="新增的依赖，至多 200 项；目标与关系相同者被替换 · "
        "To be added, up to 200; takes the place of one with the same target and relation"
    ),
]
Removed = Annotated[
    list[strawberry.ID] | None,
    strawberry.argument(
        description="不再依赖的资源，至多 200 项，先于新增处理 · Needed no more, up to 200; removed before anything is added"
    ),
]


@strawberry.type(description="所属机构的数量 · How many resources belong to one organisation")
class OwnerCount:
    """How many belong to one organisation."""

    id: strawberry.Private[str]
    count: int = described("数量", "How many you may see")

    @resolved("机构", "The organisation")
    async def owner(self, info: Info) -> Organization:
        """The organisation."""
        owner = await load_organization(info, self.id)
        if owner is None:
            raise NotFound("NOT_FOUND", object=f"organizations/{self.id}")
        return owner


@strawberry.type(description="所及资源的计数（精确） · How many resources were reached, exactly")
class ImpactTally:
    """How many were reached."""

    depth: int | None = described("步数，空表示全部", "In how many steps; null for all together")
    count: int = described("数量", "How many you may see")
    kinds: list[FacetCount] = described("按资源类别", "By kind")
    owners: list[OwnerCount] = described(
        "按所属机构，最多的 200 个在前", "By owner: the 200 with the most, those first"
    )
    owner_count: int = described("机构数", "How many owners there are in all")

    @classmethod
    def of(cls, tally: Tally) -> Self:
        """The schema's tally."""
        return cls(
            depth=tally.depth,
            count=tally.count,
            kinds=_counts(tally.kinds),
            owners=[OwnerCount(id=owner, count=count) for owner, count in tally.owners.items()],
            owner_count=tally.owner_count,
        )


@strawberry.type(description="所及的一项资源 · A resource that was reached")
class ImpactReached:
    """A resource that was reached."""

    depth: int = described("步数", "In how many steps")
    via: strawberry.ID = described(
        "经由的上一资源", "From which resource: one that is a step nearer, or the one asked about"
    )
    use: Use | None = described("调用者可否使用（仅向下时给出）", "Whether you may use it; null for what depends on it")
    resource: Resource = described("资源", "The resource")

    @classmethod
    def of(cls, node: ImpactNode) -> Self:
        """The schema's node."""
        return cls(depth=node.depth, via=strawberry.ID(node.via), use=node.use, resource=Resource.of(node.resource))


@strawberry.type(description="列表中所及的一项资源 · A resource that was reached, in a list")
class ImpactEdge:
    """A resource that was reached, in a list."""

    cursor: str = described("游标", "The place just behind it")
    node: ImpactReached = described("所及资源", "What was reached")


@strawberry.type(
    description="影响分析：经由您可见的资源所及的一切 · What a walk reached through what you may see; all of it is counted"
)
class ImpactConnection:
    """What a walk reached."""

    resource: Resource = described("所问的资源", "The resource asked about")
    total: ImpactTally = described("全部步数合计", "Over all depths")
    levels: list[ImpactTally] = described("逐步计数", "Depth by depth")
    states: list[FacetCount] = described("按可用状态", "By state, over all depths")
    uses: list[FacetCount] = described(
        "按可否使用（仅向下时给出）", "By whether you may use them; empty for what depends on it"
    )
    truncated: bool = described(
        "是否到达上限（十万项）而中止", "Whether the walk ended at its bound of 100,000: there may be more"
    )
    edges: list[ImpactEdge] = described("条目及其游标，按步数与名称排序", "Items with their cursors, by depth and name")
    nodes: list[ImpactReached] = described("条目", "Items")
    page_info: PageInfo = described("分页信息", "Where the page stands")
    position: Position = described("所见日志位置", "The log position whose state you see")

    @classmethod
    def of(cls, impact: Impact, position: int) -> Self:
        """The schema's answer."""
        nodes = [ImpactReached.of(node) for node in impact.nodes]
        return cls(
            resource=Resource.of(impact.resource),
            total=ImpactTally.of(impact.total),
            levels=[ImpactTally.of(level) for level in impact.levels],
            states=_counts(impact.states),
            uses=_counts(impact.uses),
            truncated=impact.truncated,
            edges=[ImpactEdge(cursor=cursor, node=node) for cursor, node in zip(impact.cursors, nodes, strict=True)],
            nodes=nodes,
            page_info=page_info(impact),
            position=Position(position),
        )


@strawberry.type
class GraphQuery:
    """What can be asked about the graph."""

    @resolved(
        "影响分析：某资源停用会影响谁（up），或构建它需要什么（down）",
        "What breaks if a resource goes (up), or what is needed to build on it (down)",
    )
    async def impact(
        self,
        info: Info,
        resource: ResourceId,
        direction: Way = WalkDirection.UP,
        depth: Depth = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> ImpactConnection:
        """What a walk reaches."""
        page = asked(info, first, after, last, before)
        found = await info.context.ask(lambda session: session.graph.impact(resource, direction, depth=depth, **page))
        info.context.spend(len(found.nodes))
        return ImpactConnection.of(found, (await info.context.session()).position)


@strawberry.type
class GraphMutation:
    """What can be done to the graph."""

    @resolved("增减依赖，形成新草稿", "Open a new draft that depends on some more, and on some no more")
    async def change_dependencies(
        self,
        info: Info,
        id: ResourceId,
        etag: Etag,
        add: Added = None,
        remove: Removed = None,
        request_id: RequestId = None,
        validate_only: ValidateOnly = False,
    ) -> Resource:
        """Change what a resource depends on."""
        await info.context.forget()
        links, targets = [plain_fields(link) for link in add or ()], [str(target) for target in remove or ()]
        call = info.context.call(request_id, validate_only)
        return Resource.of(await info.context.platform.dependencies.change(call, id, links, targets, etag))


def _counts(counts: Mapping[Word, int]) -> list[FacetCount]:
    return [FacetCount(value=value.value, count=count) for value, count in counts.items()]
