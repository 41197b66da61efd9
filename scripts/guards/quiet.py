"""Imports every module of a room and says what that set in motion: importing may define things and must not do things.

`python -P -B -m guards.quiet FOLDER` wants a fresh interpreter. Programs are left out, whose import is their run: `__main__`,
and the `env` of migrations.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from guards.arrows import modules

EVENTS = {
    "socket.bind": "binds a socket",
    "socket.connect": "connects a socket",
    "socket.getaddrinfo": "asks for an address",
    "sqlite3.connect": "opens a database",
    "subprocess.Popen": "starts a process",
    "os.system": "starts a process",
    "os.fork": "forks",
    "os.posix_spawn": "starts a process",
    "os.putenv": "changes the environment",
}

GLOBALS = {
    ("sqlalchemy", "Engine"),
    ("sqlalchemy", "AsyncEngine"),
    ("pluggy", "PluginManager"),
    ("pydantic_settings", "BaseSettings"),
    ("casbin", "CoreEnforcer"),
    ("starlette", "Starlette"),
    ("jwt", "PyJWKClient"),
}
"""Classes, by library and name, of which no module may hold an instance."""

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def findings(root: Path) -> Iterator[str]:
    """What importing the modules below a source folder does, as lines for people."""
    for name in (name for name in modules(root) if not name.endswith((".__main__", ".migrations.env"))):
        heard: list[str] = []
        _listeners[:] = [heard]
        before = set(threading.enumerate())
        module = importlib.import_module(name)
        heard += [f"starts the thread {thread.name}" for thread in set(threading.enumerate()) - before]
        for attribute, value in vars(module).items():
            kinds = {(cls.__module__.split(".")[0], cls.__name__) for cls in type(value).__mro__}
            heard += [f"holds {attribute}, a {kind}, at module level" for _, kind in kinds & GLOBALS]
        yield from (f"{name}: {what}" for what in heard)
    if any(isinstance(thing, asyncio.AbstractEventLoop) for thing in gc.get_objects()):
        yield f"{root}: an event loop was made"


_listeners: list[list[str]] = []


def _listen(event: str, arguments: tuple[object, ...]) -> None:
    for heard in _listeners:
        if event in EVENTS:
            heard.append(EVENTS[event])
        elif event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITES:
            heard.append(f"opens {arguments[0]} for writing")


def main() -> int:
    """Return 1 when anything was set in motion."""
    sys.addaudithook(_listen)
    root = Path(sys.argv[1]).resolve()
    sys.path.insert(0, str(root))
    found = list(findings(root))
    print("\n".join(found) or "Quiet.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
