"""Direct statements on SQLite: quick ones on the loop's own thread, all others on two threads beside it.

A statement of some microseconds costs many times more when it is handed to a thread than when it is run at once. What turns
out to take longer is given up after a moment and run again beside the loop, where it stays for a while.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

from ucs_registry.queries import Cursor, Order
from ucs_registry.settling import acquired, settled
from ucs_registry.sql.direct.ports import DirectStatement, Row
from ucs_registry.sql.direct.slow import SlowTexts
from ucs_registry.sql.faults import RETRY_SECONDS, fault_of
from ucs_sdk.errors import Internal, UcsError, Unavailable

THREADS = 2

INLINE_SECONDS, INLINE_WAIT_SECONDS = 0.02, 0.1
"""How much of the processor's time a statement may take on the loop before it is run elsewhere, and how long it may keep the
loop waiting in all. On a busy machine the second grows with what others do, and says little about the statement."""

STATEMENTS_KEPT = 256
"""How many prepared statements a connection keeps."""

TEXT_MOST = 32 * 1024 * 1024
"""How many bytes one value may have: an answer that is put together to more than that is given up."""

_STEPS = 20_000
_ASKED_AGAIN_SECONDS = 0.02
_FAILURES = (sqlite3.Error, sqlite3.Warning, ValueError, OverflowError)


class SqliteDirect:
    """Reads a SQLite file. Used from one loop; connections are opened on first use."""

    def __init__(self, path: Path, pragmas: tuple[str, ...], patience: float) -> None:
        self._path = path
        self._pragmas = pragmas
        self._patience = patience
        self._inline: sqlite3.Connection | None = None
        self._until = 0.0
        self._used: float | None = None
        self._slow = SlowTexts()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="ucs-direct")
        self._places = asyncio.Semaphore(THREADS)
        self._idle: list[sqlite3.Connection] = []
        self._running: set[_Run] = set()
        self._open = True

    async def row(self, statement: DirectStatement, values: Mapping[str, object]) -> Row | None:
        """As `Direct` has it."""
        if not self._open:
            raise Unavailable("STORE_UNAVAILABLE")
        text, given = statement.text, [values[name] for name in statement.names]
        if statement.heavy or text in self._slow:
            return await self._beside(text, given)
        try:
            return self._at_once(text, given)
        except _FAILURES as cause:
            name = getattr(cause, "sqlite_errorname", "")
            # Whoever waits for a lock waits beside the loop, too.
            if not name.startswith(("SQLITE_INTERRUPT", "SQLITE_BUSY", "SQLITE_LOCKED")):
                raise _fault(cause) from cause
        self._slow.add(text)
        return await self._beside(text, given)

    def mark(self) -> int | None:
        """As `Direct` has it."""
        # The database says so itself. The file that its connections share must not be opened here: with the end of any look at
        # it this process would lose its locks on it.
        if self._inline is None or not self._open:
            return None
        try:
            row = _first(self._inline, "PRAGMA data_version", [])
        except _FAILURES:
            return None
        return None if row is None else cast("int", row[0])

    async def close(self) -> None:
        """As `Direct` has it."""
        self._open = False
        for run in self._running:
            run.give_up()
        # Whoever waits for a place finds the store closed when it is given one.
        for _ in range(THREADS):
            await settled(self._places.acquire())
        self._places = asyncio.Semaphore(THREADS)
        for connection in (self._inline, *self._idle):
            if connection is not None:
                connection.close()
        self._inline, self._idle = None, []
        self._threads.shutdown()

    def _at_once(self, text: str, given: list[object]) -> Row | None:
        connection = self._inline
        if connection is None:
            connection = self._inline = self._connected(waiting=0.0)
            connection.set_progress_handler(self._overdue, _STEPS)
        self._until, self._used = time.perf_counter() + INLINE_WAIT_SECONDS, None
        return _first(connection, text, given)

    def _overdue(self) -> bool:
        used = time.thread_time()
        if self._used is None:
            # Asked for here, so that a statement of fewer steps does not pay for it.
            self._used = used
        return used - self._used > INLINE_SECONDS or time.perf_counter() > self._until

    async def _beside(self, text: str, given: list[object]) -> Row | None:
        places = self._places
        try:
            await acquired(places, self._patience)
        except TimeoutError as cause:
            raise Unavailable("STORE_BUSY", retry_after=RETRY_SECONDS) from cause
        try:
            if not self._open:
                raise Unavailable("STORE_UNAVAILABLE")
            return await self._run(text, given)
        finally:
            places.release()

    async def _run(self, text: str, given: list[object]) -> Row | None:
        run = _Run(self._idle.pop() if self._idle else self._connected(waiting=self._patience))
        self._running.add(run)
        done = asyncio.get_running_loop().run_in_executor(self._threads, _first, run.connection, text, given)
        done.add_done_callback(run.end)
        try:
            return await asyncio.shield(done)
        except asyncio.CancelledError:
            run.give_up()
            await settled(asyncio.wait([done]))
            # What it failed with is of no interest to a caller who left.
            done.exception()
            raise
        except _FAILURES as cause:
            raise (_fault(cause) if self._open else Unavailable("STORE_UNAVAILABLE")) from cause
        finally:
            self._running.discard(run)
            self._idle.append(run.connection)

    def _connected(self, *, waiting: float) -> sqlite3.Connection:
        address = f"{self._path.absolute().as_uri()}?mode=rw"
        try:
            connection = sqlite3.connect(
                address,
                uri=True,
                timeout=waiting,
                isolation_level=None,
                check_same_thread=False,
                cached_statements=STATEMENTS_KEPT,
            )
        except sqlite3.Error as cause:
            raise _fault(cause) from cause
        try:
            for pragma in (*self._pragmas, "query_only = ON"):
                connection.execute(f"PRAGMA {pragma}").close()
        except sqlite3.Error as cause:
            connection.close()
            raise _fault(cause) from cause
        connection.text_factory = bytes
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, TEXT_MOST)
        connection.create_function("ucs_cursor", 3, _cursor, deterministic=True)
        return connection


class _Run:
    """One statement beside the loop, which can be given up."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._again: asyncio.TimerHandle | None = None
        self._ended = False

    def give_up(self) -> None:
        """Interrupt the statement, again and again: it may not have begun yet when that is asked for."""
        if not self._ended:
            self.connection.interrupt()
            self._again = asyncio.get_running_loop().call_later(_ASKED_AGAIN_SECONDS, self.give_up)

    def end(self, _: asyncio.Future[Row | None]) -> None:
        self._ended = True
        if self._again is not None:
            self._again.cancel()


def _first(connection: sqlite3.Connection, text: str, given: list[object]) -> Row | None:
    cursor = connection.execute(text, given)
    try:
        row: Row | None = cursor.fetchone()
        return row
    finally:
        # A statement that is not reset keeps its state of the database.
        cursor.close()


def _fault(cause: Exception) -> UcsError:
    code = getattr(cause, "sqlite_errorname", None)
    # What the driver refuses, such as a value of a type that it does not know, it refuses without a code.
    if code is None:
        return Internal("STORE_FAILED")
    return fault_of(code, unreachable=isinstance(cause, sqlite3.OperationalError))


def _cursor(order: str, key: str, id: str) -> str:
    # For statements that answer with cursors.
    return Cursor(order=Order(order), key=key, id=id).encode()
