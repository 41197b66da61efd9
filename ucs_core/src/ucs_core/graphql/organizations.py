"""Organisations in the schema."""

from __future__ import annotations

from typing import Self

import strawberry

from ucs_core.graphql.context import Info
from ucs_core.graphql.enums import OrganizationKind, OrganizationLevel
from ucs_core.graphql.nodes import After, Before, BilingualText, First, Last, Node, PageInfo, asked, page_info
from ucs_core.graphql.texts import described, resolved
from ucs_core.platform.paging import Page
from ucs_registry import organizations as registry

PREFIX = "organizations/"


def organization_id(name: str) -> str:
    """The id in `organizations/{id}`; a bare id is taken as well."""
    return name.removeprefix(PREFIX)


@strawberry.type(description="组织机构 · An organisation in the one tree from province to grid")
class Organization(Node):
    """An organisation."""

    record: strawberry.Private[registry.Organization]
    title: BilingualText = described("名称", "Title")
    level: OrganizationLevel = described("层级", "Level")
    kind: OrganizationKind = described("机构类别", "What it is")
    region_code: str | None = described("行政区划代码", "Division code")
    path: list[strawberry.ID] = described("从根到本机构的路径", "Names from the root down to this one")
    source: str | None = described("来源", "Where the entry comes from")
    synthetic: bool = described("是否为生成数据", "Whether it was generated rather than collected")

    @classmethod
    def of(cls, record: registry.Organization) -> Self:
        """The schema's object for a record."""
        return cls(
            id=strawberry.ID(record.name),
            record=record,
            title=BilingualText(zh=record.title.zh, en=record.title.en),
            level=record.level,
            kind=record.kind,
            region_code=record.region_code,
            path=[strawberry.ID(PREFIX + id) for id in record.ancestors],
            source=record.source,
            synthetic=record.synthetic,
        )

    @resolved("上级机构", "The organisation above")
    async def parent(self, info: Info) -> Organization | None:
        """The organisation above."""
        if self.record.parent is None:
            return None
        return await load_organization(info, self.record.parent)

    @resolved("直接下级，按代码排序", "Those directly below, by id")
    async def children(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> OrganizationConnection:
        """Those directly below."""
        id, page = self.record.id, asked(info, first, after, last, before)
        return page_of_organizations(info, await info.context.ask(lambda session: session.children(id, **page)))


@strawberry.type(description="列表中的一个机构 · An organisation in a list")
class OrganizationEdge:
    """An organisation in a list."""

    cursor: str = described("游标", "The place just behind it")
    node: Organization = described("机构", "The organisation")


@strawberry.type(description="机构列表的一页 · A page of organisations")
class OrganizationConnection:
    """A page of organisations."""

    edges: list[OrganizationEdge] = described("条目及其游标", "Items with their cursors")
    nodes: list[Organization] = described("条目", "Items")
    page_info: PageInfo = described("分页信息", "Where the page stands")


async def load_organization(info: Info, id: str) -> Organization | None:
    """One organisation through the operation's loader."""
    record = await info.context.organizations.load(id)
    return None if record is None else Organization.of(record)


def page_of_organizations(info: Info, page: Page[registry.Organization]) -> OrganizationConnection:
    """The schema's page of organisations."""
    nodes = [Organization.of(record) for record in page.items]
    info.context.spend(len(nodes))
    return OrganizationConnection(
        edges=[OrganizationEdge(cursor=cursor, node=node) for cursor, node in zip(page.cursors, nodes, strict=True)],
        nodes=nodes,
        page_info=page_info(page),
    )
