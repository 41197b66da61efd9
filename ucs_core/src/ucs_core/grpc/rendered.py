"""Resources as bytes of the wire, kept by all that they depend on.

What is shown of a resource follows from its version, from what else is told of it, and from what its caller may do. All that
is the key, so that what is kept can be out of date for nobody: whatever changes the answer changes the key.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TypeAlias

from ucs_core.grpc import resources
from ucs_core.platform.elements import Rated, shown

BYTES_MOST = 32 * 1024 * 1024
"""How much memory the kept bytes may take; what was asked for longest ago goes first."""

Key: TypeAlias = tuple[bytes, bool, bool]

UNTOLD = b""
"""Stands for a resource of which more must be known to tell what its caller may see. No message is without a name."""

_OVERHEAD = 250
"""What an entry takes beside its bytes and those of its key."""


class RenderedResources:
    """The bytes of resources, made when they are first asked for."""

    def __init__(self, most: int = BYTES_MOST) -> None:
        self._most = most
        self._kept: OrderedDict[Key, bytes] = OrderedDict()
        self.memory = 0

    def kept(self, rated: Rated) -> bytes | None:
        """A resource as its caller may see it, if it was made before; it need not be read as a whole."""
        key = self.key(rated)
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def of(self, rated: Rated) -> bytes:
        """A resource as its caller may see it, of one that was read as a whole."""
        return self._keep(self.key(rated), _rendered(rated))

    def key(self, rated: Rated) -> Key:
        """All that the bytes depend on."""
        element, rights = rated
        return element.told, rights.read, rights.work

    def _keep(self, key: Key, made: bytes) -> bytes:
        if key not in self._kept:
            self.memory += _cost(key, made)
        self._kept[key] = made
        while self.memory > self._most:
            self.memory -= _cost(*self._kept.popitem(last=False))
        return made


def _cost(key: Key, made: bytes) -> int:
    return _OVERHEAD + len(key[0]) + len(made)


def _rendered(rated: Rated) -> bytes:
    view = shown(rated)
    return UNTOLD if view is None else resources.to_message(view).SerializeToString()
