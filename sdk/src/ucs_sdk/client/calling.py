"""Calls as their callers mean them: within one deadline, tried again where that does no harm, with a token that counts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from ucs_sdk.client.errors import UNCERTAIN, passing, spoken
from ucs_sdk.client.retrying import Budget, Retries
from ucs_sdk.client.tokens import Tokens
from ucs_sdk.errors import DeadlineExceeded, UcsError, Unauthenticated
from ucs_sdk.messages import Locale

if TYPE_CHECKING:
    from ucs_sdk.client.wire import Channel

Request = Any
"""A message of the method's own type."""


class Calls:
    """The calls of one client."""

    def __init__(self, channel: Channel, tokens: Tokens, retries: Retries, locale: Locale) -> None:
        self.address = channel.address
        self.retries = retries
        self._channel = channel
        self._tokens = tokens
        self._locale = locale

    # Answers are messages of the method's own types.
    async def one(self, method: str, request: Request, seconds: float, *, request_id: str | None = None) -> Any:  # noqa: ANN401
        """The one answer of a method.

        The same request is sent until it is answered: a call that changes something must carry a request id, which is
        named here too, so that errors tell it.
        """
        attempts = Attempts(self, seconds, request_id)
        while True:
            token = await attempts.token()
            try:
                return await self.attempt(method, request, token, attempts.budget.left)
            except (UcsError, TimeoutError) as error:
                await attempts.after(error)

    # As above.
    async def attempt(self, method: str, request: Request, token: str | None, seconds: float | None) -> Any:  # noqa: ANN401
        """One try. Raises what it was refused with, or TimeoutError."""
        return await self._channel.answer(method, request, token, seconds)

    async def many(self, method: str, request: Request, seconds: float) -> AsyncGenerator[Any, None]:
        """The answers of a method that reads, tried again until the first has come; the deadline is that of them all."""
        attempts = Attempts(self, seconds)
        told = False
        while True:
            token = await attempts.token()
            try:
                async with aclosing(self.opened(method, request, token, attempts.budget.left)) as answers:
                    async for answer in answers:
                        told = True
                        yield answer
                return
            except (UcsError, TimeoutError) as error:
                await attempts.after(error, final=told)

    def opened(
        self, method: str, request: Request, token: str | None, seconds: float | None
    ) -> AsyncGenerator[Any, None]:
        """One try of a method with many answers."""
        return self._channel.answers(method, request, token, seconds)

    def broke_off(self) -> UcsError:
        """What it means when answers end that have no end."""
        return self._channel.broke_off()

    async def token(self) -> str | None:
        """The token to send. Raises Unauthenticated where it cannot be had."""
        try:
            return await self._tokens.current()
        except UcsError as error:
            raise self.worded(error) from error.__cause__

    async def renewed(self, refused: str | None) -> bool:
        """Whether there is another token than the one that was refused. Raises Unauthenticated where it cannot be had."""
        try:
            return await self._tokens.renewed(refused)
        except UcsError as error:
            raise self.worded(error) from error.__cause__

    def worded(self, error: UcsError, **more: object) -> UcsError:
        """The error in the language of this client."""
        return spoken(error, self._locale, **more)


class Attempts:
    """The tries of one call, and what comes behind each of them."""

    def __init__(self, calls: Calls, seconds: float, request_id: str | None = None) -> None:
        self.budget = Budget(seconds, calls.retries)
        self._calls = calls
        self._request_id = request_id
        self._token: str | None = None
        self._renewed = False
        self._last: UcsError | None = None

    async def token(self) -> str | None:
        """The token to send. Raises DeadlineExceeded where it is not had in time."""
        try:
            async with asyncio.timeout(self.budget.left):
                self._token = await self._calls.token()
        except TimeoutError as cause:
            raise self._late(sent=False) from self._last or cause
        return self._token

    async def after(self, error: UcsError | TimeoutError, *, final: bool = False) -> None:
        """Come back when it is time for another try. Raises the error where there is none, or no time for one."""
        if isinstance(error, TimeoutError):
            raise self._late(sent=True) from self._last or error
        self._last = error
        if final or not await self._passes(error):
            raise self._worded(error) from error.__cause__

    async def _passes(self, error: UcsError) -> bool:
        if isinstance(error, Unauthenticated) and not self._renewed:
            # Once for a call: whoever is given worthless tokens again and again is not helped by more of them.
            self._renewed = True
            return await self._renew()
        repeatable = self._request_id is not None and error.reason in UNCERTAIN
        pause = self.budget.pause(error) if passing(error) or repeatable else None
        if pause is None:
            return False
        await asyncio.sleep(pause)
        return True

    async def _renew(self) -> bool:
        try:
            async with asyncio.timeout(self.budget.left):
                return await self._calls.renewed(self._token)
        except TimeoutError as cause:
            raise self._late(sent=True) from cause

    def _late(self, *, sent: bool) -> UcsError:
        seconds = f"{self.budget.seconds:g}"
        uncertain = sent and self._request_id is not None
        return self._worded(DeadlineExceeded("OUTCOME_UNKNOWN" if uncertain else "DEADLINE_EXCEEDED", seconds=seconds))

    def _worded(self, error: UcsError) -> UcsError:
        return self._calls.worded(error, **({} if self._request_id is None else {"request_id": self._request_id}))
