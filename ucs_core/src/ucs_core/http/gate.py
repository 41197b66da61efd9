"""The gate before every route: it names the call, counts it, turns it away while the node stops, and lets no failure out."""

from __future__ import annotations

import time

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ucs_core.http.metrics import Metrics
from ucs_core.http.responses import error_response
from ucs_core.platform.calls import new_call_id
from ucs_core.readiness import Phase, Readiness
from ucs_core.settings import Settings
from ucs_sdk.errors import Internal, Unavailable

log = structlog.get_logger()

ALWAYS_OPEN = ("/healthz", "/readyz", "/metrics")
"""What is answered to the very end: those who ask here want to know how the node is."""


class Gate:
    """An ASGI application around another."""

    def __init__(self, app: ASGIApp, readiness: Readiness, metrics: Metrics, settings: Settings) -> None:
        self._app = app
        self._readiness = readiness
        self._metrics = metrics
        self._lame_duck_seconds = settings.lame_duck_seconds
        self._draining_since = float("inf")
        readiness.watch(self._enter)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        passage = _Passage(send, new_call_id(), closing=self._readiness.phase is Phase.DRAINING)
        scope.setdefault("state", {}).update(call_id=passage.call_id, verb="other", code="OK")
        request = Request(scope, receive)
        try:
            if self._closed(request):
                refusal = error_response(request, Unavailable("DRAINING", retry_after=1))
                await refusal(scope, receive, passage.send)
            else:
                await self._app(scope, receive, passage.send)
        except Exception:
            log.exception("request_failed", call_id=passage.call_id)
            if passage.begun:
                raise
            failure = error_response(request, Internal("INTERNAL", call_id=passage.call_id))
            await failure(scope, receive, passage.send)
        finally:
            state = request.state
            self._metrics.observe("http", state.verb, state.code, time.perf_counter() - began)

    def _closed(self, request: Request) -> bool:
        # For a moment a stopping node still serves: callers that balance by readiness have not heard of it yet.
        drained = time.monotonic() - self._draining_since >= self._lame_duck_seconds
        return drained and request.scope["path"] not in ALWAYS_OPEN

    def _enter(self, phase: Phase) -> None:
        self._metrics.enter(phase)
        self._draining_since = time.monotonic() if phase is Phase.DRAINING else float("inf")


class _Passage:
    """The way of one answer out: it is given its call id, and told to close the connection when the node stops."""

    def __init__(self, send: Send, call_id: str, *, closing: bool) -> None:
        self._send = send
        self._closing = closing
        self.call_id = call_id
        self.begun = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            headers = MutableHeaders(scope=message)
            headers["Ucs-Call-Id"] = self.call_id
            if self._closing:
                headers["Connection"] = "close"
        await self._send(message)
