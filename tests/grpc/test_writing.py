"""Mutating calls: etags, request ids, masks, trials, and what is refused of a body."""

import grpc
import pytest

from ucs.registry.v1 import resource_service_pb2 as api
from ucs_core.grpc.conversion import plain
from ucs_registry.queries import ResourceQuery


async def standing(door):
    """Where the log ends, and how many resources there are."""
    async with door.platform.session("admin") as session:
        return session.position, await session.count(ResourceQuery())


async def test_an_etag_that_is_no_longer_so_is_aborted(door, create, refusal):
    made = await create(door)
    change = api.UpdateResourceRequest(name=made.name, etag=made.etag)
    change.content.contact = "first"
    await door["editor"].resources.Update(change)
    change.content.contact = "second"
    refused = await refusal(door["editor"].resources.Update(change))
    assert (refused.status, refused.detail.reason) == (grpc.StatusCode.ABORTED, "ETAG_STALE")
    assert refused.detail.fields["sent"] == made.etag


async def test_an_update_without_an_etag_is_refused(door, create, refusal):
    change = api.UpdateResourceRequest(name=(await create(door)).name)
    change.content.contact = "x"
    refused = await refusal(door["editor"].resources.Update(change))
    assert (refused.status, refused.detail.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "ETAG_MISSING")


async def test_a_denied_write_says_what_was_denied_and_leaves_one_entry(door, publish, refusal):
    made = await publish(door)
    before, _ = await standing(door)
    refused = await refusal(door["roads"].resources.Submit(api.SubmitResourceRequest(name=made.name)))
    assert (refused.status, refused.detail.reason) == (grpc.StatusCode.PERMISSION_DENIED, "DENIED")
    assert refused.detail.fields == {"action": "submit", "object": made.name}
    async with door.platform.session("admin") as session:
        entries = await session.log(after=before, first=10)
    assert [(entry.reason, entry.actor, entry.call_id) for entry in entries] == [
        ("DENIED", "principals/roads", refused.call_id)
    ]


async def test_a_write_to_what_may_not_be_seen_is_not_found(door, create, refusal):
    made = await create(door)
    refused = await refusal(door["roads"].resources.Submit(api.SubmitResourceRequest(name=made.name)))
    assert refused.status is grpc.StatusCode.NOT_FOUND


async def test_the_same_request_id_gives_the_same_answer_and_one_effect(door, new, refusal):
    request = api.CreateResourceRequest(resource=new(), request_id="r-1")
    first = await door["editor"].resources.Create(request)
    before = await standing(door)
    assert await door["editor"].resources.Create(request) == first
    assert await standing(door) == before
    other = api.CreateResourceRequest(resource=new("QD-2"), request_id="r-1")
    refused = await refusal(door["editor"].resources.Create(other))
    assert (refused.status, refused.detail.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "REQUEST_ID_REUSED")
    # The twin: without an id the repetition is another call, and meets the code that the first one took.
    refused = await refusal(door["editor"].resources.Create(api.CreateResourceRequest(resource=new())))
    assert (refused.status, refused.detail.reason) == (grpc.StatusCode.ALREADY_EXISTS, "CODE_TAKEN")


async def test_an_unusable_request_id_is_refused(door, new, refusal):
    refused = await refusal(
        door["editor"].resources.Create(api.CreateResourceRequest(resource=new(), request_id="two words"))
    )
    assert (refused.detail.reason, refused.detail.fields["path"]) == ("REQUEST_ID_INVALID", "request_id")


async def test_a_trial_leaves_no_trace(door, new, refusal):
    before = await standing(door)
    trial = api.CreateResourceRequest(resource=new(), request_id="r-1", validate_only=True)
    assert (await door["editor"].resources.Create(trial)).code == "QD-1"
    refused = await refusal(door["roads"].resources.Create(trial))
    assert refused.status is grpc.StatusCode.PERMISSION_DENIED
    assert await standing(door) == before
    # The twin: in earnest, under the same id, it takes effect.
    trial.validate_only = False
    await door["editor"].resources.Create(trial)
    assert await standing(door) == (before[0] + 1, 1)


async def test_without_a_mask_the_fields_that_are_set_are_replaced(door, create):
    made = await create(door)
    change = api.UpdateResourceRequest(name=made.name, etag=made.etag)
    change.content.tags.append("排水")
    changed = await door["editor"].resources.Update(change)
    assert list(changed.head.content.tags) == ["排水"]
    expected = plain(made.head.content) | {"tags": ["排水"]}
    assert plain(changed.head.content) == expected


async def test_a_mask_replaces_what_it_names_and_clears_what_is_empty(door, create):
    made = await create(door)
    change = api.UpdateResourceRequest(name=made.name, etag=made.etag)
    change.content.format = "table"
    change.content.source = "not named by the mask"
    change.update_mask.paths.extend(["format", "contact", "tags"])
    content = plain((await door["editor"].resources.Update(change)).head.content)
    assert content["format"] == "table"
    assert content.keys() & {"contact", "tags", "source"} == set()


async def test_a_star_replaces_the_whole_content(door, create):
    made = await create(door)
    change = api.UpdateResourceRequest(name=made.name, etag=made.etag, content=made.content)
    change.content.ClearField("contact")
    change.update_mask.paths.append("*")
    changed = await door["editor"].resources.Update(change)
    assert changed.head.content == change.content


@pytest.mark.parametrize(
    ("path", "near"), [("titel", "title"), ("title.zh", "title"), ("code", ""), ("spec.items", ""), ("", "")]
)
async def test_a_mask_of_what_is_no_field_of_the_content_is_refused(door, create, refusal, path, near):
    made = await create(door)
    change = api.UpdateResourceRequest(name=made.name, etag=made.etag, content=made.content)
    change.update_mask.paths.append(path)
    refused = await refusal(door["editor"].resources.Update(change))
    assert (refused.detail.reason, refused.detail.fields["path"]) == ("FIELD_NOT_ONE_OF", "update_mask")
    assert not near or near in refused.detail.fields["near"]


async def test_a_required_field_that_a_mask_clears_is_refused(door, create, refusal):
    made = await create(door)
    change = api.UpdateResourceRequest(name=made.name, etag=made.etag)
    change.update_mask.paths.append("share_type")
    refused = await refusal(door["editor"].resources.Update(change))
    assert (refused.detail.reason, refused.detail.fields["path"]) == ("FIELD_MISSING", "content.share_type")


@pytest.mark.parametrize(
    ("spoil", "reason", "path"),
    [
        (lambda new: new.ClearField("kind"), "FIELD_MISSING", "kind"),
        (lambda new: setattr(new, "kind", 99), "FIELD_NOT_ONE_OF", "kind"),
        (lambda new: new.content.ClearField("data_level"), "FIELD_MISSING", "content.data_level"),
        (lambda new: setattr(new.content, "open_type", -1), "FIELD_NOT_ONE_OF", "content.open_type"),
        (lambda new: new.content.dependencies.add(relation=77), "FIELD_NOT_ONE_OF", "content.dependencies[0].relation"),
        (lambda new: setattr(new.content.location, "latitude", 36), "FIELD_MISSING", "content.location.longitude"),
        (lambda new: setattr(new.content.title, "zh", ""), "FIELD_MISSING", "content.title.zh"),
        (
            lambda new: new.content.spec.update({"row_count": float("nan")}),
            "FIELD_NOT_FINITE",
            "content.spec.row_count",
        ),
        (lambda new: new.content.spec.update({"row_count": 0.5}), "SPEC_INVALID", "content.spec.row_count"),
        (lambda new: new.content.spec.fields["row_count"].Clear(), "FIELD_MISSING", "content.spec.row_count"),
        (lambda new: new.ClearField("content"), "FIELD_MISSING", "content"),
        (lambda new: new.ClearField("owner"), "FIELD_MISSING", "owner"),
        (lambda new: setattr(new, "owner", "organizations/nobody"), "ORGANIZATION_UNKNOWN", "owner"),
    ],
)
async def test_what_cannot_be_entered_names_the_field(door, new, refusal, spoil, reason, path):
    resource = new()
    spoil(resource)
    refused = await refusal(door["editor"].resources.Create(api.CreateResourceRequest(resource=resource)))
    assert (refused.status, refused.detail.reason) == (grpc.StatusCode.INVALID_ARGUMENT, reason)
    assert refused.detail.fields["path"] == path


async def test_zero_degrees_are_a_place(door, create):
    made = await create(door, location={"longitude": 0.0, "latitude": 0.0})
    assert (made.content.location.HasField("longitude"), made.content.location.latitude) == (True, 0.0)


async def test_bytes_that_are_no_message_are_refused_once_the_caller_is_known(door, refusal):
    method = door.channel.unary_unary("/ucs.registry.v1.ResourceService/Get")
    refused = await refusal(method(b"\xff\xff", metadata=[("authorization", f"Bearer {door.token('editor')}")]))
    assert (refused.status, refused.detail.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "BODY_MALFORMED")
    assert (await refusal(method(b"\xff\xff"))).status is grpc.StatusCode.UNAUTHENTICATED


async def test_a_body_above_the_limit_is_refused(open_door, gated_store, new, refusal):
    async with open_door(gated_store, body_most=2048) as small:
        request = api.CreateResourceRequest(resource=new(summary={"zh": "长" * 700, "en": "x"}))
        refused = await refusal(small["editor"].resources.Create(request))
        assert (refused.status, refused.detail.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "BODY_TOO_LARGE")
        # The twin: one that fits gets as far as the question who the caller is.
        fitting = api.CreateResourceRequest(resource=new())
        assert (await refusal(small["editor"].resources.Create(fitting))).status is grpc.StatusCode.UNAUTHENTICATED
