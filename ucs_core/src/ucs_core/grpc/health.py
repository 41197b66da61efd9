"""The standard health service, over what the node knows of itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any

import grpc
import structlog
from grpc_health.v1 import health_pb2 as pb
from grpc_health.v1.health_pb2_grpc import HealthServicer

from ucs_core.readiness import Phase, Readiness
from ucs_sdk.errors import FailedPrecondition, Unavailable

log = structlog.get_logger()

Status = Any
"""A member of `HealthCheckResponse.ServingStatus`."""


PLUGINS = "plugins/"
"""What stands before a plugin's name where it is asked for as a service."""

_NOT_SERVING = pb.HealthCheckResponse.NOT_SERVING


class Health(HealthServicer):  # type: ignore[misc]  # grpc_health has no types.
    """Serves `grpc.health.v1.Health`: `Check` also asks the store, `Watch` follows the node's phase.

    A plugin is the service `plugins/<name>`: it serves where it runs on this node and does not say that it is unwell.

    The library's own servicer keeps watchers for ever, and a node that waits for them never stops.
    """

    def __init__(
        self, readiness: Readiness, services: Iterable[str], plugins: Callable[[], Mapping[str, bool]] = dict
    ) -> None:
        self._readiness = readiness
        self._services = frozenset(services) | {""}
        self._watchers: set[asyncio.Event] = set()
        self._closed = False
        self._plugins = plugins
        readiness.watch(lambda _: self.wake())

    def close(self) -> None:
        """End every watch."""
        self._closed = True
        self.wake()

    def wake(self) -> None:
        """Tell those who watch what may have changed."""
        for watcher in self._watchers:
            watcher.set()

    async def Check(
        self, request: pb.HealthCheckRequest, context: grpc.aio.ServicerContext[object, object]
    ) -> pb.HealthCheckResponse:
        plugins = self._told()
        if request.service not in self._services | plugins.keys():
            await context.abort(grpc.StatusCode.NOT_FOUND, "There is no such service here.")
        status = await self._checked()
        return pb.HealthCheckResponse(status=status if plugins.get(request.service, True) else _NOT_SERVING)

    async def List(self, request: pb.HealthListRequest, context: object) -> pb.HealthListResponse:
        status = pb.HealthCheckResponse(status=await self._checked())
        unwell = pb.HealthCheckResponse(status=_NOT_SERVING)
        plugins = {name: status if well else unwell for name, well in self._told().items()}
        return pb.HealthListResponse(statuses=dict.fromkeys(self._services, status) | plugins)

    async def Watch(self, request: pb.HealthCheckRequest, context: object) -> AsyncIterator[pb.HealthCheckResponse]:
        changed = asyncio.Event()
        self._watchers.add(changed)
        told = None
        try:
            while not self._closed:
                changed.clear()
                status = self._status(request.service)
                if status != told:
                    yield pb.HealthCheckResponse(status=status)
                    told = status
                await changed.wait()
        finally:
            self._watchers.discard(changed)

    async def _checked(self) -> Status:
        try:
            await self._readiness.check()
        except (Unavailable, FailedPrecondition):
            return pb.HealthCheckResponse.NOT_SERVING
        except Exception:
            # A probe's own words are not for whoever asks.
            log.exception("probe_failed")
            return pb.HealthCheckResponse.NOT_SERVING
        return pb.HealthCheckResponse.SERVING

    def _status(self, service: str) -> Status:
        plugins = self._told()
        if service not in self._services | plugins.keys():
            return pb.HealthCheckResponse.SERVICE_UNKNOWN
        serving = self._readiness.phase is Phase.SERVING and plugins.get(service, True)
        return pb.HealthCheckResponse.SERVING if serving else _NOT_SERVING

    def _told(self) -> dict[str, bool]:
        """The plugins by their names as services, and whether each serves."""
        return {f"{PLUGINS}{name}": well for name, well in self._plugins().items()}
