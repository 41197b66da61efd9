"""What resources are shown as, rendered by the database and kept: a bounded number of bytes, the same for every caller.

A fragment goes by its skeleton and by the slot of its resource. It holds as long as nothing that it shows has changed: what a
followed change touches is forgotten before the next answer.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from enum import Enum, auto
from typing import NamedTuple, Protocol, TypeAlias

from ucs_registry.read_model.templates import holes_in
from ucs_registry.shapes import Many, Object, One, Standing

RECORD, FIELD = "\x1c", "\x1d"
"""What stands ahead of each fragment, and behind its id. Neither this nor any other mark ever stands in JSON text, which escapes
such characters.
"""


class Marks(NamedTuple):
    """What stands on both sides of a hole; ahead of each link in it; and behind the id to which that leads, where the resource
    at its far end is shown, and ahead of what is brought along of it.
    """

    hole: str
    item: str
    far: str


MARKS = tuple(Marks(*map(chr, range(first, first + 3))) for first in (1, 4, 7, 10))
"""The marks of what was asked for, of what its links lead to, and so on."""

UNKNOWN = -1
"""The slot of what is not there, or was not when it was looked for."""

PLAIN_BYTES, HOLED_BYTES, LINK_BYTES = 120, 500, 12
"""What a fragment takes beside its text: with what it takes to find it, with its holes, and for each of its links."""

Links: TypeAlias = "array[int] | tuple[array[int], tuple[bytes, ...]] | list[tuple[int, tuple[bytes, ...]]] | None"
"""The slots to which links lead, as the kind of link asks for: alone, beside the texts ahead of what they lead to, or each with
the texts around it. None where there are too many.
"""

Payload: TypeAlias = "bytes | int | Links"
Holed: TypeAlias = tuple[bytes, tuple[tuple[int, Payload, bytes], ...]]
Fragment: TypeAlias = "bytes | Holed"
"""A text, or one with holes: what stands ahead of the first, and each with its number and what stands behind it."""


class Filled(NamedTuple):
    """Fragments as the database wrote them, and where it stood."""

    position: int
    standing: Standing
    text: bytes


class Filling(Protocol):
    """A store's part in fragments."""

    async def fill(self, tree: Tree, ids: Sequence[str], limits: tuple[int, ...]) -> Filled:
        """What the resources of some ids are shown as, with what their links lead to as far as the limits go, all from one
        state.
        """

    async def id_of(self, code: str) -> tuple[int, str | None]:
        """The id of the resource of a code, None where there is none; ahead of it where the database stood."""


class Kept:
    """The fragments of one skeleton by slot: those that were put or asked for of late, and those before."""

    __slots__ = ("alike", "dangling", "holes", "inward", "is_gone", "kinds", "old", "skeleton", "young")

    def __init__(self, skeleton: Object) -> None:
        self.skeleton = skeleton
        self.holes = tuple(holes_in(skeleton))
        self.inward = any(isinstance(hole, Many) and hole.relation == "dependants" for hole in self.holes)
        """Whether others decide where it leads."""
        self.dangling: set[int] = set()
        """The slots of those that lead, among others, to what is not there now, and may be there again."""
        self.kinds = tuple(kind_of(hole.object) if isinstance(hole, Many) else LinkKind.OTHER for hole in self.holes)
        self.alike: dict[bytes, bytes] = {}
        """What stands between two links, by what is told of the second."""
        self.young: dict[int, Fragment] = {}
        self.old: dict[int, Fragment] = {}
        self.is_gone = False
        """Whether it is no longer among those that are told what to forget."""

    def clear(self) -> None:
        """Keep nothing."""
        self.young, self.old = {}, {}
        self.dangling.clear()


class Tree:
    """The fragments of one skeleton, and for each of its holes the trees of what its links lead to. For one shape it is always
    the same object.
    """

    __slots__ = ("alone", "depth", "kept", "whole", "within")

    def __init__(self, kept: Kept, within: tuple[tuple[Tree, ...], ...]) -> None:
        self.kept = kept
        self.within = within
        self.depth: int = max((1 + inner.depth for trees in within for inner in trees), default=0)
        """Over how many links there is something to bring along."""
        self.alone = False
        """Whether the database takes no statement for all of it."""
        self.whole: set[int] = set()
        """The slots of those of which all was brought along, and has hardly been forgotten yet."""


class LinkKind(Enum):
    """How what is told of a link stands around what it leads to."""

    BARE = auto()
    """Nothing else is told of it."""
    ENDING = auto()
    """It ends in what it leads to, once."""
    OTHER = auto()


def kind_of(link: Object) -> LinkKind:
    """What kind of link it is."""
    ends = [isinstance(node, One) for _, node in link.entries]
    if ends == [True]:
        return LinkKind.BARE
    return LinkKind.ENDING if any(ends) and ends.index(True) == len(ends) - 1 else LinkKind.OTHER


def size_of(fragment: Fragment) -> int:
    """What it takes to keep a fragment, but for texts that it may share with others."""
    if isinstance(fragment, bytes):
        return len(fragment) + PLAIN_BYTES
    first, holes = fragment
    size = len(first) + HOLED_BYTES
    for _, payload, behind in holes:
        size += len(behind)
        if isinstance(payload, bytes):
            size += len(payload)
        elif isinstance(payload, list):
            size += sum(2 * PLAIN_BYTES + sum(map(len, texts)) for _, texts in payload)
        elif isinstance(payload, tuple):
            size += LINK_BYTES * len(payload[0])
        elif isinstance(payload, array):
            size += LINK_BYTES * len(payload)
    return size
