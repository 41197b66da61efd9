"""SQLite's driver, with one way to its thread and back for each statement.

The driver keeps a thread for each connection, and each way there and back costs more than most statements do. Asked step by
step a statement goes four times: for a cursor, to run, for its rows, to be closed. Here all of it is done in one go, and the
beginning of a transaction goes with the first statement in it.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Self

import aiosqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from ucs_registry.settling import settled

ITERATED = 64
"""How many rows the driver would bring at a time to who iterates over a cursor, which nobody does here."""

READING, WRITING = "BEGIN", "BEGIN IMMEDIATE"
"""How transactions begin that only read, and those that hold the writers' turn."""

Described = tuple[tuple[Any, ...], ...]


class OneHop(aiosqlite.Connection):
    """A connection whose statements are run, read to the end and closed in one go."""

    def __init__(self, connector: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connector, ITERATED)
        # As the database's own thread: a process that ends does not wait for it.
        self._thread.daemon = True
        self._beginning: str | None = None
        self._reads = False
        self._flying = 0

    @classmethod
    def to(cls, *where: Any, **how: Any) -> Self:  # noqa: ANN401 -- whatever the driver takes
        """A connection that opens a database when it is awaited."""
        return cls(partial(sqlite3.connect, *where, **how))

    def begin(self, statement: str) -> None:
        """Begin a transaction, together with what comes first in it. What goes wrong with that is raised there."""
        self._beginning = statement
        self._reads = statement == READING

    # As the adapter asks for it: made without going anywhere.
    def cursor(self) -> Whole:  # type: ignore[override]
        """What runs statements."""
        return Whole(self)

    async def commit(self) -> None:
        """Commit; where nothing was begun there is nothing to do."""
        if self._in_transaction():
            await super().commit()

    async def rollback(self) -> None:
        """Undo; where nothing was begun there is nothing to do."""
        if not self._in_transaction():
            return
        if self._reads and not self._flying:
            # What has only read has nothing to undo: that is quicker than any way there and back.
            self._conn.rollback()
        else:
            await super().rollback()

    async def _execute(self, fn: Callable[..., Any], *args: Any, **named: Any) -> Any:  # noqa: ANN401 -- whatever `fn` gives
        beginning, self._beginning = self._beginning, None
        if beginning is not None:
            fn = partial(_begun, self._conn, beginning, fn)
        if not self._running or self._connection is None:
            raise ValueError("Connection closed")
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._flying += 1
        done.add_done_callback(self._landed)
        self._tx.put_nowait((done, partial(fn, *args, **named)))
        return await self._done(done)

    def at_once(self, statement: str, values: Sequence[Any]) -> Sequence[Any] | None:
        """The rows of a quick statement, read on the spot; None where that is not to be done.

        Within a transaction a statement that reads waits for nobody; beginning one may. And what the thread is at comes first.
        """
        if self._flying or self._beginning is not None or not self._in_transaction():
            return None
        return _whole(sqlite3.Connection.execute, self._conn, statement, values)[1]

    def _landed(self, _: asyncio.Future[Any]) -> None:
        self._flying -= 1

    async def _done(self, done: asyncio.Future[Any]) -> Any:  # noqa: ANN401 -- as above
        # Nobody leaves before the thread is done. It goes on with what nobody awaits any more, and a connection that is closed
        # meanwhile keeps its locks until the garbage collector comes round.
        return await settled(done)

    def _in_transaction(self) -> bool:
        # One that was to begin with a statement that never came has never begun.
        self._beginning = None
        return self._connection is not None and self._connection.in_transaction


async def run_each(connection: AsyncConnection, statement: str, rows: Iterable[Sequence[object]]) -> None:
    """Run a statement for each row, in the connection's transaction. What goes wrong is raised as SQLAlchemy has it."""
    sync = connection.sync_connection
    driver = None if sync is None else sync.connection.driver_connection
    if sync is None or not isinstance(driver, OneHop):
        raise TypeError(f"{driver!r} is no connection that statements are run by past the engine")
    if not sync.in_transaction():
        sync.begin()
    try:
        await driver.executemany(statement, rows)
    except sqlite3.Error as cause:
        raise DBAPIError.instance(statement, None, cause, sqlite3.Error) from cause


class Whole:
    """A cursor that holds all that its statement has answered."""

    def __init__(self, connection: OneHop) -> None:
        self._connection = connection
        self._rows: Sequence[Any] = ()
        self.description: Described | None = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, statement: str, values: Sequence[Any] = ()) -> Self:
        """Run a statement, and bring its rows along."""
        return await self._ran(sqlite3.Connection.execute, statement, values)

    async def executemany(self, statement: str, values: Iterable[Sequence[Any]]) -> Self:
        """Run a statement for each set of values."""
        return await self._ran(sqlite3.Connection.executemany, statement, values)

    async def fetchall(self) -> Sequence[Any]:
        """The rows, which are here."""
        found, self._rows = self._rows, ()
        return found

    async def close(self) -> None:
        """Nothing: it was closed when it had run."""

    async def _ran(self, run: Callable[..., sqlite3.Cursor], statement: str, values: Iterable[Any]) -> Self:
        connection = self._connection
        told = await connection._execute(_whole, run, connection._conn, statement, values)
        self.description, self._rows, self.rowcount, self.lastrowid = told
        return self


def _begun(connection: sqlite3.Connection, beginning: str, fn: Callable[..., Any], *args: Any, **named: Any) -> Any:  # noqa: ANN401 -- whatever `fn` gives
    connection.execute(beginning).close()
    return fn(*args, **named)


def _whole(
    run: Callable[..., sqlite3.Cursor], connection: sqlite3.Connection, statement: str, values: Iterable[Any]
) -> tuple[Described | None, Sequence[Any], int, int | None]:
    cursor = run(connection, statement, values)
    try:
        rows = cursor.fetchall() if cursor.description else ()
        return cursor.description, rows, cursor.rowcount, cursor.lastrowid
    finally:
        # A statement that is not reset keeps its state of the database.
        cursor.close()
