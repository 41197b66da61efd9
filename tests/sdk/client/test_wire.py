"""What comes over the wire, also from other releases and from what is no platform at all."""

from __future__ import annotations

import grpc
import pytest

from ucs.errors.v1 import error_detail_pb2 as errors_pb
from ucs.registry.v1 import resource_pb2, vocabulary_pb2
from ucs_sdk import Code, Exhausted, FailedPrecondition, Internal, Locale, Unavailable
from ucs_sdk.client.wire.messages import resource
from ucs_sdk.client.wire.plain import plain
from ucs_sdk.client.wire.refusals import refusal


def failed(status, *trailing):
    metadata = grpc.aio.Metadata(*trailing)
    return grpc.aio.AioRpcError(status, grpc.aio.Metadata(), metadata, "said")


def test_free_json_comes_out_as_it_went_in():
    stated = {"a": [1, 2.5, "水", True, None, {"b": []}], "big": 2.0**60, "none": None}
    message = resource_pb2.ResourceContent(tags=["防汛"])
    message.spec.update(stated)
    assert plain(message) == {"tags": ["防汛"], "spec": stated}
    assert isinstance(plain(message)["spec"]["a"][0], int)


def test_a_term_of_a_later_release_asks_for_an_upgrade():
    message = resource_pb2.Resource(kind=vocabulary_pb2.RESOURCE_KIND_DATA)
    message.MergeFromString(resource_pb2.Resource(availability=99).SerializeToString())
    with pytest.raises(FailedPrecondition) as caught:
        resource(message)
    assert (caught.value.reason, caught.value.fields["path"]) == ("CLIENT_OUTDATED", "availability")


def test_a_refusal_comes_out_as_it_was_made():
    detail = errors_pb.ErrorDetail(
        code=errors_pb.CODE_EXHAUSTED,
        reason="QUOTA_EXCEEDED",
        fields={"limit": "5"},
        message_zh="调用过于频繁",
        message_en="Called too often",
    )
    detail.retry_after.FromMilliseconds(1500)
    trailing = (("ucs-call-id", "c1"), ("ucs-error-bin", detail.SerializeToString()))
    error = refusal(failed(grpc.StatusCode.RESOURCE_EXHAUSTED, *trailing), "here:1")
    assert isinstance(error, Exhausted)
    assert (error.code, error.reason, error.retry_after) == (Code.EXHAUSTED, "QUOTA_EXCEEDED", 1.5)
    assert error.fields == {"limit": "5", "call_id": "c1"}
    assert (error.message(Locale.ZH), error.message()) == ("调用过于频繁", "Called too often")


@pytest.mark.parametrize("raw", [None, b"\xff\xff", b"", errors_pb.ErrorDetail(code=99).SerializeToString()])
def test_what_no_platform_said_is_told_as_that(raw):
    trailing = () if raw is None else (("ucs-error-bin", raw),)
    gone = refusal(failed(grpc.StatusCode.UNAVAILABLE, *trailing), "here:1")
    assert (type(gone), gone.reason, gone.fields["address"]) == (Unavailable, "PLATFORM_OUT_OF_REACH", "here:1")
    strange = refusal(failed(grpc.StatusCode.UNIMPLEMENTED, *trailing), "here:1")
    assert (type(strange), strange.fields["status"]) == (Internal, "UNIMPLEMENTED")
    assert isinstance(refusal(failed(grpc.StatusCode.DEADLINE_EXCEEDED, *trailing), "here:1"), TimeoutError)
