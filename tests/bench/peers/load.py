"""The client: one process, closed loop, keep-alive connections, and nothing that costs more than it must.

`python -m peers.load` reads what to do from standard input, as JSON, and prints what it counted, as JSON. Requests go out
one behind the other in the order given, over and over; an answer that says `errors`, or is none, ends the run with 1.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from itertools import cycle
from typing import Any

import uvloop

CONNECTIONS = 16
SECONDS_MOST = 600
PATIENCE = 20
"""For how many seconds more a window stays open for a slow server."""


class Answers:
    """Cuts the bytes of one connection into answers with bodies."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> bytes | None:
        """The body, when the answer is whole; a closed loop has at most one under way. Raises ValueError when it failed."""
        self._buffer = buffer = self._buffer + data if self._buffer else data
        end = buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = buffer[:end].lower()
        if not head.startswith(b"http/1.1 200"):
            raise ValueError(f"not served: {buffer[:500]!r}")
        at = head.find(b"content-length:")
        if at >= 0:
            length = int(head[at + 15 :].split(b"\r\n", 1)[0])
            body = buffer[end + 4 :] if len(buffer) - end - 4 >= length else None
        else:
            body = _unchunked(buffer[end + 4 :]) if buffer.endswith(b"0\r\n\r\n") else None
        if body is not None:
            self._buffer = b""
        return body


def _unchunked(data: bytes) -> bytes:
    parts = []
    while True:
        size, _, data = data.partition(b"\r\n")
        if not (length := int(size, 16)):
            return b"".join(parts)
        parts.append(data[:length])
        data = data[length + 2 :]


class Loop(asyncio.Protocol):
    """One connection: the next request goes out when an answer is in."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._answers = Answers()
        self._sent = 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        try:
            body = self._answers.feed(data)
        except ValueError as cause:
            self._tally.fail(str(cause))
            return
        if body is None:
            return
        if b'"errors"' in body:
            self._tally.fail(f"an answer with errors: {body[:500]!r}")
        elif self._tally.take(time.perf_counter() - self._sent, len(body)):
            self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        self._tally.fail(f"the server closed a connection: {exc!r}")

    def _send(self) -> None:
        self._sent = time.perf_counter()
        if self._transport is not None:
            self._transport.write(next(self._tally.requests))


class Tally:
    """What all connections have done since the warm-up."""

    def __init__(self, requests: Iterator[bytes]) -> None:
        self.requests = requests
        self.counting = False
        self.bytes = 0
        self.seconds: list[float] = []
        self.over = asyncio.get_running_loop().create_future()

    def take(self, seconds: float, size: int) -> bool:
        """Count an answer; whether to go on."""
        if self.counting:
            self.seconds.append(seconds)
            self.bytes += size
        return not self.over.done()

    def fail(self, what: str) -> None:
        """End the run, unless it is over."""
        if not self.over.done():
            self.over.set_exception(RuntimeError(what))


async def http(host: str, port: int, requests: list[bytes], warm_up: float, seconds: float) -> dict[str, Any]:
    """Ask a server for so long; what was counted."""
    loop, tally = asyncio.get_running_loop(), Tally(cycle(requests))
    for _ in range(CONNECTIONS):
        await loop.create_connection(lambda: Loop(tally), host, port)
    return await counted(tally, warm_up, seconds)


async def counted(tally: Tally, warm_up: float, seconds: float) -> dict[str, Any]:
    """Let the connections run, and say what they did after the warm-up.

    Where less than an answer for each connection came, the window stays open for it, up to a limit.
    """
    await asyncio.wait([tally.over], timeout=warm_up)
    tally.counting, began = True, time.perf_counter()
    await asyncio.wait([tally.over], timeout=seconds)
    until = began + seconds + PATIENCE
    while len(tally.seconds) < CONNECTIONS and time.perf_counter() < until and not tally.over.done():
        await asyncio.wait([tally.over], timeout=0.05)
    took = time.perf_counter() - began
    tally.counting = False
    if tally.over.done():
        tally.over.result()
    tally.over.set_result(None)
    return summary(tally.seconds, took, tally.bytes)


def summary(latencies: list[float], took: float, size: int) -> dict[str, Any]:
    """Rates and latencies; raises when nothing was answered."""
    if not latencies:
        raise RuntimeError(f"nothing was answered within {took:.1f} s")
    ordered = sorted(latencies)
    return {
        "requests": len(ordered),
        "seconds": took,
        "per_second": len(ordered) / took,
        "p50_ms": ordered[len(ordered) // 2] * 1000,
        "p99_ms": ordered[int(len(ordered) * 0.99)] * 1000,
        "bytes": size // len(ordered),
    }


def framed(body: bytes, port: int, token: str | None) -> bytes:
    """A request on the wire."""
    head = f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
    if token is not None:
        head += f"Authorization: Bearer {token}\r\n"
    return f"{head}Accept: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def main() -> int:
    """Do what standard input says."""
    wanted = json.load(sys.stdin)
    port, seconds = wanted["port"], min(wanted["seconds"], SECONDS_MOST)
    requests = [framed(body.encode(), port, wanted.get("token")) for body in wanted["bodies"]]
    try:
        told = uvloop.run(http("127.0.0.1", port, requests, wanted["warm_up"], seconds))
    except (RuntimeError, OSError) as cause:
        sys.stderr.write(f"{cause}\n")
        return 1
    json.dump(told, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
