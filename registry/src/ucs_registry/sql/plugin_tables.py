"""The tables of plugins: what was decided about them, and their documents; see `tables` for how text is compared."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, PrimaryKeyConstraint, Table, Text

from ucs_registry.sql.tables import KEY, LONG, metadata

plugins = Table(
    "plugins",
    metadata,
    Column("name", KEY, primary_key=True),
    Column("version", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("owner", Integer, nullable=False),
    Column("generation", LONG, nullable=False),
    Column("settings", Text, nullable=False),
    Column("reason", Text),
    Column("admits", Boolean, nullable=False),
    Column("brought", Text, nullable=False),
    Column("changed_at", Text, nullable=False),
    Column("changed_by", Text, nullable=False),
)
"""Every plugin that was ever enabled; `owner` is the number of an organisation, `brought` the ids of its types and resources."""

documents = Table(
    "documents",
    metadata,
    Column("plugin", KEY, nullable=False),
    Column("collection", KEY, nullable=False),
    Column("id", KEY, nullable=False),
    Column("owner", Integer, nullable=False),
    Column("revision", LONG, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
    PrimaryKeyConstraint("plugin", "collection", "id"),
)
"""The records of plugins, as JSON; `owner` is the number of an organisation."""

document_fields = Table(
    "document_fields",
    metadata,
    Column("plugin", KEY, nullable=False),
    Column("collection", KEY, nullable=False),
    Column("field", KEY, nullable=False),
    Column("value", KEY, nullable=False),
    Column("id", KEY, nullable=False),
    PrimaryKeyConstraint("plugin", "collection", "field", "value", "id"),
    Index("ix_document_fields_id", "plugin", "collection", "id"),
    sqlite_with_rowid=False,
)
"""What documents are found by: `value` is what `documents.sort_key` makes of a field."""

blobs = Table(
    "blobs",
    metadata,
    Column("digest", KEY, primary_key=True),
    Column("size", LONG, nullable=False),
    Column("content", LargeBinary, nullable=False),
)
"""Files by SHA-256 of their content, each once."""

blob_holders = Table(
    "blob_holders",
    metadata,
    Column("plugin", KEY, nullable=False),
    Column("digest", KEY, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("kept_at", Text, nullable=False),
    PrimaryKeyConstraint("plugin", "digest"),
)
"""Which plugin keeps which file."""
