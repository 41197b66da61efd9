"""Resources as a store keeps them, by what decides what one caller is shown of them, and with their content where asked for.

What is shown of an element follows from the bytes that are `told` of it and from what the caller may do: whoever has
rendered it once may keep the outcome under them, and need not read its content again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from ucs_registry.queries import Cursor, Order, ResourceQuery
from ucs_registry.resources import Resource
from ucs_registry.shapes import Standing
from ucs_registry.visibility import Visibility


class Element(Protocol):
    """One resource, as one statement found it."""

    id: str
    cell: int
    held: frozenset[str]
    """The actions for which the caller has a live grant on it."""
    told: bytes
    """Which version of which resource it is, and all else that is shown with it: two elements that tell the same are the same
    to those who may do the same."""

    def cursor(self, order: Order) -> Cursor:
        """Where it stands in the list of this order of which it was read."""

    def resource(self) -> Resource:
        """The resource, of an element that was read as a whole. Of its latest revision no more is told than of the one that
        is served, where it is `involved`.
        """

    def involved(self) -> bool:
        """Whether those who work on it are shown more than is told here: another revision, or notices."""

    def linked(self) -> frozenset[str]:
        """The names to which the caller may be shown links."""

    def members(self) -> int:
        """How many members it fronts."""


class Seen(NamedTuple):
    """What one statement found, and where the store stood."""

    position: int
    standing: Standing
    elements: Sequence[Element]


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementPage:
    """A part of a list: up to `first` behind one place and ahead of another, and of those the last, if `backward`."""

    query: ResourceQuery
    order: Order
    first: int
    after: Cursor | None = None
    before: Cursor | None = None
    backward: bool = False


class Eyes(Protocol):
    """What a caller may discover, made ready for a store."""


class ElementReads(Protocol):
    """A store's answers by one statement each. They raise as the questions of a reader do."""

    def eyes(self, visibility: Visibility) -> Eyes:
        """What a caller may discover, and which grants it may make use of, at whatever instant."""

    async def among(self, ids: Sequence[str], eyes: Eyes, at: datetime, *, whole: bool = False) -> Seen:
        """Those of these resources that there are, whether the caller may see them or not, in any order; with their content,
        if they are to be `whole`.
        """

    async def page(self, asked: ElementPage, eyes: Eyes, at: datetime) -> Seen | None:
        """A part of the list of what the caller may see, in its order; None where no statement of this kind can tell."""
