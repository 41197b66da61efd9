"""What a statement is built with: the database's words, what its caller may need, and names that stand for one thing each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, TypeVar

from sqlalchemy import BigInteger, ColumnElement, FromClause, Table, Text, bindparam, or_

from ucs_registry.graph import Direction
from ucs_registry.queries import Dimension
from ucs_registry.sql.dialects import Dialect
from ucs_registry.sql.listing import Listing
from ucs_registry.sql.predicates import verdict, visible
from ucs_registry.visibility import ALLOWED, WITH_GRANT, Visibility

DISCOVER, READ, WORK, INVOKE = "discover", "read", "work", "invoke"
"""Under which names the visibilities of a caller stand in a statement. `work` is what one may do one thing or another to
without a grant; actions that a grant could allow stand beside it under their own names.
"""

Made = TypeVar("Made")

_AT = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageStated:
    """What the text of a page depends on. `few` says that so little matches that it is gathered and sorted.

    `around` is whether something is told of what stands around the page. `same_as` is the place of the first page of the
    same list; `shared` whether there are others, and `facets` are all dimensions that one of them is counted by.
    """

    listing: Listing
    few: bool
    around: bool
    same_as: int
    shared: bool
    facets: frozenset[Dimension]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanStated:
    """What the text of a part of a list depends on: between which places it stands, from which end it is read, which parts of
    a filter are stated, and which way the walk goes whose list it is.
    """

    after: bool
    before: bool
    backward: bool
    only: tuple[str, ...] = ()
    walk: Direction | None = None


class Build:
    """The making of one statement. `granted` are the actions for which a grant could show the caller anything; `pages` and
    `spans` say what is known of those that are asked for, by their places.
    """

    def __init__(
        self,
        dialect: Dialect,
        granted: frozenset[str],
        pages: Mapping[int, PageStated],
        spans: Mapping[int, SpanStated] = MappingProxyType({}),
    ) -> None:
        self.dialect = dialect
        self.pages = pages
        self.spans = spans
        self.words = dialect.words
        self._granted = granted
        self._names: Counter[str] = Counter()
        self._once: dict[Hashable, Any] = {}
        self._stated = {prefix_of(name) for name in (DISCOVER, READ, WORK, INVOKE, "asked", "page", *granted)}

    def rows(self, table: Table) -> FromClause:
        """The rows of a table under a name of their own."""
        self._names[table.name] += 1
        return table.alias(f"{table.name}_{self._names[table.name]}")

    def name(self, of: str) -> str:
        """A name that nothing else in the statement has."""
        self._names[of] += 1
        return f"{of}_{self._names[of]}"

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What stands for the same thing wherever the statement asks for it: made when it is first asked for."""
        if key not in self._once:
            self._once[key] = make()
        made: Made = self._once[key]
        return made

    def may(self, action: str, resources: FromClause) -> ColumnElement[bool]:
        """That the caller may do something to a row of `resources`."""
        return visible(_stand_in(action, granted=action in self._granted), self.dialect, resources, prefix_of(action))

    def needs_grant(self, action: str, resources: FromClause) -> ColumnElement[bool]:
        """That a grant would allow something to a row of `resources`, whether there is one or not."""
        judged = _stand_in(action, granted=True)
        return verdict(judged, resources.c.cell, WITH_GRANT, self.dialect, prefix_of(action))

    def works_on(self, resources: FromClause) -> ColumnElement[bool]:
        """That the caller may do one thing or another to a row of `resources`."""
        by_grant = sorted(self._granted - {DISCOVER, READ, INVOKE})
        return or_(*(self.may(action, resources) for action in (WORK, *by_grant)))

    def states(self, name: str) -> bool:
        """Whether a value is stated with every request, by the caller's eyes or by what is asked for."""
        return name.startswith(tuple(self._stated))

    def size(self, prefix: str) -> ColumnElement[int]:
        """How many items there are on the page whose values have this prefix."""
        return bindparam(size_name(prefix), type_=BigInteger())

    def asked(self, place: int, kind: Any = Text, name: str = "") -> ColumnElement[Any]:  # noqa: ANN401 -- any type
        """What is asked for at a place of the shape, or one part of it."""
        return bindparam(asked_name(place) + name, type_=kind())


def prefix_of(action: str) -> str:
    """What the names of the values begin with by which an action is judged."""
    return f"{action}_"


def asked_name(place: int) -> str:
    """The name of the value that is asked for at a place."""
    return f"asked_{place}"


def page_prefix(place: int) -> str:
    """What the names of the values of a page begin with that is asked for at a place."""
    return f"page_{place}_"


def size_name(prefix: str) -> str:
    """The name of the value that says how many items a page has."""
    return f"{prefix}size"


def _stand_in(action: str, *, granted: bool) -> Visibility:
    """A visibility whose condition has the text of all that need grants, or of all that do not."""
    mask = bytes((WITH_GRANT if granted else ALLOWED,))
    return Visibility(mask=mask, action=action, grantees=("-",) if granted else (), at=_AT)
