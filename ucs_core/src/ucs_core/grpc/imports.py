"""Imports: one chunk after another, each a transaction of its own, until the stream ends or one is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import NamedTuple, TypeVar

from ucs_core.grpc.calls import Mutating, time_limit
from ucs_sdk.errors import UcsError

Chunk = TypeVar("Chunk", bound=Mutating)


class Total(NamedTuple):
    """How many items were entered or found fit, in how many chunks."""

    items: int
    chunks: int


async def enter_chunks(
    chunks: AsyncIterator[Chunk], enter: Callable[[Chunk], Awaitable[int]], *, seconds: float
) -> Total:
    """Enter every chunk; `enter` says how many items it held, and may take `seconds` for each.

    What ends the import before its end is raised as it is, with the place in the stream (`chunks[3].resources[17]…`,
    counted from 0) as its path, and with `committed`: how many items of the chunks before it stay.
    """
    count = committed = at = 0
    try:
        async for chunk in chunks:
            async with time_limit(seconds, mutating=True):
                entered = await enter(chunk)
            count += entered
            committed += 0 if chunk.validate_only else entered
            at += 1
    except UcsError as cause:
        raise ended_at(cause, at, committed) from cause
    return Total(count, at)


def ended_at(cause: UcsError, chunk: int, committed: int) -> UcsError:
    """What ended an import, with its place in the stream and how many items of the chunks before it stay."""
    within = cause.fields.get("path")
    place = f"chunks[{chunk}].{within}" if within else f"chunks[{chunk}]"
    fields = {**cause.fields, "path": place, "committed": committed}
    return type(cause)(cause.reason, retry_after=cause.retry_after, **fields)
