"""Waiting until a log has moved, without asking the store over and over."""

from __future__ import annotations

import asyncio

BREATH = 0.005
"""How long whoever need not wait waits, in seconds. A store that was put back to an earlier state never gets to where it was
heard of, and those who watch it must not ask it without end.
"""


class Wake:
    """Where those wait who want to hear of the next unit, and the last position that was heard of."""

    def __init__(self) -> None:
        self._heard = 0
        self._bell = asyncio.Event()

    def ring(self, position: int | None = None) -> None:
        """Wake all who wait. Without a position nobody knows how far the log has come."""
        self._heard = max(self._heard, position or 0)
        bell, self._bell = self._bell, asyncio.Event()
        bell.set()

    async def beyond(self, position: int, patience: float) -> None:
        """Wait for the next ring unless more than a position was heard of already, at most so many seconds."""
        if self._heard > position:
            await asyncio.sleep(min(BREATH, patience))
            return
        bell = self._bell
        try:
            async with asyncio.timeout(patience):
                await bell.wait()
        except TimeoutError:
            return
