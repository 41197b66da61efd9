"""What a node does from time to time: it forgets what has served its time, and empties the bin of what is due."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog

from ucs_core.platform.calls import Clock
from ucs_core.platform.purging import Purging
from ucs_registry.ports import Store
from ucs_registry.settling import beside
from ucs_sdk.errors import Unavailable

ROUND_SECONDS = 3600.0
"""How often it is done."""

log = structlog.get_logger()


class Upkeep:
    """Forgets the answers to requests that were made longer ago than they are kept, and purges what is due. Each node may."""

    def __init__(self, store: Store, clock: Clock, *, requests_kept: timedelta, origin: str) -> None:
        self._store = store
        self._clock = clock
        self._requests_kept = requests_kept
        self._purging = Purging(store, clock, origin)

    async def once(self) -> int:
        """Forget the answers, and the events with which everybody is done, that are due; how many answers that were."""
        async with self._store.write() as unit:
            before = self._clock() - self._requests_kept
            forgotten = await unit.forget_requests(before)
            # Events as long as answers: whoever repeats what made them is given the answer, and makes none again.
            if await unit.forget_events(before) or forgotten:
                await unit.commit()
        return forgotten

    async def purge(self) -> int:
        """Remove for ever what has been in the bin for long enough; how many resources that were."""
        return await self._purging.once()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Do it in the background until the end of the block."""
        async with beside(self._run()):
            yield

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(ROUND_SECONDS)
            try:
                forgotten, purged = await self.once(), await self.purge()
            except Unavailable:
                log.warning("upkeep_without_store")
            except Exception:
                # It must outlive a fault of its own, and say that it had one.
                log.exception("upkeep_failed")
            else:
                log.info("upkeep_done", requests_forgotten=forgotten, resources_purged=purged)
