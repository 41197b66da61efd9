"""A node that tells, on a socket of its own, what it has cost: one JSON object for each line that arrives there.

`cpu` is the process's CPU time in seconds, all threads together; `resident` is what it holds in memory, in bytes, and
`peak` the most that it held since the last line.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import re
import time
from collections.abc import Sequence
from pathlib import Path

from ucs_core.app import running
from ucs_core.cli.configuration import load_settings
from ucs_core.logs import configure_logs
from ucs_core.readiness import Phase


def figures() -> dict[str, float]:
    """What the process has cost so far."""
    cpu = time.process_time()
    status = Path("/proc/self/status").read_text("ascii")
    peak, resident = (int(re.search(rf"{name}:\s+(\d+)", status)[1]) * 1024 for name in ("VmHWM", "VmRSS"))
    Path("/proc/self/clear_refs").write_text("5", "ascii")
    return {"cpu": cpu, "resident": resident, "peak": peak}


async def tell(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer whoever wants to know."""
    while await reader.readline():
        writer.write(json.dumps(figures()).encode() + b"\n")
        await writer.drain()
    writer.close()


def main(argv: Sequence[str]) -> int:
    """Serve at the addresses behind --http and --grpc."""
    configure_logs()
    return asyncio.run(_serve(*argv[2::2]))


async def _serve(http: str, grpc: str) -> int:
    async with running(load_settings(http=http, grpc=grpc)) as node:
        # A collection of what was made at the start would be counted as some request's cost.
        gc.freeze()
        async with await asyncio.start_unix_server(tell, os.environ["MEASURED_AT"]):
            node.readiness.enter(Phase.SERVING)
            await asyncio.Event().wait()
    return 0
