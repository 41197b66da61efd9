"""Leases as one node holds them: taken and renewed together, and believed only as long as they surely last."""

from __future__ import annotations

from collections.abc import Callable, Collection

from ucs_registry.ports import Store

LEASE_SECONDS = 30.0
"""How long a lease lasts: a node that has died is replaced after so long."""


class Leases:
    """What one node holds. `seconds` is the node's clock, which never goes back: what it believes ends before the lease does,
    unless a clock is wrong, and every commit that relies on a lease asks the database.
    """

    def __init__(
        self, store: Store, holder: str, *, seconds: Callable[[], float], lasts: float = LEASE_SECONDS
    ) -> None:
        self.holder = holder
        self._store = store
        self._lasts = lasts
        self._seconds = seconds
        self._until: dict[str, float] = {}

    def has(self, name: str) -> bool:
        """Whether a lease is surely held now."""
        return self._until.get(name, 0.0) > self._seconds()

    async def take(self, names: Collection[str]) -> set[str]:
        """Take or renew leases; those that are held now. One with more than half of its time left is left alone."""
        now = self._seconds()
        wanted = [name for name in names if self._until.get(name, 0.0) < now + self._lasts / 2]
        if wanted:
            held = await self.turn(wanted, self._lasts)
            for name in wanted:
                self._until.pop(name, None)
            self._until |= dict.fromkeys(held, now + self._lasts)
        return {name for name in names if self.has(name)}

    async def turn(self, names: Collection[str], seconds: float, *, anew: bool = False) -> set[str]:
        """Take leases for a time, with `anew` only those that have ended; nothing is written where there are none."""
        async with self._store.write() as unit:
            held = await unit.hold(names, self.holder, seconds, anew=anew)
            if held:
                await unit.commit()
        return held

    def forget(self, name: str) -> None:
        """Believe no more that a lease is held: the database says otherwise."""
        self._until.pop(name, None)

    async def renew(self) -> None:
        """Renew all that is held."""
        await self.take(list(self._until))

    async def give_back(self, names: Collection[str] | None = None) -> None:
        """Let others have leases at once: all of them when none are named."""
        gone = list(self._until) if names is None else [name for name in names if name in self._until]
        for name in gone:
            del self._until[name]
        if gone:
            async with self._store.write() as unit:
                await unit.release(gone, self.holder)
                await unit.commit()
