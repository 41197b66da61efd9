"""How much memory a process holds that was asked the whole battery: `battery_node.py URL ROWS on|off` prints MiB.

It is the store, the platform and the GraphQL door of a node, without its sockets.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from pathlib import Path

from battery_desk import Desk
from bulk_city import City
from query_battery import BATTERY

from ucs_registry.sql import SqlStore, open_store

TIMES = 3


FILLED_SECONDS = 300
"""How long a read model may take to be filled."""


async def opened(url: str, model: str) -> SqlStore:
    """A store with a read model that stands, or without one: `on` or `off`."""
    store = await open_store(url, patience=60, read_model=model != "off")
    if store.read_model is not None:
        async with asyncio.timeout(FILLED_SECONDS):
            await store.read_model.filled()
    return store


async def asked(url: str, rows: int, model: str) -> None:
    """Make all calls that write nothing, a few times, and tell of the memory while everything is still held."""
    store = await opened(url, model)
    desk = Desk(store, City(count=rows))
    for _ in range(TIMES):
        for entry in BATTERY:
            if entry.act is None:
                await entry.run(desk)
    gc.collect()
    sys.stdout.write(f"{resident()}\n")
    await desk.platform.pipeline.drain()
    await store.close()


def resident() -> float:
    """What of this process is in memory now and belongs to it alone, in MiB."""
    shared = Path("/proc/self/statm").read_text().split()
    return (int(shared[1]) - int(shared[2])) * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    asyncio.run(asked(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
