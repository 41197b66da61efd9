"""The log's Merkle tree and checkpoints, whom entries belong to, subjects and revocation, and look-ups of rules."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import orjson
import sqlalchemy as sa
from alembic import op

from ucs_registry.canonical import storable, timestamp

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

BATCH = 5_000
"""How many rows are held in memory at once."""

OWNER_OF_ENTRY = {
    "sqlite": "json_extract(coalesce(access_after, access_before), '$.owner')",
    "postgresql": "coalesce(access_after, access_before)::json ->> 'owner'",
}


def upgrade() -> None:
    """Add what is new, and fill what can be told from the rows that are there.

    The tree is built by the first unit that commits, which can do so in small steps and verifies what it builds on.
    """
    _extend_head_and_log()
    _extend_principals()
    _extend_rules()
    _extend_requests()
    op.create_table("revoked_keys", sa.Column("id", KEY, primary_key=True))
    op.create_table(
        "checkpoints",
        sa.Column("size", LONG, primary_key=True, autoincrement=False),
        sa.Column("note", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Remove what was added, and all that it holds."""
    op.drop_table("checkpoints")
    op.drop_table("revoked_keys")
    for table, index, columns in (
        ("requests", "ix_requests_at", ("at",)),
        ("rules", "ix_rules_first", ("first",)),
        ("principals", "uq_principals_subject", ("issuer", "subject", "revoked_before")),
        ("log", "ix_log_owner", ("owner", "subtrees")),
        ("head", None, ("compacted", "access_stamp", "cell_stamp", "tree_size", "frontier", "note")),
    ):
        if index is not None:
            op.drop_index(index, table)
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.drop_column(column)


def _extend_head_and_log() -> None:
    op.add_column("head", sa.Column("compacted", LONG, nullable=False, server_default="0"))
    op.add_column("head", sa.Column("access_stamp", sa.Text, nullable=False, server_default=""))
    op.add_column("head", sa.Column("cell_stamp", sa.Text, nullable=False, server_default=""))
    op.add_column("head", sa.Column("tree_size", LONG, nullable=False, server_default="0"))
    op.add_column("head", sa.Column("frontier", sa.Text, nullable=False, server_default=""))
    op.add_column("head", sa.Column("note", sa.Text))
    op.add_column("log", sa.Column("owner", KEY))
    op.add_column("log", sa.Column("subtrees", sa.Text))
    owner = OWNER_OF_ENTRY[op.get_context().dialect.name]
    op.execute(f"UPDATE log SET owner = {owner} WHERE access_after IS NOT NULL OR access_before IS NOT NULL")
    op.create_index("ix_log_owner", "log", ["owner", "position"])


def _extend_principals() -> None:
    op.add_column("principals", sa.Column("issuer", KEY))
    op.add_column("principals", sa.Column("subject", KEY))
    op.add_column("principals", sa.Column("revoked_before", sa.Text))
    op.create_index("uq_principals_subject", "principals", ["issuer", "subject"], unique=True)


def _extend_rules() -> None:
    op.add_column("rules", sa.Column("first", KEY))
    # Without a default: a process of an earlier release, which does not fill it, must not enter rules unseen.
    rules = sa.table("rules", sa.column("id"), sa.column("fields"), sa.column("first"))
    statement = sa.update(rules).where(rules.c.id == sa.bindparam("key")).values(first=sa.bindparam("value"))
    for rows in _batches(rules):
        filled = [{"key": id, "value": _first(fields)} for id, fields in rows]
        op.get_bind().execute(statement, filled)
    with op.batch_alter_table("rules") as batch:
        batch.alter_column("first", existing_type=KEY, nullable=False)
    op.create_index("ix_rules_first", "rules", ["section", "first"])


def _extend_requests() -> None:
    # When answers were given that are there already nobody knows: they count as given now. The default is for processes
    # of the earlier release that go on meanwhile.
    now = timestamp(datetime.now(UTC))
    op.add_column("requests", sa.Column("at", KEY, nullable=False, server_default=now))
    op.create_index("ix_requests_at", "requests", ["at"])


def _batches(rules: sa.TableClause) -> Iterator[list[tuple[str, str]]]:
    last = ""
    while True:
        statement = sa.select(rules.c.id, rules.c.fields).where(rules.c.id > last).order_by(rules.c.id).limit(BATCH)
        rows = [(id, fields) for id, fields in op.get_bind().execute(statement)]
        if not rows:
            return
        yield rows
        last = rows[-1][0]


def _first(fields: str) -> str:
    # A row that came in past the door may hold anything, and must not keep the others from being taken over.
    try:
        values = orjson.loads(fields)
    except ValueError:
        return ""
    first = values[0] if isinstance(values, list) and values else ""
    return first if isinstance(first, str) and storable(first) else ""
