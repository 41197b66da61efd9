"""Alembic runs this once for every command: the connection comes from `ucs_registry.sql.migrations`."""

from __future__ import annotations

from alembic import context

from ucs_registry.sql.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
