"""A store under a node that dies: from a certain step on, nothing that the node asks of it happens any more."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any


class Killed(Exception):
    """The node is dead."""


class Mortal:
    """A store of one node. `dies_at` counts the steps of its units: each question, each write, and both sides of a commit."""

    def __init__(self, store: Any) -> None:
        self.store = store
        self.steps = 0
        self.dies_at: int | None = None
        self.alive = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    def step(self) -> None:
        """Go one step on, or die."""
        self.steps += 1
        if self.dies_at is not None and self.steps >= self.dies_at:
            self.alive = False
        if not self.alive:
            raise Killed

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Any]:
        if not self.alive:
            raise Killed
        async with self.store.read() as reader:
            yield reader

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Any]:
        if not self.alive:
            raise Killed
        async with self.store.write() as unit:
            yield _Unit(self, unit)


class _Unit:
    """A unit each of whose steps may be the last."""

    def __init__(self, store: Mortal, unit: Any) -> None:
        self._store = store
        self._unit = unit

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._unit, name)
        if not inspect.iscoroutinefunction(found):
            return found

        async def stepped(*args: Any, **named: Any) -> Any:
            self._store.step()
            answer = await found(*args, **named)
            if name == "commit":
                self._store.step()
            return answer

        return stepped
