"""The subscription of the schema: changes as they happen, from any position on."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Self

import strawberry

from ucs_core.graphql.context import Info
from ucs_core.graphql.enums import ChangeType, ResourceKind
from ucs_core.graphql.organizations import organization_id
from ucs_core.graphql.plugins import PluginSubscription
from ucs_core.graphql.resources import Resource
from ucs_core.graphql.scalars import Position
from ucs_core.graphql.texts import described, subscribed
from ucs_core.platform import WatchEvent
from ucs_core.platform import WatchFilter as Wanted
from ucs_core.platform.audit import position_of


@strawberry.input(
    name="WatchFilter", description="订阅筛选：各条件须同时满足 · Which resources; every stated part must hold"
)
class WatchFilter:
    """Which resources to hear of; a part that is absent or null does not restrict."""

    kind: ResourceKind | None = strawberry.field(default=None, description="资源类别 · Kind")
    type: str | None = strawberry.field(default=None, description="资源类型 · Type")
    owner_subtree: strawberry.ID | None = strawberry.field(
        default=None, description="所属机构及其下级 · An organisation and all below it"
    )

    def wanted(self) -> Wanted:
        """The platform's own words for it."""
        owner = None if self.owner_subtree is None else organization_id(self.owner_subtree)
        return Wanted(kind=self.kind, type=self.type, owner_subtree=owner)


Behind = Annotated[
    str | None,
    strawberry.argument(
        description="在此位置之后，如列表所示的位置；缺省从现在开始 · "
        "Behind this position, such as that of a list, in decimal digits; from now on when not given"
    ),
]
Which = Annotated[WatchFilter | None, strawberry.argument(description="筛选条件 · Which resources")]


@strawberry.type(description="变更 · A change, or how far the subscription has come")
class Change:
    """A change, or how far the subscription has come."""

    position: Position = described("日志位置；断开后从最后收到的位置继续", "Its place in the log: where to go on from")
    type: ChangeType = described("变更类型", "What it is")
    id: strawberry.ID | None = described("资源名称；进度事件为空", "resources/…; null for progress")
    resource: Resource | None = described(
        "您此刻所见的资源，可能已含后续变更；不可见时为空",
        "The resource as you may see it now, later changes included; null when you may not discover it any more",
    )

    @classmethod
    def of(cls, event: WatchEvent) -> Self:
        """The schema's object for an event."""
        return cls(
            position=Position(event.position),
            type=event.type,
            id=None if event.name is None else strawberry.ID(event.name),
            resource=None if event.resource is None else Resource.of(event.resource),
        )


@strawberry.type(description="订阅（事件流） · What can be subscribed to, as a stream of events")
class Subscription(PluginSubscription):
    """What can be subscribed to."""

    @subscribed(
        "您可见资源的变更：每项一次，按序；以 WATCH_TOO_OLD、WATCH_OTHER_HISTORY 或 "
        "WATCH_ACCESS_CHANGED 结束时，请重新列出并从列表位置订阅",
        "Every change of what you may see, once and in order. When it ends with WATCH_TOO_OLD, WATCH_OTHER_HISTORY or "
        "WATCH_ACCESS_CHANGED: list "
        "again, and subscribe behind the position of the list",
    )
    async def changes(self, info: Info, after: Behind = None, filter: Which = None) -> AsyncGenerator[Change, None]:
        """Every change of what the caller may see."""
        caller = info.context.caller
        events = info.context.platform.watch(
            caller.principal,
            caller.token,
            after=None if after is None else position_of(after or "0"),
            filter=(filter or WatchFilter()).wanted(),
        )
        async with aclosing(events):
            async for event in events:
                yield Change.of(event)
