"""Taking resources off the shelf for a while or for good, what is deprecated, and the bin, in the schema."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import strawberry

from ucs_core.graphql.context import Info
from ucs_core.graphql.inputs import plain_fields
from ucs_core.graphql.nodes import After, Before, First, Last, PageInfo, asked, page_info
from ucs_core.graphql.resources import Resource
from ucs_core.graphql.scalars import Position
from ucs_core.graphql.steps import Id, MaybeEtag, Reason, RequestId, ValidateOnly, changed, step
from ucs_core.graphql.texts import described, resolved


@strawberry.input(description="弃用声明 · An announcement that a resource is to be used no more")
class DeprecationInput:
    """An announcement that a resource is to be used no more."""

    effective_on: date = described("自何日起弃用", "From which day on nothing new should depend on it")
    removal_on: date | None = strawberry.field(
        default=strawberry.UNSET, description="计划移除日期 · The day on which it is planned to go"
    )
    alternative: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="替代资源 · What to use instead: resources/…"
    )
    note: str | None = strawberry.field(default=strawberry.UNSET, description="说明 · What users should know")


Announced = Annotated[DeprecationInput, strawberry.argument(description="弃用声明 · What is announced")]


@strawberry.type(description="回收站中的一项资源 · A resource in the bin")
class DeletedResourceEdge:
    """A resource in the bin."""

    cursor: str = described("游标", "The place just behind it")
    node: Resource = described("资源", "The resource")


@strawberry.type(description="已删除资源的一页 · A page of what was deleted and you could take back")
class DeletedResourceConnection:
    """A page of the bin."""

    edges: list[DeletedResourceEdge] = described("条目及其游标", "Items with their cursors")
    nodes: list[Resource] = described("条目，最近删除的在前", "Items, the last deleted first")
    page_info: PageInfo = described("分页信息", "Where the page stands")
    position: Position = described("所见日志位置", "The log position whose state you see")


@strawberry.type
class ShelfQuery:
    """What can be asked of the bin."""

    @resolved("已删除、您可恢复的资源", "What was deleted and you could take back")
    async def deleted_resources(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> DeletedResourceConnection:
        """A page of the bin."""
        arguments = asked(info, first, after, last, before)
        page = await info.context.ask(lambda session: session.bin.page(**arguments))
        info.context.spend(len(page.items))
        nodes = [Resource.of(view) for view in page.items]
        return DeletedResourceConnection(
            edges=[
                DeletedResourceEdge(cursor=cursor, node=node) for cursor, node in zip(page.cursors, nodes, strict=True)
            ],
            nodes=nodes,
            page_info=page_info(page),
            position=Position((await info.context.session()).position),
        )


@strawberry.type
class ShelfMutation:
    """What takes resources off the shelf."""

    @resolved("暂停", "Pause a resource that is online, with the reason")
    async def suspend_resource(
        self,
        info: Info,
        id: Id,
        reason: Reason,
        etag: MaybeEtag = None,
        request_id: RequestId = None,
        validate_only: ValidateOnly = False,
    ) -> Resource:
        """Pause it."""
        return await changed(
            info, request_id, validate_only, lambda platform, call: platform.resources.suspend(call, id, reason, etag)
        )

    resume_resource = step("恢复", "End a pause", lambda platform: platform.resources.resume)
    retire_resource = step(
        "停用（不可恢复）；仍被在用资源依赖时拒绝",
        "End it for good; refused while something in use depends on it",
        lambda platform: platform.resources.retire,
    )

    @resolved("声明弃用", "Announce that it is to be used no more")
    async def deprecate_resource(
        self,
        info: Info,
        id: Id,
        deprecation: Announced,
        etag: MaybeEtag = None,
        request_id: RequestId = None,
        validate_only: ValidateOnly = False,
    ) -> Resource:
        """Announce it."""
        stated = {name: value for name, value in plain_fields(deprecation).items() if value is not None}
        return await changed(
            info, request_id, validate_only, lambda platform, call: platform.shelf.deprecate(call, id, stated, etag)
        )

    undeprecate_resource = step("取消弃用", "Take the announcement back", lambda platform: platform.shelf.undeprecate)
    delete_resource = step(
        "删除：移入回收站，30 天后彻底删除；仍被在用资源依赖时拒绝",
        "Move it into the bin, where it stays for 30 days; refused while something in use depends on it",
        lambda platform: platform.shelf.delete,
    )
    undelete_resource = step("从回收站恢复", "Take it back out of the bin", lambda platform: platform.shelf.undelete)
    purge_resource = step("从回收站彻底删除", "Remove it from the bin for ever", lambda platform: platform.shelf.purge)
