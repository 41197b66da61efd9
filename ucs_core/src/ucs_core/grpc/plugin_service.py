"""The service of plugins: which there are, which run, and what of their events was given up."""

from __future__ import annotations

import orjson

from ucs.capability.v1 import plugin_service_pb2 as pb
from ucs.capability.v1.plugin_service_pb2_grpc import PluginServiceServicer
from ucs_core.grpc.calls import call_of, current_caller
from ucs_core.grpc.conversion import filled
from ucs_core.platform import DeadEvent, Platform, PluginView
from ucs_registry.queries import page_size
from ucs_sdk.errors import Invalid
from ucs_sdk.messages import Phrase

DEAD_DEFAULT = 50


class PluginService(PluginServiceServicer):
    """Serves `ucs.capability.v1.PluginService`."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def ListPlugins(self, request: pb.ListPluginsRequest, context: object) -> pb.ListPluginsResponse:
        caller = current_caller()
        found = await self._platform.plugins(caller.principal, caller.token)
        return pb.ListPluginsResponse(plugins=map(_message, found))

    async def EnablePlugin(self, request: pb.EnablePluginRequest, context: object) -> pb.EnablePluginResponse:
        settings = None
        if request.settings:
            try:
                settings = orjson.loads(request.settings)
            except orjson.JSONDecodeError as cause:
                raise Invalid("FIELD_INVALID", path="settings", problem=Phrase("value-not-json")) from cause
        view = await self._platform.enable_plugin(
            call_of(request), request.name, owner=request.owner or None, settings=settings
        )
        return pb.EnablePluginResponse(plugin=_message(view))

    async def DisablePlugin(self, request: pb.DisablePluginRequest, context: object) -> pb.DisablePluginResponse:
        view = await self._platform.disable_plugin(call_of(request), request.name, reason=request.reason)
        return pb.DisablePluginResponse(plugin=_message(view))

    async def ListDeadEvents(self, request: pb.ListDeadEventsRequest, context: object) -> pb.ListDeadEventsResponse:
        caller = current_caller()
        found = await self._platform.dead_events(
            caller.principal,
            caller.token,
            subscription=request.subscription or None,
            first=page_size(request.page_size or DEAD_DEFAULT, "page_size"),
        )
        return pb.ListDeadEventsResponse(events=map(_dead, found))

    async def ReplayEvents(self, request: pb.ReplayEventsRequest, context: object) -> pb.ReplayEventsResponse:
        replayed = await self._platform.replay_events(call_of(request), request.subscription, list(request.positions))
        return pb.ReplayEventsResponse(replayed=replayed)


def _message(view: PluginView) -> pb.Plugin:
    untold = {"enabled", "generation", "healthy", "health_zh", "health_en"}
    return filled(pb.Plugin(), view.model_dump(mode="json", exclude=untold))


def _dead(event: DeadEvent) -> pb.DeadEvent:
    return filled(pb.DeadEvent(), event.model_dump(mode="json", exclude={"source", "organization"}))
