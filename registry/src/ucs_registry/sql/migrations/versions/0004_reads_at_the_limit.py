"""Reads at the limit: the narrow tables of lists."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add what is new, and fill it from the rows that are there."""
    _add_places()
    _drop_references()


def downgrade() -> None:
    """Remove what was added, and all that it holds."""
    _restore_references()
    _remove_places()


def _add_places() -> None:
    op.create_table(
        "places",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("resource", KEY, nullable=False),
        sa.Column("cell", sa.Integer, nullable=False),
        sa.Column("district", KEY, nullable=False),
        sa.Column("updated_at", KEY, nullable=False),
    )
    op.create_table(
        "tag_places",
        sa.Column("tag", KEY, nullable=False),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("updated_at", KEY, nullable=False),
        sa.Column("resource", KEY, nullable=False),
        sa.Column("cell", sa.Integer, nullable=False),
        sa.Column("district", KEY, nullable=False),
        sa.PrimaryKeyConstraint("tag", "kind", "updated_at", "resource"),
        sqlite_with_rowid=False,
    )
    op.execute(
        """INSERT INTO places (number, resource, cell, district, updated_at)
        SELECT number, id, cell, district, updated_at FROM search JOIN resources ON id = resource ORDER BY number"""
    )
    op.create_index("ix_places_updated", "places", ["updated_at", "resource", "number", "cell"])
    op.execute(
        """INSERT INTO tag_places (tag, kind, updated_at, resource, cell, district)
        SELECT tag, kind, updated_at, resource, cell, district FROM resource_tags JOIN resources ON id = resource
        ORDER BY tag, kind, updated_at, resource"""
    )

    # Facets add up what has the same attributes, whoever owns it, in the order of an index.
    attributes = ["kind", "type", "share_type", "data_level", "open_type", "state"]
    op.create_index("ix_cells_attributes", "cells", [*attributes, "number", "resources"])


def _remove_places() -> None:
    op.drop_index("ix_cells_attributes", "cells")
    op.drop_table("tag_places")
    op.drop_table("places")


REFERENCES = (
    ("resources", "owner", "organizations", "number", None),
    ("resources", "cell", "cells", "number", None),
    ("revisions", "resource", "resources", "id", None),
    ("resource_tags", "resource", "resources", "id", None),
    ("dependencies", "source", "resources", "id", None),
    ("search", "resource", "resources", "id", None),
    ("areas", "resource", "resources", "id", "CASCADE"),
    ("windows", "resource", "resources", "id", "CASCADE"),
)
"""What every new row had PostgreSQL look up, one by one and with a lock on what it found: a third of the work of entering it.
SQLite keeps these: there they cost a twenty-fifth, and could not be dropped without copying the tables."""


def _drop_references() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table, column, *_ in REFERENCES:
            op.drop_constraint(f"{table}_{column}_fkey", table, type_="foreignkey")


def _restore_references() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table, column, target, key, ondelete in REFERENCES:
            op.create_foreign_key(f"{table}_{column}_fkey", table, target, [column], [key], ondelete=ondelete)
