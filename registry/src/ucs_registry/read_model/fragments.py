"""What resources are shown as, rendered by the database and kept: a bounded number of bytes, the same for every caller.

A fragment goes by its skeleton and by the slot of its resource. It holds as long as nothing that it shows has changed: what a
followed change touches is forgotten before the next answer.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterator, Sequence
from enum import Enum, auto
from typing import NamedTuple, Protocol, TypeAlias

from ucs_registry.read_model.templates import holes_in
from ucs_registry.shapes import Many, Object, One, Standing

BYTES_MOST = 32 * 1024 * 1024
"""How many bytes are kept in fragments, with what it takes to find them."""

SKELETONS_MOST = 256
"""How many skeletons there are fragments of."""

LINKS_MOST = 500
"""How many links of one resource are kept. Of one that has more the database tells."""

ALIKE_MOST = 64
"""How many texts of links are shared by all fragments of a skeleton that have them."""

RECORD, FIELD, HOLE, ITEM_MARK, FAR_MARK = "\x1c", "\x1d", "\x1e", "\x1a", "\x1f"
"""What stands ahead of each fragment, behind its id, on both sides of a hole, ahead of each link in a hole, and where the
resource at the far end of a link is shown. None of it ever stands in JSON text, which escapes such characters.
"""

PIECE = 128 * 1024
"""How many bytes of fragments are taken in at once, some milliseconds where they are full of links."""

UNKNOWN = -1
"""The slot of what is not there, or was not when it was looked for."""

_PLAIN_BYTES, _HOLED_BYTES, _LINK_BYTES = 160, 400, 180
"""What a fragment takes beside its text: what it takes to find it, what its holes take, and each of its links."""

Links: TypeAlias = "array[int] | list[tuple[int, bytes]] | list[tuple[int, tuple[bytes, ...]]] | None"
"""The slots to which links lead, as the kind of link asks for: alone, each with the text ahead of what it leads to, or each with
the texts around it. None where there are too many.
"""

Payload: TypeAlias = "bytes | int | Links"
Holed: TypeAlias = tuple[bytes, tuple[tuple[int, Payload, bytes], ...]]
Fragment: TypeAlias = "bytes | Holed"
"""A text, or one with holes: what stands ahead of the first, and each with its number and what stands behind it."""


class Filled(NamedTuple):
    """The fragments of several skeletons as the database wrote them, and where it stood."""

    position: int
    standing: Standing
    texts: Sequence[bytes]


class Filling(Protocol):
    """A store's part in fragments."""

    async def fill(self, wanted: Sequence[tuple[Object, Sequence[str]]]) -> Filled:
        """What the resources of some ids are shown as, for each of several skeletons, all from one state."""

    async def id_of(self, code: str) -> tuple[int, str | None]:
        """The id of the resource of a code, None where there is none; ahead of it where the database stood."""


SlotOf: TypeAlias = Callable[[str], int]
"""The slot of the resource of an id, or UNKNOWN."""


class Kept:
    """The fragments of one skeleton by slot: those that were put or asked for of late, and those before."""

    __slots__ = ("_alike", "dangling", "holes", "inward", "kinds", "old", "skeleton", "young")

    def __init__(self, skeleton: Object) -> None:
        self.skeleton = skeleton
        self.holes = tuple(holes_in(skeleton))
        self.inward = any(isinstance(hole, Many) and hole.relation == "dependants" for hole in self.holes)
        """Whether others decide where it leads."""
        self.dangling: set[int] = set()
        """The slots of those that lead, among others, to what is not there now, and may be there again."""
        self.kinds = tuple(kind_of(hole.object) if isinstance(hole, Many) else LinkKind.OTHER for hole in self.holes)
        self._alike: dict[bytes, bytes] = {}
        self.young: dict[int, Fragment] = {}
        self.old: dict[int, Fragment] = {}

    def read(self, text: bytes, slot_of: SlotOf) -> Iterator[tuple[int, Fragment, int]]:
        """Each fragment of what the database wrote, with its slot ahead of it and its bytes behind it."""
        for record in text[1:].split(_NEXT_RECORD) if text else ():
            id, _, shown = record.partition(_FIELD)
            slot = slot_of(id.decode())
            if _HOLE in shown:
                holed = self._holed(slot, shown, slot_of)
                yield slot, holed, _size(holed)
            else:
                yield slot, shown, _size(shown)

    def clear(self) -> None:
        """Keep nothing."""
        self.young, self.old = {}, {}
        self.dangling.clear()

    def _holed(self, slot: int, shown: bytes, slot_of: SlotOf) -> Holed:
        first, *rest = shown.split(_HOLE)
        holes: list[tuple[int, Payload, bytes]] = []
        for inside, behind in zip(rest[::2], rest[1::2], strict=True):
            name, _, text = inside.partition(b",")
            payload, dangles = self._payload(int(name), text, slot_of)
            if dangles:
                self.dangling.add(slot)
            holes.append((int(name), payload, behind))
        return first, tuple(holes)

    def _payload(self, number: int, text: bytes, slot_of: SlotOf) -> tuple[Payload, bool]:
        """What stands in a hole, and whether it leads to something that is not there."""
        hole = self.holes[number]
        if isinstance(hole, One):
            slot = slot_of(text.decode()) if text else UNKNOWN
            return slot, bool(text) and slot == UNKNOWN
        if not isinstance(hole, Many):
            return text, False
        items = [item.split(_FAR) for item in text[1:].split(_NEXT_ITEM)] if text else []
        if len(items) > LINKS_MOST:
            return None, False
        slots = [slot_of(item[0].decode()) for item in items]
        return self._links(self.kinds[number], slots, items), UNKNOWN in slots

    def _links(self, kind: LinkKind, slots: list[int], items: list[list[bytes]]) -> Links:
        if kind is LinkKind.BARE:
            return array("I", (slot for slot in slots if slot != UNKNOWN))
        there = [(slot, texts) for slot, (_, *texts) in zip(slots, items, strict=True) if slot != UNKNOWN]
        if kind is LinkKind.ENDING:
            return [(slot, self._one(b"}," + texts[0])) for slot, texts in there]
        return [(slot, tuple(texts)) for slot, texts in there]

    def _one(self, text: bytes) -> bytes:
        """The same object for the same text, as most links are alike."""
        if len(self._alike) >= ALIKE_MOST:
            return self._alike.get(text, text)
        return self._alike.setdefault(text, text)


def pieces_of(text: bytes) -> Iterator[bytes]:
    """What the database wrote in pieces of whole fragments."""
    start = 0
    while (end := text.find(_NEXT_RECORD, start + PIECE)) >= 0:
        yield text[start:end]
        start = end + 1
    yield text[start:]


_NEXT_RECORD, _NEXT_ITEM = f",{RECORD}".encode(), f",{ITEM_MARK}".encode()
_FIELD, _HOLE, _FAR = FIELD.encode(), HOLE.encode(), FAR_MARK.encode()


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


class Shelf:
    """The fragments of all skeletons. What has not been asked for longest goes first, more or less."""

    def __init__(self, bytes_most: int = BYTES_MOST) -> None:
        self._half = bytes_most // 2
        self._bytes = 0
        self._kept: dict[Object, Kept] = {}
        self.aged = 0
        """How often what had not been asked for went to make room."""

    @property
    def is_full(self) -> bool:
        """Whether there is no room for another skeleton."""
        return len(self._kept) >= SKELETONS_MOST

    def of(self, skeleton: Object) -> Kept:
        """The fragments of a skeleton."""
        kept = self._kept.get(skeleton)
        if kept is None:
            kept = self._kept[skeleton] = Kept(skeleton)
        return kept

    def take(self, kept: Kept, text: bytes, slot_of: SlotOf) -> None:
        """Keep what the database wrote, unless these fragments are no longer among those that are told what to forget."""
        if self._kept.get(kept.skeleton) is not kept:
            return
        young = kept.young
        for slot, fragment, size in kept.read(text, slot_of):
            young[slot] = fragment
            self._bytes += size
        if self._bytes > self._half:
            self._age()

    def again(self, kept: Kept, slot: int) -> Fragment | None:
        """A fragment that is not among the young ones, which it joins; None where there is none."""
        found = kept.old.pop(slot, None)
        if found is not None:
            kept.young[slot] = found
            self._bytes += _size(found)
        return found

    def forget(self, slots: Collection[int]) -> None:
        """Forget what shows some resources, each of which may be one that was not there before."""
        for kept in self._kept.values():
            if kept.inward:
                kept.clear()
                continue
            gone = kept.dangling.union(slots)
            kept.dangling.clear()
            for fragments in (kept.young, kept.old):
                for slot in fragments.keys() & gone:
                    del fragments[slot]

    def forget_all(self) -> None:
        """Forget all fragments."""
        for kept in self._kept.values():
            kept.clear()
        self._bytes = 0

    def clear(self) -> None:
        """Forget the skeletons, too: whoever holds on to one has it anew."""
        self.forget_all()
        self._kept.clear()

    def _age(self) -> None:
        self.aged += 1
        for kept in self._kept.values():
            kept.old, kept.young = kept.young, {}
        self._bytes = 0


def _size(fragment: Fragment) -> int:
    if isinstance(fragment, bytes):
        return len(fragment) + _PLAIN_BYTES
    first, holes = fragment
    size = len(first) + _HOLED_BYTES
    for _, payload, behind in holes:
        size += len(behind)
        if isinstance(payload, bytes):
            size += len(payload)
        elif isinstance(payload, list):
            size += sum(
                _LINK_BYTES + (len(texts) if isinstance(texts, bytes) else sum(map(len, texts))) for _, texts in payload
            )
        elif isinstance(payload, array):
            size += _LINK_BYTES + payload.itemsize * len(payload)
    return size
