"""Watches between the wire and the platform."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from ucs.registry.v1 import resource_service_pb2 as pb
from ucs_core.grpc import resources
from ucs_core.grpc.conversion import filled, plain
from ucs_core.platform import WatchEvent, WatchFilter
from ucs_sdk.vocabulary import ResourceKind

_worded: WeakKeyDictionary[WatchEvent, pb.WatchResourcesResponse] = WeakKeyDictionary()


def to_filter(request: pb.WatchResourcesRequest) -> WatchFilter:
    """What a request wants to hear of."""
    values = plain(request)
    owner = values.get("owner_subtree")
    return WatchFilter(
        kind=ResourceKind(values["kind"]) if "kind" in values else None,
        type=values.get("type"),
        owner_subtree=owner.removeprefix("organizations/") if owner else None,
    )


def to_message(event: WatchEvent) -> pb.WatchResourcesResponse:
    """An event on the wire. Watchers who share an event share its message: it is made once, and must not be changed."""
    message = _worded.get(event)
    if message is None:
        message = filled(
            pb.WatchResourcesResponse(), {"position": event.position, "type": event.type, "name": event.name}
        )
        if event.resource is not None:
            message.resource.CopyFrom(resources.to_message(event.resource))
        _worded[event] = message
    return message
