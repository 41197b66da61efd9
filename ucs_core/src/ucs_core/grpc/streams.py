"""The messages of a client's stream, each vouched for and read in turn, until the stream or the node ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Generic, TypeVar

from ucs_sdk.errors import DeadlineExceeded, Unavailable

Message = TypeVar("Message")


class OpenStreams:
    """The streams that wait for their next message. A stopping node ends them: they could wait for ever."""

    def __init__(self) -> None:
        self._waits: set[asyncio.Timeout] = set()
        self.ending = False

    def end(self) -> None:
        """End every stream at its next wait, now and from now on."""
        self.ending = True
        for wait in self._waits:
            if not wait.expired():
                wait.reschedule(0)

    async def next(self, incoming: AsyncIterator[bytes], seconds: float) -> bytes:
        """The next raw message. Raises Unavailable when the node is stopping, DeadlineExceeded after `seconds` of silence."""
        try:
            async with asyncio.timeout(0 if self.ending else seconds) as wait:
                self._waits.add(wait)
                try:
                    return await anext(incoming)
                finally:
                    self._waits.discard(wait)
        except TimeoutError as cause:
            if self.ending:
                raise Unavailable("DRAINING", retry_after=1) from cause
            raise DeadlineExceeded("STREAM_IDLE", seconds=seconds) from cause


class Incoming(Generic[Message]):
    """The messages of one stream, as a handler sees them. `vouch` is asked again before each: tokens end under way."""

    def __init__(
        self,
        raw: AsyncIterator[bytes],
        streams: OpenStreams,
        *,
        read: Callable[[bytes], Message],
        vouch: Callable[[], Awaitable[object]],
        seconds: float,
    ) -> None:
        self._raw = aiter(raw)
        self._streams = streams
        self._read = read
        self._vouch = vouch
        self._seconds = seconds

    def __aiter__(self) -> Incoming[Message]:
        return self

    async def vouched(self) -> None:
        """Raise Unauthenticated when nobody vouches for the caller any more."""
        await self._vouch()

    async def __anext__(self) -> Message:
        raw = await self._streams.next(self._raw, self._seconds)
        await self._vouch()
        return self._read(raw)
