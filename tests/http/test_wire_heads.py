"""The protocol answers nothing that two readers could read in two ways, and nobody who does not come to an end."""

import asyncio

import pytest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ucs_core.http import wire
from ucs_core.http.wire import HEAD_MOST, PIPELINED_MOST, Http11

GET = b"GET / HTTP/1.1\r\nHost: x\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


class App:
    """Says what it was asked: method, path, fields and body."""

    def __init__(self) -> None:
        self.waiting: asyncio.Event | None = None
        self.asked = 0

    async def __call__(self, scope, receive, send) -> None:
        self.asked += 1
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body, more = body + message["body"], message["more_body"]
        if self.waiting is not None:
            await self.waiting.wait()
        fields = b"|".join(b"%s=%s" % field for field in scope["headers"])
        content = b"%s %s %s %s" % (scope["method"].encode(), scope["path"].encode(), fields, body)
        length = b"%d" % len(content)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
        await send({"type": "http.response.body", "body": content})


async def answer(address, *parts: bytes) -> tuple[int, bytes]:
    """The status and the content of the first answer."""
    reader, writer = await asyncio.open_connection(*address)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        return int(head.split()[1]), await reader.readexactly(length)
    except (ConnectionError, asyncio.IncompleteReadError):
        return 0, b""
    finally:
        writer.close()


REFUSED = {
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "two hosts": GET + b"Host: y\r\n\r\n",
    "two lengths": POST + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\na",
    "a length and chunks": POST + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and a length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n",
    "a length with a sign": POST + b"Content-Length: +1\r\n\r\na",
    "a coding of codings": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunked twice": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a coding that is none": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "an end of line alone": b"GET / HTTP/1.1\nHost: x\n\n",
    "a folded field": GET + b"X: a\r\n b\r\n\r\n",
    "a space before the colon": GET + b"X : a\r\n\r\n",
    "a zero in a field": GET + b"X: a\0b\r\n\r\n",
    "a return in a field": GET + b"X: a\rb\r\n\r\n",
    "a method of another protocol": b"DESCRIBE / RTSP/1.0\r\nHost: x\r\n\r\n",
    "a method that is none": b"FOO / HTTP/1.1\r\nHost: x\r\n\r\n",
    "a tunnel": b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
    "another version": b"GET / HTTP/2.0\r\nHost: x\r\n\r\n",
    "no version": b"GET /\r\n\r\n",
    "a long field": GET + b"X: " + b"a" * HEAD_MOST + b"\r\n\r\n",
    "many fields": GET + b"a: b\r\n" * (HEAD_MOST // 6 + 1) + b"\r\n",
    "a long target": b"GET /" + b"a" * HEAD_MOST + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "a long extension of a chunk": CHUNKED + b"1;" + b"a" * 5 * HEAD_MOST + b"\r\na\r\n0\r\n\r\n",
    "a long trailer": CHUNKED + b"1\r\na\r\n0\r\nX: " + b"a" * 2 * HEAD_MOST + b"\r\n\r\n",
}

FORGIVING = ("no host", "two hosts", "a coding of codings", "no version", "another version")
"""What the parser alone lets through."""


@pytest.mark.parametrize("sent", REFUSED.values(), ids=REFUSED)
async def test_what_could_be_read_in_two_ways_or_has_no_end_is_refused(serve, sent):
    app = App()
    address = await serve(app)
    assert (await answer(address, sent))[0] == 400
    for cut in (5, len(sent) // 2):
        assert (await answer(address, sent[:cut], sent[cut:]))[0] in (400, 0)
    assert app.asked == 0 or b"chunked" in sent


@pytest.mark.parametrize("name", FORGIVING)
async def test_uvicorns_own_protocol_lets_some_of_that_through(serve, name):
    assert (await answer(await serve(App(), HttpToolsProtocol), REFUSED[name]))[0] == 200


TAKEN = {
    "no more than is needed": (GET + b"\r\n", b"GET / host=x "),
    "spaces around values": (GET + b"X: \t a b \t \r\n\r\n", b"GET / host=x|x=a b "),
    "an empty value": (GET + b"X:\r\nY: y\r\n\r\n", b"GET / host=x|x=|y=y "),
    "the first version, without a host": (b"GET / HTTP/1.0\r\n\r\n", b"GET /  "),
    "chunks": (CHUNKED + b"1\r\na\r\n2;x=y\r\nbc\r\n0\r\n\r\n", b"POST / host=x|transfer-encoding=chunked abc"),
    "chunks and a trailer": (
        CHUNKED + b"1\r\na\r\n0\r\nAuthorization: x\r\n\r\n",
        b"POST / host=x|transfer-encoding=chunked a",
    ),
    "a wish for another protocol": (
        POST + b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 3\r\n\r\nabc",
        b"POST / host=x|connection=Upgrade|content-length=3 abc",
    ),
}


@pytest.mark.parametrize(("sent", "expected"), TAKEN.values(), ids=TAKEN)
async def test_what_is_in_order_is_answered_however_it_arrives(serve, sent, expected):
    address = await serve(App())
    assert await answer(address, sent) == (200, expected)
    assert await answer(address, *(sent[at : at + 1] for at in range(len(sent)))) == (200, expected)


async def test_connection_is_used_again_after_a_wish_for_another_protocol(serve):
    reader, writer = await asyncio.open_connection(*await serve(App()))
    for _ in range(2):
        writer.write(TAKEN["a wish for another protocol"][0])
        assert (await reader.readuntil(b"abc")).startswith(b"HTTP/1.1 200")
    writer.close()
    await writer.wait_closed()


async def test_requests_that_wait_for_their_turn_are_bounded(serve):
    app = App()
    app.waiting = asyncio.Event()
    address = await serve(app)
    assert (await answer(address, (GET + b"\r\n") * (PIPELINED_MOST + 2)))[0] == 400
    app.waiting.set()
    reader, writer = await asyncio.open_connection(*address)
    writer.write((GET + b"\r\n") * PIPELINED_MOST)
    for _ in range(PIPELINED_MOST):
        await reader.readuntil(b"GET / host=x ")
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize("sent", [b"", b"GET / HT"], ids=["nothing", "half a head"])
async def test_head_that_does_not_come_is_not_waited_for(serve, monkeypatch, sent):
    monkeypatch.setattr(wire, "HEAD_SECONDS", 0.1)
    reader, writer = await asyncio.open_connection(*await serve(App()))
    writer.write(sent)
    async with asyncio.timeout(20):
        assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()


async def test_connection_that_asks_nothing_more_is_closed(serve):
    class Impatient(Http11):
        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(transport)
            self.timeout_keep_alive = 0.1

    reader, writer = await asyncio.open_connection(*await serve(App(), Impatient))
    for _ in range(3):
        writer.write(GET + b"\r\n")
        await reader.readuntil(b"GET / host=x ")
    async with asyncio.timeout(20):
        assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()
