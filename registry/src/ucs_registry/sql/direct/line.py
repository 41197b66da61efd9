"""A line to a PostgreSQL server: one connection in pipeline mode, and the statements that are on their way over it.

All statements of a turn of the loop leave in one write, with one end of transaction behind them. When one of them fails, the
server passes over those behind it: they are sent again, each with an end of its own. Nothing here writes, so that a statement
may always be sent once more.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from enum import Enum, auto

import psycopg
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus
from psycopg.pq.abc import PGconn, PGresult

from ucs_registry.settling import settled
from ucs_registry.sql.direct.ports import Row
from ucs_registry.sql.direct.texts import first_row
from ucs_registry.sql.faults import RETRY_SECONDS, fault_of
from ucs_sdk.errors import UcsError, Unavailable

STATEMENTS_KEPT = 256
"""How many statements a connection keeps prepared."""

GRACE_SECONDS = 0.05
"""How long a statement that nobody waits for may still run before the server is asked to give it up."""

GIVEN_UP_SECONDS = 5.0
"""How long the server may take for that before the connection is given up itself."""

_TRIES = 2
_CANCELLED = "57014"
_OUTDATED = ("26000", "0A000")
"""The statement is not prepared there, or was prepared for tables that have changed since."""


class Asked:
    """A statement that somebody waits for."""

    __slots__ = ("alone", "answer", "formats", "sent", "since", "text", "tries", "values")

    def __init__(
        self, text: str, values: Sequence[bytes | None], formats: Sequence[int], answer: asyncio.Future[Row | None]
    ) -> None:
        self.text = text
        self.values = values
        self.formats = formats
        self.answer = answer
        self.since = time.monotonic()
        self.sent = 0.0
        self.tries = 0
        self.alone = False

    def fail(self, error: UcsError) -> None:
        """Tell whoever waits that there will be no answer."""
        if not self.answer.done():
            self.answer.set_exception(error)


class _Step(Enum):
    PREPARE = auto()
    CLOSE = auto()
    QUERY = auto()
    END = auto()


_TAKEN: tuple[_Step, Asked | None, bytes] = (_Step.END, None, b"")
"""What stands in place of a step whose result has been dealt with, until the server has no more to say of it."""


class Line:
    """Takes statements from the front of a queue that others may share, and answers them."""

    def __init__(
        self,
        connect: Callable[[], Awaitable[psycopg.AsyncConnection]],
        queue: deque[Asked],
        width: int,
        took: Callable[[str, float], None],
        refused: Callable[[UcsError], None],
    ) -> None:
        """`took` is told how long each statement ran, in seconds, `refused` that no connection could be made."""
        self._connect = connect
        self._queue = queue
        self._width = width
        self._took = took
        self._refused = refused
        self._barred = 0.0
        self._connection: psycopg.AsyncConnection | None = None
        self._socket = -1
        self._connecting: asyncio.Task[None] | None = None
        self._cancelling: asyncio.Task[None] | None = None
        self._cancelled = float("-inf")
        self._steps: deque[tuple[_Step, Asked | None, bytes]] = deque()
        self._flying = 0
        self._answered = 0.0
        self._prepared: OrderedDict[str, bytes] = OrderedDict()
        self._forgotten: list[bytes] = []
        self._names = 0
        self._writing = False
        self._open = True

    @property
    def connected(self) -> bool:
        """Whether it has a connection, as far as it knows."""
        return self._connection is not None

    def pump(self) -> None:
        """Send what there is room for."""
        if not self._queue or self._flying >= self._width or not self._open:
            return
        if self._connection is None:
            if self._connecting is None:
                if time.monotonic() >= self._barred:
                    self._connecting = asyncio.create_task(self._reconnect())
                else:
                    # Nobody waits for the next try: there is another way to an answer, and it knows what to say.
                    self._refused(Unavailable("STORE_UNAVAILABLE", retry_after=RETRY_SECONDS))
            return
        try:
            self._send(self._connection.pgconn)
        except psycopg.OperationalError:
            self._lose()

    async def close(self) -> None:
        """End the connection and what runs on it."""
        self._open = False
        if self._connecting is not None:
            await asyncio.wait([self._connecting])
        if self._connection is not None and self._flying:
            # A server does not notice by itself that nobody waits any more.
            await asyncio.wait([self._cancelling or self._start_cancelling(self._connection.pgconn)])
        if self._cancelling is not None:
            await asyncio.wait([self._cancelling])
        self._lose()

    def abandon(self, asked: Asked) -> None:
        """Nobody waits for a statement any more: have the server give it up, unless it ends soon."""
        if any(each is asked for _, each, _ in self._steps):
            asyncio.get_running_loop().call_later(GRACE_SECONDS, self._give_up, asked, self._connection)

    # Connecting

    async def _reconnect(self) -> None:
        try:
            connection = await self._connect()
        except UcsError as error:
            self._barred = time.monotonic() + RETRY_SECONDS
            self._refused(error)
            return
        finally:
            self._connecting = None
        if not self._open:
            await settled(connection.close())
            return
        connection.pgconn.nonblocking = 1
        connection.pgconn.enter_pipeline_mode()
        self._connection = connection
        # A connection that is lost does not tell its socket any more.
        self._socket = connection.pgconn.socket
        asyncio.get_running_loop().add_reader(self._socket, self._readable)
        self.pump()

    def _lose(self) -> None:
        """Let go of the connection. What was on its way is sent once more, over the next one."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        asyncio.get_running_loop().remove_reader(self._socket)
        self._stop_writing()
        connection.pgconn.finish()
        steps, self._steps, self._flying = self._steps, deque(), 0
        self._prepared.clear()
        self._forgotten.clear()
        for step, asked, _ in reversed(steps):
            if step is _Step.QUERY and asked is not None:
                self._again(asked, Unavailable("STORE_UNAVAILABLE", retry_after=RETRY_SECONDS))
        self.pump()

    # Sending

    def _send(self, pgconn: PGconn) -> None:
        now, ended = time.monotonic(), True
        while self._queue and self._flying < self._width:
            asked = self._queue[0]
            if asked.answer.done():
                self._queue.popleft()
                continue
            asked.sent = now
            name = self._prepared.get(asked.text)
            if name is None:
                # It is still the first in the queue: when the connection turns out to be broken, it stays there.
                name = self._prepare(pgconn, asked)
            else:
                self._prepared.move_to_end(asked.text)
            self._queue.popleft()
            # Noted first: when the connection turns out to be broken, this is sent over the next one.
            self._steps.append((_Step.QUERY, asked, name))
            self._flying += 1
            pgconn.send_query_prepared(name, asked.values, asked.formats)
            ended = False
            if asked.alone:
                self._end(pgconn)
                ended = True
        if not ended:
            self._end(pgconn)
        self._flush()

    def _prepare(self, pgconn: PGconn, asked: Asked) -> bytes:
        for forgotten in self._forgotten:
            pgconn.send_close_prepared(forgotten)
            self._steps.append((_Step.CLOSE, None, forgotten))
        self._forgotten.clear()
        self._names += 1
        name = b"direct_%d" % self._names
        pgconn.send_prepare(name, asked.text.encode())
        self._steps.append((_Step.PREPARE, asked, name))
        self._prepared[asked.text] = name
        if len(self._prepared) > STATEMENTS_KEPT:
            self._forgotten.append(self._prepared.popitem(last=False)[1])
        return name

    def _end(self, pgconn: PGconn) -> None:
        pgconn.pipeline_sync()
        self._steps.append((_Step.END, None, b""))

    def _flush(self) -> None:
        connection = self._connection
        if connection is None:
            return
        try:
            waiting = bool(connection.pgconn.flush())
        except psycopg.OperationalError:
            self._lose()
            return
        if waiting and not self._writing:
            self._writing = True
            asyncio.get_running_loop().add_writer(self._socket, self._flush)
        elif not waiting:
            self._stop_writing()

    def _stop_writing(self) -> None:
        if self._writing:
            self._writing = False
            asyncio.get_running_loop().remove_writer(self._socket)

    # Receiving

    def _readable(self) -> None:
        connection = self._connection
        if connection is None:
            return
        pgconn, steps = connection.pgconn, self._steps
        try:
            pgconn.consume_input()
            while steps and not pgconn.is_busy():
                result = pgconn.get_result()
                if result is None or result.status == ExecStatus.PIPELINE_SYNC:
                    steps.popleft()
                elif not self._take(result, *steps[0]):
                    self._lose()
                    return
                else:
                    steps[0] = _TAKEN
        except psycopg.OperationalError:
            self._lose()
            return
        if pgconn.status == ConnStatus.BAD:
            self._lose()
            return
        if self._writing:
            self._flush()
        self.pump()

    def _take(self, result: PGresult, step: _Step, asked: Asked | None, name: bytes) -> bool:
        """Do with a result what its step asks for. False when the connection is of no more use."""
        status = result.status
        if asked is None:
            if step is _Step.CLOSE and status == ExecStatus.PIPELINE_ABORTED:
                # Passed over, too: it is closed with the next.
                self._forgotten.append(name)
            return True
        if status == ExecStatus.FATAL_ERROR:
            return self._failed(asked, name, step, result)
        if step is _Step.QUERY:
            self._flying -= 1
        if status == ExecStatus.PIPELINE_ABORTED:
            self._passed_over(asked, name, step)
        elif step is _Step.QUERY:
            self._note_time(asked)
            if not asked.answer.done():
                asked.answer.set_result(first_row(result))
        return True

    def _passed_over(self, asked: Asked, name: bytes, step: _Step) -> None:
        if step is _Step.PREPARE:
            self._forget(asked.text, name)
        elif not asked.answer.done():
            asked.alone = True
            self._queue.appendleft(asked)

    def _failed(self, asked: Asked, name: bytes, step: _Step, result: PGresult) -> bool:
        code = (result.error_field(DiagnosticField.SQLSTATE) or b"").decode()
        # The server ends the connection, or it is not the server who says so.
        if not code or code.startswith(("57P", "08")):
            return False
        cause = error_from_result(result)
        error = fault_of(code, unreachable=isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError))
        error.__cause__ = cause
        if step is _Step.PREPARE:
            self._forget(asked.text, name)
            asked.fail(error)
            return True
        self._flying -= 1
        outdated = code in _OUTDATED
        if outdated:
            self._forget(asked.text, name)
        # What was cancelled may have been meant for another, which had ended when that arrived.
        if outdated or (code == _CANCELLED and time.monotonic() - self._cancelled < GIVEN_UP_SECONDS):
            self._again(asked, error)
        else:
            asked.fail(error)
        return True

    def _again(self, asked: Asked, error: UcsError) -> None:
        asked.tries += 1
        if asked.tries < _TRIES and self._open:
            self._queue.appendleft(asked)
        else:
            asked.fail(error if self._open else Unavailable("STORE_UNAVAILABLE"))

    def _forget(self, text: str, name: bytes) -> None:
        if self._prepared.get(text) == name:
            del self._prepared[text]
            self._forgotten.append(name)

    def _note_time(self, asked: Asked) -> None:
        now = time.monotonic()
        self._took(asked.text, now - max(asked.sent, self._answered))
        self._answered = now

    # Giving up

    def _give_up(self, asked: Asked, connection: psycopg.AsyncConnection | None) -> None:
        """Have the server give up a statement as soon as it is the one that runs."""
        if connection is None or connection is not self._connection or not self._open:
            return
        running = next((each for step, each, _ in self._steps if step is _Step.QUERY), None)
        loop = asyncio.get_running_loop()
        if running is asked and self._cancelling is None:
            self._start_cancelling(connection.pgconn)
            loop.call_later(GIVEN_UP_SECONDS, self._break, asked, connection)
        elif any(each is asked for _, each, _ in self._steps):
            loop.call_later(GRACE_SECONDS, self._give_up, asked, connection)

    def _break(self, asked: Asked, connection: psycopg.AsyncConnection) -> None:
        if connection is self._connection and any(each is asked for _, each, _ in self._steps):
            self._lose()

    def _start_cancelling(self, pgconn: PGconn) -> asyncio.Task[None]:
        self._cancelling = asyncio.create_task(self._cancel(pgconn))
        return self._cancelling

    async def _cancel(self, pgconn: PGconn) -> None:
        try:
            self._cancelled = time.monotonic()
            # A server that cannot be reached gives nothing up; then the connection is, in its time.
            with suppress(psycopg.Error):
                await asyncio.to_thread(pgconn.cancel_conn().blocking)
            self._cancelled = time.monotonic()
        finally:
            self._cancelling = None
