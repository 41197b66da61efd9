"""The service of organisations: each method calls one verb of the platform."""

from __future__ import annotations

from collections.abc import AsyncIterator

from ucs.registry.v1 import organization_pb2 as pb
from ucs.registry.v1 import organization_service_pb2 as service_pb
from ucs.registry.v1.organization_service_pb2_grpc import OrganizationServiceServicer
from ucs_core.grpc import organizations
from ucs_core.grpc.calls import call_of, reading, session_of
from ucs_core.grpc.conversion import few
from ucs_core.grpc.imports import enter_chunks
from ucs_core.grpc.pages import cursor_of_page, page_token
from ucs_core.platform import Platform, ReadSession
from ucs_core.platform.paging import Page
from ucs_registry.organizations import Organization
from ucs_registry.queries import page_size


class OrganizationService(OrganizationServiceServicer):
    """Serves `ucs.registry.v1.OrganizationService`."""

    def __init__(self, platform: Platform, seconds: float) -> None:
        self._platform = platform
        self._verbs = platform.organizations
        self._seconds = seconds

    async def Get(self, request: service_pb.GetOrganizationRequest, context: object) -> pb.Organization:
        async with session_of(self._platform) as session:
            return organizations.to_message(await session.organization(request.name))

    async def List(
        self, request: service_pb.ListOrganizationsRequest, context: object
    ) -> service_pb.ListOrganizationsResponse:
        size = page_size(request.page_size or None, "page_size")
        after = cursor_of_page(request, request.page_token)
        async with session_of(self._platform) as session:
            page = await _select(session, request, size, after)
            return service_pb.ListOrganizationsResponse(
                organizations=[organizations.to_message(item) for item in page.items],
                next_page_token=page_token(request, page.cursors[-1]) if page.more else "",
                position=session.position,
            )

    async def Create(self, request: service_pb.CreateOrganizationRequest, context: object) -> pb.Organization:
        async with reading(self._platform, request, "organizations.create", "organizations/-"):
            new = organizations.new_organization(request.organization)
        return organizations.to_message(await self._verbs.create(call_of(request), new))

    async def Import(
        self, request_iterator: AsyncIterator[service_pb.ImportOrganizationsRequest], context: object
    ) -> service_pb.ImportOrganizationsResponse:
        total = await enter_chunks(request_iterator, self._enter, seconds=self._seconds)
        return service_pb.ImportOrganizationsResponse(count=total.items, chunks=total.chunks)

    async def _enter(self, chunk: service_pb.ImportOrganizationsRequest) -> int:
        async with reading(self._platform, chunk, "organizations.import", "organizations/-"):
            items = [
                organizations.new_organization(item, f"organizations[{at}]")
                for at, item in enumerate(few(chunk.organizations, "organizations"))
            ]
        return len((await self._verbs.import_chunk(call_of(chunk), items)).organizations)


async def _select(
    session: ReadSession, request: service_pb.ListOrganizationsRequest, size: int, after: str | None
) -> Page[Organization]:
    if request.WhichOneof("within") == "subtree":
        return await session.subtree(request.subtree.removeprefix("organizations/"), first=size, after=after)
    if not request.parent:
        return await session.children(None, first=size, after=after)
    parent = await session.organization(request.parent)
    return await session.children(parent.id, first=size, after=after)
