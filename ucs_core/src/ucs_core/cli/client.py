"""The platform as the client verbs know it: GraphQL documents over HTTP, and errors that read like the platform's own.

Errors name resources by id, as scripts need it; people are told the codes that they typed.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any, Self

import click
import httpx2

from ucs_core.cli.output import Answered, Output, error_text
from ucs_core.cli.reach import Reach, find_platform, is_loopback, reach_options
from ucs_core.cli.value_mistakes import in_words
from ucs_core.cli.verb import Verb
from ucs_sdk.commands import spoken_locale
from ucs_sdk.errors import Code, UcsError, Unavailable

CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 60.0

Answer = dict[str, Any]

EVENT_STREAM = "text/event-stream"

_ERRNO = re.compile(r"^\[Errno -?\d+\] ")
_NAME = re.compile(r"\bresources/[0-7][0-9A-HJKMNP-TV-Z]{25}\b")
_NAMES_MOST = 20
# A document may hold so many root fields.


class Client:
    """A connection to one platform. Whatever changes something carries a request id, so that a repetition is harmless."""

    def __init__(self, reach: Reach) -> None:
        headers = {
            "Accept": "application/graphql-response+json, application/json;q=0.9",
            "Accept-Language": spoken_locale().value,
        }
        if reach.token:
            headers["Authorization"] = f"Bearer {reach.token}"
        self.url = reach.url
        self._http = httpx2.Client(
            base_url=reach.url,
            headers=headers,
            timeout=httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
            # A proxy that is set for the world outside has no business between two processes of one machine.
            trust_env=not is_loopback(reach.url),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def ask(self, document: str, **variables: object) -> Answer:
        """The data of a document. Raises Answered for the platform's errors, Unavailable where no platform answers."""
        payload = {"query": document, "variables": variables}
        try:
            try:
                response = self._http.post("/graphql", json=payload)
            except (httpx2.ReadError, httpx2.RemoteProtocolError):
                # The connection ended under way, as it does when a node restarts: once more, on a new one.
                response = self._http.post("/graphql", json=payload)
        except httpx2.HTTPError as cause:
            raise self._unreachable(cause) from cause
        return self._data(_object(response.content), response.status_code)

    def stream(self, document: str, **variables: object) -> Iterator[Answer]:
        """The data of each answer of a subscription, until the platform ends it. Raises what `ask` raises."""
        payload = {"query": document, "variables": variables}
        try:
            with self._http.stream("POST", "/graphql", json=payload, headers={"Accept": EVENT_STREAM}) as response:
                if not response.headers.get("content-type", "").startswith(EVENT_STREAM):
                    yield self._data(_object(response.read()), response.status_code)
                    return
                for line in response.iter_lines():
                    # Of an event only its data counts; `complete` has none.
                    name, _, value = line.partition(": ")
                    if name == "data" and value:
                        yield self._data(_object(value.encode()), response.status_code)
        except httpx2.HTTPError as cause:
            raise self._unreachable(cause) from cause

    def _unreachable(self, cause: httpx2.HTTPError) -> Unavailable:
        problem = _ERRNO.sub("", str(cause)) or type(cause).__name__
        return Unavailable("PLATFORM_UNREACHABLE", address=self.url, problem=problem)

    def _data(self, body: Answer, status: int) -> Answer:
        if errors := body.get("errors"):
            raise _answered(errors[0])
        if not isinstance(body.get("data"), dict):
            raise Unavailable("PLATFORM_ANSWER_STRANGE", address=self.url, status=status)
        data: Answer = body["data"]
        return data


def _object(content: bytes) -> Answer:
    try:
        body = json.loads(content)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _answered(error: Answer) -> Answered:
    told = error.get("extensions") or {}
    name = str(told.get("code", "")).lower()
    code = Code(name) if name in tuple(Code) else Code.INTERNAL
    reason, text = str(told.get("reason", "")), str(error.get("message", ""))
    if reason == "DOCUMENT_INVALID":
        # The verbs' documents are sound: it is a value from the command line or a file that does not fit.
        text = in_words(text)
    return Answered(code, reason, text, told.get("fields") or {})


def with_codes(client: Client, error: UcsError | Answered) -> UcsError | Answered:
    """An error whose text names resources by their codes, as far as they may be seen; what scripts read stays as it is."""
    text = error_text(error)
    names = list(dict.fromkeys(_NAME.findall(text)))
    for start in range(0, len(names), _NAMES_MOST):
        for name, code in codes_of(client, names[start : start + _NAMES_MOST]).items():
            text = text.replace(name, code)
    return Answered(error.code, error.reason, text, error.fields) if names else error


def codes_of(client: Client, names: Sequence[str]) -> dict[str, str]:
    """The codes of resources by their names, as far as they can be had."""
    declared = ", ".join(f"$r{at}: ID!" for at in range(len(names)))
    asked = " ".join(f"r{at}: resource(id: $r{at}) {{ code }}" for at in range(len(names)))
    try:
        answer = client.ask(f"query({declared}) {{ {asked} }}", **{f"r{at}": name for at, name in enumerate(names)})
    except (UcsError, Answered):
        # The error itself is what has to be told; names will do where codes cannot be had.
        return {}
    return {name: answer[f"r{at}"]["code"] for at, name in enumerate(names)}


def new_request_id() -> str:
    """A fresh request id for one change."""
    return f"cli-{secrets.token_hex(16)}"


def client_verb(
    name: str,
    action: Callable[..., int],
    params: Sequence[click.Parameter],
    *,
    summary: str,
    examples: Sequence[str] = (),
) -> Verb:
    """A verb that speaks to a platform: `action` gets the output, the client, and the verb's own parameters by name."""

    def connected(
        output: Output, http: str | None, token: str | None, persona: str | None, **parameters: object
    ) -> int:
        with Client(find_platform(http, token, persona)) as client:
            try:
                return action(output, client, **parameters)
            except (UcsError, Answered) as error:
                if output.as_json:
                    raise
                raise with_codes(client, error) from error

    return Verb(name, connected, [*params, *reach_options()], summary=summary, examples=examples)
