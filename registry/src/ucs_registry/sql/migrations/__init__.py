"""How the tables came to be, step by step, and how to take a database from one step to another.

Each command runs in one transaction and holds the lock that writers take, so that it can be killed at any point and two
of them never meet. The functions block: call them from a thread when a loop is running.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from ucs_registry.sql.faults import translated
from ucs_registry.sql.urls import dialect_of


def upgrade(url: str, revision: str = "head") -> None:
    """Take the database up to a revision, creating the tables in an empty one."""
    _run(url, lambda config: command.upgrade(config, revision))


def downgrade(url: str, revision: str) -> None:
    """Take the database down to an earlier revision; `base` removes the tables and all that they hold."""
    _run(url, lambda config: command.downgrade(config, revision))


def current(url: str) -> str | None:
    """The revision at which the database stands; None when it has no tables yet."""
    with _connection(url) as connection:
        return revision_of(connection)


def latest() -> str:
    """The revision that this code was written for."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    if revision is None:
        raise RuntimeError("the package holds no migrations")
    return revision


def known() -> frozenset[str]:
    """All revisions that this code knows of."""
    return frozenset(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def revision_of(connection: Connection) -> str | None:
    """The revision at which an open database stands."""
    return MigrationContext.configure(connection).get_current_revision()


def _run(url: str, step: Callable[[Config], None]) -> None:
    with _connection(url) as connection:
        config = _config()
        config.attributes["connection"] = connection
        step(config)


@contextmanager
def _connection(url: str) -> Iterator[Connection]:
    engine = dialect_of(url).migration_engine()
    try:
        with translated(), engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
