"""Where every resource stands in the order of the last change, and which have each value of what a cell says.

A resource has a *slot* for as long as a catalogue lives, and a *number* until it changes: numbers grow with the time of the
last change, so that the last of a set of numbers are those that changed last. What comes with an earlier time than others
before it (clocks differ) is *late*: its number stands behind `LATE`, and lists put it where it belongs.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pyroaring import BitMap

from ucs_registry.queries import Dimension
from ucs_registry.read_model.ids import ID_BYTES, ID_TEXT, TIME_TEXT, TO_DIGITS, IdTable, microseconds, unpacked
from ucs_registry.read_model.ports import CellRow, Changed, OrganizationRow, Place

ATTRIBUTES = (
    Dimension.KIND,
    Dimension.TYPE,
    Dimension.SHARE_TYPE,
    Dimension.DATA_LEVEL,
    Dimension.OPEN_TYPE,
    Dimension.AVAILABILITY,
)
"""What a cell says of its resources, beside the owner."""

LATE = 1 << 31
"""The first number of what is late."""

GONE = 0xFFFFFFFF
"""The number of what is not there any more."""

_PLACES = {dimension: place for place, dimension in enumerate(ATTRIBUTES)}
_BEHIND_TIME = TIME_TEXT + ID_TEXT


class Move(NamedTuple):
    """What a change did: which number died (GONE for none) and what it said, which was given (GONE where the resource is gone),
    and what that says. Where the time is the same, so is the number.
    """

    old: int
    old_cell: int
    old_district: str
    new: int
    cell: int
    district: str
    tags: frozenset[str]
    text: str


class _Sort(NamedTuple):
    """What many cells have in common: the values of the attributes, and the numbers that have each."""

    values: tuple[str, ...]
    sets: tuple[BitMap, ...]


class Catalogue:
    """All resources by slot and number. Filled once in the order of the last change, and moved along after that."""

    def __init__(self, room: int) -> None:
        self.table = IdTable(room)
        self.numbers = array("I")
        self.slots = array("I")
        self.cells = array("I")
        self.districts = array("I")
        self.keys = array("q")
        self.late_slots: list[tuple[int, int, int]] = []
        self.late: list[tuple[int, bytes, int]] = []
        self.all = BitMap()
        self.values: dict[Dimension, dict[str, BitMap]] = {each: {} for each in Dimension}
        self.district_names: list[str] = []
        self.owners = array("I")
        self.owner_ids: dict[int, str] = {}
        self.paths: dict[str, tuple[int, str]] = {}
        self.dead = 0
        self._district_codes: dict[str, int] = {}
        self._sorts: list[_Sort] = []
        self._sort_of = array("I")
        self._sorts_by_values: dict[tuple[str, ...], int] = {}
        self._owned: dict[int, BitMap] = {}

    def __len__(self) -> int:
        return len(self.all)

    # Numbers

    def find(self, id: bytes) -> int | None:
        """The number of the resource of an id, if it is there."""
        slot = self.table.slot(id)
        return None if slot is None else self.number(slot)

    def find_all(self, ids: bytes) -> list[int]:
        """The numbers of those of some ids that are there; between the ids stand commas."""
        digits = ids.translate(TO_DIGITS).split(b",")
        slots = self.table.known([int(each, 32).to_bytes(ID_BYTES, "big") for each in digits])
        numbers = self.numbers
        return [number for slot in slots if (number := numbers[slot]) != GONE]

    def number(self, slot: int) -> int | None:
        """The number of a slot, unless the resource is gone."""
        number = self.numbers[slot]
        return None if number == GONE else number

    def slot(self, number: int) -> int:
        """The slot of a number, also of one that has died."""
        return self.slots[number] if number < LATE else self.late_slots[number - LATE][0]

    def cell(self, number: int) -> int:
        """The cell of a number as it is or was."""
        return self.cells[number] if number < LATE else self.late_slots[number - LATE][1]

    def district(self, number: int) -> str:
        """The district of a number as it is or was; empty for none."""
        code = self.districts[number] if number < LATE else self.late_slots[number - LATE][2]
        return self.district_names[code]

    def place(self, number: int) -> tuple[int, bytes]:
        """By what a number stands where it stands: the time, and the id."""
        if number < LATE:
            return self.keys[number], self.table.id(self.slots[number])
        key = next(key for key, _, late in self.late if late == number)
        return key, self.table.id(self.slot(number))

    def id(self, number: int) -> str:
        """The id of a number, as text."""
        return unpacked(self.table.id(self.slot(number)))

    def before(self, key: int, id: bytes, *, through: bool = False) -> int:
        """How many of the numbers that are not late stand before a place, or, `through` it, there as well.

        Where the id itself has left the place, its number is still there, and counts for what it was.
        """
        low, high = bisect_left(self.keys, key), bisect_right(self.keys, key)
        bisect = bisect_right if through else bisect_left
        return bisect(self.slots, id, low, high, key=self.table.id)

    # Filling

    def fill(self, rows: bytes) -> tuple[str, str] | None:
        """Take in places that follow those that are there, as `Reads.places` has them; the last place, if there is one.

        What is there already has moved behind meanwhile: it takes the later place.
        """
        if not rows:
            return None
        cells, districts, keys, ids = [], [], [], []
        row, last, key = b"", b"", 0
        for row, digits in zip(rows.split(b","), rows.translate(TO_DIGITS).split(b","), strict=True):
            time = row[ID_TEXT:_BEHIND_TIME]
            if time != last:
                last, key = time, microseconds(time.decode())
            cell, _, district = row[_BEHIND_TIME:].partition(b":")
            keys.append(key)
            cells.append(int(cell))
            districts.append(district)
            ids.append(int(digits[:ID_TEXT], 32).to_bytes(ID_BYTES, "big"))
        codes = {name: self._code(name.decode()) for name in set(districts)}
        start = len(self.slots)
        self.cells.extend(cells)
        self.districts.extend([codes[name] for name in districts])
        self.keys.extend(keys)
        self._number(self.table.slots(ids))
        self._enter(range(start, len(self.slots)))
        return row[ID_TEXT:_BEHIND_TIME].decode(), row[:ID_TEXT].decode()

    def _number(self, slots: Sequence[int]) -> None:
        """Give slots the next numbers, and take out those that they had."""
        start = len(self.slots)
        self.slots.extend(slots)
        if slots[0] == len(self.numbers) and len(self.table) == slots[0] + len(slots):
            self.numbers.extend(range(start, start + len(slots)))
            return
        self.numbers.extend([GONE] * (len(self.table) - len(self.numbers)))
        for number, slot in enumerate(slots, start):
            if self.numbers[slot] != GONE:
                self._take_out(self.numbers[slot])
            self.numbers[slot] = number

    def _append(self, slot: int, cell: int, district: int, key: int) -> int:
        self.slots.append(slot)
        self.cells.append(cell)
        self.districts.append(district)
        self.keys.append(key)
        return len(self.slots) - 1

    def _enter(self, numbers: range) -> None:
        """Note the values of numbers that are new, many at a time."""
        self.all.update(numbers)
        by_sort: dict[int, list[int]] = {}
        by_owner: dict[int, list[int]] = {}
        by_district: dict[int, list[int]] = {}
        sorts, owners = self._sort_of, self.owners
        places = zip(numbers, self.cells[numbers.start :], self.districts[numbers.start :], strict=True)
        for number, cell, district in places:
            by_sort.setdefault(sorts[cell], []).append(number)
            by_owner.setdefault(owners[cell], []).append(number)
            by_district.setdefault(district, []).append(number)
        gathered: dict[int, tuple[BitMap, list[int]]] = {}
        for sort, members in by_sort.items():
            for held in self._sorts[sort].sets:
                gathered.setdefault(id(held), (held, []))[1].extend(members)
        for held, members in gathered.values():
            held.update(members)
        for owner, members in by_owner.items():
            self._owned[owner].update(members)
        for code, members in by_district.items():
            self._set(Dimension.DISTRICT, self.district_names[code]).update(members)

    def settled(self) -> Iterator[None]:
        """Give back what filling took too much of, set by set."""
        for held in self.sets():
            held.run_optimize()
            held.shrink_to_fit()
            yield

    def sets(self) -> Iterator[BitMap]:
        """The numbers of every value, and all of them."""
        yield self.all
        for values in self.values.values():
            yield from values.values()

    # Cells and organisations

    @property
    def known_cells(self) -> int:
        """How many cells are known."""
        return len(self._sort_of)

    def sets_of(self, cell: int) -> tuple[BitMap, ...]:
        """The numbers that have each of the values of a cell, those of its owner last: what they share has the cell."""
        return (*self._sorts[self._sort_of[cell]].sets, self._owned[self.owners[cell]])

    def value(self, dimension: Dimension, cell: int, district: str) -> str:
        """What a dimension says of a cell in a district; empty where it says nothing."""
        if dimension is Dimension.DISTRICT:
            return district
        if dimension is Dimension.OWNER:
            return self.owner_ids.get(self.owners[cell], "")
        return self._sorts[self._sort_of[cell]].values[_PLACES[dimension]]

    def add_cells(self, rows: Sequence[CellRow]) -> None:
        """Take in cells that follow those that are known."""
        for row in rows:
            self.owners.append(row.owner)
            sort = self._sorts_by_values.get(row.values)
            if sort is None:
                sets = tuple(self._set(each, value) for each, value in zip(ATTRIBUTES, row.values, strict=True))
                sort = self._sorts_by_values[row.values] = len(self._sorts)
                self._sorts.append(_Sort(row.values, sets))
            self._sort_of.append(sort)
            owned = self._owned.get(row.owner)
            if owned is None:
                owned = self._owned[row.owner] = BitMap()
                owner = self.owner_ids.get(row.owner)
                if owner is not None:
                    self.values[Dimension.OWNER][owner] = owned

    def put_organizations(self, rows: Sequence[OrganizationRow]) -> None:
        """Take in all organisations as they are."""
        self.owner_ids = {row.number: row.id for row in rows}
        self.paths = {row.id: (row.number, row.path) for row in rows}
        named = ((self.owner_ids.get(number), owned) for number, owned in self._owned.items())
        self.values[Dimension.OWNER] = {id: owned for id, owned in named if id is not None}

    def below(self, root: str) -> frozenset[int]:
        """The numbers of an organisation and of all below it."""
        top = self.paths.get(root)
        if top is None:
            return frozenset()
        return frozenset(number for number, path in self.paths.values() if path.startswith(top[1]))

    def owned(self, owners: frozenset[int]) -> BitMap:
        """What belongs to one of several owners."""
        return BitMap.union(BitMap(), *(self._owned[each] for each in owners if each in self._owned))

    # Changing

    def change(self, id: bytes, now: Changed | None) -> Move | None:
        """Bring one resource to what it is now, or take it out; None where it neither was there nor is."""
        slot = self.table.slot(id)
        old = GONE if slot is None else self.numbers[slot]
        if now is None:
            if slot is None or old == GONE:
                return None
            told = self.cell(old), self.district(old)
            self._take_out(old)
            self.numbers[slot] = GONE
            return Move(old, *told, GONE, 0, "", frozenset(), "")
        if slot is None:
            slot = self.table.add(id)
            self.numbers.append(GONE)
        place, code = now.place, self._code(now.place.district)
        key = microseconds(place.updated_at)
        told = (0, "") if old == GONE else (self.cell(old), self.district(old))
        if old != GONE:
            self._take_out(old)
        new = self._renewed(slot, old, place, code, key)
        self.numbers[slot] = new
        self.all.add(new)
        for held in self.sets_of(place.cell):
            held.add(new)
        self._set(Dimension.DISTRICT, place.district).add(new)
        return Move(old, *told, new, place.cell, place.district, now.tags, now.text)

    def _renewed(self, slot: int, old: int, place: Place, code: int, key: int) -> int:
        if old != GONE and old < LATE and self.keys[old] == key:
            self.cells[old], self.districts[old] = place.cell, code
            self.dead -= 1
            return old
        id = self.table.id(slot)
        if not self.keys or (self.keys[-1], self.table.id(self.slots[-1])) < (key, id):
            return self._append(slot, place.cell, code, key)
        number = LATE + len(self.late_slots)
        self.late_slots.append((slot, place.cell, code))
        insort(self.late, (key, id, number))
        return number

    def _take_out(self, number: int) -> None:
        self.dead += 1
        self.all.discard(number)
        for held in self.sets_of(self.cell(number)):
            held.discard(number)
        self.values[Dimension.DISTRICT][self.district(number)].discard(number)
        if number >= LATE:
            self.late = [each for each in self.late if each[2] != number]

    def _set(self, dimension: Dimension, value: str) -> BitMap:
        values = self.values[dimension]
        held = values.get(value)
        if held is None:
            held = values[value] = BitMap()
        return held

    def _code(self, district: str) -> int:
        code = self._district_codes.get(district)
        if code is None:
            code = self._district_codes[district] = len(self.district_names)
            self.district_names.append(district)
        return code
