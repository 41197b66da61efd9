"""What the database told of resources, kept for as long as it holds: a read model tells when that is over.

What is kept of a resource is the same for all callers: with every end of its links stands the cell by which each caller is
judged. Whatever changes a resource, or the end of one of its links, has it forgotten before the next answer.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from ucs_registry.queries import Cursor, Order
from ucs_registry.resources import Resource
from ucs_registry.sql.elements.lines import DEPRECATED, NO_ACTIONS
from ucs_registry.visibility import ALLOWED, WITH_GRANT, Visibility

MEMORY_MOST = 24 * 1024 * 1024
"""How many bytes what is kept may take, more or less; what was kept longest goes first."""

VARIANTS_MOST = 8
"""For how many sets of visible links it is kept what is told of one resource."""

NOT_THERE, SOMEWHERE = -1, 1 << 62
"""The cell of what is not there, and a cell that nobody sees everything up to."""

GrantTimes = Mapping[str, Collection[tuple[str, str, str | None]]]
"""By a resource's id the grants on it: the action, and the ends of its time as the store writes them."""

_RESOURCE_BYTES, _LINK_BYTES = 1_200, 300
"""What a resource takes beside what is told of it, and each of its links."""

_NOTHING = (DEPRECATED.encode(), b"")


class Sight:
    """What one caller may discover at one instant, and which grants it holds then."""

    __slots__ = ("_action", "_mask", "_now", "grants", "up_to")

    def __init__(self, visibility: Visibility, grants: GrantTimes, now: str, up_to: int) -> None:
        self._mask = visibility.mask
        self._action = visibility.action
        self.grants = grants
        """Those that it holds, now or at another time, by the ids of their resources."""
        self._now = now
        self.up_to = up_to
        """Up to which cell it may discover everything, whatever it is granted."""

    def held(self, id: str) -> frozenset[str]:
        """The actions for which it has a live grant on a resource."""
        grants = self.grants.get(id)
        if grants is None:
            return NO_ACTIONS
        now = self._now
        return frozenset(action for action, start, end in grants if start <= now and (end is None or now < end))

    def sees(self, id: str, cell: int) -> bool:
        """Whether it may discover what is in a cell."""
        if not 0 <= cell < len(self._mask):
            return False
        said = self._mask[cell]
        return said == ALLOWED or (said == WITH_GRANT and self._action in self.held(id))


class Told:
    """A resource as it is told of to those who see the same of its links. Its content stands elsewhere."""

    __slots__ = ("cell", "held", "id", "told")

    def __init__(self, id: str, cell: int, told: bytes, held: frozenset[str] = NO_ACTIONS) -> None:
        self.id = id
        self.cell = cell
        self.told = told
        self.held = held

    def cursor(self, order: Order) -> Cursor:
        """As `Element` has it, in an order of time."""
        return Cursor(order=order, key=self.told.split(b"\t", 3)[2].decode(), id=self.id)

    def resource(self) -> Resource:
        """Raise LookupError: the content was not read."""
        raise LookupError(self.id)

    def involved(self) -> bool:
        """As `resource`."""
        raise LookupError(self.id)

    def linked(self) -> frozenset[str]:
        """As `resource`."""
        raise LookupError(self.id)

    def members(self) -> int:
        """As `resource`."""
        raise LookupError(self.id)


class Remembered:
    """What is kept of one resource. `linked` and `other` are the ends of its links and what replaces it, with their cells."""

    __slots__ = ("_highest", "_linked", "_other", "_parts", "_variants", "_whole", "slot", "weight")

    def __init__(self, id: str, cell: int, told: bytes, slot: int | None) -> None:
        *front, linked, other, behind = told.split(b"\t")
        self._parts = b"\t".join(front), behind
        # As `in_order` has them.
        self._linked = sorted(map(_end, linked.split(b","))) if linked else []
        self._other = _end(other) if other else None
        ends = [*self._linked, *((self._other,) if self._other else ())]
        self._highest = max((SOMEWHERE if cell == NOT_THERE else cell for _, cell, _ in ends), default=NOT_THERE)
        """The highest cell in which a link ends."""
        self.slot = slot
        """Where the model has it."""
        self._whole = Told(id, cell, self._told([True] * len(ends)))
        self._variants: dict[bytes, Told] = {bytes([True] * len(ends)): self._whole}
        self.weight = _RESOURCE_BYTES + len(told) + _LINK_BYTES * len(ends)

    def ends(self) -> Iterable[str]:
        """The ids of whatever else it depends on what is told of it."""
        yield from (id for id, _, _ in self._linked)
        if self._other:
            yield self._other[0]

    def seen(self, sight: Sight) -> Told:
        """As it is told to one caller."""
        found = self._whole if self._highest < sight.up_to else self._varied(sight)
        if not sight.grants:
            return found
        held = sight.held(found.id)
        return Told(found.id, found.cell, found.told, held) if held else found

    def _varied(self, sight: Sight) -> Told:
        marks = [sight.sees(id, cell) for id, cell, _ in self._linked]
        if self._other:
            marks.append(sight.sees(self._other[0], self._other[1]))
        key = bytes(marks)
        found = self._variants.get(key)
        if found is None:
            found = Told(self._whole.id, self._whole.cell, self._told(marks))
            if len(self._variants) < VARIANTS_MOST:
                self._variants[key] = found
        return found

    def _told(self, marks: list[bool]) -> bytes:
        linked = b",".join(
            id.encode() + mark for (id, _, mark), shown in zip(self._linked, marks, strict=False) if shown
        )
        other = self._other[0].encode() if self._other and marks[-1] else b""
        front, behind = self._parts
        return b"\t".join((front, linked, other, behind))


class Memory:
    """What is kept of all resources, bounded in bytes."""

    def __init__(self, most: int = MEMORY_MOST) -> None:
        self._most = most
        self._kept: dict[str, Remembered] = {}
        self._pointing: dict[str, dict[str, None]] = {}
        self._weight = 0
        self._in_slots: dict[int, Remembered] = {}
        self.get = self._kept.get
        """What is kept of the resource of an id, if anything is."""
        self.in_slot = self._in_slots.get
        """What is kept of the resource in a slot of the model, if anything is."""

    def keep(self, id: str, remembered: Remembered) -> None:
        """Keep what was told of a resource."""
        self.forget_one(id)
        self._kept[id] = remembered
        if remembered.slot is not None:
            self._in_slots[remembered.slot] = remembered
        self._weight += remembered.weight
        for end in remembered.ends():
            self._pointing.setdefault(end, {})[id] = None
        while self._weight > self._most:
            self.forget_one(next(iter(self._kept)))

    def forget(self, ids: Iterable[str]) -> None:
        """Forget resources that changed, came or went, and whatever leads to them."""
        for id in ids:
            for source in list(self._pointing.get(id, ())):
                self.forget_one(source)
            self.forget_one(id)

    def forget_one(self, id: str) -> None:
        """Forget one resource."""
        gone = self._kept.pop(id, None)
        if gone is None:
            return
        self._weight -= gone.weight
        if gone.slot is not None:
            self._in_slots.pop(gone.slot, None)
        for end in gone.ends():
            pointing = self._pointing.get(end)
            if pointing is not None:
                pointing.pop(id, None)
                if not pointing:
                    del self._pointing[end]

    def clear(self) -> None:
        """Forget all resources."""
        self._kept.clear()
        self._in_slots.clear()
        self._pointing.clear()
        self._weight = 0


def _end(text: bytes) -> tuple[str, int, bytes]:
    """The id of the end of a link, its cell, and what is marked behind it."""
    id, _, rest = text.partition(b":")
    deprecated, nothing = _NOTHING
    mark = deprecated if rest.endswith(deprecated) else nothing
    cell = rest.removesuffix(deprecated)
    return id.decode(), int(cell) if cell else NOT_THERE, mark


def line_of(line: bytes, slot_of: Callable[[str], int | None]) -> tuple[str, Remembered]:
    """The id of a resource and what is to be kept of it, of a line as `KeptLine` has it written."""
    cell, _, _, told = line.split(b"\t", 3)
    id = told[: told.index(b"\t")].decode()
    return id, Remembered(id, int(cell), told, slot_of(id))


def grants_of(rows: Iterable[list[Any]]) -> GrantTimes:
    """Grants by their resources."""
    grants: dict[str, list[tuple[str, str, str | None]]] = {}
    for resource, action, start, end in rows:
        grants.setdefault(resource, []).append((action, start, end))
    return grants
