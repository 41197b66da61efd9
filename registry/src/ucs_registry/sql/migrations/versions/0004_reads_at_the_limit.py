"""Reads at the limit: the narrow tables of lists, tags that are ready to be shown, and links in the order of their list."""

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
    _add_shown_tags()
    _lay_links(("source", "target", "place"))
    _drop_references()


def downgrade() -> None:
    """Remove what was added, and all that it holds."""
    _restore_references()
    _lay_links(("source", "place"))
    op.drop_column("resources", "tags")
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
        sa.Column("alike", sa.Integer, nullable=False),
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
    # Facets add up what has the same attributes, whoever owns it, in the order of an index.
    attributes = ["kind", "type", "share_type", "data_level", "open_type", "state"]
    op.create_index("ix_cells_attributes", "cells", [*attributes, "number", "resources"])
    op.execute(
        """INSERT INTO places (number, resource, cell, alike, district, updated_at)
        SELECT search.number, resources.id, cell, alike, district, updated_at
        FROM search JOIN resources ON resources.id = resource
        JOIN (SELECT number, min(number) OVER (PARTITION BY kind, type, share_type, data_level, open_type, state) AS alike
        FROM cells) AS sorted ON sorted.number = cell
        ORDER BY search.number"""
    )
    op.create_index("ix_places_updated", "places", ["updated_at", "resource", "number", "cell"])
    op.execute(
        """INSERT INTO tag_places (tag, kind, updated_at, resource, cell, district)
        SELECT tag, kind, updated_at, resource, cell, district FROM resource_tags JOIN resources ON id = resource
        ORDER BY tag, kind, updated_at, resource"""
    )


def _remove_places() -> None:
    op.drop_index("ix_cells_attributes", "cells")
    op.drop_table("tag_places")
    op.drop_table("places")


TAGS_STATED = {"sqlite": "json_extract(content, '$.tags')", "postgresql": "CAST(content::json -> 'tags' AS text)"}
"""How a database reads the tags of a content, as JSON."""


def _add_shown_tags() -> None:
    op.add_column("resources", sa.Column("tags", sa.Text, nullable=False, server_default="[]"))
    stated = TAGS_STATED[op.get_context().dialect.name]
    op.execute(
        f"""UPDATE resources SET tags = coalesce((SELECT {stated} FROM revisions
        WHERE resource = resources.id AND number = coalesce(current_number, head_number)), '[]')"""
    )
    if op.get_context().dialect.name == "postgresql":
        # Without a default: a process of an earlier release, which fills neither these nor the narrow tables, by which
        # lists judge who may see what, must not change resources unseen.
        op.alter_column("resources", "tags", server_default=None)


def _lay_links(key: tuple[str, ...]) -> None:
    """Have the links lie in the order of a key."""
    if op.get_context().dialect.name == "postgresql":
        op.drop_constraint("dependencies_pkey", "dependencies", type_="primary")
        op.create_primary_key("dependencies_pkey", "dependencies", list(key))
        return
    op.create_table(
        "dependencies_laid",
        sa.Column("source", KEY, sa.ForeignKey("resources.id"), nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("target", KEY, nullable=False),
        sa.Column("relation", sa.Text, nullable=False),
        sa.Column("version", sa.Text),
        sa.Column("role", sa.Text),
        sa.Column("required", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.PrimaryKeyConstraint(*key),
        sqlite_with_rowid=False,
    )
    columns = "source, place, target, relation, version, role, required"
    op.execute(
        f"INSERT INTO dependencies_laid ({columns}) SELECT {columns} FROM dependencies ORDER BY {', '.join(key)}"
    )
    op.drop_table("dependencies")
    op.rename_table("dependencies_laid", "dependencies")
    op.create_index("ix_dependencies_target", "dependencies", ["target", "source"])


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
