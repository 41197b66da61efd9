"""A node that exits at once on SIGTERM, with everything that it has begun: the twin of one that drains."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence

from ucs_core.app import running
from ucs_core.cli.configuration import load_settings
from ucs_core.readiness import Phase


def main(argv: Sequence[str]) -> int:
    """Serve at the addresses behind --http and --grpc."""
    return asyncio.run(_serve(*argv[2::2]))


async def _serve(http: str, grpc: str) -> int:
    async with running(load_settings(http=http, grpc=grpc)) as node:
        node.readiness.enter(Phase.SERVING)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, os._exit, 0)
        await asyncio.Event().wait()
    return 0
