"""Records of plugins: JSON documents in collections, each of an organisation, found by the values of their fields.

Every top-level field that holds a text, a number or a truth value can be asked for, and nothing needs to be declared. A
collection of many records declares how it is asked (`record_ways`), and is asked in no other way.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ucs_registry.canonical import canonical_json, plain_json_problem, storable
from ucs_sdk.errors import Invalid
from ucs_sdk.messages import Phrase
from ucs_sdk.ways import parted

BODY_MOST = 262_144
"""How many bytes the JSON of a document may have."""

FIELDS_MOST = 64
"""How many fields a document may have at the top; all of them can be asked for."""

TEXT_MOST = 100
"""How many characters of a text are compared; a longer one equals no value that can be asked for. Four of them and an id fit
into one entry of every database's indexes."""

ID_MOST = 200
"""How many characters the id of a document may have."""

_WHOLE_MOST = 2**53
"""Beyond it a floating-point number does not tell whole numbers apart."""

_CUT = "\U0010ffff"
"""Stands behind what is left of a text that was cut: no shorter text ends so."""

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDocument:
    """A document as it is to be kept, in place of one of the same id. `organization` is an id."""

    plugin: str
    collection: str
    id: str
    organization: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document as it is kept. `revision` is the position in the log of the write that left it so: none is used twice."""

    plugin: str
    collection: str
    id: str
    organization: str
    body: Mapping[str, Any]
    revision: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRange:
    """That a field equals a value (`least` and `most` alike), or lies between two of one kind, both included."""

    field: str
    least: Scalar = None
    most: Scalar = None

    def __post_init__(self) -> None:
        keys = [sort_key(value) for value in (self.least, self.most) if value is not None]
        if len({key[:1] for key in keys}) > 1:
            raise Invalid("FIELD_INVALID", path=self.field, problem=Phrase("document-range-mixed"))
        for value in (self.least, self.most):
            if isinstance(value, str) and len(value) > TEXT_MOST:
                raise Invalid("FIELD_INVALID", path=self.field, problem=Phrase("text-longer-than", limit=TEXT_MOST))

    @property
    def ends(self) -> tuple[str, str]:
        """The first and the last key that it holds. Without both values it holds every value that is there."""
        least, most = self.least, self.most
        if least is None and most is None:
            return _PRESENT, _BEYOND
        low = sort_key(least) if least is not None else sort_key(most)[:1]
        high = sort_key(most) if most is not None else sort_key(least)[:1] + _CUT + _CUT
        return low, high


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentQuery:
    """Which documents of a collection are asked for, and by which field they are ordered; by id without one.

    `owners` are the numbers of the organisations whose documents are shown; None shows those of all. `within` leaves only
    these ids.
    """

    plugin: str
    collection: str
    where: tuple[FieldRange, ...] = ()
    order: str | None = None
    descending: bool = False
    owners: frozenset[int] | None = None
    ids: frozenset[str] | None = field(default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place in the order of a query: the key of the field that it is ordered by, and the id."""

    key: str
    id: str


_ABSENT, _PRESENT, _BEYOND = "", "a", "z"


def sort_key(value: object) -> str:
    """A text whose order by code point is the order of values: nothing, truth values, numbers, texts.

    Raises Invalid for a number that cannot be told from its neighbours.
    """
    if value is None or isinstance(value, (dict, list)):
        return _ABSENT
    if isinstance(value, bool):
        return f"b{int(value)}"
    if isinstance(value, (int, float)):
        return f"n{_ordered(value)}"
    text = str(value)
    return f"t{text}" if len(text) <= TEXT_MOST else f"t{text[:TEXT_MOST]}{_CUT}"


def _ordered(value: float) -> str:
    if isinstance(value, int) and abs(value) > _WHOLE_MOST:
        raise Invalid("FIELD_INVALID", path="document", problem=Phrase("document-number-large", limit=_WHOLE_MOST))
    # Adding nothing makes the two zeros one. The sign bit is turned, and all bits of what is negative.
    bits = int.from_bytes(struct.pack(">d", float(value) + 0.0), "big")
    return f"{bits ^ (0xFFFF_FFFF_FFFF_FFFF if bits >> 63 else 1 << 63):016x}"


def value_of_key(key: str) -> Scalar:
    """The value whose key this is; of a text that was cut, what is left of it and a sign that more followed."""
    sort, rest = key[:1], key[1:]
    if sort == "b":
        return rest == "1"
    if sort == "n":
        bits = int(rest, 16)
        bits ^= 1 << 63 if bits >> 63 else 0xFFFF_FFFF_FFFF_FFFF
        [number] = struct.unpack(">d", bits.to_bytes(8, "big"))
        return int(number) if number.is_integer() and abs(number) <= _WHOLE_MOST else float(number)
    if sort != "t":
        return None
    return rest if len(rest) <= TEXT_MOST else f"{rest[:TEXT_MOST]}…"


def key_of(body: Mapping[str, Any], field: str) -> str:
    """The key of a field, or of the first so many characters of a text: `region[6]`."""
    if field[-1:] != "]":
        return sort_key(body.get(field))
    name, cut = parted(field)
    value = body.get(name)
    return sort_key(value[:cut]) if isinstance(value, str) else _ABSENT


def field_keys(body: Mapping[str, Any]) -> dict[str, str]:
    """What a document can be found by: the key of every field at its top that has one."""
    return {name: key for name, value in body.items() if (key := sort_key(value))}


def place_of(document: Document, query: DocumentQuery) -> Place:
    """The place of a document in the order of a query."""
    return Place(key=key_of(document.body, query.order) if query.order else "", id=document.id)


def holds(query: DocumentQuery, body: Mapping[str, Any]) -> bool:
    """Whether a document's body is what a query asks for."""
    for part in query.where:
        low, high = part.ends
        key = key_of(body, part.field)
        if not (key and low <= key <= high):
            return False
    return True


def in_order(found: Iterable[Document], query: DocumentQuery, after: Place | None) -> list[Document]:
    """Some documents in the order of a query, those behind a place."""

    def key(document: Document) -> tuple[str, str]:
        place = place_of(document, query)
        return place.key, place.id

    ordered = sorted(found, key=key, reverse=query.descending)
    if after is None:
        return ordered
    behind = (after.key, after.id)
    return [item for item in ordered if (key(item) < behind if query.descending else key(item) > behind)]


def check_document(document: NewDocument) -> int:
    """How many bytes a document has. Raises Invalid for one that no store could give back as it is."""
    path = f"{document.collection}.{document.id[:40]}"
    if not 0 < len(document.id) <= ID_MOST or not storable(document.id):
        raise Invalid("FIELD_INVALID", path=f"{document.collection}.id", problem=Phrase("document-id", limit=ID_MOST))
    problem = plain_json_problem(dict(document.body))
    if problem:
        raise Invalid("FIELD_INVALID", path=path, problem=problem)
    if len(document.body) > FIELDS_MOST:
        raise Invalid("FIELD_INVALID", path=path, problem=Phrase("document-fields", limit=FIELDS_MOST))
    size = len(canonical_json(dict(document.body)))
    if size > BODY_MOST:
        raise Invalid("FIELD_INVALID", path=path, problem=Phrase("document-large", limit=BODY_MOST))
    field_keys(document.body)
    return size
