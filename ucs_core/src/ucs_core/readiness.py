"""Whether this node takes work: both doors' health answers come from here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum

from ucs_sdk.errors import Unavailable


class Phase(StrEnum):
    """Where a node stands in its life."""

    STARTING = "starting"
    SERVING = "serving"
    DRAINING = "draining"


class Readiness:
    """The phase of a node, and probes of what it stands on."""

    def __init__(self, *probes: Callable[[], Awaitable[None]]) -> None:
        self._probes = probes
        self._watchers: list[Callable[[Phase], None]] = []
        self.phase = Phase.STARTING

    def enter(self, phase: Phase) -> None:
        """Change the phase and tell those who watch it."""
        self.phase = phase
        for watcher in self._watchers:
            watcher(phase)

    def watch(self, watcher: Callable[[Phase], None]) -> None:
        """Be told the present phase now and every later one."""
        self._watchers.append(watcher)
        watcher(self.phase)

    async def check(self) -> None:
        """Raise Unavailable unless the node serves, and what the first probe raises that fails."""
        if self.phase is Phase.STARTING:
            raise Unavailable("STARTING", retry_after=1)
        if self.phase is Phase.DRAINING:
            raise Unavailable("DRAINING", retry_after=1)
        for probe in self._probes:
            await probe()
