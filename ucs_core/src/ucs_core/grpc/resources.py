"""Resources between the wire and the platform."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ucs.registry.v1 import finding_pb2
from ucs.registry.v1 import resource_pb2 as pb
from ucs.registry.v1 import resource_service_pb2 as service_pb
from ucs_core.grpc.conversion import filled, plain
from ucs_core.grpc.terms import name_of, not_one_of
from ucs_core.platform import ResourceView
from ucs_core.platform.filters import query_stated
from ucs_registry.queries import Order, ResourceQuery
from ucs_registry.resources import Revision
from ucs_sdk.vocabulary import ResourceKind

_CONTENT = tuple(field.name for field in pb.ResourceContent.DESCRIPTOR.fields)
_ORDER = finding_pb2.ResourceOrder.DESCRIPTOR


def to_message(view: ResourceView) -> pb.Resource:
    """A resource as its caller may see it."""
    values = {
        "name": view.name,
        "code": view.code,
        "kind": view.kind,
        "type": view.type,
        "owner": f"organizations/{view.owner}",
        "etag": view.etag,
        "availability": view.availability,
        "availability_reason": view.availability_reason,
        "create_time": view.created_at,
        "update_time": view.updated_at,
        "revision": view.revision,
        "content": view.content,
        "readable": view.readable,
        "head": _revision(view.head) if view.head else None,
        "deprecation": view.deprecation,
        "notices": view.notices,
        "delete_time": view.deleted_at,
        "purge_time": view.purge_at,
        "deleter": view.deleted_by,
        "member_count": view.member_count,
    }
    return filled(pb.Resource(), values)


def new_resource(message: pb.NewResource, path: str = "") -> dict[str, Any]:
    """What is to be entered, as the platform takes it; errors name what lies below `path`."""
    values = plain(message, path)
    return values | {"owner": values["owner"].removeprefix("organizations/")} if "owner" in values else values


def imported_resource(message: pb.ImportedResource, path: str) -> dict[str, Any]:
    """What is to be imported, as the platform takes it; errors name what lies below `path`."""
    values = plain(message, path)
    if "owner" in values:
        values["owner"] = values["owner"].removeprefix("organizations/")
    if "name" in values:
        values["id"] = values.pop("name").removeprefix("resources/")
    return values


def imported_message(resource: Mapping[str, Any]) -> pb.ImportedResource:
    """What is to be imported, as the wire takes it."""
    values = dict(resource) | {"owner": f"organizations/{resource['owner']}"}
    id = values.pop("id", None)
    return filled(pb.ImportedResource(), values | {"name": f"resources/{id}" if id else None})


def changes(request: service_pb.UpdateResourceRequest) -> dict[str, Any]:
    """The fields of the content that an update replaces; None clears one. Raises Invalid for a mask of unknown fields."""
    values = plain(request.content, "content")
    mask = list(request.update_mask.paths)
    if not mask:
        return values
    for path in mask if mask != ["*"] else ():
        if path not in _CONTENT:
            raise not_one_of("update_mask", path, list(_CONTENT))
    return {name: values.get(name) for name in (mask if mask != ["*"] else _CONTENT)}


def to_query(message: finding_pb2.ResourceFilter) -> ResourceQuery:
    """The query that a filter means."""
    return query_stated(plain(message, "filter"))


def to_order(number: int) -> Order:
    """The order that a list asks for; unspecified means the latest first."""
    return Order(name_of(_ORDER, number, "order_by")) if number else Order.UPDATED_DESC


def kind_counts(counts: Mapping[str, int]) -> list[service_pb.KindCount]:
    """How many resources there are of each kind, in the order of the four kinds."""
    return [
        filled(service_pb.KindCount(), {"kind": kind, "count": counts[kind]}) for kind in ResourceKind if kind in counts
    ]


def _revision(revision: Revision) -> dict[str, Any]:
    return {
        "number": revision.number,
        "state": revision.state,
        "authors": revision.authors,
        "submitter": revision.submitter,
        "reviewer": revision.reviewer,
        "reason": revision.reason,
        "create_time": revision.created_at,
        "submit_time": revision.submitted_at,
        "review_time": revision.reviewed_at,
        "content": revision.content,
    }
