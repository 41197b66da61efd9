"""Health, readiness, draining, and the figures for an operator."""

import asyncio
from contextlib import AsyncExitStack

import httpx2
import pytest
from structlog.testing import capture_logs

from ucs_core.http import Metrics, build_http
from ucs_core.readiness import Phase, Readiness
from ucs_registry.sql import open_store
from ucs_registry.sql.sqlite import READERS_MOST
from ucs_sdk.errors import Internal, Unavailable


async def test_a_live_process_says_so_in_every_phase(surface):
    for phase in Phase:
        surface.readiness.enter(phase)
        response = await surface.http.get("/healthz")
        assert (response.status_code, response.json()) == (200, {"alive": True})


async def test_a_node_is_ready_when_it_serves_and_its_store_answers(surface):
    response = await surface.http.get("/readyz")
    assert (response.status_code, response.json()) == (200, {"ready": True, "phase": "serving"})


@pytest.mark.parametrize(("phase", "reason"), [(Phase.STARTING, "STARTING"), (Phase.DRAINING, "DRAINING")])
async def test_a_node_that_does_not_serve_is_not_ready_and_says_why(surface, phase, reason):
    surface.readiness.enter(phase)
    response = await surface.http.get("/readyz", headers={"Accept-Language": "zh"})
    assert response.status_code == 503
    body = response.json()
    assert (body["ready"], body["phase"]) == (False, phase.value)
    assert body["errors"][0]["extensions"]["reason"] == reason
    assert "平台正在" in body["errors"][0]["message"]


async def test_a_store_that_fails_or_is_silent_makes_the_node_unready(surface):
    async def gone():
        raise Unavailable("STORE_UNAVAILABLE", retry_after=1)

    async def broken():
        raise ValueError("swordfish")

    for probe, reason in ((gone, "STORE_UNAVAILABLE"), (broken, "INTERNAL")):
        readiness = Readiness(probe)
        readiness.enter(Phase.SERVING)
        app = build_http(surface.platform, readiness, surface.settings)
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://ucs.test") as http:
            response = await http.get("/readyz")
        assert response.status_code == 503
        assert response.json()["errors"][0]["extensions"]["reason"] == reason
        assert "swordfish" not in response.text


async def test_a_probe_that_fails_by_our_fault_is_logged_with_its_cause(surface):
    async def failing():
        raise Internal("STORE_FAILED") from ValueError("swordfish")

    readiness = Readiness(failing)
    readiness.enter(Phase.SERVING)
    app = build_http(surface.platform, readiness, surface.settings)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://ucs.test") as http:
        with capture_logs() as logged:
            response = await http.get("/readyz")
    assert "swordfish" not in response.text
    (entry,) = logged
    assert entry["call_id"] == response.headers["ucs-call-id"]


async def test_a_store_whose_readers_are_all_taken_leaves_the_node_ready_and_requests_in_time(open_surface, sqlite_url):
    # Whoever had to wait for a reader to the end would wait for an hour.
    store = await open_store(sqlite_url, patience=3600)
    async with open_surface(store, request_seconds=0.05) as surface, AsyncExitStack() as held, asyncio.timeout(20):
        for _ in range(READERS_MOST):
            await held.enter_async_context(store.read())
        assert (await surface.http.get("/readyz")).status_code == 200
        for _ in range(3):
            assert (await surface.ask("{ viewer { id } }")).status_code == 504
    await store.close()


async def test_a_stopping_node_turns_new_requests_away_and_closes_their_connections(store, open_surface, error):
    async with open_surface(store, lame_duck_seconds=0) as surface:
        surface.readiness.enter(Phase.DRAINING)
        for request in (surface.ask("{ viewer { id } }"), surface.http.get("/"), surface.http.get("/none")):
            response = await request
            told = error(response)
            assert (told["status"], told["code"], told["reason"]) == (503, "UNAVAILABLE", "DRAINING")
            assert (response.headers["connection"], response.headers["retry-after"]) == ("close", "1")
        for path in ("/healthz", "/metrics"):
            response = await surface.http.get(path)
            assert (response.status_code, response.headers["connection"]) == (200, "close")


async def test_a_node_that_begins_to_stop_still_serves_for_a_moment_and_closes_connections(store, open_surface):
    async with open_surface(store, lame_duck_seconds=60) as surface:
        surface.readiness.enter(Phase.DRAINING)
        response = await surface.ask("{ viewer { id } }")
        assert (response.status_code, response.headers["connection"]) == (200, "close")


async def test_a_request_that_was_begun_is_answered_while_the_node_stops(store, open_surface):
    async with open_surface(store, lame_duck_seconds=0) as surface:
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def slow_body():
            begun.set()
            await go_on.wait()
            yield b'{"query": "{ viewer { id } }"}'

        headers = surface.headers(Content_Type="application/json")
        asking = asyncio.create_task(surface.http.post("/graphql", content=slow_body(), headers=headers))
        await begun.wait()
        surface.readiness.enter(Phase.DRAINING)
        go_on.set()
        assert (await asking).status_code == 200


async def test_requests_are_counted_by_verb_and_outcome(surface, new):
    await surface.ask("{ viewer { id } }")
    await surface.ask('{ resource(code: "none") { id } }')
    await surface.ask("{ broken")
    await surface.ask("mutation($input: CreateResourceInput!) { createResource(input: $input) { id } }", {"input": new})
    await surface.http.post("/graphql", json={})
    await surface.http.get("/none")
    await surface.http.get("/readyz")
    response = await surface.http.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    for line in (
        'ucs_requests_total{code="OK",door="http",verb="query"} 1.0',
        'ucs_requests_total{code="NOT_FOUND",door="http",verb="query"} 1.0',
        'ucs_requests_total{code="INVALID",door="http",verb="graphql"} 1.0',
        'ucs_requests_total{code="OK",door="http",verb="createResource"} 1.0',
        'ucs_requests_total{code="UNAUTHENTICATED",door="http",verb="graphql"} 1.0',
        'ucs_requests_total{code="NOT_FOUND",door="http",verb="other"} 1.0',
        'ucs_requests_total{code="OK",door="http",verb="readyz"} 1.0',
        'ucs_request_seconds_count{door="http",verb="query"} 2.0',
        'ucs_phase{phase="serving"} 1.0',
        'ucs_phase{phase="draining"} 0.0',
        "ucs_refusals_unlogged_total 0.0",
    ):
        assert line in response.text.splitlines()


async def test_no_figure_names_a_principal_or_anything_else_that_callers_choose(surface):
    await surface.ask("{ viewer { id } }")
    await surface.ask("query Swordfish { swordfish }")
    await surface.http.get("/swordfish")
    await surface.http.request("SWORDFISH", "/graphql")
    text = (await surface.http.get("/metrics")).text
    assert "swordfish" not in text.lower()
    assert "admin" not in text


async def test_refusals_that_went_unlogged_are_counted(surface):
    for _ in range(203):
        await surface.ask('mutation { submitResource(id: "none") { id } }')
    text = (await surface.http.get("/metrics")).text
    (line,) = [line for line in text.splitlines() if line.startswith("ucs_refusals_unlogged_total")]
    assert float(line.split()[1]) >= 1


async def test_other_doors_may_count_in_the_same_figures(surface):
    metrics = Metrics(lambda: 7)
    app = build_http(surface.platform, surface.readiness, surface.settings, metrics)
    metrics.observe("grpc", "Get", "OK", 0.01)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://ucs.test") as http:
        text = (await http.get("/metrics")).text
    assert 'ucs_requests_total{code="OK",door="grpc",verb="Get"} 1.0' in text
    assert "ucs_refusals_unlogged_total 7.0" in text
