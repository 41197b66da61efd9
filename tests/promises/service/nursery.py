"""Raises nodes as processes of their own, quickly: everything is imported once, and each node is a fork of that.

Reads one JSON object a line: `argv` for the launcher, `environment`, and the file `output` for both streams; or `grown`,
the name of a module beside this file whose `main` runs in place of the launcher. Writes `{"born": pid}` for each, in
order, and `{"ended": pid, "code": code}` when one has ended; a code below 0 is a signal's number.
"""

from __future__ import annotations

import importlib
import json
import os
import selectors
import signal
import sys
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

NEEDED = (
    "ucs_core.cli.server",
    "ucs_core.cli.db",
    "ucs_core.cli.doctor",
    "ucs_core.cli.search",
    "ucs_registry.sql.postgresql",
    "psycopg",
    "aiosqlite",
    "alembic.command",
    "rich.console",
    "uvicorn.protocols.http.h11_impl",
)
"""What nodes and the verbs of `ucs` import in any case."""


STOPPING = (signal.SIGTERM, signal.SIGINT)


def raise_node(order: dict) -> int:
    """Fork a node; its process id."""
    # A signal that finds the fork half made would be the nursery's affair and not the node's.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    pid = os.fork()
    if pid:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
        return pid
    code = 70
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setpgid(0, 0)
        sink = os.open(order["output"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(sink, 1)
        os.dup2(sink, 2)
        os.environ.update(order["environment"])
        os.chdir(Path(order["output"]).parent)
        module = importlib.import_module(order.get("grown") or "ucs_sdk.launcher")
        try:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
        except KeyboardInterrupt:
            os._exit(130)
        code = module.main(order["argv"])
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 1
    except KeyboardInterrupt:
        code = 130
    # A fault of the node's own belongs into its output, where the tests look for it.
    except BaseException:  # noqa: BLE001 - see above
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        # Whatever the fork has inherited of the nursery is not the node's to tidy up.
        os._exit(code)


def tell(**facts: int) -> None:
    """Write one line."""
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


def bury(alive: set[int]) -> None:
    """Tell of all that have ended."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        alive.discard(pid)
        tell(ended=pid, code=os.waitstatus_to_exitcode(status))


def main() -> None:
    """Serve orders until standard input ends."""
    for name in NEEDED:
        importlib.import_module(name)
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    selector = selectors.DefaultSelector()
    selector.register(woken, selectors.EVENT_READ)
    selector.register(0, selectors.EVENT_READ)
    orders, alive = b"", set()
    while True:
        for key, _ in selector.select():
            if key.fd == woken:
                os.read(woken, 512)
                bury(alive)
                continue
            sent = os.read(0, 65536)
            if not sent:
                # Whoever ordered them has gone, perhaps against its will.
                for pid in alive:
                    os.kill(pid, signal.SIGKILL)
                return
            *lines, orders = (orders + sent).split(b"\n")
            for line in lines:
                alive.add(pid := raise_node(json.loads(line)))
                tell(born=pid)


if __name__ == "__main__":
    main()
