"""A watch that goes on by itself: behind the last position that it was told, however often the platform goes away."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncGenerator, Callable
from types import TracebackType
from typing import Any, Self

from ucs_sdk.client.calling import Calls, Request
from ucs_sdk.client.errors import BROKEN_WATCHES, LOST_POSITIONS, PositionLost, lost, passing
from ucs_sdk.client.models import Change, ChangeType
from ucs_sdk.client.retrying import Budget
from ucs_sdk.errors import UcsError, Unauthenticated

log = logging.getLogger(__name__)


class Stand:
    """Where a watch stands: behind which position it asks, and what of that which it is told is new."""

    def __init__(self, after: int | None) -> None:
        self.position = after

    def behind(self) -> int | None:
        """The position behind which to go on; None for now."""
        return self.position

    def takes(self, position: int) -> bool:
        """Whether what happened at a position was not told yet; it is from now on."""
        if self.position is not None and position <= self.position:
            return False
        self.position = position
        return True


class AsyncWatch:
    """Changes, each once and in the order of the log, for `async for`; for one consumer.

    `async with` begins it: what happens from then on is told. It ends by raising: PositionLost when it cannot go on from
    where it is (list again), Unauthenticated when nobody vouches for the caller any more, what else the platform refuses,
    and what kept it from the platform for longer than its patience.
    """

    def __init__(
        self,
        calls: Calls,
        request: Callable[[int | None], Request],
        read: Callable[[Any], Change],
        stand: Stand,
        patience: float | None,
    ) -> None:
        self._calls = calls
        self._request = request
        self._read = read
        self._stand = stand
        self._patience = math.inf if patience is None else patience
        self._answers: AsyncGenerator[Any, None] | None = None
        self._first: Change | None = None
        self._begun = False
        self._closed = False
        self._apart: Budget | None = None
        self._token: str | None = None
        self._renewed = False

    @property
    def position(self) -> int | None:
        """Behind which position it goes on: that of the last change, or one up to which nothing more is to come.

        None until it has begun from now on. Whoever wants to go on after a restart keeps the position of the last change
        that was dealt with.
        """
        return self._stand.position

    async def begin(self) -> None:
        """Wait until the platform tells of changes; without it, that is when the first is asked for."""
        if not self._begun:
            change = await self._next()
            if change.type is not ChangeType.PROGRESS:
                self._first = change
            elif self._stand.takes(change.position):
                log.debug("the watch begins behind %s", change.position)

    async def aclose(self) -> None:
        """Hear of no more changes."""
        self._closed = True
        await self._hang_up()

    async def __aenter__(self) -> Self:
        await self.begin()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Change:
        while not self._closed:
            change, self._first = self._first or await self._next(), None
            if self._stand.takes(change.position) and change.type is not ChangeType.PROGRESS:
                return change
        raise StopAsyncIteration

    async def _next(self) -> Change:
        while True:
            try:
                answers = self._answers or await self._connected()
                change = self._read(await anext(answers))
            except StopAsyncIteration:
                # The platform ends no watch without a word; what stood in between may.
                error: UcsError = self._calls.broke_off()
            except UcsError as refusal:
                error = refusal
            else:
                self._begun, self._apart, self._renewed = True, None, False
                return change
            await self._hang_up()
            await self._after(error)

    async def _connected(self) -> AsyncGenerator[Any, None]:
        self._token = await self._calls.token()
        self._answers = self._calls.opened("Watch", self._request(self._stand.behind()), self._token, None)
        return self._answers

    async def _hang_up(self) -> None:
        answers, self._answers = self._answers, None
        if answers is not None:
            await answers.aclose()

    async def _after(self, error: UcsError) -> None:
        """Come back when it is time to watch again. Raises the error where there is nothing to hope for."""
        if error.reason in LOST_POSITIONS:
            raise self._calls.worded(lost(error)) from error
        if error.reason == "POSITION_UNKNOWN" and self._begun:
            # The platform told this position itself: it has gone back to before that.
            unknown = PositionLost("WATCH_OTHER_HISTORY", position=self._stand.position)
            raise self._calls.worded(unknown) from error
        if isinstance(error, Unauthenticated) and not self._renewed:
            self._renewed = True
            if await self._calls.renewed(self._token):
                return
        pause = None
        if passing(error) or error.reason in BROKEN_WATCHES:
            self._apart = self._apart or Budget(self._patience, self._calls.retries)
            pause = self._apart.pause(error)
        if pause is None:
            raise self._calls.worded(error) from error.__cause__
        log.info("the watch goes on behind %s in %.1f s: %s", self.position, pause, error.reason)
        await asyncio.sleep(pause)
