"""An import from the client's side: chunks on one stream, and what became of each row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from queue import Empty, Queue
from typing import NamedTuple

import grpc

from ucs.errors.v1.error_detail_pb2 import Code, ErrorDetail
from ucs.registry.v1 import resource_service_pb2 as pb
from ucs.registry.v1.resource_service_pb2_grpc import ResourceServiceStub
from ucs_core.grpc.errors import error_of
from ucs_core.rows.rejections import Rejection
from ucs_sdk.errors import Unauthenticated, Unavailable
from ucs_sdk.messages import Locale, Phrase

ANSWER_MOST = 64 * 1024 * 1024
"""The largest answer that is taken, in bytes: ten thousand rejected rows come to some 20 MB at worst."""


REACH_SECONDS = 5
"""How long a platform may take to be reached."""


class Chunk(NamedTuple):
    """Lines of one transaction, and the request id that makes it harmless to send them again."""

    ndjson: bytes
    request_id: str


class Rejected(NamedTuple):
    """A row that was not entered: the place of its chunk among those that were sent, and its own in the chunk, with why."""

    chunk: int
    rejection: Rejection


class Done(NamedTuple):
    """How a stream ended: how many rows were entered or found fit, and which were not."""

    entered: int
    rejected: list[Rejected]


class Way(NamedTuple):
    """How chunks are entered: only checked; all in one transaction; what is fit, or all of a chunk or nothing."""

    validate_only: bool = False
    atomic: bool = False
    lenient: bool = True


def send_chunks(
    address: str, token: str | None, chunks: Iterable[Chunk], way: Way, *, locale: Locale = Locale.EN
) -> Done:
    """Send chunks on one stream, and wait until all are entered. They are asked for as the platform takes them.

    Raises what the platform refused, as the error that it refused with, Unavailable where none answers, and what the chunks
    themselves raise.
    """
    if not token:
        raise Unauthenticated("TOKEN_MISSING")
    source = _Source(chunks, way)
    # A proxy that is set for the world outside has no business between two processes of a platform.
    options = [("grpc.enable_http_proxy", 0), ("grpc.max_receive_message_length", ANSWER_MOST)]
    metadata = (("authorization", f"Bearer {token}"), ("accept-language", locale.value))
    with grpc.insecure_channel(address, options=options) as channel:
        call = ResourceServiceStub(channel).Import.future(iter(source), metadata=metadata)
        try:
            answer = call.result()
        except grpc.RpcError as cause:
            source.check()
            raise error_of(call.code(), call.details(), call.trailing_metadata() or (), address) from cause
        finally:
            call.cancel()
    return Done(answer.count, [Rejected(each.chunk, _rejection(each.index, each.error)) for each in answer.rejections])


def _rejection(index: int, error: ErrorDetail) -> Rejection:
    return Rejection(
        index=index,
        code=Code.Name(error.code).removeprefix("CODE_").lower(),
        reason=error.reason,
        fields=dict(error.fields),
        message_zh=error.message_zh,
        message_en=error.message_en,
    )


def check_reachable(address: str) -> None:
    """Raise Unavailable unless something answers at an address."""
    states: Queue[grpc.ChannelConnectivity] = Queue()
    with grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)]) as channel:
        channel.subscribe(states.put, try_to_connect=True)
        try:
            while (state := states.get(timeout=REACH_SECONDS)) is not grpc.ChannelConnectivity.READY:
                if state is grpc.ChannelConnectivity.TRANSIENT_FAILURE:
                    raise Unavailable("PLATFORM_UNREACHABLE", address=address, problem=Phrase("connection-failed"))
        except Empty as cause:
            raise Unavailable("PLATFORM_UNREACHABLE", address=address, problem=Phrase("connection-late")) from cause
        finally:
            channel.unsubscribe(states.put)


class _Source:
    """The requests of a call as grpc's own thread takes them; what the chunks raise is kept for whoever waits."""

    def __init__(self, chunks: Iterable[Chunk], way: Way) -> None:
        self._chunks = chunks
        self._way = way
        self._broken: Exception | None = None

    def __iter__(self) -> Iterator[pb.ImportResourcesRequest]:
        try:
            for chunk in self._chunks:
                yield pb.ImportResourcesRequest(
                    ndjson=chunk.ndjson,
                    request_id=chunk.request_id,
                    validate_only=self._way.validate_only,
                    lenient=self._way.lenient,
                    atomic=self._way.atomic,
                )
        except Exception as broken:
            self._broken = broken
            raise

    def check(self) -> None:
        """Raise what the chunks raised."""
        if self._broken is not None:
            raise self._broken
