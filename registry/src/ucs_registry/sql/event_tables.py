"""The tables of events, of how far subscriptions came with them, and of leases; see `tables` for how text is compared."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Double, Index, Integer, PrimaryKeyConstraint, Table, Text, UniqueConstraint

from ucs_registry.sql.tables import KEY, LONG, metadata

events = Table(
    "events",
    metadata,
    Column("position", LONG, primary_key=True, autoincrement=False),
    Column("id", KEY, nullable=False),
    Column("source", KEY, nullable=False),
    Column("type", KEY, nullable=False),
    Column("subject", Text),
    Column("time", KEY, nullable=False),
    Column("organization", Text),
    Column("data", Text, nullable=False),
    UniqueConstraint("source", "id"),
    Index("ix_events_type", "type", "position"),
)
"""The outbox, in the order of commit."""

subscriptions = Table(
    "event_subscriptions",
    metadata,
    Column("name", KEY, primary_key=True),
    Column("types", Text, nullable=False),
    Column("position", LONG, nullable=False),
)
"""Who hears of which types of events, as a JSON list, and up to which position they were told."""

handled = Table(
    "events_handled",
    metadata,
    Column("subscription", KEY, nullable=False),
    Column("position", LONG, nullable=False),
    PrimaryKeyConstraint("subscription", "position"),
    sqlite_with_rowid=False,
)
"""With which events beyond its position a subscription is done."""

parked = Table(
    "events_parked",
    metadata,
    Column("subscription", KEY, nullable=False),
    Column("position", LONG, nullable=False),
    Column("subject", KEY, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due", KEY),
    Column("error", Text),
    Column("dead", Boolean, nullable=False),
    PrimaryKeyConstraint("subscription", "position"),
    Index("ix_events_parked_subject", "subscription", "subject", "position"),
)
"""The deliveries that failed, those that wait behind them, and those that are given up."""

leases = Table(
    "leases",
    metadata,
    Column("name", KEY, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", Double, nullable=False),
)
"""Who may do what only one may do at a time, and until when: seconds since 1970, by the database's clock."""
