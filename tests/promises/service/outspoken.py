"""A node as the libraries would have it, over the same failing store: the twin of one that keeps secrets."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Sequence
from pathlib import Path

import grpc
import strawberry
import structlog
import uvicorn
from faulty import Faults, FaultyStore
from strawberry.asgi import GraphQL

from ucs.registry.v1 import resource_pb2, resource_service_pb2_grpc
from ucs_core.cli.configuration import load_settings
from ucs_registry.sql import open_store

log = structlog.get_logger()


@strawberry.type
class Shown:
    """A resource."""

    id: strawberry.ID


@strawberry.type
class Page:
    """Some resources."""

    total_count: int
    nodes: list[Shown]


@strawberry.type
class Query:
    """Asks the store, and lets what goes wrong go its way."""

    @strawberry.field
    async def resource(self, info: strawberry.Info, id: strawberry.ID) -> Shown | None:
        """One resource, and a line in the log when it cannot be had."""
        authorization = info.context["request"].headers.get("authorization")
        try:
            async with info.context["store"].read() as reader:
                await reader.resource(id.removeprefix("resources/"))
        except Exception:
            log.exception("failed", known=bool(authorization))
            raise
        return Shown(id=id)

    @strawberry.field
    async def resources(self) -> Page:
        """None of them."""
        return Page(total_count=0, nodes=[])


class Door(GraphQL):
    """strawberry's own."""

    async def get_context(self, request, response):
        return {"request": request, "store": self.store}


class Resources(resource_service_pb2_grpc.ResourceServiceServicer):
    """grpc's own."""

    def __init__(self, store: FaultyStore) -> None:
        self._store = store

    async def Get(self, request, context):  # noqa: N802 -- the name is the .proto file's
        async with self._store.read() as reader:
            await reader.resource(request.name.removeprefix("resources/"))
        return resource_pb2.Resource(name=request.name)


def main(argv: Sequence[str]) -> int:
    """Serve at the addresses behind --http and --grpc."""
    return asyncio.run(_serve(*argv[2::2]))


async def _serve(http: str, address: str) -> int:
    store = FaultyStore(await open_store(load_settings().database_url), Faults(Path(os.environ["FAULTS_AT"])))
    server = grpc.aio.server()
    resource_service_pb2_grpc.add_ResourceServiceServicer_to_server(Resources(store), server)
    server.add_insecure_port(address)
    await server.start()
    door = Door(strawberry.Schema(Query))
    door.store = store
    host, _, port = http.partition(":")
    await uvicorn.Server(uvicorn.Config(door, lifespan="off"))._serve([socket.create_server((host, int(port)))])
    return 0
