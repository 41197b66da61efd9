"""The tables of member sets; see `tables` for how text is compared."""

from __future__ import annotations

from sqlalchemy import Column, Integer, PrimaryKeyConstraint, Table, Text

from ucs_registry.sql.tables import KEY, metadata

members = Table(
    "members",
    metadata,
    Column("resource", KEY, nullable=False),
    Column("code", KEY, nullable=False),
    Column("title_zh", Text, nullable=False),
    Column("title_en", Text),
    Column("location", Text),
    Column("region_code", KEY),
    Column("status", Text, nullable=False),
    Column("attributes", Text, nullable=False),
    Column("folded", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
    PrimaryKeyConstraint("resource", "code"),
    sqlite_with_rowid=False,
)
"""The members of sets. Of no foreign key: a resource that is deleted keeps its members until it is purged.

`location` is a list of degrees east and north; `folded` holds the titles as they are looked through.
"""

member_sets = Table(
    "member_sets",
    metadata,
    Column("resource", KEY, primary_key=True),
    Column("members", Integer, nullable=False),
)
"""How many members each set holds, kept with every write, so that nobody counts them."""
