"""Waits for an answer from where nothing can be awaited."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
from concurrent.futures import ThreadPoolExecutor
from typing import Any


# Whatever comes in goes out, awaited or not.
def settled(answer: Any) -> Any:  # noqa: ANN401
    """The answer, awaited where it must be, on a loop and in a thread of its own: the caller's may have one that runs."""
    if not inspect.isawaitable(answer):
        return answer

    # As above.
    async def wait() -> Any:  # noqa: ANN401
        return await answer

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(contextvars.copy_context().run, asyncio.run, wait()).result()
