"""The catalogue in a database: SQLite for one process, PostgreSQL for many."""

from ucs_registry.sql.migrations import current, downgrade, latest, upgrade
from ucs_registry.sql.store import SqlStore, open_store

__all__ = ["SqlStore", "current", "downgrade", "latest", "open_store", "upgrade"]
