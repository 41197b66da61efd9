"""Networks of routes, kept in memory. A route never changes, so what was made of it once is good for ever."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from ucs_capability_road_sweeping.network import Network
from ucs_capability_road_sweeping.records import RouteRecord

CORNERS_KEPT = 100_000
"""How many corners are kept in all networks together: some 80 MB. The one that was not asked for longest goes first."""


class Networks:
    """Networks by the key of their route and the width of the buffer."""

    def __init__(self, *, corners_kept: int = CORNERS_KEPT) -> None:
        self._held: OrderedDict[tuple[str, float], tuple[Network, int]] = OrderedDict()
        self._most = corners_kept
        self._corners = 0

    def __len__(self) -> int:
        return len(self._held)

    def held(self, key: str, buffer: float) -> Network | None:
        """The network of a route, if it is kept. Who asks has read a window that names the route, and so may know it."""
        held = self._held.get((key, buffer))
        if held is None:
            return None
        self._held.move_to_end((key, buffer))
        return held[0]

    async def made(self, key: str, route: RouteRecord, buffer: float) -> Network:
        """The network of a route, made in a thread and kept."""
        network = await asyncio.to_thread(Network, route.segments, buffer=buffer)
        corners = sum(len(each.line) for each in route.segments)
        if (key, buffer) not in self._held:
            self._corners += corners
        self._held[key, buffer] = (network, corners)
        while self._corners > self._most and len(self._held) > 1:
            _, (_, gone) = self._held.popitem(last=False)
            self._corners -= gone
        return network
