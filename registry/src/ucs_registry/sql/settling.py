"""Operations that are not given up halfway."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

Result = TypeVar("Result")


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
