"""The service of the operations that plugins bring: found, and called."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import orjson

from ucs.capability.v1 import capability_service_pb2 as pb
from ucs.capability.v1.capability_service_pb2_grpc import CapabilityServiceServicer
from ucs_core.grpc.calls import current_caller
from ucs_core.platform import Call, OperationView, Platform
from ucs_sdk.declarations import Effect
from ucs_sdk.errors import Invalid
from ucs_sdk.messages import Phrase


class CapabilityService(CapabilityServiceServicer):
    """Serves `ucs.capability.v1.CapabilityService`."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def ListOperations(self, request: pb.ListOperationsRequest, context: object) -> pb.ListOperationsResponse:
        caller = current_caller()
        found = await self._platform.operations(caller.principal, caller.token)
        wanted = request.capability
        return pb.ListOperationsResponse(
            operations=[_message(each) for each in found if not wanted or each.path.partition(".")[0] == wanted]
        )

    async def Invoke(self, request: pb.InvokeRequest, context: object) -> pb.InvokeResponse:
        call = _call(request.request_id or None)
        answer = await self._platform.invoke(call, request.operation, _input(request.input))
        return pb.InvokeResponse(output=orjson.dumps(answer))

    async def InvokeStream(
        self, request: pb.InvokeStreamRequest, context: object
    ) -> AsyncIterator[pb.InvokeStreamResponse]:
        answers = self._platform.stream(_call(None), request.operation, _input(request.input))
        async with aclosing(answers):
            async for answer in answers:
                yield pb.InvokeStreamResponse(output=orjson.dumps(answer))


def _call(request_id: str | None) -> Call:
    caller = current_caller()
    return Call(principal=caller.principal, token=caller.token, request_id=request_id, call_id=caller.call_id)


def _input(content: bytes) -> dict[str, Any]:
    """What is asked. Raises Invalid for what is no JSON object."""
    try:
        asked = orjson.loads(content or b"{}")
    except orjson.JSONDecodeError as cause:
        raise Invalid("FIELD_INVALID", path="input", problem=Phrase("value-not-json")) from cause
    if not isinstance(asked, dict):
        raise Invalid("FIELD_TYPE", path="input", value=str(asked)[:80], expected="object")
    return asked


def _message(view: OperationView) -> pb.Operation:
    return pb.Operation(
        name=view.path,
        resource=view.resource,
        title_zh=view.title_zh,
        title_en=view.title_en,
        description=view.description,
        changes=view.effect is Effect.WRITE,
        streaming=view.streaming,
        input_schema=orjson.dumps(view.input).decode(),
        output_schema=orjson.dumps(view.output).decode(),
        plugin=view.plugin,
        plugin_version=view.version,
        callable=view.callable,
    )
