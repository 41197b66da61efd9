"""The service of resources: each method calls one verb of the platform."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing

from ucs.registry.v1 import resource_pb2 as pb
from ucs.registry.v1 import resource_service_pb2 as service_pb
from ucs.registry.v1.resource_service_pb2_grpc import ResourceServiceServicer
from ucs_core.grpc import resources, watching
from ucs_core.grpc.calls import call_of, current_caller, reading, session_of
from ucs_core.grpc.conversion import few
from ucs_core.grpc.imports import enter_chunks
from ucs_core.grpc.pages import cursor_of_page, page_token
from ucs_core.platform import Platform
from ucs_core.platform.sight import logged_name
from ucs_registry.queries import Dimension, page_size


class ResourceService(ResourceServiceServicer):
    """Serves `ucs.registry.v1.ResourceService`."""

    def __init__(self, platform: Platform, seconds: float) -> None:
        self._platform = platform
        self._verbs = platform.resources
        self._seconds = seconds

    async def Get(self, request: service_pb.GetResourceRequest, context: object) -> pb.Resource:
        async with session_of(self._platform) as session:
            return resources.to_message(await session.resource(request.name))

    async def List(self, request: service_pb.ListResourcesRequest, context: object) -> service_pb.ListResourcesResponse:
        query, order = resources.to_query(request.filter), resources.to_order(request.order_by)
        size = page_size(request.page_size or None, "page_size")
        after = cursor_of_page(request, request.page_token)
        async with session_of(self._platform) as session:
            page = await session.resources(query, order=order, first=size, after=after)
            answer = service_pb.ListResourcesResponse(
                resources=[resources.to_message(item) for item in page.items],
                next_page_token=page_token(request, page.cursors[-1]) if page.more else "",
                position=session.position,
            )
            if request.include_counts:
                answer.total_size = await session.count(query)
                answer.kind_counts.extend(resources.kind_counts(await session.facet(query, Dimension.KIND)))
            return answer

    async def Create(self, request: service_pb.CreateResourceRequest, context: object) -> pb.Resource:
        async with reading(self._platform, request, "resources.create", "resources/-"):
            new = resources.new_resource(request.resource)
        return resources.to_message(await self._verbs.create(call_of(request), new))

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
        total = await enter_chunks(request_iterator, self._enter, seconds=self._seconds)
        return service_pb.ImportResourcesResponse(count=total.items, chunks=total.chunks)

    async def Watch(
        self, request: service_pb.WatchResourcesRequest, context: object
    ) -> AsyncIterator[service_pb.WatchResourcesResponse]:
        caller, after = current_caller(), request.after if request.HasField("after") else None
        events = self._platform.watch(caller.principal, caller.token, after=after, filter=watching.to_filter(request))
        async with aclosing(events):
            async for event in events:
                yield watching.to_message(event)

    async def _enter(self, chunk: service_pb.ImportResourcesRequest) -> int:
        async with reading(self._platform, chunk, "resources.import", "resources/-"):
            items = [
                resources.imported_resource(item, f"resources[{at}]")
                for at, item in enumerate(few(chunk.resources, "resources"))
            ]
        return (await self._verbs.import_chunk(call_of(chunk), items)).count
