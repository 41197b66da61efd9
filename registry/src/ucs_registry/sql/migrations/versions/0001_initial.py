"""The first tables: the catalogue, its cells and search index, access, remembered requests, and the log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

SEARCH_INDEX = {
    "sqlite": (
        """CREATE VIRTUAL TABLE search_index USING fts5(
            text, content = 'search', content_rowid = 'number', tokenize = 'ascii', columnsize = 0)""",
        """CREATE TRIGGER search_inserted AFTER INSERT ON search BEGIN
            INSERT INTO search_index (rowid, text) VALUES (new.number, new.text);
        END""",
        """CREATE TRIGGER search_deleted AFTER DELETE ON search BEGIN
            INSERT INTO search_index (search_index, rowid, text) VALUES ('delete', old.number, old.text);
        END""",
        """CREATE TRIGGER search_updated AFTER UPDATE ON search BEGIN
            INSERT INTO search_index (search_index, rowid, text) VALUES ('delete', old.number, old.text);
            INSERT INTO search_index (rowid, text) VALUES (new.number, new.text);
        END""",
    ),
    "postgresql": (
        """ALTER TABLE search ADD COLUMN lexemes tsvector NOT NULL
            GENERATED ALWAYS AS (array_to_tsvector(string_to_array(text, ' '))) STORED""",
        "CREATE INDEX ix_search_lexemes ON search USING gin (lexemes)",
    ),
}


def upgrade() -> None:
    """Create everything, and the one row of the head."""
    _create_organizations()
    _create_resources()
    _create_content()
    _create_search()
    _create_access()
    _create_log()


def downgrade() -> None:
    """Remove everything."""
    if op.get_context().dialect.name == "sqlite":
        op.execute("DROP TABLE search_index")
    for table in (
        "log",
        "requests",
        "grants",
        "rules",
        "principals",
        "search",
        "dependencies",
        "resource_tags",
        "revisions",
        "resources",
        "cells",
        "organizations",
        "head",
    ):
        op.drop_table(table)


def _create_organizations() -> None:
    head = op.create_table(
        "head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("position", LONG, nullable=False),
        sa.Column("access_version", LONG, nullable=False),
        sa.Column("cells", sa.Integer, nullable=False),
    )
    op.bulk_insert(head, [{"id": 1, "position": 0, "access_version": 0, "cells": 0}])
    op.create_table(
        "organizations",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("id", KEY, nullable=False, unique=True),
        sa.Column("parent", KEY, sa.ForeignKey("organizations.id")),
        sa.Column("path", KEY, nullable=False, unique=True),
        sa.Column("title_zh", sa.Text, nullable=False),
        sa.Column("title_en", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("region_code", sa.Text),
        sa.Column("source", sa.Text),
        sa.Column("synthetic", sa.Boolean, nullable=False),
    )
    op.create_index("ix_organizations_parent", "organizations", ["parent", "id"])


def _create_resources() -> None:
    attributes = ("kind", "type", "share_type", "data_level", "open_type", "state")
    op.create_table(
        "cells",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("owner", sa.Integer, sa.ForeignKey("organizations.number"), nullable=False),
        *(sa.Column(attribute, sa.Text, nullable=False) for attribute in attributes),
        sa.Column("resources", sa.Integer, nullable=False),
        sa.UniqueConstraint("owner", *attributes, name="uq_cells"),
    )
    op.create_table(
        "resources",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("code", KEY, nullable=False, unique=True),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("type", KEY, nullable=False),
        sa.Column("owner", sa.Integer, sa.ForeignKey("organizations.number"), nullable=False),
        sa.Column("availability", KEY, nullable=False),
        sa.Column("availability_reason", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("updated_at", KEY, nullable=False),
        sa.Column("head_number", sa.Integer, nullable=False),
        sa.Column("current_number", sa.Integer),
        sa.Column("title_zh", KEY, nullable=False),
        sa.Column("title_en", KEY, nullable=False),
        sa.Column("share_type", KEY, nullable=False),
        sa.Column("cell", sa.Integer, sa.ForeignKey("cells.number"), nullable=False),
    )
    op.create_index("ix_resources_updated", "resources", ["updated_at", "id", "cell"])
    op.create_index("ix_resources_title_zh", "resources", ["title_zh", "id", "cell"])
    op.create_index("ix_resources_title_en", "resources", ["title_en", "id", "cell"])
    op.create_index("ix_resources_kind", "resources", ["kind", "updated_at", "id", "cell"])
    op.create_index("ix_resources_cell", "resources", ["cell", "updated_at", "id"])


def _create_content() -> None:
    op.create_table(
        "revisions",
        sa.Column("resource", KEY, sa.ForeignKey("resources.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("authors", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("submitter", sa.Text),
        sa.Column("submitted_at", sa.Text),
        sa.Column("reviewer", sa.Text),
        sa.Column("reviewed_at", sa.Text),
        sa.Column("reason", sa.Text),
        sa.PrimaryKeyConstraint("resource", "number"),
    )
    op.create_table(
        "resource_tags",
        sa.Column("tag", KEY, nullable=False),
        sa.Column("resource", KEY, sa.ForeignKey("resources.id"), nullable=False),
        sa.PrimaryKeyConstraint("tag", "resource"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_resource_tags_resource", "resource_tags", ["resource"])
    op.create_table(
        "dependencies",
        sa.Column("source", KEY, sa.ForeignKey("resources.id"), nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("target", KEY, nullable=False),
        sa.Column("relation", sa.Text, nullable=False),
        sa.Column("version", sa.Text),
        sa.PrimaryKeyConstraint("source", "place"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_dependencies_target", "dependencies", ["target", "source"])


def _create_search() -> None:
    op.create_table(
        "search",
        sa.Column("number", LONG, primary_key=True),
        sa.Column("resource", KEY, sa.ForeignKey("resources.id"), nullable=False, unique=True),
        sa.Column("text", sa.Text, nullable=False),
    )
    for statement in SEARCH_INDEX[op.get_context().dialect.name]:
        op.execute(statement)


def _create_access() -> None:
    op.create_table(
        "principals",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("organization", KEY),
        sa.Column("disabled", sa.Boolean, nullable=False),
    )
    op.create_table(
        "rules",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("section", sa.Text, nullable=False),
        sa.Column("fields", sa.Text, nullable=False),
    )
    op.create_table(
        "grants",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("grantee", KEY, nullable=False),
        sa.Column("action", KEY, nullable=False),
        sa.Column("resource", KEY, nullable=False),
        sa.Column("valid_from", KEY, nullable=False),
        sa.Column("valid_until", KEY),
        sa.Column("origin", sa.Text, nullable=False),
    )
    op.create_index("ix_grants_resource", "grants", ["resource", "grantee", "action"])
    op.create_index("ix_grants_grantee", "grants", ["grantee", "action", "resource"])
    op.create_table(
        "requests",
        sa.Column("actor", KEY, nullable=False),
        sa.Column("request_id", KEY, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("actor", "request_id"),
    )


def _create_log() -> None:
    op.create_table(
        "log",
        sa.Column("position", LONG, primary_key=True, autoincrement=False),
        sa.Column("format", sa.Integer, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("request_id", sa.Text),
        sa.Column("actor", KEY, nullable=False),
        sa.Column("on_behalf_of", sa.Text),
        sa.Column("verb", sa.Text, nullable=False),
        sa.Column("action", sa.Text),
        sa.Column("object", KEY, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("rule", sa.Text),
        sa.Column("before", sa.Text),
        sa.Column("after", sa.Text),
        sa.Column("access_before", sa.Text),
        sa.Column("access_after", sa.Text),
        sa.Column("body_digest", sa.Text, nullable=False),
        sa.Column("body", sa.Text),
        sa.Column("salt", sa.Text),
        sa.Column("leaf", sa.Text, nullable=False),
    )
