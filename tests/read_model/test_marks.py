"""Whether anything was committed to a file is told without a statement, and without a look that costs the file its locks."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ucs_registry.read_model import Model
from ucs_registry.sql import SqlStore
from ucs_registry.sql.projecting import SqlProjecting
from ucs_registry.testing import a_resource, an_entry, founded

WRITING = "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0).execute('BEGIN IMMEDIATE')"


@pytest.fixture
def database(sqlite_url: str) -> str:
    """A database that is a file."""
    return sqlite_url


async def entered_by_another(path: Path) -> str:
    """What another process is told that begins to write."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITING, str(path), stderr=asyncio.subprocess.PIPE
    )
    _, told = await process.communicate()
    return told.decode()


async def test_no_other_process_writes_beside_a_unit_whatever_was_looked_at_meanwhile(
    store: SqlStore, database: str, modelled: Callable[..., Model]
) -> None:
    await founded(store, a_resource(1))
    async with store.write():
        model = modelled()
        assert await model.filled()
        assert await model.at_head() is not None
        assert await model.at_head() is not None
        assert "locked" in await entered_by_another(Path(database.removeprefix("sqlite:///")))


async def test_a_mark_is_another_after_every_commit_and_after_nothing_else(store: SqlStore) -> None:
    await founded(store, a_resource(1))
    reads = SqlProjecting(store._dialect, store.direct)
    before = await reads.state()
    mark = store.direct.mark()
    assert mark is not None
    assert (await reads.state(), store.direct.mark()) == (before, mark)
    async with store.write() as unit:
        unit.append(an_entry(object="log"))
        assert (await reads.state(), store.direct.mark()) == (before, mark)
        await unit.commit()
    assert store.direct.mark() != mark
    assert (await reads.state()).position == before.position + 1
