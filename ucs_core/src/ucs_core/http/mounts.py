"""Below `/plugins/<plugin>/`: layers and indicators, which the platform answers itself, and the plugin's own protocol.

A plugin's application is given a scope of its own: no token, no header that only neighbours may set, and nothing of the
server's. What it answers passes a list, too, so that it can neither break the framing nor loosen what browsers are told.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Iterable
from typing import Any

import structlog
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from ucs_core.http.responses import ALWAYS, caller_of, error_response, json_response
from ucs_core.invoke.calling import called
from ucs_core.platform import Credential, Platform
from ucs_core.plugins import RunningPlugin
from ucs_core.settings import Settings
from ucs_sdk.context import Context
from ucs_sdk.declarations import Mount
from ucs_sdk.errors import Code, Invalid, NotFound, UcsError
from ucs_sdk.faults import plugin_failed

log = structlog.get_logger()

PREFIX = "/plugins/"

GEOJSON = "application/geo+json; charset=utf-8"

PATH_MOST = 2_048
"""The longest path below a plugin, in bytes as it was sent."""

FIELDS_MOST = 64
"""How many header fields an answer of a plugin may have."""

_SAFE = re.compile(r"(?:[^/\\\x00-\x1f\x7f]+/)*[^/\\\x00-\x1f\x7f]*")
"""Segments that everybody reads alike: none is empty but the last."""

_ENCODED = re.compile(rb"%(?:2f|5c|00|25)", re.IGNORECASE)
"""What would be another path for whoever decodes it once more."""

_WITHHELD = re.compile(
    rb"authorization|proxy-.*|cookie|connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|forwarded|"
    rb"x-forwarded-.*|x-real-ip|ucs-.*"
)
"""What of a request a plugin is not given: credentials, what belongs to the connection, and what only a proxy may say."""

_ANSWERED = re.compile(
    rb"content-type|content-language|content-disposition|content-range|accept-ranges|allow|cache-control|etag|last-modified|"
    rb"expires|location|link|retry-after|vary|x-[a-z0-9-]{1,60}"
)
"""The header fields that a plugin may answer with. The length is the server's to say: it knows what was sent."""

_VALUE = re.compile(rb"[\x20-\x7e\x80-\xff\t]{0,8192}")


class Mounts:
    """Answers below `/plugins/`."""

    def __init__(self, platform: Platform, settings: Settings) -> None:
        self._platform = platform
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        request.state.verb = "plugin"
        passage = _Passage(send)
        try:
            plugin, rest = split(scope["path"], scope.get("raw_path") or b"")
            await self._answer(request, plugin, rest, passage)
        except UcsError as error:
            if error.code is Code.INTERNAL:
                log.exception("mount_failed", call_id=request.state.call_id, reason=error.reason)
            if passage.begun:
                # The rest of an answer is missing: only the end of the connection says so.
                raise
            await error_response(request, error)(scope, receive, send)
        finally:
            passage.closed = True

    async def _answer(self, request: Request, plugin: str, rest: str, passage: _Passage) -> None:
        extensions = self._platform.extensions
        with extensions.host.serving(plugin) as running:
            mount = None if running is None else running.plugin.mount
            unasked = not _is_shown(rest) and "authorization" not in request.headers
            if running is not None and mount is not None and mount.public and unasked:
                context = None
            else:
                # First of all: who has no token does not learn which plugins there are.
                credential = await self._platform.authenticate(_authorization(request))
                if _is_shown(rest):
                    await self._show(request, credential, plugin, rest, passage)
                    return
                if running is None or mount is None:
                    await extensions.showing.caller(credential.principal, credential.token)
                    raise NotFound("NOT_FOUND", object=f"{PREFIX}{plugin}/{rest}"[:80])
                context = await extensions.showing.at_mount(credential.principal, credential.token, running)
            await self._run(request, running, mount, rest, context, passage)

    async def _show(self, request: Request, credential: Credential, plugin: str, rest: str, passage: _Passage) -> None:
        """Answer with a layer or an indicator."""
        if request.method not in ("GET", "HEAD"):
            raise Invalid("METHOD_UNSUPPORTED", method=request.method[:20])
        group, _, name = rest.partition("/")
        showing = self._platform.extensions.showing
        caller = caller_of(request, credential)
        if group == "layers":
            told = await showing.layer(credential.principal, credential.token, plugin, name)
            response = json_response(told, caller, media_type=GEOJSON)
        else:
            told = await showing.indicator(credential.principal, credential.token, plugin, name)
            response = json_response(told, caller)
        await response(request.scope, request.receive, passage.pass_on)

    async def _run(
        self,
        request: Request,
        running: RunningPlugin,
        mount: Mount,
        rest: str,
        context: Context | None,
        passage: _Passage,
    ) -> None:
        """Have a plugin's application answer."""
        body = _Body(request.receive, _announced(request, self._settings.body_most), self._settings.body_most)
        scope = own_scope(request.scope, running.name, rest, context)
        object = f"{running.name}.mount"
        work: Awaitable[None] = mount.app(scope, body.receive, passage.send)
        try:
            await called(work, plugin=running.name, object=object, seconds=self._settings.request_seconds)
        except UcsError:
            if body.too_large and not passage.begun:
                raise Invalid("BODY_TOO_LARGE", most=self._settings.body_most) from None
            raise
        if body.too_large and not passage.begun:
            raise Invalid("BODY_TOO_LARGE", most=self._settings.body_most)
        if not passage.ended:
            raise plugin_failed(running.name, object)


def split(path: str, raw: bytes) -> tuple[str, str]:
    """The plugin and the rest of a path. Raises NotFound for one that others could read otherwise."""
    plugin, slash, rest = path.removeprefix(PREFIX).partition("/")
    steps = rest.split("/")
    odd = not slash or not _SAFE.fullmatch(rest) or "." in steps or ".." in steps or plugin in ("", ".", "..")
    if odd or len(raw) > PATH_MOST or _ENCODED.search(raw):
        raise NotFound("NOT_FOUND", object=path[:80])
    return plugin, rest


def own_scope(scope: Scope, plugin: str, rest: str, context: Context | None) -> dict[str, Any]:
    """What a plugin's application is told of a request, and what it may ask of the platform as whoever calls."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": scope.get("http_version", "1.1"),
        "method": scope["method"],
        "scheme": scope.get("scheme", "http"),
        "path": f"{PREFIX}{plugin}/{rest}",
        "raw_path": scope.get("raw_path"),
        "root_path": f"{PREFIX}{plugin}",
        "query_string": scope.get("query_string", b""),
        "headers": [(name, value) for name, value in scope["headers"] if not _WITHHELD.fullmatch(name.lower())],
        "client": scope.get("client"),
        "server": scope.get("server"),
        "state": {"caller": None if context is None else context.caller, "context": context},
    }


class _Body:
    """What arrives of a request, counted. What is too large ends as if the client had gone."""

    def __init__(self, receive: Receive, announced: int, most: int) -> None:
        self._receive = receive
        self._most = most
        self._arrived = 0
        self.too_large = announced > most

    async def receive(self) -> Message:
        """The next piece."""
        if self.too_large:
            return {"type": "http.disconnect"}
        message = await self._receive()
        self._arrived += len(message.get("body", b""))
        if self._arrived > self._most:
            self.too_large = True
            return {"type": "http.disconnect"}
        return message


class _Passage:
    """The way of a plugin's answer out. Behind its end, or when its time is over, nothing passes."""

    def __init__(self, send: Send) -> None:
        self.pass_on = send
        self.begun = self.ended = self.closed = False

    async def send(self, message: Message) -> None:
        """Let a message through. Raises ValueError for what is no answer."""
        if self.closed or self.ended:
            raise ValueError("the answer has ended")
        match message.get("type"):
            case "http.response.start" if not self.begun:
                start = {"type": "http.response.start", "status": _status(message), "headers": _headers(message)}
                self.begun = True
                await self.pass_on(start)
            case "http.response.body" if self.begun:
                body, more = message.get("body", b""), bool(message.get("more_body"))
                if not isinstance(body, bytes):
                    raise TypeError("a body is bytes")
                self.ended = not more
                await self.pass_on({"type": "http.response.body", "body": body, "more_body": more})
            case _:
                raise ValueError("no message of an answer, or out of turn")


def _status(message: Message) -> int:
    status = message.get("status")
    if not isinstance(status, int) or not 200 <= status <= 599:
        raise ValueError("no status of an answer")
    return status


def _headers(message: Message) -> list[tuple[bytes, bytes]]:
    stated: Iterable[tuple[bytes, bytes]] = list(message.get("headers", ()))[:FIELDS_MOST]
    kept = []
    for field, value in stated:
        name = bytes(field).lower()
        if _ANSWERED.fullmatch(name) and name not in _FIXED:
            if not _VALUE.fullmatch(bytes(value)):
                raise ValueError("a header field with what none may hold")
            kept.append((name, bytes(value)))
    named = {name for name, _ in kept}
    return kept + [(name, value) for name, value in _DEFAULT if name not in named]


_DEFAULT = [(name.lower().encode(), value.encode()) for name, value in ALWAYS.items()]
_FIXED = {name for name, _ in _DEFAULT if name != b"cache-control"}
"""What browsers are told of every answer. A plugin says itself how long its own may be kept."""


def _is_shown(rest: str) -> bool:
    return rest.startswith(("layers/", "indicators/"))


def _announced(request: Request, most: int) -> int:
    """How long a body is said to be. Raises Invalid where that is said twice, or is too much."""
    lengths = request.headers.getlist("content-length")
    if len(lengths) > 1 or (lengths and "transfer-encoding" in request.headers):
        raise Invalid("BODY_INCOMPLETE")
    if not lengths:
        return 0
    stated = lengths[0]
    if not (stated.isascii() and stated.isdigit()) or len(stated) > 18 or int(stated) > most:
        raise Invalid("BODY_TOO_LARGE", most=most)
    return int(stated)


def _authorization(request: Request) -> str | None:
    sent = request.headers.getlist("authorization")
    # Two are as good as none: readers differ on which of them counts.
    return sent[0] if len(sent) == 1 else None
