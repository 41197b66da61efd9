"""The connection: one call at a time of what the platform offers, without retries and without knowing what it means."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import grpc
from google.protobuf.message import Message

from ucs.capability.v1.capability_service_pb2_grpc import CapabilityServiceStub
from ucs.registry.v1.resource_service_pb2_grpc import ResourceServiceStub
from ucs_sdk.client.reach import Reach
from ucs_sdk.client.wire.refusals import out_of_reach, refusal
from ucs_sdk.errors import FailedPrecondition, Unavailable
from ucs_sdk.messages import Locale

ANSWER_MOST = 64 * 1024 * 1024
"""The largest answer that is taken, in bytes: a page of 200 resources is far below it but for hostile ones."""

PING_MILLISECONDS, PONG_MILLISECONDS = 30_000, 10_000
"""How often a connection with open calls is asked whether it lives, and how long for an answer: a watch may be silent."""

RECONNECT_FIRST, RECONNECT_MOST = 100, 2_000
"""How soon a lost connection is sought again, at first and at most, in milliseconds."""

_OPTIONS = (
    ("grpc.max_receive_message_length", ANSWER_MOST),
    ("grpc.keepalive_time_ms", PING_MILLISECONDS),
    ("grpc.keepalive_timeout_ms", PONG_MILLISECONDS),
    ("grpc.initial_reconnect_backoff_ms", RECONNECT_FIRST),
    ("grpc.min_reconnect_backoff_ms", RECONNECT_FIRST),
    ("grpc.max_reconnect_backoff_ms", RECONNECT_MOST),
)


class Channel:
    """A connection to a platform, made by the first call; it belongs to the loop of that call."""

    def __init__(self, reach: Reach, locale: Locale) -> None:
        self.address = reach.address
        self._reach = reach
        self._locale = locale
        self._channel: grpc.aio.Channel | None = None
        self._methods: dict[str, Any] = {}
        self._closed = False

    # Requests and answers are messages of the method's own types.
    async def answer(self, method: str, request: Message, token: str | None, seconds: float | None) -> Any:  # noqa: ANN401
        """The one answer of a method. Raises what it was refused with, or TimeoutError."""
        call = self._method(method)(request, timeout=seconds, metadata=self._metadata(token))
        try:
            return await call
        except grpc.aio.AioRpcError as failure:
            raise refusal(failure, self.address) from failure

    async def answers(
        self, method: str, request: Message, token: str | None, seconds: float | None
    ) -> AsyncGenerator[Any, None]:
        """The answers of a method one by one; close it when no more are wanted. Raises as `answer` does."""
        call = self._method(method)(request, timeout=seconds, metadata=self._metadata(token))
        try:
            while (message := await call.read()) is not grpc.aio.EOF:
                yield message
        except grpc.aio.AioRpcError as failure:
            raise refusal(failure, self.address) from failure
        finally:
            call.cancel()

    def broke_off(self) -> Unavailable:
        """What it means when answers end that have no end."""
        return out_of_reach(self.address, None)

    async def close(self) -> None:
        """End the calls that are under way, and take no more."""
        self._closed = True
        if self._channel is not None:
            await self._channel.close()

    def _method(self, name: str) -> Any:  # noqa: ANN401 -- a callable of the generated stubs
        if self._closed:
            raise FailedPrecondition("CLIENT_CLOSED", address=self.address)
        if self._channel is None:
            self._channel = self._opened()
            catalogue, capabilities = ResourceServiceStub(self._channel), CapabilityServiceStub(self._channel)
            self._methods = {method: getattr(catalogue, method) for method in ("Get", "List", "Watch")}
            self._methods |= {
                method: getattr(capabilities, method) for method in ("ListOperations", "Invoke", "InvokeStream")
            }
        return self._methods[name]

    def _opened(self) -> grpc.aio.Channel:
        # A proxy that is set for the world outside has no business between two processes of one machine.
        options = [*_OPTIONS, ("grpc.enable_http_proxy", 0)] if self._reach.local else list(_OPTIONS)
        if self._reach.tls is False:
            return grpc.aio.insecure_channel(self.address, options=options)
        roots = None if self._reach.tls is True else self._reach.tls.read_bytes()
        return grpc.aio.secure_channel(self.address, grpc.ssl_channel_credentials(roots), options=options)

    def _metadata(self, token: str | None) -> tuple[tuple[str, str], ...]:
        language = (("accept-language", self._locale.value),)
        return language if token is None else (("authorization", f"Bearer {token}"), *language)
