"""Answers of reads as bytes, each from one statement and from what was written before."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import lru_cache
from typing import Any

from google.protobuf.message import Message

from ucs.registry.v1 import resource_service_pb2 as pb
from ucs_core.access.tokens import VerifiedToken
from ucs_core.grpc import resources
from ucs_core.grpc.pages import page_of_token, page_token
from ucs_core.grpc.rendered import UNTOLD, RenderedResources
from ucs_core.platform.batches import check_batch
from ucs_core.platform.elements import ElementAnswers, Rated
from ucs_core.platform.sight import resource_id
from ucs_registry.elements import ElementPage
from ucs_registry.queries import Order, page_size

Hot = Callable[[VerifiedToken, bytes], Coroutine[Any, Any, bytes | None]]
"""Another way to an answer: of a verified token and a raw request it makes the raw answer, or None where it cannot.

None says nothing of what the answer is: whoever asked goes the ordinary way. So no refusal is worded here.
"""

_PATH = "/ucs.registry.v1.ResourceService/"


def _tag(message: type[Message], field: str) -> bytes:
    """What stands before each element of a repeated field of messages; its number is below 16."""
    return bytes((message.DESCRIPTOR.fields_by_name[field].number << 3 | 2,))


_BATCH_TAG = _tag(pb.BatchGetResourcesResponse, "resources")
_LIST_TAG = _tag(pb.ListResourcesResponse, "resources")


@lru_cache(maxsize=16_384)
def _varint(size: int) -> bytes:
    """A size as the wire has it."""
    parts = []
    while size > 0x7F:
        parts.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes((*parts, size))


class HotReads:
    """The other ways to the answers of the service of resources."""

    def __init__(self, answers: ElementAnswers, rendered: RenderedResources | None = None) -> None:
        self._answers = answers
        self._rendered = rendered or RenderedResources()

    @property
    def ways(self) -> Mapping[str, Hot]:
        """Each, by the path of its method."""
        return {f"{_PATH}Get": self.get, f"{_PATH}BatchGet": self.batch_get, f"{_PATH}List": self.list}

    async def get(self, token: VerifiedToken, raw: bytes) -> bytes | None:
        """The answer of Get."""
        request = pb.GetResourceRequest.FromString(raw)
        rated = await self._answers.resource(token, resource_id(request.name))
        if rated is None:
            return None
        # Mostly it is kept, and nothing else is to do.
        made = self._rendered.kept(rated)
        if made is None:
            return next(iter(await self._made(token, [rated]) or ()), None)
        return None if made == UNTOLD else made

    async def batch_get(self, token: VerifiedToken, raw: bytes) -> bytes | None:
        """The answer of BatchGet, in the order of the names."""
        names = pb.BatchGetResourcesRequest.FromString(raw).names
        check_batch(names, "names")
        ids = [resource_id(name) for name in names]
        page = await self._answers.among(token, list(dict.fromkeys(ids)))
        found = {} if page is None else {each.element.id: each for each in page.items}
        if not all(id in found for id in ids):
            return None
        made = await self._made(token, [found[id] for id in ids])
        return None if made is None else b"".join(_framed(made, _BATCH_TAG))

    async def list(self, token: VerifiedToken, raw: bytes) -> bytes | None:
        """The answer of List, where it asks for no figures."""
        request = pb.ListResourcesRequest.FromString(raw)
        if request.include_counts or request.facets:
            return None
        size, order = page_size(request.page_size or None, "page_size"), resources.to_order(request.order_by)
        cursor, backward = page_of_token(request, request.page_token)
        if cursor is not None or backward or order is Order.SUBMITTED:
            return None
        asked = ElementPage(query=resources.to_query(request.filter), order=order, first=size + 1)
        page = await self._answers.page(token, asked)
        if page is None:
            return None
        shown = page.items[:size]
        made = await self._made(token, shown)
        if made is None:
            return None
        rest = pb.ListResourcesResponse(position=page.position)
        if len(page.items) > size:
            rest.next_page_token = page_token(request, shown[-1].element.cursor(order).encode())
        return b"".join([*_framed(made, _LIST_TAG), rest.SerializeToString()])

    async def _made(self, token: VerifiedToken, items: Sequence[Rated]) -> Sequence[bytes] | None:
        """The bytes of resources; None when more must be known of one of them."""
        made = [self._rendered.kept(rated) for rated in items]
        missing = [rated for rated, kept in zip(items, made, strict=True) if kept is None]
        if missing:
            whole = await self._answers.whole(token, missing)
            if whole is None:
                return None
            fresh = (self._rendered.of(rated) for rated in whole)
            made = [next(fresh) if kept is None else kept for kept in made]
        told = [each for each in made if each]
        return told if len(told) == len(made) else None


def _framed(made: Sequence[bytes], tag: bytes) -> list[bytes]:
    """Messages as a message has them that repeats them."""
    parts: list[bytes] = []
    for each in made:
        parts += (tag, _varint(len(each)), each)
    return parts
