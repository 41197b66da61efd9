"""How a collection of many records is asked: the ways in which it is listed, and the fields by which it is counted.

A collection that declares neither is found by any field of its model, at the price of one row of an index for each field of
each record. One that declares is asked only as it says, and what is not declared is refused: nothing is searched through.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

FIELD = re.compile(r"([A-Za-z_][A-Za-z0-9_]{0,62})(?:\[([1-9][0-9]?)\])?")
"""A field of the model, or the first so many characters of one: `region[6]` of 370202001 is 370202."""

FIELDS_MOST = 4
"""How many fields one way may name."""

WAYS_MOST = 16
"""How many ways of each sort a collection may declare: every write of a record keeps each of them."""

Way: TypeAlias = tuple[str, ...]
"""Fields. Of a list the last is its order, where it is ordered by another than those that must be equal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """What a collection declares. All its records are also counted together, and listed by key."""

    listed: tuple[Way, ...] = ()
    counted: tuple[Way, ...] = ()

    @property
    def declared(self) -> bool:
        """Whether it says anything."""
        return bool(self.listed or self.counted)

    def listing(self, same: Collection[str], within: Collection[str], order: str) -> Way | None:
        """The way in which records are listed whose fields `same` equal something and `within` lie between two values,
        ordered by a field or, without one, by key. None where none is declared; the empty way for all of them by key.
        """
        sorted_by = () if not order or order in same else (order,)
        if set(within) - set(sorted_by):
            return None
        wanted = len(same) + len(sorted_by)
        if not wanted:
            return ()
        for way in self.listed:
            if len(way) == wanted and set(way[: len(same)]) == set(same) and way[len(same) :] == sorted_by:
                return way
        return None

    def counting(self, named: Collection[str]) -> Way | None:
        """The shortest way of counting that tells all these fields; None where none does."""
        able = [way for way in ((), *self.counted) if set(named) <= set(way)]
        return min(able, key=len, default=None)

    def told(self) -> list[str]:
        """The ways, for a message."""
        listed = [f"listed_by {' + '.join(way)}" for way in self.listed]
        return listed + [f"counted_by {' + '.join(way)}" for way in self.counted]


def parted(field: str) -> tuple[str, int | None]:
    """The name of a field, and how many characters of it are meant; all without a number."""
    matched = FIELD.fullmatch(field)
    if matched is None:
        return field, None
    name, cut = matched.groups()
    return name, None if cut is None else int(cut)


def ways_of(listed_by: Sequence[str | Sequence[str]], counted_by: Sequence[str | Sequence[str]]) -> Ways:
    """The ways as an author states them: a field alone, or several."""
    return Ways(listed=tuple(_way(each) for each in listed_by), counted=tuple(_way(each) for each in counted_by))


def problems(ways: Ways, fields: Collection[str]) -> Iterator[str]:
    """What of the ways is none: a field that is unknown or named twice, or too many of them."""
    for stated in (ways.listed, ways.counted):
        if len(stated) > WAYS_MOST:
            yield f"more than {WAYS_MOST}"
        for way in stated:
            told = " + ".join(way)
            if not 0 < len(way) <= FIELDS_MOST or len(set(way)) < len(way) or stated.count(way) > 1:
                yield told or "()"
            for field in way:
                if not FIELD.fullmatch(field) or parted(field)[0] not in fields:
                    yield field


def _way(stated: str | Sequence[str]) -> Way:
    return (stated,) if isinstance(stated, str) else tuple(stated)
