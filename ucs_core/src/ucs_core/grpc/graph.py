"""Walks through the graph between the wire and the platform."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from ucs.registry.v1 import graph_pb2 as pb
from ucs.registry.v1 import resource_pb2 as resource_pb
from ucs_core.grpc.calls import call_of, reading, session_of
from ucs_core.grpc.conversion import few, filled, plain
from ucs_core.grpc.pages import cursor_of_page, page_token
from ucs_core.grpc.resources import to_message as resource_message
from ucs_core.grpc.terms import name_of
from ucs_core.platform import Platform
from ucs_core.platform.impact import Impact, ImpactNode, Tally
from ucs_core.platform.sight import logged_name
from ucs_registry.graph import Direction
from ucs_registry.queries import page_size

_DIRECTION = pb.WalkDirection.DESCRIPTOR


class GraphMethods:
    """The methods of the service of resources that are about the graph."""

    _platform: Platform

    async def Impact(self, request: pb.ImpactRequest, context: object) -> pb.ImpactResponse:
        direction, size = to_direction(request.direction), page_size(request.page_size or None, "page_size")
        after = cursor_of_page(request, request.page_token)
        async with session_of(self._platform) as session:
            impact = await session.graph.impact(
                request.name, direction, depth=request.depth or None, first=size, after=after
            )
            return impact_message(request, impact, session.position)

    async def ChangeDependencies(self, request: pb.ChangeDependenciesRequest, context: object) -> resource_pb.Resource:
        async with reading(self._platform, request, "resources.change_dependencies", logged_name(request.name)):
            add, remove = changed_links(request)
        verbs = self._platform.dependencies
        return resource_message(await verbs.change(call_of(request), request.name, add, remove, request.etag or None))


def to_direction(number: int) -> Direction:
    """Which way to walk; unspecified means up."""
    return Direction(name_of(_DIRECTION, number, "direction")) if number else Direction.UP


def impact_message(request: pb.ImpactRequest, impact: Impact, position: int) -> pb.ImpactResponse:
    """What a walk reached, as the answer to a request."""
    return pb.ImpactResponse(
        resource=resource_message(impact.resource),
        total=_tally(impact.total),
        levels=map(_tally, impact.levels),
        states=[filled(pb.AvailabilityTally(), row) for row in _rows("availability", impact.states)],
        uses=[filled(pb.UseTally(), row) for row in _rows("use", impact.uses)],
        truncated=impact.truncated,
        nodes=map(_node, impact.nodes),
        next_page_token=page_token(request, impact.cursors[-1]) if impact.more else "",
        position=position,
    )


def changed_links(request: pb.ChangeDependenciesRequest) -> tuple[list[dict[str, Any]], list[str]]:
    """The links that are added and the targets that are removed, as the platform takes them."""
    added = [plain(link, f"add[{at}]") for at, link in enumerate(few(request.add, "add"))]
    return added, list(few(request.remove, "remove"))


def _tally(tally: Tally) -> pb.ImpactTally:
    return pb.ImpactTally(
        depth=tally.depth or 0,
        count=tally.count,
        kinds=[filled(pb.KindTally(), row) for row in _rows("kind", tally.kinds)],
        owners=[pb.OwnerTally(owner=f"organizations/{owner}", count=count) for owner, count in tally.owners.items()],
        owner_count=tally.owner_count,
    )


def _rows(name: str, counts: Mapping[Any, int]) -> list[dict[str, StrEnum | int]]:
    return [{name: value, "count": count} for value, count in counts.items()]


def _node(node: ImpactNode) -> pb.ImpactNode:
    message = pb.ImpactNode(depth=node.depth, via=node.via, resource=resource_message(node.resource))
    return filled(message, {"use": node.use})
