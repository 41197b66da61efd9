"""The store itself: the state that is published, and units one at a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from ucs_registry.checkpoints import Signer
from ucs_registry.memory.reading import MemoryReader, State
from ucs_registry.memory.writing import MemoryUnit
from ucs_registry.ports import Head, Reader, Unit
from ucs_registry.signing import Ledger
from ucs_registry.waking import Wake
from ucs_sdk.errors import Unavailable


class InMemoryStore:
    """Keeps the catalogue for as long as the process lives."""

    direct: None = None
    """There is no database that could answer by itself."""
    shaped: None = None
    """Nor are there statements that could: whatever is asked is read by readers."""
    elements: None = None
    records: None = None
    """Nor that, for the same reason."""

    def __init__(self, signer: Signer | None = None, *, seconds: Callable[[], float] = time.time) -> None:
        # What leases end by, as they do by the clock of a database.
        self._seconds = seconds
        self._state: State | None = State()
        self._turn = asyncio.Lock()
        self._wake = Wake()
        self._ledger = None if signer is None else Ledger(signer)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Reader]:
        yield MemoryReader(self._published(), self._seconds)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Unit]:
        async with self._turn:
            unit = MemoryUnit(self._published(), self._publish, self._ledger, self._seconds)
            try:
                yield unit
            finally:
                unit.close()

    async def head(self) -> Head:
        return MemoryReader(self._published(), self._seconds).head

    async def moved(self, position: int, patience: float) -> None:
        await self._wake.beyond(position, patience)

    async def ping(self) -> None:
        self._published()

    async def close(self) -> None:
        self._state = None
        self._wake.ring()

    def _published(self) -> State:
        if self._state is None:
            raise Unavailable("STORE_UNAVAILABLE")
        return self._state

    def _publish(self, state: State) -> None:
        self._state = state
        self._wake.ring(state.head.position)
