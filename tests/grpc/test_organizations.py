"""The tree of organisations over the wire."""

import grpc

from ucs.registry.v1 import organization_pb2 as pb
from ucs.registry.v1 import organization_service_pb2 as api


def district(id, parent="organizations/3702"):
    return pb.NewOrganization(
        id=id,
        parent=parent,
        title={"zh": f"区{id}", "en": f"District {id}"},
        level=pb.ORGANIZATION_LEVEL_DISTRICT,
        kind=pb.ORGANIZATION_KIND_DIVISION,
        region_code="370202",
        synthetic=True,
    )


async def test_an_organisation_comes_back_as_it_was_entered(door):
    made = await door["admin"].organizations.Create(api.CreateOrganizationRequest(organization=district("370202")))
    assert made == pb.Organization(
        name="organizations/370202",
        parent="organizations/3702",
        title={"zh": "区370202", "en": "District 370202"},
        level=pb.ORGANIZATION_LEVEL_DISTRICT,
        kind=pb.ORGANIZATION_KIND_DIVISION,
        region_code="370202",
        synthetic=True,
        ancestors=["organizations/37", "organizations/3702", "organizations/370202"],
    )
    assert await door["outsider"].organizations.Get(api.GetOrganizationRequest(name=made.name)) == made


async def test_lists_go_by_level_or_by_subtree(door):
    listed = door["roads"].organizations.List
    tops = await listed(api.ListOrganizationsRequest())
    assert [item.name for item in tops.organizations] == ["organizations/37"]
    below = await listed(api.ListOrganizationsRequest(parent="organizations/3702"))
    assert [item.name for item in below.organizations] == ["organizations/qingdao-roads", "organizations/qingdao-water"]
    subtree = await listed(api.ListOrganizationsRequest(subtree="organizations/3702", page_size=2))
    assert [item.name for item in subtree.organizations] == ["organizations/3702", "organizations/qingdao-roads"]
    rest = await listed(
        api.ListOrganizationsRequest(subtree="organizations/3702", page_size=2, page_token=subtree.next_page_token)
    )
    assert ([item.name for item in rest.organizations], rest.next_page_token) == (["organizations/qingdao-water"], "")
    assert rest.position == subtree.position > 0


async def test_an_unknown_parent_is_not_found(door, refusal):
    for request in (
        api.ListOrganizationsRequest(parent="organizations/nobody"),
        api.ListOrganizationsRequest(subtree="organizations/nobody"),
    ):
        assert (await refusal(door["roads"].organizations.List(request))).status is grpc.StatusCode.NOT_FOUND


async def test_entering_asks_to_administer_the_parent(door, refusal):
    refused = await refusal(
        door["editor"].organizations.Create(api.CreateOrganizationRequest(organization=district("370202")))
    )
    assert (refused.status, refused.detail.fields["object"]) == (
        grpc.StatusCode.PERMISSION_DENIED,
        "organizations/3702",
    )


async def test_a_taken_id_and_an_unknown_word_are_refused(door, refusal):
    create = door["admin"].organizations.Create
    refused = await refusal(create(api.CreateOrganizationRequest(organization=district("qingdao-water"))))
    assert (refused.status, refused.detail.reason) == (grpc.StatusCode.ALREADY_EXISTS, "ORGANIZATION_TAKEN")
    spoilt = district("370202")
    spoilt.level = 99
    refused = await refusal(create(api.CreateOrganizationRequest(organization=spoilt)))
    assert (refused.detail.reason, refused.detail.fields["path"]) == ("FIELD_NOT_ONE_OF", "level")


async def test_a_trial_enters_nothing_and_a_request_id_enters_once(door, refusal):
    create = door["admin"].organizations.Create
    request = api.CreateOrganizationRequest(organization=district("370202"), request_id="o-1", validate_only=True)
    await create(request)
    request.validate_only = False
    assert await create(request) == await create(request)
