"""The quick way on the wire: a request that is there as a whole is offered to it before uvicorn makes anything of it."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from ucs_core.eager import Waiting, begin
from ucs_core.graphql import Answer
from ucs_core.http.graphql import TRIED
from ucs_core.http.quick import Heading, QuickReads, Reading
from ucs_core.http.wire import Http11

HEADS_MOST, HEAD_KEPT_MOST = 4, 2_048
"""How many heads a connection keeps, and how long one may be, in bytes. Clients send the same again and again."""

TOGETHER_MOST = 1_000
"""Up to how many connections the requests of one turn count as having come in together. A loop that finds more of them readable
at once may look again within the turn."""

_TARGET, _METHOD = b"/graphql", b"POST"


class QuickHttp11(Http11):
    """Answers what can go the quick way, and hands everything else on unchanged."""

    def __init__(self, *args: Any, quick: QuickReads, **kwargs: Any) -> None:  # noqa: ANN401 -- uvicorn's own business
        super().__init__(*args, **kwargs)
        self._quick = quick
        self._offered: bytes | None = None
        self._heads: dict[bytes, Heading] = {}
        self._heading: Heading | None = None
        self._always = b""
        self._always_of: object = None

    def data_received(self, data: bytes) -> None:
        """Parse what has arrived. What is not there as a whole goes the ordinary way."""
        between = not (self._in_head or self._in_body)
        end = data.find(b"\r\n\r\n") + 4 if between else 0
        if self._heads and between:
            # A head that was parsed before comes to the same as before.
            heading = self._heads.get(data[:end])
            if heading is not None and heading.length == len(data) - end and self._free():
                self._unset_keepalive_if_required()
                # It is all that has arrived here, so that its beginning was there before the turn began.
                self._offer(heading, data[end:], together=len(self.connections) <= TOGETHER_MOST)
                return
        self._heading = None
        super().data_received(data)
        body, self._offered = self._offered, None
        if body is not None and not self.transport.is_closing():
            self._ordinarily(self.headers, body, complete=False)
        elif self._heading is not None and between and self._heading.length == len(data) - end < len(data):
            self._keep(data[:end], self._heading)

    def on_headers_complete(self) -> None:
        """The head is there."""
        if not (self.url == _TARGET and self.parser.get_method() == _METHOD and self._free() and self._is_plain()):
            super().on_headers_complete()
            return
        self._check_head()
        self._in_head, self._in_body = False, True
        self._offered = b""

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        if self._offered is None:
            super().on_body(body)
        else:
            self._count_piece(body)
            self._offered = self._offered + body if self._offered else body

    def on_message_complete(self) -> None:
        """The request is there: the one moment at which it may go the quick way."""
        body, self._offered = self._offered, None
        if body is None:
            super().on_message_complete()
            return
        self._in_body = False
        self._heading = self._quick.heading(self.headers, len(body))
        if self._heading is None:
            self._ordinarily(self.headers, body, complete=True)
        else:
            self._offer(self._heading, body)

    def always(self) -> bytes:
        """The fields that uvicorn sends with every answer. It makes them anew every second."""
        fields = self.server_state.default_headers
        if fields is not self._always_of:
            self._always_of = fields
            self._always = b"".join(b"%s: %s\r\n" % field for field in fields)
        return self._always

    def _free(self) -> bool:
        """Whether nothing stands between a request and its answer."""
        free = self.cycle is None or self.cycle.response_complete
        return free and not (self.pipeline or self.flow.write_paused or self.transport.is_closing())

    def _is_plain(self) -> bool:
        """Whether a request leaves no question about how it ends, and what comes behind it."""
        parser = self.parser
        plain = not (self.expect_100_continue or parser.should_upgrade())
        return plain and parser.should_keep_alive() and parser.get_http_version() == "1.1"

    def _keep(self, head: bytes, heading: Heading) -> None:
        if len(head) <= HEAD_KEPT_MOST:
            if len(self._heads) >= HEADS_MOST:
                self._heads.clear()
            self._heads[head] = heading

    def _offer(self, heading: Heading, body: bytes, *, together: bool = False) -> None:
        reading = self._quick.take(heading, body)
        if reading is None:
            self._ordinarily(heading.fields, body, complete=True)
            return
        try:
            begun = self._quick.together.begin(reading.answering) if together else begin(reading.answering)
        except Exception:  # noqa: BLE001 -- the ordinary way meets it again, and tells the log
            self._ordinarily(heading.fields, body, complete=True)
            return
        if isinstance(begun, Waiting):
            _Later(self, reading, begun, heading.fields, body)
        elif begun.result is None:
            self._ordinarily(heading.fields, body, complete=True, tried=True)
        else:
            # There is no cycle: nothing is left of a request that has been answered.
            self.cycle = None  # type: ignore[assignment]  # as uvicorn itself begins
            self.transport.write(self._quick.answered(reading, begun.result, self.always()))
            self.on_response_complete()

    def abandoned(self, reading: Reading) -> None:
        """Nobody waits for the answer to a query any more."""
        self._quick.abandoned(reading)

    def finish(
        self,
        later: _Later,
        reading: Reading,
        answer: Answer | None,
        request: tuple[list[tuple[bytes, bytes]], bytes],
        *,
        late: bool,
    ) -> None:
        """Send the answer to a query that had to wait; without one it goes the ordinary way after all."""
        closing = not later.keep_alive
        if answer is None and not late:
            cycle = self.ordinary_cycle(*request, complete=True, tried=not later.failed)
            cycle.keep_alive = later.keep_alive
            if cast(object, self.cycle) is later:
                self.cycle = cycle
            self._start_asgi_task(cycle, self.app)
            return
        if answer is None:
            sent = self._quick.overdue(reading, self.always(), closing=closing)
        else:
            sent = self._quick.answered(reading, answer, self.always(), closing=closing)
        self.transport.write(sent)
        if closing:
            self.transport.close()
        self.on_response_complete()

    @property
    def quick_seconds(self) -> float:
        """How long a query may take, in seconds."""
        return self._quick.seconds

    def _ordinarily(
        self, headers: list[tuple[bytes, bytes]], body: bytes, *, complete: bool, tried: bool = False
    ) -> None:
        """Have uvicorn answer a request, as far as it is there."""
        self.cycle = self.ordinary_cycle(headers, body, complete=complete, tried=tried)
        self._start_asgi_task(self.cycle, self.app)

    def ordinary_cycle(
        self, headers: list[tuple[bytes, bytes]], body: bytes, *, complete: bool, tried: bool
    ) -> RequestResponseCycle:
        """What uvicorn makes of a request that could have gone the quick way. `tried` says that this found no answer."""
        cycle = RequestResponseCycle(
            scope={
                "type": "http",
                "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
                "http_version": "1.1",
                "server": self.server,
                "client": self.client,
                "scheme": self.scheme or "http",
                "root_path": self.root_path,
                "method": _METHOD.decode(),
                "path": self.root_path + _TARGET.decode(),
                "raw_path": self.root_path.encode() + _TARGET,
                "query_string": b"",
                "headers": headers,
                "state": {**self.app_state, TRIED: tried},
            },
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=True,
            on_response=self.on_response_complete,
        )
        cycle.body += body
        cycle.more_body = not complete
        if body or complete:
            cycle.message_event.set()
        return cycle


class _Later:
    """A query on the quick way that waits for the store: it stands where uvicorn has a request that is being answered."""

    def __init__(
        self,
        wire: QuickHttp11,
        reading: Reading,
        waiting: Waiting[Answer | None],
        headers: list[tuple[bytes, bytes]],
        body: bytes,
    ) -> None:
        self._wire = wire
        self._reading = reading
        self._waiting = waiting
        self._request = headers, body
        self._late = self._told = False
        self.failed = False
        # As uvicorn knows them of its own.
        self.disconnected = self.response_started = self.response_complete = False
        self.keep_alive = True
        self.message_event = self
        wire.cycle = cast(RequestResponseCycle, self)
        self._task = wire.loop.create_task(self._answer())
        self._task.add_done_callback(self._ended)
        wire.tasks.add(self._task)
        self._timer = wire.loop.call_later(wire.quick_seconds, self._overdue)

    def set(self) -> None:
        """The client has gone, or its answer is complete."""
        if self.disconnected:
            self._task.cancel()

    async def _answer(self) -> None:
        wire, answer = self._wire, None
        try:
            answer = await self._waiting.rest()
        except asyncio.CancelledError:
            if not self._late or self.disconnected:
                raise
        except Exception:  # noqa: BLE001 -- the ordinary way meets it again, and tells the log
            self.failed = True
        finally:
            self._timer.cancel()
            self._waiting.drop()
            self.response_complete = True
        if not self.disconnected:
            self._told = True
            wire.finish(self, self._reading, answer, self._request, late=self._late)

    def _ended(self, task: asyncio.Task[None]) -> None:
        # Here, since a task that is cancelled before its first step does nothing by itself.
        self._wire.tasks.discard(task)
        if not self._told:
            self._wire.abandoned(self._reading)

    def _overdue(self) -> None:
        self._late = True
        self._task.cancel()
