"""What the SQLite library of this Python can do."""

from __future__ import annotations

import sqlite3
from contextlib import closing

_PROBES = {
    "FTS5": "CREATE VIRTUAL TABLE probe_fts USING fts5(text)",
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
