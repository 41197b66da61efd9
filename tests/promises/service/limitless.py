"""What the libraries do where nobody sets limits: the twin of a node's doors. It measures itself as `measured` does."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Sequence

import grpc
import uvicorn
from google.protobuf.json_format import MessageToDict
from measured import tell
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from ucs.registry.v1 import resource_pb2, resource_service_pb2_grpc


async def graphql(request: Request) -> JSONResponse:
    """Read all there is, then look at it."""
    if request.headers.get("authorization") is None:
        return JSONResponse({"errors": [{"extensions": {"reason": "TOKEN_MISSING"}}]}, 401)
    body = await request.body()
    try:
        json.loads(body)
    except ValueError:
        return JSONResponse({"errors": [{"extensions": {"reason": "BODY_NOT_JSON"}}]}, 400)
    return JSONResponse({"data": None})


class Resources(resource_service_pb2_grpc.ResourceServiceServicer):
    """Turns what it is sent into JSON, and refuses it then."""

    async def Create(self, request, context):  # noqa: N802 -- the name is the .proto file's
        MessageToDict(request)
        await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "code is required.")

    async def List(self, request, context):  # noqa: N802 -- the name is the .proto file's
        return resource_pb2.Resource()


def main(argv: Sequence[str]) -> int:
    """Serve at the addresses behind --http and --grpc."""
    return asyncio.run(_serve(*argv[2::2]))


async def _serve(http: str, address: str) -> int:
    server = grpc.aio.server(options=[("grpc.max_receive_message_length", -1)])
    resource_service_pb2_grpc.add_ResourceServiceServicer_to_server(Resources(), server)
    server.add_insecure_port(address)
    await server.start()
    host, _, port = http.partition(":")
    app = Starlette(routes=[Route("/graphql", graphql, methods=["POST"])])
    config = uvicorn.Config(app, host=host, port=int(port), lifespan="off", log_config=None, access_log=False)
    async with await asyncio.start_unix_server(tell, os.environ["MEASURED_AT"]):
        await uvicorn.Server(config).serve()
    return 0
