"""Pages, totals and facets of what matches, by operations on sets of numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from pyroaring import BitMap

from ucs_registry.queries import Cursor, Dimension, leading
from ucs_registry.read_model.catalogue import ATTRIBUTES, LATE, Catalogue
from ucs_registry.read_model.ids import microseconds_or_none, packed_or_none
from ucs_registry.read_model.kept import Sight
from ucs_registry.shapes import PageWanted

WHOLE_MOST = 16_384
"""Up to so many that may match are matched at once; of more, no more than a page needs."""

PIECE = 2048
"""How many are matched first where a page is all that is wanted."""

TOLD_MOST = 8
"""Among so many of what matches for each value of a dimension, each is asked for its value; of more, each value for its share."""

Facets: TypeAlias = Mapping[Dimension, list[tuple[str, int]]]

_Place: TypeAlias = tuple[int, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A page of a list by the numbers of its resources, in the order of the list, and what was asked for beside it.

    `total` is -1 where it was not asked for. `earlier` and `more` are None where they were not asked for, and where an empty
    page stands beside a cursor.
    """

    numbers: list[int]
    total: int = -1
    earlier: bool | None = None
    more: bool | None = None
    facets: Facets = field(default_factory=dict)


class Unknown(Exception):
    """A question asks for what a model does not know."""


class Matching:
    """What is in all of several sets, of which at least one holds no numbers that have died."""

    def __init__(self, catalogue: Catalogue, sets: Sequence[BitMap]) -> None:
        self._catalogue = catalogue
        self._sets = sorted(sets, key=len)

    @cached_property
    def whole(self) -> BitMap:
        """All of it."""
        first, *others = self._sets
        for other in others:
            first = first & other
        return first

    @property
    def total(self) -> int:
        """How much it is."""
        if "whole" not in self.__dict__ and len(self._sets) == 2:
            first, second = self._sets
            return int(first.intersection_cardinality(second))
        return len(self.whole)

    def ends(self, low: int, high: int, count: int, *, last: bool) -> list[int]:
        """The first or the last few of the numbers from one to before another, in their order."""
        if low >= high:
            return []
        if "whole" in self.__dict__ or len(self._sets) == 1 or len(self._sets[0]) <= WHOLE_MOST:
            whole = self.whole
            start, end = _ranks(whole, low, high)
            return list(whole[max(start, end - count) : end] if last else whole[start : min(end, start + count)])
        return self._piecewise(low, high, count, last=last)

    def _piecewise(self, low: int, high: int, count: int, *, last: bool) -> list[int]:
        first, *others = self._sets
        start, end = _ranks(first, low, high)
        found: list[int] = []
        size = PIECE
        while start < end and len(found) < count:
            middle = max(start, end - size) if last else min(end, start + size)
            piece = first[middle:end] if last else first[start:middle]
            for other in others:
                piece = piece & other
            if last:
                found, end = [*piece, *found], middle
            else:
                found, start = [*found, *piece], middle
            size *= 4
        return found[-count:] if last else found[:count]

    def late(self) -> list[tuple[int, bytes, int]]:
        """What is late of it, each with its place."""
        return [each for each in self._catalogue.late if all(each[2] in held for held in self._sets)]

    def facet(self, dimension: Dimension) -> list[tuple[str, int]]:
        """The values that most of it have, and how many."""
        return list(leading(self.counts(dimension)).items())

    def counts(self, dimension: Dimension) -> dict[str, int]:
        """How many of it have each value of a dimension."""
        whole, catalogue = self.whole, self._catalogue
        values = catalogue.values[dimension]
        if len(whole) > TOLD_MOST * len(values):
            return _shares(whole, values, every=dimension in ATTRIBUTES)
        if dimension is Dimension.DISTRICT:
            return Counter(map(catalogue.district, whole))
        counts: dict[str, int] = {}
        for cell, total in Counter(map(catalogue.cell, whole)).items():
            value = catalogue.value(dimension, cell, "")
            counts[value] = counts.get(value, 0) + total
        return counts


def _shares(whole: BitMap, values: Mapping[str, BitMap], *, every: bool) -> dict[str, int]:
    """How much of a whole has each value. Where every number has one of them, the last has what is left."""
    counts: dict[str, int] = {}
    ordered = sorted(values, key=lambda value: len(values[value])) if every else list(values)
    for value in ordered[: len(ordered) - every]:
        counts[value] = whole.intersection_cardinality(values[value])
    for value in ordered[len(counts) :]:
        counts[value] = len(whole) - sum(counts.values())
    return counts


def _ranks(numbers: BitMap, low: int, high: int) -> tuple[int, int]:
    """How many of some numbers stand before one, and before another."""
    return (numbers.rank(low - 1) if low else 0), (numbers.rank(high - 1) if high else 0)


class PageOf:
    """One page of what matches."""

    def __init__(self, catalogue: Catalogue, matching: Matching, wanted: PageWanted) -> None:
        self._catalogue = catalogue
        self._matching = matching
        self._wanted = wanted
        self._after, self._before = (_place_of(cursor) for cursor in (wanted.after, wanted.before))

    def listed(self, *, total: bool, facets: Facets) -> Listed:
        """The page, and what stands around it where that is asked for."""
        wanted, descending = self._wanted, self._wanted.order.descending
        after, before = (self._before, self._after) if descending else (self._after, self._before)
        backwards = descending != wanted.backward
        counted = self._matching.total if total else -1
        found = self._between(after, before, wanted.size + wanted.around, last=backwards)
        beyond = len(found) - wanted.size
        numbers = found if beyond <= 0 else found[beyond:] if backwards else found[: wanted.size]
        if descending:
            numbers = numbers[::-1]
        earlier = more = None
        if wanted.around:
            more = self._told(numbers, beyond > 0 and not wanted.backward, self._before, ahead=False)
            earlier = self._told(
                numbers, beyond > 0 and wanted.backward, None if wanted.backward else self._after, ahead=True
            )
        return Listed(numbers=numbers, total=counted, earlier=earlier, more=more, facets=facets)

    def _told(self, numbers: list[int], here: bool, cursor: _Place | None, *, ahead: bool) -> bool | None:
        """Whether something stands behind or ahead of the page: of itself, or on the other side of a cursor."""
        if cursor is None:
            return here
        if not numbers:
            return None
        larger = ahead == self._wanted.order.descending
        return here or bool(
            self._between(cursor, None, 1, last=False, inclusive=True)
            if larger
            else self._between(None, cursor, 1, last=True, inclusive=True)
        )

    def _between(
        self, low: _Place | None, high: _Place | None, count: int, *, last: bool, inclusive: bool = False
    ) -> list[int]:
        """The first or the last few between two places, in the order of time from the earliest on."""
        catalogue = self._catalogue
        start = 0 if low is None else catalogue.before(*low, through=not inclusive)
        end = len(catalogue.slots) if high is None else catalogue.before(*high, through=inclusive)
        found = self._matching.ends(start, min(end, LATE), count, last=last)
        if not catalogue.late:
            return found
        late = [each for each in self._matching.late() if _is_between(each[:2], low, high, inclusive=inclusive)]
        if not late:
            return found
        together = sorted([*late, *((*catalogue.place(number), number) for number in found)])
        numbers = [number for _, _, number in together]
        return numbers[max(0, len(numbers) - count) :] if last else numbers[:count]


def _is_between(place: _Place, low: _Place | None, high: _Place | None, *, inclusive: bool) -> bool:
    if inclusive:
        return (low is None or place >= low) and (high is None or place <= high)
    return (low is None or place > low) and (high is None or place < high)


def _place_of(cursor: Cursor | None) -> _Place | None:
    """The place behind which a cursor stands. Raises Unknown where the store would not have written it."""
    if cursor is None:
        return None
    key, id = microseconds_or_none(cursor.key), packed_or_none(cursor.id)
    if key is None or id is None:
        raise Unknown
    return key, id


def spread_of_all(
    catalogue: Catalogue, sight: Sight, extra: BitMap | None, dimension: Dimension
) -> list[tuple[str, int]]:
    """How all that is seen is spread over a dimension; `extra` is what grants show beside it."""
    if not extra:
        return sight.ranked(catalogue, dimension)
    counts = dict(sight.counts(catalogue, dimension))
    for number in extra:
        value = catalogue.value(dimension, catalogue.cell(number), catalogue.district(number))
        counts[value] = counts.get(value, 0) + 1
    return list(leading(counts).items())
