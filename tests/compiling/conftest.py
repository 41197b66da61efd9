"""Two doors over one platform: one that may compile what it is asked, and one that executes everything plainly."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
import pytest
from asked_documents import CURSORS, Asked
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ucs_core.access.tokens import LocalIssuer
from ucs_core.graphql import Caller, DocumentErrors, GraphqlDoor, refused
from ucs_core.platform import Platform, build_platform
from ucs_registry.ports import Store
from ucs_registry.sql import open_store
from ucs_registry.testing import NOW
from ucs_sdk.errors import UcsError
from ucs_sdk.messages import Locale


@dataclass(frozen=True, kw_only=True)
class Told:
    """An answer as a caller gets it, parsed: its text with every key in its place, and what goes beside it."""

    text: str
    executed: bool
    code: str | None
    position: int | None
    compiled: bool
    body: Any = field(compare=False)


class Asking:
    """Puts questions to a door."""

    def __init__(self, platform: Platform, *, compiled: bool) -> None:
        self.platform = platform
        self.door = GraphqlDoor(platform, compiled=compiled)

    async def tell(self, who: str, asked: Asked) -> Told:
        """What the door tells somebody."""
        caller = Caller(principal=who, locale=Locale.EN, call_id="asked")
        try:
            operation = self.door.prepare(asked.text, None, asked.variables)
            answer = await self.door.run(operation, asked.variables, caller)
        except (UcsError, DocumentErrors) as error:
            answer = refused(error, caller)
        body = orjson.loads(answer.json)
        return Told(
            text=orjson.dumps(body).decode(),
            executed=answer.executed,
            code=answer.code,
            position=answer.position,
            compiled=answer.data is not None,
            body=body,
        )


def cursors_in(value: Any) -> Iterator[str]:
    """Every cursor that an answer holds."""
    if isinstance(value, dict):
        for name, part in value.items():
            if name in CURSORS and isinstance(part, str):
                yield part
            else:
                yield from cursors_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from cursors_in(part)


@asynccontextmanager
async def platform_over(url: str) -> AsyncIterator[tuple[Any, Platform]]:
    """A store and a platform over it, at whose clock it is always the same instant."""
    store = await open_store(url)
    try:
        async with platform_beside(store, lambda store: store) as platform:
            yield store, platform
    finally:
        await store.close()


@asynccontextmanager
async def platform_beside(
    store: Store, wrap: Callable[[Store], Store], clock: Callable[[], datetime] = lambda: NOW
) -> AsyncIterator[Platform]:
    """A platform over a store that is open, or over something that stands before it."""
    verifier = LocalIssuer(Ed25519PrivateKey.generate()).verifier()
    platform = build_platform(wrap(store), verifier, origin="here", clock=clock)
    if platform.answers is not None:
        # Whether an answer is compiled must not depend on how busy the machine is.
        platform.answers.wide_seconds = 60.0
    yield platform
    await platform.pipeline.drain()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh database, once of each sort."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture
def asking() -> Any:
    """What a test needs of this file."""

    class Together:
        over = staticmethod(platform_over)
        beside = staticmethod(platform_beside)
        door = Asking
        cursors_in = staticmethod(cursors_in)

    return Together
