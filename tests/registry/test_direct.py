"""What direct statements promise: the same answers and errors as other reads, and nothing left behind."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
import uvloop

from ucs_registry.sql import SqlStore, open_store
from ucs_registry.sql.direct import Direct, DirectStatement
from ucs_registry.sql.direct.line import STATEMENTS_KEPT, Line
from ucs_registry.sql.direct.slow import APART_MOST, SlowTexts
from ucs_registry.sql.direct.sqlite import THREADS
from ucs_registry.sql.urls import dialect_of
from ucs_sdk.errors import Code, UcsError

MANY = 1_000


def _statement(url: str, text: str, *names: str, heavy: bool = False) -> DirectStatement:
    """A statement in the database's own words: `{0:bigint}` is its first parameter, of that type on PostgreSQL."""

    class Place:
        def __init__(self, number: int) -> None:
            self._number = number

        def __format__(self, kind: str) -> str:
            return "?" if url.startswith("sqlite") else f"${self._number}::{kind}"

    places = [Place(number) for number in range(1, len(names) + 1)]
    return DirectStatement(text=text.format(*places), names=names, heavy=heavy)


def _endless(url: str, *, heavy: bool) -> DirectStatement:
    if url.startswith("sqlite"):
        counting = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
        return DirectStatement(text=counting, names=(), heavy=heavy)
    return DirectStatement(text="SELECT 1 FROM pg_sleep(600)", names=(), heavy=heavy)


def _lasting(url: str, *, heavy: bool) -> DirectStatement:
    """A statement that takes longer than the quick ones may, but ends."""
    if url.startswith("sqlite"):
        counting = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 2000000) SELECT max(i) FROM n"
        return DirectStatement(text=counting, names=(), heavy=heavy)
    return DirectStatement(text="SELECT 2000000 FROM pg_sleep(0.2)", names=(), heavy=heavy)


@pytest.fixture
async def direct(any_url: str) -> AsyncIterator[Direct]:
    store = await open_store(any_url, patience=5)
    yield store.direct
    await store.close()


@pytest.fixture
async def postgres_direct(postgres_store: SqlStore) -> Direct:
    return postgres_store.direct


async def _code(direct: Direct, statement: DirectStatement, **values: object) -> Code:
    with pytest.raises(UcsError) as caught:
        await direct.row(statement, values)
    return caught.value.code


class TestRows:
    async def test_values_come_back_as_they_were_given(self, direct: Direct, any_url: str) -> None:
        statement = _statement(any_url, "SELECT {0:text}, {1:bigint}, {2:float8}, {3:text}", "a", "b", "c", "d")
        given = {"a": "桥 🌉 é '\"\\", "b": -(2**63), "c": 0.1, "d": None}
        assert await direct.row(statement, given) == ("桥 🌉 é '\"\\".encode(), -(2**63), 0.1, None)

    async def test_bytes_and_truth_values_come_back(self, direct: Direct, any_url: str) -> None:
        statement = _statement(any_url, "SELECT {0:bytea}, {1:boolean}", "mask", "yes")
        assert await direct.row(statement, {"mask": b"\0\xff\\x", "yes": True}) == (b"\0\xff\\x", True)

    async def test_statement_without_rows_gives_none(self, direct: Direct, any_url: str) -> None:
        statement = _statement(any_url, "SELECT 1 FROM head WHERE position < {0:bigint}", "least")
        assert await direct.row(statement, {"least": -1}) is None

    async def test_values_that_are_not_named_are_passed_over(self, direct: Direct, any_url: str) -> None:
        statement = _statement(any_url, "SELECT {0:bigint}", "one")
        assert await direct.row(statement, {"other": object(), "one": 1}) == (1,)

    async def test_same_name_may_stand_at_two_places(self, direct: Direct, any_url: str) -> None:
        statement = _statement(any_url, "SELECT {0:bigint}, {1:bigint}", "one", "one")
        assert await direct.row(statement, {"one": 1}) == (1, 1)

    @pytest.mark.parametrize("heavy", [False, True])
    async def test_thousand_at_once_are_each_given_their_own(self, direct: Direct, any_url: str, heavy: bool) -> None:
        statement = _statement(any_url, "SELECT {0:bigint}, {1:text}", "number", "text", heavy=heavy)
        rows = await asyncio.gather(
            *(direct.row(statement, {"number": number, "text": str(number)}) for number in range(MANY))
        )
        assert rows == [(number, b"%d" % number) for number in range(MANY)]

    async def test_more_statements_than_are_kept_are_answered(self, direct: Direct, any_url: str) -> None:
        statements = [_statement(any_url, f"SELECT {{0:bigint}} + {n}", "n") for n in range(2 * STATEMENTS_KEPT)]
        for _ in range(2):
            rows = await asyncio.gather(*(direct.row(statement, {"n": 1}) for statement in statements))
            assert rows == [(1 + n,) for n in range(len(statements))]

    async def test_what_was_committed_is_seen_at_once(self, any_url: str) -> None:
        store = await open_store(any_url)
        position = DirectStatement(text="SELECT position FROM head", names=())
        assert await store.direct.row(position, {}) == (0,)
        await _execute(any_url, "UPDATE head SET position = 7")
        assert await store.direct.row(position, {}) == (7,)
        await store.close()

    def test_answers_under_uvloop(self, any_url: str) -> None:
        async def answers() -> object:
            store = await open_store(any_url)
            try:
                statement = _statement(any_url, "SELECT {0:bigint}", "n")
                return await asyncio.gather(*(store.direct.row(statement, {"n": n}) for n in range(100)))
            finally:
                await store.close()

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            assert runner.run(answers()) == [(n,) for n in range(100)]

    async def test_long_answers_arrive_whole(self, direct: Direct, any_url: str) -> None:
        statement = _statement(any_url, "SELECT {0:text}", "text")
        texts = [str(n) * 300_000 for n in range(10)]
        rows = await asyncio.gather(*(direct.row(statement, {"text": text}) for text in texts))
        assert rows == [(text.encode(),) for text in texts]


class TestRefusals:
    async def test_failing_statement_does_not_fail_its_neighbours(self, direct: Direct, any_url: str) -> None:
        assert await _strangers_hurt(direct, any_url) == []

    async def test_twin_that_fails_the_neighbours_is_caught(
        self, postgres_direct: Direct, postgres_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Line, "_passed_over", lambda line, asked, name, step: asked.answer.cancel())
        assert await _strangers_hurt(postgres_direct, postgres_url)

    @pytest.mark.parametrize("value", [object(), [1], 2**70, "\ud800"])
    async def test_value_without_a_form_is_our_own_fault(self, direct: Direct, any_url: str, value: object) -> None:
        statement = _statement(any_url, "SELECT {0:bigint}", "value")
        assert await _code(direct, statement, value=value) is Code.INTERNAL
        assert await direct.row(statement, {"value": 1}) == (1,)

    async def test_zero_character_is_not_cut_off(self, direct: Direct, any_url: str) -> None:
        statement = _statement(any_url, "SELECT {0:text} = 'a'", "value")
        if any_url.startswith("sqlite"):
            assert await direct.row(statement, {"value": "a\0b"}) == (0,)
        else:
            assert await _code(direct, statement, value="a\0b") is Code.INTERNAL

    async def test_statement_that_is_none_is_our_own_fault(self, direct: Direct) -> None:
        for text in ("SELEC 1", "SELECT nothing FROM head", "SELECT 1; SELECT 2"):
            for _ in range(2):
                assert await _code(direct, DirectStatement(text=text, names=())) is Code.INTERNAL

    @pytest.mark.parametrize("heavy", [False, True])
    async def test_nothing_can_be_written(self, direct: Direct, any_url: str, heavy: bool) -> None:
        writing = DirectStatement(text="UPDATE head SET position = 99", names=(), heavy=heavy)
        with pytest.raises(UcsError):
            await direct.row(writing, {})
        assert await direct.row(DirectStatement(text="SELECT position FROM head", names=()), {}) == (0,)

    async def test_many_failing_at_once_are_each_told(self, direct: Direct, any_url: str) -> None:
        failing = _statement(any_url, _DIVISION[any_url.startswith("sqlite")], "by")
        told = await asyncio.gather(*(direct.row(failing, {"by": 0}) for _ in range(MANY)), return_exceptions=True)
        assert {error.code for error in told if isinstance(error, UcsError)} == {Code.INTERNAL}
        assert len(told) == MANY


_DIVISION = {True: "SELECT json(CASE {0:bigint} WHEN 0 THEN '[' END)", False: "SELECT 1 / {0:bigint}"}
"""What fails with 0, and with nothing else."""


async def _strangers_hurt(direct: Direct, url: str) -> list[object]:
    """What those were told who asked in the same turn as somebody whose statement fails."""
    failing = _statement(url, _DIVISION[url.startswith("sqlite")], "by")
    sound = _statement(url, "SELECT {0:bigint}", "n")
    asked = [direct.row(failing, {"by": 0}) if n % 10 == 3 else direct.row(sound, {"n": n}) for n in range(200)]
    told = await asyncio.gather(*asked, return_exceptions=True)
    return [each for n, each in enumerate(told) if n % 10 != 3 and each != (n,)]


class TestSlowStatements:
    async def test_loop_goes_on_while_a_statement_runs_away(self, direct: Direct, any_url: str) -> None:
        runaway = asyncio.create_task(direct.row(_endless(any_url, heavy=False), {}))
        quick = _statement(any_url, "SELECT {0:bigint}", "n")
        async with asyncio.timeout(30):
            await asyncio.sleep(0.2)
            runaway.cancel()
            await asyncio.wait([runaway])
            assert await direct.row(quick, {"n": 1}) == (1,)

    async def test_statement_that_took_long_is_answered_and_run_apart(self, direct: Direct, any_url: str) -> None:
        lasting = _lasting(any_url, heavy=False)
        for _ in range(2):
            assert await direct.row(lasting, {}) == (2_000_000,)

    @pytest.mark.parametrize("heavy", [False, True])
    async def test_cancelled_callers_leave_nothing_running(self, direct: Direct, any_url: str, heavy: bool) -> None:
        endless = _endless(any_url, heavy=heavy)
        callers = [asyncio.create_task(direct.row(endless, {})) for _ in range(2 * THREADS)]
        await asyncio.sleep(0.1)
        for caller in callers:
            caller.cancel()
        async with asyncio.timeout(30):
            await asyncio.wait(callers)
            assert all(caller.cancelled() for caller in callers)
            # Nobody could be answered while those ran.
            quick = _statement(any_url, "SELECT {0:bigint}", "n", heavy=heavy)
            assert await direct.row(quick, {"n": 1}) == (1,)

    async def test_neighbour_of_a_cancelled_caller_is_answered(self, direct: Direct, any_url: str) -> None:
        gone = asyncio.create_task(direct.row(_endless(any_url, heavy=False), {}))
        lasting = asyncio.create_task(direct.row(_lasting(any_url, heavy=False), {}))
        await asyncio.sleep(0.1)
        gone.cancel()
        async with asyncio.timeout(30):
            assert await lasting == (2_000_000,)

    async def test_who_waits_too_long_is_told_to_come_again(self, any_url: str) -> None:
        store = await open_store(any_url, patience=0.2)
        running = [asyncio.create_task(store.direct.row(_endless(any_url, heavy=True), {})) for _ in range(THREADS)]
        await asyncio.sleep(0)
        with pytest.raises(UcsError) as caught:
            await store.direct.row(_statement(any_url, "SELECT {0:bigint}", "n", heavy=True), {"n": 1})
        assert (caught.value.reason, caught.value.retry_after) == ("STORE_BUSY", 1.0)
        await store.close()
        told = await asyncio.gather(*running, return_exceptions=True)
        assert {error.reason for error in told if isinstance(error, UcsError)} == {"STORE_UNAVAILABLE"}

    def test_bounded_number_of_slow_statements_is_remembered(self) -> None:
        slow = SlowTexts()
        for number in range(2 * APART_MOST):
            slow.add(str(number))
        assert [str(number) in slow for number in (0, APART_MOST - 1, APART_MOST)] == [False, False, True]

    @pytest.mark.parametrize(
        ("took_long", "apart"),
        [([True], False), ([True, True], True), ([True, False, True], False), ([True, False, True, True], True)],
    )
    def test_statement_that_is_slow_twice_in_a_row_is_run_apart(self, took_long: list[bool], apart: bool) -> None:
        slow = SlowTexts()
        for each in took_long:
            slow.note("SELECT 1", slow=each)
            slow.note("SELECT 2", slow=False)
        assert ("SELECT 1" in slow, "SELECT 2" in slow) == (apart, False)


class TestBrokenConnections:
    async def test_killed_backends_are_not_noticed(self, postgres_direct: Direct, postgres_url: str) -> None:
        quick, heavy = (_statement(postgres_url, "SELECT {0:bigint}", "n", heavy=heavy) for heavy in (False, True))
        for _ in range(3):
            for statement in (quick, heavy):
                assert await postgres_direct.row(statement, {"n": 1}) == (1,)
            _kill_all(postgres_url)

    async def test_statements_on_their_way_are_sent_again(self, postgres_direct: Direct, postgres_url: str) -> None:
        sleeping = DirectStatement(text="SELECT 5 FROM pg_sleep(0.3)", names=())
        quick = _statement(postgres_url, "SELECT {0:bigint}", "n")
        await postgres_direct.row(quick, {"n": 1})
        asked = [asyncio.create_task(postgres_direct.row(sleeping, {}))]
        asked += [asyncio.create_task(postgres_direct.row(quick, {"n": n})) for n in range(50)]
        await asyncio.sleep(0.05)
        _kill_all(postgres_url)
        assert await asyncio.gather(*asked) == [(5,), *((n,) for n in range(50))]

    async def test_server_that_is_not_there_is_told(self) -> None:
        direct = dialect_of("postgresql://nobody@127.0.0.1:1/none", 5).direct()
        statement = DirectStatement(text="SELECT 1", names=())
        told = await asyncio.gather(*(direct.row(statement, {}) for _ in range(10)), return_exceptions=True)
        assert {(error.reason, error.retry_after) for error in told if isinstance(error, UcsError)} == {
            ("STORE_UNAVAILABLE", 1.0)
        }
        await direct.close()

    async def test_file_that_is_not_there_is_told_and_not_made(self, tmp_path: Path) -> None:
        direct = dialect_of(f"sqlite:///{tmp_path / 'none.db'}", 5).direct()
        for heavy in (False, True):
            statement = DirectStatement(text="SELECT 1", names=(), heavy=heavy)
            assert await _code(direct, statement) is Code.UNAVAILABLE
        await direct.close()
        assert not list(tmp_path.iterdir())

    async def test_database_restored_under_it_is_read(self, direct: Direct, any_url: str) -> None:
        await _execute(any_url, "CREATE TABLE kept (a bigint)", "INSERT INTO kept VALUES (1)")
        statement = DirectStatement(text="SELECT * FROM kept", names=())
        assert await direct.row(statement, {}) == (1,)
        await _execute(
            any_url, "DROP TABLE kept", "CREATE TABLE kept (b text, c bigint)", "INSERT INTO kept VALUES ('x', 2)"
        )
        assert await direct.row(statement, {}) == (b"x", 2)

    async def test_sqlite_file_restored_from_a_copy_is_read(self, sqlite_url: str, tmp_path: Path) -> None:
        store = await open_store(sqlite_url)
        position = DirectStatement(text="SELECT position FROM head", names=())
        assert await store.direct.row(position, {}) == (0,)
        with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as present:
            copy = sqlite3.connect(tmp_path / "copy.db")
            present.backup(copy)
            copy.execute("UPDATE head SET position = 5")
            copy.commit()
            copy.backup(present)
            copy.close()
        present.close()
        assert await store.direct.row(position, {}) == (5,)
        await store.close()

    async def test_statements_that_are_prepared_no_more_are_prepared_again(
        self, postgres_direct: Direct, postgres_url: str
    ) -> None:
        quick = _statement(postgres_url, "SELECT {0:bigint}", "n")
        assert await postgres_direct.row(quick, {"n": 1}) == (1,)
        await postgres_direct.row(DirectStatement(text="DEALLOCATE ALL", names=()), {})
        rows = await asyncio.gather(*(postgres_direct.row(quick, {"n": n}) for n in range(10)))
        assert rows == [(n,) for n in range(10)]


class TestClosing:
    async def test_closed_store_answers_no_more(self, any_url: str) -> None:
        store = await open_store(any_url)
        statement = _statement(any_url, "SELECT {0:bigint}", "n")
        assert await store.direct.row(statement, {"n": 1}) == (1,)
        await store.close()
        await store.close()
        assert await _code(store.direct, statement, n=1) is Code.UNAVAILABLE

    async def test_store_that_was_never_asked_closes(self, any_url: str) -> None:
        await (await open_store(any_url)).close()

    @pytest.mark.parametrize("heavy", [False, True])
    async def test_closing_ends_what_runs_and_leaves_nothing(self, any_url: str, heavy: bool) -> None:
        store = await open_store(any_url)
        running = [asyncio.create_task(store.direct.row(_endless(any_url, heavy=heavy), {})) for _ in range(6)]
        await asyncio.sleep(0.1)
        async with asyncio.timeout(30):
            await store.close()
            told = await asyncio.gather(*running, return_exceptions=True)
        assert {error.reason for error in told if isinstance(error, UcsError)} == {"STORE_UNAVAILABLE"}
        assert not [thread for thread in threading.enumerate() if thread.name.startswith("ucs-direct")]
        if not any_url.startswith("sqlite"):
            _expect_no_backends(any_url)


def _expect_no_backends(url: str) -> None:
    """The server's processes end on their own, soon after their connections."""
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(1_000):
            found = connection.execute(
                "SELECT count(*) FROM pg_stat_activity, pg_sleep(0.01) "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            ).fetchone()
            if found == (0,):
                return
    pytest.fail("connections are left behind")


def _kill_all(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


async def _execute(url: str, *statements: str) -> None:
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as file:
            for statement in statements:
                file.execute(statement)
        file.close()
        return
    async with await psycopg.AsyncConnection.connect(url) as connection:
        for statement in statements:
            await connection.execute(statement.encode())
