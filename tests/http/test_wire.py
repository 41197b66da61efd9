"""The protocol lets go of a connection on which a body arrives in crumbs, or to no purpose."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ucs_core.http.wire import PIECES_FREE, UNREAD_MOST

HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
CRUMB = b"1\r\n \r\n"
LARGE = b"10000\r\n" + b" " * 65_536 + b"\r\n"


class App:
    """Reads a body, or answers at once."""

    def __init__(self, *, reads: bool) -> None:
        self.reads = reads
        self.read = 0

    async def __call__(self, scope, receive, send) -> None:
        while self.reads:
            message = await receive()
            self.read += len(message.get("body", b""))
            if not message.get("more_body"):
                break
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body"})


async def sent(address, parts) -> tuple[int, int]:
    """The status of the answer, and how many of the parts were sent before the connection ended."""
    reader, writer = await asyncio.open_connection(*address)
    writer.write(HEAD)
    count = 0
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
            count += 1
            if reader.at_eof():
                break
            await asyncio.sleep(0)
        line = await reader.readline()
    except ConnectionError:
        line = b""
    writer.close()
    return int(line.split()[1]) if line else 0, count


async def test_a_body_in_crumbs_is_refused(serve):
    app = App(reads=True)
    status, _ = await sent(await serve(app), [CRUMB * 1_000] * 3)
    assert status in (0, 400)
    assert app.read <= PIECES_FREE + 1


async def test_a_body_in_some_crumbs_is_read(serve):
    app = App(reads=True)
    assert await sent(await serve(app), [CRUMB * (PIECES_FREE - 1), b"0\r\n\r\n"]) == (200, 2)
    assert app.read == PIECES_FREE - 1


async def test_a_large_body_in_pieces_is_read(serve):
    app = App(reads=True)
    assert (await sent(await serve(app), [*[LARGE] * 20, b"0\r\n\r\n"]))[0] == 200
    assert app.read == 20 * 65_536


async def test_what_nobody_reads_ends_the_connection(serve):
    many = 40 * UNREAD_MOST // 65_536
    _, count = await sent(await serve(App(reads=False)), [LARGE] * many)
    assert count < many


async def test_uvicorns_own_protocol_reads_on(serve):
    many = 4 * UNREAD_MOST // 65_536
    address = await serve(App(reads=False), HttpToolsProtocol)
    assert await sent(address, [*[LARGE] * many, b"0\r\n\r\n"]) == (200, many + 1)
    app = App(reads=True)
    assert (await sent(await serve(app, HttpToolsProtocol), [CRUMB * 1_000] * 3 + [b"0\r\n\r\n"]))[0] == 200
    assert app.read == 3_000
