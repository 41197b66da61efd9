"""The whole catalogue: what is deleted, types, member sets, areas, counters and review queues."""

from __future__ import annotations

import orjson
import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BATCH = 5_000
"""How many rows are held in memory at once."""

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add what is new, and fill it from the rows that are there."""
    _add_shelf()
    _add_members()
    _add_types()
    _add_reviews()
    _add_notes_on_dependencies()
    _add_places()


def downgrade() -> None:
    """Remove what was added, and all that it holds."""
    _remove_places()
    _remove_notes_on_dependencies()
    _remove_reviews()
    _remove_types()
    _remove_members()
    _remove_shelf()


def _add_shelf() -> None:
    op.add_column("resources", sa.Column("deprecation", sa.Text))
    # What is deprecated is found without a look at all the others.
    deprecated = sa.text("deprecation IS NOT NULL")
    op.create_index(
        "ix_resources_deprecated", "resources", ["id"], sqlite_where=deprecated, postgresql_where=deprecated
    )
    op.create_table(
        "bin",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("code", KEY, nullable=False, unique=True),
        sa.Column("cell", sa.Integer, sa.ForeignKey("cells.number"), nullable=False),
        sa.Column("approved", sa.Boolean, nullable=False),
        sa.Column("deleted_at", KEY, nullable=False),
        sa.Column("purge_at", KEY, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_index("ix_bin_deleted_at", "bin", ["deleted_at", "id"])
    op.create_index("ix_bin_purge_at", "bin", ["purge_at", "id"])


def _remove_shelf() -> None:
    op.drop_table("bin")
    op.drop_index("ix_resources_deprecated", "resources")
    # Not by way of a new table, as SQLite could not do otherwise once: others refer to this one.
    op.drop_column("resources", "deprecation")


def _add_members() -> None:
    # Of no foreign key to resources: a resource that is deleted keeps its members until it is purged.
    op.create_table(
        "members",
        sa.Column("resource", KEY, nullable=False),
        sa.Column("code", KEY, nullable=False),
        sa.Column("title_zh", sa.Text, nullable=False),
        sa.Column("title_en", sa.Text),
        sa.Column("location", sa.Text),
        sa.Column("region_code", KEY),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("attributes", sa.Text, nullable=False),
        sa.Column("folded", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("updated_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("resource", "code"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "member_sets",
        sa.Column("resource", KEY, primary_key=True),
        sa.Column("members", sa.Integer, nullable=False),
    )


def _remove_members() -> None:
    op.drop_table("member_sets")
    op.drop_table("members")


def _add_types() -> None:
    op.create_table(
        "types",
        sa.Column("id", KEY, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("title_zh", sa.Text, nullable=False),
        sa.Column("title_en", sa.Text, nullable=False),
        sa.Column("spec", sa.Text, nullable=False),
        sa.Column("member_code", sa.Text),
        sa.Column("member_attributes", sa.Text),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", "version"),
    )
    op.create_table(
        "vocabularies",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("title_zh", sa.Text, nullable=False),
        sa.Column("title_en", sa.Text, nullable=False),
        sa.Column("closed", sa.Boolean, nullable=False),
        sa.Column("terms", sa.Text, nullable=False),
        sa.Column("updated_at", sa.Text, nullable=False),
        sa.Column("updated_by", sa.Text, nullable=False),
    )
    op.add_column("head", sa.Column("types_stamp", sa.Text, nullable=False, server_default=""))


def _remove_types() -> None:
    with op.batch_alter_table("head") as batch:
        batch.drop_column("types_stamp")
    op.drop_table("vocabularies")
    op.drop_table("types")


def _add_reviews() -> None:
    op.create_table(
        "review_queue",
        sa.Column("resource", KEY, sa.ForeignKey("resources.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("submitted_at", KEY, nullable=False),
    )
    op.create_index("ix_review_queue_submitted", "review_queue", ["submitted_at", "resource"])
    op.create_table(
        "review_hands",
        sa.Column("principal", KEY, nullable=False),
        sa.Column("resource", KEY, sa.ForeignKey("review_queue.resource", ondelete="CASCADE"), nullable=False),
        sa.PrimaryKeyConstraint("principal", "resource"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_review_hands_resource", "review_hands", ["resource"])
    op.create_table(
        "decisions",
        sa.Column("resource", KEY, sa.ForeignKey("resources.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("availability", sa.Text, nullable=False),
    )
    _queue_what_waits()


def _queue_what_waits() -> None:
    # What was decided before cannot be undone: nobody noted in which version it stood then.
    queue = sa.table("review_queue", sa.column("resource"), sa.column("submitted_at"))
    hands = sa.table("review_hands", sa.column("principal"), sa.column("resource"))
    waiting = sa.text(
        "SELECT resources.id, coalesce(submitted_at, revisions.created_at), authors, submitter FROM resources "
        "JOIN revisions ON revisions.resource = resources.id AND revisions.number = resources.head_number "
        "WHERE state = 'in_review' AND availability <> 'retired' AND resources.id > :last ORDER BY resources.id LIMIT :most"
    )
    last = ""
    while rows := op.get_bind().execute(waiting, {"last": last, "most": BATCH}).all():
        last = rows[-1][0]
        op.get_bind().execute(sa.insert(queue), [{"resource": id, "submitted_at": since} for id, since, _, _ in rows])
        held = [
            {"principal": hand, "resource": id}
            for id, _, authors, submitter in rows
            for hand in sorted({*orjson.loads(authors), *filter(None, [submitter])})
        ]
        if held:
            op.get_bind().execute(sa.insert(hands), held)


def _remove_reviews() -> None:
    op.drop_table("decisions")
    op.drop_table("review_hands")
    op.drop_table("review_queue")


def _add_notes_on_dependencies() -> None:
    op.add_column("dependencies", sa.Column("role", sa.Text))
    op.add_column("dependencies", sa.Column("required", sa.Boolean, nullable=False, server_default=sa.true()))


def _remove_notes_on_dependencies() -> None:
    op.drop_column("dependencies", "required")
    op.drop_column("dependencies", "role")


AREA_INDEX = {
    "sqlite": (
        "CREATE VIRTUAL TABLE area_index USING rtree(number, west, east, south, north)",
        """CREATE TRIGGER area_inserted AFTER INSERT ON areas BEGIN
            INSERT INTO area_index VALUES (new.number, new.west, new.east, new.south, new.north);
        END""",
        """CREATE TRIGGER area_deleted AFTER DELETE ON areas BEGIN
            DELETE FROM area_index WHERE number = old.number;
        END""",
    ),
    "postgresql": (
        "CREATE INDEX ix_areas_box ON areas USING gist (box(point(west, south), point(east, north)))",
        # An order asks for text by code point.
        'ALTER TABLE resources ALTER COLUMN created_at TYPE text COLLATE "C"',
    ),
}

STATED = {
    "sqlite": ("json_extract(content, '$.{0}')", "json_extract(content, '$.location.{0}')"),
    "postgresql": ("(content::json ->> '{0}')", "(content::json -> 'location' ->> '{0}')::double precision"),
}
"""How a database reads a field of a content, and a coordinate of its location."""

SHOWN = "revisions WHERE resource = resources.id AND number = coalesce(current_number, head_number)"


def _add_places() -> None:
    op.add_column("resources", sa.Column("district", KEY, nullable=False, server_default=""))
    op.add_column("resources", sa.Column("region_code", KEY))
    op.create_table(
        "districts",
        sa.Column("cell", sa.Integer, sa.ForeignKey("cells.number"), nullable=False),
        sa.Column("district", KEY, nullable=False),
        sa.Column("resources", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("cell", "district"),
        sqlite_with_rowid=False,
    )
    ends = ("west", "south", "east", "north")
    op.create_table(
        "areas",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("resource", KEY, sa.ForeignKey("resources.id", ondelete="CASCADE"), nullable=False, unique=True),
        *(sa.Column(end, sa.Double, nullable=False) for end in ends),
        sa.Column("longitude", sa.Double),
        sa.Column("latitude", sa.Double),
        sa.Column("shape", sa.Text),
    )
    op.create_table(
        "windows",
        sa.Column("resource", KEY, sa.ForeignKey("resources.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("begins", KEY, nullable=False),
        sa.Column("ends", KEY, nullable=False),
    )
    op.create_index("ix_windows_begins", "windows", ["begins", "ends", "resource"])
    for statement in AREA_INDEX[op.get_context().dialect.name]:
        op.execute(statement)
    _place_what_is_there()
    op.create_index("ix_districts_district", "districts", ["district", "cell"])
    op.create_index("ix_resources_created", "resources", ["created_at", "id", "cell"])
    op.create_index("ix_resources_district", "resources", ["district", "updated_at", "id", "cell"])


def _place_what_is_there() -> None:
    field, coordinate = STATED[op.get_context().dialect.name]
    op.execute(f"UPDATE resources SET region_code = (SELECT {field.format('region_code')} FROM {SHOWN})")
    op.execute("UPDATE resources SET district = coalesce(substr(region_code, 1, 6), '')")
    op.execute("INSERT INTO districts SELECT cell, district, count(*) FROM resources GROUP BY cell, district")
    longitude, latitude = coordinate.format("longitude"), coordinate.format("latitude")
    op.execute(
        f"""INSERT INTO areas (resource, west, south, east, north, longitude, latitude)
        SELECT resource, longitude, latitude, longitude, latitude, longitude, latitude FROM (
            SELECT resources.id AS resource, {longitude} AS longitude, {latitude} AS latitude
            FROM resources JOIN {SHOWN.replace(" WHERE ", " ON ")}
        ) AS located WHERE longitude IS NOT NULL"""
    )


def _remove_places() -> None:
    op.drop_index("ix_resources_district", "resources")
    op.drop_index("ix_resources_created", "resources")
    if op.get_context().dialect.name == "sqlite":
        op.execute("DROP TABLE area_index")
    else:
        op.execute('ALTER TABLE resources ALTER COLUMN created_at TYPE text COLLATE "default"')
    for table in ("windows", "areas", "districts"):
        op.drop_table(table)
    op.drop_column("resources", "region_code")
    op.drop_column("resources", "district")
