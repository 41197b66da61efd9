"""The export stream from the client's side."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import grpc

from ucs.registry.v1 import resource_service_pb2 as pb
from ucs.registry.v1.resource_service_pb2_grpc import ResourceServiceStub
from ucs_core.grpc.conversion import filled
from ucs_core.grpc.errors import error_of
from ucs_sdk.errors import Invalid, Unauthenticated
from ucs_sdk.messages import Locale

MESSAGE_MOST = 16 * 1024 * 1024
"""The largest message that is taken, in bytes: one is about 1 MiB, and one resource more."""


class Exported(NamedTuple):
    """A stretch of an export: resources as NDJSON, how many they are, and how many of them lack what only readers see."""

    ndjson: bytes
    resources: int
    withheld: int
    position: int


def export_resources(
    address: str,
    token: str | None,
    filter: Mapping[str, Any],
    *,
    whole_only: bool = False,
    with_card: bool = False,
    locale: Locale = Locale.EN,
) -> Iterator[Exported]:
    """The resources of a platform that a filter chooses, as GraphQL takes it, in an order for imports.

    Raises what the platform refused, as the error that it refused with, or Unavailable where none answers.
    """
    if not token:
        raise Unauthenticated("TOKEN_MISSING")
    request = pb.ExportResourcesRequest(whole_only=whole_only, with_card=with_card)
    filled(request.filter, _on_the_wire(filter))
    # A proxy that is set for the world outside has no business between two processes of a platform.
    options = [("grpc.enable_http_proxy", 0), ("grpc.max_receive_message_length", MESSAGE_MOST)]
    metadata = (("authorization", f"Bearer {token}"), ("accept-language", locale.value))
    with grpc.insecure_channel(address, options=options) as channel:
        call = ResourceServiceStub(channel).Export(request, metadata=metadata)
        try:
            for message in call:
                yield Exported(message.ndjson, message.count, message.withheld, message.position)
        except grpc.RpcError as cause:
            raise error_of(call.code(), call.details(), call.trailing_metadata() or (), address) from cause
        finally:
            call.cancel()


_INSIDE = re.compile(r"(?<=[a-z])(?=[A-Z])")
_INSTANTS, _OWNERS = ("updated_after", "updated_before"), ("owner", "owner_subtree")


def _on_the_wire(filter: Mapping[str, Any]) -> dict[str, Any]:
    """A filter by the names of ResourceFilter's fields."""
    stated: dict[str, Any] = {}
    for key, value in filter.items():
        name = _INSIDE.sub("_", key).lower()
        if value is None:
            continue
        if name in _INSTANTS:
            stated[name] = _instant(key, value)
        elif name in _OWNERS:
            stated[name] = f"organizations/{value.removeprefix('organizations/')}"
        elif name == "any_of":
            stated[name] = [_on_the_wire(branch) for branch in value]
        else:
            stated[name] = value
    return stated


def _instant(path: str, text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as cause:
        raise Invalid("FIELD_TYPE", path=path, value=text[:80], expected="datetime") from cause
    if found.tzinfo is None:
        raise Invalid("FIELD_TYPE", path=path, value=text[:80], expected="datetime")
    return found
