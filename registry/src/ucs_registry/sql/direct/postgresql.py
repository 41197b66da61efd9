"""Direct statements on PostgreSQL: quick ones share one connection, the others have two that run one at a time each."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import psycopg

from ucs_registry.settling import settled
from ucs_registry.sql.direct.line import Asked, Line
from ucs_registry.sql.direct.ports import DirectStatement, Row
from ucs_registry.sql.direct.slow import SlowTexts
from ucs_registry.sql.direct.texts import encoded, format_of
from ucs_registry.sql.faults import RETRY_SECONDS
from ucs_sdk.errors import Internal, UcsError, Unavailable

WIDTH = 128
"""How many quick statements are on their way at once."""

HEAVY_LINES = 2

SLOW_SECONDS, TOO_SLOW_SECONDS = 0.05, 0.5
"""A quick statement that took longer than the first twice in a row, or than the second once, is run among the heavy ones for
a while: those behind it had to wait."""


class PostgresDirect:
    """Reads a PostgreSQL database. Used from one loop; connections are opened on first use, and again when they break."""

    def __init__(self, arguments: Mapping[str, Any], settings: Mapping[str, str], patience: float) -> None:
        """`arguments` say how to connect, `settings` how the server runs what is sent."""
        self._slow = SlowTexts()
        # What is quick is planned once, as planning would take longer than running; what is heavy is planned for its values.
        planned_once = _connecting(arguments, {**settings, "plan_cache_mode": "auto"})
        planned_each_time = _connecting(arguments, {**settings, "plan_cache_mode": "force_custom_plan"})
        self._quick = _Lane(1, WIDTH, planned_once, self._note_slow, patience)
        self._heavy = _Lane(HEAVY_LINES, 1, planned_each_time, self._pass_over, patience)
        self._open = True

    async def row(self, statement: DirectStatement, values: Mapping[str, object]) -> Row | None:
        """As `Direct` has it."""
        if not self._open:
            raise Unavailable("STORE_UNAVAILABLE")
        text = statement.text
        try:
            given = [encoded(values[name]) for name in statement.names]
            formats = [format_of(values[name]) for name in statement.names]
        except (TypeError, ValueError) as cause:
            raise Internal("STORE_FAILED") from cause
        lane = self._heavy if statement.heavy or text in self._slow else self._quick
        asked = Asked(text, given, formats, asyncio.get_running_loop().create_future())
        lane.submit(asked)
        try:
            return await asked.answer
        except asyncio.CancelledError:
            lane.abandon(asked)
            raise

    def mark(self) -> int | None:
        """As `Direct` has it: a database beyond a connection is asked."""
        return None

    async def close(self) -> None:
        """As `Direct` has it."""
        self._open = False
        await settled(self._close())

    async def _close(self) -> None:
        await self._quick.close()
        await self._heavy.close()

    def _note_slow(self, text: str, seconds: float) -> None:
        if seconds > TOO_SLOW_SECONDS:
            self._slow.add(text)
        else:
            self._slow.note(text, slow=seconds > SLOW_SECONDS)

    def _pass_over(self, text: str, seconds: float) -> None:
        """Among the heavy ones nobody is surprised."""


class _Lane:
    """Statements that wait, and the lines that take them."""

    def __init__(
        self,
        lines: int,
        width: int,
        connect: Callable[[], Awaitable[psycopg.AsyncConnection]],
        took: Callable[[str, float], None],
        patience: float,
    ) -> None:
        self._queue: deque[Asked] = deque()
        self._lines = [Line(connect, self._queue, width, took, self._refused) for _ in range(lines)]
        self._patience = patience
        self._soon = False
        self._watching: asyncio.TimerHandle | None = None

    def submit(self, asked: Asked) -> None:
        """Have a statement sent at the end of this turn of the loop, together with all others of it."""
        self._queue.append(asked)
        if not self._soon:
            self._soon = True
            asyncio.get_running_loop().call_soon(self._pump)

    def abandon(self, asked: Asked) -> None:
        """Nobody waits for a statement any more."""
        for line in self._lines:
            line.abandon(asked)

    async def close(self) -> None:
        """End all lines, and tell those who still wait."""
        for line in self._lines:
            await line.close()
        self._fail_all(Unavailable("STORE_UNAVAILABLE"))
        if self._watching is not None:
            self._watching.cancel()

    def _pump(self) -> None:
        self._soon = False
        for line in self._lines:
            line.pump()
        if self._queue and self._watching is None:
            self._watching = asyncio.get_running_loop().call_later(self._patience, self._turn_away)

    def _turn_away(self) -> None:
        """Tell those who have waited too long to come again."""
        self._watching = None
        longest = time.monotonic() - self._patience
        while self._queue and self._queue[0].since <= longest:
            self._queue.popleft().fail(Unavailable("STORE_BUSY", retry_after=RETRY_SECONDS))
        if self._queue:
            wait = self._queue[0].since - longest
            self._watching = asyncio.get_running_loop().call_later(wait, self._turn_away)

    def _refused(self, error: UcsError) -> None:
        # Where another line is there, it takes them all.
        if not any(line.connected for line in self._lines):
            self._fail_all(error)

    def _fail_all(self, error: UcsError) -> None:
        while self._queue:
            self._queue.popleft().fail(error)


def _connecting(
    arguments: Mapping[str, Any], settings: Mapping[str, str]
) -> Callable[[], Awaitable[psycopg.AsyncConnection]]:
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())

    async def connect() -> psycopg.AsyncConnection:
        try:
            return await psycopg.AsyncConnection.connect(**{**arguments, "autocommit": True, "options": options})
        except (psycopg.Error, OSError) as cause:
            raise Unavailable("STORE_UNAVAILABLE", retry_after=RETRY_SECONDS) from cause

    return connect
