"""The HTTP surface put together: the GraphQL door, health, metrics, two pages, and what plugins serve. Nothing else answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from ucs_core.graphql import GraphqlDoor, told
from ucs_core.http.gate import Gate
from ucs_core.http.graphql import GraphqlEndpoint
from ucs_core.http.metrics import CONTENT_TYPE, Metrics
from ucs_core.http.mounts import Mounts
from ucs_core.http.pages import Pages
from ucs_core.http.plugin_figures import PluginFigures
from ucs_core.http.quick import QuickReads
from ucs_core.http.quick_wire import QuickHttp11
from ucs_core.http.responses import caller_of, error_response, json_response, respond
from ucs_core.platform import Platform
from ucs_core.readiness import Readiness
from ucs_core.settings import Settings
from ucs_sdk.errors import Code, DeadlineExceeded, Internal, Invalid, NotFound, UcsError

PROBE_SECONDS = 2.0
"""How long the store may take to show that it is there."""

log = structlog.get_logger()


def build_http(
    platform: Platform, readiness: Readiness, settings: Settings, metrics: Metrics | None = None
) -> Starlette:
    """The HTTP surface of a node. Other doors may count in the same metrics when they are given."""
    metrics = metrics or Metrics(lambda: platform.pipeline.unlogged_refusals, platform.shadow)
    metrics.collect(PluginFigures(platform.extensions))
    door = GraphqlDoor(platform, compiled=settings.compiled_reads, documents=settings.documents_folder)
    graphql = GraphqlEndpoint(platform, door, settings)
    pages = Pages(readiness, settings)
    health = _Health(readiness)

    async def figures(request: Request) -> Response:
        request.state.verb = "metrics"
        return respond(metrics.render(), CONTENT_TYPE)

    async def graphql_endpoint(request: Request) -> Response:
        request.state.verb = "graphql"
        return await graphql(request)

    app = Starlette(
        routes=[
            Route("/graphql", graphql_endpoint, methods=["GET", "POST"]),
            Route("/healthz", health.alive),
            Route("/readyz", health.ready),
            Route("/metrics", figures),
            Route("/", pages.index),
            Route("/explorer", pages.explorer),
            Mount("/plugins", Mounts(platform, settings)),
        ],
        middleware=[Middleware(Gate, readiness, metrics, settings)],
        exception_handlers={HTTPException: _http_error},
    )
    # A path is spelt in one way.
    app.router.redirect_slashes = False
    app.state.quick = QuickReads(platform, door, readiness, settings, metrics)
    # The gate must know of every phase from the first on, not from the first request on.
    app.middleware_stack = app.build_middleware_stack()
    return app


def wire_of(app: Starlette) -> Callable[..., QuickHttp11]:
    """The protocol that a server speaks before the surface: makes one for each connection."""
    return partial(QuickHttp11, quick=app.state.quick)


class _Health:
    """Whether the process lives, and whether it takes work."""

    def __init__(self, readiness: Readiness) -> None:
        self._readiness = readiness

    async def alive(self, request: Request) -> Response:
        """200 as long as the process answers at all."""
        request.state.verb = "healthz"
        return json_response({"alive": True}, caller_of(request))

    async def ready(self, request: Request) -> Response:
        """200 when the node serves and its store answers, else 503 with the reason."""
        request.state.verb = "readyz"
        caller, phase = caller_of(request), self._readiness.phase.value
        problem = await self._problem(caller.call_id)
        if problem is None:
            return json_response({"ready": True, "phase": phase}, caller)
        error = told(problem, caller.locale)
        request.state.code = error["extensions"]["code"]
        return json_response({"ready": False, "phase": phase, "errors": [error]}, caller, status=503)

    async def _problem(self, call_id: str) -> UcsError | None:
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                await self._readiness.check()
        except UcsError as error:
            if error.code is Code.INTERNAL:
                log.exception("probe_failed", call_id=call_id)
            return error
        except TimeoutError:
            return DeadlineExceeded("DEADLINE_EXCEEDED", seconds=f"{PROBE_SECONDS:g}")
        except Exception:
            log.exception("probe_failed", call_id=call_id)
            return Internal("INTERNAL", call_id=call_id)
        return None


async def _http_error(request: Request, error: Exception) -> Response:
    """What the router itself refuses: unknown paths and methods."""
    allow = getattr(error, "headers", None) or {}
    if getattr(error, "status_code", 404) == 405:
        return error_response(request, Invalid("METHOD_UNSUPPORTED", method=request.method[:20]), headers=allow)
    return error_response(request, NotFound("NOT_FOUND", object=request.scope["path"][:80]))
