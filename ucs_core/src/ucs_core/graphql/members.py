"""Member sets in the schema: what a resource fronts by the thousand, a page at a time."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Self

import strawberry

from ucs_core.graphql.context import Info
from ucs_core.graphql.enums import MemberStatus
from ucs_core.graphql.nodes import After, Before, First, Last, Node, PageInfo, Point, asked, page_info
from ucs_core.graphql.scalars import Json, Position
from ucs_core.graphql.texts import RESOURCE_ID, described, resolved
from ucs_core.platform.members import MemberPage, MemberView
from ucs_core.platform.paging import PageArguments

MemberId = Annotated[strawberry.ID, strawberry.argument(description="成员名称 · resources/…/members/…")]
ResourceId = Annotated[strawberry.ID, strawberry.argument(description=RESOURCE_ID)]


@strawberry.type(description="成员名称 · What people call a member; the English is null where nobody has said it")
class MemberTitle:
    """What people call a member."""

    zh: str = described("中文", "Chinese")
    en: str | None = described("英文", "English")


@strawberry.type(description="成员 · A member of the set that a resource fronts, such as a camera channel of a pool")
class Member(Node):
    """A member of a set."""

    code: str = described("成员代码，在集合内唯一", "What tells it from the others of its set")
    title: MemberTitle = described("名称", "What people call it")
    location: Point | None = described("位置", "Where it is")
    region_code: str | None = described("行政区划代码", "The division where it stands")
    status: MemberStatus = described("成员状态", "Whether it answers")
    attributes: Json = described("属性，由资源类型规定", "What the resource's type asks of its members")
    created_at: datetime = described("登记时间", "When it was entered")
    updated_at: datetime = described("更新时间", "When it was last entered or replaced")

    @classmethod
    def of(cls, view: MemberView) -> Self:
        """The schema's object for a member."""
        member, place = view.member, view.member.location
        return cls(
            id=strawberry.ID(view.name),
            code=member.code,
            title=MemberTitle(zh=member.title.zh, en=member.title.en),
            location=None if place is None else Point(longitude=place.longitude, latitude=place.latitude),
            region_code=member.region_code,
            status=member.status,
            attributes=Json(member.attributes),
            created_at=member.created_at,
            updated_at=member.updated_at,
        )


@strawberry.input(description="成员筛选：各条件须同时满足 · Which members; every stated part must hold")
class MemberFilter:
    """Which members; a part that is absent or null does not restrict."""

    prefix: str | None = strawberry.field(default=None, description="代码开头 · How the code begins")
    status: MemberStatus | None = strawberry.field(default=None, description="成员状态 · Status")
    region: str | None = strawberry.field(
        default=None, description="行政区划代码开头 · How the division's code begins: 1 to 12 digits"
    )
    text: str | None = strawberry.field(
        default=None, description="名称包含，不分大小写 · What occurs in a title, case apart"
    )


Filter = Annotated[MemberFilter | None, strawberry.argument(description="筛选条件 · Which members")]


@strawberry.type(description="列表中的一个成员 · A member in a list")
class MemberEdge:
    """A member in a list."""

    cursor: str = described("游标", "The place just behind it")
    node: Member = described("成员", "The member")


@strawberry.type(description="成员列表的一页，按代码排序 · A page of members, in the order of their codes")
class MemberConnection:
    """A page of members."""

    resource: strawberry.Private[str]
    wanted: strawberry.Private[dict[str, Any]]
    edges: list[MemberEdge] = described("条目及其游标", "Items with their cursors")
    nodes: list[Member] = described("条目", "Items")
    page_info: PageInfo = described("分页信息", "Where the page stands")
    position: Position = described("所见日志位置", "The log position whose state you see")

    @resolved("总数（精确）", "How many there are in all, exactly")
    async def total_count(self, info: Info) -> int:
        """How many there are in all."""
        return await info.context.ask(lambda session: session.members.count(self.resource, self.wanted))


def filter_of(filter: MemberFilter | None) -> dict[str, Any]:
    """The filter as the platform takes it."""
    wanted = filter or MemberFilter()
    stated = {"prefix": wanted.prefix, "status": wanted.status, "region": wanted.region, "text": wanted.text}
    return {name: value for name, value in stated.items() if value is not None}


async def members_page(
    info: Info, resource: str, filter: MemberFilter | None, asked: PageArguments
) -> MemberConnection:
    """A page of a resource's members."""
    wanted = filter_of(filter)
    page: MemberPage = await info.context.ask(lambda session: session.members.page(resource, wanted, **asked))
    info.context.spend(len(page.items))
    nodes = [Member.of(view) for view in page.items]
    return MemberConnection(
        resource=resource,
        wanted=wanted,
        edges=[MemberEdge(cursor=cursor, node=node) for cursor, node in zip(page.cursors, nodes, strict=True)],
        nodes=nodes,
        page_info=page_info(page),
        position=Position((await info.context.session()).position),
    )


@strawberry.type
class MemberQuery:
    """What can be asked about member sets."""

    @resolved("一个成员，按名称", "One member, by name")
    async def member(self, info: Info, id: MemberId) -> Member | None:
        """One member."""
        return Member.of(await info.context.ask(lambda session: session.members.member(id)))

    @resolved("一项资源的成员，按代码排序", "A resource's members, in the order of their codes")
    async def members(
        self,
        info: Info,
        resource: ResourceId,
        filter: Filter = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> MemberConnection:
        """A page of a resource's members."""
        return await members_page(info, resource, filter, asked(info, first, after, last, before))
