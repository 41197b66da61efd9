"""The client of the bench: it cuts answers right however they come, counts what it got, and ends at the first fault."""

import asyncio
import json

import pytest

from peers.load import CONNECTIONS, Answers, framed, http, summary

PLAIN = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\ncontent-length: 7\r\n\r\n{"a":1}'
LENGTH_LAST = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
CHUNKED = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{"a\r\n4\r\n":1}\r\n0\r\n\r\n'


@pytest.mark.parametrize("raw", [PLAIN, LENGTH_LAST, CHUNKED])
def test_an_answer_is_whole_at_its_last_byte_wherever_it_was_cut(raw):
    whole = Answers().feed(raw)
    assert json.loads(whole) in ({}, {"a": 1})
    for at in range(1, len(raw)):
        answers = Answers()
        assert answers.feed(raw[:at]) is None
        assert answers.feed(raw[at:]) == whole
        assert answers.feed(raw) == whole, "a connection is used again"


@pytest.mark.parametrize("status", [b"204 No Content", b"429 Too Many Requests", b"500 Oh"])
def test_anything_but_200_is_a_fault(status):
    with pytest.raises(ValueError, match="not served"):
        Answers().feed(b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\n\r\n")


class Door:
    """A server that answers with some bytes, for as long as the block runs."""

    def __init__(self, answer):
        self.answer = answer
        self.heads = []
        self.open = self.most = 0

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *why):
        self._server.close()

    async def _serve(self, reader, writer):
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                self.heads.append((head, await reader.readexactly(length)))
                writer.write(self.answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            self.open -= 1
        finally:
            writer.close()


async def test_sixteen_connections_ask_in_turn_and_are_counted():
    async with Door(PLAIN) as door:
        requests = [framed(body, door.port, "secret") for body in (b'{"n":1}', b'{"n":22}')]
        told = await http("127.0.0.1", door.port, requests, 0.0, 0.2)
    assert door.most == CONNECTIONS
    assert told["requests"] <= len(door.heads)
    assert told["bytes"] == 7
    assert told["per_second"] > 0
    assert {body for _, body in door.heads} == {b'{"n":1}', b'{"n":22}'}
    assert all(b"Authorization: Bearer secret\r\n" in head for head, _ in door.heads)


@pytest.mark.parametrize(
    "answer",
    [
        b'HTTP/1.1 200 OK\r\ncontent-length: 14\r\n\r\n{"errors": []}',
        b"HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n",
    ],
)
async def test_a_faulty_answer_ends_the_window_with_its_reason(answer):
    """The twin: a server that is quick because it fails must not win."""
    async with Door(answer) as door:
        with pytest.raises(RuntimeError, match=r"errors|not served"):
            await http("127.0.0.1", door.port, [framed(b"{}", door.port, None)], 0.0, 5)


async def test_a_window_stays_open_for_a_slow_server():
    async with Door(PLAIN) as door:
        told = await http("127.0.0.1", door.port, [framed(b"{}", door.port, None)], 0.0, 0.0)
    assert told["requests"] >= CONNECTIONS
    assert told["seconds"] > 0


def test_a_window_without_answers_is_no_figure():
    with pytest.raises(RuntimeError, match="nothing was answered"):
        summary([], 1.0, 0)


def test_latencies_are_in_milliseconds():
    told = summary([0.001] * 98 + [0.5] * 2, 2.0, 1000)
    assert (told["per_second"], told["p50_ms"], told["p99_ms"], told["bytes"]) == (50, 1, 500, 10)
