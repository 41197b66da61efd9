"""The stream of an import: while a chunk is being entered, the next one is read and looked at."""

from __future__ import annotations

import asyncio

from ucs.errors.v1.error_detail_pb2 import Code as CodeNumber
from ucs.errors.v1.error_detail_pb2 import ErrorDetail
from ucs.registry.v1 import resource_service_pb2 as service_pb
from ucs_core.grpc import resources
from ucs_core.grpc.calls import call_of, reading, time_limit
from ucs_core.grpc.conversion import few
from ucs_core.grpc.errors import FIELD_MOST, cut
from ucs_core.grpc.imports import ended_at
from ucs_core.grpc.streams import Incoming
from ucs_core.platform import Platform
from ucs_core.platform.importing import VERB, Batch, Imported, Rows
from ucs_core.rows.limits import ATOMIC_BYTES_MOST, ATOMIC_MOST
from ucs_core.rows.rejections import Rejection
from ucs_registry.catalog import Known
from ucs_sdk.errors import Exhausted, Invalid, UcsError

REHEARSED_MOST = 250_000
"""How many resources of one stream may be only checked: what follows is checked against them, so they are kept in mind."""

TOLD_MOST = 10_000
"""How many rejected rows an answer tells of: their messages come to some 10 MB at worst."""

Message = service_pb.ImportResourcesRequest


class ImportStream:
    """One import: its chunks in order, each of them one transaction."""

    def __init__(self, platform: Platform, seconds: float) -> None:
        self._platform = platform
        self._seconds = seconds
        self._answer = service_pb.ImportResourcesResponse()
        self._rehearsed = Known()
        self._committed = 0

    async def run(self, incoming: Incoming[Message]) -> service_pb.ImportResourcesResponse:
        """Enter every chunk. What ends the import is raised with its place in the stream, and with how much stays."""
        entering: asyncio.Task[None] | None = None
        try:
            async for message in incoming:
                if message.atomic:
                    return await self._whole(message, incoming, alone=entering is None)
                batch = await self._prepared(message)
                if entering is not None:
                    await entering
                # It may have waited for the chunk before for longer than somebody vouches for the caller.
                await incoming.vouched()
                entering = asyncio.create_task(self._entered(message, batch))
            if entering is not None:
                await entering
        except UcsError as cause:
            # What befell an earlier chunk meanwhile is what ends the import.
            ending = (await _failure_of(entering) if entering is not None else None) or cause
            if str(ending.fields.get("path", "")).startswith("chunks["):
                # In one transaction its place is known already, and there are no chunks that stay.
                raise ending from ending.__cause__
            raise ended_at(ending, self._answer.chunks, self._committed) from ending
        finally:
            if entering is not None:
                # What it has begun runs to its end in the pipeline, and nobody waits for it here.
                entering.cancel()
        return self._answer

    async def _prepared(self, message: Message) -> Batch:
        async with reading(self._platform, message, VERB, "resources/-"):
            return await self._platform.imports.prepared(_rows(message), lenient=message.lenient)

    async def _whole(
        self, first: Message, rest: Incoming[Message], *, alone: bool
    ) -> service_pb.ImportResourcesResponse:
        """Enter the whole stream in one transaction. Until its end it is only kept: other writers must not wait for it."""
        async with reading(self._platform, first, VERB, "resources/-"):
            if not alone or first.lenient:
                raise Invalid("IMPORT_ATOMIC_ALONE", path="atomic")
            size, count, chunks = 0, 0, []
            message: Message | None = first
            while message is not None:
                rows = _rows(message)
                size += message.ByteSize()
                count += rows.count(b"\n") + 1 if isinstance(rows, bytes) else len(rows)
                if size > ATOMIC_BYTES_MOST or count > ATOMIC_MOST:
                    raise Invalid("IMPORT_TOO_LARGE", path="atomic", most=ATOMIC_MOST, bytes=ATOMIC_BYTES_MOST)
                chunks.append(rows)
                message = await anext(rest, None)
        async with time_limit(self._seconds, mutating=True):
            done = await self._platform.imports.enter_whole(call_of(first), chunks)
        return service_pb.ImportResourcesResponse(count=done.count, chunks=len(chunks))

    async def _entered(self, message: Message, batch: Batch) -> None:
        async with time_limit(self._seconds, mutating=True):
            done = await self._platform.imports.enter(
                call_of(message),
                batch,
                lenient=message.lenient,
                before=self._rehearsed if message.validate_only else None,
            )
        self._note(done)
        self._committed += 0 if message.validate_only else done.count

        if message.validate_only and len(self._rehearsed.kinds) > REHEARSED_MOST:
            raise Exhausted("IMPORT_REHEARSED_TOO_MUCH", most=REHEARSED_MOST)

    def _note(self, done: Imported) -> None:
        answer = self._answer
        answer.count += done.count
        answer.rejected += len(done.rejections)
        for rejection in done.rejections[: max(0, TOLD_MOST - len(answer.rejections))]:
            answer.rejections.add(chunk=answer.chunks, index=rejection.index, error=_detail(rejection))
        answer.chunks += 1


def _rows(message: Message) -> Rows:
    """What a message holds."""
    if message.ndjson and message.resources:
        raise Invalid("IMPORT_HOLDS_BOTH", path="ndjson")
    return message.ndjson or [
        resources.imported_resource(item, f"resources[{at}]")
        for at, item in enumerate(few(message.resources, "resources"))
    ]


async def _failure_of(entering: asyncio.Task[None]) -> UcsError | None:
    """What refused a chunk, once it has come to its end; None when it was entered."""
    try:
        await entering
    except UcsError as cause:
        return cause
    return None


def _detail(rejection: Rejection) -> ErrorDetail:
    return ErrorDetail(
        code=CodeNumber.Value(f"CODE_{rejection.code.upper()}"),
        reason=rejection.reason,
        fields={name: cut(text, FIELD_MOST) for name, text in rejection.fields.items()},
        message_zh=rejection.message_zh,
        message_en=rejection.message_en,
    )
