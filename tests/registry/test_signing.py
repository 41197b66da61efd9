"""What is signed continues what was signed before, whatever somebody with the database has made of it meanwhile."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, text

from ucs_registry import signing
from ucs_registry.checkpoints import Checkpoint, checkpoint_of, checkpoint_text
from ucs_registry.memory import InMemoryStore
from ucs_registry.merkle import Frontier
from ucs_registry.ports import Store
from ucs_registry.signing import Ledger, Verified
from ucs_registry.sql import SqlStore, growing, open_store, rows
from ucs_registry.sql.urls import dialect_of
from ucs_registry.testing import NOW, SigningContract, TestSigner, an_entry
from ucs_registry.testing.signing import latest, refused_to_sign
from ucs_registry.testing.tree import appended, root_of
from ucs_sdk.errors import Unavailable

Run = Callable[..., None]


class TestSqlStores(SigningContract):
    pass


class TestInMemoryStore(SigningContract):
    @pytest.fixture
    def reopened(self):
        # There is one process, so that every store that is opened is the same state under another signer.
        first = InMemoryStore()

        class Same(InMemoryStore):
            def __init__(self, signer):
                super().__init__(signer)
                self._turn = first._turn

            def _published(self):
                return first._published()

            def _publish(self, state):
                first._publish(state)

        async def open(signer):
            return Same(signer)

        return open


@pytest.fixture
def database(any_url: str):
    """Statements past the store, as somebody with the database runs them."""
    engine = dialect_of(any_url).migration_engine()

    def run(*statements: str) -> None:
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))

    yield run
    engine.dispose()


KEPT = ("head", "log", "checkpoints")


@pytest.fixture
def backup(any_url: str):
    """What the log's tables hold, to be put back later."""
    engine = dialect_of(any_url).migration_engine()

    def take() -> Callable[[], None]:
        with engine.begin() as connection:
            kept = {table: connection.execute(text(f"SELECT * FROM {table}")).mappings().all() for table in KEPT}

        def put_back() -> None:
            with engine.begin() as connection:
                for table, rows in kept.items():
                    _replace(connection, table, [dict(row) for row in rows])

        return put_back

    yield take
    engine.dispose()


def _replace(connection: Connection, table: str, rows: list[dict[str, object]]) -> None:
    connection.execute(text(f"DELETE FROM {table}"))
    for row in rows:
        columns = ", ".join(f'"{name}"' for name in row)
        connection.execute(
            text(f"INSERT INTO {table} ({columns}) VALUES ({', '.join(f':{name}' for name in row)})"), row
        )


# --- what somebody with the database may do to the log of seven entries ---------------------------------------
EDITS = {
    "entries taken out and the head with them": [
        "DELETE FROM log WHERE position > 3",
        "UPDATE head SET position = 3",
    ],
    "checkpoint taken away": ["UPDATE head SET note = NULL"],
    "tree said to be larger": ["UPDATE head SET tree_size = 99"],
    "frontier edited": [
        "UPDATE head SET frontier = substr(frontier, 1, 64) || '" + "0" * 64 + "' || substr(frontier, 129)"
    ],
    "frontier cut short": ["UPDATE head SET frontier = substr(frontier, 1, 64)"],
}


@pytest.mark.parametrize("edits", EDITS.values(), ids=EDITS.keys())
async def test_edited_log_is_not_signed(reopened, database: Run, edits: list[str]) -> None:
    store = await reopened(TestSigner())
    await appended(store, 7)
    database(*edits)
    await refused_to_sign(store, "LOG_ROLLED_BACK")


async def test_entry_that_was_put_behind_the_last_one_is_not_signed(reopened, database: Run) -> None:
    store = await reopened(TestSigner())
    await appended(store, 7)
    entry = an_entry(verb="forged").place(8)
    row = {name: value for name, value in rows.entry_row(entry, []).items() if value is not None}
    names, values = ", ".join(f'"{name}"' for name in row), ", ".join(f"'{value}'" for value in row.values())
    database(f"INSERT INTO log ({names}) VALUES ({values})", "UPDATE head SET position = 8")
    await refused_to_sign(store, "LOG_ENTRIES_UNSIGNED")
    await refused_to_sign(await reopened(TestSigner()), "LOG_ENTRIES_UNSIGNED")


async def test_entry_behind_the_head_is_shown_to_nobody_and_stops_all_writing(reopened, database: Run) -> None:
    store = await reopened(TestSigner())
    await appended(store, 7)
    row = rows.entry_row(an_entry(verb="forged").place(8), [])
    stated = {name: value for name, value in row.items() if value is not None}
    names, values = ", ".join(f'"{name}"' for name in stated), ", ".join(f"'{value}'" for value in stated.values())
    database(f"INSERT INTO log ({names}) VALUES ({values})")
    async with store.read() as reader:
        assert [entry.position for entry in await reader.log(after=5, first=9)] == [6, 7]
        assert await reader.log(after=7, first=9, owners=[stated.get("owner", "")]) == []
    await refused_to_sign(store, "LOG_ENTRIES_UNSIGNED")


UNSIGNED_EDITS = {
    "entry edited": ["UPDATE log SET verb = 'forged' WHERE position = 7"],
    "leaf edited": ["UPDATE log SET leaf = '" + "0" * 64 + "' WHERE position = 7"],
    "entry taken out": ["DELETE FROM log WHERE position = 6"],
}


@pytest.mark.parametrize("edits", UNSIGNED_EDITS.values(), ids=UNSIGNED_EDITS.keys())
async def test_unsigned_log_that_does_not_agree_with_itself_is_not_taken_over(reopened, database: Run, edits) -> None:
    await appended(await reopened(None), 7)
    database(*edits)
    await refused_to_sign(await reopened(TestSigner()), "LOG_ROLLED_BACK")


async def test_older_log_put_back_is_not_signed(reopened, backup) -> None:
    store = await reopened(TestSigner())
    await appended(store, 3)
    put_back = backup()
    await appended(store, 2)
    put_back()
    await refused_to_sign(store, "LOG_ROLLED_BACK")


async def test_other_log_of_the_same_key_put_in_place_is_not_signed(reopened, backup) -> None:
    store = await reopened(TestSigner())
    await appended(store, 3)
    put_back = backup()
    await appended(store, 2)
    seen = await latest(store)
    put_back()
    # Another process, which knows of nothing, goes on from the older state: by itself, what it signs is sound.
    other = await reopened(TestSigner())
    for count in (2, 4):
        await appended(other, count)
        assert (await latest(other)).size >= seen.size
        await refused_to_sign(store, "LOG_ROLLED_BACK")


async def test_checkpoint_of_a_strange_key_is_not_continued(reopened, database: Run) -> None:
    await appended(await reopened(TestSigner("strange")), 3)
    await refused_to_sign(await reopened(TestSigner()), "LOG_CHECKPOINT_UNTRUSTED")
    database("UPDATE head SET note = 'no note'")
    await refused_to_sign(await reopened(TestSigner()), "LOG_CHECKPOINT_UNTRUSTED")


async def test_edited_tree_below_a_checkpoint_is_not_continued_after_a_restart(reopened, database: Run) -> None:
    await appended(await reopened(TestSigner()), 6)
    database(
        "UPDATE log SET subtrees = substr(subtrees, 1, 64) || '" + "0" * 64 + "' WHERE position = 4",
    )
    await refused_to_sign(await reopened(TestSigner()), "LOG_ROLLED_BACK")


async def test_process_that_starts_goes_on_from_the_checkpoint_it_finds(reopened) -> None:
    for count in (1, 4, 2):
        store = await reopened(TestSigner())
        await appended(store, count)
    assert (await latest(store)).size == 7


async def test_commit_that_failed_is_not_taken_for_signed(sqlite_url: str) -> None:
    store = await open_store(sqlite_url, signer=TestSigner())
    await appended(store, 1)
    async with store.write() as unit:
        # A constraint that is checked at commit is the one way to make SQLite refuse a commit from within.
        await unit.run(text("PRAGMA defer_foreign_keys = ON"))
        await unit.run(text("INSERT INTO resource_tags (tag, resource) VALUES ('t', 'nothing')"))
        unit.append(an_entry())
        with pytest.raises(Unavailable):
            await unit.commit()
    await appended(store, 1)
    assert (await latest(store)).size == 2
    await store.close()


async def test_log_of_an_earlier_release_is_built_and_signed_by_the_first_unit(reopened, database: Run) -> None:
    count = growing.BATCH + signing.BATCH + 7
    await appended(await reopened(None), count)
    before = await _whole_tree(await reopened(None))
    database("UPDATE head SET tree_size = 0, frontier = '', note = NULL", "UPDATE log SET subtrees = NULL")
    store = await reopened(TestSigner())
    await appended(store, 1)
    after = await _whole_tree(store)
    assert before.items() <= after.items()
    async with store.read() as reader:
        assert (await latest(store)).root == await root_of(reader, count + 1)


async def _whole_tree(store: Store):
    async with store.read() as reader:
        return await reader.tree_hashes(
            (level, index) for level in range(12) for index in range(2 * growing.BATCH >> level)
        )


class SignsBlindly(Ledger):
    """A twin that signs what stands in the database."""

    async def verify(self, log, note, size):
        frontier = Frontier()
        for entry in await log.log(after=0, first=size):
            frontier.append(entry.leaf)
        return Verified(frontier=frontier, unsigned=None)


async def test_twin_that_signs_blindly_is_caught(reopened, backup) -> None:
    async def blind(signer) -> SqlStore:
        store = await reopened(signer)
        store._ledger = SignsBlindly(signer)
        return store

    for check in (
        test_older_log_put_back_is_not_signed,
        test_other_log_of_the_same_key_put_in_place_is_not_signed,
    ):
        with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
            await check(blind, backup)


# --- notes ------------------------------------------------------------------------------------------------------
def test_text_of_a_checkpoint_is_that_of_the_format() -> None:
    told = checkpoint_text("hub/qingdao", 7, "00" * 32, NOW)
    assert told == f"hub/qingdao\n7\n{'A' * 43}=\nat 2026-03-01T08:00:00.000000Z\n"
    note = TestSigner().sign(told)
    assert checkpoint_of(note) == Checkpoint(origin="hub/qingdao", size=7, root="00" * 32, at=NOW, note=note)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n7\n", "\n07\n"),
        ("\n7\n", "\n-7\n"),
        ("\n7\n", "\n７\n"),
        ("\n7\n", "\n\n"),
        ("AAAA\n", "AAA\n"),
        ("A=", "B="),
        ("at ", ""),
        ("Z\n", "+00:00\n"),
        ("Z\n\n", "Z\nmore\n\n"),
        ("\n\n", "\n"),
    ],
)
def test_anything_else_is_no_note(old: str, new: str) -> None:
    note = TestSigner().sign(checkpoint_text("hub", 7, "00" * 32, NOW))
    assert old in note or old == "AAAA\n"
    with pytest.raises(ValueError, match="not a note"):
        checkpoint_of(note.replace(old, new) if old in note else note.replace("A=\n", "\n"))
