"""The limit: starlette on uvicorn that answers the same bytes to everything. `python -m peers.constant FILE PORT`."""

from __future__ import annotations

import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


def application(answer: bytes) -> Starlette:
    """The server of some bytes."""

    async def constant(request: Request) -> Response:
        await request.body()
        return Response(answer, media_type="application/json")

    return Starlette(routes=[Route("/graphql", constant, methods=["POST"])])


if __name__ == "__main__":
    uvicorn.run(
        application(Path(sys.argv[1]).read_bytes()),
        host="127.0.0.1",
        port=int(sys.argv[2]),
        loop="uvloop",
        http="httptools",
        log_level="warning",
        access_log=False,
        timeout_keep_alive=600,
    )
