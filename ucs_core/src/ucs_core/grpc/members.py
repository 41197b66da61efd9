"""Members between the wire and the platform."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ucs.registry.v1 import member_pb2 as pb
from ucs.registry.v1 import member_service_pb2 as service_pb
from ucs_core.grpc.conversion import filled, plain
from ucs_core.platform.member_batches import check_size
from ucs_core.platform.members import MemberView
from ucs_sdk.errors import Invalid


def to_message(view: MemberView) -> pb.Member:
    """A member as it stands."""
    member = view.member
    values = {
        "name": view.name,
        "code": member.code,
        "title": member.title,
        "location": member.location,
        "region_code": member.region_code,
        "status": member.status,
        "attributes": member.attributes or None,
        "create_time": member.created_at,
        "update_time": member.updated_at,
    }
    return filled(pb.Member(), values)


def new_members(messages: Sequence[pb.NewMember], most: int) -> list[dict[str, Any]]:
    """What is to be entered, as the platform takes it. Raises Invalid for too many before any is read."""
    check_size(len(messages), most, "members")
    return [plain(message, f"members[{at}]") for at, message in enumerate(messages)]


def new_message(member: Mapping[str, Any]) -> pb.NewMember:
    """What is to be entered, as the wire takes it."""
    return filled(pb.NewMember(), member)


def to_filter(message: service_pb.MemberFilter) -> dict[str, Any]:
    """The filter as the platform takes it."""
    return plain(message, "filter")


def chunk_of(request: service_pb.ImportMembersRequest, most: int) -> list[dict[str, Any]] | bytes:
    """What a chunk holds. Raises Invalid when it holds members in both ways."""
    if not request.ndjson:
        return new_members(request.members, most)
    if request.members:
        raise Invalid("MEMBERS_BOTH_WAYS", path="ndjson")
    return request.ndjson
