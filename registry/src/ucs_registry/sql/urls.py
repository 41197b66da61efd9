"""Which database a URL means."""

from __future__ import annotations

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from ucs_registry.sql.dialects import Dialect
from ucs_registry.sql.postgresql import PostgresDialect
from ucs_registry.sql.sqlite import SqliteDialect
from ucs_sdk.errors import Invalid

PATIENCE = 20.0
"""How long a caller waits for a connection, or for the units before it, in seconds."""


def dialect_of(url: str, patience: float = PATIENCE) -> Dialect:
    """The dialect of a URL: `sqlite:///path` or `postgresql://…`. Raises Invalid for any other."""
    try:
        parsed = make_url(url)
    except ArgumentError as cause:
        raise Invalid("STORE_URL_INVALID", problem="it is not a URL") from cause
    match parsed.get_backend_name():
        case "sqlite" if parsed.database and parsed.database != ":memory:":
            return SqliteDialect(parsed, patience)
        case "postgresql" | "postgres":
            return PostgresDialect(parsed, patience)
        case "sqlite":
            raise Invalid("STORE_URL_INVALID", problem="it names no file")
        case other:
            raise Invalid("STORE_URL_INVALID", problem=f"{other!r} is not a known database")
