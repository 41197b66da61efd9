"""Promise 22: a node keeps GraphQL over HTTP, as the public audits of the specification see it.

The audits are the package `graphql-http`, installed by scripts/audits; they ask a node over loopback. The twin is the bare
library, which answers by its own habits.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import strawberry
import uvicorn
from strawberry.asgi import GraphQL

ROOT = Path(__file__).parents[3]
INSTALLED, PROGRAM = ROOT / "build" / "audits", ROOT / "tests" / "http" / "audits" / "run.mjs"
LOCKED = PROGRAM.with_name("package-lock.json")

EXCEPTIONS: Mapping[str, str] = {}
"""The audits that a node may fail, each with the reason. There are none."""

AUDITS_LEAST = 60
"""How many audits there are at least; fewer mean that the suite was not run as a whole."""


def _missing() -> str | None:
    """Why the audits cannot be run here, if they cannot."""
    lock = INSTALLED / "package-lock.json"
    if not lock.is_file() or not (INSTALLED / "node").exists():
        return (
            "build/audits holds no audits or no Node.js to run them: scripts/audits fetches both where that is possible"
        )
    if lock.read_bytes() != LOCKED.read_bytes():
        return "build/audits holds audits of another version than tests/http/audits locks: run scripts/audits"
    return None


async def audited(url: str, token: str | None = None) -> list[dict[str, Any]]:
    """What became of every audit, asked of the server at a URL."""
    process = await asyncio.create_subprocess_exec(
        INSTALLED / "node",
        PROGRAM,
        INSTALLED,
        url,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | ({"AUDIT_TOKEN": token} if token else {}),
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return json.loads(out)


def failures(results: list[dict[str, Any]]) -> list[str]:
    """The audits that did not pass, but for the exceptions."""
    return [
        f"{result['id']} {result['name']}: {result['reason']}"
        for result in results
        if result["status"] != "ok" and result["id"] not in EXCEPTIONS
    ]


@asynccontextmanager
async def served(app: Any) -> AsyncIterator[str]:
    """An application behind uvicorn on loopback, and its URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve([listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/graphql"
    finally:
        server.should_exit = True
        await serving


@strawberry.type
class Query:
    """All that the audits ask of a schema."""

    @strawberry.field
    def hello(self) -> str:
        return "world"


@pytest.mark.skipif(_missing() is not None, reason=_missing() or "")
async def test_22_a_node_passes_all_audits_of_graphql_over_http_and_the_bare_library_does_not(city, capsys):
    node = city.node()
    node.start()
    await node.answers()
    results = await audited(f"http://{node.http}/graphql", city.token("admin"))
    assert len(results) >= AUDITS_LEAST
    assert failures(results) == []
    # An exception that is none any more is struck off.
    assert {result["id"] for result in results if result["status"] != "ok"} == set(EXCEPTIONS)

    async with served(GraphQL(strawberry.Schema(Query))) as url:
        caught = failures(await audited(url))
    assert caught
