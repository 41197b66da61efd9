"""The client for asyncio."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack, overload

from ucs_sdk.client.calling import Calls
from ucs_sdk.client.choosing import Choice, WatchChoice
from ucs_sdk.client.listing import AsyncPages
from ucs_sdk.client.models import Operation, Order, Page, Resource
from ucs_sdk.client.needing import Needed
from ucs_sdk.client.reach import Reach
from ucs_sdk.client.retrying import Retries
from ucs_sdk.client.tokens import TokenFrom, Tokens
from ucs_sdk.client.watching import AsyncWatch, Stand
from ucs_sdk.errors import NotFound, UcsError
from ucs_sdk.messages import DEFAULT_LOCALE, Locale

if TYPE_CHECKING:
    from pydantic import BaseModel

    from ucs_sdk.client import wire
else:
    wire = Needed("ucs_sdk.client.wire")

Answer = TypeVar("Answer", bound="BaseModel")

SECONDS = 30.0
"""How long a call may take that does not say so itself, over all its tries."""

PAGE_SIZE = 100
"""How many resources are asked for at once."""


class AsyncClient:
    """A platform's catalogue, operations and changes, for one loop.

    `token` is the bearer token, the file that holds it, or a function that gives it; file and function are asked again when
    it is refused. `tls` is True, or the file of the authorities to trust; without TLS a token goes to this machine only,
    unless `in_the_clear` allows it. `seconds` is how long a call may take with all its tries (math.inf: no end).
    Raises what is wrong as UcsError, which speaks `locale`; OUTCOME_UNKNOWN and PLATFORM_OUT_OF_REACH tell in
    `fields["request_id"]` under which id a call can be sent again without doubling its effect.
    """

    def __init__(
        self,
        address: str = "127.0.0.1:50051",
        *,
        token: TokenFrom | None = None,
        seconds: float = SECONDS,
        retries: Retries | None = None,
        locale: Locale | str = DEFAULT_LOCALE,
        tls: bool | str | Path = False,
        in_the_clear: bool = False,
    ) -> None:
        self._locale = Locale(locale)
        reach = Reach(address=address, tls=tls if isinstance(tls, bool) else Path(tls))
        try:
            reach.check(sends_token=token is not None, in_the_clear=in_the_clear)
            self._channel = wire.Channel(reach, self._locale)
        except UcsError as error:
            error.locale = self._locale
            raise
        self._seconds = seconds
        self._calls = Calls(self._channel, Tokens(token), retries or Retries(), self._locale)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End what is under way, and close the connection."""
        await self._channel.close()

    async def get(self, name: str, *, seconds: float | None = None) -> Resource:
        """One resource, by its name `resources/…` or its id. Raises NotFound, also for what may not be discovered."""
        with self._worded():
            request = wire.messages.to_get(name)
            return wire.messages.resource(await self._calls.one("Get", request, self._within(seconds)))

    async def get_by_code(self, code: str, *, seconds: float | None = None) -> Resource:
        """One resource, by its code. Raises NotFound, also for what may not be discovered."""
        page = await self.list(code=code, page_size=1, seconds=seconds).first()
        if not page.resources:
            raise self._calls.worded(NotFound("NOT_FOUND", object=code))
        return page.resources[0]

    def list(
        self,
        *,
        order: Order | str | None = None,
        page_size: int = PAGE_SIZE,
        seconds: float | None = None,
        **choice: Unpack[Choice],
    ) -> AsyncPages:
        """The resources that the caller may discover, those last changed first; `seconds` is for each page."""
        return self._listed(None, choice, order, page_size, seconds)

    def find(
        self,
        words: str,
        *,
        order: Order | str | None = None,
        page_size: int = PAGE_SIZE,
        seconds: float | None = None,
        **choice: Unpack[Choice],
    ) -> AsyncPages:
        """Those resources in which each of some words occurs, in title, summary, tags, code or the owner's title."""
        return self._listed(words, choice, order, page_size, seconds)

    async def operations(self, capability: str | None = None, *, seconds: float | None = None) -> tuple[Operation, ...]:
        """The operations that the caller may discover, in the order of their names."""
        request = wire.messages.to_operations(capability)
        answer = await self._calls.one("ListOperations", request, self._within(seconds))
        return tuple(wire.messages.operation(each) for each in answer.operations)

    @overload
    async def invoke(
        self,
        operation: str,
        asked: Mapping[str, Any] | BaseModel | None = None,
        *,
        answer: None = None,
        request_id: str | None = None,
        seconds: float | None = None,
    ) -> dict[str, Any]: ...

    @overload
    async def invoke(
        self,
        operation: str,
        asked: Mapping[str, Any] | BaseModel | None = None,
        *,
        answer: type[Answer],
        request_id: str | None = None,
        seconds: float | None = None,
    ) -> Answer: ...

    async def invoke(
        self,
        operation: str,
        asked: Mapping[str, Any] | BaseModel | None = None,
        *,
        answer: type[BaseModel] | None = None,
        request_id: str | None = None,
        seconds: float | None = None,
    ) -> Any:
        """The answer of an operation such as `echo.say`, as JSON or as a model of the type `answer`.

        One request id stands for all tries, and is made here unless one is given: whatever breaks off, the call takes effect
        at most once.
        """
        request_id = request_id or uuid.uuid4().hex
        with self._worded():
            request = wire.messages.to_invoke(operation, asked, request_id)
            told = await self._calls.one("Invoke", request, self._within(seconds), request_id=request_id)
            return wire.messages.decoded(told.output, operation, answer)

    @overload
    def stream(
        self,
        operation: str,
        asked: Mapping[str, Any] | BaseModel | None = None,
        *,
        answer: None = None,
        seconds: float | None = None,
    ) -> AsyncGenerator[dict[str, Any], None]: ...

    @overload
    def stream(
        self,
        operation: str,
        asked: Mapping[str, Any] | BaseModel | None = None,
        *,
        answer: type[Answer],
        seconds: float | None = None,
    ) -> AsyncGenerator[Answer, None]: ...

    async def stream(
        self,
        operation: str,
        asked: Mapping[str, Any] | BaseModel | None = None,
        *,
        answer: type[BaseModel] | None = None,
        seconds: float | None = None,
    ) -> AsyncGenerator[Any, None]:
        """The answers of a streaming operation, one by one; close it (`aclosing`) when no more are wanted.

        `seconds` is for all of them together. It is tried again until the first answer has come; what breaks off behind that
        is raised, since nobody knows what the next answer would have been.
        """
        with self._worded():
            request = wire.messages.to_stream(operation, asked)
            async with aclosing(self._calls.many("InvokeStream", request, self._within(seconds))) as answers:
                async for told in answers:
                    yield wire.messages.decoded(told.output, operation, answer)

    def watch(
        self, after: int | None = None, *, patience: float | None = None, **choice: Unpack[WatchChoice]
    ) -> AsyncWatch:
        """Every change that the caller may see, once and in order, behind a position or from now on, for as long as wanted.

        `patience` is for how many seconds the platform may be out of reach before that is raised; None is for ever.
        """
        with self._worded():
            wire.messages.to_watch(choice, after)
        return AsyncWatch(
            self._calls,
            lambda position: wire.messages.to_watch(choice, position),
            wire.messages.change,
            Stand(after),
            patience,
        )

    def _listed(
        self, words: str | None, choice: Choice, order: Order | str | None, page_size: int, seconds: float | None
    ) -> AsyncPages:
        with self._worded():
            first = wire.messages.to_list(words, choice, order, page_size)

        async def fetch(token: str) -> Page:
            request = wire.messages.to_next(first, token)
            with self._worded():
                return wire.messages.page(await self._calls.one("List", request, self._within(seconds)))

        return AsyncPages(fetch)

    def _within(self, seconds: float | None) -> float:
        return self._seconds if seconds is None else seconds

    @contextmanager
    def _worded(self) -> Iterator[None]:
        """While something is done here: what goes wrong is told in this client's language."""
        try:
            yield
        except UcsError as error:
            error.locale = self._locale
            raise
