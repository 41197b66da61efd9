"""Memory in a process that lives long: how often what refers to itself is looked for, and what is given back."""

from __future__ import annotations

import asyncio
import ctypes
import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

ARENAS = 2
"""From how many places the threads of a process take their memory."""

_ARENAS_MOST = -8
"""What glibc calls M_ARENA_MAX."""

SELDOM = (50_000, 20, 50)
"""After how many new objects it looks at the youngest, and after how many such looks at the older and at all others.

By its own measure it looks every 700: while a thousand rows are entered, hundreds of times, at things that are all in use.
What is 50,000 objects at most is some 5 MB.
"""


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Look seldom, and never at what is there by now, such as modules and what they made."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


async def given_back() -> None:
    """Give the machine the memory that a long import needed, and that only this process's allocator still holds.

    Where another allocator is at work than glibc's, nothing is done.
    """
    trim = _allocator("malloc_trim")
    if trim is not None:
        # It may take some tens of milliseconds, and lets go of the interpreter meanwhile.
        await asyncio.to_thread(trim, 0)


def few_arenas() -> None:
    """Have the threads that are started from now on share what they take memory from.

    glibc would give each an arena of its own, whose end it never gives back: after an import, some megabytes for each
    thread of a pool. They seldom meet, for nearly all of them wait for the interpreter.
    """
    limit = _allocator("mallopt")
    if limit is not None:
        limit(_ARENAS_MOST, ARENAS)


@cache
def _allocator(name: str) -> Callable[..., int] | None:
    found: Callable[..., int] | None = getattr(ctypes.CDLL(None), name, None)
    return found
