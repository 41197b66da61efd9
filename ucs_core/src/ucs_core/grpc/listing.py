"""Lists and searches of resources: pages with tokens for both directions, totals and facets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ucs.registry.v1 import finding_pb2
from ucs.registry.v1 import resource_pb2 as pb
from ucs.registry.v1 import resource_service_pb2 as service_pb
from ucs_core.grpc import resources
from ucs_core.grpc.conversion import few
from ucs_core.grpc.pages import page_of_token, page_token, previous_token
from ucs_core.grpc.terms import name_of, number_of
from ucs_core.platform import ReadSession
from ucs_registry.queries import Dimension, ResourceQuery, page_size
from ucs_sdk.errors import Invalid

Request = service_pb.ListResourcesRequest | finding_pb2.SearchResourcesRequest

_DIMENSION = finding_pb2.FacetDimension.DESCRIPTOR


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page as messages, with the tokens of its neighbours; a token is empty where there is none."""

    items: list[pb.Resource]
    next: str
    previous: str


def search_query(request: finding_pb2.SearchResourcesRequest) -> ResourceQuery:
    """The query of a search. Raises Invalid without words, and for words in the filter as well."""
    if not request.query.strip():
        raise Invalid("FIELD_MISSING", path="query", more=0)
    if request.filter.search:
        raise Invalid("ARGUMENTS_EXCLUSIVE", arguments=["query", "filter.search"])
    stated = finding_pb2.ResourceFilter()
    stated.CopyFrom(request.filter)
    stated.search = request.query
    return resources.to_query(stated)


def to_dimensions(numbers: Sequence[int]) -> list[Dimension]:
    """What a request wants to be counted by, each once."""
    names = (name_of(_DIMENSION, number, "facets") for number in few(numbers, "facets"))
    return [Dimension(name) for name in dict.fromkeys(names)]


async def read_page(session: ReadSession, request: Request, query: ResourceQuery) -> Page:
    """The page that a request asks for."""
    size, order = page_size(request.page_size or None, "page_size"), resources.to_order(request.order_by)
    cursor, backward = page_of_token(request, request.page_token)
    if backward:
        page = await session.resources(query, order=order, last=size, before=cursor, around=True)
    else:
        page = await session.resources(query, order=order, first=size, after=cursor, around=cursor is not None)
    return Page(
        items=[resources.to_message(item) for item in page.items],
        next=page_token(request, page.cursors[-1]) if page.more and page.cursors else "",
        previous=previous_token(request, page.cursors[0]) if page.earlier and page.cursors else "",
    )


async def read_facets(
    session: ReadSession, query: ResourceQuery, asked: Sequence[Dimension]
) -> list[finding_pb2.Facet]:
    """How what matches is spread, in the order asked for."""
    counts: Mapping[Dimension, Mapping[str, int]] = await session.facets(query, asked) if asked else {}
    return [
        finding_pb2.Facet(
            dimension=finding_pb2.FacetDimension.ValueType(number_of(_DIMENSION, dimension.value, "facets")),
            values=[finding_pb2.FacetCount(value=value, count=count) for value, count in counts[dimension].items()],
        )
        for dimension in asked
    ]
