"""The ways in which a store keeps a collection of plugins' records for lists and counts, and what of them answers a question.

A way has a key for each record: the keys of its fields, one behind the other, so that what a list asks for is one range of
keys, and a count one sum over a range of counters. A way that is new is built in steps behind the running platform; until it
is ready it answers nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from ucs_registry.documents import Document, DocumentQuery, FieldRange, Scalar, holds, key_of, value_of_key
from ucs_sdk.errors import Invalid, Unavailable
from ucs_sdk.ways import Way, Ways

STEP_MOST = 500
"""How many records one step of building reads, or entries one step of clearing away removes: some 20 ms of a unit."""

VALUES_MOST = 1_000
"""How many values of a field are told with their counts."""

RETRY_SECONDS = 2.0
"""When to ask again for what is being built."""

EVERY_FIELD: Way = ("*",)
"""Stands for the index of every field, which collections have that declare nothing."""

_BETWEEN, _MARK = "\x01", "\x02"
_ESCAPES = {_MARK: _MARK + "\x04", _BETWEEN: _MARK + "\x03"}
"""What stands between the keys of fields, which no key may hold, and how a key spells it: in the same order as before."""


class WayState(StrEnum):
    """What becomes of a way."""

    BUILDING = "building"
    READY = "ready"
    LEAVING = "leaving"


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingWay:
    """A way as a store keeps it. While it is built it holds the records up to the id `reached`.

    `made` is the position in the log behind which it was declared: with the number it tells it from all others there were.
    """

    number: int
    plugin: str
    collection: str
    counted: bool
    fields: Way
    state: WayState
    made: int
    reached: str = ""

    def covers(self, id: str) -> bool:
        """Whether it holds the record of an id, if there is one."""
        return self.state is WayState.READY or (self.state is WayState.BUILDING and id <= self.reached)

    def key(self, body: Mapping[str, object]) -> str:
        """The key of a record."""
        return _BETWEEN.join(_part(key_of(body, field)) for field in self.fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A range of keys, both ends included; `begin` is what all of them begin with, before the key of the order."""

    low: str
    high: str
    begin: str | None

    def at(self, key: str) -> str:
        """The key of a way at a key of the field that it is ordered by."""
        return self.low if self.begin is None else self.begin + _part(key)


def span_of(query: DocumentQuery, way: Way) -> Span:
    """Where in a way what a query asks for stands. The way is the one that lists it."""
    stated = {part.field: part.ends for part in query.where}
    ordered = len(way) if query.order is None or way[-1:] != (query.order,) else len(way) - 1
    if ordered == len(way) or (query.order in stated and stated[query.order][0] == stated[query.order][1]):
        key = _BETWEEN.join(_part(stated[field][0]) for field in way)
        return Span(low=key, high=key, begin=None)
    begin = "".join(_part(stated[field][0]) + _BETWEEN for field in way[:ordered])
    low, high = stated.get(way[-1], ("", _LAST))
    return Span(low=begin + _part(low), high=begin + _part(high), begin=begin)


_LAST = "z"
"""Behind the keys of all values."""


def answering(standing: Sequence[StandingWay], query: DocumentQuery) -> StandingWay | None:
    """The way that lists what a query asks for; None where the index of every field does.

    Raises Invalid for what is not declared, and Unavailable for what is not built yet.
    """
    ways, live = _live(standing)
    if not live:
        check_every_field(standing, query)
        return None
    same = [part.field for part in query.where if part.ends[0] == part.ends[1]]
    within = [part.field for part in query.where if part.field not in same]
    way = ways.listing(same, within, query.order or "") if len({*same, *within}) == len(query.where) else None
    return _ready(live, query, ways, way, [*same, *within, *([query.order] if query.order else [])], counted=False)


def counting(standing: Sequence[StandingWay], query: DocumentQuery, by: str | None = None) -> StandingWay | None:
    """The way that counts what a query asks for, by a field or together; None where the index of every field does."""
    ways, live = _live(standing)
    if not live:
        check_every_field(standing, query, by)
        return None
    named = [part.field for part in query.where] + ([] if by is None else [by])
    return _ready(live, query, ways, ways.counting(named), named, counted=True)


def is_declared(standing: Iterable[StandingWay]) -> bool:
    """Whether a collection is asked by ways, and not by every field."""
    return any(each.state is not WayState.LEAVING and each.fields != EVERY_FIELD for each in standing)


def check_every_field(standing: Iterable[StandingWay], query: DocumentQuery, by: str | None = None) -> None:
    """Raise unless the index of every field answers: Invalid for the beginning of a field, Unavailable while it is built."""
    named = [part.field for part in query.where] + [each for each in (query.order, by) if each]
    for field in named:
        if "[" in field:
            raise _undeclared(query, [field], Ways())
    if named and any(each.fields == EVERY_FIELD and each.state is WayState.BUILDING for each in standing):
        raise _unready(query)


def tallied(
    way: StandingWay, query: DocumentQuery, counts: Iterable[tuple[str, int]], by: str | None
) -> dict[str, int]:
    """What is counted by each key of a field, or by the empty key together, out of a way's counters by key."""
    tests = [(way.fields.index(part.field), *part.ends) for part in query.where]
    place = None if by is None else way.fields.index(by)
    found: dict[str, int] = {}
    for key, total in counts:
        parts = _parts(key)
        if total and all(parts[at] and low <= parts[at] <= high for at, low, high in tests):
            value = "" if place is None else parts[place]
            found[value] = found.get(value, 0) + total
    return found


def leading_values(counts: Mapping[str, int]) -> dict[Scalar, int]:
    """Counts by value, the most frequent first and no more than there is room for."""
    found = sorted(((-total, key) for key, total in counts.items() if total))
    return {value_of_key(key): -total for total, key in found[:VALUES_MOST]}


def counters_span(way: StandingWay, where: Sequence[FieldRange]) -> tuple[str, str]:
    """The first and the last key of a way's counters that can matter: fewer where its first fields are asked for."""
    stated = {part.field: part.ends for part in where}
    begin = ""
    for at, field in enumerate(way.fields):
        low, high = stated.get(field, ("", _LAST))
        if low != high:
            # A part that ends in the midst of the range has more parts behind it.
            return begin + _part(low), begin + _part(high) + _MARK
        begin += _part(low) + (_BETWEEN if at + 1 < len(way.fields) else "")
    return begin, begin


def found_among(documents: Iterable[Document], query: DocumentQuery, numbers: Mapping[str, int]) -> list[Document]:
    """Those of some documents that a query asks for, whatever it is asked by. `numbers` are those of organisations by id."""
    return [
        each
        for each in documents
        if (query.owners is None or numbers[each.organization] in query.owners)
        and (query.ids is None or each.id in query.ids)
        and holds(query, each.body)
    ]


def tally_of(documents: Iterable[Document], by: str) -> dict[str, int]:
    """How many of some documents have each key of a field."""
    return Counter(key_of(document.body, by) for document in documents)


def redeclared(
    standing: Sequence[StandingWay], plugin: str, wanted: Mapping[str, Ways], *, drop: bool, number: int, made: int
) -> list[StandingWay]:
    """The ways of a plugin that become new or change when it declares others; new ones get numbers from `number` on.

    With `drop`, what it declares no more is cleared away: another version that still runs may then not ask for it.
    """
    changed: list[StandingWay] = []

    def enter(collection: str, counted: bool, fields: Way, state: WayState) -> None:
        at = number + sum(each.number >= number for each in changed)
        changed.append(
            StandingWay(
                number=at,
                plugin=plugin,
                collection=collection,
                counted=counted,
                fields=fields,
                state=state,
                made=made,
            )
        )

    for collection in sorted({each.collection for each in standing} | wanted.keys()):
        own = [each for each in standing if each.collection == collection and each.state is not WayState.LEAVING]
        live = {(each.counted, each.fields): each for each in own if each.fields != EVERY_FIELD}
        ways = wanted.get(collection, Ways())
        desired = list(_desired(ways)) if ways.declared else []
        for counted, fields in desired:
            if (counted, fields) not in live:
                enter(collection, counted, fields, WayState.BUILDING)
        if desired and not live:
            changed += [replace(each, state=WayState.LEAVING) for each in own]
            if not own:
                enter(collection, False, EVERY_FIELD, WayState.LEAVING)
        if drop:
            changed += [replace(each, state=WayState.LEAVING) for key, each in live.items() if key not in desired]
            if live and not desired:
                enter(collection, False, EVERY_FIELD, WayState.BUILDING)
    return changed


def _desired(ways: Ways) -> Iterator[tuple[bool, Way]]:
    for way in ((), *ways.listed):
        yield False, way
    for way in ((), *ways.counted):
        yield True, way


def _live(standing: Sequence[StandingWay]) -> tuple[Ways, dict[tuple[bool, Way], StandingWay]]:
    live = {
        (each.counted, each.fields): each
        for each in standing
        if each.state is not WayState.LEAVING and each.fields != EVERY_FIELD
    }
    listed = tuple(way for counted, way in live if way and not counted)
    return Ways(listed=listed, counted=tuple(way for counted, way in live if way and counted)), live


def _ready(
    live: Mapping[tuple[bool, Way], StandingWay],
    query: DocumentQuery,
    ways: Ways,
    way: Way | None,
    named: Sequence[str],
    *,
    counted: bool,
) -> StandingWay:
    if way is None:
        raise _undeclared(query, named, ways)
    found = live[counted, way]
    if found.state is not WayState.READY:
        raise _unready(query)
    return found


def _undeclared(query: DocumentQuery, fields: Iterable[str], ways: Ways) -> Invalid:
    return Invalid(
        "RECORDS_NOT_LISTED",
        path=query.collection,
        asked=" + ".join(field[:80] for field in fields),
        ways=ways.told() or ["-"],
    )


def _unready(query: DocumentQuery) -> Unavailable:
    return Unavailable("RECORDS_NOT_READY", retry_after=RETRY_SECONDS, collection=query.collection)


def _part(key: str) -> str:
    """A key as it stands within the key of a way."""
    if _BETWEEN in key or _MARK in key:
        for sign, spelt in _ESCAPES.items():
            key = key.replace(sign, spelt)
    return key


@lru_cache(maxsize=20_000)
def _parts(key: str) -> tuple[str, ...]:
    """The keys of the fields within the key of a way."""
    return tuple(_whole(part) for part in key.split(_BETWEEN))


def _whole(part: str) -> str:
    if _MARK in part:
        for sign, spelt in reversed(_ESCAPES.items()):
            part = part.replace(spelt, sign)
    return part
