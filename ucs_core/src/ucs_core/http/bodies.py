"""What a GraphQL request brings along, read within bounds: no more bytes, values or depth than a request may have."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import Request

from ucs_core.graphql.persisted import check_hash
from ucs_sdk.errors import Invalid

QUERY_STRING_MOST = 65_536
"""The longest query string of a GET, in bytes."""

VALUES_MOST = 20_000
"""How many values a JSON body may hold. They are counted before they are read: each takes up to forty times its bytes."""

_MEDIA_MOST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphqlRequest:
    """The parameters of a GraphQL request. Of the `extensions` that may be sent, only `persistedQuery` is looked at: the
    hash of a document, in whose stead it may come alone.
    """

    query: str | None
    operation: str | None
    variables: Mapping[str, Any]
    persisted: str | None = None


async def read_body(request: Request, most: int) -> bytes:
    """The body, counted as it arrives. Raises Invalid with BODY_TOO_LARGE as soon as it is known to be."""
    announced = request.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and (len(announced) > 18 or int(announced) > most):
        raise Invalid("BODY_TOO_LARGE", most=most)
    body = bytearray()
    async for chunk in request.stream():
        if len(body) + len(chunk) > most:
            raise Invalid("BODY_TOO_LARGE", most=most)
        body += chunk
    return bytes(body)


def check_content_type(request: Request) -> None:
    """Raise Invalid unless the body is JSON in UTF-8. No form of a foreign page can send that."""
    sent = request.headers.get("content-type", "")[:_MEDIA_MOST]
    media, _, parameters = sent.partition(";")
    charset = _parameter(parameters, "charset")
    encoding = request.headers.get("content-encoding", "identity").lower()
    if media.strip().lower() != "application/json" or charset not in ("", "utf-8", "utf8") or encoding != "identity":
        shown = sent[:80] if encoding == "identity" else f"{sent[:80]} ({encoding[:20]})"
        raise Invalid("CONTENT_TYPE_UNSUPPORTED", sent=shown, expected="application/json; charset=utf-8")


def from_body(body: bytes) -> GraphqlRequest:
    """The parameters in a JSON body. Raises Invalid and names the mistake."""
    values = sum(map(body.count, (b",", b"{", b"[")))
    if values > VALUES_MOST:
        raise Invalid("DOCUMENT_TOO_COSTLY", measure="values", value=values, most=VALUES_MOST)
    try:
        sent = orjson.loads(body)
    except orjson.JSONDecodeError as cause:
        raise Invalid("BODY_NOT_JSON", line=cause.lineno, column=cause.colno) from cause
    if isinstance(sent, list):
        raise Invalid("BATCH_UNSUPPORTED")
    if not isinstance(sent, dict):
        raise Invalid("FIELD_TYPE", path="body", value=_shown(sent), expected="object")
    return _request(sent)


def from_query(request: Request) -> GraphqlRequest:
    """The parameters in a query string. Raises Invalid and names the mistake."""
    if len(request.scope["query_string"]) > QUERY_STRING_MOST:
        raise Invalid("BODY_TOO_LARGE", most=QUERY_STRING_MOST)
    sent: dict[str, Any] = dict(request.query_params)
    for name in ("variables", "extensions"):
        if sent.get(name):
            try:
                sent[name] = orjson.loads(sent[name])
            except orjson.JSONDecodeError as cause:
                raise Invalid("FIELD_TYPE", path=name, value=sent[name][:80], expected="JSON object") from cause
        else:
            sent.pop(name, None)
    return _request(sent)


def accepted_media(accept: str | None) -> str:
    """The media type of the answer: the newer one for those who prefer it, the older for all others."""
    newer = _quality(accept, "application/graphql-response+json")
    return _NEWER if newer > 0 and newer >= _quality(accept, "application/json") else _OLDER


def accepts_events(accept: str | None) -> bool:
    """Whether the answer may be a stream of events."""
    return _quality(accept, "text/event-stream") > 0


_NEWER = "application/graphql-response+json; charset=utf-8"
_OLDER = "application/json; charset=utf-8"


def _request(sent: Mapping[str, Any]) -> GraphqlRequest:
    query = _typed(sent, "query", str)
    extensions = _typed(sent, "extensions", dict)
    persisted = None if extensions is None else _persisted(extensions)
    if not query and persisted is None:
        raise Invalid("FIELD_MISSING", path="query")
    return GraphqlRequest(
        query=query or None,
        persisted=persisted,
        operation=_typed(sent, "operationName", str) or None,
        variables=_typed(sent, "variables", dict) or {},
    )


def _persisted(extensions: Mapping[str, Any]) -> str | None:
    stated = _typed(extensions, "persistedQuery", dict, ahead="extensions.")
    if stated is None:
        return None
    version, digest = stated.get("version"), _typed(stated, "sha256Hash", str, ahead="extensions.persistedQuery.")
    if isinstance(version, bool) or version != 1:
        raise Invalid("PERSISTED_QUERY_VERSION", sent=_shown(version))
    if digest is None:
        raise Invalid("FIELD_MISSING", path="extensions.persistedQuery.sha256Hash")
    check_hash(digest)
    return str(digest)


def _typed(sent: Mapping[str, Any], name: str, kind: type, ahead: str = "") -> Any:  # noqa: ANN401 -- any JSON value
    value = sent.get(name)
    if value is not None and not isinstance(value, kind):
        expected = "string" if kind is str else "object"
        raise Invalid("FIELD_TYPE", path=f"{ahead}{name}", value=_shown(value), expected=expected)
    return value


def _shown(value: object) -> str:
    if isinstance(value, (dict, list)):
        return "{…}" if isinstance(value, dict) else "[…]"
    return json.dumps(value, ensure_ascii=False)[:80]


def _quality(accept: str | None, media: str) -> float:
    for part in (accept or "")[:_MEDIA_MOST].split(","):
        name, _, parameters = part.partition(";")
        if name.strip().lower() == media:
            try:
                return float(_parameter(parameters, "q") or 1)
            except ValueError:
                return 0.0
    return 0.0


def _parameter(parameters: str, wanted: str) -> str:
    for part in parameters.split(";"):
        name, _, value = part.partition("=")
        if name.strip().lower() == wanted:
            return value.strip().strip('"').lower()
    return ""
