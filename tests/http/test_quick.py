"""The quick way answers as the ordinary one does, and takes nothing that is not in order."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest
import uvicorn
from tests.http.conftest import NEW, OLDER, Surface, opened, settle

from ucs_core.http.quick import Heading, QuickReads, Reading
from ucs_core.http.quick_wire import HEADS_MOST, QuickHttp11
from ucs_core.platform import Call
from ucs_core.readiness import Phase
from ucs_registry.sql import open_store

READ = "query One($id: ID!) { resource(id: $id) { id code title { zh en } owner { id } } }"
CREATE = "mutation($input: CreateResourceInput!) { createResource(input: $input) { id } }"


class Counting(QuickReads):
    """Counts what it answers."""

    count = 0

    def answered(self, *args: Any, **more: Any) -> bytes:
        self.count += 1
        return super().answered(*args, **more)


class TakesTheLast(Counting):
    """A broken one: of two fields of one name it takes the last, where the ordinary way takes none."""

    def heading(self, fields: list[tuple[bytes, bytes]], length: int) -> Heading | None:
        return super().heading(list(dict(fields).items()), length)


class Stalled(Counting):
    """Waits for what does not come."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.begun, self.left, self.counted = asyncio.Event(), asyncio.Event(), asyncio.Event()

    def take(self, heading: Heading, body: bytes) -> Reading | None:
        reading = super().take(heading, body)
        if reading is not None:
            reading.answering.close()
            reading.answering = self._wait()
        return reading

    def abandoned(self, reading: Reading) -> None:
        super().abandoned(reading)
        self.counted.set()

    async def _wait(self) -> None:
        self.begun.set()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self.left.set()


class Served:
    """A surface behind a real server, and its one resource."""

    def __init__(self, surface: Surface, quick: Counting, address: tuple[str, int], resource: str) -> None:
        self.surface = surface
        self.quick = quick
        self.address = address
        self.resource = resource

    def post(self, query: str = READ, *more: tuple[str, str], token: str | None = None, **variables: object) -> bytes:
        """A request as it is sent."""
        body = json.dumps({"query": query, "variables": variables or {"id": self.resource}}).encode()
        return self.raw(body, *more, token=token)

    def raw(self, body: bytes, *more: tuple[str, str], token: str | None = None) -> bytes:
        """A request with any body."""
        fields = [
            ("Host", "ucs.test"),
            ("Authorization", f"Bearer {token or self.token}"),
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            *more,
        ]
        lines = [f"{name}: {value}" for name, value in fields]
        return "\r\n".join(["POST /graphql HTTP/1.1", *lines, "", ""]).encode() + body

    @property
    def token(self) -> str:
        if not hasattr(self, "_token"):
            self._token = self.surface.token()
        return self._token


@asynccontextmanager
async def serving(url: str, kind: type[Counting] = Counting, **chosen: Any) -> AsyncIterator[Served]:
    store = await open_store(url)
    await settle(store)
    async with opened(store, lame_duck_seconds=0, **chosen) as surface:
        plain = surface.app.state.quick
        quick = kind(surface.platform, plain._door, surface.readiness, surface.settings, plain._metrics)
        created = await surface.ask(CREATE, {"input": NEW})
        listener = socket.create_server(("127.0.0.1", 0))
        protocol: Any = partial(QuickHttp11, quick=quick)
        config = uvicorn.Config(surface.app, http=protocol, lifespan="off", log_config=None, access_log=False)
        server = uvicorn.Server(config)
        task = asyncio.create_task(server._serve([listener]))
        served = Served(surface, quick, listener.getsockname(), created.json()["data"]["createResource"]["id"])
        try:
            await asked(served, served.post())
            yield served
        finally:
            server.should_exit = True
            await task
            await store.close()


async def told(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    """The status, the fields and the content of the next answer."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    fields = dict(line.split(": ", 1) for line in head[1:-2])
    content = await reader.readexactly(int(fields["content-length"]))
    return int(head[0].split()[1]), fields, content


async def asked(served: Served, *parts: bytes, answers: int = 1) -> list[tuple[int, dict[str, str], bytes]]:
    reader, writer = await asyncio.open_connection(*served.address)
    for part in parts:
        writer.write(part)
        await writer.drain()
    told_so = [await told(reader) for _ in range(answers)]
    writer.close()
    await writer.wait_closed()
    return told_so


def _comparable(answer: tuple[int, dict[str, str], bytes]) -> tuple[object, ...]:
    status, fields, content = answer
    assert len(fields.get("ucs-call-id", "")) == 26
    return status, {name: value for name, value in fields.items() if name not in ("date", "ucs-call-id")}, content


REQUESTS: dict[str, tuple[bool, Callable[[Served], bytes]]] = {
    "a query": (True, lambda it: it.post()),
    "a query in Chinese": (True, lambda it: it.post(READ, ("Accept-Language", "zh-CN"))),
    "a query for the newer media type": (
        True,
        lambda it: it.post(READ, ("Accept", "application/graphql-response+json")),
    ),
    "a query of another name": (False, lambda it: it.raw(json.dumps({"query": READ, "operationName": "Two"}).encode())),
    "an unknown resource": (False, lambda it: it.post(READ, id="resources/01KDVDNA00E3JJ1N3PX68MA1WJ")),
    "an id that is none": (False, lambda it: it.post(READ, id="x")),
    "no id": (False, lambda it: it.post(READ, other=1)),
    "a document that is sent again": (True, lambda it: it.post("{ viewer { id } }")),
    "a document that is not valid": (False, lambda it: it.post("{ nothing }")),
    "two tokens": (False, lambda it: it.post(READ, ("Authorization", f"Bearer {it.token}"))),
    "a token that is none": (False, lambda it: it.post(token="x.y.z")),
    "another scheme": (False, lambda it: it.post().replace(b"Bearer", b"Basic")),
    "a small scheme": (False, lambda it: it.post().replace(b"Bearer", b"bearer")),
    "another content type": (False, lambda it: it.post().replace(b"application/json", b"text/plain")),
    "two media types": (False, lambda it: it.post(READ, ("Accept", OLDER), ("Accept", "text/html"))),
    "a long language": (False, lambda it: it.post(READ, ("Accept-Language", "zh;q=0.1," * 30))),
    "a body that is no JSON": (False, lambda it: it.raw(b"{")),
    "a body that is a list": (False, lambda it: it.raw(b"[]")),
    "variables that are none": (False, lambda it: it.raw(json.dumps({"query": READ, "variables": 1}).encode())),
    "extensions that are none": (
        False,
        lambda it: it.raw(json.dumps({"query": READ, "variables": {"id": it.resource}, "extensions": 0}).encode()),
    ),
    "a wish for another protocol": (True, lambda it: it.post(READ, ("Connection", "Upgrade"), ("Upgrade", "h2c"))),
    "the last request": (False, lambda it: it.post(READ, ("Connection", "close"))),
    "a body in chunks": (
        True,
        lambda it: (
            b"\r\n".join(line for line in it.post().split(b"\r\n")[:-1] if not line.startswith(b"Content-Length"))
            + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % _sized(it.post())
        ),
    ),
}


def _sized(request: bytes) -> tuple[int, bytes]:
    body = request.split(b"\r\n\r\n", 1)[1]
    return len(body), body


def _ordinary(request: bytes) -> bytes:
    return request.replace(b"Host: ucs.test\r\n", b"Host: ucs.test\r\nContent-Encoding: identity\r\n", 1)


async def _differences(served: Served) -> list[str]:
    """Where the two ways differ, and what went a way that was not its own."""
    found = []
    for name, (quickly, request) in REQUESTS.items():
        sent, before = request(served), served.quick.count
        answers = [_comparable((await asked(served, each))[0]) for each in (sent, sent, _ordinary(sent))]
        if answers[0] != answers[2] or answers[1] != answers[2]:
            found.append(f"{name}: {answers}")
        if (served.quick.count > before) is not quickly:
            found.append(f"{name}: {'not ' if quickly else ''}quick")
    return found


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    return request.getfixturevalue(f"{request.param}_url")


async def test_both_ways_answer_alike(url):
    async with serving(url) as served:
        assert await _differences(served) == []


async def test_document_goes_the_quick_way_from_the_second_time_on(sqlite_url):
    async with serving(sqlite_url) as served:
        new, counts = served.post("query Own { viewer { id } }"), []
        for _ in range(3):
            before = served.quick.count
            await asked(served, new)
            counts.append(served.quick.count - before)
        assert counts == [0, 1, 1]


async def test_twin_that_takes_the_last_of_two_tokens_is_caught(sqlite_url):
    async with serving(sqlite_url, TakesTheLast) as served:
        assert any(found.startswith("two tokens") for found in await _differences(served))


class Asked:
    """Counts how often another is asked."""

    def __init__(self, answers: Any) -> None:
        self._answers = answers
        self.count = 0

    async def answer(self, *asked: Any) -> Any:
        self.count += 1
        return await self._answers.answer(*asked)


async def test_question_without_an_answer_is_not_asked_twice(url):
    async with serving(url) as served:
        door = served.quick._door
        door._answers = counting = Asked(door._answers)
        unknown = REQUESTS["an unknown resource"][1](served)
        for request in (unknown, unknown, _ordinary(unknown), served.post()):
            counting.count = 0
            await asked(served, request)
            assert counting.count == 1


async def test_requests_of_one_connection_are_answered_in_turn(url):
    async with serving(url) as served:
        kinds = ["a query", "no id", "a query", "a query", "a document that is sent again", "a query"]
        requests = [REQUESTS[kind][1](served) for kind in kinds]
        expected = [_comparable((await asked(served, each))[0]) for each in requests]
        for parts in ([b"".join(requests)], requests):
            assert [_comparable(each) for each in await asked(served, *parts, answers=len(kinds))] == expected


async def test_request_in_any_pieces_is_answered_alike(url):
    async with serving(url) as served:
        whole, size = served.post() * 2, len(served.post())
        expected = [_comparable(each) for each in await asked(served, whole, answers=2)]
        for cut in (1, 20, size - 40, size - 1, size, size + 1, 2 * size - 1):
            reader, writer = await asyncio.open_connection(*served.address)
            writer.write(whole[:cut])
            await writer.drain()
            # The rest is sent once the server has read the first piece, which it does before anything that comes later.
            await asked(served, served.post())
            writer.write(whole[cut:])
            assert [_comparable(await told(reader)) for _ in range(2)] == expected, cut
            writer.close()
            await writer.wait_closed()


async def test_head_that_is_known_is_not_mistaken_for_another(sqlite_url):
    async with serving(sqlite_url) as served:
        reader, writer = await asyncio.open_connection(*served.address)
        for number in range(2 * HEADS_MOST):
            more = ("X-Number", str(number))
            for request in (served.post(READ, more), served.post(READ, more, token="x.y.z"), served.post(READ, more)):
                writer.write(request)
                status, _, _ = await told(reader)
                assert status == (401 if b"x.y.z" in request else 200)
        writer.close()
        await writer.wait_closed()


async def test_caller_who_was_disabled_is_refused_from_the_next_request_on(url):
    async with serving(url) as served:
        people = served.surface.platform.administration
        person = {"id": "reader", "kind": "person", "title": "读者", "organization": "3702"}
        await people.put_principals(Call(principal="admin"), [person])
        request = served.post(token=served.surface.token("reader"))
        assert [(await asked(served, request))[0][0] for _ in range(2)] == [200, 200]
        await people.put_principals(Call(principal="admin"), [{**person, "disabled": True}])
        assert (await asked(served, request))[0][0] == 401


async def test_stopping_node_tells_its_callers_to_go(url):
    async with serving(url) as served:
        served.surface.readiness.enter(Phase.DRAINING)
        ((status, fields, _),) = await asked(served, served.post())
        assert (status, fields["connection"]) == (503, "close")


async def test_quick_answers_are_counted(sqlite_url):
    async with serving(sqlite_url) as served:
        for _ in range(3):
            await asked(served, served.post())
        figures = (await served.surface.http.get("/metrics")).text
        assert 'ucs_requests_total{code="OK",door="http",verb="query"} 4.0' in figures
        assert served.quick.count == 3


async def test_query_that_takes_too_long_is_told_so(sqlite_url):
    async with serving(sqlite_url, Stalled, request_seconds=0.2) as served:
        status, fields, content = (await asked(served, served.post()))[0]
        assert (status, fields["content-type"].split(";")[0]) == (504, OLDER)
        assert json.loads(content)["errors"][0]["extensions"]["reason"] == "DEADLINE_EXCEEDED"
        assert served.quick.left.is_set()


async def test_query_whose_caller_has_gone_is_given_up(sqlite_url):
    async with serving(sqlite_url, Stalled) as served:
        _, writer = await asyncio.open_connection(*served.address)
        writer.write(served.post())
        await served.quick.begun.wait()
        writer.close()
        async with asyncio.timeout(20):
            await served.quick.left.wait()


async def test_query_whose_caller_has_gone_is_counted(sqlite_url):
    async with serving(sqlite_url, Stalled) as served:
        _, writer = await asyncio.open_connection(*served.address)
        writer.write(served.post())
        await served.quick.begun.wait()
        writer.close()
        await writer.wait_closed()
        async with asyncio.timeout(20):
            await served.quick.counted.wait()
        figures = (await served.surface.http.get("/metrics")).text
        assert 'ucs_requests_total{code="CANCELLED",door="http",verb="query"} 1.0' in figures


async def test_query_that_is_told_that_it_took_too_long_is_counted_once(sqlite_url):
    async with serving(sqlite_url, Stalled, request_seconds=0.2) as served:
        await asked(served, served.post())
        figures = (await served.surface.http.get("/metrics")).text
        assert 'ucs_requests_total{code="DEADLINE_EXCEEDED",door="http",verb="query"} 1.0' in figures
        assert "CANCELLED" not in figures
