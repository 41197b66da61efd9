"""The service of member sets: each method calls one verb of the platform."""

from __future__ import annotations

from collections.abc import AsyncIterator

from ucs.registry.v1 import member_pb2 as pb
from ucs.registry.v1 import member_service_pb2 as service_pb
from ucs.registry.v1.member_service_pb2_grpc import MemberServiceServicer
from ucs_core.grpc import members
from ucs_core.grpc.calls import call_of, reading, session_of
from ucs_core.grpc.imports import enter_chunks
from ucs_core.grpc.pages import cursor_of_page, page_token
from ucs_core.platform import Platform
from ucs_core.platform.member_batches import BATCH_MOST, CHUNK_MOST
from ucs_core.platform.sight import logged_name
from ucs_registry.queries import page_size


class MemberService(MemberServiceServicer):
    """Serves `ucs.registry.v1.MemberService`."""

    def __init__(self, platform: Platform, seconds: float) -> None:
        self._platform = platform
        self._verbs = platform.members
        self._seconds = seconds

    async def Get(self, request: service_pb.GetMemberRequest, context: object) -> pb.Member:
        async with session_of(self._platform) as session:
            return members.to_message(await session.members.member(request.name))

    async def List(self, request: service_pb.ListMembersRequest, context: object) -> service_pb.ListMembersResponse:
        size, filter = page_size(request.page_size or None, "page_size"), members.to_filter(request.filter)
        after = cursor_of_page(request, request.page_token)
        async with session_of(self._platform) as session:
            page = await session.members.page(request.parent, filter, first=size, after=after)
            answer = service_pb.ListMembersResponse(
                members=map(members.to_message, page.items),
                next_page_token=page_token(request, page.items[-1].member.code) if page.more else "",
                position=session.position,
            )
            if request.include_counts:
                answer.total_size = await session.members.count(request.parent, filter)
            return answer

    async def Put(self, request: service_pb.PutMembersRequest, context: object) -> service_pb.PutMembersResponse:
        async with reading(self._platform, request, "members.put", logged_name(request.parent)):
            new = members.new_members(request.members, BATCH_MOST)
        done = await self._verbs.put(call_of(request), request.parent, new)
        return service_pb.PutMembersResponse(count=done.count, added=done.added, total=done.total)

    async def Remove(
        self, request: service_pb.RemoveMembersRequest, context: object
    ) -> service_pb.RemoveMembersResponse:
        done = await self._verbs.remove(call_of(request), request.parent, request.codes)
        return service_pb.RemoveMembersResponse(count=done.count, total=done.total)

    async def Import(
        self, request_iterator: AsyncIterator[service_pb.ImportMembersRequest], context: object
    ) -> service_pb.ImportMembersResponse:
        added = 0

        async def enter(chunk: service_pb.ImportMembersRequest) -> int:
            nonlocal added
            async with reading(self._platform, chunk, "members.import", logged_name(chunk.parent)):
                held = members.chunk_of(chunk, CHUNK_MOST)
            done = await self._verbs.import_chunk(call_of(chunk), chunk.parent, held)
            added += done.added
            return done.count

        total = await enter_chunks(request_iterator, enter, seconds=self._seconds)
        return service_pb.ImportMembersResponse(count=total.items, added=added, chunks=total.chunks)
