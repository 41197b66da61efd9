"""Taking apart what the database wrote: fragments, and those of what they lead to, which it wrote along with them.

What is brought along stands behind the link that leads to it, and so on: each level has marks of its own, so that a split at
those of one level leaves all that stands within as it is.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from typing import cast

from ucs_registry.read_model.fragments import (
    FIELD,
    HOLED_BYTES,
    LINK_BYTES,
    MARKS,
    PLAIN_BYTES,
    RECORD,
    UNKNOWN,
    Holed,
    Kept,
    LinkKind,
    Links,
    Payload,
    Tree,
)
from ucs_registry.shapes import Many, One

ALONE, SEVERAL, FIRST = (500,), (16, 16), (40, 12, 10, 3)
"""How many links are kept of a resource, of what it leads to, and so on. What the links of one level lead to is brought along
where there is another number behind it. Of a resource that has more in `ALONE` the database tells; of one that has more
elsewhere nothing is kept, until it is read alone. `FIRST` is for one resource, `SEVERAL` for more.
"""

PIECE = 128 * 1024
"""How many bytes of fragments are taken in at once, some milliseconds where they are full of links."""

_NEXT_RECORD, _FIELD = f",{RECORD}".encode(), FIELD.encode()
_HOLES = [marks.hole.encode() for marks in MARKS]
_NEXT_ITEMS = [f",{marks.item}".encode() for marks in MARKS]
_FARS = [marks.far.encode() for marks in MARKS]


def pieces_of(text: bytes) -> Iterator[bytes]:
    """What the database wrote in pieces of whole fragments."""
    start = 0
    while (end := text.find(_NEXT_RECORD, start + PIECE)) >= 0:
        yield text[start:end]
        start = end + 1
    yield text[start:]


class Taking:
    """The taking in of what was read with some limits to its links; `bytes` says how much it was."""

    __slots__ = ("_limits", "_slots", "bytes")

    def __init__(self, limits: tuple[int, ...], slots: Mapping[bytes, int]) -> None:
        self._limits = limits
        self._slots = slots
        self.bytes = 0

    def records(self, tree: Tree, text: bytes) -> None:
        """Keep what stands in some records, each an id and what its resource is shown as."""
        for record in text[1:].split(_NEXT_RECORD) if text else ():
            id, _, shown = record.partition(_FIELD)
            slot = self._slots[id]
            if slot != UNKNOWN:
                self._keep(tree, slot, shown, 0)

    def _keep(self, tree: Tree, slot: int, shown: bytes, level: int) -> None:
        kept = tree.kept
        if slot in kept.young and (not tree.depth or slot in tree.whole):
            # It was read at this very position, too.
            return
        if not kept.holes or _HOLES[level] not in shown:
            kept.young[slot] = shown
            self.bytes += len(shown) + PLAIN_BYTES
            return
        holed = self._holed(tree, slot, shown, level)
        if holed is not None:
            kept.young[slot] = holed
            if tree.depth and level + tree.depth < len(self._limits):
                tree.whole.add(slot)

    def _holed(self, tree: Tree, slot: int, shown: bytes, level: int) -> Holed | None:
        """A fragment with its holes; None where one of them has more links than are kept."""
        kept, parts = tree.kept, shown.split(_HOLES[level])
        size = HOLED_BYTES + len(parts[0])
        holes: list[tuple[int, Payload, bytes]] = []
        for inside, behind in zip(parts[1::2], parts[2::2], strict=True):
            name, _, text = inside.partition(b",")
            number = int(name)
            hole, payload = kept.holes[number], cast("Payload", None)
            if isinstance(hole, Many):
                items = text[1:].split(_NEXT_ITEMS[level]) if text else []
                if len(items) <= self._limits[level]:
                    payload = self._links(tree, number, items, slot, level)
                elif len(self._limits) > 1:
                    # What they lead to was read, and is kept.
                    self._links(tree, number, items, slot, level)
                    return None
                size += LINK_BYTES * len(items)
            elif isinstance(hole, One):
                payload = self._slots[text] if text else UNKNOWN
                if text and payload == UNKNOWN:
                    kept.dangling.add(slot)
            else:
                payload = text
                size += len(text)
            size += len(behind)
            holes.append((number, payload, behind))
        self.bytes += size
        return parts[0], tuple(holes)

    def _links(self, tree: Tree, number: int, items: list[bytes], slot: int, level: int) -> Links:
        """The links in a hole, with what they lead to kept where it was brought along."""
        kept, trees = tree.kept, tree.within[number] if level + 1 < len(self._limits) else ()
        kind = kept.kinds[number]
        if kind is LinkKind.OTHER:
            return self._around(tree, number, items, slot, level)
        [far] = trees or (None,)
        known = far.kept.young if far is not None else {}
        slots = array("I")
        texts: list[bytes] = []
        mark, found, alike, ends = _FARS[level], self._slots, kept.alike, kind is LinkKind.ENDING
        for item in items:
            id, told, _, *brought = item.split(mark)
            end = found[id]
            if end == UNKNOWN:
                # Where it leads there is nothing now, but there may be again.
                kept.dangling.add(slot)
                continue
            slots.append(end)
            if far is not None and (end not in known or far.depth):
                self._keep(far, end, brought[0], level + 1)
            if ends:
                texts.append(alike.get(told) or self._alike(kept, told))
        return (slots, tuple(texts)) if ends else slots

    def _around(self, tree: Tree, number: int, items: list[bytes], slot: int, level: int) -> Links:
        """Links that show what they lead to not once, or not in the end."""
        trees = tree.within[number]
        told, brings = 1 + len(trees), level + 1 < len(self._limits)
        around: list[tuple[int, tuple[bytes, ...]]] = []
        for item in items:
            id, *parts = item.split(_FARS[level])
            end = self._slots[id]
            if end == UNKNOWN:
                tree.kept.dangling.add(slot)
                continue
            texts = tuple(parts[:told])
            around.append((end, texts))
            self.bytes += sum(map(len, texts)) + 2 * PLAIN_BYTES
            if brings:
                for inner, text in zip(trees, parts[told:], strict=True):
                    self._keep(inner, end, text, level + 1)
        return around

    def _alike(self, kept: Kept, told: bytes) -> bytes:
        """What stands between two links, the same object for the same text as far as there is room: most links are alike."""
        text = b"}," + told
        if len(kept.alike) < ALIKE_MOST:
            kept.alike[told] = text
        else:
            self.bytes += len(text) + PLAIN_BYTES
        return text


ALIKE_MOST = 64
"""How many texts of links are shared by all fragments of a skeleton that have them."""
