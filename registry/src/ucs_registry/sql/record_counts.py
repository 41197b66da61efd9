"""The counters of ways as this process last read them, brought to the head by what was written behind it.

A counter says behind which position of the log it was last written, so that whoever stands at a position reads what came since.
Where the log no longer holds the leaf at which a book stands, the database was put back, and the book is read anew.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Sequence

ROWS_MOST = 2_000_000
"""How many counters are kept in mind, of all ways together, at some 60 to 100 bytes each. Others are added up by statements."""

SIGHTS_MOST = 64
"""For how many sets of owners sums are kept with each way."""

AT_ONCE = 50_000
"""How many counters are added up before others have a turn: some 5 ms."""

Counter = tuple[str, int, int]
"""A key of a way, an owner, and how many records there are."""

Name = tuple[int, int]
"""The number of a way, and behind which position it was made."""


class CountBook:
    """The counters of one way at a position."""

    def __init__(self, position: int, leaf: str | None) -> None:
        self.position = position
        self.leaf = leaf
        self.rows = 0
        self._owners: dict[str, dict[int, int]] = {}
        self._totals: dict[str, int] = {}
        self._keys: list[str] = []
        self._sights: OrderedDict[frozenset[int], dict[str, int]] = OrderedDict()

    def follow(self, changed: Iterable[Counter], position: int, leaf: str | None) -> None:
        """Take up how many there are now of what was written since."""
        for key, owner, total in changed:
            held = self._owners.setdefault(key, {})
            self.rows += owner not in held
            by = total - held.get(owner, 0)
            held[owner] = total
            self._totals[key] = self._totals.get(key, 0) + by
            for owners, sums in self._sights.items():
                if owner in owners:
                    sums[key] = sums.get(key, 0) + by
        self.position, self.leaf = position, leaf

    def keys(self, low: str, high: str) -> Sequence[str]:
        """The keys from one to another, both included."""
        if len(self._keys) != len(self._totals):
            # Keys are only added: what nobody has any more counts none.
            self._keys = sorted(self._totals)
        return self._keys[bisect_left(self._keys, low) : bisect_right(self._keys, high)]

    async def sums(self, owners: frozenset[int] | None) -> dict[str, int] | None:
        """The sums over some owners, by key; None where the book has gone on meanwhile, and they are of no one state."""
        if owners is None:
            return self._totals
        kept = self._sights.get(owners)
        if kept is None:
            position = self.position
            kept = await self._added_up(owners)
            if position != self.position:
                return None
            self._sights[owners] = kept
            if len(self._sights) > SIGHTS_MOST:
                self._sights.popitem(last=False)
        self._sights.move_to_end(owners)
        return kept

    async def _added_up(self, owners: frozenset[int]) -> dict[str, int]:
        sums: dict[str, int] = {}
        seen = 0
        for key, held in list(self._owners.items()):
            if len(held) <= len(owners):
                sums[key] = sum(total for owner, total in held.items() if owner in owners)
            else:
                sums[key] = sum(held.get(owner, 0) for owner in owners)
            seen += min(len(held), len(owners))
            if seen >= AT_ONCE:
                seen = 0
                await asyncio.sleep(0)
        return sums


class CountShelf:
    """The books that are kept. Where there is no more room, others are not begun: reading them again and again costs more."""

    def __init__(self, most: int = ROWS_MOST) -> None:
        self._most = most
        self._books: dict[Name, CountBook] = {}
        self._passed: set[Name] = set()
        self.reading = asyncio.Lock()

    def book(self, way: Name) -> CountBook | None:
        """The book of a way, if there is one."""
        return self._books.get(way)

    def passed(self, way: Name) -> bool:
        """Whether a way was found to have more counters than there was room for."""
        return way in self._passed

    def keeps(self, way: Name, book: CountBook) -> bool:
        """Whether there is room for a book as it stands; where there is none, the way is passed over from now on."""
        room = self._most - sum(each.rows for each in self._books.values())
        if book.rows > room:
            self._passed.add(way)
        return book.rows <= room

    def put(self, way: Name, book: CountBook) -> None:
        """Keep a book."""
        self._books[way] = book

    def forget(self, way: Name) -> None:
        """Read a book anew when it is next asked for; others have room again."""
        self._books.pop(way, None)
        self._passed.clear()
