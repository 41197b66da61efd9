"""The surface behind a real server on loopback."""

import asyncio
import socket

import httpx2
import pytest
import uvicorn

from ucs_core.readiness import Phase


@pytest.fixture
async def served(store, open_surface):
    """The surface, and the address at which uvicorn serves it."""
    async with open_surface(store, lame_duck_seconds=0) as surface:
        listener = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(surface.app, lifespan="off", log_config=None, access_log=False, server_header=False)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server._serve([listener]))
        yield surface, f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await serving


async def test_a_served_surface_answers_on_one_connection_until_it_stops(served):
    surface, address = served
    async with httpx2.AsyncClient(base_url=address) as http:
        for _ in range(3):
            response = await http.post("/graphql", json={"query": "{ viewer { id } }"}, headers=surface.headers())
            assert response.json() == {"data": {"viewer": {"id": "principals/admin"}}}
            assert "connection" not in response.headers
        surface.readiness.enter(Phase.DRAINING)
        response = await http.get("/")
        assert (response.status_code, response.headers["connection"]) == (503, "close")
        assert (await http.get("/healthz")).status_code == 200


async def test_a_head_request_has_no_body(served):
    _, address = served
    async with httpx2.AsyncClient(base_url=address) as http:
        response = await http.head("/")
        assert (response.status_code, response.content) == (200, b"")


async def test_a_body_that_is_too_large_is_refused_before_it_has_arrived(served):
    surface, address = served
    host, port = address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    token = surface.headers()["Authorization"]
    head = f"POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\nContent-Type: application/json\r\n"
    writer.write(f"{head}Content-Length: 100000000\r\n\r\n{{".encode())
    assert (await reader.readline()).startswith(b"HTTP/1.1 413")
    writer.close()
    await writer.wait_closed()
