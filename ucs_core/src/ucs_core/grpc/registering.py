"""How services are registered at a server, so that a call costs the same whatever the number of methods."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias, cast

import grpc

# Only the stubs of grpc have parameters, so these names are texts at run time.
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
Metadata: TypeAlias = "Sequence[tuple[str, str | bytes]]"
Called: TypeAlias = Callable[[Metadata], Handler]
"""Makes the handler of one call from what came beside its request."""
Guard: TypeAlias = Callable[[str, Handler], Called]
"""Makes of a method's path and its handler what is called."""


def registering(server: grpc.aio.Server, guard: Guard | None = None) -> grpc.aio.Server:
    """The server as the generated code sees it when it adds a service, whose handlers then are those that `guard` makes."""
    # That code calls the two methods that register handlers, and no others.
    return cast("grpc.aio.Server", _Registering(server, guard))


class _Registering:
    def __init__(self, server: grpc.aio.Server, guard: Guard | None) -> None:
        self._server = server
        self._guard = guard

    def add_generic_rpc_handlers(self, generic_rpc_handlers: Iterable[grpc.GenericRpcHandler]) -> None:
        self._server.add_generic_rpc_handlers([_Methods(each, self._guard) for each in generic_rpc_handlers])

    def add_registered_method_handlers(self, service_name: str, method_handlers: Mapping[str, Handler]) -> None:
        # The generated code registers each method twice. The server waits for the calls of such a one by a future of its
        # own, and looks at all of these futures for every call: with a hundred methods that costs more than an answer.
        del service_name, method_handlers


# Reflection asks what kind of server it is added to.
grpc.aio.Server.register(_Registering)


class _Methods(grpc.GenericRpcHandler):
    """The methods of a service, each guarded when it is first called."""

    def __init__(self, methods: grpc.GenericRpcHandler, guard: Guard | None) -> None:
        self._methods = methods
        self._guard = guard
        self._known: dict[str, Called] = {}

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Handler | None:
        path = handler_call_details.method
        called = self._known.get(path)
        if called is None:
            handler = self._methods.service(handler_call_details)
            if handler is None or self._guard is None:
                return handler
            called = self._known[path] = self._guard(path, handler)
        return called(handler_call_details.invocation_metadata)
