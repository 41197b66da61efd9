"""Whose codes are whose: the slots of those that were asked for by their codes.

A code stays that of its resource for as long as nothing happens to that. What was removed for ever may come again under its id
with another code.
"""

from __future__ import annotations

from collections.abc import Iterable

from ucs_registry.read_model.fragments import UNKNOWN

CODES_MOST = 8_192
"""Of how many codes it is kept whose they are."""


class Codes:
    """The slots of codes."""

    def __init__(self) -> None:
        self._slots: dict[str, int] = {}
        self._codes: dict[int, str] = {}

    def slot(self, code: str) -> int:
        """The slot of what has a code; UNKNOWN where it is not kept."""
        return self._slots.get(code, UNKNOWN)

    def put(self, code: str, slot: int) -> None:
        """Keep whose a code is."""
        if len(self._slots) >= CODES_MOST:
            self.clear()
        self.forget((slot,))
        self._slots[code] = slot
        self._codes[slot] = code

    def forget(self, slots: Iterable[int]) -> None:
        """Keep no more which codes some have."""
        for slot in slots:
            code = self._codes.pop(slot, None)
            if code is not None:
                self._slots.pop(code, None)

    def clear(self) -> None:
        """Keep nothing."""
        self._slots.clear()
        self._codes.clear()
