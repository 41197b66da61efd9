"""A full disk is called by its name, and leaves what was there."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError

from ucs_registry.sql import open_store
from ucs_registry.sql.faults import fault_of, outcome_unknown
from ucs_registry.testing import a_resource, an_id, founded
from ucs_sdk.errors import Unavailable


async def test_a_full_disk_is_named_and_nothing_was_changed(sqlite_url: str) -> None:
    store = await open_store(sqlite_url)
    await founded(store, a_resource(1))
    async with store.write() as unit:
        # SQLite says the same of a file that may not grow as of a disk that is full.
        await unit.run(text("PRAGMA max_page_count = 1"))
        with pytest.raises(Unavailable) as refusal:
            await unit.save([a_resource(number, title_zh="长" * 200) for number in range(2, 400)])
        await unit.run(text("PRAGMA max_page_count = 1073741823"))
    assert refusal.value.reason == "STORE_FULL"
    assert "disk of the database is full" in str(refusal.value)
    async with store.write() as unit:
        await unit.save([a_resource(2)])
        await unit.commit()
    async with store.read() as reader:
        assert set(await reader.resources(map(an_id, range(9)))) == {an_id(1), an_id(2)}
    await store.close()


def test_a_commit_that_met_a_full_disk_says_both() -> None:
    for code, reason in (
        ("53100", "STORE_FULL"),
        ("SQLITE_FULL", "STORE_FULL"),
        ("SQLITE_CANTOPEN", "STORE_UNAVAILABLE"),
    ):
        assert fault_of(code, unreachable=True).reason == reason
    for code, reason in (("SQLITE_FULL", "STORE_FULL_OUTCOME_UNKNOWN"), ("SQLITE_IOERR", "STORE_OUTCOME_UNKNOWN")):
        with pytest.raises(Unavailable) as refusal, outcome_unknown():
            raise committing(code)
        assert refusal.value.reason == reason


def committing(code: str) -> DBAPIError:
    """What is raised where a commit fails in SQLite."""
    cause = sqlite3.OperationalError("disk")
    cause.sqlite_errorname = code
    return OperationalError("COMMIT", None, cause)


def test_twin_that_knows_no_full_disk_would_be_told(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "full.db")
    connection.execute("PRAGMA max_page_count = 1")
    with pytest.raises(sqlite3.OperationalError) as refusal:
        connection.execute("CREATE TABLE large (text)")
    connection.close()
    assert refusal.value.sqlite_errorname == "SQLITE_FULL"
    # As it was before: a database that does not answer.
    assert fault_of("SQLITE_IOERR", unreachable=True).reason == "STORE_UNAVAILABLE"
