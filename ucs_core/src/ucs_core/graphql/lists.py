"""Lists of resources in the schema: filters, pages, totals and facets."""

from __future__ import annotations

import strawberry

from ucs_core.graphql.context import Info
from ucs_core.graphql.enums import Availability, ResourceKind, ShareType
from ucs_core.graphql.nodes import PageInfo, page_info
from ucs_core.graphql.organizations import organization_id
from ucs_core.graphql.resources import Resource
from ucs_core.graphql.scalars import Position
from ucs_core.graphql.texts import described, resolved
from ucs_core.platform import ResourcePage
from ucs_registry.queries import Dimension, ResourceQuery


@strawberry.input(description="资源筛选：各条件须同时满足 · Which resources; every stated part must hold")
class ResourceFilter:
    """Which resources; a part that is absent or null does not restrict."""

    kind: ResourceKind | None = strawberry.field(default=None, description="资源类别 · Kind")
    type: str | None = strawberry.field(default=None, description="资源类型 · Type")
    owner_subtree: strawberry.ID | None = strawberry.field(
        default=None, description="所属机构及其下级 · An organisation and all below it"
    )
    share_type: ShareType | None = strawberry.field(default=None, description="共享类型 · Share type")
    availability: Availability | None = strawberry.field(default=None, description="可用状态 · Availability")
    tag: str | None = strawberry.field(default=None, description="标签 · A tag, whole")


def query_of(filter: ResourceFilter | None, search: str | None) -> ResourceQuery:
    """The catalogue's query for a filter and a search text."""
    wanted = filter or ResourceFilter()
    return ResourceQuery(
        kind=wanted.kind,
        type=wanted.type,
        owner_subtree=None if wanted.owner_subtree is None else organization_id(wanted.owner_subtree),
        share_type=wanted.share_type,
        availability=wanted.availability,
        tag=wanted.tag,
        search=search or None,
    )


@strawberry.type(description="分面计数 · How many resources have a value")
class FacetCount:
    """How many resources have a value."""

    value: str = described("取值", "Value")
    count: int = described("数量", "How many you may see")


@strawberry.type(description="分面 · Exact counts over the whole list, not the page")
class ResourceFacets:
    """Exact counts over the whole list."""

    query: strawberry.Private[ResourceQuery]

    @resolved("按资源类别", "By kind")
    async def kind(self, info: Info) -> list[FacetCount]:
        """By kind, in the order of the vocabulary."""
        counts = await info.context.facets.load((self.query, Dimension.KIND))
        return [FacetCount(value=kind.value, count=counts[kind.value]) for kind in ResourceKind if kind.value in counts]


@strawberry.type(description="列表中的一项资源 · A resource in a list")
class ResourceEdge:
    """A resource in a list."""

    cursor: str = described("游标", "The place just behind it")
    node: Resource = described("资源", "The resource")


@strawberry.type(description="资源列表的一页 · A page of resources that you may see")
class ResourceConnection:
    """A page of resources."""

    query: strawberry.Private[ResourceQuery]
    edges: list[ResourceEdge] = described("条目及其游标", "Items with their cursors")
    nodes: list[Resource] = described("条目", "Items")
    page_info: PageInfo = described("分页信息", "Where the page stands")
    position: Position = described("所见日志位置", "The log position whose state you see")

    @resolved("总数（精确）", "How many there are in all, exactly")
    async def total_count(self, info: Info) -> int:
        """How many there are in all."""
        return await info.context.counts.load(self.query)

    @resolved("分面", "Exact counts by value")
    def facets(self) -> ResourceFacets:
        """Counts by value."""
        return ResourceFacets(query=self.query)


def connection_of(page: ResourcePage, query: ResourceQuery, after: str | None, position: int) -> ResourceConnection:
    """The schema's page."""
    nodes = [Resource.of(view) for view in page.items]
    return ResourceConnection(
        query=query,
        edges=[ResourceEdge(cursor=cursor, node=node) for cursor, node in zip(page.cursors, nodes, strict=True)],
        nodes=nodes,
        page_info=page_info(page.cursors, more=page.more, after=after),
        position=Position(position),
    )
