"""The quick way through the HTTP surface: for queries that the store answers by itself, from callers who are known already.

It takes a request only when all is in order: a document that was prepared before, a token that was verified before, header
fields that leave no question open. Whatever else comes goes the ordinary way, which words all refusals; so the answers are
the same on both ways, and only the quick one has to be looked at for speed.
"""

from __future__ import annotations

import re
import time
from collections.abc import Coroutine, Iterable
from typing import Any

import orjson

from ucs_core.access.tokens import digest_of
from ucs_core.eager import Together
from ucs_core.graphql import Answer, Caller, GraphqlDoor, told
from ucs_core.http.bodies import GraphqlRequest, accepted_media, from_body
from ucs_core.http.metrics import Metrics
from ucs_core.http.responses import error_headers, json_headers, status_line, status_of
from ucs_core.http.tally import CANCELLED
from ucs_core.platform import Platform
from ucs_core.platform.calls import new_call_id
from ucs_core.readiness import Phase, Readiness
from ucs_core.settings import Settings
from ucs_sdk.errors import DeadlineExceeded, UcsError
from ucs_sdk.messages import negotiate

BODY_MOST = 16_384
"""How long a body may be, in bytes. It holds fewer values than any body may, so that nobody has to count them."""

MANNERS_MOST, MANNER_MOST = 256, 200
"""For how many ways of asking for a media type and a language the answer's head is kept ready, and how long each may be."""

_LOOKED_AT = frozenset((b"authorization", b"content-type", b"content-encoding", b"accept", b"accept-language"))
_TOKEN = re.compile(rb"[!-~]{1,8000}\Z")
_CONTENT_TYPES = frozenset((b"application/json", b"application/json; charset=utf-8", b"application/json;charset=utf-8"))


class Manner:
    """How a caller wants to be answered, and the part of an answer's head that follows from it."""

    __slots__ = ("head", "locale", "media")

    def __init__(self, accept: bytes | None, language: bytes | None) -> None:
        self.media = accepted_media(None if accept is None else accept.decode("latin-1"))
        self.locale = negotiate(None if language is None else language.decode("latin-1"))
        self.head = _block(json_headers(self.locale, self.media).items())


class Heading:
    """What the head of a request comes to on the quick way: it is the same for every request with the same head."""

    __slots__ = ("digest", "fields", "length", "manner")

    def __init__(self, fields: list[tuple[bytes, bytes]], length: int, manner: Manner, digest: bytes) -> None:
        self.fields = fields
        self.length = length
        """How long its body is, in bytes."""
        self.manner = manner
        self.digest = digest
        """That of the token."""


class Reading:
    """One query on the quick way."""

    __slots__ = ("answering", "began", "caller", "manner")

    def __init__(
        self, began: float, manner: Manner, caller: Caller, answering: Coroutine[Any, Any, Answer | None]
    ) -> None:
        self.began = began
        self.manner = manner
        self.caller = caller
        self.answering = answering


class QuickReads:
    """Takes the requests that can go the quick way."""

    def __init__(
        self, platform: Platform, door: GraphqlDoor, readiness: Readiness, settings: Settings, metrics: Metrics
    ) -> None:
        self._verifier = platform.verifier
        self._door = door
        self._readiness = readiness
        self._metrics = metrics
        self._manners: dict[tuple[bytes | None, bytes | None], Manner] = {}
        self._body_most = min(settings.body_most, BODY_MOST)
        self.seconds = settings.request_seconds
        self.together = Together()

    def heading(self, fields: list[tuple[bytes, bytes]], length: int) -> Heading | None:
        """What a head comes to; None when it leaves a question open that the ordinary way answers."""
        found: dict[bytes, bytes] = {}
        for name, value in fields:
            if name in _LOOKED_AT:
                if name in found:
                    return None
                found[name] = value
        scheme, _, token = found.get(b"authorization", b"").partition(b" ")
        if scheme != b"Bearer" or not _TOKEN.match(token) or length > self._body_most:
            return None
        if found.get(b"content-type") not in _CONTENT_TYPES or b"content-encoding" in found:
            return None
        manner = self._manner(found.get(b"accept"), found.get(b"accept-language"))
        return None if manner is None else Heading(fields, length, manner, digest_of(token.decode("ascii")))

    def take(self, heading: Heading, body: bytes) -> Reading | None:
        """The query that a request asks; None sends it the ordinary way, and nothing has happened yet."""
        began = time.perf_counter()
        if self._readiness.phase is not Phase.SERVING:
            return None
        token = self._verifier.known(heading.digest)
        request = None if token is None else _read(body)
        if token is None or request is None or not token.principal:
            return None
        operation = self._door.recalled(request.query, request.operation, request.variables, request.persisted)
        if operation is None or operation.mutates or operation.subscribes:
            return None
        manner = heading.manner
        caller = Caller(principal=token.principal, token=token, locale=manner.locale, call_id=new_call_id())
        return Reading(began, manner, caller, self._door.compiled(operation, request.variables, caller))

    def answered(self, reading: Reading, answer: Answer, always: bytes, *, closing: bool = False) -> bytes:
        """The whole answer as it is sent, behind the fields that a server always sends. The request is counted."""
        content = answer.json
        head = b"%sucs-position: %d\r\n" % (reading.manner.head, answer.position or 0)
        return self._sent(reading, 200, head, content, always, "OK", closing=closing)

    def overdue(self, reading: Reading, always: bytes, *, closing: bool = False) -> bytes:
        """The answer to a query that took too long."""
        error = DeadlineExceeded("DEADLINE_EXCEEDED", seconds=f"{self.seconds:g}")
        return self._refused(reading, error, always, closing=closing)

    def abandoned(self, reading: Reading) -> None:
        """Count a query that has no answer because nobody waits for it any more."""
        self._metrics.observe("http", "query", CANCELLED, time.perf_counter() - reading.began)

    def _refused(self, reading: Reading, error: UcsError, always: bytes, *, closing: bool) -> bytes:
        body = told(error, reading.caller.locale)
        head = reading.manner.head + _block(error_headers(error).items())
        content = orjson.dumps({"errors": [body]})
        return self._sent(reading, status_of(error), head, content, always, body["extensions"]["code"], closing=closing)

    def _sent(
        self, reading: Reading, status: int, head: bytes, content: bytes, always: bytes, code: str, *, closing: bool
    ) -> bytes:
        self._metrics.observe("http", "query", code, time.perf_counter() - reading.began)
        connection = b"connection: close\r\n" if closing else b""
        return b"%s%s%scontent-length: %d\r\nucs-call-id: %s\r\n%s\r\n%s" % (
            status_line(status),
            always,
            head,
            len(content),
            reading.caller.call_id.encode(),
            connection,
            content,
        )

    def _manner(self, accept: bytes | None, language: bytes | None) -> Manner | None:
        asked = accept, language
        known = self._manners.get(asked)
        if known is None:
            if len(accept or b"") + len(language or b"") > MANNER_MOST:
                return None
            if len(self._manners) >= MANNERS_MOST:
                self._manners.clear()
            known = self._manners[asked] = Manner(accept, language)
        return known


def _read(body: bytes) -> GraphqlRequest | None:
    """What a body asks; None where the ordinary way has something to say about it."""
    try:
        sent = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if type(sent) is not dict:
        return None
    query, variables = sent.get("query"), sent.get("variables")
    if type(query) is str and query and type(variables) is dict and sent.get("extensions") is None:
        operation = sent.get("operationName")
        if operation is None or type(operation) is str:
            return GraphqlRequest(query=query, operation=operation or None, variables=variables)
    try:
        return from_body(body)
    except UcsError:
        return None


def _block(fields: Iterable[tuple[str, str]]) -> bytes:
    return "".join(f"{name.lower()}: {value}\r\n" for name, value in fields).encode("latin-1")
