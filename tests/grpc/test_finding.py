"""Lists and searches over gRPC: pages in both directions, facets, and what is refused."""

import pytest

from ucs.registry.v1 import finding_pb2
from ucs.registry.v1 import resource_service_pb2 as api

FACETS = [finding_pb2.FACET_DIMENSION_DATA_LEVEL, finding_pb2.FACET_DIMENSION_OWNER]


async def filled(door, publish):
    for number in range(5):
        await publish(door, f"QD-{number}", region_code="3702")


def told(facets):
    return [{item.value: item.count for item in facet.values} for facet in facets]


async def test_pages_lead_forth_and_back(door, publish):
    await filled(door, publish)
    order, pages, token = finding_pb2.RESOURCE_ORDER_CODE_DESC, [], ""
    for _ in range(3):
        answer = await door["editor"].resources.List(
            api.ListResourcesRequest(page_size=2, order_by=order, page_token=token)
        )
        pages.append([item.code for item in answer.resources])
        token = answer.next_page_token
    assert pages == [["QD-4", "QD-3"], ["QD-2", "QD-1"], ["QD-0"]]
    assert (token, bool(answer.previous_page_token)) == ("", True)
    for wanted in (["QD-2", "QD-1"], ["QD-4", "QD-3"]):
        asked = api.ListResourcesRequest(page_size=2, order_by=order, page_token=answer.previous_page_token)
        answer = await door["editor"].resources.List(asked)
        assert [item.code for item in answer.resources] == wanted
        assert answer.next_page_token
    assert answer.previous_page_token == ""


async def test_a_search_tells_totals_and_facets(door, publish):
    await filled(door, publish)
    asked = finding_pb2.SearchResourcesRequest(query="积水", page_size=2, facets=FACETS)
    found = await door["editor"].resources.Search(asked)
    assert (len(found.resources), found.total_size, bool(found.next_page_token)) == (2, 5, True)
    [levels, owners] = told(found.facets)
    assert (sum(levels.values()), owners) == (5, {"qingdao-water": 5})
    asked.page_token = found.next_page_token
    rest = await door["editor"].resources.Search(asked)
    assert (len(rest.resources), rest.total_size) == (2, 5)
    hidden = await door["outsider"].resources.Search(finding_pb2.SearchResourcesRequest(query="积水", facets=FACETS))
    shown = {item.name for item in hidden.resources}
    assert (hidden.total_size, [sum(each.values()) for each in told(hidden.facets)]) == (len(shown), [len(shown)] * 2)


async def test_a_list_counts_what_it_is_asked_to(door, publish):
    await filled(door, publish)
    filter = finding_pb2.ResourceFilter(district="3702", any_of=[finding_pb2.ResourceFilter(code="QD-3")])
    dimension = finding_pb2.FACET_DIMENSION_DISTRICT
    found = await door["editor"].resources.List(api.ListResourcesRequest(filter=filter, facets=[dimension]))
    assert [item.code for item in found.resources] == ["QD-3"]
    assert [facet.dimension for facet in found.facets] == [dimension]
    assert told(found.facets) == [{"3702": 1}]


@pytest.mark.parametrize(
    ("request_", "reason", "path"),
    [
        (finding_pb2.SearchResourcesRequest(), "FIELD_MISSING", "query"),
        (finding_pb2.SearchResourcesRequest(query="  "), "FIELD_MISSING", "query"),
        (
            finding_pb2.SearchResourcesRequest(query="a", filter=finding_pb2.ResourceFilter(search="b")),
            "ARGUMENTS_EXCLUSIVE",
            None,
        ),
        (finding_pb2.SearchResourcesRequest(query="a", facets=[99]), "FIELD_NOT_ONE_OF", "facets"),
        (finding_pb2.SearchResourcesRequest(query="a", facets=range(1, 8)), "FIELD_TOO_LONG", "facets"),
        (finding_pb2.SearchResourcesRequest(query="a", page_size=-1), "PAGE_SIZE_INVALID", "page_size"),
        (finding_pb2.SearchResourcesRequest(query="a", page_token="x.y"), "CURSOR_INVALID", "page_token"),
        (
            finding_pb2.SearchResourcesRequest(
                query="a", filter=finding_pb2.ResourceFilter(area=finding_pb2.Area(box=finding_pb2.Box(west=1)))
            ),
            "FIELD_MISSING",
            "filter.area.box.south",
        ),
    ],
)
async def test_what_makes_no_sense_is_refused(door, refusal, request_, reason, path):
    refused = await refusal(door["editor"].resources.Search(request_))
    assert (refused.detail.reason, refused.detail.fields.get("path")) == (reason, path)
