"""Where the calls of the query battery are made, and what is known of each."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from bulk_city import City
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ucs_core.access.tokens import LocalIssuer
from ucs_core.graphql import Caller, GraphqlDoor
from ucs_core.platform import Call, Platform, build_platform
from ucs_registry.sql import SqlStore
from ucs_registry.testing import NOW
from ucs_sdk.messages import Locale

CARD = "id code kind availability title { zh en } owner { id title { zh en } }"


class Desk:
    """Where the calls of the battery are made: a platform over a full database."""

    def __init__(self, store: SqlStore, city: City) -> None:
        self.city = city
        self.platform: Platform = build_platform(
            store, LocalIssuer(Ed25519PrivateKey.generate()).verifier(), origin="battery", clock=lambda: NOW
        )
        self.door = GraphqlDoor(self.platform)
        self._run, self._entered = secrets.token_hex(4), 0

    async def ask(self, who: str, document: str, variables: dict[str, Any]) -> Any:
        """What GraphQL answers; errors are not expected."""
        caller = Caller(principal=who, locale=Locale.EN, call_id="battery")
        operation = self.door.prepare(document, None, variables)
        answer = await self.door.run(operation, variables, caller)
        if answer.code is not None:
            raise AssertionError(f"{document}: {answer.body!r}")
        return answer

    async def watch(self, who: str) -> None:
        """The first event of a watch that begins where the log ends."""
        events = self.platform.watch(who)
        async for _ in events:
            break
        await events.aclose()

    async def enter(self, who: str) -> None:
        """Import a chunk of a thousand, under new codes each time."""
        start = self._entered = self._entered + 1_000
        content = {
            "title": {"zh": "新登记", "en": "Newly entered"},
            "summary": {"zh": "合成示例。", "en": "Synthetic example."},
            "tags": ["t1"],
            "share_type": "unconditional",
            "data_level": "l1",
            "spec": {"items": [{"name": "depth", "title": "深度", "data_type": "decimal"}]},
        }
        items = [
            {"code": f"NEW-{self._run}-{start + at}", "kind": "data", "type": "dataset", "owner": "dept-1"}
            | {"content": content}
            for at in range(1_000)
        ]
        await self.platform.resources.import_chunk(Call(principal=who), items)


Act = Callable[[Desk], Awaitable[Any]]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the battery.

    `walks` are the indexes that may be gone through in their order until a page is full, or because they hold nothing but
    what matches; everything else that grows with the city has to be looked up. `plan` says it in words. `growth` is how
    many times as long the call may take in a city that is ten times as large. `few` are indexes that PostgreSQL may go
    through besides where the tables are small. `whole` are tables of which so much matches that PostgreSQL may read all.
    """

    name: str
    action: str
    call: str
    plan: str
    who: str = "all"
    variables: Callable[[City], dict[str, Any]] = lambda city: {}
    act: Act | None = None
    walks: frozenset[str] = frozenset()
    few: frozenset[str] = frozenset()
    whole: frozenset[str] = frozenset()
    growth: float = 1.5

    async def run(self, desk: Desk) -> Any:
        """Make the call."""
        if self.act is not None:
            return await self.act(desk)
        return await desk.ask(self.who, self.call, self.variables(desk.city))
