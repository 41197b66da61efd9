"""The gate before every handler: it vouches for the caller, reads the request, keeps the time, and words what goes wrong.

It stands around the handlers as they are registered, once for good: an interceptor would be asked again for every call.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from types import MappingProxyType
from typing import Any, TypeAlias, cast

import grpc
import structlog
from google.protobuf.message import DecodeError

from ucs_core.eager import Done, begin_since
from ucs_core.grpc.calls import Caller, enter_call, time_limit
from ucs_core.grpc.density import CHUNK_ELEMENTS_MOST, REQUEST_ELEMENTS_MOST, check_density
from ucs_core.grpc.errors import CALL_KEY, refuse
from ucs_core.grpc.hot import Hot
from ucs_core.grpc.registering import Called, Handler, Metadata, registering
from ucs_core.grpc.streams import Incoming, OpenStreams
from ucs_core.platform import Credential, Platform
from ucs_core.platform.calls import new_call_id
from ucs_core.settings import Settings
from ucs_sdk.errors import Exhausted, Internal, Invalid, UcsError
from ucs_sdk.faults import TOLD_WHERE_IT_FAILED
from ucs_sdk.messages import Phrase, negotiate

log = structlog.get_logger()

MESSAGE_MOST = 4 * 1024 * 1024
"""The largest message of a stream, in bytes: an import's chunk of 1,000 resources takes some 0.6 MB. Requests outside of
streams may be as large as the settings say."""

REFLECTION = "ServerReflectionInfo"
"""The one method behind the gate that asks nothing of the platform, which would look at the token again."""

_ABOUT_ACCESS = (
    *("GetPrincipal", "ListPrincipals", "ListRoles", "ListRoleAssignments", "ListPolicies", "GetGrant", "ListGrants"),
    *("Why", "WhoCan", "ListEffectiveActions", "WhatIf", "TestPolicies"),
)

_ABOUT_THE_LOG = ("GetCheckpoint", "ProveInclusion", "ProveConsistency", "Export")

_ABOUT_PLUGINS = ("ListOperations", "ListPlugins", "ListDeadEvents", "InvokeStream")

_ABOUT_TYPES = ("ListTypes", "GetType", "ListTypeVersions", "ListVocabularies", "GetVocabulary")

HOT_REQUEST_MOST = 16 * 1024
"""How long a request may be, in bytes, to be tried by the hot way."""

HOT_SECONDS_MOST = 2.0
"""How long the hot way may take; the ordinary one has the whole time of a request after it."""

CANCELLED = grpc.StatusCode.CANCELLED.name
"""The code under which calls are counted whose caller has left before the answer."""

READS = frozenset(
    {
        *("Get", "BatchGet", "List", "Search", "Watch", "ListDeleted", "Impact", "ListRevisions", "DiffRevisions"),
        REFLECTION,
        *_ABOUT_ACCESS,
        *_ABOUT_THE_LOG,
        *_ABOUT_TYPES,
        *_ABOUT_PLUGINS,
    }
)
"""The methods that change nothing; of all others the caller must be told when their outcome is not known."""

_MAKERS = {
    (False, False): grpc.unary_unary_rpc_method_handler,
    (False, True): grpc.unary_stream_rpc_method_handler,
    (True, False): grpc.stream_unary_rpc_method_handler,
    (True, True): grpc.stream_stream_rpc_method_handler,
}

# Only the stubs of grpc have parameters, so these names are texts at run time.
Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
Behaviour: TypeAlias = "Callable[[Any, Context], Any]"
"""What a handler does with a request, or with the messages of a stream; the answers are its own business."""
Observe: TypeAlias = Callable[[str, str, str, float], None]
"""Is told of each call: the door, the method, the outcome's code and how long it took, in seconds."""
Request = Any
"""A message of the method's own type, or an iterator of them."""


class Gate:
    """Stands around every handler that is registered through it. Requests stay bytes until their caller is known.

    `hot` are other ways to some answers, by the method's path: one is gone by first where the caller's token is known
    already, and may end without an answer.
    """

    def __init__(
        self,
        platform: Platform,
        settings: Settings,
        observe: Observe | None = None,
        hot: Mapping[str, Hot] = MappingProxyType({}),
    ) -> None:
        self._platform = platform
        self._observe = observe
        self._hot = hot
        self._seconds = settings.request_seconds
        self._hot_seconds = min(HOT_SECONDS_MOST, settings.request_seconds / 4)
        self._stall_seconds = settings.watch_stall_seconds
        self._request_most = settings.body_most
        self._message_most = max(settings.body_most, MESSAGE_MOST)
        self._streams = OpenStreams()

    def end_streams(self) -> None:
        """End the streams of clients at their next wait: the node stops."""
        self._streams.end()

    def before(self, server: grpc.aio.Server) -> grpc.aio.Server:
        """The server as those see it who register services: what they register stands behind the gate."""
        return registering(server, self.guarded)

    def guarded(self, path: str, handler: Handler) -> Called:
        """The method behind the gate."""
        behave: Behaviour = next(filter(None, _behaviours(handler)))
        method = path.rpartition("/")[2]
        answer = (self._many_answers if handler.response_streaming else self._one_answer)(method, handler, behave)
        make = _MAKERS[handler.request_streaming, handler.response_streaming]
        guarded: Handler = make(answer, request_deserializer=None, response_serializer=handler.response_serializer)
        hot = self._hot.get(path)
        return (lambda metadata: guarded) if hot is None else self._soon(method, hot, guarded)

    def _soon(self, method: str, hot: Hot, ordinary: Handler) -> Called:
        """The method by the hot way where that leads to an answer, and else as ever."""
        answer: Behaviour = next(filter(None, _behaviours(ordinary)))
        observe, written = self._observe, _written(ordinary.response_serializer)

        def called(metadata: Metadata) -> Handler:
            # The call has begun, and its message may still be on its way.
            since = time.perf_counter()

            # What came with the call is at hand here; asking the context for it would have it unpacked again.
            async def soon(incoming: bytes, context: Context) -> object:
                began = time.perf_counter()
                raw = None
                if len(incoming) <= HOT_REQUEST_MOST:
                    try:
                        raw = await self._hastened(method, hot, incoming, metadata, since)
                    except asyncio.CancelledError:
                        if observe is not None:
                            observe("grpc", method, CANCELLED, time.perf_counter() - began)
                        raise
                if raw is None:
                    return await answer(incoming, context)
                context.set_trailing_metadata(((CALL_KEY, new_call_id()),))
                if observe is not None:
                    observe("grpc", method, "OK", time.perf_counter() - began)
                return raw

            return grpc.unary_unary_rpc_method_handler(soon, request_deserializer=None, response_serializer=written)

        return called

    async def _hastened(self, method: str, hot: Hot, incoming: bytes, metadata: Metadata, since: float) -> bytes | None:
        try:
            token = self._platform.recognised(_value(metadata, "authorization"))
            if token is None:
                return None
            begun = begin_since(since, hot(token, incoming))
            if isinstance(begun, Done):
                # Mostly there is nothing to wait for, and then no timer is set either.
                return begun.result
            async with asyncio.timeout(self._hot_seconds):
                return await begun.rest()
        except (UcsError, DecodeError, TimeoutError):
            # Whatever is wrong, the other way finds it as well, and words it.
            return None
        except Exception:
            log.exception("hot_answer_failed", method=method)
            return None

    def _one_answer(self, method: str, handler: Handler, behave: Behaviour) -> Behaviour:
        async def answer(incoming: Request, context: Context) -> object:
            async with self._entered(method, context, streaming=handler.request_streaming):
                return await behave(self._request(handler, incoming, context), context)

        return answer

    def _many_answers(self, method: str, handler: Handler, behave: Behaviour) -> Behaviour:
        async def answers(incoming: Request, context: Context) -> None:
            async with (
                self._entered(method, context, streaming=True),
                aclosing(behave(self._request(handler, incoming, context), context)) as items,
            ):
                async for item in items:
                    await self._send(context, item)

        return answers

    async def _send(self, context: Context, item: object) -> None:
        """Send one answer of many. Raises Exhausted when the client does not take it in time."""
        try:
            async with asyncio.timeout(self._stall_seconds):
                await context.write(item)
        except TimeoutError as cause:
            raise Exhausted("WATCH_TOO_SLOW", retry_after=1) from cause

    @asynccontextmanager
    async def _entered(self, method: str, context: Context, *, streaming: bool) -> AsyncIterator[None]:
        """Authenticate and keep the time; whatever is raised leaves as a refusal. In streams each message has its time."""
        call_id = new_call_id()
        mutating = method not in READS
        context.set_trailing_metadata(((CALL_KEY, call_id),))
        began, code = time.perf_counter(), "OK"
        try:
            credential = await self._vouch(context)
            if method == REFLECTION:
                async with self._platform.session(credential.principal, credential.token):
                    pass
            enter_call(Caller(principal=credential.principal, token=credential.token, call_id=call_id))
            async with time_limit(None if streaming else self._seconds, mutating=mutating):
                yield
        except UcsError as error:
            code = error.code.name
            if isinstance(error, Internal) and error.reason not in TOLD_WHERE_IT_FAILED:
                # What lies behind it is for the operator alone; of a plugin's fault the log knows, under the same id.
                log.exception("call_failed", method=method, call_id=call_id)
            await self._refuse(context, error, call_id)
        except asyncio.CancelledError:
            # Streams of a watch end so: that is how their callers say that they have seen enough.
            code = "OK" if streaming else CANCELLED
            raise
        except Exception:
            # Whatever it was, its text is not for the caller.
            code = Internal.code.name
            log.exception("call_failed", method=method, call_id=call_id)
            fault = Internal("INTERNAL_OUTCOME_UNKNOWN" if mutating else "INTERNAL", call_id=call_id)
            await self._refuse(context, fault, call_id)
        finally:
            if self._observe is not None:
                self._observe("grpc", method, code, time.perf_counter() - began)

    async def _refuse(self, context: Context, error: UcsError, call_id: str) -> None:
        # A client that takes nothing does not take the refusal either; grpc keeps it ready for as long as it stays.
        with suppress(TimeoutError):
            async with asyncio.timeout(self._stall_seconds):
                await refuse(context, error, negotiate(_metadata(context, "accept-language")), call_id)

    async def _vouch(self, context: Context) -> Credential:
        return await self._platform.authenticate(_metadata(context, "authorization"))

    def _request(self, handler: Handler, incoming: Request, context: Context) -> Request:
        if not handler.request_streaming:
            return _read(handler, incoming, self._request_most, REQUEST_ELEMENTS_MOST)
        return Incoming(
            incoming,
            self._streams,
            read=lambda raw: _read(handler, raw, self._message_most, CHUNK_ELEMENTS_MOST),
            vouch=lambda: self._vouch(context),
            seconds=self._seconds,
        )


def _written(write: Callable[[Any], bytes] | None) -> Callable[[Any], bytes]:
    """A way to write messages that passes on what is written already."""

    def written(answer: Any) -> bytes:  # noqa: ANN401 -- a message of the method's own type, or its bytes
        return answer if write is None or type(answer) is bytes else write(answer)

    return written


def _behaviours(handler: Handler) -> tuple[Any, ...]:
    # A handler has one of the four, by what it streams.
    return handler.unary_unary, handler.unary_stream, handler.stream_unary, handler.stream_stream


def _read(handler: Handler, raw: bytes, most: int, elements_most: int) -> Request:
    if len(raw) > most:
        raise Exhausted("BODY_TOO_LARGE", most=most)
    read = handler.request_deserializer
    if read is None:
        return raw
    # The generated code reads with a class method of the message: FromString.
    check_density(read.__self__.DESCRIPTOR, raw, elements_most)  # type: ignore[attr-defined]
    try:
        return read(raw)
    except DecodeError as cause:
        raise Invalid("BODY_MALFORMED", problem=Phrase("bytes-not-a-message")) from cause


def _metadata(context: Context, key: str) -> str | None:
    return _value(cast("Metadata", context.invocation_metadata() or ()), key)


def _value(metadata: Metadata, key: str) -> str | None:
    for name, value in metadata:
        if name == key:
            return value if isinstance(value, str) else None
    return None
