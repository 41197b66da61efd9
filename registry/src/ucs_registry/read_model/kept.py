"""Sets of numbers that are kept while they are asked for: what a tag or a word leads to, and what a caller may see.

Each is brought along when it is asked for, by the moves since it was last looked at.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterator
from itertools import compress, islice
from typing import Protocol

from pyroaring import BitMap

from ucs_registry.queries import Dimension, leading
from ucs_registry.read_model.catalogue import GONE, Catalogue, Move
from ucs_registry.search import Term
from ucs_registry.visibility import ALLOWED

MOVES_MOST = 4096
"""How many of the last moves are kept. A set that was not looked at for longer is made anew."""

LOOKED_THROUGH = 100_000
"""How many numbers are looked through in one go, some 7 ms."""

CELLS_MOST = 256
"""Up to so many cells more than another, a mask is made of what the other shows."""


class Journal:
    """The last moves, and where the log stood behind them."""

    def __init__(self, position: int) -> None:
        self._moves: deque[Move] = deque(maxlen=MOVES_MOST)
        self._steps: deque[tuple[int, int]] = deque([(position, 0)], maxlen=MOVES_MOST)
        self.end = 0

    def add(self, moves: list[Move], position: int) -> None:
        """Note moves that led to a position."""
        self._moves.extend(moves)
        self.end += len(moves)
        self._steps.append((position, self.end))

    def since(self, start: int) -> Iterator[Move] | None:
        """The moves from a place in the journal on; None where they are forgotten."""
        skipped = start - (self.end - len(self._moves))
        return None if skipped < 0 else islice(self._moves, skipped, None)

    def place(self, position: int) -> int | None:
        """From where on everything stands that happened behind a position of the log; None where it is forgotten."""
        return next((place for reached, place in reversed(self._steps) if reached <= position), None)


class Admits(Protocol):
    """What belongs into a set."""

    def __call__(self, move: Move) -> bool:
        """Whether what moved belongs into it now."""


def tagged(tag: str) -> Admits:
    """What has a tag."""
    return lambda move: tag in move.tags


def holding(term: Term) -> Admits:
    """What holds a term. Around every token stands a space."""
    sought = f" {' '.join(term.tokens)}" + ("" if term.prefix else " ")
    return lambda move: sought in move.text


def below(catalogue: Catalogue, owners: frozenset[int]) -> Admits:
    """What belongs to one of several owners."""
    return lambda move: catalogue.owners[move.cell] in owners


def beginning(digits: str) -> Admits:
    """What serves a district whose code begins with some digits."""
    return lambda move: move.district.startswith(digits)


class KeptSet:
    """A set, and up to where in the journal it was brought along."""

    __slots__ = ("_admits", "numbers", "upto")

    def __init__(self, numbers: BitMap, admits: Admits, upto: int) -> None:
        self.numbers = numbers
        self._admits = admits
        self.upto = upto

    def bring(self, journal: Journal) -> bool:
        """Bring the set to the end of the journal; whether that was possible."""
        moves = journal.since(self.upto)
        if moves is None:
            return False
        for move in moves:
            self.numbers.discard(move.old)
            if move.new != GONE:
                (self.numbers.add if self._admits(move) else self.numbers.discard)(move.new)
        self.upto = journal.end
        return True


class Postings:
    """Sets by what they are of, the one that was asked for last at the end. Bounded in count and in members."""

    def __init__(self, most: int, members_most: int) -> None:
        self._most = most
        self._members_most = members_most
        self._members = 0
        self._kept: OrderedDict[Hashable, tuple[KeptSet | None, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._kept

    def get(self, key: Hashable, journal: Journal) -> BitMap | None:
        """A set as it is at the end of the journal; None where it is not kept."""
        held = self._kept.get(key)
        if held is None or held[0] is None:
            return None
        if held[0].upto != journal.end and not held[0].bring(journal):
            self.drop(key)
            return None
        if len(self._kept) > 1:
            self._kept.move_to_end(key)
        return held[0].numbers

    def outdated(self, key: Hashable, journal: Journal) -> bool:
        """Whether a set is missing, or was not brought along for too long. Of what is too large there is none to be had."""
        held = self._kept.get(key)
        return held is None or (held[0] is not None and journal.since(held[0].upto) is None)

    def put(self, key: Hashable, kept: KeptSet | None) -> None:
        """Keep a set; None says that it is too large to be kept."""
        self.drop(key)
        members = 1 if kept is None else len(kept.numbers) + 1
        self._kept[key] = kept, members
        self._members += members
        while len(self._kept) > 1 and (len(self._kept) > self._most or self._members > self._members_most):
            self._members -= self._kept.popitem(last=False)[1][1]

    def drop(self, key: Hashable) -> None:
        """Keep a set no more."""
        held = self._kept.pop(key, None)
        if held is not None:
            self._members -= held[1]

    def drop_where(self, chosen: Callable[[Hashable], bool]) -> None:
        """Keep no more what is chosen by its key."""
        for key in [key for key in self._kept if chosen(key)]:
            self.drop(key)


class Sight:
    """What a mask shows without a grant, with how many of it have each value of a dimension once that was asked for."""

    def __init__(self, mask: bytes, numbers: BitMap, upto: int) -> None:
        self.mask = mask
        self.numbers = numbers
        self.upto = upto
        self._counts: dict[Dimension, dict[str, int]] = {}
        self._ranked: dict[Dimension, list[tuple[str, int]]] = {}

    def bring(self, catalogue: Catalogue, journal: Journal) -> bool:
        """Bring the sight to the end of the journal; whether that was possible."""
        if self.upto == journal.end:
            return True
        moves = journal.since(self.upto)
        if moves is None:
            return False
        for move in moves:
            if move.old in self.numbers:
                self.numbers.discard(move.old)
                self._count(catalogue, move.old_cell, move.old_district, -1)
            if move.new != GONE and move.cell < len(self.mask) and self.mask[move.cell] == ALLOWED:
                self.numbers.add(move.new)
                self._count(catalogue, move.cell, move.district, 1)
        self.upto = journal.end
        self._ranked.clear()
        return True

    def _count(self, catalogue: Catalogue, cell: int, district: str, by: int) -> None:
        for dimension, counts in self._counts.items():
            value = catalogue.value(dimension, cell, district)
            counts[value] = counts.get(value, 0) + by

    def counts(self, catalogue: Catalogue, dimension: Dimension) -> dict[str, int]:
        """How many of what is seen have each value of a dimension."""
        counts = self._counts.get(dimension)
        if counts is None:
            values = catalogue.values[dimension].items()
            counts = {value: held.intersection_cardinality(self.numbers) for value, held in values}
            self._counts[dimension] = counts
        return counts

    def ranked(self, catalogue: Catalogue, dimension: Dimension) -> list[tuple[str, int]]:
        """The same as a facet tells it."""
        ranked = self._ranked.get(dimension)
        if ranked is None:
            ranked = self._ranked[dimension] = list(leading(self.counts(catalogue, dimension)).items())
        return ranked

    def rename(self) -> None:
        """Forget what was counted by names that may have changed."""
        self._counts.pop(Dimension.OWNER, None)
        self._ranked.pop(Dimension.OWNER, None)

    def widened(self, catalogue: Catalogue, mask: bytes) -> Sight | None:
        """What a mask shows that says the same and more of a few cells; None where it does not."""
        if not 0 <= len(mask) - len(self.mask) <= CELLS_MOST or not mask.startswith(self.mask):
            return None
        numbers = self.numbers.copy()
        for cell in range(len(self.mask), min(len(mask), catalogue.known_cells)):
            if mask[cell] == ALLOWED:
                numbers |= BitMap.intersection(*catalogue.sets_of(cell))
        return Sight(mask, numbers, self.upto)


def shown_by(mask: bytes, cells: int) -> bytes:
    """One byte for each cell: whether a mask allows it without a grant."""
    only = bytes(value == ALLOWED for value in range(256))
    return mask.translate(only)[:cells].ljust(cells, b"\0")


def seen_among(catalogue: Catalogue, shows: bytes, start: int, end: int) -> BitMap:
    """Which of the numbers from a first to before a last are shown."""
    cells = catalogue.cells[start:end]
    return BitMap(compress(range(start, end), map(shows.__getitem__, cells))) & catalogue.all


def seen_late(catalogue: Catalogue, shows: bytes) -> BitMap:
    """Which of the late numbers are shown."""
    return BitMap(number for _, _, number in catalogue.late if shows[catalogue.cell(number)])
