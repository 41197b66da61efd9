"""Refusals on the wire, in both directions: the one table of this door, and what travels beside a status."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Never

import grpc
from google.protobuf.message import DecodeError

from ucs.errors.v1 import error_detail_pb2 as pb
from ucs_sdk.errors import (
    AlreadyExists,
    Code,
    Conflict,
    DeadlineExceeded,
    Denied,
    Exhausted,
    FailedPrecondition,
    Internal,
    Invalid,
    NotFound,
    OutOfRange,
    UcsError,
    Unauthenticated,
    Unavailable,
)
from ucs_sdk.messages import Locale

ERROR_KEY = "ucs-error-bin"
"""The trailing metadata in which a refusal's ErrorDetail travels."""

CALL_KEY = "ucs-call-id"
"""The trailing metadata that names the call in the platform's log."""

STATUS: Mapping[Code, grpc.StatusCode] = {
    Code.INVALID: grpc.StatusCode.INVALID_ARGUMENT,
    Code.UNAUTHENTICATED: grpc.StatusCode.UNAUTHENTICATED,
    Code.DENIED: grpc.StatusCode.PERMISSION_DENIED,
    Code.NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Code.ALREADY_EXISTS: grpc.StatusCode.ALREADY_EXISTS,
    Code.CONFLICT: grpc.StatusCode.ABORTED,
    Code.FAILED_PRECONDITION: grpc.StatusCode.FAILED_PRECONDITION,
    Code.OUT_OF_RANGE: grpc.StatusCode.OUT_OF_RANGE,
    Code.EXHAUSTED: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Code.UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
    Code.DEADLINE_EXCEEDED: grpc.StatusCode.DEADLINE_EXCEEDED,
    Code.INTERNAL: grpc.StatusCode.INTERNAL,
}

Metadata = Iterable[tuple[str, str | bytes]]
"""What travels beside a status."""

_ERRORS = (
    Invalid,
    Unauthenticated,
    Denied,
    NotFound,
    AlreadyExists,
    Conflict,
    FailedPrecondition,
    OutOfRange,
    Exhausted,
    Unavailable,
    DeadlineExceeded,
    Internal,
)
_CLASS_OF = {error.code: error for error in _ERRORS}

# Clients drop metadata of more than 8 KiB. The status's message travels percent-encoded, at worst three bytes for one, and
# the detail in base64: 900 × 3 + (2 × 900 + 1,500) × 4/3 bytes stay below that. What short texts leave is for the fields.
TEXT_MOST = 900
FIELD_MOST = 300
LIST_MOST = 800
FIELDS_MOST = 1_500


async def refuse(context: grpc.aio.ServicerContext[Any, Any], error: UcsError, locale: Locale, call_id: str) -> Never:
    """End a call with what an error has to say to its caller."""
    detail = detail_of(error)
    text = detail.message_zh if locale is Locale.ZH else detail.message_en
    trailing = ((CALL_KEY, call_id), (ERROR_KEY, detail.SerializeToString()))
    await context.abort(STATUS[error.code], text, trailing)


def detail_of(error: UcsError) -> pb.ErrorDetail:
    """The message that goes with an error; long texts and values are cut."""
    detail = pb.ErrorDetail(
        code=pb.Code.Value(f"CODE_{error.code.name}"),
        reason=error.reason,
        message_zh=cut(error.message(Locale.ZH), TEXT_MOST),
        message_en=cut(error.message(Locale.EN), TEXT_MOST),
    )
    room = FIELDS_MOST + 2 * TEXT_MOST - len(detail.message_zh.encode()) - len(detail.message_en.encode())
    for name, value in error.fields.items():
        text = cut(_text(value), LIST_MOST if isinstance(value, list) else FIELD_MOST)
        room -= len(name) + len(text.encode())
        if value is not None and room >= 0:
            detail.fields[name] = text
    if error.retry_after is not None:
        detail.retry_after.FromTimedelta(timedelta(seconds=error.retry_after))
    return detail


def error_of(status: grpc.StatusCode, said: str | None, trailing: Metadata, address: str) -> UcsError:
    """The error that a platform at an address answered with, or what its absence or the wire's own refusal amounts to."""
    detail = _received(trailing)
    if detail is not None:
        waits = detail.retry_after.ToTimedelta().total_seconds() if detail.HasField("retry_after") else None
        kind = _CLASS_OF[Code(pb.Code.Name(detail.code).removeprefix("CODE_").lower())]
        error = kind(detail.reason, retry_after=waits, **detail.fields)
        error.said = {Locale.ZH: detail.message_zh, Locale.EN: detail.message_en}
        return error
    if status is grpc.StatusCode.UNAVAILABLE:
        return Unavailable("PLATFORM_UNREACHABLE", address=address, problem=said)
    return Internal("PLATFORM_ANSWER_STRANGE", address=address, status=status.name)


def _received(trailing: Metadata) -> pb.ErrorDetail | None:
    raw = next((value for key, value in trailing if key == ERROR_KEY), None)
    if not isinstance(raw, bytes):
        return None
    try:
        detail = pb.ErrorDetail.FromString(raw)
    except DecodeError:
        return None
    return detail if detail.code and detail.code in pb.Code.values() else None


def _text(value: object) -> str:
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(str(item) for item in value)
    return "" if value is None else str(value)


def cut(text: str, most: int) -> str:
    """A text of at most so many bytes."""
    raw = text.encode("utf-8", errors="replace")
    return text if len(raw) <= most else raw[: most - 3].decode("utf-8", errors="ignore") + "…"
