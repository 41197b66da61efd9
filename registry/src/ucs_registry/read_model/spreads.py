"""How what is seen and has some values is spread over dimensions: counted once, and moved along with every change.

Whether a resource is in it follows from what its cell and its district say. So a change takes one from what the resource was
and adds one to what it is now, however many there are.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple, TypeAlias

from pyroaring import BitMap

from ucs_registry.queries import Dimension, leading
from ucs_registry.read_model.asking import values_of
from ucs_registry.read_model.catalogue import GONE, Catalogue
from ucs_registry.read_model.kept import Journal, Sight
from ucs_registry.read_model.lists import Facets, Matching, spread_of_all
from ucs_registry.shapes import PageWanted
from ucs_registry.visibility import ALLOWED

SPREADS_MOST = 32
"""How many are kept: in a city of 2,300 owners some 200 KB each at most."""

Values: TypeAlias = tuple[tuple[Dimension, str], ...]


class Spread:
    """How what a mask shows without a grant, and has some values, is spread over those dimensions that were asked for."""

    __slots__ = ("_counts", "_mask", "_ranked", "_upto", "_values")

    def __init__(self, mask: bytes, values: Values, upto: int) -> None:
        self._mask = mask
        self._values = values
        self._upto = upto
        self._counts: dict[Dimension, dict[str, int]] = {}
        self._ranked: dict[Dimension, list[tuple[str, int]]] = {}

    def bring(self, catalogue: Catalogue, journal: Journal) -> bool:
        """Bring it to the end of the journal; whether that was possible."""
        if self._upto == journal.end:
            return True
        moves = journal.since(self._upto)
        if moves is None:
            return False
        for move in moves:
            if move.old != GONE:
                self._count(catalogue, move.old_cell, move.old_district, -1)
            if move.new != GONE:
                self._count(catalogue, move.cell, move.district, 1)
        self._upto = journal.end
        return True

    def facet(
        self, catalogue: Catalogue, dimension: Dimension, shown: Matching, granted: BitMap
    ) -> list[tuple[str, int]]:
        """The values that most of it have, and how many. `shown` is all of it, and `granted` what grants show beside it."""
        counts = self._counts.get(dimension)
        if counts is None:
            counted = shown.counts(dimension)
            counts = self._counts[dimension] = {value: total for value, total in counted.items() if total}
        if granted:
            counts = dict(counts)
            for number in granted:
                value = catalogue.value(dimension, catalogue.cell(number), catalogue.district(number))
                counts[value] = counts.get(value, 0) + 1
            return list(leading(counts).items())
        ranked = self._ranked.get(dimension)
        if ranked is None:
            ranked = self._ranked[dimension] = list(leading(counts).items())
        return ranked

    def _count(self, catalogue: Catalogue, cell: int, district: str, by: int) -> None:
        mask, value = self._mask, catalogue.value
        if cell >= len(mask) or mask[cell] != ALLOWED:
            return
        if any(value(dimension, cell, district) != wanted for dimension, wanted in self._values):
            return
        for dimension, counts in self._counts.items():
            told = value(dimension, cell, district)
            counts[told] = counts.get(told, 0) + by
        self._ranked.clear()


class Among(NamedTuple):
    """Among what is counted: the sets that a question comes to, what the mask shows, and what grants show beside it."""

    sets: list[BitMap]
    sight: Sight
    granted: BitMap


class Spreads:
    """What was counted of late, the one that was asked for last at the end."""

    def __init__(self, catalogue: Catalogue, journal: Journal, most: int = SPREADS_MOST) -> None:
        self._catalogue = catalogue
        self._journal = journal
        self._most = most
        self._kept: OrderedDict[tuple[bytes, Values], Spread] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def facets(self, wanted: PageWanted, among: Among, matching: Matching) -> Facets:
        """How what a page is cut from is spread over the dimensions that are wanted."""
        sets, sight, granted = among
        catalogue, values = self._catalogue, values_of(wanted.query)
        if not sets:
            return {each: spread_of_all(catalogue, sight, granted, each) for each in wanted.facets}
        if len(values) < len(sets):
            # Something is asked for that no cell tells.
            return {each: matching.facet(each) for each in wanted.facets}
        spread, shown = self.of(sight.mask, values), Matching(catalogue, [*sets, sight.numbers])
        beside = Matching(catalogue, [*sets, granted]).whole if granted else granted
        return {each: spread.facet(catalogue, each, shown, beside) for each in wanted.facets}

    def of(self, mask: bytes, values: Values) -> Spread:
        """How what a mask shows and has some values is spread, at the end of the journal."""
        key, journal = (mask, values), self._journal
        found = self._kept.get(key)
        if found is None or not found.bring(self._catalogue, journal):
            found = self._kept[key] = Spread(mask, values, journal.end)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return found

    def clear(self) -> None:
        """Forget all: what values are called may have changed."""
        self._kept.clear()
