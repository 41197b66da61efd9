"""Requests that are there at once are answered after one look at where the store stands, and none by an older one."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest
import uvicorn
import uvloop
from tests.http.conftest import NEW, opened, settle
from tests.http.test_quick import CREATE, Counting, Served

from ucs_core.eager import Done, Together, begin_since
from ucs_core.http.quick_wire import QuickHttp11
from ucs_registry.log import Entry
from ucs_registry.read_model.ports import Behind, State
from ucs_registry.sql import SqlStore, open_store
from ucs_registry.sql.projecting import SqlProjecting
from ucs_registry.testing import an_entry, founded

CALLERS, COMMITS = 6, 40


class Looking(SqlProjecting):
    """Counts how often it looks."""

    looks = 0

    async def _looked(self) -> State:
        self.looks += 1
        return await super()._looked()

    def told(self, since: float) -> State:
        """What it tells a request that came in at an instant."""
        begun = begin_since(since, self.state())
        assert isinstance(begun, Done)
        return begun.result


class Stubborn(Looking):
    """A broken one: it goes on telling what it saw, although more was told meanwhile."""

    async def behind(self, position: int, mark: bytes, most: int) -> Behind:
        shared = self._shared
        told = await super().behind(position, mark, most)
        self._shared = shared
        return told


class Endless(Together):
    """A broken one: for it one turn never ends."""

    def _end(self) -> None:
        pass


@pytest.fixture
async def store(sqlite_url: str) -> AsyncIterator[SqlStore]:
    store = await open_store(sqlite_url)
    await founded(store)
    yield store
    await store.close()


async def written(store: SqlStore) -> int:
    """The position of something that is written now."""
    async with store.write() as unit:
        unit.append(an_entry(object="log"))
        entries: list[Entry] = list(await unit.commit())
    return max(entry.position for entry in entries)


async def test_those_that_were_there_before_a_look_need_none(store: SqlStore) -> None:
    reads, came = Looking(store._dialect, store.direct), time.perf_counter()
    first = reads.told(came)
    assert (reads.told(came), reads.looks) == (first, 1)
    position = await written(store)
    assert reads.told(came) == first
    assert (reads.told(time.perf_counter()).position, reads.looks) == (position, 2)
    # Nor does one need its own who had come in before somebody else's.
    assert (reads.told(came).position, reads.looks) == (position, 2)
    assert ((await reads.state()).position, reads.looks) == (position, 3)


async def told_after_more_was_told(store: SqlStore, reads: Looking) -> tuple[int, int]:
    """What is told to one that had come in early, after a model has read what was written; and what was written."""
    came = time.perf_counter()
    seen = reads.told(came)
    position = await written(store)
    assert (await reads.behind(seen.position, seen.mark, 8)).reached == position
    return reads.told(came).position, position


async def test_nobody_is_told_less_than_a_model_was(store: SqlStore) -> None:
    told, position = await told_after_more_was_told(store, Looking(store._dialect, store.direct))
    assert told == position


async def test_one_that_tells_less_is_found_out(store: SqlStore) -> None:
    told, position = await told_after_more_was_told(store, Stubborn(store._dialect, store.direct))
    assert told < position


@asynccontextmanager
async def serving(url: str) -> AsyncIterator[Served]:
    """A node that keeps in memory what lists ask, behind a real server."""
    store = await open_store(url, read_model=True)
    await settle(store)
    async with opened(store, lame_duck_seconds=0) as surface:
        plain = surface.app.state.quick
        quick = Counting(surface.platform, plain._door, surface.readiness, surface.settings, plain._metrics)
        created = await surface.ask(CREATE, {"input": NEW})
        listener = socket.create_server(("127.0.0.1", 0))
        protocol: Any = partial(QuickHttp11, quick=quick)
        server = uvicorn.Server(
            uvicorn.Config(surface.app, http=protocol, lifespan="off", log_config=None, access_log=False)
        )
        task = asyncio.create_task(server._serve([listener]))
        try:
            assert store.read_model is not None
            assert await store.read_model.filled()
            yield Served(surface, quick, listener.getsockname(), created.json()["data"]["createResource"]["id"])
        finally:
            server.should_exit = True
            await task
            await store.close()


async def asked(served: Served, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
    """The position that an answer says it was read at."""
    writer.write(served.post())
    head = await reader.readuntil(b"\r\n\r\n")
    length, position = (
        int(re.search(pattern, head)[1])  # type: ignore[index]  # an answer has both
        for pattern in (rb"content-length: (\d+)", rb"ucs-position: (\d+)")
    )
    await reader.readexactly(length)
    return position


async def answers_behind(url: str, together: Together | None) -> int:
    """How many answers are older than what was written by somebody else before they were asked for."""
    behind, going = 0, True

    async def keep_asking() -> None:
        reader, writer = await asyncio.open_connection(*served.address)
        while going:
            await asked(served, reader, writer)
        writer.close()

    async with serving(url) as served:
        if together is not None:
            served.quick.together = together
        others = [asyncio.create_task(keep_asking()) for _ in range(CALLERS)]
        beside = await open_store(url)
        reader, writer = await asyncio.open_connection(*served.address)
        for _ in range(COMMITS):
            position = await written(beside)
            behind += await asked(served, reader, writer) < position
        going = False
        await asyncio.gather(*others)
        writer.close()
        await beside.close()
        assert served.quick.count > COMMITS
    return behind


@pytest.mark.parametrize("factory", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_whatever_was_written_before_a_request_is_in_its_answer(
    sqlite_url: str, factory: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    with asyncio.Runner(loop_factory=factory) as runner:
        assert runner.run(answers_behind(sqlite_url, None)) == 0


def test_a_turn_that_does_not_end_is_found_out(sqlite_url: str) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(answers_behind(sqlite_url, Endless())) > 0
