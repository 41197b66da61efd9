"""The processor's time of this process and of a database server beside it, in seconds."""

from __future__ import annotations

import os
import time
from pathlib import Path

import psycopg

_TICK = os.sysconf("SC_CLK_TCK")


class Spent:
    """Adds up what was spent. Of what has ended in between, as PostgreSQL's parallel workers do, by hundredths of a second."""

    def __init__(self, url: str) -> None:
        self._server = None if url.startswith("sqlite") else _postmaster(url)

    def __call__(self) -> float:
        """Seconds since some moment."""
        own = time.process_time()
        return own if self._server is None else own + _of_server(self._server)


def _postmaster(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT pg_backend_pid()").fetchone()
        assert row is not None
        return _parent(int(row[0]))


def _of_server(postmaster: int) -> float:
    # Of the children that have ended, the kernel tells by ticks; of those that run, by nanoseconds.
    fields = _stat(postmaster)
    ended = sum(map(int, fields[13:15])) / _TICK
    return ended + sum(map(_of_process, (postmaster, *_children(postmaster)))) / 1e9


def _of_process(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/schedstat").read_text().split()[0])
    except FileNotFoundError:
        return 0


def _children(process: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def _parent(process: int) -> int:
    return int(_stat(process)[1])


def _stat(process: int) -> list[str]:
    """What follows the name of a process: state, parent, and so on."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
