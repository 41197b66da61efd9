"""The import streams from the client's side."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Generic, TypeVar

import grpc

from ucs.registry.v1 import member_service_pb2 as members_pb
from ucs.registry.v1 import organization_service_pb2 as organizations_pb
from ucs.registry.v1 import resource_service_pb2 as resources_pb
from ucs.registry.v1.member_service_pb2_grpc import MemberServiceStub
from ucs.registry.v1.organization_service_pb2_grpc import OrganizationServiceStub
from ucs.registry.v1.resource_service_pb2_grpc import ResourceServiceStub
from ucs_core.grpc.errors import error_of
from ucs_core.grpc.organizations import new_message

Chunk = Sequence[Mapping[str, Any]]
"""Up to 1,000 models as plain JSON: one transaction. Their message must stay below 4 MiB."""

Request = TypeVar("Request")


def import_lines(address: str, token: str, chunks: Iterable[bytes]) -> AsyncIterator[int]:
    """Send ImportedResource models as lines of JSON, each ended, up to 1,000 a chunk; see `_sent`."""
    return _sent(
        address,
        token,
        lambda channel: ResourceServiceStub(channel).Import,
        (resources_pb.ImportResourcesRequest(ndjson=chunk) for chunk in chunks),
        lambda request: request.ndjson.count(b"\n"),
    )


def import_organizations(address: str, token: str, chunks: Iterable[Chunk]) -> AsyncIterator[int]:
    """Send NewOrganization models to a platform, parents first; see `_sent` for what is yielded and raised."""
    return _sent(
        address,
        token,
        lambda channel: OrganizationServiceStub(channel).Import,
        (organizations_pb.ImportOrganizationsRequest(organizations=map(new_message, chunk)) for chunk in chunks),
        lambda request: len(request.organizations),
    )


def import_members(
    address: str, token: str, parent: str, chunks: Iterable[bytes], *, validate_only: bool = False
) -> AsyncIterator[int]:
    """Send NDJSON of NewMember models, up to 5,000 lines a chunk, into the set of a resource; see `_sent`."""
    return _sent(
        address,
        token,
        lambda channel: MemberServiceStub(channel).Import,
        (members_pb.ImportMembersRequest(parent=parent, ndjson=chunk, validate_only=validate_only) for chunk in chunks),
        lambda request: request.ndjson.count(b"\n"),
    )


async def _sent(
    address: str,
    token: str,
    method: Callable[[grpc.Channel], grpc.StreamUnaryMultiCallable[Request, Any]],
    requests: Iterable[Request],
    size: Callable[[Request], int],
) -> AsyncIterator[int]:
    """Send requests on one stream, and yield each one's size once it is on its way.

    A size may be told before the platform has entered the chunk, but never the last one: behind it the whole import
    stands. Raises what the platform refused, as the error that it refused with, or Unavailable where none answers.
    """
    # A proxy that is set for the world outside has no business between two processes of a platform.
    with grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)]) as channel:
        sending = _Sending(requests, size)
        # Not grpc.aio: there a write that fails because the platform has refused replaces the platform's own words by
        # "Internal error from Core" (https://github.com/grpc/grpc/issues/36066).
        call = method(channel).future(iter(sending), metadata=(("authorization", f"Bearer {token}"),))
        call.add_done_callback(sending.done)
        try:
            last = None
            async for told in sending.sizes():
                if last is not None:
                    yield last
                last = told
            sending.check()
            if call.code() is not grpc.StatusCode.OK:
                raise error_of(call.code(), call.details(), call.trailing_metadata() or (), address)
            if last is not None:
                yield last
        finally:
            call.cancel()


class _Sending(Generic[Request]):
    """The requests of a call as grpc's own thread takes them, and their sizes as the event loop is told of them."""

    def __init__(self, requests: Iterable[Request], size: Callable[[Request], int]) -> None:
        self._requests = requests
        self._size = size
        self._loop = asyncio.get_running_loop()
        self._told: asyncio.Queue[int | None] = asyncio.Queue()
        self._broken: Exception | None = None

    def __iter__(self) -> Iterator[Request]:
        try:
            for request in self._requests:
                yield request
                self._tell(self._size(request))
        # In this thread nobody would see it: `check` raises it where the import was asked for.
        except Exception as broken:  # noqa: BLE001
            self._broken = broken

    def done(self, call: object) -> None:
        """Note that the call has ended."""
        self._tell(None)

    async def sizes(self) -> AsyncIterator[int]:
        """The sizes of what was sent, until the call ends."""
        while (told := await self._told.get()) is not None:
            yield told

    def check(self) -> None:
        """Raise what the source of the requests raised."""
        if self._broken is not None:
            raise self._broken

    def _tell(self, told: int | None) -> None:
        # The loop may have ended before the thread has noticed that its call was cancelled.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._told.put_nowait, told)
