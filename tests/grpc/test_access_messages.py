"""Access between messages and the platform: the same words, names without prefixes, and nothing for what matches everything."""

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from ucs.access.v1 import explanation_pb2, grant_pb2, policy_pb2, principal_pb2, vocabulary_pb2
from ucs_core.access.actions import Action
from ucs_core.access.policy import Effect, GrantNeed, PolicyRow, Relation
from ucs_core.access.ready import ready_policies
from ucs_core.grpc import access
from ucs_core.grpc.pages import cursor_of_page, page_token
from ucs_core.grpc.terms import numbers
from ucs_core.platform.administration.policies import PolicyInput
from ucs_core.platform.administration.stated import read_edits
from ucs_sdk.errors import Invalid
from ucs_sdk.vocabulary import PrincipalKind


@pytest.mark.parametrize("words", [Action, Effect, Relation, GrantNeed, PrincipalKind])
def test_the_wire_has_the_words_of_the_platform(words):
    assert list(numbers(vocabulary_pb2.DESCRIPTOR.enum_types_by_name[words.__name__])) == [item.value for item in words]


BAN = PolicyRow(id="a", role="editor", relation="own", type="video_*", action="*", effect="deny")


@pytest.mark.parametrize("row", [*ready_policies(), BAN], ids=lambda row: row.id)
def test_a_policy_is_the_same_after_a_journey(row):
    assert PolicyInput(**access.policy(access.policy_message(row), "put[0]")).to_row() == row


def test_a_journey_that_loses_a_condition_is_found():
    row = next(row for row in ready_policies() if row.data_level != "*")
    message = access.policy_message(row)
    message.ClearField("data_level")
    assert PolicyInput(**access.policy(message, "put[0]")).to_row() != row


def test_names_lose_their_prefixes_and_resources_keep_theirs():
    grant = grant_pb2.NewGrant(grantee="organizations/water", resource="resources/x")
    grant.start_time.FromJsonString("2026-05-04T08:00:00Z")
    assert access.stated(grant) == {
        "grantee": "organizations/water",
        "resource": "resources/x",
        "valid_from": "2026-05-04T08:00:00.000000Z",
    }
    held = policy_pb2.RoleAssignment(principal="principals/a", role="editor", anchor="organizations/water")
    assert access.stated(held) == {"principal": "a", "role": "editor", "anchor": "water"}


@pytest.mark.parametrize("wrong", [{"seconds": 2**62}, {"seconds": -(2**62)}, {"nanos": -1}, {"nanos": 2**30}])
def test_an_instant_out_of_time_names_its_place(wrong):
    edits = explanation_pb2.AccessEdits(give=[grant_pb2.NewGrant(start_time=Timestamp(**wrong))])
    with pytest.raises(Invalid) as caught:
        access.edits(edits, "edits")
    assert (caught.value.reason, caught.value.fields["path"]) == ("FIELD_TYPE", "edits.give[0].start_time")


def test_an_enumeration_that_is_none_names_its_place():
    edits = explanation_pb2.AccessEdits(put=[policy_pb2.Policy(), policy_pb2.Policy(relation=77)])
    with pytest.raises(Invalid) as caught:
        access.edits(edits, "edits")
    assert (caught.value.reason, caught.value.fields["path"]) == ("FIELD_NOT_ONE_OF", "edits.put[1].relation")


def test_edits_are_counted_together():
    many = explanation_pb2.AccessEdits(remove=["x"] * 600, revoke=["y"] * 400)
    assert len(read_edits(access.edits(many, "edits"), "edits").revoke) == 400
    many.revoke.append("z")
    with pytest.raises(Invalid) as caught:
        access.edits(many, "edits")
    assert (caught.value.reason, caught.value.fields["path"]) == ("FIELD_TOO_LONG", "edits")


def test_a_mask_says_which_fields_of_a_principal_are_replaced():
    request = principal_pb2.UpdatePrincipalRequest(changes={"title": "New", "organization": "organizations/water"})
    assert access.changes(request) == {"title": "New", "organization": "water"}
    request.update_mask.paths.append("title")
    assert access.changes(request) == {"title": "New"}
    request.changes.ClearField("organization")
    request.update_mask.paths[:] = ["*"]
    assert access.changes(request) == {"title": "New", "organization": None}
    request.update_mask.paths[:] = ["disabled"]
    with pytest.raises(Invalid, match="update_mask"):
        access.changes(request)


def test_a_page_token_belongs_to_one_type_of_question():
    one, other = principal_pb2.ListPrincipalsRequest(), policy_pb2.ListPoliciesRequest()
    token = page_token(one, "x")
    assert cursor_of_page(one, token) == "x"
    with pytest.raises(Invalid) as caught:
        cursor_of_page(other, token)
    assert caught.value.fields["path"] == "page_token"
