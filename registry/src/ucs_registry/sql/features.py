"""What the SQLite library of this Python can do, and of which version a database server is."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from ucs_registry.sql.faults import translated
from ucs_registry.sql.urls import dialect_of

POSTGRESQL_LEAST = (15,)
"""The oldest server that the store is tested with."""

_PROBES = {
    "FTS5": "CREATE VIRTUAL TABLE probe_fts USING fts5(text)",
    "R*Tree": "CREATE VIRTUAL TABLE probe_areas USING rtree(id, west, east, south, north)",
    "JSON": "SELECT value FROM json_each('[1]')",
    "UPSERT": "INSERT INTO probe VALUES (1) ON CONFLICT (id) DO UPDATE SET id = excluded.id RETURNING id",
}
"""What the store leans on, each with a statement that only a library which has it understands."""


def sqlite_version() -> str:
    """The version of the library, not of Python's module."""
    return sqlite3.sqlite_version


def missing_sqlite_features() -> list[str]:
    """What the store needs and this library lacks."""
    missing = []
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE probe (id INTEGER PRIMARY KEY)")
        for name, statement in _PROBES.items():
            try:
                connection.execute(statement).fetchall()
            except sqlite3.OperationalError:
                missing.append(name)
    return missing


def server_version(url: str) -> tuple[int, ...] | None:
    """The version of the server of a database; None where there is none. Raises Unavailable when it does not answer."""
    engine = dialect_of(url).migration_engine()
    try:
        with translated(), engine.connect() as connection:
            known = connection.dialect.server_version_info if connection.dialect.name == "postgresql" else None
    finally:
        engine.dispose()
    return None if known is None else tuple(part for part in known if isinstance(part, int))
