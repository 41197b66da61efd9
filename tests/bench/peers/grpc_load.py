"""The client for gRPC: one process, closed loop, 16 channels with a connection each, bytes in and bytes out.

`python -m peers.grpc_load` reads what to do from standard input and prints what it counted, as `peers.load` does.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
import time
from itertools import cycle
from typing import Any

import grpc
import uvloop

from peers.load import CONNECTIONS, SECONDS_MOST, Tally, counted

OPTIONS = [
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.enable_http_proxy", 0),
    ("grpc.max_receive_message_length", -1),
]


async def calls(wanted: dict[str, Any]) -> dict[str, Any]:
    """Call a method for so long; what was counted."""
    tally = Tally(cycle(base64.b64decode(request) for request in wanted["requests"]))
    token = wanted.get("token")
    metadata = [("authorization", f"Bearer {token}")] if token else None
    channels = [grpc.aio.insecure_channel(wanted["address"], OPTIONS) for _ in range(CONNECTIONS)]
    loops = [asyncio.create_task(_loop(channel, wanted["method"], metadata, tally)) for channel in channels]
    try:
        return await counted(tally, wanted["warm_up"], min(wanted["seconds"], SECONDS_MOST))
    finally:
        await asyncio.gather(*loops, return_exceptions=True)
        await asyncio.gather(*(channel.close() for channel in channels))


async def _loop(channel: grpc.aio.Channel, method: str, metadata: Any, tally: Tally) -> None:
    call, going = channel.unary_unary(method), True
    while going:
        began = time.perf_counter()
        try:
            answer = await call(next(tally.requests), metadata=metadata, timeout=30)
        except grpc.aio.AioRpcError as cause:
            tally.fail(f"{cause.code()}: {cause.details()}")
            return
        going = tally.take(time.perf_counter() - began, len(answer))


def main() -> int:
    """Do what standard input says."""
    try:
        told = uvloop.run(calls(json.load(sys.stdin)))
    except RuntimeError as cause:
        sys.stderr.write(f"{cause}\n")
        return 1
    json.dump(told, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
