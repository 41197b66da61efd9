"""What broken stores are made from: the store in memory, with another reader or unit put into it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from ucs_registry.memory import InMemoryStore, MemoryReader, MemoryUnit


class Twin(InMemoryStore):
    """A store in memory with another reader or unit."""

    reader: type[MemoryReader] = MemoryReader
    unit: type[MemoryUnit] = MemoryUnit

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Any]:
        yield self.reader(self._published())

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Any]:
        async with self._turn:
            unit = self.unit(self._published(), self._publish)
            try:
                yield unit
            finally:
                unit.close()
