"""The README's walk-through, run as it stands: every command of its console blocks, every line of output that it shows.

In a ```console block a line that starts with `$ ` is a command and the lines behind it are what it prints, in order;
lines may be left out, and `…` stands for any text. A command that is meant to fail says so: `# exit 5`. Blocks of other
languages are not run.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

STEP_SECONDS = 60
"""How long one command may take."""

_EXIT = re.compile(r"# exit ([0-9]+)$")
_BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A command, the lines that it is shown to print, and the exit code that it is to end with."""

    command: str
    expected: tuple[str, ...]
    exit_code: int = 0


def steps_of(document: str) -> list[Step]:
    """The steps of a document's console blocks, in order."""
    steps = []
    for block in _BLOCK.findall(document):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *expected = part.rstrip("\n").split("\n")
            stated = _EXIT.search(command)
            steps.append(
                Step(
                    command=command,
                    expected=tuple(line.strip() for line in expected if line.strip()),
                    exit_code=int(stated[1]) if stated else 0,
                )
            )
    return steps


def fault(step: Step, exit_code: int, printed: str) -> str | None:
    """What is wrong with how a step went; None when nothing is."""
    if exit_code != step.exit_code:
        return f"expected exit code {step.exit_code}, not {exit_code}"
    missing = first_missing(step.expected, printed)
    return None if missing is None else f"expected: {missing}"


def first_missing(expected: tuple[str, ...], printed: str) -> str | None:
    """The first expected line that does not follow, in order, in what was printed; None when all do."""
    lines = iter(" ".join(line.split()) for line in printed.splitlines())
    for want in expected:
        pattern = re.compile(".*?".join(re.escape(" ".join(part.split())) for part in want.split("…")))
        if not any(pattern.search(line) for line in lines):
            return want
    return None


async def walk(steps: Iterable[Step], folder: Path, environment: Mapping[str, str], tell: Callable[[str], None]) -> int:
    """Run steps in a folder. Returns how many failed; each of these is told with what it printed."""
    failed = 0
    for step in steps:
        # Not by the loop's own means: uvloop forks, and grpc tells of each fork that it does not follow.
        exit_code, printed = await asyncio.to_thread(_run, step.command, folder, environment)
        wrong = fault(step, exit_code, printed)
        tell(f"{'ok  ' if wrong is None else 'FAIL'} $ {step.command}")
        if wrong is not None:
            failed += 1
            tell(f"     {wrong}\n     printed:\n{printed}")
    return failed


def _run(command: str, folder: Path, environment: Mapping[str, str]) -> tuple[int, str]:
    try:
        done = subprocess.run(
            ["/bin/bash", "-c", command],
            cwd=folder,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=STEP_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        return -1, f"{(late.output or b'').decode(errors='replace')}\n(given up after {STEP_SECONDS} s)"
    return done.returncode, done.stdout.decode(errors="replace")
