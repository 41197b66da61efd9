"""A process that prepares the chunks of long imports, while this one enters those before.

It is started when one full chunk has followed another, and ends when none has come for a while, or with the node. Whatever
it does is done here when it is not there: before it has started, on a machine of one processor, and when it has died.
"""

from __future__ import annotations

import asyncio
import marshal
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import IO, TypeVar

import structlog

from ucs_core.collecting import given_back
from ucs_core.rows.pipes import Handed, Plain, received, send
from ucs_core.rows.reading import Row, Types
from ucs_registry.entering import Fresh, Prepared
from ucs_registry.settling import settled

FULL = 500
"""From so many rows on a chunk counts as one of a long import; a smaller one is prepared sooner than it is handed over."""

CHUNKS_BEFORE = 1
"""After so many full chunks the process is started: what comes in one needs none, and where a second follows, more do."""

IDLE_SECONDS = 15.0
"""For how long without a chunk it is kept: it takes some 70 MB."""

ANSWER_SECONDS = 30.0
"""How long it may take to begin, or for a chunk, which is a hundred times what that takes. Then it is taken for dead."""

Answer = TypeVar("Answer")

log = structlog.get_logger()


class Preparer:
    """Hands chunks to the process, one at a time, and knows when there is to be one."""

    def __init__(self, start: Callable[[], Process] | None = None, patience: float = ANSWER_SECONDS) -> None:
        self._start = start or Process
        self._patience = patience
        self._process: Process | None = None
        self._starting: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        self._ending: asyncio.TimerHandle | None = None
        self._chunks = 0
        # With one processor there is nothing to be won, and where it could not be started it is not tried again.
        self._worth_it = len(os.sched_getaffinity(0)) > 1

    async def rows(self, lines: list[bytes], types: Types) -> list[Row | None] | None:
        """The rows of a chunk, None for each that must be looked at here; None for all of them when nobody is there."""
        if len(lines) < FULL or not self._worth_it:
            return None
        self._chunks += 1
        self._keep()
        if self._process is None:
            if self._chunks > CHUNKS_BEFORE and self._starting is None:
                self._starting = asyncio.create_task(self._begin())
            return None
        async with self._turn:
            # It may have ended while others had their turn.
            return None if self._process is None else await self._asked(self._process, lines, types)

    async def close(self) -> None:
        """End the process. It is started no more."""
        self._worth_it = False
        await self._end()

    async def _begin(self) -> None:
        process = None
        try:
            process = await settled(asyncio.to_thread(self._start))
            await self._in_time(process, process.wait_until_ready)
        except OSError as cause:
            self._worth_it = False
            log.warning("preparer_not_started", problem=repr(cause))
            if process is not None:
                await settled(asyncio.to_thread(process.end))
                await given_back()
            return
        self._process = process

    async def _asked(self, process: Process, lines: list[bytes], types: Types) -> list[Row | None] | None:
        try:
            # An answer that nobody takes would be taken for the next one's.
            answer = await self._in_time(process, partial(process.prepared, lines, types))
        except OSError as cause:
            self._worth_it, self._process = False, None
            log.warning("preparer_lost", problem=repr(cause))
            await settled(asyncio.to_thread(process.end))
            return None
        return [None if each is None else _row(each, types[0]) for each in answer]

    async def _in_time(self, process: Process, asking: Callable[[], Answer]) -> Answer:
        """What a process answers. One that hangs is killed, which ends the wait for it as its death would."""
        killing = asyncio.get_running_loop().call_later(self._patience, process.kill)
        try:
            return await settled(asyncio.to_thread(asking))
        finally:
            killing.cancel()

    def _keep(self) -> None:
        """Put the end off."""
        loop = asyncio.get_running_loop()
        if self._ending is not None:
            self._ending.cancel()
        self._ending = loop.call_later(IDLE_SECONDS, lambda: loop.create_task(self._end()))

    async def _end(self) -> None:
        if self._ending is not None:
            self._ending.cancel()
        if self._starting is not None:
            await settled(self._starting)
        async with self._turn:
            process, self._process, self._starting, self._chunks = self._process, None, None, 0
            if process is not None:
                await settled(asyncio.to_thread(process.end))
                await given_back()


class Process:
    """The process and its pipes. Its methods block."""

    def __init__(self) -> None:
        # Nothing is taken from the folder that the node was started in: what lies there may be anybody's.
        command = [sys.executable, "-P", "-m", "ucs_core.rows"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_environment())
        self._stamp: str | None = None

    def wait_until_ready(self) -> None:
        """Wait until it has begun. Raises OSError when it has ended instead."""
        received(self._answers)

    def prepared(self, lines: list[bytes], types: Types) -> list[Plain | None]:
        """The rows of lines. Raises OSError when it has died."""
        stamp, known = types
        told = None
        if stamp != self._stamp:
            told = pickle.dumps((list(known.types.values()), list(known.vocabularies.values())))
        send(self._questions, marshal.dumps(Handed(lines, stamp, told)[:]))
        answer: list[Plain | None] = marshal.loads(received(self._answers))
        self._stamp = stamp
        return answer

    def kill(self) -> None:
        """End it at once, without waiting for that."""
        self._process.kill()

    def end(self) -> None:
        """End it, and wait until it has."""
        self._process.kill()
        self._process.wait()
        self._answers.close()
        # What it has not read any more is still to be written when the pipe is closed, and nobody is there to read it.
        with suppress(BrokenPipeError):
            self._questions.close()

    @property
    def _questions(self) -> IO[bytes]:
        return _there(self._process.stdin)

    @property
    def _answers(self) -> IO[bytes]:
        return _there(self._process.stdout)


def _environment() -> dict[str, str]:
    """That of the node. What pydantic's plugins would be found by takes longer to import than all of pydantic."""
    return {**os.environ, "PYDANTIC_DISABLE_PLUGINS": "__all__"}


def _there(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise BrokenPipeError("there is no pipe")
    return pipe


def _row(plain: Plain, stamp: str) -> Row:
    fresh, judged, body, salt, digest = plain
    return Row(Prepared(Fresh(*fresh), stamp if judged else None), body, salt, digest)
