"""Promise 21 at the edge of gRPC: what no request may cost, on the wire of a real node, before it is refused."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial

import grpc

from ucs.errors.v1.error_detail_pb2 import ErrorDetail
from ucs.registry.v1 import finding_pb2
from ucs.registry.v1 import resource_pb2 as pb
from ucs.registry.v1 import resource_service_pb2 as api
from ucs_core.grpc.density import CHUNK_ELEMENTS_MOST, REQUEST_ELEMENTS_MOST
from ucs_registry.log import Outcome
from ucs_registry.queries import ResourceQuery
from ucs_registry.sql import open_store

SERVICE = "/ucs.registry.v1.ResourceService/"
MANY = 1_000_000
"""Bytes of a request that is nearly as large as one may be."""

CHUNK = 3_900_000
"""Bytes of an import's chunk that is nearly as large as one may be."""

WITHOUT_LIMITS = [
    ("grpc.max_send_message_length", -1),
    ("grpc.max_metadata_size", 64 << 20),
    ("grpc.absolute_max_metadata_size", 64 << 20),
]
DENSE = "INVALID_ARGUMENT DOCUMENT_TOO_COSTLY elements"
VALUES = "INVALID_ARGUMENT DOCUMENT_TOO_COSTLY values"
LONG = "INVALID_ARGUMENT FIELD_TOO_LONG"


def varint(number: int) -> bytes:
    encoded = b""
    while number > 127:
        encoded += bytes([number & 127 | 128])
        number >>= 7
    return encoded + bytes([number])


def field(number: int, data: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(data)) + data


NUMBERS = {
    message.DESCRIPTOR.name: {item.name: item.number for item in message.DESCRIPTOR.fields}
    for message in (
        pb.ResourceContent,
        pb.ImportedResource,
        api.CreateResourceRequest,
        api.UpdateResourceRequest,
        api.ListResourcesRequest,
        finding_pb2.ResourceFilter,
        api.ImportResourcesRequest,
    )
}
"""The numbers of the fields, by message and name."""


def content(name: str, data: bytes) -> bytes:
    return field(NUMBERS["ResourceContent"][name], data)


def create(body: bytes) -> bytes:
    return field(NUMBERS["CreateResourceRequest"]["resource"], field(NUMBERS["ImportedResource"]["content"], body))


def chunk(body: bytes) -> bytes:
    return field(NUMBERS["ImportResourcesRequest"]["resources"], field(NUMBERS["ImportedResource"]["content"], body))


def spec(values: bytes) -> bytes:
    """A spec with one list of values."""
    return content("spec", field(1, field(1, b"a") + field(2, field(6, values))))


def tower(floors: int) -> bytes:
    value = b"\x20\x01"
    for _ in range(floors):
        value = field(6, field(1, value))
    return content("spec", field(1, field(1, b"a") + field(2, value)))


LEAVES = {
    "empty values": (spec, b"\x0a\x00"),
    "truths": (spec, b"\x0a\x02\x20\x00"),
    "truths with tags spelt long": (spec, b"\x8a\x80\x00\x02\x20\x00"),
    "lists of nothing": (spec, field(1, field(6, b""))),
    "objects of one": (spec, field(1, field(5, field(1, field(2, b"\x20\x01"))))),
    "objects of nothing": (spec, field(1, field(5, field(1, b"")))),
    "tags": (bytes, content("tags", b"")),
    "tags with a letter": (bytes, content("tags", b"a")),
    "dependencies": (bytes, content("dependencies", b"")),
    "related codes": (bytes, content("related_codes", b"")),
}
"""Small things that can be repeated, and what they are repeated in."""


def dense(wrap: Callable[[bytes], bytes], size: int) -> Iterator[tuple[str, bytes, str]]:
    for name, (inside, leaf) in LEAVES.items():
        yield name, wrap(inside(leaf * (size // len(leaf)))), DENSE


def nearly_dense(wrap: Callable[[bytes], bytes], most: int) -> Iterator[tuple[str, bytes, str]]:
    """As many as just pass for few; each is refused by another rule."""
    refusals = {"empty values": VALUES, "truths": VALUES, "lists of nothing": VALUES, "tags": LONG}
    for name, expected in refusals.items():
        inside, leaf = LEAVES[name]
        yield f"{name}, nearly too many", wrap(inside(leaf * (most - 20))), expected
    inside, leaf = LEAVES["objects of one"]
    yield "objects of one, nearly too many", wrap(inside(leaf * (most // 2 - 20))), VALUES


def requests() -> Iterator[tuple[str, str, bytes, str]]:
    """The method, the raw request, and how the answer begins."""
    invalid, found = "INVALID_ARGUMENT", "OK"
    for name, raw, expected in (*dense(create, MANY), *nearly_dense(create, REQUEST_ELEMENTS_MOST)):
        yield name, "Create", raw, expected
    thousand = b"".join(content("dependencies", b"") for _ in range(1_000))
    yield "1,000 dependencies", "Create", create(thousand), invalid
    yield "1,001 dependencies", "Create", create(thousand + content("dependencies", b"")), LONG
    yield "9 MiB", "Create", create(content("contact", b"a" * (9 << 20))), "RESOURCE_EXHAUSTED"
    yield "3 MiB", "Create", create(content("contact", b"a" * (3 << 20))), "RESOURCE_EXHAUSTED"
    yield "noise", "Create", os.urandom(MANY), invalid
    yield "a length beyond the end", "Create", create(content("spec", b"\x0a\xff\xff\x03a")), invalid
    yield "30 floors", "Create", create(tower(30)), invalid
    yield "10,000 floors", "Create", create(tower(10_000)), invalid
    yield "a long contact", "Create", create(content("contact", b"a" * MANY)), invalid
    yield "a long code", "Create", field(1, field(1, b"a" * MANY)), f"{invalid} FIELD_PATTERN"
    yield "no UTF-8", "Create", field(1, field(1, b"\xff" * MANY)), invalid
    yield "unknown fields", "Create", b"\x98\x3f\x01" * (MANY // 3), invalid
    yield "groups without end", "Create", b"\x0b" * MANY, invalid
    yield "a long request id", "Create", field(2, b"a" * MANY), "INVALID_ARGUMENT"
    yield "a long name", "Get", field(1, b"a" * MANY), "NOT_FOUND"
    update = NUMBERS["UpdateResourceRequest"]
    for name, path in {"unknown": b"x", "good": b"tags"}.items():
        mask = field(1, path) * (MANY // (len(path) + 2))
        yield f"a mask of {name} paths", "Update", field(update["update_mask"], mask), DENSE
    mask = field(1, b"tags") * (REQUEST_ELEMENTS_MOST - 20)
    yield "a mask of nearly too many paths", "Update", field(update["update_mask"], mask), "NOT_FOUND"
    asked, filters = NUMBERS["ListResourcesRequest"], NUMBERS["ResourceFilter"]
    for name in ("search", "tag", "code", "type"):
        yield f"a long {name}", "List", field(asked["filter"], field(filters[name], "水".encode() * (MANY // 3))), found
    subtree = field(asked["filter"], field(filters["owner_subtree"], b"a" * MANY))
    yield "a long subtree", "List", subtree, invalid
    yield "a long page token", "List", field(asked["page_token"], b"a" * MANY), f"{invalid} CURSOR_INVALID"
    for size in (-1, 201, 2**31 - 1):
        raw = api.ListResourcesRequest(page_size=size).SerializeToString()
        yield f"a page of {size}", "List", raw, f"{invalid} PAGE_SIZE_INVALID"
    yield "a method that is none", "Nothing", b"a" * MANY, "UNIMPLEMENTED"


def chunks() -> Iterator[tuple[str, bytes, str]]:
    """Messages of an import: one resource each, unless it says otherwise."""
    yield from dense(chunk, CHUNK)
    yield from nearly_dense(chunk, CHUNK_ELEMENTS_MOST)
    resources = NUMBERS["ImportResourcesRequest"]["resources"]
    yield "a string of 4 MB", chunk(content("contact", b"a" * CHUNK)), "INVALID_ARGUMENT"
    yield "Chinese of 3 MB", chunk(content("contact", "水".encode() * MANY)), "INVALID_ARGUMENT"
    yield "1,001 resources", field(resources, b"") * 1_001, LONG
    yield "nearly too many resources", field(resources, b"") * (CHUNK_ELEMENTS_MOST - 20), LONG
    yield "resources without end", field(resources, b"") * (CHUNK // 2), DENSE
    yield "noise", os.urandom(CHUNK), "INVALID_ARGUMENT"
    yield "9 MiB", chunk(content("contact", b"a" * (9 << 20))), "RESOURCE_EXHAUSTED"


class Wire:
    """Sends raw bytes as somebody, and says how they are answered."""

    def __init__(self, node, city) -> None:
        self._city = city
        self._channel = grpc.insecure_channel(node.grpc, WITHOUT_LIMITS)

    def close(self) -> None:
        self._channel.close()

    def send(
        self, path: str, raw: bytes, *, who: str | None = "editor", stream: bool = False, more=(), zipped=None
    ) -> str:
        metadata = [("authorization", f"Bearer {self._city.token(who)}")] if who else []
        options = {"metadata": (*metadata, *more), "timeout": 30, "compression": zipped}
        try:
            if stream:
                self._channel.stream_unary(path)(iter([raw]), **options)
            else:
                self._channel.unary_unary(path)(raw, **options)
        except grpc.RpcError as refusal:
            told = ErrorDetail.FromString(dict(refusal.trailing_metadata() or ()).get("ucs-error-bin", b""))
            return f"{refusal.code().name} {told.reason} {told.fields.get('measure', '')}".strip()
        return "OK"


def strangenesses(wire: Wire) -> Iterator[tuple[str, Callable[[], str], str]]:
    """What travels beside a message, and around it."""
    full = create(content("contact", b"a" * (64 << 20)))
    for zipped in (grpc.Compression.Gzip, grpc.Compression.Deflate):
        sent = partial(wire.send, SERVICE + "Create", full, zipped=zipped)
        yield f"64 MB in {zipped.name}", sent, "RESOURCE_EXHAUSTED"
    ask = partial(wire.send, SERVICE + "List", b"")
    yield "1 MB beside it", partial(ask, more=[("x", "a" * MANY)]), "RESOURCE_EXHAUSTED"
    yield "10,000 names beside it", partial(ask, more=[(f"x{number}", "a") for number in range(10_000)]), "RES"
    yield "60 names beside it", partial(ask, more=[(f"x{number}", "a" * 50) for number in range(60)]), "OK"
    yield "bytes beside it", partial(ask, more=[("x-bin", os.urandom(5_000))]), "OK"
    token = ("authorization", "Bearer " + "a." * 3_500)
    yield "a token of dots", partial(ask, who=None, more=[token]), "UNAUTHENTICATED TOKEN_MALFORMED"
    yield "a stranger's request", partial(wire.send, SERVICE + "Create", full[: 4 << 20], who=None), "UNAUTHENTICATED"
    service = partial(wire.send, "/grpc.health.v1.Health/Check", field(1, b"a" * MANY), who=None)
    yield "a stranger's question about health", service, "NOT_FOUND"
    reflection = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
    yield "a stranger's question about methods", partial(wire.send, reflection, field(4, b"a" * MANY), who=None), "U"


async def state(city) -> tuple[int, int, set[Outcome]]:
    """How many resources there are, the version of access, and what has become of the calls of the editor."""
    store = await open_store(city.url)
    async with store.read() as reader:
        found = await reader.count(ResourceQuery(), None), reader.head.access_version
    await store.close()
    return *found, {entry.outcome for entry in await city.entries() if entry.actor == "principals/editor"}


async def test_no_request_costs_much_before_it_is_refused(city, measured, findings):
    costs = await measured(UCS_REQUEST_SECONDS="10")
    wire, before = Wire(costs.node, city), await state(city)
    wire.send(SERVICE + "List", b"")
    for name, method, raw, expected in requests():
        costs.trial(name, partial(wire.send, SERVICE + method, raw), expected)
    for who in ("editor", "admin"):
        for name, raw, expected in chunks():
            sent = partial(wire.send, SERVICE + "Import", raw, who=who, stream=True)
            costs.trial(f"an import with {name}, by {who}", sent, expected)
    for name, sent, expected in strangenesses(wire):
        costs.trial(name, sent, expected)
    assert wire.send(SERVICE + "List", b"") == "OK"
    wire.close()
    findings.expect_none(costs.violations)
    assert await state(city) == (*before[:2], {Outcome.REFUSED})
    assert "Traceback" not in costs.node.output


async def test_a_door_without_limits_is_found_costing_too_much(city, measured, findings):
    costs = await measured("limitless")
    wire = Wire(costs.node, city)
    wire.send(SERVICE + "List", b"")
    name, raw, _ = next(item for item in dense(create, 2 * MANY) if item[0] == "lists of nothing")
    costs.trial(name, partial(wire.send, SERVICE + "Create", raw), "INVALID_ARGUMENT")
    wire.close()
    findings.expect_caught("a door without limits", costs.violations)
