"""Refusals as they travel: what a platform, or its absence, answers a call with, as an error of the SDK."""

from __future__ import annotations

from collections.abc import Iterable

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

_BROKE_OFF = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
"""How a call ends that nobody answers, or that its server gives up without a word."""


def refusal(failure: grpc.aio.AioRpcError, address: str) -> UcsError | TimeoutError:
    """What a call failed with; TimeoutError where its own deadline passed, and nobody has said anything."""
    trailing = list(failure.trailing_metadata() or ())
    detail = _detail(trailing)
    if detail is not None:
        return _told(detail, trailing)
    if failure.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
        return TimeoutError()
    if failure.code() in _BROKE_OFF:
        return out_of_reach(address, failure.details())
    return Internal("PLATFORM_ANSWER_STRANGE", address=address, status=failure.code().name)


def out_of_reach(address: str, said: str | None) -> Unavailable:
    """What it means that nobody answers, or that an answer broke off."""
    return Unavailable("PLATFORM_OUT_OF_REACH", address=address, problem=said or "-")


def _told(detail: pb.ErrorDetail, trailing: Iterable[tuple[str, str | bytes]]) -> UcsError:
    waits = detail.retry_after.ToTimedelta().total_seconds() if detail.HasField("retry_after") else None
    kind = _CLASS_OF[Code(pb.Code.Name(detail.code).removeprefix("CODE_").lower())]
    call = next((value for key, value in trailing if key == CALL_KEY), None)
    # By the call's id whoever runs the platform finds it in the log.
    fields = {**({"call_id": call} if call else {}), **detail.fields}
    error: UcsError = kind(detail.reason, retry_after=waits, **fields)
    error.said = {Locale.ZH: detail.message_zh, Locale.EN: detail.message_en}
    return error


def _detail(trailing: Iterable[tuple[str, str | bytes]]) -> pb.ErrorDetail | None:
    raw = next((value for key, value in trailing if key == ERROR_KEY), None)
    if not isinstance(raw, bytes):
        return None
    try:
        detail = pb.ErrorDetail.FromString(raw)
    except DecodeError:
        return None
    return detail if detail.code and detail.code in pb.Code.values() else None
