"""Putting an answer together: texts that are kept, and links that are judged for the one who asks.

A template is made into functions once. An answer is what they append to a list, which nobody keeps.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeAlias, cast

from ucs_registry.read_model.catalogue import GONE, LATE
from ucs_registry.read_model.fragments import UNKNOWN, Fragment, LinkKind, Payload, Tree, kind_of
from ucs_registry.read_model.shelf import Shelf
from ucs_registry.read_model.templates import Beyond, Hole, Template
from ucs_registry.shapes import Field, Many, Object
from ucs_registry.visibility import ALLOWED, DENIED, WITH_GRANT, Visibility

SHOWN_MOST = 4_000
"""How many links one answer may go through: some milliseconds. Longer answers are the database's."""

Out: TypeAlias = Callable[[bytes], None]


class Numbered(Protocol):
    """What of a catalogue decides who may see what: a resource's number by its slot, and its cell by its number."""

    @property
    def numbers(self) -> Sequence[int]:
        """The number of each slot, `GONE` where nothing is any more."""

    @property
    def cells(self) -> Sequence[int]:
        """The cell of each number below `LATE`."""

    def cell(self, number: int) -> int:
        """The cell of a number, late or not."""


class Numbers(Protocol):
    """A set of numbers."""

    def __contains__(self, number: int, /) -> bool:
        """Whether a number is in it."""


class Judged:
    """What a caller may do by one visibility."""

    __slots__ = ("granted", "mask")

    def __init__(self, visibility: Visibility, granted: Numbers) -> None:
        self.mask = visibility.mask
        self.granted = granted

    def may(self, number: int, cell: int) -> bool:
        """Whether it may do it to a resource."""
        verdict = self.mask[cell]
        return verdict == ALLOWED or (verdict == WITH_GRANT and number in self.granted)


class Looking:
    """One answer while it is made: who looks, at what, and which fragments are missing."""

    __slots__ = ("asked", "at", "by", "catalogue", "discover", "left", "listed", "missing", "read", "sight", "work")

    def __init__(
        self,
        catalogue: Numbered,
        discover: Judged,
        read: Judged | None,
        work: Sequence[Judged],
        asked: Sequence[object],
        sight: Visibility,
        at: datetime,
    ) -> None:
        self.catalogue = catalogue
        self.discover = discover
        self.by = catalogue.numbers, catalogue.cells, discover.mask, discover.granted
        """By what it is judged what it may discover, for those who judge much."""
        self.read = read
        self.work = work
        self.asked = asked
        self.sight = sight
        """What it may discover, as lists take it."""
        self.at = at
        self.left = SHOWN_MOST
        self.missing: list[tuple[Tree, int]] = []
        self.listed: dict[int, Any] = {}
        """The pages that were looked up, by their places."""

    def again(self) -> None:
        """Begin anew where nothing has moved."""
        self.left, self.missing = SHOWN_MOST, []

    def may(self, slot: int, judged: Judged | None) -> bool:
        """Whether what is in a slot is there, and the caller may do something to it."""
        number = self.catalogue.numbers[slot]
        return number != GONE and judged is not None and judged.may(number, self.catalogue.cell(number))

    def late(self, number: int) -> int:
        """What the mask says of a number that is late, or gone."""
        return DENIED if number == GONE else self.discover.mask[self.catalogue.cell(number)]


Write: TypeAlias = Callable[[Any, int, Looking, Out], None]
"""Writes what stands in a hole: its payload, the slot of the resource whose hole it is, who looks, and where to."""

Show: TypeAlias = Callable[[int, Looking, Out], None]


class Showing:
    """How resources are shown by one template."""

    __slots__ = ("_again", "kept", "plain", "show", "tree", "writes")

    def __init__(self, template: Template, shelf: Shelf) -> None:
        self.tree = shelf.tree(template)
        self.kept = self.tree.kept
        self.plain = not template.holes
        """Whether it has no holes."""
        self._again = shelf.again
        self.writes: list[Write] = [_write(hole, shelf) for hole in template.holes]
        self.show: Show = self._text if self.plain else self._holed

    def has(self, slot: int) -> bool:
        """Whether there is a fragment of a slot."""
        return slot in self.kept.young or slot in self.kept.old

    def found(self, slot: int, looking: Looking) -> Fragment | None:
        """The fragment of a slot; noted as missing where there is none."""
        kept = self.kept
        fragment = kept.young.get(slot)
        if fragment is None:
            fragment = self._again(kept, slot)
            if fragment is None:
                looking.missing.append((self.tree, slot))
        return fragment

    def texts(self, slots: list[int], looking: Looking) -> list[bytes]:
        """The texts of several slots, where there are no holes."""
        found = list(map(self.kept.young.get, slots))
        if None in found:
            found = [text for slot in slots if (text := self.found(slot, looking)) is not None]
        return cast("list[bytes]", found)

    def _text(self, slot: int, looking: Looking, out: Out) -> None:
        found = self.found(slot, looking)
        if found is not None:
            out(cast("bytes", found))

    def _holed(self, slot: int, looking: Looking, out: Out) -> None:
        found = self.found(slot, looking)
        if found is None:
            return
        if type(found) is bytes:
            # Of a part that it has not, the holes are not there either.
            out(found)
            return
        first, holes = cast("tuple[bytes, tuple[tuple[int, Payload, bytes], ...]]", found)
        writes = self.writes
        out(first)
        for number, payload, behind in holes:
            writes[number](payload, slot, looking, out)
            out(behind)


def _write(hole: Hole, shelf: Shelf) -> Write:
    node = hole.node
    if isinstance(node, Field):
        return _work if node.name == "etag" else _readable if node.name == "readable" else _read
    shown = [Showing(template, shelf) for template in hole.templates]
    if not isinstance(node, Many):
        return _alternative(shown[0])
    kind = kind_of(node.object) if hole.most is None else LinkKind.OTHER
    if kind is LinkKind.BARE and shown[0].plain:
        return _bare_texts(shown[0], b'{"%s":' % node.object.entries[0][0].encode())
    if kind is LinkKind.ENDING:
        return _ending_texts(shown[0]) if shown[0].plain else _ending(shown[0])
    return _links(shown, hole)


def _read(payload: bytes, slot: int, looking: Looking, out: Out) -> None:
    out(payload if looking.may(slot, looking.read) else b"null")


def _readable(payload: bytes, slot: int, looking: Looking, out: Out) -> None:
    out(b"true" if looking.may(slot, looking.read) else b"false")


def _work(payload: bytes, slot: int, looking: Looking, out: Out) -> None:
    out(payload if any(looking.may(slot, each) for each in looking.work) else b"null")


def _alternative(shown: Showing) -> Write:
    def write(payload: int, slot: int, looking: Looking, out: Out) -> None:
        if payload != UNKNOWN and looking.may(payload, looking.discover):
            shown.show(payload, looking, out)
        else:
            out(b"null")

    return write


def _spent(payload: Sequence[Any] | None, looking: Looking) -> None:
    """Note that links are gone through. Raises Beyond where they are too many."""
    if payload is None:
        raise Beyond
    looking.left -= len(payload[0]) if type(payload) is tuple else len(payload)
    if looking.left < 0:
        raise Beyond


def _bare_texts(shown: Showing, ahead: bytes) -> Write:
    """Links of which nothing is told but to what they lead, and of that nothing which is judged."""
    first, between = b"[" + ahead, b"}," + ahead

    def write(payload: array[int] | None, slot: int, looking: Looking, out: Out) -> None:
        _spent(payload, looking)
        numbers, cells, mask, granted = looking.by
        get, found = shown.kept.young.get, []
        for each in payload or ():
            number = numbers[each]
            verdict = mask[cells[number]] if number < LATE else looking.late(number)
            if verdict == ALLOWED or (verdict == WITH_GRANT and number in granted):
                text = get(each) or shown.found(each, looking)
                if text is not None:
                    found.append(text)
        if found:
            out(first)
            out(between.join(cast("list[bytes]", found)))
            out(b"}]")
        else:
            out(b"[]")

    return write


def _ending_texts(shown: Showing) -> Write:
    """Links that end in what they lead to, of which nothing is judged."""

    def write(payload: tuple[array[int], tuple[bytes, ...]] | None, slot: int, looking: Looking, out: Out) -> None:
        _spent(payload, looking)
        numbers, cells, mask, granted = looking.by
        get, nothing = shown.kept.young.get, True
        for each, ahead in zip(*payload or _NONE, strict=True):
            number = numbers[each]
            verdict = mask[cells[number]] if number < LATE else looking.late(number)
            if verdict == ALLOWED or (verdict == WITH_GRANT and number in granted):
                text = get(each) or shown.found(each, looking)
                if text is not None:
                    # The first has none ahead of it to end.
                    out(b"[" + ahead[2:] if nothing else ahead)
                    nothing = False
                    out(cast("bytes", text))
        out(b"[]" if nothing else b"}]")

    return write


def _ending(shown: Showing) -> Write:
    """Links that end in what they lead to."""
    inner = shown.writes

    def write(payload: tuple[array[int], tuple[bytes, ...]] | None, slot: int, looking: Looking, out: Out) -> None:
        _spent(payload, looking)
        numbers, cells, mask, granted = looking.by
        get, nothing = shown.kept.young.get, True
        for each, ahead in zip(*payload or _NONE, strict=True):
            number = numbers[each]
            verdict = mask[cells[number]] if number < LATE else looking.late(number)
            if verdict == ALLOWED or (verdict == WITH_GRANT and number in granted):
                fragment: Any = get(each) or shown.found(each, looking)
                out(b"[" + ahead[2:] if nothing else ahead)
                nothing = False
                if type(fragment) is tuple:
                    first, holes = fragment
                    out(first)
                    for hole, within, behind in holes:
                        inner[hole](within, each, looking, out)
                        out(behind)
                elif fragment is not None:
                    out(fragment)
        out(b"[]" if nothing else b"}]")

    return write


def _links(shown: list[Showing], hole: Hole) -> Write:
    """Links of any kind, or no more of them than are asked for."""
    each_of, behind_all = _around(cast("Many", hole.node).object)

    def write(payload: Any, slot: int, looking: Looking, out: Out) -> None:  # noqa: ANN401 -- of any kind of link
        _spent(payload, looking)
        left = LINKS_ALL if hole.most is None else cast("int", looking.asked[hole.most])
        before = b"["
        for each, texts in each_of(payload):
            if not looking.may(each, looking.discover):
                continue
            if not left:
                break
            left -= 1
            out(before)
            for text, showing in zip(texts, shown, strict=False):
                out(text)
                showing.show(each, looking, out)
            out(texts[-1] if len(texts) > len(shown) else behind_all)
            before = b","
        out(b"[]" if before == b"[" else b"]")

    return write


def _around(link: Object) -> tuple[Callable[[Any], Iterable[tuple[int, Sequence[bytes]]]], bytes]:
    """Each link with the texts around what it leads to, and what stands behind all links that do not say."""
    kind = kind_of(link)
    if kind is LinkKind.BARE:
        ahead = (b'{"%s":' % link.entries[0][0].encode(),)
        return (lambda payload: ((each, ahead) for each in payload)), b"}"
    if kind is LinkKind.ENDING:
        return (lambda payload: ((each, (text[2:],)) for each, text in zip(*payload, strict=True))), b"}"
    return (lambda payload: payload), b""


LINKS_ALL = -1
"""How many links are shown where nobody says: it never comes to none."""

_NONE: tuple[array[int], tuple[bytes, ...]] = array("I"), ()
