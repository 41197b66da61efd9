"""Operations that are not given up halfway, and tasks that run beside others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

Result = TypeVar("Result")

ASKED_AGAIN_SECONDS = 5.0
"""How soon a task is told once more to end. What goes wrong where it was cancelled may have taken the place of that."""


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


async def ended(task: asyncio.Task[Any]) -> None:
    """Cancel a task and wait until it has ended, cancelled meanwhile or not. Raises what it failed with."""

    async def end() -> None:
        while not task.done():
            task.cancel()
            await asyncio.wait([task], timeout=ASKED_AGAIN_SECONDS)

    await settled(end())
    if not task.cancelled():
        task.result()


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Work that goes on in the background until the end of the block."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        await ended(task)
