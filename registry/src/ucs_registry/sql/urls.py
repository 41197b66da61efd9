"""Which database a URL means."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from ucs_registry.sql.dialects import Dialect
from ucs_registry.sql.postgresql import PostgresDialect
from ucs_registry.sql.sqlite import SqliteDialect
from ucs_sdk.errors import Invalid
from ucs_sdk.messages import Phrase

PATIENCE = 20.0
"""How long a caller waits for a connection, or for the units before it, in seconds."""


def shown_url(url: str) -> str:
    """A URL as people may see it: its password hidden, and its query, which may hold another, dropped.

    Raises Invalid for what is no URL, without repeating it.
    """
    parsed = _parsed(url)
    # What stands before an @ in the host is the end of a password that held one itself.
    host = (parsed.host or "").rpartition("@")[2] or None
    return parsed.set(host=host).set(query={}).render_as_string(hide_password=True)


def dialect_of(url: str, patience: float = PATIENCE) -> Dialect:
    """The dialect of a URL: `sqlite:///path` or `postgresql://…`. Raises Invalid for any other."""
    parsed = _parsed(url)
    match parsed.get_backend_name():
        case "sqlite" if parsed.database and parsed.database != ":memory:":
            return SqliteDialect(parsed, patience)
        case "postgresql" | "postgres":
            return PostgresDialect(parsed, patience)
        case "sqlite":
            raise Invalid("STORE_URL_INVALID", problem=Phrase("url-without-file"))
        case other:
            raise Invalid("STORE_URL_INVALID", problem=Phrase("url-of-unknown-database", database=other))


def file_of(url: str) -> Path | None:
    """The file of a SQLite database; None for that of a server. Raises Invalid for what is no URL of a database."""
    parsed = _parsed(url)
    return Path(parsed.database) if parsed.get_backend_name() == "sqlite" and parsed.database else None


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    # A port that is no number is told by a ValueError.
    except (ArgumentError, ValueError) as cause:
        raise Invalid("STORE_URL_INVALID", problem=Phrase("url-malformed")) from cause
