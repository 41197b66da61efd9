"""Answers as a stream of events: GraphQL over SSE, distinct connections mode.

https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md and the WHATWG's specification of `text/event-stream`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from ucs_core.graphql import Answer
from ucs_core.http.wire import ABORT
from ucs_registry.settling import ended, settled

EVENT_STREAM = "text/event-stream"
KEEPALIVE_SECONDS = 15.0
"""After so long without an event a comment is sent, so that nobody in between takes the connection for dead."""

_ALIVE = b":\n\n"
_COMPLETE = b"event: complete\ndata:\n\n"


class EventStream(Response):
    """Sends each answer as an event `next`, and `complete` behind the last.

    `first` is the answer that is waited for already. A client that does not take an event within `stall_seconds` is left.
    """

    media_type = EVENT_STREAM

    def __init__(
        self,
        first: asyncio.Task[Answer],
        answers: AsyncGenerator[Answer, None],
        headers: Mapping[str, str],
        *,
        stall_seconds: float,
    ) -> None:
        super().__init__(status_code=200, headers={**headers, "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._next = first
        self._answers = answers
        self._stall_seconds = stall_seconds
        self._code = "OK"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events until there are no more, or until nobody takes them."""
        telling = asyncio.create_task(self._tell(send, scope.get("state", {}).get(ABORT)))
        leaving = asyncio.create_task(_left(receive))
        try:
            await asyncio.wait({telling, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            try:
                await ended(telling, leaving, self._next)
                await settled(self._answers.aclose())
            finally:
                # How it ended is known only now.
                scope.setdefault("state", {})["code"] = self._code
        if not telling.cancelled():
            telling.result()

    async def _tell(self, send: Send, abort: Callable[[], None] | None) -> None:
        try:
            await self._send(send, {"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            while (answer := await self._following(send)) is not None:
                await self._send(send, _body(b"event: next\ndata: " + answer.json + b"\n\n"))
            await self._send(send, _body(_COMPLETE))
            await self._send(send, {"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            # Nothing can be told to a client that takes nothing; it resumes behind the last position that it was told.
            if abort is not None:
                abort()
                # The server hears of it in its next turn, and then has nothing to say about an answer without an end.
                await asyncio.sleep(0)

    async def _following(self, send: Send) -> Answer | None:
        """The next answer, with signs of life while it is waited for; None behind the last."""
        while not self._next.done():
            done, _ = await asyncio.wait({self._next}, timeout=KEEPALIVE_SECONDS)
            if not done:
                await self._send(send, _body(_ALIVE))
        try:
            answer = self._next.result()
        except StopAsyncIteration:
            return None
        self._code = answer.code or self._code
        self._next = asyncio.create_task(following(self._answers))
        return answer

    async def _send(self, send: Send, message: Message) -> None:
        async with asyncio.timeout(self._stall_seconds):
            await send(message)


async def following(answers: AsyncGenerator[Answer, None]) -> Answer:
    """The next answer, as what a task can wait for. Raises StopAsyncIteration behind the last."""
    return await anext(answers)


def _body(content: bytes) -> Message:
    return {"type": "http.response.body", "body": content, "more_body": True}


async def _left(receive: Receive) -> None:
    """Wait until the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
