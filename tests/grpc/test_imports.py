"""Imports: each chunk a transaction, those before a refused one stay, and the caller is told how many."""

import asyncio

import grpc
import pytest

from ucs.registry.v1 import finding_pb2, organization_pb2, resource_pb2
from ucs.registry.v1 import organization_service_pb2 as organizations_api
from ucs.registry.v1 import resource_service_pb2 as api
from ucs.registry.v1 import vocabulary_pb2 as words
from ucs_core.access.policy import RoleAssignment
from ucs_core.platform import Call


@pytest.fixture
def chunk(new):
    """A chunk of resources with these codes."""

    def make(*codes, **options):
        return api.ImportResourcesRequest(
            resources=[new(code, kind=resource_pb2.ImportedResource) for code in codes], **options
        )

    return make


async def kept(door):
    listed = await door["admin"].resources.List(api.ListResourcesRequest(order_by=finding_pb2.RESOURCE_ORDER_CODE))
    return [item.code for item in listed.resources]


async def test_imported_resources_are_online_and_approved_unless_they_say_otherwise(door, chunk):
    first, second = chunk("A-1"), chunk("B-1", "B-2")
    first.resources[0].name = "resources/01HZZZZZZZZZZZZZZZZZZZZZZZ"
    second.resources[1].availability = words.AVAILABILITY_OFFLINE
    done = await door["admin"].resources.Import(iter([first, second]))
    assert (done.count, done.chunks) == (3, 2)
    listed = await door["admin"].resources.List(api.ListResourcesRequest(order_by=finding_pb2.RESOURCE_ORDER_CODE))
    assert [item.availability for item in listed.resources] == [
        words.AVAILABILITY_ONLINE,
        words.AVAILABILITY_ONLINE,
        words.AVAILABILITY_OFFLINE,
    ]
    assert listed.resources[0].name == "resources/01HZZZZZZZZZZZZZZZZZZZZZZZ"
    assert {item.head.state for item in listed.resources} == {words.REVIEW_STATE_APPROVED}


async def test_nothing_of_a_refused_chunk_is_kept_and_all_before_it_is(door, chunk, refusal):
    spoilt = chunk("B-1", "B-2", "B-3")
    spoilt.resources[2].content.ClearField("data_level")
    refused = await refusal(door["admin"].resources.Import(iter([chunk("A-1", "A-2"), spoilt])))
    assert (refused.status, refused.detail.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "FIELD_MISSING")
    place = "chunks[1].resources[2].content.data_level"
    assert (refused.detail.fields["path"], refused.detail.fields["committed"]) == (place, "2")
    assert f"ended at {place}; the 2 items of the chunks before it stay" in refused.detail.message_en
    assert f"导入在 {place} 处中止；此前各批的 2 项已保留" in refused.detail.message_zh
    assert await kept(door) == ["A-1", "A-2"]


async def test_items_that_come_one_by_one_are_kept_up_to_the_refused_one(door, chunk, refusal):
    # The twin of the test before: what would be seen if a chunk were not entered as a whole.
    spoilt = chunk("B-3")
    spoilt.resources[0].content.ClearField("data_level")
    await refusal(door["admin"].resources.Import(iter([chunk("A-1"), chunk("B-1"), chunk("B-2"), spoilt])))
    assert await kept(door) == ["A-1", "B-1", "B-2"]


@pytest.mark.parametrize(
    ("spoil", "path"),
    [
        (lambda item: setattr(item, "kind", 99), ".kind"),
        (lambda item: item.content.title.ClearField("en"), ".content.title.en"),
        (lambda item: setattr(item.content, "share_type", words.SHARE_TYPE_NONE), ".content.denial_basis"),
        (lambda item: item.content.spec.update({"row_count": "many"}), ".content.spec.row_count"),
        (lambda item: setattr(item, "owner", "organizations/nobody"), ".owner"),
        (lambda item: setattr(item.content, "region_code", "990000"), ".content.region_code"),
        (
            lambda item: item.content.dependencies.add(target="resources/" + "7" * 26, relation=1),
            ".content.dependencies",
        ),
        (lambda item: setattr(item, "code", "A-1"), ".code"),
        (lambda item: setattr(item, "owner", "organizations/qingdao-roads"), ""),
    ],
)
async def test_what_is_wrong_with_one_item_of_a_chunk_names_it(door, chunk, refusal, spoil, path):
    spoilt = chunk("A-1", "A-2")
    spoil(spoilt.resources[1])
    # The administrator of the water bureau alone: of its own owner's items, and of no other's.
    roles = [
        RoleAssignment(id="r", principal="chief", role="organization_administrator", anchor="qingdao-water").to_rule()
    ]
    call = Call(principal="admin")
    await door.platform.administration.put_rules(call, [rule.model_dump(mode="json") for rule in roles])
    refused = await refusal(door["chief"].resources.Import(iter([spoilt])))
    assert (refused.detail.fields["path"], refused.detail.fields["committed"]) == (f"chunks[0].resources[1]{path}", "0")


async def test_a_chunk_that_is_sent_again_under_its_request_id_is_entered_once(door, chunk):
    chunks = [chunk("A-1", request_id="i.0"), chunk("A-2", request_id="i.1")]
    await door["admin"].resources.Import(iter(chunks[:1]))
    done = await door["admin"].resources.Import(iter(chunks))
    assert (done.count, await kept(door)) == (2, ["A-1", "A-2"])


async def test_a_checked_chunk_changes_nothing_and_does_not_count_as_kept(door, chunk, refusal):
    assert (await door["admin"].resources.Import(iter([chunk("A-1", validate_only=True)]))).count == 1
    chunks = [chunk("A-1", validate_only=True), chunk("A-2"), chunk("A-2")]
    refused = await refusal(door["admin"].resources.Import(iter(chunks)))
    assert (refused.detail.reason, refused.detail.fields["committed"]) == ("CODE_TAKEN", "1")
    assert await kept(door) == ["A-2"]


async def test_importing_asks_to_administer_the_owner(door, chunk, refusal):
    refused = await refusal(door["editor"].resources.Import(iter([chunk("A-1")])))
    assert (refused.status, refused.detail.fields["action"]) == (grpc.StatusCode.PERMISSION_DENIED, "administer")


async def test_more_than_a_thousand_in_a_chunk_are_refused(door, chunk, refusal):
    refused = await refusal(door["admin"].resources.Import(iter([chunk(*(f"A-{at}" for at in range(1001)))])))
    assert (refused.detail.reason, refused.detail.fields["path"]) == ("FIELD_TOO_LONG", "chunks[0].resources")


async def test_a_message_beyond_the_wires_limit_is_refused(door, refusal):
    api_request = api.ImportResourcesRequest(request_id="x" * (9 * 1024 * 1024))
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await door["admin"].resources.Import(iter([api_request]))
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_an_import_ends_with_the_token_that_it_began_with(open_door, settle_city, gated_store, chunk, refusal):
    async with open_door(gated_store) as door:
        await settle_city(gated_store, door.platform)
        gated_store.shut()
        call = door["admin"].resources.Import()
        await call.write(chunk("A-1"))
        await gated_store.entered.wait()
        keys = door.issuer.public_keys
        door.platform.verifier.trust({})
        gated_store.gate.set()
        await call.write(chunk("A-2"))
        refused = await refusal(call)
        assert (refused.status, refused.detail.fields["committed"]) == (grpc.StatusCode.UNAUTHENTICATED, "1")
        door.platform.verifier.trust(keys)
        assert await kept(door) == ["A-1"]


async def test_a_silent_stream_is_ended(open_door, settle_city, gated_store, chunk, refusal):
    async with open_door(gated_store, request_seconds=0.2) as door:
        await settle_city(gated_store, door.platform)
        call = door["admin"].resources.Import()
        await call.write(chunk("A-1"))
        refused = await refusal(call)
        assert (refused.status, refused.detail.reason) == (grpc.StatusCode.DEADLINE_EXCEEDED, "STREAM_IDLE")
        assert refused.detail.fields["committed"] == "1"


async def test_a_caller_that_goes_away_leaves_whole_chunks_behind(open_door, settle_city, gated_store, chunk):
    async with open_door(gated_store) as door:
        await settle_city(gated_store, door.platform)
        gated_store.shut()
        call = door["admin"].resources.Import()
        await call.write(chunk("A-1", "A-2"))
        await gated_store.entered.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        gated_store.gate.set()
        await door.platform.pipeline.drain()
        assert await kept(door) == ["A-1", "A-2"]


async def test_organisations_are_imported_parents_first(door, refusal):
    def below(parent, *ids):
        return organizations_api.ImportOrganizationsRequest(
            organizations=[
                organization_pb2.NewOrganization(
                    id=id,
                    parent=f"organizations/{parent}",
                    title={"zh": id, "en": id},
                    level=organization_pb2.ORGANIZATION_LEVEL_DISTRICT,
                    kind=organization_pb2.ORGANIZATION_KIND_DIVISION,
                )
                for id in ids
            ]
        )

    service = door["admin"].organizations
    done = await service.Import(iter([below("3702", "370202", "370203"), below("370202", "370202001")]))
    assert (done.count, done.chunks) == (3, 2)
    refused = await refusal(service.Import(iter([below("3702", "370211"), below("nowhere", "x")])))
    assert (refused.detail.reason, refused.detail.fields["committed"]) == ("ORGANIZATION_UNKNOWN", "1")
