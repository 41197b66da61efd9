"""The methods that take resources off the shelf for a while or for good, and those on the bin."""

from __future__ import annotations

from ucs.registry.v1 import resource_pb2 as pb
from ucs.registry.v1 import shelf_pb2 as shelf
from ucs.registry.v1.resource_service_pb2_grpc import ResourceServiceServicer
from ucs_core.grpc import resources
from ucs_core.grpc.calls import call_of, session_of
from ucs_core.grpc.conversion import plain
from ucs_core.grpc.pages import cursor_of_page, page_token
from ucs_core.platform import Platform
from ucs_registry.queries import page_size


class ShelfMethods(ResourceServiceServicer):
    """That part of `ucs.registry.v1.ResourceService`."""

    _platform: Platform

    async def Suspend(self, request: shelf.SuspendResourceRequest, context: object) -> pb.Resource:
        return resources.to_message(
            await self._platform.resources.suspend(
                call_of(request), request.name, request.reason or None, request.etag or None
            )
        )

    async def Resume(self, request: shelf.ResumeResourceRequest, context: object) -> pb.Resource:
        verb = self._platform.resources.resume
        return resources.to_message(await verb(call_of(request), request.name, request.etag or None))

    async def Retire(self, request: shelf.RetireResourceRequest, context: object) -> pb.Resource:
        verb = self._platform.resources.retire
        return resources.to_message(await verb(call_of(request), request.name, request.etag or None))

    async def Deprecate(self, request: shelf.DeprecateResourceRequest, context: object) -> pb.Resource:
        announced = plain(request.deprecation, "deprecation")
        return resources.to_message(
            await self._platform.shelf.deprecate(call_of(request), request.name, announced, request.etag or None)
        )

    async def Undeprecate(self, request: shelf.UndeprecateResourceRequest, context: object) -> pb.Resource:
        verb = self._platform.shelf.undeprecate
        return resources.to_message(await verb(call_of(request), request.name, request.etag or None))

    async def Delete(self, request: shelf.DeleteResourceRequest, context: object) -> pb.Resource:
        verb = self._platform.shelf.delete
        return resources.to_message(await verb(call_of(request), request.name, request.etag or None))

    async def Undelete(self, request: shelf.UndeleteResourceRequest, context: object) -> pb.Resource:
        verb = self._platform.shelf.undelete
        return resources.to_message(await verb(call_of(request), request.name, request.etag or None))

    async def Purge(self, request: shelf.PurgeResourceRequest, context: object) -> pb.Resource:
        verb = self._platform.shelf.purge
        return resources.to_message(await verb(call_of(request), request.name, request.etag or None))

    async def ListDeleted(
        self, request: shelf.ListDeletedResourcesRequest, context: object
    ) -> shelf.ListDeletedResourcesResponse:
        size = page_size(request.page_size or None, "page_size")
        after = cursor_of_page(request, request.page_token)
        async with session_of(self._platform) as session:
            page = await session.bin.page(first=size, after=after)
            return shelf.ListDeletedResourcesResponse(
                resources=[resources.to_message(item) for item in page.items],
                next_page_token=page_token(request, page.cursors[-1]) if page.more else "",
                position=session.position,
            )
