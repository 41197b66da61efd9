"""HTTP/1.1 as uvicorn speaks it over h11, with a bound on the work that a body makes before anybody has read it."""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

ABORT = "abort"
"""Under this name a request's state holds what breaks its connection off."""

PIECES_FREE, PIECE_LEAST = 2_000, 512
"""How many pieces a body may arrive in, whatever their size; beyond that they must have so many bytes on average. A piece
takes some five microseconds, even one of a single byte."""

UNREAD_MOST = 1024 * 1024
"""How much of a body may still arrive, in bytes, when its request has been answered already."""


class Http11(H11Protocol):
    """uvicorn's protocol. It lets go of a connection on which a body arrives in crumbs, or to no purpose."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- uvicorn's own business
        super().__init__(*args, **kwargs)
        # h11 accepts no head of more than 64 KiB.
        self.conn = _Connection(h11.SERVER)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn's own signature
        """Let requests break the connection off: closed politely, it stays until the client has taken what was sent."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, ABORT: transport.abort}

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP, where no answer was begun, and let the request before it know that nobody listens."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            super().send_400_response(msg)
        else:
            self.transport.close()


class _Connection(h11.Connection):
    """Counts the pieces and bytes of the body that is arriving."""

    def __init__(self, role: type[h11.SERVER]) -> None:
        super().__init__(role)
        self._pieces = self._bytes = self._unread = 0

    def next_event(self) -> Any:  # noqa: ANN401 -- as h11 has it
        event = super().next_event()
        if isinstance(event, h11.Request):
            self._pieces = self._bytes = self._unread = 0
        elif isinstance(event, h11.Data):
            self._pieces += 1
            self._bytes += len(event.data)
            if self.our_state is not h11.SEND_RESPONSE:
                self._unread += len(event.data)
            crumbs = self._pieces > PIECES_FREE and self._bytes < self._pieces * PIECE_LEAST
            if crumbs or self._unread > UNREAD_MOST:
                raise h11.RemoteProtocolError("the body arrives in crumbs, or to no purpose")
        return event
