"""Plugins and their operations in the schema: which there are and run, and every operation under one name.

The operations also have typed fields of their own, below the names of their capabilities; see `capabilities`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from datetime import datetime
from typing import Annotated, Any, Self

import strawberry

from ucs_core.graphql.context import Info
from ucs_core.graphql.enums import OperationEffect, PluginState
from ucs_core.graphql.nodes import BilingualText
from ucs_core.graphql.scalars import Json, Position
from ucs_core.graphql.steps import RequestId, ValidateOnly
from ucs_core.graphql.texts import described, resolved, subscribed
from ucs_core.platform import DeadEvent, OperationView, PluginView
from ucs_sdk.errors import Invalid

PluginName = Annotated[str, strawberry.argument(description="插件 · Which plugin")]
OperationName = Annotated[str, strawberry.argument(description="操作：能力.操作 · capability.operation")]
Asked = Annotated[Json | None, strawberry.argument(description="输入 · What is asked: a JSON object")]
Capability = Annotated[str | None, strawberry.argument(description="限该能力 · Only those of this capability")]


def _object(value: object, path: str) -> Mapping[str, Any]:
    """A JSON object; nothing is an empty one. Raises Invalid for anything else."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise Invalid("FIELD_TYPE", path=path, value=str(value)[:80], expected="object")
    return value


@strawberry.type(name="Operation", description="操作 · What can be called of a plugin")
class OperationNode:
    """An operation."""

    name: strawberry.ID = described("名称：能力.操作", "capability.operation")
    title: BilingualText = described("标题", "Title")
    description: str = described("说明", "What its author says of it")
    effect: OperationEffect = described("是否产生变更", "Whether it changes anything: then it takes a request id")
    streaming: bool = described("是否以流应答", "Whether it answers with a stream")
    plugin: str = described("所属插件", "The plugin that brings it")
    plugin_version: str = described("插件版本", "Its version")
    resource: strawberry.ID = described("目录中的资源", "The resource that stands for it: resources/…")
    callable: bool = described("您可否调用", "Whether you may call it now")
    input_schema: Json = described("输入的模式", "What it takes, as JSON Schema 2020-12")
    output_schema: Json = described("输出的模式", "What it answers, as JSON Schema 2020-12; of a stream, each answer")

    @classmethod
    def of(cls, view: OperationView) -> Self:
        """The schema's object for an operation."""
        return cls(
            name=strawberry.ID(view.path),
            title=BilingualText(zh=view.title_zh, en=view.title_en),
            description=view.description,
            effect=OperationEffect(view.effect),
            streaming=view.streaming,
            plugin=view.plugin,
            plugin_version=view.version,
            resource=strawberry.ID(view.resource),
            callable=view.callable,
            input_schema=Json(view.input),
            output_schema=Json(view.output),
        )


@strawberry.type(description="插件 · A plugin that is installed or was enabled")
class Plugin:
    """A plugin."""

    name: strawberry.ID = described("名称", "Its name, that of its operations' and events' namespace")
    title: BilingualText = described("标题", "Title")
    version: str | None = described("运行或最近启用的版本", "The version that runs, or was enabled last; null for none")
    installed: str | None = described("已安装版本", "The version that is installed here; null where none is")
    state: PluginState = described("状态", "How it stands on the node that answers")
    problem: BilingualText | None = described(
        "未运行的原因", "Why it does not run; null where it does, or was not asked to"
    )
    healthy: bool | None = described(
        "自述是否正常", "Whether it says that it can do its work, on the node that answers; null where it says nothing"
    )
    health: BilingualText | None = described("自述缺失", "What it says is missing")
    owner: strawberry.ID | None = described("所属机构", "The organisation that its operations belong to")
    permissions: list[str] = described("所申请权限", "What it asks to be allowed")
    operations: list[strawberry.ID] = described("操作", "What can be called of it")
    changed_at: datetime | None = described("最近启停时间", "When it was last enabled or disabled")
    changed_by: strawberry.ID | None = described("最近启停者", "By whom")

    @classmethod
    def of(cls, view: PluginView) -> Self:
        """The schema's object for a plugin."""
        return cls(
            name=strawberry.ID(view.name),
            title=BilingualText(zh=view.title_zh, en=view.title_en),
            version=view.version or None,
            installed=view.installed or None,
            state=PluginState(view.state),
            problem=BilingualText(zh=view.problem_zh or "", en=view.problem_en) if view.problem_en else None,
            healthy=view.healthy,
            health=BilingualText(zh=view.health_zh, en=view.health_en) if view.health_zh or view.health_en else None,
            owner=strawberry.ID(view.owner) if view.owner else None,
            permissions=list(view.permissions),
            operations=[strawberry.ID(path) for path in view.operations],
            changed_at=view.changed_at,
            changed_by=strawberry.ID(view.changed_by) if view.changed_by else None,
        )


@strawberry.type(
    name="DeadEvent", description="死信 · A delivery that failed so often that it is not tried again by itself"
)
class DeadEventNode:
    """A delivery that was given up."""

    subscription: str = described("订阅者", "Who did not take it")
    position: Position = described("事件次序", "The event's place in the order of all events")
    id: strawberry.ID = described("事件标识", "The event's id")
    type: str = described("事件类型", "The type of the event")
    subject: str = described("主体", "What it is about")
    attempts: int = described("尝试次数", "How often it was tried")
    error: str = described("最近一次失败的原因码", "The reason of the last failure")
    time: datetime = described("发生时间", "When the event happened")

    @classmethod
    def of(cls, event: DeadEvent) -> Self:
        """The schema's object for a delivery."""
        return cls(
            subscription=event.subscription,
            position=Position(event.position),
            id=strawberry.ID(event.id),
            type=event.type,
            subject=event.subject or "",
            attempts=event.attempts,
            error=event.error or "",
            time=event.time,
        )


@strawberry.type
class PluginQuery:
    """What can be asked about plugins."""

    @resolved("您可发现的操作", "The operations that you may discover, in the order of their names")
    async def operations(self, info: Info, capability: Capability = None) -> list[OperationNode]:
        """The operations that the caller may discover."""
        caller = info.context.caller
        found = await info.context.platform.operations(caller.principal, caller.token)
        kept = [view for view in found if capability is None or view.path.partition(".")[0] == capability]
        info.context.spend(len(kept))
        return [OperationNode.of(view) for view in kept]

    @resolved("全部插件", "Every plugin that is installed on the node that answers, or was ever enabled")
    async def plugins(self, info: Info) -> list[Plugin]:
        """Every plugin."""
        caller = info.context.caller
        return [Plugin.of(view) for view in await info.context.platform.plugins(caller.principal, caller.token)]

    @resolved("死信", "Deliveries of events that were given up")
    async def dead_events(
        self,
        info: Info,
        subscription: Annotated[str | None, strawberry.argument(description="限该订阅者 · Only of this one")] = None,
        most: Annotated[int, strawberry.argument(description="至多几项，1 至 200 · How many at most, 1 to 200")] = 50,
    ) -> list[DeadEventNode]:
        """Deliveries that were given up."""
        caller, platform = info.context.caller, info.context.platform
        found = await platform.dead_events(caller.principal, caller.token, subscription=subscription, first=most)
        return [DeadEventNode.of(event) for event in found]


@strawberry.type
class PluginMutation:
    """What can be done with plugins."""

    @resolved("启用插件，或换用已安装的版本", "Let a plugin run on every node, in the version that is installed there")
    async def enable_plugin(
        self,
        info: Info,
        name: PluginName,
        owner: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="其操作所属机构 · Who owns its operations; as before when not given"),
        ] = None,
        settings: Annotated[
            Json | None, strawberry.argument(description="设置 · Its settings; as before when not given")
        ] = None,
        request_id: RequestId = None,
        validate_only: ValidateOnly = False,
    ) -> Plugin:
        """Enable a plugin."""
        stated = None if settings is None else _object(settings, "settings")
        call = info.context.call(request_id, validate_only)
        return Plugin.of(await info.context.platform.enable_plugin(call, name, owner=owner, settings=stated))

    @resolved("停用插件；已开始的调用先行完成", "End a plugin on every node; calls that were begun are ended first")
    async def disable_plugin(
        self,
        info: Info,
        name: PluginName,
        reason: Annotated[str, strawberry.argument(description="理由 · Why; those who call its operations are told")],
        request_id: RequestId = None,
        validate_only: ValidateOnly = False,
    ) -> Plugin:
        """Disable a plugin."""
        call = info.context.call(request_id, validate_only)
        return Plugin.of(await info.context.platform.disable_plugin(call, name, reason=reason))

    @resolved("重新投递死信；返回条数", "Have deliveries that were given up tried again; how many")
    async def replay_events(
        self,
        info: Info,
        subscription: Annotated[str, strawberry.argument(description="订阅者 · Of which subscription")],
        positions: Annotated[list[Position], strawberry.argument(description="事件次序 · At which positions")],
        request_id: RequestId = None,
        validate_only: ValidateOnly = False,
    ) -> int:
        """Have deliveries tried again."""
        call = info.context.call(request_id, validate_only)
        return await info.context.platform.replay_events(call, subscription, positions)

    @resolved("按名称调用操作", "Call an operation by its name; the answer is free JSON")
    async def invoke(
        self, info: Info, operation: OperationName, input: Asked = None, request_id: RequestId = None
    ) -> Json:
        """Call an operation."""
        return Json(await info.context.invoke(operation, _object(input, "input"), request_id, changes=True))


@strawberry.type
class PluginSubscription:
    """What of plugins comes as a stream."""

    @subscribed("按名称调用以流应答的操作", "Call an operation that answers with a stream")
    async def invoke_stream(
        self, info: Info, operation: OperationName, input: Asked = None
    ) -> AsyncGenerator[Json, None]:
        """Call an operation that answers with a stream."""
        answers = info.context.stream(operation, _object(input, "input"))
        async with aclosing(answers):
            async for answer in answers:
                yield Json(answer)
