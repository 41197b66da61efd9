"""Resources as bytes of the wire, kept by all that they depend on.

What is shown of a resource follows from the bytes that were read of it and from what its caller may do. Both are the key, so
that what is kept can be out of date for nobody: whatever changes the answer changes the key.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import TypeAlias

from ucs_core.grpc import resources
from ucs_core.platform.elements import Rated, shown

BYTES_MOST = 32 * 1024 * 1024
"""How much memory the kept bytes may take; what was asked for longest ago goes first."""

Key: TypeAlias = tuple[bytes, bool, bool]

_OVERHEAD = 250
"""What an entry takes beside its bytes: its key, and its place."""


class RenderedResources:
    """The bytes of resources, made when they are first asked for."""

    def __init__(self, most: int = BYTES_MOST) -> None:
        self._most = most
        self._kept: OrderedDict[Key, bytes | None] = OrderedDict()
        self.memory = 0

    def of(self, rated: Rated) -> bytes | None:
        """A resource as its caller may see it; None where more must be known to tell."""
        key = self.key(rated)
        try:
            found = self._kept[key]
        except KeyError:
            return self._keep(key, _rendered(rated))
        self._kept.move_to_end(key)
        return found

    def key(self, rated: Rated) -> Key:
        """All that the bytes depend on."""
        element, rights = rated
        return hashlib.sha256(element.told).digest() + element.id.encode(), rights.read, rights.work

    def _keep(self, key: Key, made: bytes | None) -> bytes | None:
        self._kept[key] = made
        self.memory += _OVERHEAD + len(made or b"")
        while self.memory > self._most:
            _, dropped = self._kept.popitem(last=False)
            self.memory -= _OVERHEAD + len(dropped or b"")
        return made


def _rendered(rated: Rated) -> bytes | None:
    view = shown(rated)
    return None if view is None else resources.to_message(view).SerializeToString()
