"""The limit again: a node of an earlier release changes no resource unseen, on SQLite either."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STATED, OPEN = "tags TEXT NOT NULL", "tags TEXT DEFAULT '[]' NOT NULL"
"""How SQLite keeps the column of shown tags, without a default and with one."""


def upgrade() -> None:
    """Add what is new."""
    _say_of_resources(OPEN, STATED)


def downgrade() -> None:
    """Remove what was added."""
    _say_of_resources(STATED, OPEN)


def _say_of_resources(before: str, after: str) -> None:
    """Have SQLite read the columns of resources otherwise, without copying the table.

    Revision 0004 took the default away on PostgreSQL alone, where a process of an earlier release, which fills neither the
    tags nor the narrow tables by which lists judge who may see what, is refused by that. Every row states its tags since
    then, so that nothing in the file changes but the text of the table: what the makers of SQLite allow it to be changed for.
    """
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        return
    [version] = connection.exec_driver_sql("PRAGMA schema_version").one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    changed = connection.exec_driver_sql(
        "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'resources' AND instr(sql, ?)",
        (before, after, before),
    )
    if changed.rowcount != 1:
        raise RuntimeError(f"the table of resources has no column {before!r}")
    # Whoever has the file open reads the tables anew, and so does this connection.
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = RESET")
