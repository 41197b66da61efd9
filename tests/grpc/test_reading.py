"""Get and List: what one caller is shown, page by page, and what another is not."""

import grpc
import pytest

from ucs.registry.v1 import finding_pb2
from ucs.registry.v1 import resource_service_pb2 as api
from ucs.registry.v1 import vocabulary_pb2 as words
from ucs_core.grpc.conversion import plain


async def codes_of(person, **asked):
    """The codes on all pages of a list, page by page."""
    pages, token = [], ""
    while True:
        answer = await person.resources.List(api.ListResourcesRequest(page_token=token, **asked))
        pages.append([item.code for item in answer.resources])
        token = answer.next_page_token
        if not token:
            return pages


async def test_those_who_work_on_a_resource_see_all_of_it(door, publish):
    name = (await publish(door, share_type="conditional", share_condition="on request")).name
    seen = await door["editor"].resources.Get(api.GetResourceRequest(name=name))
    assert seen.readable
    assert seen.content.contact == "水务值班室"
    assert seen.etag
    assert seen.head.number == 1


async def test_those_who_may_not_read_get_the_card_alone(door, publish):
    name = (await publish(door, share_type="conditional", share_condition="on request")).name
    seen = await door["roads"].resources.Get(api.GetResourceRequest(name=name))
    assert (seen.readable, seen.etag, seen.HasField("head")) == (False, "", False)
    assert (seen.content.contact, dict(plain(seen.content).get("spec", {}))) == ("", {})
    assert seen.content.title.zh == "积水点"
    listed = (await door["roads"].resources.List(api.ListResourcesRequest())).resources
    assert listed == [seen]


async def test_what_may_not_be_discovered_is_not_found_and_not_counted(door, create, refusal):
    made = await create(door)
    for who in ("roads", "outsider"):
        refused = await refusal(door[who].resources.Get(api.GetResourceRequest(name=made.name)))
        absent = await refusal(door[who].resources.Get(api.GetResourceRequest(name="resources/" + "7" * 26)))
        assert refused.status is grpc.StatusCode.NOT_FOUND
        assert refused.text.replace(made.name, "") == absent.text.replace("resources/" + "7" * 26, "")
        seen = await door[who].resources.List(api.ListResourcesRequest(include_counts=True))
        assert (list(seen.resources), seen.total_size, list(seen.kind_counts)) == ([], 0, [])
    # The twin: to its editor it is there and counted.
    assert (await door["editor"].resources.List(api.ListResourcesRequest(include_counts=True))).total_size == 1


async def test_whole_numbers_of_a_spec_stay_whole(door, create):
    made = await create(door)
    spec = plain(made.content)["spec"]
    assert spec["row_count"] == 42
    assert isinstance(spec["row_count"], int)
    async with door.platform.session("editor") as session:
        stored = (await session.resource(made.name)).content.spec
    assert isinstance(stored["items"][0]["length"], int)


async def test_pages_hold_every_row_once_though_others_write_between_them(door, create):
    for number in range(7):
        await create(door, f"QD-{number}", source=f"source {number}")
    order = finding_pb2.RESOURCE_ORDER_CODE
    first = await door["editor"].resources.List(api.ListResourcesRequest(page_size=3, order_by=order))
    await create(door, "QD-15")
    await create(door, "AA-0")
    following = api.ListResourcesRequest(page_size=3, order_by=order, page_token=first.next_page_token)
    second = await door["editor"].resources.List(following)
    assert [item.code for item in first.resources] == ["QD-0", "QD-1", "QD-2"]
    assert [item.code for item in second.resources] == ["QD-3", "QD-4", "QD-5"]
    assert (await codes_of(door["editor"], page_size=4, order_by=order))[-1] == ["QD-6"]


async def test_a_page_token_serves_its_own_question_alone(door, create, refusal):
    for number in range(3):
        await create(door, f"QD-{number}")
    asked = api.ListResourcesRequest(page_size=1)
    token = (await door["editor"].resources.List(asked)).next_page_token
    other = api.ListResourcesRequest(page_size=1, page_token=token, filter=finding_pb2.ResourceFilter(tag="防汛"))
    for request in (other, api.ListResourcesRequest(page_token="x.y"), api.ListResourcesRequest(page_token="nonsense")):
        refused = await refusal(door["editor"].resources.List(request))
        assert (refused.status, refused.detail.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "CURSOR_INVALID")
        assert refused.detail.fields["path"] == "page_token"
    larger = api.ListResourcesRequest(page_size=2, page_token=token, include_counts=True)
    assert len((await door["editor"].resources.List(larger)).resources) == 2


async def test_counts_are_made_when_asked_for(door, create):
    await create(door)
    bare = await door["editor"].resources.List(api.ListResourcesRequest())
    assert (bare.total_size, list(bare.kind_counts)) == (0, [])
    full = await door["editor"].resources.List(api.ListResourcesRequest(include_counts=True))
    assert (full.total_size, [(item.kind, item.count) for item in full.kind_counts]) == (
        1,
        [(words.RESOURCE_KIND_DATA, 1)],
    )
    async with door.platform.session("editor") as session:
        assert full.position == bare.position == session.position


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ({"kind": words.RESOURCE_KIND_DATA}, ["A-1", "B-2"]),
        ({"kind": words.RESOURCE_KIND_APPLICATION}, []),
        ({"type": "dataset", "tag": "防汛"}, ["A-1"]),
        ({"share_type": words.SHARE_TYPE_CONDITIONAL}, ["B-2"]),
        ({"availability": words.AVAILABILITY_ONLINE}, []),
        ({"owner_subtree": "organizations/3702"}, ["A-1", "B-2"]),
        ({"owner_subtree": "organizations/qingdao-roads"}, []),
        ({"code": "B-2"}, ["B-2"]),
        ({"search": "积水"}, ["A-1", "B-2"]),
    ],
)
async def test_filters_find_what_they_say(door, create, filter, found):
    await create(door, "A-1")
    await create(door, "B-2", share_type="conditional", share_condition="on request", tags=["桥梁"])
    order = finding_pb2.RESOURCE_ORDER_CODE
    assert await codes_of(door["editor"], filter=finding_pb2.ResourceFilter(**filter), order_by=order) == [found]


@pytest.mark.parametrize(
    ("request_", "reason", "path"),
    [
        (api.ListResourcesRequest(page_size=201), "PAGE_SIZE_INVALID", "page_size"),
        (api.ListResourcesRequest(page_size=-1), "PAGE_SIZE_INVALID", "page_size"),
        (api.ListResourcesRequest(order_by=99), "FIELD_NOT_ONE_OF", "order_by"),
        (api.ListResourcesRequest(filter=finding_pb2.ResourceFilter(kind=99)), "FIELD_NOT_ONE_OF", "filter.kind"),
        (
            api.ListResourcesRequest(filter=finding_pb2.ResourceFilter(owner_subtree="organizations/nobody")),
            "ORGANIZATION_UNKNOWN",
            "owner_subtree",
        ),
    ],
)
async def test_a_list_that_cannot_be_right_names_the_field(door, refusal, request_, reason, path):
    refused = await refusal(door["editor"].resources.List(request_))
    assert (refused.status, refused.detail.reason) == (grpc.StatusCode.INVALID_ARGUMENT, reason)
    assert refused.detail.fields["path"] == path
