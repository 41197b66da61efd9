"""The narrow tables that lists, counts and facets are read from; see `tables` for how text is compared.

They repeat what stands elsewhere, in the order in which it is asked for, and never refer to a wide row: `places` keeps them.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, PrimaryKeyConstraint, Table

from ucs_registry.sql.tables import KEY, LONG, metadata

places = Table(
    "places",
    metadata,
    Column("number", LONG, primary_key=True, autoincrement=False),
    Column("resource", KEY, nullable=False),
    Column("cell", Integer, nullable=False),
    Column("alike", Integer, nullable=False),
    Column("district", KEY, nullable=False),
    Column("updated_at", KEY, nullable=False),
    Index("ix_places_updated", "updated_at", "resource", "number", "cell"),
)
"""What a search asks of each resource that it finds, by the number that it is found by. `alike` is the first cell that has the
same attributes, whoever owns it: there are far fewer of them.
"""

tag_places = Table(
    "tag_places",
    metadata,
    Column("tag", KEY, nullable=False),
    Column("kind", KEY, nullable=False),
    Column("updated_at", KEY, nullable=False),
    Column("resource", KEY, nullable=False),
    Column("cell", Integer, nullable=False),
    Column("district", KEY, nullable=False),
    PrimaryKeyConstraint("tag", "kind", "updated_at", "resource"),
    sqlite_with_rowid=False,
)
"""The resources of a tag and a kind in the order of time: a page of them is read from one end, and no others are met."""
