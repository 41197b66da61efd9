"""From a question to sets of numbers: which sets it needs, and what is to be in all of them."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from datetime import datetime
from typing import NamedTuple

from pyroaring import BitMap

from ucs_registry.canonical import storable, timestamp
from ucs_registry.queries import DISTRICT_DIGITS, Dimension, Order, ResourceQuery
from ucs_registry.read_model.catalogue import Catalogue
from ucs_registry.read_model.ids import microseconds
from ucs_registry.read_model.kept import Journal, KeptSet, Postings, beginning, below
from ucs_registry.read_model.lists import Unknown
from ucs_registry.search import Term, query_terms

IN_TIME = (Order.UPDATED_DESC, Order.UPDATED_ASC)

TAG_MOST = 200
"""How many characters a tag may have whose resources are kept: whoever asks may make them up as long as a request may be."""

NOTHING = BitMap()
"""What a question comes to that nothing satisfies. It is never written to."""


class Sought(NamedTuple):
    """A set that is read from the database when it is first asked for: what has a tag, or holds a term."""

    tag: str | None
    term: Term | None


def sought_by(query: ResourceQuery) -> Iterator[Sought]:
    """The sets that a question needs of the database."""
    for tag in (query.tag, *query.tags) if query.tags else (query.tag,):
        if tag is not None and storable(tag):
            yield Sought(tag, None)
    if query.search is not None:
        for term in query_terms(query.search):
            yield Sought(None, term)
    for branch in query.any_of:
        yield from sought_by(branch)


def values_of(query: ResourceQuery) -> tuple[tuple[Dimension, str], ...]:
    """What a question asks of a cell and a district."""
    asked = (
        (Dimension.KIND, query.kind),
        (Dimension.TYPE, query.type),
        (Dimension.OWNER, query.owner),
        (Dimension.SHARE_TYPE, query.share_type),
        (Dimension.AVAILABILITY, query.availability),
        (Dimension.DATA_LEVEL, query.data_level),
        (Dimension.OPEN_TYPE, query.open_type),
        (Dimension.DISTRICT, query.district),
    )
    return tuple((dimension, str(value)) for dimension, value in asked if value is not None)


def is_known(query: ResourceQuery) -> bool:
    """Whether a question asks for nothing but what a model knows."""
    if query.awaiting_review or query.affected_by_deprecation:
        return False
    if any(part is not None for part in (query.code, query.area, query.during)):
        return False
    if query.region is not None and len(query.region) > DISTRICT_DIGITS:
        return False
    if any(len(tag) > TAG_MOST for tag in (query.tag or "", *query.tags)):
        return False
    return all(map(is_known, query.any_of))


class Asking:
    """Makes sets of questions, and keeps those that are made of others."""

    def __init__(self, catalogue: Catalogue, journal: Journal, postings: Postings) -> None:
        self._catalogue = catalogue
        self._journal = journal
        self._postings = postings

    def sets(self, query: ResourceQuery) -> list[BitMap]:
        """The sets in all of which is what a question asks for; numbers that have died may be in them, too.

        Raises Unknown where one is not there.
        """
        found = list(self._by_values(query))
        if query.tag is not None or query.tags or query.search is not None:
            found += self._by_postings(query)
        if query.owner_subtree is not None:
            found.append(self._below(query.owner_subtree))
        if query.region is not None:
            found.append(self._in_region(query.region))
        if query.updated_after is not None or query.updated_before is not None:
            found.append(self._changed(query.updated_after, query.updated_before))
        if query.any_of:
            found += self._by_branches(query)
        return found

    def _by_values(self, query: ResourceQuery) -> Iterator[BitMap]:
        values = self._catalogue.values
        for dimension, value in values_of(query):
            yield values[dimension].get(value, NOTHING)

    def _by_postings(self, query: ResourceQuery) -> Iterator[BitMap]:
        for tag in (query.tag, *query.tags):
            if tag is not None:
                yield self._posting(Sought(tag, None)) if storable(tag) else NOTHING
        if query.search is not None:
            terms = query_terms(query.search)
            for term in terms:
                yield self._posting(Sought(None, term))
            if not terms:
                yield NOTHING

    def _posting(self, sought: Hashable) -> BitMap:
        found = self._postings.get(sought, self._journal)
        if found is None:
            raise Unknown
        return found

    def _below(self, root: str) -> BitMap:
        key = "below", root
        found = self._postings.get(key, self._journal)
        if found is None:
            owners = self._catalogue.below(root)
            if not owners:
                return NOTHING
            found = self._catalogue.owned(owners)
            self._postings.put(key, KeptSet(found, below(self._catalogue, owners), self._journal.end))
        return found

    def _in_region(self, digits: str) -> BitMap:
        if not (digits.isascii() and digits.isdecimal()):
            return NOTHING
        key = "region", digits
        found = self._postings.get(key, self._journal)
        if found is None:
            districts = self._catalogue.values[Dimension.DISTRICT]
            within = [held for name, held in districts.items() if name.startswith(digits)]
            if not within:
                return NOTHING
            found = BitMap.union(BitMap(), *within)
            self._postings.put(key, KeptSet(found, beginning(digits), self._journal.end))
        return found

    def _changed(self, after: datetime | None, before: datetime | None) -> BitMap:
        catalogue = self._catalogue
        low = 0 if after is None else _key(after)
        high = None if before is None else _key(before)
        start = 0 if after is None else catalogue.before(low, b"")
        end = len(catalogue.slots) if high is None else catalogue.before(high, b"")
        found = BitMap(range(start, end)) if start < end else BitMap()
        found.update([number for key, _, number in catalogue.late if key >= low and (high is None or key < high)])
        return found

    def _by_branches(self, query: ResourceQuery) -> list[BitMap]:
        together = BitMap()
        for branch in query.any_of:
            sets = self.sets(branch)
            if not sets:
                # Everything satisfies this one.
                return []
            together |= BitMap.intersection(*sets) if len(sets) > 1 else sets[0]
        return [together]


def _key(at: datetime) -> int:
    return microseconds(timestamp(at))
