"""The service of resources: each method calls one verb of the platform."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import cast

from ucs.registry.v1 import finding_pb2
from ucs.registry.v1 import resource_pb2 as pb
from ucs.registry.v1 import resource_service_pb2 as service_pb
from ucs.registry.v1.resource_service_pb2_grpc import ResourceServiceServicer
from ucs_core.grpc import listing, resources, watching
from ucs_core.grpc.calls import call_of, current_caller, reading, session_of
from ucs_core.grpc.conversion import few
from ucs_core.grpc.exports import to_messages
from ucs_core.grpc.graph import GraphMethods
from ucs_core.grpc.resource_imports import ImportStream
from ucs_core.grpc.reviews import ReviewMethods
from ucs_core.grpc.shelf import ShelfMethods
from ucs_core.grpc.streams import Incoming
from ucs_core.platform import Platform
from ucs_core.platform.batches import batch_get
from ucs_core.platform.sight import logged_name
from ucs_registry.queries import Dimension
from ucs_sdk.errors import Invalid

A_NAME = "resources/01JD0Z5T8XK3VQ7M2W4Y6R9BCE"
"""What the name of a resource looks like."""


class ResourceService(GraphMethods, ReviewMethods, ShelfMethods, ResourceServiceServicer):
    """Serves `ucs.registry.v1.ResourceService`."""

    def __init__(self, platform: Platform, seconds: float) -> None:
        self._platform = platform
        self._verbs = platform.resources
        self._seconds = seconds

    async def Get(self, request: service_pb.GetResourceRequest, context: object) -> pb.Resource:
        async with session_of(self._platform) as session:
            if not request.name:
                raise Invalid("NAME_MISSING", path="name", example=A_NAME)
            return resources.to_message(await session.resource(request.name))

    async def List(self, request: service_pb.ListResourcesRequest, context: object) -> service_pb.ListResourcesResponse:
        query, dimensions = resources.to_query(request.filter), listing.to_dimensions(request.facets)
        async with session_of(self._platform) as session:
            page = await listing.read_page(session, request, query)
            answer = service_pb.ListResourcesResponse(
                resources=page.items,
                next_page_token=page.next,
                previous_page_token=page.previous,
                facets=await listing.read_facets(session, query, dimensions),
                position=session.position,
            )
            if request.include_counts:
                answer.total_size = await session.count(query)
                [kinds] = (await session.facets(query, [Dimension.KIND])).values()
                answer.kind_counts.extend(resources.kind_counts(kinds))
            return answer

    async def Search(
        self, request: finding_pb2.SearchResourcesRequest, context: object
    ) -> finding_pb2.SearchResourcesResponse:
        async with session_of(self._platform) as session:
            query, dimensions = listing.search_query(request), listing.to_dimensions(request.facets)
            page = await listing.read_page(session, request, query)
            return finding_pb2.SearchResourcesResponse(
                resources=page.items,
                next_page_token=page.next,
                previous_page_token=page.previous,
                total_size=await session.count(query),
                facets=await listing.read_facets(session, query, dimensions),
                position=session.position,
            )

    async def Create(self, request: service_pb.CreateResourceRequest, context: object) -> pb.Resource:
        async with reading(self._platform, request, "resources.create", "resources/-"):
            new = resources.new_resource(request.resource)
        return resources.to_message(await self._verbs.create(call_of(request), new))

    async def BatchGet(
        self, request: service_pb.BatchGetResourcesRequest, context: object
    ) -> service_pb.BatchGetResourcesResponse:
        async with session_of(self._platform) as session:
            views = await batch_get(session, request.names)
            return service_pb.BatchGetResourcesResponse(resources=map(resources.to_message, views))

    async def BatchCreate(
        self, request: service_pb.BatchCreateResourcesRequest, context: object
    ) -> service_pb.BatchCreateResourcesResponse:
        async with reading(self._platform, request, "resources.batch_create", "resources/-"):
            new = [
                resources.new_resource(item, f"resources[{at}]")
                for at, item in enumerate(few(request.resources, "resources"))
            ]
        made = await self._platform.batches.create(call_of(request), new)
        return service_pb.BatchCreateResourcesResponse(resources=map(resources.to_message, made.resources))

    async def Update(self, request: service_pb.UpdateResourceRequest, context: object) -> pb.Resource:
        async with reading(self._platform, request, "resources.update", logged_name(request.name)):
            changes = resources.changes(request)
        return resources.to_message(
            await self._verbs.update(call_of(request), request.name, changes, request.etag or None)
        )

    async def Submit(self, request: service_pb.SubmitResourceRequest, context: object) -> pb.Resource:
        return resources.to_message(await self._verbs.submit(call_of(request), request.name, request.etag or None))

    async def Withdraw(self, request: service_pb.WithdrawResourceRequest, context: object) -> pb.Resource:
        return resources.to_message(await self._verbs.withdraw(call_of(request), request.name, request.etag or None))

    async def Approve(self, request: service_pb.ApproveResourceRequest, context: object) -> pb.Resource:
        return resources.to_message(await self._verbs.approve(call_of(request), request.name, request.etag or None))

    async def Reject(self, request: service_pb.RejectResourceRequest, context: object) -> pb.Resource:
        return resources.to_message(
            await self._verbs.reject(call_of(request), request.name, request.reason or None, request.etag or None)
        )

    async def BringOnline(self, request: service_pb.BringResourceOnlineRequest, context: object) -> pb.Resource:
        return resources.to_message(
            await self._verbs.bring_online(call_of(request), request.name, request.etag or None)
        )

    async def TakeOffline(self, request: service_pb.TakeResourceOfflineRequest, context: object) -> pb.Resource:
        return resources.to_message(
            await self._verbs.take_offline(call_of(request), request.name, request.reason or None, request.etag or None)
        )

    async def Import(
        self, request_iterator: AsyncIterator[service_pb.ImportResourcesRequest], context: object
    ) -> service_pb.ImportResourcesResponse:
        # The gate hands over what can vouch for the caller again.
        incoming = cast("Incoming[service_pb.ImportResourcesRequest]", request_iterator)
        return await ImportStream(self._platform, self._seconds).run(incoming)

    async def Export(
        self, request: service_pb.ExportResourcesRequest, context: object
    ) -> AsyncIterator[service_pb.ExportResourcesResponse]:
        caller, query = current_caller(), resources.to_query(request.filter)
        pieces = self._platform.export(caller.principal, caller.token, query=query, whole_only=request.whole_only)
        async with aclosing(pieces):
            async for piece in pieces:
                for message in to_messages(piece, with_card=request.with_card):
                    yield message

    async def Watch(
        self, request: service_pb.WatchResourcesRequest, context: object
    ) -> AsyncIterator[service_pb.WatchResourcesResponse]:
        caller, after = current_caller(), request.after if request.HasField("after") else None
        events = self._platform.watch(caller.principal, caller.token, after=after, filter=watching.to_filter(request))
        async with aclosing(events):
            async for event in events:
                yield watching.to_message(event)
