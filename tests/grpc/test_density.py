"""What a message may unfold to is told from its bytes, and kept within bounds field by field."""

import pytest
from google.protobuf.struct_pb2 import ListValue

from ucs.registry.v1 import resource_pb2, resource_service_pb2
from ucs_core.grpc.conversion import LIST_MOST, VALUES_MOST, few, filled, plain
from ucs_core.grpc.density import check_density
from ucs_sdk import Invalid

REQUEST = resource_service_pb2.CreateResourceRequest.DESCRIPTOR


def dense(count: int, tag: bytes = b"\x0a") -> bytes:
    return (tag + b"\x00") * count


def test_few_elements_pass_and_many_are_refused():
    check_density(REQUEST, dense(100), 100)
    with pytest.raises(Invalid, match="number of elements is 101"):
        check_density(REQUEST, dense(101), 100)


@pytest.mark.parametrize("tag", [b"\x0a", b"\x8a\x00", b"\x8a\x80\x00"])
def test_a_tag_counts_however_long_it_is_spelt(tag):
    raw = dense(200, tag)
    assert len(ListValue.FromString(raw).values) == 200
    with pytest.raises(Invalid, match="number of elements"):
        check_density(ListValue.DESCRIPTOR, raw, 100)


@pytest.mark.parametrize("field", ["tags", "conforms_to", "related_codes", "dependencies"])
def test_every_list_of_the_content_counts(field):
    number = resource_pb2.ResourceContent.DESCRIPTOR.fields_by_name[field].number
    tag = number << 3 | 2
    encoded = bytes([tag]) if tag < 128 else bytes([tag & 127 | 128, tag >> 7])
    with pytest.raises(Invalid, match="number of elements"):
        check_density(REQUEST, dense(101, encoded), 100)


def test_a_message_without_lists_may_be_as_long_as_it_likes():
    check_density(resource_service_pb2.GetResourceRequest.DESCRIPTOR, dense(1_000_000), 0)


def test_a_thousand_resources_are_far_from_dense(new):
    message = resource_service_pb2.ImportResourcesRequest(
        resources=[new(f"QD-{number}", kind=resource_pb2.ImportedResource) for number in range(1_000)]
    )
    check_density(message.DESCRIPTOR, message.SerializeToString(), 30_000)


def test_a_list_of_the_wire_is_bounded():
    assert few([0] * LIST_MOST, "x") == [0] * LIST_MOST
    tags = resource_pb2.ResourceContent(tags=["a"] * (LIST_MOST + 1))
    with pytest.raises(Invalid) as caught:
        plain(tags, "content")
    assert (caught.value.reason, caught.value.fields["path"]) == ("FIELD_TOO_LONG", "content.tags")


def test_free_json_is_bounded_over_the_whole_message():
    half = [True] * (VALUES_MOST // 2 - 1)
    fits = filled(resource_pb2.ResourceContent(), {"spec": {"a": half, "b": half}})
    assert plain(fits)["spec"] == {"a": half, "b": half}
    too_many = filled(resource_pb2.ResourceContent(), {"spec": {"a": half, "b": half, "c": 1}})
    with pytest.raises(Invalid, match="values"):
        plain(too_many)
