"""Pages of lists, read from either end: where they begin, where they end, and what stands around them.

Whoever has a list says how its places are told (`Places`), opens a `Window` on it from what was asked, and hands in what
fetches a `Span` of it; the window finds the page, and what stands on both sides of it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Awaitable, Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypedDict, TypeVar

from ucs_core.platform.sight import Sight
from ucs_core.platform.views import ResourcePage
from ucs_registry.queries import Cursor, Order, ResourceQuery, cursor_of, page_size
from ucs_registry.resources import Resource
from ucs_sdk.errors import Invalid

Item = TypeVar("Item")
Place = TypeVar("Place")
Other = TypeVar("Other")

_ID, _NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}"), re.compile(r"[1-9][0-9]{0,8}")


class PageArguments(TypedDict, total=False):
    """What is asked of a page, as keyword arguments. See `PageAsked`."""

    first: int | None
    after: str | None
    last: int | None
    before: str | None
    around: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PageAsked:
    """A page: the first so many, or the last so many, of what stands behind one cursor and ahead of another.

    With `around`, it is found out whether something stands on the far side of the page, too: another question to the store.
    """

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None
    around: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Item]):
    """A page of a list. `cursors` stand at each item; `more` says whether something stands behind the page, `earlier`
    whether something stands ahead of it.
    """

    items: list[Item]
    cursors: list[str]
    more: bool
    earlier: bool

    def of(self, items: list[Other]) -> Page[Other]:
        """The same page of other items, one for each."""
        return Page(items=items, cursors=self.cursors, more=self.more, earlier=self.earlier)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span(Generic[Place]):
    """A part of a list: up to `first` items behind one place and ahead of another, and of those the last, if `backward`.

    However it is read, what was found is in the order of the list.
    """

    after: Place | None
    before: Place | None
    first: int
    backward: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Places(Generic[Item, Place]):
    """How a list tells its places: that `of` an item, its cursor, and the place of a cursor that came by an argument.

    `decode` raises Invalid, which names the argument, for what is no cursor of the list.
    """

    of: Callable[[Item], Place]
    encode: Callable[[Place], str]
    decode: Callable[[str, str], Place]


class Ordered(Protocol):
    """What can be compared."""

    def __lt__(self, other: Any, /) -> bool: ...  # noqa: ANN401 -- as in typeshed


class Window(Generic[Item, Place]):
    """What was asked of a list, read and checked. Raises Invalid for a bad cursor or size, and for two sizes at once."""

    def __init__(self, asked: PageAsked, places: Places[Item, Place]) -> None:
        if asked.first is not None and asked.last is not None:
            raise Invalid("ARGUMENTS_EXCLUSIVE", arguments=["first", "last"])
        self._backward = asked.last is not None
        self.size = page_size(asked.last, "last") if self._backward else page_size(asked.first)
        self._after = places.decode(asked.after, "after") if asked.after else None
        self._before = places.decode(asked.before, "before") if asked.before else None
        self._around = asked.around
        self._places = places

    async def page(self, fetch: Callable[[Span[Place]], Awaitable[Sequence[Item]]]) -> Page[Item]:
        """The page of a list that a store holds."""
        steps = self._steps()
        span = next(steps)
        while True:
            found = await fetch(span)
            try:
                span = steps.send(found)
            except StopIteration as end:
                page: Page[Item] = end.value
                return page

    def page_at_hand(self, fetch: Callable[[Span[Place]], Sequence[Item]]) -> Page[Item]:
        """The page of a list that is at hand."""
        steps = self._steps()
        span = next(steps)
        while True:
            try:
                span = steps.send(fetch(span))
            except StopIteration as end:
                page: Page[Item] = end.value
                return page

    def _steps(self) -> Generator[Span[Place], Sequence[Item], Page[Item]]:
        """Asks for one span after the other, until the page is known."""
        found = yield Span(after=self._after, before=self._before, first=self.size + 1, backward=self._backward)
        further = len(found) > self.size
        shown = list(found[-self.size :] if self._backward else found[: self.size])
        # Without a cursor on that side the page begins, or ends, where the list does.
        ahead = further if self._backward else self._after is not None
        behind = self._before is not None if self._backward else further or self._before is not None
        if self._around:
            # Of an empty page nothing stands on one side of the cursor, so that whatever there is stands on the other.
            places = [self._places.of(item) for item in (shown[:1] + shown[-1:])]
            if ahead and not (self._backward and further):
                ahead = bool((yield Span(after=None, before=places[0] if places else None, first=1, backward=True)))
            if behind and (self._backward or not further):
                behind = bool((yield Span(after=places[-1] if places else None, before=None, first=1, backward=False)))
        cursors = [self._places.encode(self._places.of(item)) for item in shown]
        return Page(items=shown, cursors=cursors, more=behind, earlier=ahead)


def places_by_id(of: Callable[[Item], str]) -> Places[Item, str]:
    """The places of a list that is in the order of ids; a cursor is an id."""
    return Places(of=of, encode=str, decode=_id_of)


def places_by_number(of: Callable[[Item], int]) -> Places[Item, int]:
    """The places of a list that is in the order of numbers, up or down; a cursor is a number in decimal digits."""
    return Places(of=of, encode=str, decode=_number_of)


def among(ordered: Sequence[Item], of: Callable[[Item], Ordered]) -> Callable[[Span[Any]], Sequence[Item]]:
    """What fetches spans of a sequence that is sorted by its places."""

    def fetch(span: Span[Any]) -> Sequence[Item]:
        start = 0 if span.after is None else bisect_right(ordered, span.after, key=of)
        stop = len(ordered) if span.before is None else bisect_left(ordered, span.before, key=of)
        if span.backward:
            return ordered[max(start, stop - span.first) : max(start, stop)]
        return ordered[start : min(stop, start + span.first)]

    return fetch


def _id_of(cursor: str, path: str) -> str:
    if not _ID.fullmatch(cursor):
        raise Invalid("CURSOR_INVALID", path=path)
    return cursor


def _number_of(cursor: str, path: str) -> int:
    if not _NUMBER.fullmatch(cursor):
        raise Invalid("CURSOR_INVALID", path=path)
    return int(cursor)


async def read_page(sight: Sight, query: ResourceQuery, order: Order, asked: PageAsked) -> ResourcePage:
    """The page of a list that the caller may see. Raises Invalid for a bad cursor or size, and for two sizes at once."""
    places: Places[Resource, Cursor] = Places(
        of=lambda resource: cursor_of(resource, order),
        encode=Cursor.encode,
        decode=lambda text, path: Cursor.decode(text, order, path),
    )
    page = await Window(asked, places).page(
        lambda span: sight.reader.select(
            query,
            sight.visibility(),
            order=order,
            after=span.after,
            first=span.first,
            before=span.before,
            backward=span.backward,
        )
    )
    return ResourcePage.model_construct(
        items=await sight.views(page.items), cursors=page.cursors, more=page.more, earlier=page.earlier
    )
