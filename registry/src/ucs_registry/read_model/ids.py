"""Ids and times in few bytes: a ULID is a number of 128 bits, and an instant one of microseconds.

Both are ordered as the texts are that they stand for.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from datetime import datetime, timedelta

ID_BYTES = 16

ID_TEXT, TIME_TEXT = 26, 27
"""How long an id and a time are as text."""

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_DIGITS = "0123456789abcdefghijklmnopqrstuv"
_TO_DIGITS = str.maketrans(_CROCKFORD, _DIGITS)
TO_DIGITS = bytes.maketrans(_CROCKFORD.encode(), _DIGITS.encode())
"""What makes of a ULID the digits of a number to the base of 32, for many at once."""

_PAIRS = [high + low for high in _CROCKFORD for low in _CROCKFORD]
_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
_FIRST = datetime(1, 1, 1)
_MICROSECOND = timedelta(microseconds=1)


def packed(id: str) -> bytes:
    """The bytes of a ULID."""
    return int(id.translate(_TO_DIGITS), 32).to_bytes(ID_BYTES, "big")


def packed_or_none(id: str) -> bytes | None:
    """The same of any text; None where it is no ULID."""
    return packed(id) if _ULID.fullmatch(id) else None


def unpacked(id: bytes) -> str:
    """The text of a ULID."""
    number = int.from_bytes(id, "big")
    return "".join([_PAIRS[(number >> shift) & 1023] for shift in range(120, -1, -10)])


def microseconds(text: str) -> int:
    """The time of a text as the store writes it."""
    return (datetime.fromisoformat(text[:-1]) - _FIRST) // _MICROSECOND


def microseconds_or_none(text: str) -> int | None:
    """The same of any text; None where the store would not have written it."""
    if not _TIME.fullmatch(text):
        return None
    try:
        return microseconds(text)
    except ValueError:
        return None


def time_text(key: int) -> str:
    """The text of a time."""
    return f"{(_FIRST + timedelta(microseconds=key)).isoformat(timespec='microseconds')}Z"


class IdTable:
    """Which slot an id has: an open table of slots, by the hash of the bytes.

    It takes a good eight bytes for each id that there is room for, where a dictionary would take a hundred and more. Nothing
    is ever taken out: a slot stays that of its id, also when the resource is gone.
    """

    def __init__(self, room: int) -> None:
        size = 1024
        while size * 3 < room * 4:
            size *= 2
        self._table = array("I", bytes(4 * size))
        self._mask = size - 1
        self._room = size * 3 // 4
        self.ids = bytearray()

    def __len__(self) -> int:
        return len(self.ids) // ID_BYTES

    def slot(self, id: bytes) -> int | None:
        """The slot of an id that is there."""
        table, ids, mask = self._table, self.ids, self._mask
        at = hash(id) & mask
        while held := table[at]:
            end = held * ID_BYTES
            if ids[end - ID_BYTES : end] == id:
                return held - 1
            at = (at + 1) & mask
        return None

    def known(self, ids: Sequence[bytes]) -> list[int]:
        """The slots of those of some ids that are there."""
        table, held, mask = self._table, self.ids, self._mask
        found = []
        for id in ids:
            at = hash(id) & mask
            while slot := table[at]:
                end = slot * ID_BYTES
                if held[end - ID_BYTES : end] == id:
                    found.append(slot - 1)
                    break
                at = (at + 1) & mask
        return found

    def slots(self, ids: Sequence[bytes]) -> list[int]:
        """The slots of ids, those that are new included. Raises OverflowError when there is no room left."""
        table, held, mask = self._table, self.ids, self._mask
        count, found = len(self), []
        if count + len(ids) > self._room:
            raise OverflowError
        for id in ids:
            at = hash(id) & mask
            while slot := table[at]:
                end = slot * ID_BYTES
                if held[end - ID_BYTES : end] == id:
                    break
                at = (at + 1) & mask
            else:
                held += id
                count += 1
                slot = table[at] = count
            found.append(slot - 1)
        return found

    def add(self, id: bytes) -> int:
        """The slot of an id that is new. Raises OverflowError when there is no room left."""
        table, mask = self._table, self._mask
        slot = len(self)
        if slot >= self._room:
            raise OverflowError
        at = hash(id) & mask
        while table[at]:
            at = (at + 1) & mask
        table[at] = slot + 1
        self.ids += id
        return slot

    def id(self, slot: int) -> bytes:
        """The id of a slot."""
        return bytes(self.ids[slot * ID_BYTES : (slot + 1) * ID_BYTES])
