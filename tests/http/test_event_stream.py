"""Subscriptions as streams of events: what they tell, how they are refused, and how they end."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import orjson
import pytest

from ucs_core.http import sse
from ucs_core.platform import Call

CHANGES = "subscription($after: String) { changes(after: $after) { position type id resource { code owner { id } } } }"


class Stream:
    """One request, and what has come of it so far."""

    def __init__(self, app, headers, body):
        self.app = app
        self.incoming = asyncio.Queue()
        self.incoming.put_nowait({"type": "http.request", "body": body})
        self.headers = headers
        self.start = None
        self.raw = b""
        self.done = False
        self.taken = asyncio.Event()
        self.taken.set()
        self.changed = asyncio.Condition()

    async def run(self):
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": "/graphql",
            "raw_path": b"/graphql",
            "query_string": b"",
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in self.headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("ucs.test", 80),
        }
        await self.app(scope, self.incoming.get, self.send)

    async def send(self, message):
        await self.taken.wait()
        async with self.changed:
            if message["type"] == "http.response.start":
                self.start = message
            else:
                self.raw += message.get("body", b"")
                self.done = not message.get("more_body", False)
            self.changed.notify_all()

    @property
    def events(self):
        """Name and data of every event; comments are left out."""
        parts = [part.split(b"\n") for part in self.raw.split(b"\n\n") if part and not part.startswith(b":")]
        return [(name[7:].decode(), data[5:].strip()) for name, data in parts]

    @property
    def told(self):
        return [orjson.loads(data) for name, data in self.events if name == "next"]

    @property
    def changes(self):
        return [answer["data"]["changes"] for answer in self.told]

    async def until(self, wanted):
        async with self.changed, asyncio.timeout(10):
            await self.changed.wait_for(wanted)


@pytest.fixture
def subscribe():
    @asynccontextmanager
    async def subscribed(surface, document=CHANGES, *, principal="admin", accept="text/event-stream", **variables):
        headers = surface.headers(principal, Accept=accept, Content_Type="application/json", Accept_Language="en")
        stream = Stream(surface.app, headers, orjson.dumps({"query": document, "variables": variables}))
        task = asyncio.create_task(stream.run())
        try:
            yield stream
        finally:
            stream.taken.set()
            stream.incoming.put_nowait({"type": "http.disconnect"})
            async with asyncio.timeout(10):
                await task
            assert surface.platform.watching.open == 0

    return subscribed


async def test_changes_are_told_as_events(surface, subscribe, new):
    async with subscribe(surface) as stream:
        await stream.until(lambda: stream.told)
        assert stream.changes[0]["type"] == "progress"
        await surface.ask("mutation($i: CreateResourceInput!) { createResource(input: $i) { id } }", {"i": new})
        await stream.until(lambda: len(stream.told) == 2)
    headers = dict(stream.start["headers"])
    assert headers[b"content-type"].startswith(b"text/event-stream")
    assert headers[b"cache-control"] == b"no-store"
    assert headers[b"content-language"] == b"en"
    change = stream.changes[1]
    assert (change["type"], change["resource"]["code"]) == ("added", "QD-1")
    assert change["resource"]["owner"]["id"] == "organizations/3702"


async def test_a_subscription_goes_on_behind_a_position(surface, subscribe, new):
    made = await surface.platform.resources.create(
        Call(principal="admin"), new | {"owner": "3702", "content": plain(new)}
    )
    async with subscribe(surface, after="0") as stream:
        await stream.until(lambda: len(stream.told) == 2)
        assert [change["id"] for change in stream.changes] == [made.name, None]


def plain(new):
    content = dict(new["content"])
    return content | {"share_type": content.pop("shareType"), "data_level": content.pop("dataLevel")}


async def test_what_ends_a_subscription_is_its_last_answer(surface, subscribe):
    async with subscribe(surface) as stream:
        await stream.until(lambda: stream.told)
        surface.platform.watching.end()
        await stream.until(lambda: stream.done)
    assert [name for name, _ in stream.events] == ["next", "next", "complete"]
    [error] = stream.told[-1]["errors"]
    assert error["extensions"]["reason"] == "DRAINING"
    assert "data" not in stream.told[-1] or stream.told[-1]["data"] is None
    figures = (await surface.http.get("/metrics")).text
    assert 'ucs_requests_total{code="UNAVAILABLE",door="http",verb="subscription"} 1.0' in figures


@pytest.mark.parametrize(
    ("after", "status", "reason"), [("99999", 400, "POSITION_UNKNOWN"), ("x", 400, "POSITION_MALFORMED")]
)
async def test_a_subscription_that_cannot_begin_is_refused_as_any_request(surface, subscribe, after, status, reason):
    async with subscribe(surface, after=after) as stream:
        await stream.until(lambda: stream.done)
    assert stream.start["status"] == status
    [error] = orjson.loads(stream.raw)["errors"]
    assert error["extensions"]["reason"] == reason


async def test_a_position_that_is_too_old_is_refused_in_order(surface, subscribe):
    async with surface.store.write() as unit:
        await unit.compact(2)
        await unit.commit()
    async with subscribe(surface, after="1") as stream:
        await stream.until(lambda: stream.done)
    [error] = orjson.loads(stream.raw)["errors"]
    assert (error["extensions"]["code"], error["extensions"]["reason"]) == ("OUT_OF_RANGE", "WATCH_TOO_OLD")


@pytest.mark.parametrize("accept", ["application/json", "*/*", "application/graphql-response+json"])
async def test_a_subscription_for_another_media_type_is_refused(surface, subscribe, accept):
    async with subscribe(surface, accept=accept) as stream:
        await stream.until(lambda: stream.done)
    assert stream.start["status"] == 406
    assert orjson.loads(stream.raw)["errors"][0]["extensions"]["reason"] == "SUBSCRIPTION_NEEDS_EVENT_STREAM"


async def test_a_subscription_by_get_is_refused(surface, error):
    answer = await surface.http.get(
        "/graphql",
        params={"query": "subscription { changes { position } }"},
        headers=surface.headers(Accept="text/event-stream"),
    )
    assert error(answer)["reason"] == "SUBSCRIPTION_NEEDS_EVENT_STREAM"


@pytest.mark.parametrize(
    "document",
    [
        "subscription { changes { position } more: changes { position } }",
        "subscription { __typename }",
        "subscription { changes { nothing } }",
    ],
)
async def test_a_document_that_is_not_valid_is_refused_in_order(surface, subscribe, document):
    async with subscribe(surface, document) as stream:
        await stream.until(lambda: stream.done)
    assert orjson.loads(stream.raw)["errors"][0]["extensions"]["reason"] == "DOCUMENT_INVALID"


async def test_limits_hold_for_subscriptions(surface, subscribe):
    deep = "dependencies { resource { " * 10 + "code" + " } }" * 10
    async with subscribe(surface, f"subscription {{ changes {{ resource {{ {deep} }} }} }}") as stream:
        await stream.until(lambda: stream.done)
    assert orjson.loads(stream.raw)["errors"][0]["extensions"]["reason"] == "DOCUMENT_TOO_COSTLY"


async def test_nobody_subscribes_without_a_token(surface):
    answer = await surface.http.post("/graphql", json={"query": CHANGES}, headers={"Accept": "text/event-stream"})
    assert answer.status_code == 401


async def test_no_state_is_held_between_events(surface, subscribe, new):
    async with subscribe(surface) as stream:
        await stream.until(lambda: stream.told)
        for number in range(3):
            entered = new | {"code": f"QD-{number}", "owner": "3702", "content": plain(new)}
            await surface.platform.resources.create(Call(principal="admin"), entered)
            await stream.until(lambda number=number: len(stream.told) == number + 2)
    assert [change["resource"]["code"] for change in stream.changes[1:]] == ["QD-0", "QD-1", "QD-2"]


async def test_a_client_that_takes_nothing_is_left(open_surface, store, subscribe, new):
    async with open_surface(store, watch_stall_seconds=0.05) as surface, subscribe(surface) as stream:
        await stream.until(lambda: stream.told)
        stream.taken.clear()
        entered = new | {"owner": "3702", "content": plain(new)}
        await surface.platform.resources.create(Call(principal="admin"), entered)
        async with asyncio.timeout(5):
            while surface.platform.watching.open:  # noqa: ASYNC110 -- nothing tells of it but the count
                await asyncio.sleep(0.01)
        assert not stream.done


async def test_a_silent_subscription_shows_signs_of_life(surface, subscribe, monkeypatch):
    monkeypatch.setattr(sse, "KEEPALIVE_SECONDS", 0.02)
    async with subscribe(surface) as stream:
        await stream.until(lambda: stream.raw.count(b":\n\n") > 2)
        assert len(stream.told) == 1
