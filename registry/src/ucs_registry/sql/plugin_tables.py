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
    # Every write asks who is to admit it; the rows are wide.
    Index("ix_plugins_admits", "admits", "enabled", "name"),
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
"""What the documents of a collection are found by that declares nothing: `value` is what `documents.sort_key` makes of a
field."""

document_ways = Table(
    "document_ways",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("plugin", KEY, nullable=False),
    Column("collection", KEY, nullable=False),
    Column("counted", Boolean, nullable=False),
    Column("fields", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("made", LONG, nullable=False),
    Column("reached", KEY, nullable=False),
    Index("ix_document_ways_plugin", "plugin"),
)
"""The ways in which collections are asked, see `record_ways`; `fields` stand one behind the other, with spaces between."""

document_places = Table(
    "document_places",
    metadata,
    Column("way", Integer, nullable=False),
    Column("key", KEY, nullable=False),
    Column("id", KEY, nullable=False),
    Column("owner", Integer, nullable=False),
    PrimaryKeyConstraint("way", "key", "id"),
    Index("ix_document_places_owner", "way", "owner", "key", "id"),
    sqlite_with_rowid=False,
)
"""Where the documents stand in the ways by which they are listed."""

document_counts = Table(
    "document_counts",
    metadata,
    Column("way", Integer, nullable=False),
    Column("key", KEY, nullable=False),
    Column("owner", Integer, nullable=False),
    Column("total", LONG, nullable=False),
    Column("changed", LONG, nullable=False),
    PrimaryKeyConstraint("way", "key", "owner"),
    Index("ix_document_counts_changed", "way", "changed"),
    sqlite_with_rowid=False,
)
"""How many documents of an owner have a key in a way by which they are counted, and behind which position that was written."""

plugin_tables = Table(
    "plugin_tables",
    metadata,
    Column("plugin", KEY, nullable=False),
    Column("name", KEY, nullable=False),
    Column("declared", Text, nullable=False),
    Column("revision", LONG, nullable=False),
    PrimaryKeyConstraint("plugin", "name"),
)
"""The tables of plugins' own: what was declared of each, as JSON, and the position of the write that last changed it."""

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
