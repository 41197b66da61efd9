"""The tables, as the statements see them. The migrations create them; a test holds the two together.

Text that is compared or ordered collates by code point: SQLite does so by itself, PostgreSQL by the collation "C". Times
are text as `canonical.timestamp` writes it, whose order is the order of time.

What is written with every resource refers to it without a constraint: PostgreSQL would look it up for every row, and SQLite,
where there are some from earlier releases, does. `strays` finds rows that refer to nothing.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
    true,
)

metadata = MetaData()

KEY = Text().with_variant(Text(collation="C"), "postgresql")
"""Text by code point."""

LONG = BigInteger().with_variant(Integer(), "sqlite")
"""A 64-bit number; SQLite numbers its rows only by what is declared as INTEGER."""

DEPRECATED = "deprecation IS NOT NULL"
"""Which resources an index of its own leads to: what is deprecated is found without a look at all the others."""

head = Table(
    "head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("position", LONG, nullable=False),
    Column("access_version", LONG, nullable=False),
    Column("cells", Integer, nullable=False),
    Column("compacted", LONG, nullable=False, server_default="0"),
    Column("access_stamp", Text, nullable=False, server_default=""),
    Column("cell_stamp", Text, nullable=False, server_default=""),
    Column("types_stamp", Text, nullable=False, server_default=""),
    Column("tree_size", LONG, nullable=False, server_default="0"),
    Column("frontier", Text, nullable=False, server_default=""),
    Column("note", Text),
)
"""One row: where the store stands. Every unit takes its positions and cell numbers from here.

`frontier` holds, one behind the other, the hashes from which the Merkle tree goes on growing, and `tree_size` up to where
the tree was built; `note` is the last checkpoint. They stand here because every unit reads and writes this row anyway.
"""

organizations = Table(
    "organizations",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("id", KEY, nullable=False, unique=True),
    Column("parent", KEY, ForeignKey("organizations.id")),
    Column("path", KEY, nullable=False, unique=True),
    Column("title_zh", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("region_code", Text),
    Column("source", Text),
    Column("synthetic", Boolean, nullable=False),
    Index("ix_organizations_parent", "parent", "id"),
)

_ATTRIBUTES = ("kind", "type", "share_type", "data_level", "open_type", "state")

cells = Table(
    "cells",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("owner", Integer, ForeignKey("organizations.number"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("share_type", Text, nullable=False),
    Column("data_level", Text, nullable=False),
    Column("open_type", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("resources", Integer, nullable=False),
    UniqueConstraint("owner", "kind", "type", "share_type", "data_level", "open_type", "state", name="uq_cells"),
    Index("ix_cells_attributes", *_ATTRIBUTES, "number", "resources"),
)
"""Combinations of access attributes, and how many resources each has now: totals are sums over cells."""

resources = Table(
    "resources",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("code", KEY, nullable=False, unique=True),
    Column("kind", KEY, nullable=False),
    Column("type", KEY, nullable=False),
    Column("owner", Integer, nullable=False),
    Column("availability", KEY, nullable=False),
    Column("availability_reason", Text),
    Column("version", Integer, nullable=False),
    Column("created_at", KEY, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("updated_at", KEY, nullable=False),
    Column("head_number", Integer, nullable=False),
    Column("current_number", Integer),
    Column("title_zh", KEY, nullable=False),
    Column("title_en", KEY, nullable=False),
    Column("share_type", KEY, nullable=False),
    Column("cell", Integer, nullable=False),
    Column("deprecation", Text),
    Column("district", KEY, nullable=False, server_default=""),
    Column("region_code", KEY),
    Column("tags", Text, nullable=False),
    # An order ends in the cell, so that visibility is judged on the index alone.
    Index("ix_resources_updated", "updated_at", "id", "cell"),
    Index("ix_resources_created", "created_at", "id", "cell"),
    Index("ix_resources_title_zh", "title_zh", "id", "cell"),
    Index("ix_resources_title_en", "title_en", "id", "cell"),
    Index("ix_resources_kind", "kind", "updated_at", "id", "cell"),
    Index("ix_resources_district", "district", "updated_at", "id", "cell"),
    Index("ix_resources_cell", "cell", "updated_at", "id"),
    Index("ix_resources_deprecated", "id", sqlite_where=text(DEPRECATED), postgresql_where=text(DEPRECATED)),
)
"""A resource as it stands; titles, share type, division, district and tags are those of the revision that stands for it. What
serves no district has an empty one; tags are a JSON list."""

revisions = Table(
    "revisions",
    metadata,
    Column("resource", KEY, nullable=False),
    Column("number", Integer, nullable=False),
    Column("content", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("authors", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("submitter", Text),
    Column("submitted_at", Text),
    Column("reviewer", Text),
    Column("reviewed_at", Text),
    Column("reason", Text),
    PrimaryKeyConstraint("resource", "number"),
)

resource_tags = Table(
    "resource_tags",
    metadata,
    Column("tag", KEY, nullable=False),
    Column("resource", KEY, nullable=False),
    PrimaryKeyConstraint("tag", "resource"),
    Index("ix_resource_tags_resource", "resource"),
    sqlite_with_rowid=False,
)

dependencies = Table(
    "dependencies",
    metadata,
    Column("source", KEY, nullable=False),
    Column("place", Integer, nullable=False),
    Column("target", KEY, nullable=False),
    Column("relation", Text, nullable=False),
    Column("version", Text),
    Column("role", Text),
    Column("required", Boolean, nullable=False, server_default=true()),
    PrimaryKeyConstraint("source", "target", "place"),
    Index("ix_dependencies_target", "target", "source"),
    sqlite_with_rowid=False,
)
"""The live edges; `place` is where the content states them. They lie in the order in which they are shown."""

search = Table(
    "search",
    metadata,
    Column("number", LONG, primary_key=True),
    Column("resource", KEY, nullable=False, unique=True),
    Column("text", Text, nullable=False),
)
"""A resource's search tokens, one space between. SQLite's triggers keep a full-text index beside it; in PostgreSQL a
generated column holds the tokens as lexemes, with an index."""

districts = Table(
    "districts",
    metadata,
    Column("cell", Integer, ForeignKey("cells.number"), nullable=False),
    Column("district", KEY, nullable=False),
    Column("resources", Integer, nullable=False),
    PrimaryKeyConstraint("cell", "district"),
    Index("ix_districts_district", "district", "cell"),
    sqlite_with_rowid=False,
)
"""How many resources of a cell serve each district now; those that serve none stand under an empty one."""

areas = Table(
    "areas",
    metadata,
    Column("number", LONG, primary_key=True),
    Column("resource", KEY, nullable=False, unique=True),
    Column("west", Double, nullable=False),
    Column("south", Double, nullable=False),
    Column("east", Double, nullable=False),
    Column("north", Double, nullable=False),
    Column("longitude", Double),
    Column("latitude", Double),
    Column("shape", Text),
)
"""Where resources are that say so: a box around all of it, the location, and the footprint as GeoJSON. SQLite's triggers
keep an R*Tree beside it; in PostgreSQL there is a GiST index over the boxes."""

windows = Table(
    "windows",
    metadata,
    Column("resource", KEY, primary_key=True),
    Column("begins", KEY, nullable=False),
    Column("ends", KEY, nullable=False),
    Index("ix_windows_begins", "begins", "ends", "resource"),
)
"""From which day to which the content of resources is about that say so; what is open reaches to the first or last day."""

principals = Table(
    "principals",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("organization", KEY),
    Column("disabled", Boolean, nullable=False),
    Column("issuer", KEY),
    Column("subject", KEY),
    Column("revoked_before", Text),
    Index("uq_principals_subject", "issuer", "subject", unique=True),
)

rules = Table(
    "rules",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("section", Text, nullable=False),
    Column("fields", Text, nullable=False),
    Column("first", KEY, nullable=False),
    Index("ix_rules_first", "section", "first"),
)
"""`first` is the first of the fields as far as it can be indexed, and empty where there is none."""

revoked_keys = Table(
    "revoked_keys",
    metadata,
    Column("id", KEY, primary_key=True),
)
"""The token keys that count no more."""

grants = Table(
    "grants",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("grantee", KEY, nullable=False),
    Column("action", KEY, nullable=False),
    Column("resource", KEY, nullable=False),
    Column("valid_from", KEY, nullable=False),
    Column("valid_until", KEY),
    Column("origin", Text, nullable=False),
    Index("ix_grants_resource", "resource", "grantee", "action"),
    Index("ix_grants_grantee", "grantee", "action", "resource"),
)
"""`resource` is the bare id, so that the list statements can compare it."""

requests = Table(
    "requests",
    metadata,
    Column("actor", KEY, nullable=False),
    Column("request_id", KEY, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("at", KEY, nullable=False),
    PrimaryKeyConstraint("actor", "request_id"),
    Index("ix_requests_at", "at"),
)

log = Table(
    "log",
    metadata,
    Column("position", LONG, primary_key=True, autoincrement=False),
    Column("format", Integer, nullable=False),
    Column("at", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("call_id", Text, nullable=False),
    Column("request_id", Text),
    Column("actor", KEY, nullable=False),
    Column("on_behalf_of", Text),
    Column("verb", Text, nullable=False),
    Column("action", Text),
    Column("object", KEY, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("reason", Text),
    Column("rule", Text),
    Column("before", Text),
    Column("after", Text),
    Column("access_before", Text),
    Column("access_after", Text),
    Column("body_digest", Text, nullable=False),
    Column("body", Text),
    Column("salt", Text),
    Column("leaf", Text, nullable=False),
    Column("owner", KEY),
    Column("subtrees", Text),
    Index("ix_log_owner", "owner", "position"),
)
"""`owner` is to whom the entry's object belongs. `subtrees` holds, one behind the other and level 1 first, the hashes of the
complete subtrees of the Merkle tree that the entry's leaf completed: one for each entry in the middle, and no row of its own.
"""

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("size", LONG, primary_key=True, autoincrement=False),
    Column("note", Text, nullable=False),
)
"""The checkpoints that are kept for good; the last one stands in the head."""

review_queue = Table(
    "review_queue",
    metadata,
    Column("resource", KEY, ForeignKey("resources.id", ondelete="CASCADE"), primary_key=True),
    Column("submitted_at", KEY, nullable=False),
    Index("ix_review_queue_submitted", "submitted_at", "resource"),
)
"""The resources whose latest revision waits for a decision, and since when."""

review_hands = Table(
    "review_hands",
    metadata,
    Column("principal", KEY, nullable=False),
    Column("resource", KEY, ForeignKey("review_queue.resource", ondelete="CASCADE"), nullable=False),
    PrimaryKeyConstraint("principal", "resource"),
    Index("ix_review_hands_resource", "resource"),
    sqlite_with_rowid=False,
)
"""Those who wrote or submitted what waits, and must not decide it."""

decisions = Table(
    "decisions",
    metadata,
    Column("resource", KEY, ForeignKey("resources.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("availability", Text, nullable=False),
)
"""In which version a resource stood just after its last approval or rejection: while it still does, that can be undone."""

types = Table(
    "types",
    metadata,
    Column("id", KEY, nullable=False),
    Column("version", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("title_zh", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("spec", Text, nullable=False),
    Column("member_code", Text),
    Column("member_attributes", Text),
    Column("created_at", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    PrimaryKeyConstraint("id", "version"),
)
"""The versions of types that were entered; `spec` and `member_attributes` are schemas."""

vocabularies = Table(
    "vocabularies",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("title_zh", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("closed", Boolean, nullable=False),
    Column("terms", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
    Column("updated_by", Text, nullable=False),
)
"""The vocabularies that were entered, as they stand."""

bin = Table(
    "bin",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("code", KEY, nullable=False, unique=True),
    Column("cell", Integer, ForeignKey("cells.number"), nullable=False),
    Column("approved", Boolean, nullable=False),
    Column("deleted_at", KEY, nullable=False),
    Column("purge_at", KEY, nullable=False),
    Column("actor", Text, nullable=False),
    Column("content", Text, nullable=False),
    Index("ix_bin_deleted_at", "deleted_at", "id"),
    Index("ix_bin_purge_at", "purge_at", "id"),
)
"""What was deleted: `content` holds the resource and all its revisions as JSON. No other table knows of it."""
