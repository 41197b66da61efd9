"""Work on many things at once, so that whoever shares the loop is not kept waiting for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")

MANY = 2_000
"""How many things are worked on in one turn of the loop: some milliseconds."""


async def in_turns(make: Callable[[Item], Made], items: Iterable[Item]) -> list[Made]:
    """What is made of each, with a turn of the loop behind every `MANY`."""
    left = iter(items)
    made: list[Made] = []
    while part := list(islice(left, MANY)):
        if made:
            await asyncio.sleep(0)
        made += map(make, part)
    return made


async def beside_the_loop(size: int, work: Callable[[], Made]) -> Made:
    """What some work over so many things comes to, done on another thread where they are many.

    The work must neither change anything nor ask a store: when its caller leaves, nobody waits for its end.
    """
    return work() if size <= MANY else await asyncio.to_thread(work)
