"""The one table from errors to GraphQL, and what of an unknown failure a caller may know: nothing but its call id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import structlog
from graphql import GraphQLError

from ucs_core.graphql.context import Caller
from ucs_sdk.errors import Code, Internal, Invalid, UcsError
from ucs_sdk.faults import TOLD_WHERE_IT_FAILED
from ucs_sdk.messages import Locale

CODES: Mapping[Code, str] = {
    Code.INVALID: "INVALID",
    Code.UNAUTHENTICATED: "UNAUTHENTICATED",
    Code.DENIED: "DENIED",
    Code.NOT_FOUND: "NOT_FOUND",
    Code.ALREADY_EXISTS: "ALREADY_EXISTS",
    Code.CONFLICT: "CONFLICT",
    Code.FAILED_PRECONDITION: "FAILED_PRECONDITION",
    Code.OUT_OF_RANGE: "OUT_OF_RANGE",
    Code.EXHAUSTED: "EXHAUSTED",
    Code.UNAVAILABLE: "UNAVAILABLE",
    Code.DEADLINE_EXCEEDED: "DEADLINE_EXCEEDED",
    Code.INTERNAL: "INTERNAL",
}
"""`extensions.code` for each neutral code."""

_CODES_OF_REASON: Mapping[str, str] = {"PERSISTED_QUERY_NOT_FOUND": "PERSISTED_QUERY_NOT_FOUND"}
"""Where clients go by a code that others have agreed on: on this one they send the document's text."""

_PROBLEM_MOST = 400

log = structlog.get_logger()


def told(error: UcsError, locale: Locale) -> dict[str, Any]:
    """An error as GraphQL tells it: in the caller's language, with both languages beside it."""
    extensions: dict[str, Any] = {
        "code": _CODES_OF_REASON.get(error.reason) or CODES[error.code],
        "reason": error.reason,
        "fields": {name: _plain(value) for name, value in error.fields.items()},
        "messages": {language.value: error.message(language) for language in Locale},
    }
    if error.retry_after is not None:
        extensions["retryAfter"] = error.retry_after
    return {"message": error.message(locale), "extensions": extensions}


def told_all(errors: Iterable[GraphQLError], caller: Caller, *, mutating: bool = False) -> list[dict[str, Any]]:
    """The errors of an operation. What is our fault goes to the log, each failure once."""
    logged: set[int] = set()
    return [_located(error, told(_neutral(error, caller, logged, mutating), caller.locale)) for error in errors]


def report(failure: BaseException, caller: Caller, **place: object) -> None:
    """Tell the log of a failure with what caused it, when it is ours; what a caller did wrong is told to the caller alone."""
    if isinstance(failure, UcsError) and failure.reason in TOLD_WHERE_IT_FAILED:
        # Whoever ran the plugin has told of it, under the same id.
        return
    if not isinstance(failure, UcsError) or failure.code is Code.INTERNAL:
        log.error("graphql_failed", call_id=caller.call_id, actor=caller.principal, **place, exc_info=failure)


def fault(call_id: str, *, mutating: bool) -> Internal:
    """What a caller learns of an unknown failure. A mutation may have taken effect before it."""
    return Internal("INTERNAL_OUTCOME_UNKNOWN" if mutating else "INTERNAL", call_id=call_id)


def _neutral(error: GraphQLError, caller: Caller, logged: set[int], mutating: bool) -> UcsError:
    cause: BaseException | None = error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    if cause is None:
        # graphql's own words about the caller's own document; they may quote all of it.
        problem = error.message if len(error.message) <= _PROBLEM_MOST else f"{error.message[:_PROBLEM_MOST]}…"
        return Invalid("DOCUMENT_INVALID", problem=problem)
    if id(cause) not in logged:
        logged.add(id(cause))
        report(cause, caller, path=error.path)
    return cause if isinstance(cause, UcsError) else fault(caller.call_id, mutating=mutating)


def _located(error: GraphQLError, body: dict[str, Any]) -> dict[str, Any]:
    if error.locations:
        body["locations"] = [{"line": place.line, "column": place.column} for place in error.locations[:10]]
    if error.path:
        body["path"] = error.path
    return body


def _plain(value: object) -> object:
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(part) for part in value]
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)
