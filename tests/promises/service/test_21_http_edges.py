"""Promise 21 at the edge of HTTP: what no request may cost, on the wire of a real node, before it is refused.

The family of documents is tried in the tests of the GraphQL door, and bodies in memory in those of the HTTP surface.
"""

from __future__ import annotations

import base64
import gzip
import itertools
import json
import os
import re
import socket
from collections.abc import Iterable, Iterator
from functools import partial

from ucs_registry.log import Outcome
from ucs_registry.queries import ResourceQuery
from ucs_registry.sql import open_store

MANY = 900_000
"""Bytes of a body that is nearly as large as one may be."""

LIST = (
    "query($after: String, $first: Int, $search: String, $filter: ResourceFilter) {"
    " resources(after: $after, first: $first, search: $search, filter: $filter) { totalCount } }"
)
CREATE = "mutation($input: CreateResourceInput!) { createResource(input: $input) { id } }"


def exchange(address: str, parts: Iterable[bytes], seconds: float = 20) -> str:
    """Send some bytes, and say how they are answered: the status, and the reason of the first error."""
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=seconds) as connection:
        # A node that has heard enough may close before all is sent.
        try:
            for part in parts:
                connection.sendall(part)
        except OSError:
            pass
        return told(received(connection))


def received(connection: socket.socket) -> bytes:
    """One answer."""
    answer = b""
    try:
        while not complete(answer) and (part := connection.recv(65_536)):
            answer += part
    except OSError as broken:
        answer = answer or repr(broken).encode()
    return answer


def complete(answer: bytes) -> bool:
    head, found, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"(?im)^content-length: (\d+)", head)
    return bool(found and length and len(body) >= int(length[1]))


def told(answer: bytes) -> str:
    status = re.match(rb"HTTP/1\.1 (\d+)", answer)
    reason = re.search(rb'"reason":"(\w+)"', answer)
    return f"{status[1].decode() if status else answer[:100]} {reason[1].decode() if reason else ''}".strip()


class Requests:
    """Builds requests of the editor."""

    def __init__(self, city) -> None:
        self.bearer = b"Bearer " + city.token("editor").encode()

    def head(self, line: bytes, *fields: bytes, bearer: bytes | None = None) -> bytes:
        authorization = b"Authorization: " + (self.bearer if bearer is None else bearer)
        return b"\r\n".join([line + b" HTTP/1.1", b"Host: x", authorization, *fields, b"", b""])

    def get(self, *fields: bytes, path: bytes = b"/graphql?query=%7Bviewer%7Bid%7D%7D", **more) -> bytes:
        return self.head(b"GET " + path, *fields, **more)

    def begun(self, *fields: bytes, media: bytes = b"application/json") -> bytes:
        """The head of a request whose body is still to come."""
        return self.head(b"POST /graphql", b"Content-Type: " + media, *fields)

    def post(self, body: bytes, *fields: bytes, **more) -> bytes:
        return self.begun(b"Content-Length: %d" % len(body), *fields, **more) + body

    def ask(self, query: str, **variables: object) -> bytes:
        return self.post(json.dumps({"query": query, "variables": variables}, ensure_ascii=False).encode())


def chunked(size: int, count: int) -> Iterator[bytes]:
    chunk = b"%x\r\n" % size + b" " * size + b"\r\n"
    per_part = max(1, 65_536 // len(chunk))
    yield from itertools.repeat(chunk * per_part, count // per_part)
    yield b"0\r\n\r\n"


def bodies(make: Requests) -> Iterator[tuple[str, Iterable[bytes], str]]:
    """Bodies as they arrive."""
    in_chunks, begun = b"Transfer-Encoding: chunked", make.begun
    yield "10 GB, announced", [begun(b"Content-Length: 10000000000")], "413 BODY_TOO_LARGE"
    waits = begun(b"Content-Length: 10000000000", b"Expect: 100-continue")
    yield "10 GB, announced, waiting for leave", [waits], "413 BODY_TOO_LARGE"
    yield "a length of 25 digits", [begun(b"Content-Length: " + b"9" * 25)], "400"
    yield "a length below nothing", [begun(b"Content-Length: -5")], "400"
    yield "two lengths", [make.post(b"{}", b"Content-Length: 5")], "400"
    yield "48 MB in chunks", itertools.chain([begun(in_chunks)], chunked(65_536, 768)), "413 BODY_TOO_LARGE"
    yield "48 MB of small chunks", itertools.chain([begun(in_chunks)], chunked(100, 480_000)), "400"
    yield "chunks of one byte", itertools.chain([begun(in_chunks)], chunked(1, 200_000)), "400"
    stranger = b"POST /graphql HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    yield "a stranger's chunks of one byte", itertools.chain([stranger], chunked(1, 200_000)), "40"
    yield "a stranger's 64 MB", itertools.chain([stranger], chunked(65_536, 1_024)), "401 TOKEN_MISSING"
    yield "a chunk with a long extension", [begun(in_chunks) + b"5;" + b"a" * 200_000 + b"\r\n"], "400"
    yield "a chunk of a size that is none", [begun(in_chunks) + b"zz\r\n"], "400"
    yield "a coding of codings", [begun(b"Transfer-Encoding: gzip, chunked")], "400"
    bomb = gzip.compress(b" " * 50_000_000)
    for coding in (b"gzip", b"deflate", b"br", b"gzip, gzip", b"identity, gzip"):
        yield f"a body in {coding}", [make.post(bomb, b"Content-Encoding: " + coding)], "415 CONTENT_TYPE_UNSUPPORTED"
    for media in (
        b"text/plain",
        b"application/x-www-form-urlencoded",
        b"multipart/form-data; boundary=x",
        b"application/json; charset=utf-7",
        b"application/json; charset=" + b"a" * 50_000,
        b"application/graphql",
        b"",
    ):
        yield (
            f"a body of {media[:40]!r}",
            [make.post(b"--x\r\n" * 180_000, media=media)],
            "415 CONTENT_TYPE_UNSUPPORTED",
        )


def contents(make: Requests, forms) -> Iterator[tuple[str, Iterable[bytes], str]]:
    """Bodies by what they hold."""
    costly, broken = "400 DOCUMENT_TOO_COSTLY", "400 BODY_NOT_JSON"
    yield "deep lists", [make.post(b'{"query":' + b"[" * MANY)], costly
    yield "deep objects", [make.post(b'{"query":' + b'{"a":' * 19_000)], broken
    yield "a number of many digits", [make.post(b'{"query":' + b"9" * MANY + b"}")], "400"
    yield "a long document", [make.post(b'{"query":"' + b"a" * MANY + b'"}')], "200 DOCUMENT_TOO_COSTLY"
    yield "a long name", [make.post(b'{"' + b"a" * MANY + b'":1}')], "400 FIELD_MISSING"
    yield "a batch", [make.post(json.dumps([{"query": "{viewer{id}}"}] * 6_000).encode())], costly
    yield "half a surrogate pair", [make.post(b'{"query":"\\ud800"}')], broken
    unknown = make.ask(CREATE, input={f"k{number}": number for number in range(19_000)})
    yield "fields that do not exist", [unknown], "200 DOCUMENT_TOO_COSTLY"
    for name, content in {
        "tags": {"tags": ["x"] * 19_000},
        "tags of objects": {"tags": [{"a": 1}] * 9_000},
        "tags of a large object": {"tags": [{str(number): 0 for number in range(9_000)}]},
        "dependencies": {"dependencies": [{"target": "x", "relation": "calls"}] * 6_000},
        "dependencies in a list": {"dependencies": [[{"target": "x", "relation": "calls"}]] * 4_000},
        "a title that is a list": {"title": [{"zh": "x", "en": "x"}] * 5_000},
    }.items():
        yield f"too many {name}", [make.ask(CREATE, input=forms.variable("QD-1", **content))], "200 DOCUMENT_TOO_COSTLY"
    for name, content, reason in (
        ("2,400 tags", {"tags": ["x"] * 2_400}, "FIELD_TOO_LONG"),
        ("400 wrong dependencies", {"dependencies": [{"target": "x", "relation": "calls"}] * 400}, "FIELD_PATTERN"),
        ("18,000 values of a spec", {"spec": {"a": [1] * 18_000}}, "SPEC_"),
        ("18,000 names of a spec", {"spec": {f"k{number}": number for number in range(18_000)}}, "SPEC_"),
        ("a deep spec", {"spec": {"a": json.loads("[" * 60 + "]" * 60)}}, "SPEC_"),
        ("a deeper spec", {"spec": {"a": json.loads("[" * 400 + "]" * 400)}}, "DOCUMENT_INVALID"),
        ("a long title", {"title": {"zh": "水" * 290_000, "en": "x"}}, "FIELD_TOO_LONG"),
        ("a long contact", {"contact": "a" * MANY}, "FIELD_TOO_LONG"),
        ("a long tag", {"tags": ["a" * MANY]}, "FIELD_TOO_LONG"),
        ("a tag that is a large object", {"tags": [{str(number): 0 for number in range(2_000)}]}, "DOCUMENT_INVALID"),
        ("a number with a long tail", {"spec": {"a": 10**18}, "issuedOn": "9" * MANY}, "DOCUMENT_INVALID"),
    ):
        yield name, [make.ask(CREATE, input=forms.variable("QD-1", **content))], f"200 {reason}"


def arguments(make: Requests) -> Iterator[tuple[str, Iterable[bytes], str]]:
    """What is asked of a list, and how the next page is."""

    def cursor(raw: bytes) -> str:
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    cursors = {
        "garbage": "a" * MANY,
        "no ASCII": "水" * 1_000,
        "deep": cursor(b"[" * 600_000),
        "wide": cursor(b"[" + b"1," * 300_000 + b"1]"),
        "digits": cursor(b"9" * 600_000),
        "half a pair": cursor(b'["updated_desc","\\ud800","x"]'),
        "NUL": cursor(b'["updated_desc","\\u0000","x"]'),
        "another order": cursor(b'["code","x","x"]'),
    }
    for name, after in cursors.items():
        yield f"a cursor: {name}", [make.ask(LIST, after=after)], "200 CURSOR_INVALID"
    # By the page's bounds, by the type, or by what the answer would cost.
    refused = "200 "
    for first in (0, -1, 201, 2**31 - 1, -(2**31)):
        yield f"a page of {first}", [make.ask(LIST, first=first)], refused
    for first in (2**31, 1.5, "1", True, [1], 1e300):
        yield f"a page of {first!r}", [make.ask(LIST, first=first)], refused
    for name, search in {
        "long": "水" * 290_000,
        "many words": "a b c d e f g " * 60_000,
        "ligatures": "\ufdfa" * 290_000,
        "marks": "a" + "\u0301" * 400_000,
        "quotes": "\"' OR 1=1 --" * 50_000,
    }.items():
        yield f"a search: {name}", [make.ask(LIST, search=search)], "200"
    for name in ("tag", "type", "ownerSubtree"):
        yield f"a filter: {name}", [make.ask(LIST, filter={name: "水" * 290_000})], "200"
    node = "query($id: ID!) { node(id: $id) { id } }"
    yield "a long name", [make.ask(node, id="resources/" + "a" * MANY)], "200 NOT_FOUND"
    act = 'mutation($request: String) { submitResource(id: "resources/x", requestId: $request) { id } }'
    yield "a long request id", [make.ask(act, request="a" * MANY)], "200 REQUEST_ID_INVALID"


def heads(make: Requests, kid: bytes) -> Iterator[tuple[str, Iterable[bytes], str]]:
    """Lines and fields before any body."""

    def segments(*raw: bytes) -> bytes:
        return b"Bearer " + b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in raw)

    get, fine = make.get, "200"
    for name, fields in {
        "a field of 60 KB": [b"X: " + b"a" * 60_000],
        "1,000 fields": [b"X%d: a" % number for number in range(1_000)],
        "6,000 fields": [b"a:%d" % number for number in range(6_000)],
        "cookies": [b"Cookie: " + b"a=b; " * 12_000],
        "media types": [b"Accept: " + b"application/json;q=0.5," * 2_500],
        "languages": [b"Accept-Language: " + b"zh;q=0.5," * 6_000],
        "an upgrade": [b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Key: x"],
    }.items():
        yield name, [get(*fields)], fine
    yield "a field of 1 MB", [get(b"X: " + b"a" * 1_000_000)], "400"
    yield "100,000 fields", [get(*[b"X%d: a" % number for number in range(100_000)])], "400"
    yield "a name of 1 MB", [get(b"a" * 1_000_000 + b": x")], "400"
    untrusted, malformed = "401 TOKEN_UNTRUSTED", "401 TOKEN_MALFORMED"
    header = b'{"alg":"EdDSA","typ":"at+jwt","kid":"' + kid + b'"}'
    for name, bearer, reason in (
        ("60 KB", b"Bearer " + b"a" * 60_000, malformed),
        ("another scheme", b"Basic " + b"a" * 60_000, "401 TOKEN_MISSING"),
        ("no ASCII", b"Bearer " + b"\xff" * 4_000, malformed),
        ("dots", b"Bearer " + b"a." * 2_000, malformed),
        ("deep lists", segments(b"[" * 2_900, b"a", b"a"), malformed),
        ("deep objects", segments(b'{"a":' * 600, b"a", b"a"), malformed),
        ("digits", segments(b'{"alg":' + b"9" * 2_900 + b"}", b"a", b"a"), "401"),
        ("no signature", segments(b'{"alg":"none","typ":"at+jwt","kid":"x"}', b"9" * 2_900, b"a"), untrusted),
        ("a foreign signature", segments(header, b"a" * 2_700, b"b" * 64), untrusted),
    ):
        yield f"a token: {name}", [get(bearer=bearer)], reason
    yield "15,000 parameters", [get(path=b"/graphql?" + b"a=1&" * 15_000)], "400 FIELD_MISSING"
    yield "a long query", [get(path=b"/graphql?query=" + b"a" * 65_600)], "4"
    yield "escapes", [get(path=b"/graphql?query=" + b"%41" * 20_000)], "200 DOCUMENT_INVALID"
    deep = b"/graphql?query=%7Bviewer%7Bid%7D%7D&variables=" + b"[" * 50_000
    yield "deep variables in a query", [get(path=deep)], "400 FIELD_TYPE"
    for name, line in {"path": b"GET /" + b"a" * 60_000, "row of slashes": b"GET " + b"/" * 60_000}.items():
        yield f"a long {name}", [make.head(line)], "404 NOT_FOUND"
    yield "a long method", [make.head(b"A" * 60_000 + b" /graphql")], "400"
    for name, raw in {
        "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(500) + b"\r\n\r\n",
        "garbage": os.urandom(200_000) + b"\r\n\r\n",
        "no host": b"GET / HTTP/1.1\r\n\r\n",
        "HTTP/0.9": b"GET /\r\n\r\n",
    }.items():
        yield name, [raw], "40"


async def state(city) -> tuple[int, int, set[Outcome]]:
    """How many resources there are, the last position of the log, and what has become of the calls of the editor."""
    store = await open_store(city.url)
    async with store.read() as reader:
        found = await reader.count(ResourceQuery(), None), reader.head.access_version
    await store.close()
    return *found, {entry.outcome for entry in await city.entries() if entry.actor == "principals/editor"}


async def test_no_request_costs_much_before_it_is_refused(city, measured, forms, findings):
    costs = await measured(UCS_REQUEST_SECONDS="5")
    make, (kid,) = Requests(city), city.issuer.public_keys
    before = await state(city)
    for family in (bodies(make), contents(make, forms), arguments(make), heads(make, kid.encode())):
        for name, parts, expected in family:
            costs.trial(name, partial(exchange, costs.node.http, list(parts)), expected)
    assert exchange(costs.node.http, [make.get()]) == "200"
    findings.expect_none(costs.violations)
    assert await state(city) == (*before[:2], {Outcome.REFUSED})
    assert "Traceback" not in costs.node.output


async def test_a_body_that_does_not_come_is_not_waited_for(city, measured, findings):
    costs = await measured(UCS_REQUEST_SECONDS="0.5")
    make = Requests(city)
    begun = make.begun(b"Content-Length: 100") + b"{"
    crumbs = make.begun(b"Transfer-Encoding: chunked") + b"1\r\n{\r\n"
    for name, sent in {"the rest of a body": begun, "the next chunk": crumbs}.items():
        costs.trial(name, partial(exchange, costs.node.http, [sent]), "504 DEADLINE_EXCEEDED")
    findings.expect_none(costs.violations)


async def test_a_door_that_reads_all_there_is_is_found_costing_too_much(city, measured, findings):
    costs = await measured("limitless")
    make = Requests(city)
    large = itertools.chain([make.begun(b"Transfer-Encoding: chunked")], chunked(65_536, 768))
    costs.trial("48 MB in chunks", partial(exchange, costs.node.http, list(large)), "400 BODY_NOT_JSON")
    findings.expect_caught("a door that reads all there is", costs.violations)
