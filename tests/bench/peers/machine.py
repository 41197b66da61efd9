"""The machine under the bench: one core for everybody, processes that surely end, and what they cost."""

from __future__ import annotations

import contextlib
import os
import platform
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import psutil

START_SECONDS, STOP_SECONDS = 120, 15
BUSY = 0.75
"""The load a core from which on others are taken to be at work: before anything is pinned, the bench itself makes one."""


class Unavailable(Exception):
    """Something that the bench needs cannot be had here; the message says what and why."""


def described() -> str:
    """The machine and the day, in a line."""
    memory = psutil.virtual_memory().total / 2**30
    python = ".".join(map(str, sys.version_info[:3]))
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.release()}, "
        f"Python {python}, {time.strftime('%Y-%m-%d')}"
    )


def busy() -> str | None:
    """What is to be said when others use this machine, too."""
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    if load < BUSY * cores:
        return None
    return f"this machine is BUSY with other things (load {load:.1f} on {cores} cores): trust processor time, not rates"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def pin(others: Sequence[int]) -> str:
    """Put this process, all that it starts from now on, and the process trees of others on one core; what was done."""
    try:
        core = max(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {core})
        for process in (member for pid in others for member in _tree(pid)):
            for thread in process.threads():
                with contextlib.suppress(ProcessLookupError):
                    os.sched_setaffinity(thread.id, {core})
    except (AttributeError, OSError, psutil.Error) as cause:
        return f"NOT pinned to one core ({cause!r}): the figures are of all cores together"
    return f"client, servers and databases pinned to core {core}"


def _tree(pid: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def seconds_used(pids: Sequence[int]) -> float:
    """The processor time that process trees have used so far; that of children which ended counts."""
    used = 0.0
    for process in (member for pid in pids for member in _tree(pid)):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            used += times.user + times.system
    return used


def memory_used(pid: int) -> float:
    """The resident memory of a process tree, in MiB."""
    total = 0
    for process in _tree(pid):
        with contextlib.suppress(psutil.NoSuchProcess):
            total += process.memory_info().rss
    return total / 2**20


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextlib.contextmanager
def running(name: str, command: Sequence[str], log: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process for as long as the block runs; what it says goes to a file."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def await_port(name: str, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Wait until a server listens. Raises Unavailable, with the end of what it said, when it does not."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise Unavailable(f"{name} did not start: {last_words(log.read_bytes())}")


def run(name: str, command: Sequence[str], seconds: float, cwd: Path | None = None, **environment: str) -> bytes:
    """Run a command to its end, and give what it printed. Raises Unavailable when it fails or takes too long."""
    try:
        done = subprocess.run(
            command,
            env={**os.environ, **environment},
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as cause:
        raise Unavailable(f"{name}: {cause}") from cause
    if done.returncode:
        raise Unavailable(f"{name} failed with {done.returncode}: {last_words(done.stderr or done.stdout)}")
    return done.stdout


def last_words(said: bytes) -> str:
    """The end of what a program said, in a line."""
    lines = [line.strip() for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
    return " / ".join(lines[-4:])[-600:] or "it said nothing"


def post(port: int, body: bytes, token: str | None = None, seconds: float = 60) -> bytes:
    """One request on a connection of its own; the body of the answer, whatever its status."""
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    asked = urllib.request.Request(f"http://127.0.0.1:{port}/graphql", body, headers)
    try:
        answer: IO[bytes]
        with opener.open(asked, timeout=seconds) as answer:
            return answer.read()
    except urllib.error.HTTPError as cause:
        return cause.read()
