"""How a list is spread: what matches, its total and its facets, each told once however often a document asks for it."""

from __future__ import annotations

from functools import cached_property

from sqlalchemy import CTE, Select, func, select

from ucs_registry.queries import VALUES_MOST, Dimension
from ucs_registry.search import query_terms
from ucs_registry.sql.counting import WIDE, Tallied, facet, facet_of, tallied, tallied_of, told, total
from ucs_registry.sql.dialects import Query
from ucs_registry.sql.listing import Listing, in_time, picked_of
from ucs_registry.sql.parameters import ZERO
from ucs_registry.sql.pieces import fixed, whole
from ucs_registry.sql.predicates import decided_by_cell
from ucs_registry.sql.shaping.build import Build, PageStated
from ucs_registry.sql.sources import Source, gathered, source_of


class Spread:
    """All that matches one list. Pages of the same list share it, whatever part of it they show."""

    def __init__(self, build: Build, stated: PageStated) -> None:
        self._build = build
        self._listing = stated.listing
        self._facets = stated.facets
        self._shared = stated.shared
        self._tallies: dict[tuple[bool, bool], CTE] = {}
        self._values: dict[Dimension, CTE] = {}

    @property
    def gathers(self) -> bool:
        """Whether all that matches is gathered once, for its facets and for every page of it."""
        search = self._listing.query.search
        return bool(self._facets) and search is not None and bool(query_terms(search))

    def picked(self, listing: Listing) -> Query | None:
        """The ids and keys of a page of what was gathered; None where nothing is, or not in the order of the page."""
        return picked_of(self._found, listing) if self.gathers and in_time(listing) else None

    @cached_property
    def total(self) -> Query:
        """One row: how many match."""
        if self._facets:
            tally = self._tally(min(self._facets, key=lambda each: (each in WIDE, each)))
            return select(func.coalesce(func.sum(tally.c.total), ZERO))
        listing = self._listing
        counted = total(self._build.dialect, listing.query, listing.visibility, prefix=listing.prefix)
        return select(*counted.cte(self._build.name("whole")).c) if self._shared else counted

    def values(self, dimension: Dimension) -> CTE:
        """The most frequent values of a dimension, with the columns `value` and `total`."""
        known = self._values.get(dimension)
        if known is None:
            counted = self._counted(dimension).subquery(self._build.name("facet"))
            most: Select[str, int] = select(counted.c.value, counted.c.total)
            most = most.where(counted.c.value != fixed(""), counted.c.total > ZERO)
            by_value = self._build.words.by_code_point(counted.c.value)
            most = most.order_by(counted.c.total.desc(), by_value).limit(whole(VALUES_MOST)).offset(ZERO)
            known = self._values[dimension] = most.cte(self._build.name("values"))
        return known

    def _counted(self, dimension: Dimension) -> Query:
        narrow = self._facets - set(WIDE)
        if dimension in narrow and len(narrow) > 1:
            once = self._build.once(
                ("told", self), lambda: told(self._tally(dimension), narrow).cte(self._build.name("told"))
            )
            return facet_of(once, dimension)
        return facet(self._tally(dimension), 0, dimension)

    def _tally(self, dimension: Dimension) -> CTE:
        """All that matches, counted by cell and, for districts, by district."""
        listing, build = self._listing, self._build
        district, owner = dimension is Dimension.DISTRICT, dimension is Dimension.OWNER
        if not decided_by_cell(listing.query):
            # All of it is looked for once, whatever is asked of it.
            district, owner = (each in self._facets for each in (Dimension.DISTRICT, Dimension.OWNER))
        known = self._tallies.get((district, owner))
        if known is None:
            if self.gathers:
                counted: Tallied = tallied_of(self._found, by_district=district)
            else:
                counted = tallied(
                    *(build.dialect, listing.query, listing.visibility, district),
                    prefix=listing.prefix,
                    by_owner=owner,
                )
            known = self._tallies[district, owner] = counted.cte(build.name("tally"))
        return known

    @cached_property
    def _found(self) -> Source:
        listing, build = self._listing, self._build
        source = source_of(build.dialect, listing.query, listing.visibility, prefix=listing.prefix)
        owner, district = (each in self._facets for each in (Dimension.OWNER, Dimension.DISTRICT))
        return gathered(source, build.name("matches"), owner=owner, district=district)
