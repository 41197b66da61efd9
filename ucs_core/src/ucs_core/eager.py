"""Coroutines that begin at once, without a task, and only become one when they have to wait for something.

What has nothing to wait for costs no turn of the loop. The beginning is not within a task: `asyncio.timeout`, which belongs
to one, must not be entered before the first wait.
"""

from __future__ import annotations

import asyncio
import time
import types
from collections.abc import Coroutine, Generator
from typing import Any, Generic, TypeVar

from ucs_registry.together import now

Result = TypeVar("Result")


class Done(Generic[Result]):
    """A coroutine that has ended already."""

    __slots__ = ("result",)

    def __init__(self, result: Result) -> None:
        self.result = result


class Waiting(Generic[Result]):
    """A coroutine that waits for something. Await `rest` in a task; `drop` it when nobody will."""

    __slots__ = ("_coroutine", "_first")

    def __init__(self, coroutine: Coroutine[Any, Any, Result], first: object) -> None:
        self._coroutine = coroutine
        self._first = first

    async def rest(self) -> Result:
        """Go on where it waits, to its end."""
        return await _rest(self._coroutine, self._first)

    def drop(self) -> None:
        """End it where it waits. Nothing happens when it has ended."""
        self._coroutine.close()


def begin(coroutine: Coroutine[Any, Any, Result]) -> Done[Result] | Waiting[Result]:
    """Run a coroutine up to its first wait. Raises what it raises before that."""
    try:
        first = coroutine.send(None)
    except StopIteration as end:
        return Done(end.value)
    return Waiting(coroutine, first)


def begin_since(since: float, coroutine: Coroutine[Any, Any, Result]) -> Done[Result] | Waiting[Result]:
    """As `begin`, for a request that had come in at an instant: where the store stands need not be looked at again for it when
    somebody has done so since. What it does behind its first wait it does by itself.
    """
    now.since = since
    try:
        return begin(coroutine)
    finally:
        now.since = None


class Together:
    """Begins coroutines of requests of which something had arrived when this turn of the loop began, and of no others."""

    def __init__(self) -> None:
        self._since: float | None = None

    def begin(self, coroutine: Coroutine[Any, Any, Result]) -> Done[Result] | Waiting[Result]:
        """As `begin_since` does: they had come in when the first of them was."""
        since = self._since
        if since is None:
            since = self._since = time.perf_counter()
            # That is before the loop looks for what has arrived meanwhile.
            asyncio.get_running_loop().call_soon(self._end)
        return begin_since(since, coroutine)

    def _end(self) -> None:
        self._since = None


@types.coroutine
def _rest(coroutine: Coroutine[Any, Any, Result], waited_for: object) -> Generator[Any, Any, Result]:
    # What it waits for is handed to the task as if the task had asked for it.
    while True:
        try:
            try:
                sent = yield waited_for
            except BaseException as error:  # noqa: BLE001 -- handed to the coroutine, cancellations included
                waited_for = coroutine.throw(error)
            else:
                waited_for = coroutine.send(sent)
        except StopIteration as end:
            result: Result = end.value
            return result
