"""Windows of load, in turns: every server is asked every question once in each round."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from figures.answers import difference
from figures.draws import drawn
from peers.machine import last_words, post, seconds_used
from peers.questions import NAMES
from peers.servers import Server

COMPARED = 25
"""How many answers of each question are compared before anything is measured."""

WARM_UP = 0.5


@dataclass(kw_only=True)
class Task:
    """One server under one question."""

    server: Server
    question: str
    module: str
    wanted: dict[str, Any]
    rates: list[float] = field(default_factory=list)
    windows: list[dict[str, Any]] = field(default_factory=list)
    failed: str | None = None

    @property
    def rate(self) -> float | None:
        """Requests a second: the median of the windows, or None where one of them failed."""
        return median(self.rates) if self.rates and self.failed is None else None

    @property
    def cpu(self) -> float | None:
        """Processor time of the server and its database, in microseconds a request: the median of the windows."""
        return median(window["server_cpu_us"] for window in self.windows) if self.windows else None

    def details(self) -> dict[str, Any]:
        """What is kept beside the rows."""
        told = {
            name: round(median(window[name] for window in self.windows), 3)
            for name in ("per_second", "p50_ms", "p99_ms", "bytes", "server_cpu_us")
            if self.windows
        }
        return {
            "server": self.server.name,
            "question": self.question,
            **told,
            "windows": [round(rate, 1) for rate in self.rates],
            "failed": self.failed,
        }


def over_http(server: Server, question: str, variables: Sequence[Any]) -> Task:
    """A task for the GraphQL door of a server."""
    assert server.dialect is not None
    bodies = [server.dialect.body(question, each).decode() for each in variables]
    wanted = {"port": server.port, "token": server.token, "bodies": bodies}
    return Task(server=server, question=question, module="load", wanted=wanted)


def over_grpc(server: Server, question: str, method: str, requests: Sequence[bytes]) -> Task:
    """A task for a method of gRPC."""
    encoded = [base64.b64encode(request).decode() for request in requests]
    wanted = {"address": server.grpc, "token": server.token, "method": method, "requests": encoded}
    return Task(server=server, question=question, module="grpc_load", wanted=wanted)


def compare(ours: Server, theirs: Server, draws: dict[str, list[Any]], seed: int) -> dict[str, str]:
    """The questions to which a server answers something else than ours, and where the answers first differ."""
    assert ours.dialect is not None
    assert theirs.dialect is not None
    found: dict[str, str] = {}
    for question in NAMES:
        for variables in drawn(seed, f"compared {question}", draws[question], COMPARED):
            one, other = (
                server.dialect.answer(post(server.port, server.dialect.body(question, variables), server.token))
                for server in (ours, theirs)
            )
            if "errors" in one:
                found[question] = f"ours does not answer {variables!r}: {one['errors']!r}"[:600]
                break
            if differs := difference(one, other):
                found[question] = f"{variables!r}: {differs}"[:600]
                break
    return found


def measure(
    tasks: Sequence[Task],
    *,
    rounds: int,
    seconds: float,
    until: float,
    tell: Callable[[str], None],
) -> int:
    """Run the windows in turns; how many rounds were ended. Behind the first none is begun that would end after `until`."""
    longest = 0.0
    for number in range(rounds):
        began = time.monotonic()
        if number and began + longest > until:
            tell(f"stopped after {number} of {rounds} rounds: the time is over")
            return number
        for task in tasks:
            if task.failed is None:
                _window(task, seconds)
        longest = max(longest, time.monotonic() - began)
        tell(f"round {number + 1} of {rounds}")
    return rounds


def _window(task: Task, seconds: float) -> None:
    wanted = json.dumps({**task.wanted, "warm_up": WARM_UP, "seconds": seconds})
    used = seconds_used(task.server.pids)
    try:
        done = subprocess.run(
            [sys.executable, "-m", f"peers.{task.module}"],
            input=wanted.encode(),
            capture_output=True,
            timeout=WARM_UP + seconds + 60,
            check=False,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
    except subprocess.TimeoutExpired:
        task.failed = "the client did not end"
        return
    if done.returncode:
        task.failed = last_words(done.stderr)
        return
    told = json.loads(done.stdout)
    # The warm-up's requests are in the processor time too, and as many a second.
    asked = told["per_second"] * (WARM_UP + told["seconds"])
    told["server_cpu_us"] = (seconds_used(task.server.pids) - used) / asked * 1e6
    task.rates.append(told["per_second"])
    task.windows.append(told)
