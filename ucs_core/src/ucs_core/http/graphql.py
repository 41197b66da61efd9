"""GraphQL over HTTP: POST for everything, GET for queries, and the statuses that each media type asks for."""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from ucs_core.graphql import Answer, DocumentErrors, GraphqlDoor, Operation, fault, refused, report
from ucs_core.http.bodies import (
    GraphqlRequest,
    accepted_media,
    accepts_events,
    check_content_type,
    from_body,
    from_query,
    read_body,
)
from ucs_core.http.responses import JSON, STATUS, caller_of, error_response, event_headers, json_response, status_of
from ucs_core.http.sse import EventStream, following
from ucs_core.platform import Platform
from ucs_core.settings import Settings
from ucs_registry.settling import ended, settled
from ucs_sdk.errors import Code, DeadlineExceeded, Invalid, UcsError

FIRST_SECONDS = 5.0
"""How long the first event is waited for, so that a refusal can be an ordinary answer; then the stream begins without it."""


TRIED = "quick_way_tried"
"""What is noted of a request, in its state, to which the quick way has found no answer."""


class GraphqlEndpoint:
    """Authenticates, reads the request within bounds, and lets the GraphQL door answer it in time."""

    def __init__(self, platform: Platform, door: GraphqlDoor, settings: Settings) -> None:
        self._platform = platform
        self._door = door
        self._settings = settings

    async def __call__(self, request: Request) -> Response:
        media = accepted_media(request.headers.get("accept"))
        exchange = _Exchange(self._door, request, media, self._settings.watch_stall_seconds)
        try:
            async with asyncio.timeout(self._settings.request_seconds):
                exchange.caller = caller_of(request, await self._platform.authenticate(_authorization(request)))
                return await exchange.answer(await self._read(request))
        except UcsError as error:
            report(error, exchange.caller)
            return error_response(request, error, media_type=media)
        except TimeoutError:
            return error_response(request, exchange.overdue(self._settings.request_seconds), media_type=media)
        except ClientDisconnect:
            # Nobody is left to hear of it, but somebody may count.
            return error_response(request, Invalid("BODY_INCOMPLETE"), media_type=media)
        except Exception as failure:  # noqa: BLE001 -- reported, with its cause
            report(failure, exchange.caller)
            return error_response(request, exchange.fault(), media_type=media)

    async def _read(self, request: Request) -> GraphqlRequest:
        if request.method != "POST":
            return from_query(request)
        check_content_type(request)
        return from_body(await read_body(request, self._settings.body_most))


class _Exchange:
    """One request on its way to an answer: what is known of it when it goes wrong."""

    def __init__(self, door: GraphqlDoor, request: Request, media: str, stall_seconds: float) -> None:
        self._door = door
        self._request = request
        self._media = media
        self._stall_seconds = stall_seconds
        self._operation: Operation | None = None
        self.caller = caller_of(request)

    async def answer(self, sent: GraphqlRequest) -> Response:
        """The answer to a well-formed request."""
        try:
            operation = self._door.prepare(sent.query, sent.operation, sent.variables, sent.persisted)
        except (UcsError, DocumentErrors) as error:
            return self._respond(refused(error, self.caller), _status(error, self._media))
        self._request.state.verb = operation.verb
        if operation.mutates and self._request.method != "POST":
            refusal = Invalid("MUTATION_NEEDS_POST")
            return error_response(self._request, refusal, media_type=self._media, headers={"Allow": "POST"})
        if operation.subscribes:
            return await self._subscribed(operation, sent)
        self._operation = operation
        tried = getattr(self._request.state, TRIED, False)
        answer = await self._door.run(operation, sent.variables, self.caller, tried=tried)
        return self._respond(answer, 200 if answer.executed or self._media == JSON else 400)

    async def _subscribed(self, operation: Operation, sent: GraphqlRequest) -> Response:
        """A stream of events, or an ordinary answer when the subscription is refused before its first."""
        if self._request.method != "POST" or not accepts_events(self._request.headers.get("accept")):
            return error_response(self._request, Invalid("SUBSCRIPTION_NEEDS_EVENT_STREAM"), media_type=self._media)
        answers = self._door.subscribe(operation, sent.variables, self.caller)
        first = asyncio.create_task(following(answers))
        try:
            await asyncio.wait({first}, timeout=FIRST_SECONDS)
            if first.done() and not first.result().executed:
                await answers.aclose()
                answer = first.result()
                return self._respond(answer, STATUS[Code((answer.code or Code.INTERNAL).lower())])
        except BaseException:
            await ended(first)
            await settled(answers.aclose())
            raise
        return EventStream(first, answers, event_headers(self.caller), stall_seconds=self._stall_seconds)

    def overdue(self, seconds: float) -> UcsError:
        """The error of a request that took too long. A mutation that was begun runs to its end all the same."""
        return DeadlineExceeded("OUTCOME_UNKNOWN" if self._mutating else "DEADLINE_EXCEEDED", seconds=f"{seconds:g}")

    def fault(self) -> UcsError:
        """The error of a request that failed by our fault."""
        return fault(self.caller.call_id, mutating=self._mutating)

    @property
    def _mutating(self) -> bool:
        return self._operation is not None and self._operation.mutates

    def _respond(self, answer: Answer, status: int) -> Response:
        self._request.state.code = answer.code or "OK"
        headers = {} if answer.position is None else {"Ucs-Position": str(answer.position)}
        return json_response(answer.json, self.caller, status=status, media_type=self._media, headers=headers)


def _status(error: UcsError | DocumentErrors, media: str) -> int:
    # The older media type says of every well-formed request that it went well, and the rest in the body.
    if media == JSON:
        return 200
    return 400 if isinstance(error, DocumentErrors) else status_of(error)


def _authorization(request: Request) -> str | None:
    sent = request.headers.getlist("authorization")
    # Two are as good as none: readers differ on which of them counts.
    return sent[0] if len(sent) == 1 else None
