"""What the guards' tests share: the real workspace, and small trees of files that break its rules."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from guards.arrows import modules

ROOMS = ("sdk", "registry", "ucs_core")
WORKSPACE = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def workspace() -> Path:
    """The root of the workspace."""
    return WORKSPACE


@pytest.fixture(scope="session")
def sources() -> Mapping[str, Path]:
    """Every module of the rooms, by name."""
    return {name: path for room in ROOMS for name, path in modules(WORKSPACE / room / "src").items()}


@pytest.fixture
def tree(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes files, given by relative path, below a fresh folder and returns the folder."""

    def write(texts: Mapping[str, str]) -> Path:
        for name, text in texts.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        return tmp_path

    return write


@pytest.fixture(scope="session")
def run() -> Callable[..., subprocess.CompletedProcess[str]]:
    """A function that runs this Python, or with `tool` a program beside it, and returns its exit code and output."""

    def run(
        *arguments: str | Path, tool: str = "", path: str | Path = "", cwd: Path = WORKSPACE
    ) -> subprocess.CompletedProcess[str]:
        program = str(Path(sys.executable).parent / tool) if tool else sys.executable
        places = [str(path), str(WORKSPACE / "scripts")] if path else [str(WORKSPACE / "scripts")]
        return subprocess.run(
            [program, *map(str, arguments)],
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(places)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    return run
