"""The service of the log: each method asks one thing of the session, or calls one verb of the platform."""

from __future__ import annotations

from collections.abc import AsyncIterator

from ucs.log.v1 import log_pb2 as pb
from ucs.log.v1 import log_service_pb2 as service_pb
from ucs.log.v1.log_service_pb2_grpc import LogServiceServicer
from ucs_core.grpc.calls import call_of, session_of
from ucs_core.grpc.log_messages import (
    checkpoint_message,
    consistency_message,
    entry_message,
    inclusion_message,
)
from ucs_core.platform import Platform
from ucs_core.platform.log_proofs import export_lines, same_bodies
from ucs_registry.queries import page_size
from ucs_sdk.errors import FailedPrecondition


class LogService(LogServiceServicer):
    """Serves `ucs.log.v1.LogService`."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def List(
        self, request: service_pb.ListLogEntriesRequest, context: object
    ) -> service_pb.ListLogEntriesResponse:
        size = page_size(request.page_size or None, "page_size")
        async with session_of(self._platform) as session:
            found = await session.audit.entries(after=request.after, first=size)
            return service_pb.ListLogEntriesResponse(
                entries=map(entry_message, found[:size]), more=len(found) > size, position=session.position
            )

    async def GetCheckpoint(self, request: service_pb.GetCheckpointRequest, context: object) -> pb.Checkpoint:
        async with session_of(self._platform) as session:
            checkpoint = await session.audit.checkpoint()
            if checkpoint is None:
                raise FailedPrecondition("LOG_UNSIGNED")
            return checkpoint_message(checkpoint)

    async def ProveInclusion(self, request: service_pb.ProveInclusionRequest, context: object) -> pb.InclusionProof:
        async with session_of(self._platform) as session:
            return inclusion_message(await session.audit.inclusion(request.position, request.size or None))

    async def ProveConsistency(
        self, request: service_pb.ProveConsistencyRequest, context: object
    ) -> pb.ConsistencyProof:
        async with session_of(self._platform) as session:
            return consistency_message(await session.audit.consistency(request.first, request.second or None))

    async def Export(
        self, request: service_pb.ExportLogRequest, context: object
    ) -> AsyncIterator[service_pb.ExportLogResponse]:
        size, compacted, after, more = None, None, request.after, True
        # Each piece has a session of its own: a slow reader holds no state of the store, and one whose access ends
        # gets no more.
        while more:
            async with session_of(self._platform) as session:
                page = await session.audit.export(after=after, size=size)
            size, compacted = page.size, same_bodies(page, compacted)
            yield service_pb.ExportLogResponse(lines=export_lines(page))
            after += len(page.entries)
            # A log that somebody has taken entries out of ends early, and the verifier says so.
            more = bool(page.entries) and after < size

    async def Compact(self, request: service_pb.CompactLogRequest, context: object) -> service_pb.CompactLogResponse:
        done = await self._platform.log.compact(call_of(request), request.upto)
        return service_pb.CompactLogResponse(upto=done.upto, dropped=done.dropped)
