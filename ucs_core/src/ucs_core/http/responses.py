"""Answers over HTTP: JSON, the headers that all of them carry, and the one table from errors to statuses."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from ucs_core.graphql import Caller, told
from ucs_core.platform import Credential
from ucs_sdk.errors import Code, UcsError
from ucs_sdk.messages import Locale, negotiate

STATUS: Mapping[Code, int] = {
    Code.INVALID: 400,
    Code.UNAUTHENTICATED: 401,
    Code.DENIED: 403,
    Code.NOT_FOUND: 404,
    Code.ALREADY_EXISTS: 409,
    Code.CONFLICT: 409,
    Code.FAILED_PRECONDITION: 409,
    Code.OUT_OF_RANGE: 400,
    Code.EXHAUSTED: 429,
    Code.UNAVAILABLE: 503,
    Code.DEADLINE_EXCEEDED: 504,
    Code.INTERNAL: 500,
}
"""The status of each neutral code."""

STATUS_OF_REASON: Mapping[str, int] = {
    "BODY_TOO_LARGE": 413,
    "CONTENT_TYPE_UNSUPPORTED": 415,
    "METHOD_UNSUPPORTED": 405,
    "SUBSCRIPTION_NEEDS_EVENT_STREAM": 406,
    "MUTATION_NEEDS_POST": 405,
}
"""Where HTTP has a status of its own for what the neutral code can only call invalid."""

JSON = "application/json; charset=utf-8"

ALWAYS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def caller_of(request: Request, credential: Credential | None = None) -> Caller:
    """Who asks, in which language, under which call id."""
    locale = negotiate(request.headers.get("accept-language"))
    known = credential or Credential(principal="")
    return Caller(principal=known.principal, token=known.token, locale=locale, call_id=request.state.call_id)


def event_headers(caller: Caller) -> dict[str, str]:
    """The headers of a stream of events in the caller's language."""
    return {**ALWAYS, "Content-Language": caller.locale.value, "Vary": "Accept, Accept-Language"}


def respond(
    content: bytes, media_type: str, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """An answer with the headers that every answer carries."""
    return Response(content, status, headers={**ALWAYS, "Content-Type": media_type, **(headers or {})})


def json_response(
    body: Mapping[str, Any] | bytes,
    caller: Caller,
    *,
    status: int = 200,
    media_type: str = JSON,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A JSON answer in the caller's language."""
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    return Response(content, status, headers={**json_headers(caller.locale, media_type), **(headers or {})})


def json_headers(locale: Locale, media_type: str) -> dict[str, str]:
    """The headers of a JSON answer in a language."""
    spoken = {"Content-Language": locale.value, "Vary": "Accept, Accept-Language"}
    return {**ALWAYS, "Content-Type": media_type, **spoken}


@cache
def status_line(status: int) -> bytes:
    """The first line of an answer."""
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode()


def error_response(
    request: Request, error: UcsError, *, media_type: str = JSON, headers: Mapping[str, str] | None = None
) -> Response:
    """What an error tells a caller; the request is counted under its code."""
    caller = caller_of(request)
    body = told(error, caller.locale)
    request.state.code = body["extensions"]["code"]
    return json_response(
        {"errors": [body]},
        caller,
        status=status_of(error),
        media_type=media_type,
        headers={**error_headers(error), **(headers or {})},
    )


def status_of(error: UcsError) -> int:
    """The status of an error."""
    return STATUS_OF_REASON.get(error.reason, STATUS[error.code])


def error_headers(error: UcsError) -> dict[str, str]:
    """The headers by which HTTP itself tells of an error."""
    headers = {}
    if error.code is Code.UNAUTHENTICATED:
        headers["WWW-Authenticate"] = "Bearer"
    if error.retry_after is not None:
        headers["Retry-After"] = str(math.ceil(error.retry_after))
    return headers
