"""HTTP/1.1 as uvicorn speaks it over llhttp, with bounds on the work that a request makes before anybody has read it.

llhttp is quick and knows no bounds, and it is lenient where readers could differ: what it lets through is judged here.
"""

from __future__ import annotations

import asyncio
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

ABORT = "abort"
"""Under this name a request's state holds what breaks its connection off."""

HEAD_MOST = 65_536
"""How many bytes the first line and the fields of a request may have, and again what stands between its chunks."""

HEAD_SECONDS = 20.0
"""How long a client may take for a head, from its first byte on, and a new connection for its first request."""

PIECES_FREE, PIECE_LEAST = 2_000, 512
"""How many pieces a body may arrive in, whatever their size; beyond that they must have so many bytes on average. A piece
takes some microseconds, even one of a single byte."""

UNREAD_MOST = 1024 * 1024
"""How much of a body may still arrive, in bytes, when its request has been answered already."""

PIPELINED_MOST = 64
"""How many requests may wait on a connection for the answer to the one before them."""

METHODS = frozenset((b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"TRACE"))
"""The methods of HTTP that reach an application; the parser knows those of other protocols, too."""

_FRAMING = 16


class BeyondBounds(Exception):
    """A request that is not answered, because of what it would cost or what it could be mistaken for."""


class Http11(HttpToolsProtocol):
    """uvicorn's protocol. It lets go of a connection on which a request arrives in crumbs, without end or to no purpose."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- uvicorn's own business
        super().__init__(*args, **kwargs)
        self._in_head = self._in_body = False
        self._head = self._hosts = 0
        self._pieces = self._bytes = self._unread = self._wire = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self._idle_since: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn's own signature
        """Let requests break the connection off: closed politely, it stays until the client has taken what was sent."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, ABORT: transport.abort}
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self._head_overdue)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let whoever answers know that nobody listens."""
        self._stop_head_timer()
        if self.timeout_keep_alive_task is not None:
            self.timeout_keep_alive_task.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what has arrived, and see whether there is too much of it."""
        self._unset_keepalive_if_required()
        began_in_head, began_in_body = self._in_head, self._in_body
        try:
            self._feed(data)
            if self._in_head and began_in_head:
                self._count_head(len(data))
            if self._in_body:
                self._wire += len(data) - (0 if began_in_body else self._head)
                if self._wire - self._bytes > HEAD_MOST + _FRAMING * self._pieces:
                    raise BeyondBounds
        except (httptools.HttpParserError, BeyondBounds):
            self.logger.warning("Invalid HTTP request received.")
            self.send_400_response("Invalid HTTP request received.")
            return
        if self._head_timer is not None:
            if not self._in_head:
                self._stop_head_timer()
        elif self._in_head:
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self._head_overdue)

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP, where no answer was begun, and let the request before it know that nobody listens."""
        cycle = self.cycle
        begun = cycle is not None and cycle.response_started and not cycle.response_complete
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
        if begun:
            self.transport.close()
        elif not self.transport.is_closing():
            super().send_400_response(msg)

    # One timer for a connection, however many requests come over it: to set one and stop it each time costs more.

    def on_response_complete(self) -> None:
        """A request has been answered; the next one is begun, or waited for."""
        if self.pipeline or self.transport.is_closing():
            super().on_response_complete()
            return
        self.server_state.total_requests += 1
        self.flow.resume_reading()
        self._idle_since = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._wait_idly(self.timeout_keep_alive)

    def timeout_keep_alive_handler(self) -> None:
        """Let go of a client that has asked nothing for long enough."""
        self.timeout_keep_alive_task = None
        if self._idle_since is None:
            return
        left = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._wait_idly(left)
        else:
            self.transport.close()

    def _unset_keepalive_if_required(self) -> None:
        self._idle_since = None

    def _wait_idly(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    # What the parser tells

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._in_head, self._in_body = True, False
        self._head = self._hosts = 0
        self._pieces = self._bytes = self._unread = self._wire = 0

    def on_url(self, url: bytes) -> None:
        """A part of the request's target."""
        self._count_head(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A field. What comes behind the body is not taken for what stood in the head."""
        self._count_head(len(name) + len(value) + 4)
        if not self._in_head:
            return
        name, value = name.lower(), value.rstrip(b" \t")
        if name == b"host":
            self._hosts += 1
        elif name == b"transfer-encoding" and value.lower() != b"chunked":
            raise BeyondBounds
        elif name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """The head is there."""
        self._check_head()
        self._in_head, self._in_body = False, True
        if self.parser.should_upgrade():
            # Nothing here is upgraded, and the parser takes no body from what would be: see `_feed`.
            self._in_body = False
            return
        if len(self.pipeline) >= PIPELINED_MOST:
            raise BeyondBounds
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self._count_piece(body)
        if self.cycle.response_complete:
            self._unread += len(body)
            if self._unread > UNREAD_MOST:
                raise BeyondBounds
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is there."""
        self._in_body = False
        if not self.parser.should_upgrade():
            super().on_message_complete()

    # Bounds

    def _check_head(self) -> None:
        version = self.parser.get_http_version()
        if version not in ("1.1", "1.0") or self.parser.get_method() not in METHODS:
            raise BeyondBounds
        if self._hosts > 1 or (self._hosts == 0 and version == "1.1"):
            raise BeyondBounds

    def _count_head(self, size: int) -> None:
        self._head += size
        if self._head > HEAD_MOST:
            raise BeyondBounds

    def _count_piece(self, body: bytes) -> None:
        self._pieces += 1
        self._bytes += len(body)
        if self._pieces > PIECES_FREE and self._bytes < self._pieces * PIECE_LEAST:
            raise BeyondBounds

    def _head_overdue(self) -> None:
        """Let go of a client that takes too long for a head. There may be answers that it waits for."""
        self._head_timer = None
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _feed(self, data: bytes) -> None:
        while data:
            try:
                self.parser.feed_data(data)
                return
            except httptools.HttpParserUpgrade as upgrade:
                # A client may ask whether another protocol is spoken here, too, and sends its request all the same.
                data = self._without_upgrade() + data[upgrade.args[0] :]

    def _without_upgrade(self) -> bytes:
        """The head again, without the wish to speak another protocol, for a parser that has not read it."""
        method = self.parser.get_method()
        lines = [b"%s %s HTTP/1.1\r\n" % (method, self.url)]
        lines += [b"%s: %s\r\n" % field for field in self.headers if field[0] != b"upgrade"]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return b"".join((*lines, b"\r\n"))
