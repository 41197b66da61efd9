"""Resources as bytes of the wire, kept by all that they depend on.

What is shown of a resource follows from its version, from what else is told of it, and from what its caller may do. All that
is the key, so that what is kept can be out of date for nobody: whatever changes the answer changes the key.
"""

from __future__ import annotations

from typing import TypeAlias

from ucs_core.grpc import resources
from ucs_core.platform.elements import Rated, shown

BYTES_MOST = 32 * 1024 * 1024
"""How much memory the kept bytes may take; what has not been asked for longest goes first, more or less."""

Key: TypeAlias = tuple[bytes, bool, bool]

UNTOLD = b""
"""Stands for a resource of which more must be known to tell what its caller may see. No message is without a name."""

_OVERHEAD = 250
"""What an entry takes beside its bytes and those of its key."""


class RenderedResources:
    """The bytes of resources, made when they are first asked for: those that were made or asked for of late, and those before."""

    def __init__(self, most: int = BYTES_MOST) -> None:
        self._half = most // 2
        self._young: dict[Key, bytes] = {}
        self._old: dict[Key, bytes] = {}
        self._new = self._before = 0

    @property
    def memory(self) -> int:
        """How many bytes are kept, with what it takes to find them."""
        return self._new + self._before

    def kept(self, rated: Rated) -> bytes | None:
        """A resource as its caller may see it, if it was made before; it need not be read as a whole."""
        key = self.key(rated)
        found = self._young.get(key)
        return self._again(key) if found is None else found

    def of(self, rated: Rated) -> bytes:
        """A resource as its caller may see it, of one that was read as a whole."""
        return self._keep(self.key(rated), _rendered(rated))

    def key(self, rated: Rated) -> Key:
        """All that the bytes depend on."""
        element, rights = rated
        return element.told, rights.read, rights.work

    def _again(self, key: Key) -> bytes | None:
        found = self._old.pop(key, None)
        if found is not None:
            self._before -= _cost(key, found)
            self._keep(key, found)
        return found

    def _keep(self, key: Key, made: bytes) -> bytes:
        if key not in self._young:
            self._new += _cost(key, made)
            self._young[key] = made
        if self._new > self._half:
            self._old, self._young = self._young, {}
            self._before, self._new = self._new, 0
        return made


def _cost(key: Key, made: bytes) -> int:
    return _OVERHEAD + len(key[0]) + len(made)


def _rendered(rated: Rated) -> bytes:
    view = shown(rated)
    return UNTOLD if view is None else resources.to_message(view).SerializeToString()
