"""What is asked of a page of resources: the query, the order, and where the page begins and ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, TypeAlias

from ucs_core.graphql.compiling.given import Unfit, storable_text
from ucs_core.graphql.lists import query_with
from ucs_core.graphql.organizations import organization_id
from ucs_core.platform.impact import PLACES, walk_depth
from ucs_core.platform.paging import places_by_id, places_by_number
from ucs_core.platform.scenarios import SCENARIO_KIND, SCENARIO_TYPE
from ucs_core.platform.sight import resource_id
from ucs_core.platform.validation import parse
from ucs_registry.graph import Direction
from ucs_registry.members import MemberFilter
from ucs_registry.queries import Cursor, Dimension, Order, ResourceQuery, page_size
from ucs_registry.shapes import Field, Node, Object, One, PageWanted, Several, SpanWanted, Walked

FACET = "facet."
"""What the relations begin with that lead from a page to how its list is spread."""


Naming: TypeAlias = Callable[[str], str]
"""What makes of a name the id of what it names. Raises NotFound for other names."""

Decode: TypeAlias = Callable[[str, str], str | int]
"""What makes of a cursor the key of its place; it is told which argument that is. Raises Invalid for other texts."""

_IDS = places_by_id(str).decode


def reads_page(about: Object) -> Callable[[Mapping[str, Any]], PageWanted]:
    """What reads the arguments of a page, given what is asked of it."""
    around, facets = _asks_around(about), tuple(_facets(about))

    def read(given: Mapping[str, Any]) -> PageWanted:
        order = Order(given["orderBy"])
        first, last = given.get("first"), given.get("last")
        if first is not None and last is not None:
            raise Unfit
        after, before = given.get("after"), given.get("before")
        return PageWanted(
            query=_query(given.get("filter") or {}, given.get("search")),
            order=order,
            size=page_size(first) if last is None else page_size(last, "last"),
            after=Cursor.decode(after, order) if after else None,
            before=Cursor.decode(before, order, "before") if before else None,
            backward=last is not None,
            around=around,
            facets=facets,
        )

    return read


QUERIES_MOST, WORDY = 1024, 200
"""How many queries are remembered, and how long the texts of each may be."""


def _query(filter: Mapping[str, Any], search: str | None) -> ResourceQuery:
    """The query that a filter and a search text mean. What few short values say is asked again and again."""
    values = filter.values()
    if all(type(value) is str for value in values) and sum(map(len, values), len(search or "")) <= WORDY:
        return _remembered(tuple(filter.items()), search)
    return query_with(dict(filter), search)


@lru_cache(maxsize=QUERIES_MOST)
def _remembered(filter: tuple[tuple[str, str], ...], search: str | None) -> ResourceQuery:
    return query_with(dict(filter), search)


def reads_scenarios(about: Object) -> Callable[[Mapping[str, Any]], PageWanted]:
    """The same for a page of scenarios, whatever kind and type are asked for."""
    read = reads_page(about)

    def narrowed(given: Mapping[str, Any]) -> PageWanted:
        page = read(given)
        return replace(page, query=replace(page.query, kind=SCENARIO_KIND, type=SCENARIO_TYPE))

    return narrowed


def reads_reviews(about: Object) -> Callable[[Mapping[str, Any]], PageWanted]:
    """The same for a page of what waits for the caller's review."""
    read = reads_page(about)

    def narrowed(given: Mapping[str, Any]) -> PageWanted:
        page = read({**given, "orderBy": Order.SUBMITTED})
        return replace(page, query=replace(page.query, awaiting_review=True))

    return narrowed


def reads_span(
    of: str | None = None, named: Naming = organization_id, decode: Decode = _IDS
) -> Callable[[Mapping[str, Any]], SpanWanted]:
    """What reads the arguments of a part of a list; with `of` the argument that says whose list it is, by a name that `named`
    reads.
    """

    def read(given: Mapping[str, Any]) -> SpanWanted:
        first, last = given.get("first"), given.get("last")
        owner = None if of is None else given.get(of)
        if (first is not None and last is not None) or (of is not None and owner is None):
            raise Unfit
        after, before = given.get("after"), given.get("before")
        return SpanWanted(
            size=page_size(first) if last is None else page_size(last, "last"),
            after=decode(after, "after") if after else None,
            before=decode(before, "before") if before else None,
            backward=last is not None,
            of=None if owner is None else named(storable_text(owner)),
            only=parse(MemberFilter, stated_parts(given["filter"]), "filter") if given.get("filter") else None,
        )

    return read


def reads_walk(given: Mapping[str, Any]) -> SpanWanted:
    """What the arguments of a walk ask for."""
    walk = Walked(Direction(given["direction"]), walk_depth(given.get("depth")))
    return replace(_from_root({**given, "filter": None}), walk=walk)


def _sortable(place: tuple[int, str]) -> str:
    return f"{place[0]:02}.{place[1]}"


_from_root = reads_span("resource", resource_id, lambda cursor, path: _sortable(PLACES.decode(cursor, path)))

BY_NUMBER = places_by_number(int).decode
"""Of a list of what is numbered, such as revisions."""


def stated_parts(filter: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a filter that restrict anything."""
    return {name: value for name, value in filter.items() if value is not None}


def _asks_around(about: Node) -> bool:
    if isinstance(about, Object):
        return any(_asks_around(inner) for _, inner in about.entries)
    return isinstance(about, Field) and about.name in ("page.more", "page.earlier")


def _facets(about: Object) -> dict[Dimension, None]:
    several = [inner for _, inner in about.entries if isinstance(inner, Several)]
    asked = [node.relation for each in several for node in each.nodes if isinstance(node, One)]
    return dict.fromkeys(Dimension(relation.removeprefix(FACET)) for relation in asked)
