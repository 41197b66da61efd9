"""With whose eyes a plugin's function sees records: the caller's, judged at each look, or the plugin's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ucs_core.access.actions import Action
from ucs_core.access.authority import Authority
from ucs_core.access.cells import OTHERS
from ucs_core.access.tokens import VerifiedToken
from ucs_core.invoke.ports import Look, Sharing
from ucs_core.platform.calls import Clock
from ucs_core.platform.sight import Sight, see
from ucs_registry.ports import Reader, Store


class CallerEyes:
    """A caller's eyes: what was revoked counts from the next look on."""

    def __init__(
        self, store: Store, authority: Authority, clock: Clock, principal: str, token: VerifiedToken | None
    ) -> None:
        self._store = store
        self._authority = authority
        self._clock = clock
        self._principal = principal
        self._token = token

    @asynccontextmanager
    async def look(self) -> AsyncIterator[Look]:
        """Open the present state."""
        async with self._store.read() as reader:
            yield look_of(reader, await see(reader, self._authority, self._principal, self._clock(), self._token))


class PluginEyes:
    """A plugin's own eyes, for its own records: it sees all of them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @asynccontextmanager
    async def look(self) -> AsyncIterator[Look]:
        """Open the present state."""
        async with self._store.read() as reader:
            yield Look(reader=reader, readable=lambda _: None, may=lambda *_: True)


def look_of(reader: Reader, sight: Sight) -> Look:
    """What a caller sees of records over what a reader sees."""

    def readable(sharing: Sharing) -> frozenset[int] | None:
        return sight.snapshot.owners(sight.profile, Action.READ, OTHERS(sharing.of("").__dict__))

    def may(action: Action, sharing: Sharing, owner: str) -> bool:
        return sight.snapshot.decide(sight.profile, action, sharing.of(owner)).allowed

    return Look(reader=reader, readable=readable, may=may)
