"""Lists of resources in the schema: filters, pages, totals and facets."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import strawberry

from ucs_core.graphql.context import Info
from ucs_core.graphql.enums import Availability, DataLevel, Dimension, OpenType, Order, ResourceKind, ShareType
from ucs_core.graphql.inputs import plain_fields
from ucs_core.graphql.nodes import PageInfo, page_info
from ucs_core.graphql.places import AreaInput, WindowInput
from ucs_core.graphql.resources import Resource
from ucs_core.graphql.scalars import Position
from ucs_core.graphql.texts import described, resolved
from ucs_core.platform import ResourcePage
from ucs_core.platform.filters import query_stated
from ucs_core.platform.paging import PageArguments
from ucs_registry.queries import ResourceQuery
from ucs_sdk.errors import Invalid

Dimensions = Annotated[
    list[Dimension], strawberry.argument(description="维度，至多六个 · What to count by, up to six dimensions")
]


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
    tags: list[str] | None = strawberry.field(
        default=None, description="同时具有的标签，至多 20 个 · All of these tags, up to 20"
    )
    code: str | None = strawberry.field(default=None, description="资源代码 · Its code, whole")
    search: str | None = strawberry.field(
        default=None, description="检索词，须全部命中 · Words that must all occur in title, summary or tags"
    )
    owner: strawberry.ID | None = strawberry.field(
        default=None, description="所属机构本身，不含下级 · An organisation itself, without those below it"
    )
    data_level: DataLevel | None = strawberry.field(default=None, description="数据分级 · Data level")
    open_type: OpenType | None = strawberry.field(default=None, description="开放属性 · Open type")
    district: str | None = strawberry.field(
        default=None,
        description="区县：行政区划代码前六位 · District: what the division's code begins with, up to six digits",
    )
    region: str | None = strawberry.field(
        default=None, description="行政区划代码前缀，至多 12 位 · Any beginning of the division's code, up to 12 digits"
    )
    area: AreaInput | None = strawberry.field(
        default=None,
        description="位置或覆盖范围与该区域相交 · Where the location or footprint meets this area",
    )
    during: WindowInput | None = strawberry.field(
        default=None, description="内容时间与该窗口有重合 · Where the content's days and these share one"
    )
    updated_after: datetime | None = strawberry.field(
        default=None, description="此时及以后有变更 · Changed then or later"
    )
    updated_before: datetime | None = strawberry.field(default=None, description="此时以前有变更 · Changed before then")
    any_of: list[ResourceFilter] | None = strawberry.field(
        default=None,
        description="至多 8 个分支，满足其一即可；分支内不得再有 anyOf、awaitingReview、affectedByDeprecation · "
        "Up to 8 branches of which one must hold; a branch has no anyOf, awaitingReview or affectedByDeprecation",
    )
    awaiting_review: bool | None = strawberry.field(
        default=None,
        description="仅待我审核的资源 · With true, only what is in review, may be reviewed by you, and was not written by you",
    )
    affected_by_deprecation: bool | None = strawberry.field(
        default=None,
        description="仅依赖已弃用资源者 · With true, only what needs something deprecated that you may see",
    )


def query_of(filter: ResourceFilter | None, search: str | None) -> ResourceQuery:
    """The catalogue's query for a filter and a search text."""
    return query_with({} if filter is None else plain_fields(filter), search)


def query_with(stated: dict[str, Any], search: str | None) -> ResourceQuery:
    """The catalogue's query for a filter as plain JSON under the platform's own names, and a search text."""
    if search:
        if stated.get("search"):
            raise Invalid("ARGUMENTS_EXCLUSIVE", arguments=["search", "filter.search"])
        stated["search"] = search
    return query_stated(stated)


@strawberry.type(description="分面计数 · How many resources have a value")
class FacetCount:
    """How many resources have a value."""

    value: str = described("取值", "Value")
    count: int = described("数量", "How many you may see")


@strawberry.type(description="分面 · How the whole list, not the page, is spread over the values of a dimension")
class Facet:
    """How a list is spread over the values of a dimension."""

    dimension: Dimension = described("维度", "What was counted by")
    values: list[FacetCount] = described(
        "取值与数量，多者在前，至多 200 个", "Values with counts, those with most first, up to 200"
    )


@strawberry.type(description="列表中的一项资源 · A resource in a list")
class ResourceEdge:
    """A resource in a list."""

    cursor: str = described("游标", "Its place in the list, to go on behind it or ahead of it")
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

    @resolved("分面（精确），至多六个维度", "Exact counts by value, by up to six dimensions")
    async def facets(self, info: Info, by: Dimensions) -> list[Facet]:
        """Counts by value, in the order asked for."""
        asked = tuple(dict.fromkeys(by))
        found = await info.context.facets.load((self.query, asked))
        return [
            Facet(
                dimension=dimension,
                values=[FacetCount(value=value, count=count) for value, count in found[dimension].items()],
            )
            for dimension in asked
        ]


async def resources_page(info: Info, query: ResourceQuery, order: Order, page: PageArguments) -> ResourcePage:
    """A page of resources, read for a list of them or of what they are."""
    found = await info.context.ask(lambda session: session.resources(query, order=order, **page))
    info.context.spend(len(found.items))
    return found


def connection_of(page: ResourcePage, query: ResourceQuery, position: int) -> ResourceConnection:
    """The schema's page."""
    nodes = [Resource.of(view) for view in page.items]
    return ResourceConnection(
        query=query,
        edges=[ResourceEdge(cursor=cursor, node=node) for cursor, node in zip(page.cursors, nodes, strict=True)],
        nodes=nodes,
        page_info=page_info(page),
        position=Position(position),
    )
