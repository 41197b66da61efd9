"""Answers to shapes: each shape becomes a statement once for each kind of caller, and is kept while it is asked for."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

from sqlalchemy import ClauseElement

from ucs_registry.canonical import timestamp
from ucs_registry.queries import Dimension, ResourceQuery
from ucs_registry.shapes import Eyes, MemberNamed, PageWanted, Shape, Shown, SpanWanted, Standing
from ucs_registry.sql.counting import total
from ucs_registry.sql.dialects import Dialect
from ucs_registry.sql.direct import Direct, DirectStatement, Row
from ucs_registry.sql.listing import GATHER_MOST, Listing, needs_total, stated_page
from ucs_registry.sql.parameters import may_need_grants, stated, visibility_values
from ucs_registry.sql.shaping.build import (
    DISCOVER,
    INVOKE,
    READ,
    WORK,
    Build,
    PageStated,
    SpanStated,
    asked_name,
    page_prefix,
    prefix_of,
    size_name,
)
from ucs_registry.sql.shaping.members import filtered
from ucs_registry.sql.shaping.statements import statement
from ucs_registry.visibility import DENIED, WITH_GRANT, Visibility

STATEMENTS_MOST = 512
"""How many statements are kept ready."""


QUICK_CELLS_MOST = 20_000
"""Among so many cells, which are those of some 50,000 resources, what a search finds is gone through in a moment."""

WAYS_MOST = 512
"""For how many lists it is remembered whether few match."""

WAY_SECONDS = 30.0
"""For how long. Either way leads to the same page; the wrong one takes longer."""


@dataclass(frozen=True, slots=True)
class SqlEyes:
    """What a caller may discover, the values by which its sight is judged, and the actions that a grant could allow."""

    discover: Visibility
    values: Mapping[str, object]
    granted: frozenset[str]


class SqlShaped:
    """A database's answers to shapes. `building` makes what a statement is built with."""

    def __init__(self, dialect: Dialect, direct: Direct, building: type[Build] = Build) -> None:
        self._dialect = dialect
        self._building = building
        self._direct = direct
        self._kept: OrderedDict[Hashable, _Ready] = OrderedDict()
        self._ways: OrderedDict[Hashable, tuple[bool, float]] = OrderedDict()

    def eyes(self, discover: Visibility, read: Visibility | None, work: Sequence[Visibility]) -> SqlEyes:
        """As `Shaped` has it."""
        named = {DISCOVER: discover} | ({} if read is None else {READ: read})
        named |= {each.action: each for each in work if may_need_grants(each) or each.action == INVOKE}
        work = [each for each in work if each.action != INVOKE]
        values: dict[str, object] = {}
        for name, visibility in named.items():
            values |= visibility_values(visibility, prefix_of(name))
        if work:
            values[f"{prefix_of(WORK)}mask"] = _allowed_by_one(work)
        granted = frozenset(name for name, visibility in named.items() if may_need_grants(visibility))
        return SqlEyes(discover, values, granted)

    async def ask(self, shape: Shape, eyes: Eyes, at: datetime, asked: Sequence[object]) -> Shown | None:
        """As `Shaped` has it."""
        if not isinstance(eyes, SqlEyes):
            raise TypeError("these eyes were made for another store")
        values = dict(eyes.values)
        variant: list[Hashable] = []
        pages: dict[int, PageStated] = {}
        spans: dict[int, SpanStated] = {}
        lists = _lists(asked)
        for place, value in enumerate(asked):
            if not isinstance(value, PageWanted):
                values |= _asked(asked_name(place), value)
                if isinstance(value, SpanWanted):
                    spans[place] = _stated(value)
                    variant.append((place, spans[place]))
                continue
            page = await self._page(value, place, lists[value.query], eyes, at, values)
            if page is None:
                return None
            pages[place], told = page
            variant.append((place, told))
        if eyes.granted:
            now = timestamp(at)
            values |= {f"{prefix_of(name)}at": now for name in eyes.granted}
        heavy = any(self._is_heavy(page, len(eyes.discover.mask)) for page in pages.values())
        # What of a set satisfies a filter is looked for among all of it, and a walk goes far.
        heavy = heavy or any(span.only or span.walk for span in spans.values())
        key = shape, eyes.granted, heavy, tuple(variant)
        ready = self._kept.get(key)
        if ready is None:
            build = self._building(self._dialect, eyes.granted, pages, spans)
            ready = self._made(key, statement(shape, build), build.states, heavy=heavy)
        else:
            self._kept.move_to_end(key)
        row = await self._direct.row(ready.statement, {**ready.constants, **values})
        return None if row is None else _shown(row)

    def _is_heavy(self, page: PageStated, cells: int) -> bool:
        """Whether a page may take long, or should be planned for its values: which words are sought, tells how many match.

        What is gathered is gathered in one way, whatever the words.
        """
        if page.listing.query.search is None:
            return False
        return cells > QUICK_CELLS_MOST or (self._dialect.weighs_values and not page.facets)

    async def _page(
        self, wanted: PageWanted, place: int, whole: _List, eyes: SqlEyes, at: datetime, values: dict[str, object]
    ) -> tuple[PageStated, Hashable] | None:
        """What the text of a page depends on, whole and in short; None where it depends on the very values asked for."""
        seen = replace(eyes.discover, at=at) if DISCOVER in eyes.granted else eyes.discover
        listing = Listing(
            wanted.query,
            seen,
            wanted.order,
            wanted.after,
            wanted.size + wanted.around,
            wanted.before,
            wanted.backward,
            prefix=page_prefix(place),
        )
        told, variant = stated_page(self._dialect, listing)
        if variant is None:
            return None
        values |= told
        values[size_name(listing.prefix)] = wanted.size
        few = needs_total(listing, len(seen.mask)) and await self._are_few(listing)
        page = PageStated(listing=listing, few=few, around=wanted.around, **whole._asdict())
        return page, (variant, few, page.around, whole)

    async def _are_few(self, listing: Listing) -> bool:
        """Whether so little matches that it is better gathered than looked for in the order of the list."""
        query, visibility, prefix = listing.query, listing.visibility, listing.prefix
        values, variant = stated(self._dialect, query, visibility, prefix)
        told = tuple(value for name, value in values.items() if name != f"{prefix}at")
        few, until = self._ways.get((variant, told), (False, 0.0))
        if until > time.monotonic():
            self._ways.move_to_end((variant, told))
            return few
        ready = self._kept.get(variant) or self._made(
            variant, total(self._dialect, query, visibility, prefix=prefix), values.__contains__
        )
        row = await self._direct.row(ready.statement, {**ready.constants, **values})
        few = row is not None and isinstance(row[0], int) and row[0] <= GATHER_MOST
        self._ways[variant, told] = few, time.monotonic() + WAY_SECONDS
        if len(self._ways) > WAYS_MOST:
            self._ways.popitem(last=False)
        return few

    def _made(
        self, key: Hashable, statement: ClauseElement, states: Callable[[str], bool], *, heavy: bool = False
    ) -> _Ready:
        compiled = statement.compile(dialect=self._dialect.words.dialect)
        text, names = self._dialect.words.numbered(str(compiled), getattr(compiled, "positiontup", None) or ())
        # What is stated with every request has a value here that only stands in for it.
        constants = {name: value for name, value in compiled.params.items() if not states(name)}
        ready = _Ready(DirectStatement(text=text, names=names, heavy=heavy), constants)
        self._kept[key] = ready
        if len(self._kept) > STATEMENTS_MOST:
            self._kept.popitem(last=False)
        return ready


class _List(NamedTuple):
    """A list that one page or several show parts of; see `PageStated`."""

    same_as: int
    shared: bool
    facets: frozenset[Dimension]


def _lists(asked: Sequence[object]) -> dict[ResourceQuery, _List]:
    """The lists that pages are asked of: two pages of one are counted together."""
    lists: dict[ResourceQuery, _List] = {}
    for place, wanted in enumerate(asked):
        if isinstance(wanted, PageWanted):
            known = lists.get(wanted.query)
            facets = frozenset(wanted.facets) | (frozenset() if known is None else known.facets)
            lists[wanted.query] = _List(place if known is None else known.same_as, known is not None, facets)
    return lists


@dataclass(frozen=True, slots=True)
class _Ready:
    statement: DirectStatement
    constants: Mapping[str, object]


def _asked(name: str, value: object) -> dict[str, object]:
    if isinstance(value, SpanWanted):
        only = {} if value.only is None else filtered(value.only)
        told: dict[str, object] = {"size": value.size, "after": value.after, "before": value.before, **only}
        if value.walk is not None:
            told["depth"] = value.walk.depth
        return {name: value.of, **{f"{name}_{part}": said for part, said in told.items()}}
    if isinstance(value, MemberNamed):
        return {name: value.resource, f"{name}_code": value.code}
    return {name: value}


def _stated(span: SpanWanted) -> SpanStated:
    return SpanStated(
        after=span.after is not None,
        before=span.before is not None,
        backward=span.backward,
        only=() if span.only is None else tuple(filtered(span.only)),
        walk=span.walk and span.walk.direction,
    )


def _allowed_by_one(visibilities: Iterable[Visibility]) -> bytes:
    """What one of several visibilities at least allows without a grant."""
    masks = [each.mask.replace(bytes((WITH_GRANT,)), bytes((DENIED,))) for each in visibilities]
    bits = reduce(or_, (int.from_bytes(mask, "little") for mask in masks))
    return bits.to_bytes(max(map(len, masks)), "little")


def _shown(row: Row) -> Shown:
    columns: tuple[Any, ...] = row
    position, version, stamp, cells, cell_stamp, *answers = columns
    return Shown(position, Standing(version, stamp.decode(), cells, cell_stamp.decode()), answers)
