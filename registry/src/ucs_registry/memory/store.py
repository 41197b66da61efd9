"""The store itself: the state that is published, and units one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ucs_registry.checkpoints import Signer
from ucs_registry.memory.reading import MemoryReader, State
from ucs_registry.memory.writing import MemoryUnit
from ucs_registry.ports import Reader, Unit
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
    """Nor that, for the same reason."""

    def __init__(self, signer: Signer | None = None) -> None:
        self._state: State | None = State()
        self._turn = asyncio.Lock()
        self._wake = Wake()
        self._ledger = None if signer is None else Ledger(signer)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Reader]:
        yield MemoryReader(self._published())

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Unit]:
        async with self._turn:
            unit = MemoryUnit(self._published(), self._publish, self._ledger)
            try:
                yield unit
            finally:
                unit.close()

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
