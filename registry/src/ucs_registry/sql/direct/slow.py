"""Which statements took longer than their makers thought."""

from __future__ import annotations

import time
from collections import OrderedDict

APART_SECONDS = 10.0
"""For how long a statement that took too long is kept apart from the quick ones, before it is tried again."""

APART_MOST = 256
"""How many such statements are remembered."""


class SlowTexts:
    """Remembers statements for a while, a bounded number of them."""

    def __init__(self) -> None:
        self._until: OrderedDict[str, float] = OrderedDict()
        self._suspected: set[str] = set()

    def __contains__(self, text: str) -> bool:
        if not self._until:
            return False
        until = self._until.get(text)
        if until is None:
            return False
        if until > time.monotonic():
            return True
        del self._until[text]
        return False

    def note(self, text: str, *, slow: bool) -> None:
        """Keep a statement apart when it was slow twice in a row: once may be the machine's doing, and not its own."""
        if text in self._suspected:
            self._suspected.discard(text)
            if slow:
                self.add(text)
        elif slow:
            if len(self._suspected) >= APART_MOST:
                self._suspected.clear()
            self._suspected.add(text)

    def add(self, text: str) -> None:
        """Keep a statement apart from now on."""
        self._until[text] = time.monotonic() + APART_SECONDS
        self._until.move_to_end(text)
        if len(self._until) > APART_MOST:
            self._until.popitem(last=False)
