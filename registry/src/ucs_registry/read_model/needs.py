"""What a model reads or makes when it is first asked for: sets of tags and words, what a mask shows, and a caller's grants."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Protocol

from pyroaring import BitMap

from ucs_registry.read_model.asking import Sought
from ucs_registry.read_model.catalogue import Catalogue
from ucs_registry.read_model.following import Loaded
from ucs_registry.read_model.grants import GRANTS_MOST, granted_of
from ucs_registry.read_model.ids import ID_TEXT
from ucs_registry.read_model.kept import (
    LOOKED_THROUGH,
    KeptSet,
    Sight,
    holding,
    seen_among,
    seen_late,
    shown_by,
    tagged,
)
from ucs_registry.read_model.ports import Reads

POSTING_MOST = 200_000
"""How many members a set may have that is read from the database: some five megabytes of ids."""

READ_AT_ONCE = 5_000
"""How many ids are turned into numbers in one go, some 5 ms."""

SIGHTS_MOST = 64
"""For how many masks it is kept what they show: for each at most an eighth of a byte for every number."""

GRANTEES_MOST = 256
"""Of how many callers the grants are kept."""


class Fetch(Protocol):
    """Something that has to be read before a question can be answered."""

    async def into(self, loaded: Loaded, reads: Reads) -> None:
        """Read it, and keep it with a model."""


@dataclass(frozen=True, slots=True)
class PostingFetch:
    """What a tag or a term leads to."""

    sought: Sought

    async def into(self, loaded: Loaded, reads: Reads) -> None:
        """Read it as it is in the database. Moves since then are in the journal."""
        tag, term = self.sought
        most = POSTING_MOST + 1
        state, ids = await (reads.tagged(tag or "", most) if term is None else reads.holding(term, most))
        if len(ids) >= most * (ID_TEXT + 1) - 1:
            loaded.postings.put(self.sought, None)
            return
        # Where that is in the journal is asked ahead of what may take turns: what moves meanwhile has to stand behind it.
        upto = loaded.journal.place(state.position)
        numbers = await _numbers(loaded.catalogue, ids)
        if upto is not None:
            admits = tagged(tag or "") if term is None else holding(term)
            loaded.postings.put(self.sought, KeptSet(numbers, admits, upto))


@dataclass(frozen=True, slots=True)
class SightFetch:
    """What a mask shows."""

    mask: bytes

    async def into(self, loaded: Loaded, reads: Reads) -> None:
        """Go through all resources, or through those that another mask does not show yet. Nothing is read."""
        del reads
        loaded.sights[self.mask] = await _look(loaded, self.mask)
        while len(loaded.sights) > SIGHTS_MOST:
            loaded.sights.popitem(last=False)


@dataclass(frozen=True, slots=True)
class GrantsFetch:
    """The grants of an action that name one of several grantees."""

    grantees: tuple[str, ...]
    action: str

    async def into(self, loaded: Loaded, reads: Reads) -> None:
        """Read them, unless somebody has given or taken some since."""
        state, rows = await reads.grants(self.grantees, self.action, GRANTS_MOST + 1)
        if state.position >= loaded.granted_since:
            loaded.granted[self.grantees, self.action] = granted_of(rows)
            while len(loaded.granted) > GRANTEES_MOST:
                loaded.granted.popitem(last=False)


async def _numbers(catalogue: Catalogue, ids: bytes) -> BitMap:
    numbers, step = BitMap(), READ_AT_ONCE * (ID_TEXT + 1)
    for start in range(0, len(ids), step):
        if start:
            await asyncio.sleep(0)
        numbers.update(catalogue.find_all(ids[start : start + step].rstrip(b",")))
    numbers.shrink_to_fit()
    return numbers


async def _look(loaded: Loaded, mask: bytes) -> Sight:
    """What a mask shows. What moves meanwhile stands in the journal."""
    catalogue, journal = loaded.catalogue, loaded.journal
    for other in reversed(loaded.sights.values()):
        widened = other.widened(catalogue, mask) if other.bring(catalogue, journal) else None
        if widened is not None:
            return widened
    upto, end, numbers = journal.end, len(catalogue.cells), BitMap()
    for start in range(0, end, LOOKED_THROUGH):
        if start:
            await asyncio.sleep(0)
        # Made again each time: there may be more cells by now.
        shows = shown_by(mask, catalogue.known_cells)
        numbers |= seen_among(catalogue, shows, start, min(end, start + LOOKED_THROUGH))
    numbers |= seen_late(catalogue, shown_by(mask, catalogue.known_cells))
    return Sight(mask, numbers, upto)
