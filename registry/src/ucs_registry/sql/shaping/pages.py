"""Pages of resources, with what is told about a whole list: totals, facets, and what stands on both sides of a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, ClassVar, Self

from sqlalchemy import CTE, ColumnElement, case, exists, func, null, or_, select

from ucs_registry.queries import Dimension
from ucs_registry.sql import tables
from ucs_registry.sql.dialects import Query
from ucs_registry.sql.listing import Listing, lined_up, picked
from ucs_registry.sql.parameters import ZERO
from ucs_registry.sql.pieces import fixed, flag, joined, number, otherwise, whole
from ucs_registry.sql.shaping.build import Build, PageStated
from ucs_registry.sql.shaping.scenarios import Scenarios
from ucs_registry.sql.shaping.spreads import Spread
from ucs_registry.sql.shaping.things import Pieces, Related, Rows, Thing


def _facet(dimension: Dimension) -> Callable[[Page], Related]:
    return lambda page: Related(thing=Facet(page, dimension))


class Page(Thing):
    """A page of a list."""

    def __init__(self, build: Build, stated: PageStated) -> None:
        self.build = build
        self._stated = stated
        self._listing = stated.listing
        self._total = 0 if stated.few else None
        # Pages of the same list have one between them, made of what is stated with the first.
        self._spread = build.once(("spread", stated.same_as), lambda: Spread(build, build.pages[stated.same_as]))

    @cached_property
    def found(self) -> CTE:
        """The ids and keys of a page, and of one item more where it has to be known whether there is one."""
        return self._picked(self._listing).cte(self.build.name("found"))

    def _picked(self, listing: Listing) -> Query:
        gathered = self._spread.picked(listing)
        return picked(self.build.dialect, listing, self._total) if gathered is None else gathered

    @cached_property
    def items(self) -> CTE:
        """The ids and keys of a page."""
        if not self._stated.around:
            return self.found
        cut = lined_up(select(self.found), self._listing, self.found.c.key, self.found.c.id)
        return cut.limit(self.build.size(self._listing.prefix)).offset(ZERO).cte(self.build.name("items"))

    def values(self, dimension: Dimension) -> CTE:
        """How the list of a page is spread over the values of a dimension."""
        return self._spread.values(dimension)

    def cursor(self, key: ColumnElement[str], id: ColumnElement[str]) -> ColumnElement[str]:
        """The cursor of an item, as JSON."""
        return self.build.words.cursor(self._listing.order.value, key, id)

    def order(self, rows: CTE, *, descending: bool) -> list[ColumnElement[Any]]:
        """The order of a list, or its opposite."""
        keys: list[ColumnElement[Any]] = [rows.c.key, rows.c.id]
        return [key.desc() for key in keys] if descending else keys

    def _counted(self) -> Pieces:
        return number(self._spread.total.scalar_subquery())

    def _edge(self, *, last: bool) -> Pieces:
        # The same rows are read for both ends, each time from the end that is asked for.
        rows = self.items.alias(self.build.name("edge"))
        ends = select(self.cursor(rows.c.key, rows.c.id))
        keys = self.order(rows, descending=self._listing.order.descending != last)
        return otherwise(ends.order_by(*keys).limit(whole(1)).offset(ZERO).scalar_subquery())

    def _around(self, *, behind: bool) -> Pieces:
        """Whether something stands behind the page, or ahead of it."""
        listing = self._listing
        here: list[ColumnElement[bool]] = []
        if listing.backward is not behind:
            found = select(func.count()).select_from(self.found).scalar_subquery()
            here.append(found > self.build.size(listing.prefix))
        name, cursor = ("before", listing.before) if behind else ("after", listing.after)
        if cursor is None or (listing.backward and not behind):
            return flag(or_(*here)) if here else ["false"]
        beyond = self._picked(listing._replace(beyond=name))
        here.append(exists(beyond.subquery(self.build.name("beyond"))))
        # What stands around an empty page is no question for an index: whoever asks it is answered without this statement.
        told = case((exists(select(self.items.c.id)), joined(flag(or_(*here)))), else_=null())
        return [told]

    def _items(self) -> Related:
        items = Items(self)
        return Related(thing=items, conditions=[items.among], order=items.order)

    fields: ClassVar[Mapping[str, Callable[[Self], Pieces]]] = {
        "total": _counted,
        "position": lambda page: number(tables.head.c.position),
        "page.more": lambda page: page._around(behind=True),
        "page.earlier": lambda page: page._around(behind=False),
        "page.start": lambda page: page._edge(last=False),
        "page.end": lambda page: page._edge(last=True),
    }
    relations: ClassVar[Mapping[str, Callable[[Self], Related]]] = {
        "items": _items,
        **{f"facet.{dimension}": _facet(dimension) for dimension in Dimension},
    }


class Items(Scenarios):
    """The items of a page: resources, each with its cursor. Of a scenario it can also be told how it stands."""

    def __init__(self, page: Page) -> None:
        super().__init__(page.build)
        self._page = page
        self._places = page.items.alias(page.build.name("places"))
        # A calculation, so that the page leads to the resources: SQLite, which knows no sizes, would read all resources and
        # look for each of them on the page.
        self.among = self.c.id == self._places.c.id + fixed("")
        self.join(self._places, self.among)
        self.order = page.order(self._places, descending=page._listing.order.descending)

    fields: ClassVar[Mapping[str, Callable[[Self], Pieces]]] = {
        **Scenarios.fields,
        "cursor": lambda row: [row._page.cursor(row._places.c.key, row._places.c.id)],
    }
    relations: ClassVar[Mapping[str, Callable[[Self], Related]]] = {
        **Scenarios.relations,
        "node": lambda row: Related(thing=row),
    }


class Facet(Thing):
    """How a list is spread over the values of a dimension."""

    def __init__(self, page: Page, dimension: Dimension) -> None:
        self.build = page.build
        self._page = page
        self._dimension = dimension

    def _values(self) -> Related:
        values = FacetValues(self._page, self._dimension)
        c = values.c
        return Related(
            thing=values,
            order=[c.total.desc(), self.build.words.by_code_point(c.value)],
        )

    fields: ClassVar[Mapping[str, Callable[[Self], Pieces]]] = {
        "dimension": lambda facet: [f'"{facet._dimension.value}"'],
    }
    relations: ClassVar[Mapping[str, Callable[[Self], Related]]] = {"values": _values}


class FacetValues(Thing):
    """The values of a dimension, with how many of a list have each."""

    def __init__(self, page: Page, dimension: Dimension) -> None:
        self.build = page.build
        self.rows: Rows = page.values(dimension).alias(page.build.name("facet"))
        self.c = self.rows.c
        self._joins = []

    fields: ClassVar[Mapping[str, Callable[[Self], Pieces]]] = {
        "value": lambda row: [row.build.words.quoted(row.c.value)],
        "count": lambda row: number(row.c.total),
    }
