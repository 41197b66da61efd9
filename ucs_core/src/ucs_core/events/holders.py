"""Under which name a node holds leases."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from ulid import ULID


@contextlib.contextmanager
def holder_by(database: Path | None) -> Iterator[str]:
    """A name that no other node has as long as this one lives.

    On an embedded database it is the name of the node that ran last on it, unless that one still runs: whoever was killed goes
    on with its own leases as soon as it is started again, and not when they end. The lock on the file beside the database,
    which the system lets go of with the process, says who runs. Where nothing can be locked the name is a fresh one.
    """
    with contextlib.ExitStack() as held:
        yield _kept(database, held) if database is not None else str(ULID())


def _kept(database: Path, held: contextlib.ExitStack) -> str:
    try:
        file = held.enter_context(database.with_name(f"{database.name}-node").open("a+"))
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        file.seek(0)
        with contextlib.suppress(ValueError):
            return str(ULID.from_str(file.read().strip()))
        name = str(ULID())
        file.truncate(0)
        file.write(name)
        file.flush()
    except OSError:
        # Another node runs here, or the folder keeps nothing.
        return str(ULID())
    return name
