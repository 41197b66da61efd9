"""Stores whose answers to shapes are not what they should be; each twin alters one thing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ucs_registry.shapes import Eyes, Shape, Shown
from ucs_registry.visibility import Visibility


class Through:
    """A store that answers shapes in another way."""

    def __init__(self, store: Any, shaped: Any) -> None:
        self._store = store
        self.shaped = shaped

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class Lying:
    """Answers shapes as another does, save for one lie."""

    def __init__(self, shaped: Any) -> None:
        self._shaped = shaped

    def eyes(self, discover: Visibility, read: Visibility | None, work: Sequence[Visibility]) -> Eyes:
        """As it is."""
        return self._shaped.eyes(discover, read, work)

    async def ask(self, shape: Shape, eyes: Eyes, at: datetime, asked: Sequence[object]) -> Shown | None:
        """As it is."""
        return await self._shaped.ask(shape, eyes, at, asked)
