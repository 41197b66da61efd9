"""Fills an empty database of ours with a demo city of any size: `python -m peers.seeding COUNT TOKENS`, and ends.

The database and the keys are those of the settings, as for `ucs serve`. Everything enters as the demo's does, through the
import stream.
"""

from __future__ import annotations

import sys
from pathlib import Path

import uvloop

from ucs_core.app import Node, running
from ucs_core.demo import seed as demo
from ucs_core.settings import Settings
from ucs_registry.sql import upgrade

SIZE, CHANNELS = "bench", 1_000


async def fill(settings: Settings, count: int, tokens: Path) -> None:
    """Enter the city, and write a token for each of its people."""
    demo.SIZES[SIZE], demo.CHANNELS[SIZE] = count, CHANNELS
    async with running(settings) as node:
        await demo.seed(node, SIZE, _told)
        demo.write_tokens(node, tokens)
        _check(node)


def _told(what: str, done: int, total: int) -> None:
    if done == total:
        sys.stderr.write(f"{total:,} {what} entered\n")


def _check(node: Node) -> None:
    if node.platform.pipeline.distrusts_log:
        raise RuntimeError("the log was damaged while the city was entered")


if __name__ == "__main__":
    settings = Settings()
    upgrade(settings.database_url)
    uvloop.run(fill(settings, int(sys.argv[1]), Path(sys.argv[2])))
