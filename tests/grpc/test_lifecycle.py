"""A resource's way through review into use, by those whose part each step is."""

import grpc
import pytest

from ucs.registry.v1 import resource_service_pb2 as api
from ucs.registry.v1 import vocabulary_pb2 as words


async def test_a_resource_goes_from_draft_to_online_by_three_hands(door, create):
    made = await create(door)
    assert (made.availability, made.head.state) == (words.AVAILABILITY_OFFLINE, words.REVIEW_STATE_DRAFT)
    made = await door["editor"].resources.Submit(api.SubmitResourceRequest(name=made.name, etag=made.etag))
    assert made.head.state == words.REVIEW_STATE_IN_REVIEW
    made = await door["reviewer"].resources.Approve(api.ApproveResourceRequest(name=made.name, etag=made.etag))
    assert made.head.reviewer == "principals/reviewer"
    online = await door["operator"].resources.BringOnline(api.BringResourceOnlineRequest(name=made.name))
    assert online.availability == words.AVAILABILITY_ONLINE
    offline = await door["operator"].resources.TakeOffline(
        api.TakeResourceOfflineRequest(name=made.name, reason="maintenance", etag=online.etag)
    )
    assert (offline.availability, offline.availability_reason) == (words.AVAILABILITY_OFFLINE, "maintenance")


async def test_a_published_resource_stays_as_it_is_while_its_next_revision_is_in_review(door, publish):
    made = await publish(door)
    change = api.UpdateResourceRequest(name=made.name, etag=made.etag)
    change.content.title.CopyFrom(made.content.title)
    change.content.title.en = "Flooded spots"
    made = await door["editor"].resources.Update(change)
    made = await door["editor"].resources.Submit(api.SubmitResourceRequest(name=made.name))
    shown = await door["roads"].resources.Get(api.GetResourceRequest(name=made.name))
    assert (shown.content.title.en, shown.revision) == ("Waterlogging spots", 1)
    assert (made.head.number, made.head.content.title.en) == (2, "Flooded spots")


async def test_a_rejected_revision_carries_its_reason_and_opens_a_new_draft(door, create):
    made = await create(door)
    made = await door["editor"].resources.Submit(api.SubmitResourceRequest(name=made.name))
    rejected = await door["reviewer"].resources.Reject(
        api.RejectResourceRequest(name=made.name, etag=made.etag, reason="no contact")
    )
    assert (rejected.head.state, rejected.head.reason) == (words.REVIEW_STATE_REJECTED, "no contact")
    change = api.UpdateResourceRequest(name=made.name, etag=rejected.etag)
    change.content.contact = "12345"
    assert (await door["editor"].resources.Update(change)).head.state == words.REVIEW_STATE_DRAFT


async def test_a_withdrawn_revision_is_a_draft_again(door, create):
    made = await create(door)
    made = await door["editor"].resources.Submit(api.SubmitResourceRequest(name=made.name))
    made = await door["editor"].resources.Withdraw(api.WithdrawResourceRequest(name=made.name, etag=made.etag))
    assert (made.head.state, made.head.submitter) == (words.REVIEW_STATE_DRAFT, "")


@pytest.mark.parametrize(("language", "said"), [("en", "Another reviewer must decide"), ("zh-CN", "不能自行审核")])
async def test_nobody_approves_their_own_revision_and_is_told_so_in_their_language(door, new, refusal, language, said):
    chief = door.speaking("chief", language).resources
    made = await chief.Create(api.CreateResourceRequest(resource=new()))
    made = await chief.Submit(api.SubmitResourceRequest(name=made.name))
    refused = await refusal(chief.Approve(api.ApproveResourceRequest(name=made.name, etag=made.etag)))
    assert (refused.status, refused.detail.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "SELF_APPROVAL")
    assert said in refused.text
    # The twin of the rule: another reviewer may.
    approve = api.ApproveResourceRequest(name=made.name, etag=made.etag)
    assert (await door["reviewer"].resources.Approve(approve)).head.state == words.REVIEW_STATE_APPROVED


async def test_a_step_out_of_turn_names_the_state_and_what_it_could_start_from(door, create, refusal):
    made = await create(door)
    refused = await refusal(
        door["reviewer"].resources.Approve(api.ApproveResourceRequest(name=made.name, etag=made.etag))
    )
    assert (refused.status, refused.detail.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "TRANSITION_ILLEGAL")
    assert (refused.detail.fields["state"], refused.detail.fields["allowed"]) == ("draft", "in_review")
    assert refused.detail.fields["object"] == made.name


async def test_what_was_never_approved_does_not_go_online(door, create, refusal):
    made = await create(door)
    refused = await refusal(door["operator"].resources.BringOnline(api.BringResourceOnlineRequest(name=made.name)))
    assert refused.detail.reason == "NO_CURRENT_REVISION"
