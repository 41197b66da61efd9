"""The public doors of the platform, in the hands of the story's people: one gRPC client each, which outlasts a restart.

A call is sent until it is answered, always under one request id, so that whatever breaks off it takes effect once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

from ucs_core.profile import Profile, persona_token
from ucs_sdk.client import AsyncClient, Retries
from ucs_sdk.client.errors import passing
from ucs_sdk.commands import spoken_locale
from ucs_sdk.errors import Code, UcsError

TRY_SECONDS = 5.0
"""How long a call may take before it is sent again."""

AT_ONCE = Retries(first=1e9, most=1e9)
"""Clients that do not wait and try again by themselves: here it is told for how long the platform was away."""

AWAY_SECONDS = 120.0
"""How long the platform may be away before the story is given up."""

PAUSE_SECONDS = 0.2

_AWAY = frozenset({Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED})


class Doors:
    """Calls by persona. `told` hears when the platform goes away (None) and for how many seconds it was away."""

    def __init__(self, profile: Profile, told: Callable[[float | None], None]) -> None:
        self._profile = profile
        self._told = told
        self._clients: dict[str, AsyncClient] = {}
        self._open = AsyncExitStack()
        self._away_since: float | None = None
        self.longest_away = 0.0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

    async def client(self, persona: str) -> AsyncClient:
        """The client of one of the demo's personas. Raises NotFound where the demo does not know them."""
        if persona not in self._clients:
            client = AsyncClient(
                self._profile.grpc,
                token=lambda: persona_token(self._profile, persona),
                seconds=TRY_SECONDS,
                retries=AT_ONCE,
                locale=spoken_locale(),
            )
            self._clients[persona] = await self._open.enter_async_context(client)
        return self._clients[persona]

    async def call(
        self, persona: str, operation: str, asked: Mapping[str, Any], request_id: str | None = None
    ) -> dict[str, Any]:
        """The answer of an operation, however often the platform goes away meanwhile. Raises what it is refused with."""
        client, begun = await self.client(persona), time.monotonic()
        while True:
            try:
                answer = await client.invoke(operation, asked, request_id=request_id)
            except UcsError as error:
                # Whatever comes next is the same request, also where the client made its id.
                request_id = request_id or str(error.fields.get("request_id") or "") or None
                if not (error.code in _AWAY or passing(error)) or time.monotonic() - begun > AWAY_SECONDS:
                    raise
                if error.code in _AWAY:
                    self._note_away(begun)
                await asyncio.sleep(max(PAUSE_SECONDS, error.retry_after or 0.0))
            else:
                self._note_back()
                return answer

    def _note_away(self, since: float) -> None:
        if self._away_since is None:
            self._away_since = since
            self._told(None)

    def _note_back(self) -> None:
        if self._away_since is not None:
            away, self._away_since = time.monotonic() - self._away_since, None
            self.longest_away = max(self.longest_away, away)
            self._told(away)
