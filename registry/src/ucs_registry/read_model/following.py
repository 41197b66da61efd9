"""How a model is filled, and how it follows the log: which resources changed, and what they are now."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from ucs_registry.read_model.asking import Asking
from ucs_registry.read_model.catalogue import GONE, Catalogue, Move
from ucs_registry.read_model.grants import Granted
from ucs_registry.read_model.ids import packed_or_none
from ucs_registry.read_model.kept import Journal, Postings, Sight
from ucs_registry.read_model.ports import Behind, OrganizationRow, Reads, State
from ucs_registry.read_model.spreads import Spreads

SLICE = 2_500
"""How many resources or cells are read at once while a model is filled: some 10 ms of the loop on a slow machine."""

SETTLED_AT_ONCE = 100
"""After so many sets that are made smaller others have their turn."""

APPLIED_AT_ONCE = 500
"""After so many resources that changed others have their turn."""

BEHIND_MOST = 2_000
"""How many entries of the log are read at once."""

POSTINGS_MOST, POSTED_MOST = 4_096, 6_000_000
"""How many sets of tags, words, districts and organisations are kept, and how many members they may have together: at most
some fourteen megabytes."""

_NAMED = "resources/"


class Outdated(Exception):
    """A model has to be made anew: the log does not go on where the model stands, or there is no room left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What became of a model when it moved to a position.

    `died` are the numbers of resources that are not what they were, and `objects` what the log's entries name. With
    `everything` all numbers are new, and nothing is what it was.
    """

    position: int
    died: Sequence[int] = ()
    objects: frozenset[str] = frozenset()
    everything: bool = False


@dataclass(slots=True, kw_only=True)
class Loaded:
    """All that a model holds, and at which state."""

    catalogue: Catalogue
    state: State
    journal: Journal
    postings: Postings = field(default_factory=lambda: Postings(POSTINGS_MOST, POSTED_MOST))
    sights: OrderedDict[bytes, Sight] = field(default_factory=OrderedDict)
    granted: OrderedDict[tuple[tuple[str, ...], str], Granted] = field(default_factory=OrderedDict)
    granted_since: int = 0
    moving: bool = False
    """Whether some of what changed is in and some is not yet."""
    partway: bool = False
    """Whether the log was not read to its end: what it named is as it is now, and all else as it was."""
    asking: Asking = field(init=False)
    spreads: Spreads = field(init=False)

    def __post_init__(self) -> None:
        self.asking = Asking(self.catalogue, self.journal, self.postings)
        self.spreads = Spreads(self.catalogue, self.journal)

    @property
    def position(self) -> int:
        """Up to where in the log it stands."""
        return self.state.position

    @property
    def is_settled(self) -> bool:
        """Whether what it holds is a state that the database had."""
        return not self.moving and not self.partway


async def load(reads: Reads, most: int) -> Loaded | None:
    """A model as it was when its filling began, with some of what came later; None where there are too many resources.

    Whatever changes meanwhile stands in the log behind the position that it has, and is told by following.
    """
    count = await reads.count()
    if count > most:
        return None
    state = await reads.state()
    catalogue = Catalogue(count + count // 4 + SLICE)
    catalogue.put_organizations(await reads.organizations())
    await _know_cells(catalogue, reads, state.standing.cells)
    last = ("", "")
    while True:
        seen, rows = await reads.places(last, SLICE)
        await _know_cells(catalogue, reads, seen.standing.cells)
        place = _filled(catalogue, rows)
        await asyncio.sleep(0)
        if place is None:
            break
        last = place
    for at, _ in enumerate(catalogue.settled(), 1):
        if at % SETTLED_AT_ONCE == 0:
            await asyncio.sleep(0)
    return Loaded(catalogue=catalogue, state=state, journal=Journal(state.position))


def _filled(catalogue: Catalogue, rows: bytes) -> tuple[str, str] | None:
    try:
        return catalogue.fill(rows)
    except OverflowError as cause:
        # So many have come since they were counted.
        raise Outdated from cause


async def _know_cells(catalogue: Catalogue, reads: Reads, count: int) -> None:
    while catalogue.known_cells < count:
        rows = await reads.cells(catalogue.known_cells, SLICE)
        if not rows:
            raise Outdated
        catalogue.add_cells(rows)


async def follow(loaded: Loaded, reads: Reads, most: int = BEHIND_MOST) -> Followed:
    """Bring a model up to the head, or some way towards it where that is far. Raises Outdated where it cannot be.

    Nobody else may follow with the same model meanwhile, nor ask it anything while some of the changes are not in yet.
    """
    behind = await reads.behind(loaded.position, loaded.state.mark, most)
    standing = behind.state.standing
    known = loaded.state.standing
    if not behind.same or behind.state.position < loaded.position or standing.cells < loaded.catalogue.known_cells:
        raise Outdated
    await _know_cells(loaded.catalogue, reads, standing.cells)
    organizations = None
    if (standing.access_version, standing.access_stamp) != (known.access_version, known.access_stamp):
        organizations = await reads.organizations()
    moves = await _apply(loaded, behind)
    return _moved(loaded, behind, moves, organizations)


async def _apply(loaded: Loaded, behind: Behind) -> list[Move]:
    """Bring what changed to what it is now; what the log names and is nowhere is gone."""
    now = {changed.place.id: changed for changed in behind.changed}
    named = (name.removeprefix(_NAMED) for name in behind.objects if name.startswith(_NAMED))
    # In the order of time, so that as few as possible come late.
    loaded.moving = True
    ids = sorted(named, key=lambda id: (now[id].place.updated_at, id) if id in now else ("", id))
    moves = []
    for at, id in enumerate(ids, 1):
        packed = packed_or_none(id)
        try:
            move = packed and loaded.catalogue.change(packed, now.get(id))
        except OverflowError as cause:
            raise Outdated from cause
        if move:
            moves.append(move)
        if at % APPLIED_AT_ONCE == 0:
            await asyncio.sleep(0)
    return moves


def _moved(
    loaded: Loaded, behind: Behind, moves: list[Move], organizations: Sequence[OrganizationRow] | None
) -> Followed:
    if organizations is not None:
        loaded.catalogue.put_organizations(organizations)
        loaded.postings.drop_where(lambda key: isinstance(key, tuple) and key[0] == "below")
        for sight in loaded.sights.values():
            sight.rename()
        loaded.spreads.clear()
    if not all(name.startswith(_NAMED) for name in behind.objects):
        loaded.granted.clear()
        loaded.granted_since = behind.state.position
    loaded.journal.add(moves, behind.reached)
    loaded.partway = behind.reached < behind.state.position
    loaded.state = _on_the_way(loaded.state, behind) if loaded.partway else behind.state
    loaded.moving = False
    died = [move.old for move in moves if move.old != GONE]
    return Followed(position=loaded.position, died=died, objects=behind.objects)


def _on_the_way(state: State, behind: Behind) -> State:
    return state._replace(position=behind.reached, mark=behind.reached_mark)
