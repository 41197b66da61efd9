"""What a handler knows of the call that it serves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

from ucs_core.access.tokens import VerifiedToken
from ucs_core.platform import Call, Platform, ReadSession
from ucs_sdk.errors import DeadlineExceeded, Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls, by id, the token that says so, and the id of the call in the platform's log."""

    principal: str
    call_id: str
    token: VerifiedToken | None = None


class Mutating(Protocol):
    """A request that changes something."""

    request_id: str
    validate_only: bool


_caller: ContextVar[Caller] = ContextVar("caller")


def enter_call(caller: Caller) -> None:
    """Note who calls, for the rest of this call."""
    _caller.set(caller)


def current_caller() -> Caller:
    """Who calls. Raises LookupError where nobody was authenticated, so that no handler works without the gate."""
    return _caller.get()


def call_of(request: Mutating) -> Call:
    """The mutating call that a request makes."""
    caller = current_caller()
    return Call(
        principal=caller.principal,
        token=caller.token,
        request_id=request.request_id or None,
        validate_only=request.validate_only,
        call_id=caller.call_id,
    )


def session_of(platform: Platform) -> AbstractAsyncContextManager[ReadSession]:
    """A session that reads for who calls."""
    caller = current_caller()
    return platform.session(caller.principal, caller.token)


@asynccontextmanager
async def reading(platform: Platform, request: Mutating, verb: str, object: str) -> AsyncIterator[None]:
    """While a mutating request is read: what is wrong with it already is logged like every other refusal."""
    try:
        yield
    except Invalid as refusal:
        await platform.pipeline.refuse(call_of(request), verb, object, refusal)


@asynccontextmanager
async def time_limit(seconds: float | None, *, mutating: bool) -> AsyncIterator[None]:
    """Give up after so many seconds; None means never. Raises DeadlineExceeded.

    A write that was begun runs to its end regardless: the caller is told that its outcome is not known.
    """
    try:
        async with asyncio.timeout(seconds) as limit:
            yield
    except TimeoutError as cause:
        if not limit.expired():
            raise
        raise DeadlineExceeded("OUTCOME_UNKNOWN" if mutating else "DEADLINE_EXCEEDED", seconds=seconds) from cause
