"""The tables go up, down and up again on both databases, and are those that the statements expect."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, ForeignKeyConstraint, inspect, text
from sqlalchemy.exc import IntegrityError

from ucs_registry.merkle import node_hash
from ucs_registry.principals import Principal
from ucs_registry.sql import current, downgrade, latest, open_store, upgrade
from ucs_registry.sql.strays import REFERENCES, strays
from ucs_registry.sql.tables import metadata
from ucs_registry.sql.urls import dialect_of
from ucs_registry.testing import a_resource, founded
from ucs_sdk.errors import Unavailable
from ucs_sdk.vocabulary import PrincipalKind


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    return request.getfixturevalue(f"empty_{request.param}_url")


@pytest.fixture
def connection(url: str) -> Iterator[Connection]:
    upgrade(url)
    engine = dialect_of(url).migration_engine()
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_tables_go_up_down_and_up(url: str) -> None:
    assert current(url) is None
    upgrade(url)
    assert current(url) == latest()
    downgrade(url, "base")
    assert current(url) is None
    upgrade(url)
    upgrade(url)
    assert current(url) == latest()

    async def use() -> None:
        store = await open_store(url)
        await founded(store, a_resource())
        await store.close()

    asyncio.run(use())


def test_downgrade_leaves_no_table(url: str) -> None:
    upgrade(url)
    asyncio.run(_filled(url))
    downgrade(url, "base")
    engine = dialect_of(url).migration_engine()
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
    engine.dispose()


def test_migrated_tables_are_those_of_the_statements(connection: Connection) -> None:
    context = MigrationContext.configure(
        connection, opts={"include_object": _is_ours, "compare_type": True, "compare_server_default": False}
    )
    assert compare_metadata(context, metadata) == []


def test_ordered_text_collates_by_code_point(connection: Connection) -> None:
    if connection.dialect.name != "postgresql":
        return
    rows = connection.exec_driver_sql(
        "SELECT table_name, column_name, collation_name FROM information_schema.columns WHERE table_schema = 'public'"
    )
    collations = {(table, column): collation for table, column, collation in rows}
    for column in ("id", "code", "title_zh", "title_en", "updated_at", "kind", "type"):
        assert collations["resources", column] == "C"
    for column in ("id", "path"):
        assert collations["organizations", column] == "C"


def test_concurrent_upgrades_meet_one_after_the_other(url: str) -> None:
    failures: list[BaseException] = []

    def run() -> None:
        try:
            upgrade(url)
        except BaseException as cause:  # noqa: BLE001 -- carried to the test's own thread
            failures.append(cause)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert current(url) == latest()


OLD_ROWS = (
    "INSERT INTO principals VALUES ('p', 'person', 'P', NULL, {false})",
    """INSERT INTO rules VALUES ('a', 'g', '["principal","role"]'), ('b', 'p', '[]'), ('c', 'p', '["n\\u0000"]')""",
    "INSERT INTO requests VALUES ('principals/p', 'r', 'f', '{{}}')",
    *(
        f"""INSERT INTO log (position, format, at, origin, call_id, actor, verb, object, outcome, access_before, access_after,
        body_digest, body, salt, leaf) VALUES ({position}, 1, '2026-01-01T00:00:00.000000Z', 'hub', 'c', 'principals/p', 'v',
        'o', 'accepted', {before}, {after}, 'd', 'b', 's', '{str(position) * 64}')"""
        for position, before, after in ((1, "NULL", "'{access}'"), (2, "'{access}'", "NULL"), (3, "NULL", "NULL"))
    ),
    "UPDATE head SET position = 3",
)
"""What the first release has left, where the second adds to it."""


def test_rows_of_the_first_release_are_taken_over(url: str) -> None:
    upgrade(url, "0001")
    access = a_resource(owner="37").access.model_dump_json().replace(":", r"\:")
    engine = dialect_of(url).migration_engine()
    with engine.begin() as connection:
        false = "0" if connection.dialect.name == "sqlite" else "false"
        for statement in OLD_ROWS:
            connection.execute(
                text(statement.replace("{access}", access).replace("{false}", false).replace("{{}}", "{}"))
            )
    engine.dispose()
    upgrade(url)
    asyncio.run(_taken_over(url))
    downgrade(url, "0001")
    upgrade(url)
    asyncio.run(_taken_over(url))


def test_a_row_that_is_no_rule_does_not_keep_the_others_from_being_taken_over(url: str) -> None:
    upgrade(url, "0001")
    poison = ("null", "5", "[5]", "[null]", "{}", "no json", '["\\ud800"]')
    engine = dialect_of(url).migration_engine()
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO rules VALUES (:id, 'p', :fields)"),
            [{"id": f"x{at}", "fields": fields} for at, fields in enumerate((*poison, '["editor"]'))],
        )
    engine.dispose()
    upgrade(url)

    async def look() -> None:
        store = await open_store(url)
        async with store.read() as reader:
            assert len(await reader.rules()) == len(poison) + 1
            assert [rule.id for rule in await reader.rules_of("p", ["editor"])] == [f"x{len(poison)}"]
        await store.close()

    asyncio.run(look())


def test_rows_that_refer_to_nothing_are_found(url: str) -> None:
    upgrade(url)
    asyncio.run(_filled(url))
    assert asyncio.run(strays(url)) == {}
    engine = dialect_of(url).migration_engine()
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            connection.exec_driver_sql("BEGIN")
        connection.exec_driver_sql("DELETE FROM resources")
        connection.commit()
    engine.dispose()
    assert asyncio.run(strays(url)) == {"revisions.resource": 1, "search.resource": 1}


async def _taken_over(url: str) -> None:
    store = await open_store(url)
    async with store.read() as reader:
        assert await reader.principals() == [Principal(id="p", kind=PrincipalKind.PERSON, title="P")]
        assert [rule.id for rule in await reader.rules_of("g", ["principal"])] == ["a"]
        assert [rule.id for rule in await reader.rules_of("p", ["n\x00", ""])] == ["c"]
        request = await reader.remembered("principals/p", "r")
        assert request is not None
        assert datetime.now(UTC) - request.at < timedelta(minutes=10)
        assert [entry.position for entry in await reader.log(after=0, first=9, owners=["37"])] == [1, 2]
        assert reader.head.compacted == 0
    # What the tree is built from are the leaves as they stand.
    async with store.write() as unit:
        await unit.commit()
    async with store.read() as reader:
        assert await reader.tree_hashes([(1, 0), (1, 1)]) == {(1, 0): node_hash("1" * 64, "2" * 64)}
    await store.close()


def test_a_node_of_an_earlier_release_changes_no_resource_unseen(url: str) -> None:
    # It does not know of the narrow tables, by which lists judge who may see what.
    upgrade(url)
    asyncio.run(_filled(url))
    engine = dialect_of(url).migration_engine()
    with engine.connect() as connection:
        known = [column["name"] for column in inspect(connection).get_columns("resources") if column["name"] != "tags"]
        told = ", ".join(known)
        entering = (
            f"INSERT INTO resources ({told}) SELECT {told} FROM resources WHERE true "
            "ON CONFLICT (id) DO UPDATE SET version = 9"
        )
        with pytest.raises(IntegrityError, match="tags"):
            connection.execute(text(entering))
    engine.dispose()


def test_twin_of_the_revision_before_took_it_unseen(empty_sqlite_url: str) -> None:
    upgrade(empty_sqlite_url)
    asyncio.run(_filled(empty_sqlite_url))
    downgrade(empty_sqlite_url, "0004")
    engine = dialect_of(empty_sqlite_url).migration_engine()
    with engine.connect() as connection:
        columns = [
            column["name"] for column in inspect(connection).get_columns("resources") if column["name"] != "tags"
        ]
        told = ", ".join(columns)
        asked = told.replace("id, code", "'other', 'OTHER'", 1)
        connection.execute(text(f"INSERT INTO resources ({told}) SELECT {asked} FROM resources LIMIT 1"))
        assert connection.execute(text("SELECT tags FROM resources WHERE id = 'other'")).scalar() == "[]"
    engine.dispose()


def test_unreachable_database_is_unavailable(tmp_path) -> None:
    for url in (f"sqlite:///{tmp_path}/no/such/folder/ucs.db", f"postgresql://postgres:@/x?host={tmp_path}"):
        with pytest.raises(Unavailable):
            upgrade(url)


async def _filled(url: str) -> None:
    store = await open_store(url)
    await founded(store, a_resource())
    await store.close()


def _is_ours(object: object, name: str | None, kind: str, *_: object) -> bool:
    # What only one database has: SQLite's tables behind its full-text index and its R*Tree, and the references that it keeps
    # from earlier releases; PostgreSQL's generated column and its index over boxes.
    if isinstance(object, ForeignKeyConstraint):
        stated = [(column.table.name, column.name) for column, _ in REFERENCES]
        return any((object.parent.name, name) not in stated for name in object.column_keys)
    if kind == "table":
        return not str(name).startswith(("search_index", "area_index")) and name != "sqlite_sequence"
    return name not in ("lexemes", "ix_search_lexemes", "ix_areas_box")
