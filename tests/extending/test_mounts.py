"""Below `/plugins/<plugin>/`: a protocol of a plugin's own, its layers and its indicators, each for whoever may have it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from plugin_city import PluginCity, written

from ucs_core.access import PolicyRow
from ucs_core.access.tokens import LocalIssuer
from ucs_core.http import build_http
from ucs_core.http import mounts as below
from ucs_core.platform import Call
from ucs_core.readiness import Phase, Readiness
from ucs_core.settings import Settings
from ucs_sdk.errors import NotFound
from ucs_sdk.plugins import FoundPlugin

DENIED = PolicyRow(id="nobody", role="public", relation="any", action="invoke", effect="deny").to_rule()

SERVES = """
import asyncio
from datetime import UTC, datetime
from pydantic import BaseModel
from ucs_sdk import Capability, Context, NotFound, hookimpl
from ucs_sdk.shown import Feature, Features, Figure
seen, gate = [], asyncio.Event()
async def app(scope, receive, send):
    seen.append(scope)
    path = scope["path"].removeprefix(scope["root_path"])
    if path == "/raise":
        raise ValueError("hunter2")
    if path == "/hang":
        await gate.wait()
    if path == "/silent":
        return
    if path == "/none":
        raise NotFound.saying("POINT_UNKNOWN", zh="没有", en="there is none")
    if path == "/ask":
        told = await scope["state"]["context"].invoke("gauge.whoami", {{}})
        await send({{"type": "http.response.start", "status": 200, "headers": []}})
        await send({{"type": "http.response.body", "body": told["name"].encode()}})
        return
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size += len(message["body"])
        if not message.get("more_body"):
            break
    headers = [(b"content-type", b"text/html"), (b"X-Own", b"1"), (b"set-cookie", b"a=b"), (b"content-length", b"1"),
               (b"transfer-encoding", b"chunked"), (b"content-security-policy", b"default-src *"), (b"ucs-call-id", b"x")]
    if path == "/split":
        headers.append((b"x-split", b"a\\r\\nset-cookie: b=c"))
    await send({{"type": "http.response.start", "status": 99 if path == "/status" else 201, "headers": headers}})
    await send({{"type": "http.response.body", "body": str(size).encode(), "more_body": path == "/half"}})
    if path == "/half":
        raise ValueError("hunter2")
gauge = Capability("gauge", title_zh="测站", title_en="Gauge")
gauge.mount(app, public={public})
NOW = datetime(2026, 5, 4, tzinfo=UTC)
@gauge.layer(title_zh="测站", title_en="Gauges")
async def stations(ctx: Context) -> Features:
    point = {{"type": "Point", "coordinates": [120.3, 36.1]}}
    return Features(source=ctx.caller.principal, time=NOW, features=(Feature(geometry=point), Feature(id=7, geometry=None)))
@gauge.indicator(title_zh="水位", title_en="Level", unit="m")
async def level(ctx: Context) -> Figure:
    return Figure(source="gauge", time=NOW, value=1.5)
class Name(BaseModel):
    name: str = ""
@gauge.operation(title_zh="我是谁", title_en="Who am I")
async def whoami(ctx: Context, asked: Name) -> Name:
    return Name(name=f"{{ctx.caller.principal}} of {{ctx.caller.organization}}")
@gauge.layer(title_zh="坏", title_en="Broken")
async def broken(ctx: Context) -> Features:
    raise ValueError("hunter2")
@hookimpl
def ucs_capabilities() -> list[Capability]:
    return [gauge]
"""


def a_gauge(city: PluginCity, *, public: bool = False) -> FoundPlugin:
    return written(city.folder, "gauge", SERVES.format(public=public), 'permissions = ["invoke", "mount"]\n')


class Door:
    """The surface of a node, in the hands of anybody."""

    def __init__(self, city: PluginCity, http: httpx2.AsyncClient, issuer: LocalIssuer, app: Any) -> None:
        self.city, self.http, self.issuer, self.app = city, http, issuer, app

    @property
    def module(self) -> Any:
        return self.city.platform.extensions.table.plugins["gauge"].plugin.module

    def token(self, who: str) -> str:
        return f"Bearer {self.issuer.issue(who, lifetime=timedelta(minutes=5))}"

    async def get(self, path: str, who: str | None = "wang", method: str = "GET", **more: Any) -> httpx2.Response:
        headers = {**({} if who is None else {"Authorization": self.token(who)}), **more.pop("headers", {})}
        return await self.http.request(method, f"/plugins/{path}", headers=headers, **more)


@asynccontextmanager
async def opened(city: PluginCity, **settings: Any) -> AsyncIterator[Door]:
    issuer = LocalIssuer(Ed25519PrivateKey.generate())
    city.platform.verifier.trust(issuer.public_keys)
    readiness = Readiness(city.store.ping)
    app = build_http(city.platform, readiness, Settings(**settings))
    readiness.enter(Phase.SERVING)
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://ucs.test") as http:
        yield Door(city, http, issuer, app)


@pytest.fixture
async def door(small: PluginCity) -> AsyncIterator[Door]:
    await small.enable(a_gauge(small))
    async with opened(small, body_most=1_024) as door:
        yield door


def reason(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["extensions"]["reason"]


async def test_a_plugin_answers_below_its_name_and_knows_who_asks(door: Door) -> None:
    answer = await door.get("gauge/a/b?c=d", method="POST", content=b"12345")
    assert (answer.status_code, answer.text) == (201, "5")
    [scope] = door.module.seen
    assert (scope["path"], scope["root_path"], scope["query_string"]) == (
        "/plugins/gauge/a/b",
        "/plugins/gauge",
        b"c=d",
    )
    assert (scope["state"]["caller"].principal, scope["state"]["caller"].organization) == ("wang", "water")
    assert scope["state"].keys() == {"caller", "context"}
    assert scope["state"]["context"].caller == scope["state"]["caller"]


async def test_a_mount_calls_operations_as_whoever_asks_and_no_further_than_they_may(door: Door) -> None:
    assert (await door.get("gauge/ask")).text == "wang of water"
    assert (await door.get("gauge/ask", "li")).text == "li of roads"
    await door.city.keep(DENIED)
    assert reason(await door.get("gauge/ask"))[0] == 403


async def test_nobody_without_a_token_gets_in_or_learns_what_there_is(door: Door) -> None:
    for path in ("gauge/", "nothing/", "gauge/layers/stations", "gauge/indicators/level"):
        assert reason(await door.get(path, None)) == (401, "TOKEN_MISSING")
    assert door.module.seen == []

    assert reason(await door.get("nothing/")) == (404, "NOT_FOUND")
    await door.city.platform.disable_plugin(Call(principal="founder"), "gauge", reason="over")
    assert reason(await door.get("gauge/")) == (404, "NOT_FOUND")


async def test_a_public_mount_answers_everybody_and_its_layers_do_not(small: PluginCity) -> None:
    await small.enable(a_gauge(small, public=True))
    async with opened(small) as door:
        assert (await door.get("gauge/", None)).status_code == 201
        assert door.module.seen[0]["state"] == {"caller": None, "context": None}
        assert reason(await door.get("gauge/layers/stations", None)) == (401, "TOKEN_MISSING")
        forged = await door.get("gauge/", None, headers={"Authorization": "Bearer x"})
        assert forged.status_code == 401


async def test_a_plugin_sees_no_credentials_and_nothing_that_only_a_proxy_may_say(door: Door) -> None:
    withheld = {
        "Cookie": "a=b",
        "Proxy-Authorization": "x",
        "X-Forwarded-For": "1.2.3.4",
        "Forwarded": "for=1.2.3.4",
        "Connection": "x-mine",
        "Ucs-Principal": "founder",
    }
    await door.get("gauge/", headers={**withheld, "X-Mine": "1", "Accept": "text/csv"})
    assert told_beyond_its_due(door.module.seen[0], withheld) == set()
    assert {b"x-mine", b"accept", b"host"} <= {name for name, _ in door.module.seen[0]["headers"]}


def told_beyond_its_due(scope: Any, withheld: dict[str, str]) -> set[str]:
    """What a plugin learns of a request that is not for it."""
    names = {name.decode() for name, _ in scope["headers"]}
    return (names & ({name.lower() for name in withheld} | {"authorization"})) | (
        scope["state"].keys() - {"caller", "context"}
    )


async def test_handing_on_what_came_in_is_found(door: Door) -> None:
    """The twin: the scope as the server made it."""
    scope = {"headers": [(b"authorization", b"Bearer x"), (b"cookie", b"a=b")], "state": {"abort": None}}
    assert told_beyond_its_due(scope, {"Cookie": "a=b"}) == {"authorization", "cookie", "abort"}


async def test_a_plugin_can_neither_break_the_framing_nor_loosen_what_browsers_are_told(door: Door) -> None:
    answer = await door.get("gauge/")
    assert (answer.headers["content-type"], answer.headers["x-own"]) == ("text/html", "1")
    assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert {"set-cookie", "content-length", "transfer-encoding"}.isdisjoint(answer.headers)
    assert len(answer.headers["ucs-call-id"]) == 26
    for path in ("split", "status"):
        assert reason(await door.get(f"gauge/{path}")) == (500, "PLUGIN_FAILED")


@pytest.mark.parametrize(
    "path",
    [
        "gauge",
        "gauge/../x",
        "gauge/./x",
        "gauge//x",
        "gauge/a\\b",
        "gauge/%2e%2e/x",
        "gauge/a%2fb",
        "gauge/a%00",
        "gauge/%252e",
        "../x",
    ],
)
def test_a_path_that_others_read_otherwise_is_none(path: str) -> None:
    raw = f"/plugins/{path}".encode()
    with pytest.raises(NotFound):
        below.split(str(httpx2.URL(f"http://x/plugins/{path}").path) if "%" in path else f"/plugins/{path}", raw)
    assert below.split("/plugins/gauge/a/b.c/", b"/plugins/gauge/a/b.c/") == ("gauge", "a/b.c/")


async def test_traversal_reaches_no_application(door: Door) -> None:
    for path in (b"/plugins/gauge/%2e%2e/x", b"/plugins/gauge/..%2fx", b"/plugins/gauge//x"):
        scope_path = httpx2.URL(f"http://x{path.decode()}").path
        sent: list[Any] = []
        scope = {"type": "http", "method": "GET", "path": scope_path, "raw_path": path, "query_string": b"", "root_path": "",
                 "headers": [(b"authorization", door.token("wang").encode())], "http_version": "1.1"}  # fmt: skip
        await door.app(scope, _nothing, _into(sent))
        assert sent[0]["status"] == 404
    assert door.module.seen == []


async def _nothing() -> Any:
    return {"type": "http.request", "body": b"", "more_body": False}


def _into(sent: list[Any]) -> Any:
    async def send(message: Any) -> None:
        sent.append(message)

    return send


async def test_a_body_beyond_its_bound_is_refused_however_it_comes(door: Door) -> None:
    announced = await door.get("gauge/", method="POST", content=b"x" * 2_000)
    assert reason(announced) == (413, "BODY_TOO_LARGE")
    assert door.module.seen == []

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 100

    assert reason(await door.get("gauge/", method="POST", content=pieces())) == (413, "BODY_TOO_LARGE")
    twice = [("Authorization", door.token("wang")), ("Content-Length", "1"), ("Content-Length", "2")]
    answer = await door.http.request("POST", "/plugins/gauge/", headers=twice, content=b"1")
    assert answer.status_code == 400


async def test_a_mount_that_fails_says_nothing_of_why(door: Door) -> None:
    for path in ("raise", "silent"):
        answer = await door.get(f"gauge/{path}")
        assert reason(answer) == (500, "PLUGIN_FAILED")
        assert "hunter2" not in answer.text
    said = await door.get("gauge/none")
    assert (reason(said), said.json()["errors"][0]["message"]) == ((404, "POINT_UNKNOWN"), "there is none")
    half = await door.get("gauge/half")
    assert "hunter2" not in half.text


async def test_a_mount_that_hangs_is_ended(small: PluginCity) -> None:
    await small.enable(a_gauge(small))
    async with opened(small, request_seconds=0.05) as door:
        assert reason(await door.get("gauge/hang")) == (504, "PLUGIN_TIMED_OUT")
        assert small.platform.extensions.table.plugins["gauge"].inside == 0


async def test_layers_are_geojson_and_indicators_say_what_they_are(door: Door) -> None:
    answer = await door.get("gauge/layers/stations")
    told = answer.json()
    assert answer.headers["content-type"] == "application/geo+json; charset=utf-8"
    assert (told["type"], told["source"], told["time"]) == ("FeatureCollection", "wang", "2026-05-04T00:00:00Z")
    assert ["id" in feature for feature in told["features"]] == [False, True]
    figure = (await door.get("gauge/indicators/level")).json()
    assert (figure["value"], figure["unit"], figure["title_zh"]) == (1.5, "m", "水位")
    assert reason(await door.get("gauge/layers/broken")) == (500, "PLUGIN_FAILED")
    assert reason(await door.get("gauge/layers/level")) == (404, "NOT_FOUND")
    assert reason(await door.get("gauge/layers/stations", method="POST")) == (405, "METHOD_UNSUPPORTED")
    assert door.module.seen == []


async def test_layers_are_for_those_who_may_discover_what_a_plugin_offers(door: Door) -> None:
    for path in ("layers/stations", "indicators/level", "layers/nothing"):
        hidden = await door.get(f"gauge/{path}", "outsider")
        assert reason(hidden) == (404, "NOT_FOUND")
    assert (await door.get("gauge/layers/stations", "li")).status_code == 200


async def test_what_a_plugin_sends_late_reaches_nobody(door: Door) -> None:
    passage = below._Passage(_into(sent := []))
    passage.closed = True
    with pytest.raises(ValueError, match="ended"):
        await passage.send({"type": "http.response.start", "status": 200, "headers": []})
    assert sent == []
    await asyncio.sleep(0)
