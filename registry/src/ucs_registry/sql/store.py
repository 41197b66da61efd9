"""The SQL store: readers from a pool, units one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ucs_registry.checkpoints import Signer
from ucs_registry.elements import ElementReads
from ucs_registry.ports import Head, Reader, Unit
from ucs_registry.ports.documents import RecordReads
from ucs_registry.read_model import Model
from ucs_registry.read_model.answers import ReadModelShaped
from ucs_registry.settling import acquired, settled
from ucs_registry.shapes import Shaped
from ucs_registry.signing import Ledger
from ucs_registry.sql import migrations, tables
from ucs_registry.sql.cells import CellBook
from ucs_registry.sql.dialects import Dialect
from ucs_registry.sql.direct import Direct
from ucs_registry.sql.elements import ModelElements, SqlElements
from ucs_registry.sql.faults import RETRY_SECONDS, translated
from ucs_registry.sql.projecting import SqlProjecting
from ucs_registry.sql.reader import HEAD, SqlReader, head_in, read_head
from ucs_registry.sql.ready import Ready
from ucs_registry.sql.record_glances import SqlRecords
from ucs_registry.sql.record_keeping import Moves
from ucs_registry.sql.shaping.answers import SqlShaped
from ucs_registry.sql.shaping.kept import SqlFilling
from ucs_registry.sql.unit import SqlUnit
from ucs_registry.sql.urls import PATIENCE, dialect_of
from ucs_registry.waking import Wake
from ucs_sdk.errors import FailedPrecondition, Unavailable

_STANDING = Ready(select(tables.head))
"""The whole row of the head, as a unit finds it."""


class SqlStore:
    """Keeps the catalogue in SQLite or PostgreSQL. Made by `open_store`."""

    def __init__(self, dialect: Dialect, signer: Signer | None = None, *, read_model: bool = False) -> None:
        self._dialect = dialect
        self._ledger = None if signer is None else Ledger(signer)
        self._cells = CellBook()
        self._wake = Wake()
        self._listener = dialect.listener(self._wake)
        self._reading = dialect.reading_engine()
        self._writing = dialect.writing_engine()
        self.direct: Direct = dialect.direct()
        self.shaped: Shaped = SqlShaped(dialect, self.direct)
        self.moves: type[Moves] = Moves
        self.records: RecordReads = SqlRecords(dialect, self.direct)
        self.read_model = Model(SqlProjecting(dialect, self.direct)) if read_model else None
        if self.read_model is not None:
            self.shaped = ReadModelShaped(self.shaped, self.read_model, SqlFilling(dialect, self.direct))
        elements = SqlElements(dialect, self.direct)
        self.elements: ElementReads = (
            elements if self.read_model is None else ModelElements(elements, self.read_model, dialect, self.direct)
        )
        self._turn = asyncio.Lock()
        self._seats = asyncio.Semaphore(dialect.readers)
        self._probing = asyncio.Lock()
        self._open = True

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Reader]:
        async with self._admitted(self._seats), self._connected(self._reading) as connection:
            with translated():
                head = await self._dialect.finish(read_head(connection))
            yield SqlReader(connection, self._dialect, head)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Unit]:
        async with self._admitted(self._turn), self._connected(self._writing) as connection:
            with translated():
                if self._dialect.turn is not None:
                    await self._dialect.finish(connection.execute(self._dialect.turn))
                [standing] = await _STANDING.rows(connection)
            unit = SqlUnit(connection, self._dialect, standing, self._ledger, self._cells)
            unit.moves = self.moves
            try:
                yield unit
            finally:
                unit.close()
                # Whether it was committed or not: whoever waits may be woken early.
                self._wake.ring(unit.reached)

    async def head(self) -> Head:
        return head_in(await self.direct.row(HEAD, {}))

    async def moved(self, position: int, patience: float) -> None:
        if self._listener is not None and self._open:
            self._listener.start()
        await self._wake.beyond(position, patience)

    async def ping(self) -> None:
        # Not in the readers' line: a store that is busy is there all the same.
        async with self._admitted(self._probing), self._connected(self._reading) as connection:
            with translated():
                await self._dialect.finish(read_head(connection))

    async def close(self) -> None:
        self._open = False
        # A store that is half closed keeps connections that nobody can close any more.
        await settled(self._close())

    async def _close(self) -> None:
        if self._listener is not None:
            await self._listener.stop()
        self._wake.ring()
        if self.read_model is not None:
            await self.read_model.close()
        await self.direct.close()
        await self._reading.dispose()
        await self._writing.dispose()

    async def check_revision(self) -> None:
        """Raise FailedPrecondition with STORE_OUTDATED unless the tables are those that this code needs, or newer."""
        found = None
        if self._dialect.exists():
            async with self._connected(self._reading) as connection:
                with translated():
                    found = await self._dialect.finish(connection.run_sync(migrations.revision_of))
        needed = migrations.latest()
        if found != needed and (found is None or found in migrations.known()):
            raise FailedPrecondition("STORE_OUTDATED", found=found or "–", needed=needed)

    @asynccontextmanager
    async def _connected(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        if not self._open:
            raise Unavailable("STORE_UNAVAILABLE")
        connection = engine.connect()
        try:
            with translated():
                # A connection that is given up while it is being made stays open until the collector comes round.
                await settled(connection.start())
            yield connection
        finally:
            # Closing rolls back what was not committed. The next unit waits for it.
            if connection.sync_connection is not None:
                await settled(self._left(connection))

    async def _left(self, connection: AsyncConnection) -> None:
        if not self._open:
            # The pool that it came from is gone by now, or goes without waiting for it: nobody else would close it.
            await connection.invalidate()
        await connection.close()

    @asynccontextmanager
    async def _admitted(self, line: asyncio.Lock | asyncio.Semaphore) -> AsyncIterator[None]:
        """A place in a line. Who waits for it holds nothing yet, and may leave at any time."""
        try:
            await acquired(line, self._dialect.patience)
        except TimeoutError as cause:
            raise Unavailable("STORE_BUSY", retry_after=RETRY_SECONDS) from cause
        try:
            yield
        finally:
            line.release()


async def open_store(
    url: str, *, patience: float = PATIENCE, signer: Signer | None = None, read_model: bool = False
) -> SqlStore:
    """Open the store of a URL, `sqlite:///path` or `postgresql://…`, whose tables `upgrade` has made.

    With a signer every commit signs the log. With a read model shapes are answered from memory where they can be; it follows
    the log, and so every change must have its entry there. Whoever waits for the database longer than `patience`, in seconds,
    gets Unavailable with STORE_BUSY. Raises Invalid for another URL, Unavailable when the database does not answer, and
    FailedPrecondition when its tables are older than this code.
    """
    store = SqlStore(dialect_of(url, patience), signer, read_model=read_model)
    try:
        await store.check_revision()
    except BaseException:
        await store.close()
        raise
    return store
