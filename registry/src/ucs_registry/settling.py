"""Operations that are not given up halfway, and tasks that run beside others."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

Result = TypeVar("Result")

ASKED_AGAIN_SECONDS = 5.0
"""How soon a task is told once more to end. What goes wrong where it was cancelled may have taken the place of that."""


log = logging.getLogger(__name__)


async def settled(operation: Awaitable[Result]) -> Result:
    """Await an operation to its end, cancelled meanwhile or not; a cancellation is raised when the end is reached."""
    task = asyncio.ensure_future(operation)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            try:
                await asyncio.wait([task])
            except asyncio.CancelledError:
                continue
        # What it failed with is of no interest to a caller who left, but must not be reported as never retrieved.
        if not task.cancelled():
            task.exception()
        raise


async def acquired(line: asyncio.Lock | asyncio.Semaphore, seconds: float) -> None:
    """Take a place in a line, at once where nobody waits. Raises TimeoutError after so many seconds."""
    if line.locked():
        # Whoever has not waited for anything yet may not be a task so far, and only a task can be timed.
        await asyncio.sleep(0)
        async with asyncio.timeout(seconds):
            await line.acquire()
    else:
        await line.acquire()


async def ended(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks and wait until all have ended, cancelled meanwhile or not. What they failed with is theirs to tell."""

    async def end() -> None:
        while going := [task for task in tasks if not task.done()]:
            for task in going:
                task.cancel()
            await asyncio.wait(going, timeout=ASKED_AGAIN_SECONDS)

    await settled(end())


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Work that goes on in the background until the end of the block, where what it failed with is raised."""
    task = asyncio.create_task(work)
    task.add_done_callback(_tell_of_failure)
    try:
        yield
    finally:
        await ended(task)
    if not task.cancelled():
        task.result()


def _tell_of_failure(task: asyncio.Task[Any]) -> None:
    # Nobody awaits it before the block ends, and the block may be a node's whole life.
    if not task.cancelled() and (failure := task.exception()) is not None:
        log.error("work in the background has ended", exc_info=failure)
