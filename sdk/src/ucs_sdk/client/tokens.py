"""Where a client's token comes from, and how it is renewed once it is refused."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from ucs_sdk.errors import Unauthenticated

TokenFrom = str | Path | Callable[[], str] | Callable[[], Awaitable[str]]
"""A token, the file that holds one, or what gives one, plainly or to be awaited."""


class Tokens:
    """One client's token. It is asked for once, and again when the platform refuses it."""

    def __init__(self, source: TokenFrom | None) -> None:
        self._source = source
        self._held: str | None = source if isinstance(source, str) else None
        self._one_asks = asyncio.Lock()

    async def current(self) -> str | None:
        """The token to send; None for a client without one."""
        return await self._other_than(None) if self._held is None and self._source is not None else self._held

    async def renewed(self, refused: str | None) -> bool:
        """Whether there is another token now than the one that was refused."""
        if self._source is None or isinstance(self._source, str):
            return False
        return await self._other_than(refused) != refused

    async def _other_than(self, refused: str | None) -> str:
        # Many calls may be refused at once: one of them asks, and all take what it is given.
        async with self._one_asks:
            if self._held is None or self._held == refused:
                self._held = (await self._asked()).strip()
            return self._held

    async def _asked(self) -> str:
        source = self._source
        if isinstance(source, Path):
            return await asyncio.to_thread(_read, source)
        if not callable(source):
            return source or ""
        # What gives a token may ask a server for it, and the loop serves other calls meanwhile.
        given: Any = source() if inspect.iscoroutinefunction(source) else await asyncio.to_thread(source)
        return str(await given if inspect.isawaitable(given) else given)


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except OSError as cause:
        raise Unauthenticated("FILE_UNREADABLE", file=str(file), problem=cause.strerror) from cause
