"""Masks that were computed and may be asked for again, within a bound on their memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

MEMORY_MOST = 32 * 1024 * 1024
"""How many bytes of masks are kept; the one asked for longest ago goes first."""

_OVERHEAD = 512
"""What a mask costs beside its bytes: its key, its place, and the row that the key keeps alive."""


class MaskCache:
    """Masks by key. A mask may be missing at any time and is then computed again: it never changes an answer."""

    def __init__(self, most: int = MEMORY_MOST) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()
        self.memory = 0

    def get(self, key: Hashable) -> bytes:
        """The mask of a key as far as it was computed; empty when it was not."""
        mask = self._kept.pop(key, None)
        if mask is None:
            return b""
        self._kept[key] = mask
        return mask

    def put(self, key: Hashable, mask: bytes) -> None:
        """Keep a mask."""
        self.memory -= _cost(self._kept.pop(key, None))
        self._kept[key] = mask
        self.memory += _cost(mask)
        while self.memory > self._most and self._kept:
            _, dropped = self._kept.popitem(last=False)
            self.memory -= _cost(dropped)

    def clear(self) -> None:
        """Forget all."""
        self._kept.clear()
        self.memory = 0


def _cost(mask: bytes | None) -> int:
    return 0 if mask is None else len(mask) + _OVERHEAD
