"""What the SQL store promises beyond the port: many processes, faults, and how it is opened."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest
import uvloop
from sqlalchemy import text

from ucs_registry.queries import Order, ResourceQuery
from ucs_registry.sql import SqlStore, open_store
from ucs_registry.sql.one_hop import OneHop
from ucs_registry.sql.sqlite import SqliteDialect
from ucs_registry.sql.urls import dialect_of
from ucs_registry.testing import StoreContract, a_resource, an_entry, an_id, founded, saved
from ucs_registry.testing.units import ROUNDS, WRITERS, LogContract, concurrent_entries, concurrent_updates
from ucs_sdk.errors import FailedPrecondition, Internal, Invalid, UcsError, Unavailable
from ucs_sdk.wording import CATALOGUE

DATABASES = ("sqlite", "postgres")

LEAVING_STEPS = 20


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest) -> str:
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
async def store(url: str) -> AsyncIterator[SqlStore]:
    store = await open_store(url, patience=5)
    yield store
    await store.close()


@pytest.fixture
async def stores(url: str) -> AsyncIterator[list[SqlStore]]:
    """Two stores on one database, as two processes would have them."""
    async with AsyncExitStack() as stack:
        opened = []
        for _ in range(2):
            opened.append(await open_store(url, patience=30))
            stack.push_async_callback(opened[-1].close)
        yield opened


class TestTwoProcesses:
    async def test_updates_are_not_lost(self, stores: list[SqlStore]) -> None:
        await founded(stores[0], a_resource(1, version=0))
        await concurrent_updates(stores)
        async with stores[1].read() as reader:
            kept = await reader.resource(an_id(1))
        assert kept is not None
        assert kept.version == WRITERS * ROUNDS

    async def test_positions_have_no_gaps(self, stores: list[SqlStore]) -> None:
        written = await concurrent_entries(stores)
        await LogContract.check_positions(stores[0], written)

    async def test_commit_of_one_is_seen_by_the_other_at_once(self, stores: list[SqlStore]) -> None:
        first, second = stores
        await founded(first, a_resource(1))
        async with second.read() as reader:
            assert await reader.resource(an_id(1)) == a_resource(1)
        await saved(second, a_resource(2))
        async with first.write() as unit:
            assert await unit.resource(an_id(2)) == a_resource(2)


class TestFaults:
    async def test_unit_that_waits_too_long_is_told_to_try_again(self, url: str) -> None:
        async with AsyncExitStack() as stack:
            holder = await open_store(url)
            stack.push_async_callback(holder.close)
            hasty = await open_store(url, patience=0.2)
            stack.push_async_callback(hasty.close)
            async with holder.write():
                with pytest.raises(Unavailable) as refusal:
                    await saved(hasty)
            assert refusal.value.reason == "STORE_BUSY"
            assert refusal.value.retry_after
            await saved(hasty)

    async def test_unit_behind_a_long_one_of_its_own_process_is_told_to_try_again(self, url: str) -> None:
        store = await open_store(url, patience=0.2)
        async with store.write():
            with pytest.raises(Unavailable) as refusal:
                await saved(store)
        assert refusal.value.reason == "STORE_BUSY"
        await saved(store)
        await store.close()

    async def test_refused_statement_says_nothing_of_sql(self, store: SqlStore) -> None:
        async with store.write() as unit:
            with pytest.raises(Internal) as refusal:
                await unit.run(text("SELECT secret FROM nowhere"))
        assert refusal.value.reason == "STORE_FAILED"
        assert "secret" not in str(refusal.value)
        assert not refusal.value.fields
        assert "secret" in str(refusal.value.__cause__)
        await saved(store)

    async def test_every_fault_has_a_message_in_both_languages(self) -> None:
        for reason in ("UNAVAILABLE", "BUSY", "FAILED", "OUTCOME_UNKNOWN", "OUTDATED", "URL_INVALID"):
            message = CATALOGUE[f"STORE_{reason}"]
            assert message.en
            assert message.zh

    async def test_closed_store_is_unavailable(self, url: str) -> None:
        store = await open_store(url)
        await store.close()
        for use in (store.ping(), saved(store), _read(store)):
            with pytest.raises(Unavailable):
                await use

    async def test_cancelled_write_is_whole_or_not_there(self, store: SqlStore) -> None:
        await founded(store)
        whole = steps = 0
        # Cancelled one step of the loop later each time, until the write is quicker than that.
        while whole < 3:
            task = asyncio.create_task(_write_both(store, steps))
            for _ in range(steps):
                await asyncio.sleep(0)
            await asyncio.sleep(steps / 10_000)
            task.cancel()
            await asyncio.wait([task])
            async with store.read() as reader:
                there = [await reader.resource(an_id(number)) is not None for number in (2 * steps, 2 * steps + 1)]
                logged = [entry.call_id for entry in await reader.log(after=0, first=999)].count(str(steps))
            assert there[0] == there[1] == bool(logged), steps
            whole += there[0]
            steps += 1 + steps // 4
        assert steps > 3
        await store.ping()

    async def test_cancelled_write_lets_the_next_one_in_at_once(self, url: str) -> None:
        store = await open_store(url, patience=0.5)
        await _cancel_writes(store)
        await store.close()

    async def test_twin_that_gives_up_statements_halfway_is_caught(self, sqlite_url: str) -> None:
        class Halfway(OneHop):
            async def _done(self, done: asyncio.Future[Any]) -> Any:
                return await done

        class HalfwaySqlite(SqliteDialect):
            connects = Halfway.to

        store = SqlStore(HalfwaySqlite(dialect_of(sqlite_url)._url, 0.1))
        gc.disable()
        try:
            with pytest.raises((Unavailable, Internal)):
                await _cancel_writes(store, most=600)
        finally:
            gc.enable()
            gc.collect()
            await store.close()

    async def test_who_waits_for_a_reader_may_leave_at_once(self, store: SqlStore) -> None:
        assert await _steps_to_leave(store, store._dialect.readers) < LEAVING_STEPS
        # Whoever left holds no place.
        async with AsyncExitStack() as held:
            for _ in range(store._dialect.readers):
                await held.enter_async_context(store.read())

    async def test_twin_that_waits_inside_the_pool_is_caught(self, sqlite_url: str) -> None:
        class EndlessLine(SqliteDialect):
            readers = 99

        store = SqlStore(EndlessLine(dialect_of(sqlite_url)._url, 0.2))
        assert await _steps_to_leave(store, SqliteDialect.readers + 1) == LEAVING_STEPS
        await store.close()

    async def test_reader_that_waits_too_long_is_told_to_try_again(self, url: str) -> None:
        store = await open_store(url, patience=0.1)
        async with AsyncExitStack() as held:
            for _ in range(store._dialect.readers):
                await held.enter_async_context(store.read())
            with pytest.raises(Unavailable) as refusal:
                await _read(store)
        assert refusal.value.reason == "STORE_BUSY"
        await _read(store)
        await store.close()

    async def test_store_whose_readers_are_all_taken_answers_the_probe(self, store: SqlStore) -> None:
        async with AsyncExitStack() as held:
            for _ in range(store._dialect.readers):
                await held.enter_async_context(store.read())
            await asyncio.gather(*(store.ping() for _ in range(20)))

    async def test_twin_whose_probe_stands_in_line_is_caught(self, sqlite_url: str) -> None:
        class InLine(SqlStore):
            async def ping(self) -> None:
                async with self.read():
                    pass

        store = InLine(dialect_of(sqlite_url, 0.1))
        with pytest.raises(Unavailable, match="STORE_BUSY"):
            await self.test_store_whose_readers_are_all_taken_answers_the_probe(store)
        await store.close()

    async def test_cancelled_read_gives_its_connection_back(self, store: SqlStore) -> None:
        await founded(store, *map(a_resource, range(50)))
        for steps in range(0, 60, 2):
            task = asyncio.create_task(_read(store))
            for _ in range(steps):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
        assert store._reading.sync_engine.pool.checkedout() == 0
        await store.ping()


class TestPostgresFaults:
    async def test_server_that_does_not_answer_is_unavailable(self, tmp_path: Path) -> None:
        with pytest.raises(Unavailable) as refusal:
            await open_store(f"postgresql://postgres:@/nothing?host={tmp_path}")
        assert refusal.value.reason == "STORE_UNAVAILABLE"

    async def test_connection_lost_in_a_unit_costs_that_unit_only(self, postgres_url: str) -> None:
        store = await open_store(postgres_url)
        await founded(store)
        async with store.write() as unit:
            await unit.save([a_resource(1)])
            _end_other_connections(postgres_url)
            with pytest.raises(Unavailable) as refusal:
                await unit.save([a_resource(2)])
        assert refusal.value.reason == "STORE_UNAVAILABLE"
        await saved(store, a_resource(3))
        with pytest.raises(Unavailable):
            await self._read_over_a_lost_connection(store, postgres_url)
        async with store.read() as reader:
            assert set(await reader.resources(map(an_id, range(9)))) == {an_id(3)}
        await store.close()

    async def test_connection_lost_at_commit_leaves_the_outcome_open(self, postgres_url: str) -> None:
        store = await open_store(postgres_url)
        await founded(store)
        async with store.write() as unit:
            await unit.save([a_resource(1)])
            _end_other_connections(postgres_url)
            # Without entries the unit's last statement is the commit itself.
            unit._cells._added.clear()
            with pytest.raises(Unavailable) as refusal:
                await unit.commit()
        assert refusal.value.reason == "STORE_OUTCOME_UNKNOWN"
        await saved(store, a_resource(2))
        await store.close()

    async def test_readers_are_read_only_and_see_one_snapshot(self, postgres_url: str) -> None:
        store = await open_store(postgres_url)
        async with store.read() as reader:
            for setting, wanted in (("transaction_isolation", "repeatable read"), ("transaction_read_only", "on")):
                assert (await reader._connection.execute(text(f"SHOW {setting}"))).scalar() == wanted
        await store.close()

    @staticmethod
    async def _read_over_a_lost_connection(store: SqlStore, url: str) -> None:
        async with store.read() as reader:
            _end_other_connections(url)
            await reader.all_organizations()


class TestSqliteFaults:
    async def test_connections_are_safe_against_power_cuts(self, sqlite_store: SqlStore) -> None:
        async with sqlite_store.write() as unit:
            for pragma, wanted in (("synchronous", 2), ("journal_mode", "wal"), ("foreign_keys", 1)):
                assert (await unit._connection.execute(text(f"PRAGMA {pragma}"))).scalar() == wanted

    async def test_commit_that_fails_leaves_the_outcome_open_and_the_next_unit_well(
        self, sqlite_store: SqlStore
    ) -> None:
        await founded(sqlite_store)
        async with sqlite_store.write() as unit:
            # A constraint that is checked at commit is the one way to make SQLite refuse a commit from within.
            await unit.run(text("PRAGMA defer_foreign_keys = ON"))
            await unit.run(text("INSERT INTO resource_tags (tag, resource) VALUES ('t', 'nothing')"))
            unit.append(an_entry())
            with pytest.raises(Unavailable) as refusal:
                await unit.commit()
        assert refusal.value.reason == "STORE_OUTCOME_UNKNOWN"
        await saved(sqlite_store, a_resource(1))
        async with sqlite_store.read() as reader:
            assert reader.head.position == 0

    async def test_missing_file_is_not_created(self, empty_sqlite_url: str) -> None:
        with pytest.raises(FailedPrecondition):
            await open_store(empty_sqlite_url)
        assert not Path(empty_sqlite_url.removeprefix("sqlite:///")).exists()

    async def test_file_that_is_no_database_is_unavailable(self, tmp_path: Path) -> None:
        path = tmp_path / "text.db"
        path.write_text("no database " * 100)
        with pytest.raises(UcsError) as refusal:
            await open_store(f"sqlite:///{path}")
        assert refusal.value.reason in ("STORE_UNAVAILABLE", "STORE_FAILED")


class TestOpening:
    async def test_reopened_store_has_everything(self, url: str) -> None:
        store = await open_store(url)
        await founded(store, a_resource(1))
        await store.close()
        again = await open_store(url)
        async with again.read() as reader:
            assert await reader.resource(an_id(1)) == a_resource(1)
            assert reader.head.access_version == 1
        await again.close()

    async def test_ping_passes_on_an_open_store(self, store: SqlStore) -> None:
        await store.ping()

    @pytest.mark.parametrize("database", DATABASES)
    async def test_database_without_tables_is_refused(self, database: str, request: pytest.FixtureRequest) -> None:
        with pytest.raises(FailedPrecondition) as refusal:
            await open_store(request.getfixturevalue(f"empty_{database}_url"))
        assert refusal.value.reason == "STORE_OUTDATED"

    async def test_database_of_a_newer_release_is_opened(self, sqlite_url: str) -> None:
        with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.close()
        await (await open_store(sqlite_url)).close()

    @pytest.mark.parametrize(
        "url", ["", "nonsense", "mysql://root@localhost/x", "sqlite://", "sqlite:///:memory:", "/var/ucs.db"]
    )
    async def test_other_urls_are_refused(self, url: str) -> None:
        with pytest.raises(Invalid) as refusal:
            await open_store(url)
        assert refusal.value.reason == "STORE_URL_INVALID"

    def test_store_works_on_uvloop(self, url: str) -> None:
        async def use() -> None:
            store = await open_store(url)
            await StoreContract().test_concurrent_updates_are_not_lost(store)
            await store.close()

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(use())


async def _read(store: SqlStore) -> None:
    async with store.read() as reader:
        await reader.select(ResourceQuery(), None, order=Order.CODE, after=None, first=50)


async def _steps_to_leave(store: SqlStore, readers: int) -> int:
    """How many steps of the loop one who waits for a reader takes to leave, at most LEAVING_STEPS."""
    async with AsyncExitStack() as held:
        for _ in range(readers):
            await held.enter_async_context(store.read())
        waiting = asyncio.create_task(_read(store))
        for _ in range(LEAVING_STEPS):
            await asyncio.sleep(0)
        waiting.cancel()
        steps = 0
        while not waiting.done() and steps < LEAVING_STEPS:
            steps += 1
            await asyncio.sleep(0)
        await asyncio.wait([waiting])
    return steps


async def _cancel_writes(store: SqlStore, most: int = 60) -> None:
    # Whoever waits for a lock that a cancelled write left behind is refused before the loop is through.
    await founded(store)
    for steps in range(0, most, 2):
        task = asyncio.create_task(_write_both(store, steps))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        await saved(store, a_resource(1000 + steps))


async def _write_both(store: SqlStore, steps: int) -> None:
    async with store.write() as unit:
        await unit.save([a_resource(2 * steps)])
        await unit.save([a_resource(2 * steps + 1)])
        unit.append(an_entry(call_id=str(steps)))
        await unit.commit()


def _end_other_connections(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
