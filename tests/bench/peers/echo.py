"""The limit of gRPC: a grpc.aio server on uvloop that answers with as many bytes as the request names.

`python -m peers.echo PORT`. It neither parses nor serialises a message: what is left is the transport.
"""

from __future__ import annotations

import sys
from functools import cache

import grpc
import uvloop

METHOD = "/peers.Echo/Answer"


@cache
def answer(size: int) -> bytes:
    """Some bytes."""
    return bytes(size)


async def echo(request: bytes, context: object) -> bytes:
    """Answer with as many bytes as are named in decimal digits."""
    return answer(int(request))


async def serve(port: int) -> None:
    """Serve until the process is ended."""
    _, service, method = METHOD.split("/")
    server = grpc.aio.server()
    handler = grpc.method_handlers_generic_handler(service, {method: grpc.unary_unary_rpc_method_handler(echo)})
    server.add_generic_rpc_handlers((handler,))
    server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    await server.wait_for_termination()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
