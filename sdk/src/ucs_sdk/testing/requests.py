"""Asks a plugin's mount without a server: one request in, one answer out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ucs_sdk.context import Context
from ucs_sdk.declarations import Asgi


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What a mount has answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    # JSON, of whatever shape the protocol answers.
    def json(self) -> Any:  # noqa: ANN401
        """The body as JSON."""
        return json.loads(self.body)


async def requested(
    app: Asgi,
    plugin: str,
    context: Context,
    method: str,
    path: str,
    body: bytes = b"",
    query: str = "",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer of a mount to one request, which it is told of as by the platform."""
    root = f"/plugins/{plugin}"
    fields = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": root + path,
        "raw_path": (root + path).encode(),
        "root_path": root,
        "query_string": query.encode(),
        "headers": [(b"host", b"localhost"), (b"content-length", str(len(body)).encode()), *fields],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {"caller": context.caller, "context": context},
    }
    incoming = [{"type": "http.request", "body": body, "more_body": False}]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return incoming.pop() if incoming else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start = sent[0]
    told = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in start.get("headers", ())}
    return Response(status=start["status"], headers=told, body=b"".join(each.get("body", b"") for each in sent[1:]))
