"""Hearing of other processes' units by PostgreSQL's notifications.

A notification may be missed: while the connection is being made anew nobody listens. So whoever waits for one waits with
patience and looks for itself afterwards; the listener only makes that wait short.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import psycopg
from sqlalchemy import URL

from ucs_registry.settling import ended, settled
from ucs_registry.waking import Wake

CHANNEL = "ucs_log"

QUIET_SECONDS = 15.0
"""After so long without a notification the connection is tried."""

PAUSES = (0.05, 0.2, 1.0, 5.0)
"""How long to wait before connecting again, in seconds: at first hardly, then longer."""


class PostgresListener:
    """One connection that listens, made anew whenever it breaks."""

    def __init__(self, url: URL, wake: Wake) -> None:
        arguments: dict[str, Any] = dict(url.get_dialect()().create_connect_args(url)[1])
        # The URL may state some of them, too; what is ours comes last, as it does for the engines.
        self._arguments = arguments | {"autocommit": True, "connect_timeout": 5, "application_name": "ucs listener"}
        self._wake = wake
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            await ended(task)
            if not task.cancelled():
                task.result()

    async def _run(self) -> None:
        failures = 0
        while True:
            # What went wrong is of no interest to anybody here: those who wait look for themselves, and meet the same.
            with suppress(psycopg.Error, OSError, TimeoutError):
                connection = await self._connected()
                try:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    # Units may have ended before anybody listened.
                    self._wake.ring()
                    failures = 0
                    await self._listen(connection)
                finally:
                    # At once: whoever is told again to end while it takes its leave of the server leaves none behind either.
                    connection.pgconn.finish()
            await asyncio.sleep(PAUSES[min(failures, len(PAUSES) - 1)])
            failures += 1

    async def _connected(self) -> psycopg.AsyncConnection:
        connecting = asyncio.ensure_future(psycopg.AsyncConnection.connect(**self._arguments))
        try:
            return await settled(connecting)
        except asyncio.CancelledError:
            # Whoever stops listening while the connection is being made leaves none behind.
            if connecting.done() and not connecting.cancelled() and connecting.exception() is None:
                await connecting.result().close()
            raise

    async def _listen(self, connection: psycopg.AsyncConnection) -> None:
        while True:
            async for notification in connection.notifies(timeout=QUIET_SECONDS):
                position = notification.payload
                self._wake.ring(int(position) if position.isdecimal() else None)
            await connection.execute("SELECT 1")
