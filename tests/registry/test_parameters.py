"""The values of lists, totals and facets stand in their statements by name, and the text depends on the variant alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.sql.elements import ClauseElement

from ucs_registry.extents import Box, Temporal
from ucs_registry.queries import Cursor, Dimension, Order, ResourceQuery
from ucs_registry.reviews import ReviewQueue
from ucs_registry.sql.counting import facets, total
from ucs_registry.sql.dialects import Dialect
from ucs_registry.sql.listing import Listing, page, stated_page
from ucs_registry.sql.parameters import stated, values_of
from ucs_registry.sql.predicates import decided_by_cell
from ucs_registry.sql.urls import dialect_of
from ucs_registry.testing import NOW, a_visibility
from ucs_registry.visibility import Visibility
from ucs_sdk.vocabulary import Availability, DataLevel, OpenType, ResourceKind, ShareType

one = st.sampled_from
DIALECTS = tuple(dialect_of(url) for url in ("sqlite:///nowhere.db", "postgresql://nowhere/ucs"))
NATIVE = {dialect: dialect.migration_engine().dialect for dialect in DIALECTS}

visibilities = st.builds(
    a_visibility,
    st.lists(one([0, 1, 2]), max_size=4).map(bytes),
    grantees=one([(), ("principals/reader",), ("principals/reader", "principals/other")]),
    at=st.integers(-3, 3).map(lambda seconds: NOW + timedelta(seconds=seconds)),
)
instants = st.integers(-3, 3).map(lambda seconds: NOW + timedelta(seconds=seconds))
texts = one(["a", "b"])
PARTS: dict[str, st.SearchStrategy[Any]] = {
    "kind": one(ResourceKind),
    "type": one(["dataset", "x"]),
    "owner_subtree": one(["37", "3702"]),
    "share_type": one(ShareType),
    "availability": one(Availability),
    "tag": texts,
    "code": texts,
    "search": one(["积水", "积水点 路", "水", "wat a", "路面积水 水位监测"]),
    "awaiting_review": st.booleans(),
    "queue": st.builds(lambda to: ReviewQueue(reviewer="principals/r", visibility=to), visibilities),
    "affected_by_deprecation": st.booleans(),
    "deprecated_to": visibilities,
    "data_level": one(DataLevel),
    "open_type": one(OpenType),
    "owner": one(["37", "3702"]),
    "district": one(["370202", "3706"]),
    "region": one(["37", "370202", "370202001"]),
    "tags": st.lists(texts, max_size=3).map(tuple),
    "during": one(
        [
            Temporal(start=date(2025, 1, 1)),
            Temporal(end=date(2025, 1, 2)),
            Temporal(start=date(2025, 1, 1), end=date.max),
        ]
    ),
    "updated_after": instants,
    "updated_before": instants,
}


@st.composite
def queries(draw: st.DrawFn, *, nested: bool = True) -> ResourceQuery:
    stated_parts = draw(st.lists(one(list(PARTS)), max_size=3, unique=True))
    query = ResourceQuery(**{name: draw(PARTS[name]) for name in stated_parts})
    branches = draw(st.lists(queries(nested=False), max_size=2)) if nested and draw(st.booleans()) else []
    return replace(query, any_of=tuple(branches))


@st.composite
def listings(draw: st.DrawFn) -> Listing:
    order = draw(one(Order))
    cursors = st.none() | st.builds(Cursor, order=st.just(order), key=texts, id=texts)
    return Listing(
        draw(queries()),
        draw(st.none() | visibilities),
        order,
        draw(cursors),
        draw(st.integers(1, 200)),
        draw(cursors),
        draw(st.booleans()),
        prefix=draw(one(["", "second_"])),
    )


def statements(dialect: Dialect, listing: Listing) -> Iterator[tuple[str, ClauseElement, bool]]:
    """The statements of what a list is asked for: the page by both ways, the total, and all facets; and whether each is a
    page."""
    query, visibility = listing.query, listing.visibility
    yield "page in order", page(dialect, listing, None), True
    if decided_by_cell(query):
        yield "gathered page", page(dialect, listing, 1), True
    yield "total", total(dialect, query, visibility, prefix=listing.prefix), False
    yield "facets", facets(dialect, query, visibility, list(Dimension), prefix=listing.prefix), False


def compiled(dialect: Dialect, statement: ClauseElement) -> tuple[str, dict[str, Any]]:
    made = statement.compile(dialect=NATIVE[dialect])
    return str(made), dict(made.params)


def known_of(dialect: Dialect, listing: Listing, *, is_page: bool) -> tuple[dict[str, object], object]:
    if is_page:
        return tuple(stated_page(dialect, listing))
    return tuple(stated(dialect, listing.query, listing.visibility, listing.prefix))


@pytest.mark.parametrize("dialect", DIALECTS, ids=["sqlite", "postgresql"])
@settings(max_examples=60, deadline=None)
@given(one=listings(), other=listings())
def test_what_is_known_of_a_statement_is_what_it_says(dialect: Dialect, one: Listing, other: Listing) -> None:
    texts_of_variants: dict[object, str] = {}
    for listing in (one, other, *alike(one)):
        for name, statement, is_page in statements(dialect, listing):
            text, values = compiled(dialect, statement)
            known, variant = known_of(dialect, listing, is_page=is_page)
            if variant is None:
                continue
            assert values == known, name
            assert texts_of_variants.setdefault((name, variant), text) == text


def alike(listing: Listing) -> Iterator[Listing]:
    """The same list with other values."""
    visibility = listing.visibility
    if visibility is not None:
        yield listing._replace(visibility=replace(visibility, mask=visibility.mask + b"\1", action="read"), first=7)
    if listing.query.type is not None:
        yield listing._replace(query=replace(listing.query, type="other"))


@pytest.mark.parametrize(
    "query",
    [
        ResourceQuery(type="\x00"),
        ResourceQuery(tags=("a", "\ud800")),
        ResourceQuery(region="37x"),
        ResourceQuery(search="!"),
        ResourceQuery(awaiting_review=True),
        ResourceQuery(any_of=(ResourceQuery(), ResourceQuery(tag="a"))),
        ResourceQuery(area=Box(west=1, south=1, east=2, north=2)),
        ResourceQuery(any_of=(ResourceQuery(code="\x00"), ResourceQuery(tag="a"))),
    ],
)
@pytest.mark.parametrize("dialect", DIALECTS, ids=["sqlite", "postgresql"])
def test_what_depends_on_more_than_values_has_no_variant(dialect: Dialect, query: ResourceQuery) -> None:
    assert stated(dialect, query, None).variant is None


@pytest.mark.parametrize("part", PARTS)
def test_every_part_has_a_variant_of_its_own(part: str) -> None:
    asked = {
        "awaiting_review": ("awaiting_review", "queue"),
        "deprecated_to": ("affected_by_deprecation", "deprecated_to"),
    }
    values = {"awaiting_review": True, "affected_by_deprecation": True} | {
        "queue": ReviewQueue(reviewer="principals/r", visibility=grants_needed()),
        "deprecated_to": grants_needed(),
        "tags": ("a",),
        "during": Temporal(start=date(2025, 1, 1)),
        "search": "积水",
        "updated_after": NOW,
        "updated_before": NOW,
    }
    names = asked.get(part, (part,))
    variant = stated(DIALECTS[0], ResourceQuery(**{name: values.get(name, "37") for name in names}), None).variant
    assert variant is not None
    assert part == "queue" or variant != stated(DIALECTS[0], ResourceQuery(), None).variant


@pytest.mark.parametrize("dialect", DIALECTS, ids=["sqlite", "postgresql"])
def test_lists_stand_side_by_side_by_their_prefixes(dialect: Dialect) -> None:
    query, visibility = ResourceQuery(search="积水 路", tags=("a",), any_of=(ResourceQuery(tag="b"),)), grants_needed()
    names = [set(values_of(dialect, query, visibility, prefix)) for prefix in ("", "second_")]
    assert names[0]
    assert not names[0] & names[1]


@pytest.mark.parametrize("dialect", DIALECTS, ids=["sqlite", "postgresql"])
def test_twin_with_a_value_in_the_text_is_caught(dialect: Dialect) -> None:
    # An anonymous value of SQLAlchemy's own making is no value of that name.
    listing = Listing(ResourceQuery(kind=ResourceKind.DATA), grants_needed(), Order.UPDATED_DESC, None, 5)
    statement = page(dialect, listing, None).offset(3)
    _, values = compiled(dialect, statement)
    assert values != stated_page(dialect, listing).values


def grants_needed() -> Visibility:
    return a_visibility(bytes((0, 1, 2)), grantees=("principals/reader",))
