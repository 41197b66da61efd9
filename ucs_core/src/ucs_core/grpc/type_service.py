"""The service of types and vocabularies: each method calls one verb of the platform."""

from __future__ import annotations

from ucs.registry.v1 import type_pb2 as pb
from ucs.registry.v1 import type_service_pb2 as service_pb
from ucs.registry.v1.type_service_pb2_grpc import TypeServiceServicer
from ucs_core.grpc import types
from ucs_core.grpc.calls import call_of, reading, session_of
from ucs_core.grpc.conversion import plain
from ucs_core.grpc.pages import cursor_of_page, page_token
from ucs_core.platform import Platform
from ucs_registry.queries import page_size
from ucs_sdk.vocabulary import ResourceKind


class TypeService(TypeServiceServicer):
    """Serves `ucs.registry.v1.TypeService`."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._verbs = platform.types

    async def ListTypes(self, request: service_pb.ListTypesRequest, context: object) -> service_pb.ListTypesResponse:
        size = page_size(request.page_size or None, "page_size")
        after, asked = cursor_of_page(request, request.page_token), plain(request).get("kind")
        async with session_of(self._platform) as session:
            page = await session.types.types(asked and ResourceKind(asked), first=size, after=after)
            return service_pb.ListTypesResponse(
                types=map(types.to_message, page.items),
                next_page_token=page_token(request, page.cursors[-1]) if page.more else "",
                position=session.position,
            )

    async def GetType(self, request: service_pb.GetTypeRequest, context: object) -> pb.ResourceType:
        async with session_of(self._platform) as session:
            return types.to_message(await session.types.type(request.name, request.version or None))

    async def ListTypeVersions(
        self, request: service_pb.ListTypeVersionsRequest, context: object
    ) -> service_pb.ListTypeVersionsResponse:
        size = page_size(request.page_size or None, "page_size")
        after = cursor_of_page(request, request.page_token)
        async with session_of(self._platform) as session:
            page = await session.types.versions(request.name, first=size, after=after)
            return service_pb.ListTypeVersionsResponse(
                types=map(types.to_message, page.items),
                next_page_token=page_token(request, page.cursors[-1]) if page.more else "",
                position=session.position,
            )

    async def PutType(self, request: service_pb.PutTypeRequest, context: object) -> service_pb.PutTypeResponse:
        async with reading(self._platform, request, "types.put", "types/-"):
            new = types.new_type(request.type)
        put = await self._verbs.put_type(call_of(request), new, request.etag or None, breaking=request.breaking)
        return types.put_message(put)

    async def ListVocabularies(
        self, request: service_pb.ListVocabulariesRequest, context: object
    ) -> service_pb.ListVocabulariesResponse:
        size = page_size(request.page_size or None, "page_size")
        after = cursor_of_page(request, request.page_token)
        async with session_of(self._platform) as session:
            page = await session.types.vocabularies(first=size, after=after)
            return service_pb.ListVocabulariesResponse(
                vocabularies=map(types.vocabulary_message, page.items),
                next_page_token=page_token(request, page.cursors[-1]) if page.more else "",
                position=session.position,
            )

    async def GetVocabulary(self, request: service_pb.GetVocabularyRequest, context: object) -> pb.Vocabulary:
        async with session_of(self._platform) as session:
            return types.vocabulary_message(await session.types.vocabulary(request.name))

    async def PutVocabulary(self, request: service_pb.PutVocabularyRequest, context: object) -> pb.Vocabulary:
        async with reading(self._platform, request, "vocabularies.put", "vocabularies/-"):
            new = types.new_vocabulary(request.vocabulary)
        put = await self._verbs.put_vocabulary(call_of(request), new, request.etag or None)
        return types.vocabulary_message(put)
