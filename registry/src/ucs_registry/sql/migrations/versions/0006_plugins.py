"""Plugins: what was decided about them, their documents and files, events with their subscriptions, and leases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the tables; nothing that is there changes."""
    _add_plugins()
    _add_documents()
    _add_ways()
    _add_own_tables()
    _add_blobs()
    _add_events()
    _add_deliveries()


def downgrade() -> None:
    """Remove the tables, and all that they hold."""
    for table in (
        "leases",
        "events_parked",
        "events_handled",
        "event_subscriptions",
        "events",
        "blob_holders",
        "blobs",
        "plugin_tables",
        "document_counts",
        "document_places",
        "document_ways",
        "document_fields",
        "documents",
        "plugins",
    ):
        op.drop_table(table)


def _add_plugins() -> None:
    op.create_table(
        "plugins",
        sa.Column("name", KEY, primary_key=True),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("owner", sa.Integer, nullable=False),
        sa.Column("generation", LONG, nullable=False),
        sa.Column("settings", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("admits", sa.Boolean, nullable=False),
        sa.Column("brought", sa.Text, nullable=False),
        sa.Column("changed_at", sa.Text, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
    )
    op.create_index("ix_plugins_admits", "plugins", ["admits", "enabled", "name"])


def _add_documents() -> None:
    op.create_table(
        "documents",
        sa.Column("plugin", KEY, nullable=False),
        sa.Column("collection", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("owner", sa.Integer, nullable=False),
        sa.Column("revision", LONG, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("updated_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("plugin", "collection", "id"),
    )
    op.create_table(
        "document_fields",
        sa.Column("plugin", KEY, nullable=False),
        sa.Column("collection", KEY, nullable=False),
        sa.Column("field", KEY, nullable=False),
        sa.Column("value", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.PrimaryKeyConstraint("plugin", "collection", "field", "value", "id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_document_fields_id", "document_fields", ["plugin", "collection", "id"])


def _add_ways() -> None:
    op.create_table(
        "document_ways",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("plugin", KEY, nullable=False),
        sa.Column("collection", KEY, nullable=False),
        sa.Column("counted", sa.Boolean, nullable=False),
        sa.Column("fields", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("made", LONG, nullable=False),
        sa.Column("reached", KEY, nullable=False),
    )
    op.create_index("ix_document_ways_plugin", "document_ways", ["plugin"])
    op.create_table(
        "document_places",
        sa.Column("way", sa.Integer, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("owner", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("way", "key", "id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_document_places_owner", "document_places", ["way", "owner", "key", "id"])
    op.create_table(
        "document_counts",
        sa.Column("way", sa.Integer, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("owner", sa.Integer, nullable=False),
        sa.Column("total", LONG, nullable=False),
        sa.Column("changed", LONG, nullable=False),
        sa.PrimaryKeyConstraint("way", "key", "owner"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_document_counts_changed", "document_counts", ["way", "changed"])


def _add_blobs() -> None:
    op.create_table(
        "blobs",
        sa.Column("digest", KEY, primary_key=True),
        sa.Column("size", LONG, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "blob_holders",
        sa.Column("plugin", KEY, nullable=False),
        sa.Column("digest", KEY, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("kept_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("plugin", "digest"),
    )


def _add_own_tables() -> None:
    op.create_table(
        "plugin_tables",
        sa.Column("plugin", KEY, nullable=False),
        sa.Column("name", KEY, nullable=False),
        sa.Column("declared", sa.Text, nullable=False),
        sa.Column("revision", LONG, nullable=False),
        sa.PrimaryKeyConstraint("plugin", "name"),
    )


def _add_events() -> None:
    op.create_table(
        "events",
        sa.Column("position", LONG, primary_key=True, autoincrement=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("source", KEY, nullable=False),
        sa.Column("type", KEY, nullable=False),
        sa.Column("subject", sa.Text),
        sa.Column("time", KEY, nullable=False),
        sa.Column("organization", sa.Text),
        sa.Column("data", sa.Text, nullable=False),
        sa.UniqueConstraint("source", "id"),
    )
    op.create_index("ix_events_type", "events", ["type", "position"])


def _add_deliveries() -> None:
    op.create_table(
        "event_subscriptions",
        sa.Column("name", KEY, primary_key=True),
        sa.Column("types", sa.Text, nullable=False),
        sa.Column("position", LONG, nullable=False),
    )
    op.create_table(
        "events_handled",
        sa.Column("subscription", KEY, nullable=False),
        sa.Column("position", LONG, nullable=False),
        sa.PrimaryKeyConstraint("subscription", "position"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "events_parked",
        sa.Column("subscription", KEY, nullable=False),
        sa.Column("position", LONG, nullable=False),
        sa.Column("subject", KEY, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due", KEY),
        sa.Column("error", sa.Text),
        sa.Column("dead", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("subscription", "position"),
    )
    op.create_index("ix_events_parked_subject", "events_parked", ["subscription", "subject", "position"])
    op.create_table(
        "leases",
        sa.Column("name", KEY, primary_key=True),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("until", sa.Double, nullable=False),
    )
