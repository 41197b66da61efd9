"""With whose eyes a plugin's function sees records: the caller's, judged at each look, or the plugin's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ucs_core.access.actions import Action
from ucs_core.access.authority import Authority
from ucs_core.access.cells import OTHERS
from ucs_core.access.snapshot import Profile, Snapshot
from ucs_core.access.tokens import VerifiedToken
from ucs_core.access.vouching import check_standing
from ucs_core.invoke.ports import Asks, Look, Sharing
from ucs_core.platform.calls import Clock
from ucs_core.platform.present import TRIES
from ucs_core.platform.sight import Sight, see
from ucs_registry.ports import Reader, Store
from ucs_registry.ports.documents import Access, Glance


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
        self._access: Access | None = None

    async def glance(self, sharing: Sharing, asks: Asks) -> Glance | None:
        """A quick answer, judged by the state of access that it was read in."""
        records = self._store.records
        if records is None:
            return None
        access = self._access
        for _ in range(TRIES):
            snapshot = None if access is None else self._authority.kept(*access)
            if snapshot is None:
                head = await self._store.head()
                access = Access(head.access_version, head.access_stamp)
                snapshot = self._authority.kept(*access)
                if snapshot is None:
                    return None
            profile = snapshot.profile(self._principal)
            if self._token is not None:
                check_standing(snapshot, profile.principal, self._token, self._clock())
            found = await asks(records, readable(snapshot, profile, sharing))
            if found is None or found.access == access:
                self._access = access
                return found
            access = found.access
        return None

    @asynccontextmanager
    async def look(self) -> AsyncIterator[Look]:
        """Open the present state."""
        async with self._store.read() as reader:
            yield look_of(reader, await see(reader, self._authority, self._principal, self._clock(), self._token))


class PluginEyes:
    """A plugin's own eyes, for its own records: it sees all of them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def glance(self, sharing: Sharing, asks: Asks) -> Glance | None:
        """A quick answer about all records."""
        del sharing
        return None if self._store.records is None else await asks(self._store.records, None)

    @asynccontextmanager
    async def look(self) -> AsyncIterator[Look]:
        """Open the present state."""
        async with self._store.read() as reader:
            yield Look(reader=reader, readable=lambda _: None, may=lambda *_: True)


def look_of(reader: Reader, sight: Sight) -> Look:
    """What a caller sees of records over what a reader sees."""

    def shown(sharing: Sharing) -> frozenset[int] | None:
        return readable(sight.snapshot, sight.profile, sharing)

    def may(action: Action, sharing: Sharing, owner: str) -> bool:
        return sight.snapshot.decide(sight.profile, action, sharing.of(owner)).allowed

    return Look(reader=reader, readable=shown, may=may)


def readable(snapshot: Snapshot, profile: Profile, sharing: Sharing) -> frozenset[int] | None:
    """The numbers of the organisations whose records a caller may read; None for all of them."""
    return snapshot.owners(profile, Action.READ, OTHERS(sharing.of("").__dict__))
