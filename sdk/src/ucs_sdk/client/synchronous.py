"""The client for those who wait: scripts, and threads of any application."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack, overload

from ucs_sdk.client.asynchronous import PAGE_SIZE, SECONDS, AsyncClient
from ucs_sdk.client.choosing import Choice, WatchChoice
from ucs_sdk.client.listing import AsyncPages
from ucs_sdk.client.models import Change, Operation, Order, Page, Resource
from ucs_sdk.client.retrying import Retries
from ucs_sdk.client.tokens import TokenFrom
from ucs_sdk.client.waiting import LoopThread, Waited
from ucs_sdk.client.watching import AsyncWatch
from ucs_sdk.messages import DEFAULT_LOCALE, Locale

if TYPE_CHECKING:
    from pydantic import BaseModel

Answer = TypeVar("Answer", bound="BaseModel")


class Pages:
    """Resources, fetched page by page as they are gone through; see AsyncPages."""

    def __init__(self, loop: LoopThread, pages: AsyncPages) -> None:
        self._loop = loop
        self._pages = pages

    @property
    def position(self) -> int | None:
        """The position in the log that the first page shows, once it was fetched: watch behind it, and nothing is missed."""
        return self._pages.position

    def pages(self) -> Iterator[Page]:
        """The pages themselves."""
        return Waited(self._loop, self._pages.pages())

    def __iter__(self) -> Iterator[Resource]:
        for page in self.pages():
            yield from page.resources


class Watch(Waited[Change]):
    """Changes, each once and in the order of the log; see AsyncWatch. Closing it ends a wait in another thread."""

    def __init__(self, loop: LoopThread, watch: AsyncWatch) -> None:
        super().__init__(loop, watch)
        self._watch = watch

    @property
    def position(self) -> int | None:
        """Behind which position it goes on; None until it has begun from now on."""
        return self._watch.position

    def begin(self) -> None:
        """Wait until the platform tells of changes; without it, that is when the first is asked for."""
        self._loop.wait(self._watch.begin())

    def __enter__(self) -> Self:
        self.begin()
        return self


class Client:
    """A platform's catalogue, operations and changes, for any number of threads at once.

    All is as in AsyncClient, but that it is waited for. Close it, or use it in `with`. It does not outlive a fork.
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
        self._client = AsyncClient(
            address,
            token=token,
            seconds=seconds,
            retries=retries,
            locale=locale,
            tls=tls,
            in_the_clear=in_the_clear,
        )
        self._loop = LoopThread(address, Locale(locale))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End what is under way in any thread, and close the connection."""
        self._loop.close(self._client.aclose())

    def get(self, name: str, *, seconds: float | None = None) -> Resource:
        """One resource, by its name `resources/…` or its id. Raises NotFound, also for what may not be discovered."""
        return self._loop.wait(self._client.get(name, seconds=seconds))

    def get_by_code(self, code: str, *, seconds: float | None = None) -> Resource:
        """One resource, by its code. Raises NotFound, also for what may not be discovered."""
        return self._loop.wait(self._client.get_by_code(code, seconds=seconds))

    def list(
        self,
        *,
        order: Order | str | None = None,
        page_size: int = PAGE_SIZE,
        seconds: float | None = None,
        **choice: Unpack[Choice],
    ) -> Pages:
        """The resources that the caller may discover, those last changed first; `seconds` is for each page."""
        return Pages(self._loop, self._client.list(order=order, page_size=page_size, seconds=seconds, **choice))

    def find(
        self,
        words: str,
        *,
        order: Order | str | None = None,
        page_size: int = PAGE_SIZE,
        seconds: float | None = None,
        **choice: Unpack[Choice],
    ) -> Pages:
        """Those resources in which each of some words occurs, in title, summary, tags, code or the owner's title."""
        return Pages(self._loop, self._client.find(words, order=order, page_size=page_size, seconds=seconds, **choice))

    def operations(self, capability: str | None = None, *, seconds: float | None = None) -> tuple[Operation, ...]:
        """The operations that the caller may discover, in the order of their names."""
        return self._loop.wait(self._client.operations(capability, seconds=seconds))

    @overload
    def invoke(
        self,
        operation: str,
        asked: Mapping[str, Any] | BaseModel | None = None,
        *,
        answer: None = None,
        request_id: str | None = None,
        seconds: float | None = None,
    ) -> dict[str, Any]: ...

    @overload
    def invoke(
        self,
        operation: str,
        asked: Mapping[str, Any] | BaseModel | None = None,
        *,
        answer: type[Answer],
        request_id: str | None = None,
        seconds: float | None = None,
    ) -> Answer: ...

    def invoke(
        self,
        operation: str,
        asked: Mapping[str, Any] | BaseModel | None = None,
        *,
        answer: Any = None,
        request_id: str | None = None,
        seconds: float | None = None,
    ) -> Any:
        """The answer of an operation such as `echo.say`, as JSON or as a model of the type `answer`; it takes effect once."""
        return self._loop.wait(
            self._client.invoke(operation, asked, answer=answer, request_id=request_id, seconds=seconds)
        )

    @overload
    def stream(
        self,
        operation: str,
        asked: Mapping[str, Any] | BaseModel | None = None,
        *,
        answer: None = None,
        seconds: float | None = None,
    ) -> Waited[dict[str, Any]]: ...

    @overload
    def stream(
        self,
        operation: str,
        asked: Mapping[str, Any] | BaseModel | None = None,
        *,
        answer: type[Answer],
        seconds: float | None = None,
    ) -> Waited[Answer]: ...

    def stream(
        self,
        operation: str,
        asked: Mapping[str, Any] | BaseModel | None = None,
        *,
        answer: Any = None,
        seconds: float | None = None,
    ) -> Waited[Any]:
        """The answers of a streaming operation, one by one; close it (or use `with`) when no more are wanted."""
        return Waited(self._loop, self._client.stream(operation, asked, answer=answer, seconds=seconds))

    def watch(self, after: int | None = None, *, patience: float | None = None, **choice: Unpack[WatchChoice]) -> Watch:
        """Every change that the caller may see, once and in order, behind a position or from now on, for as long as wanted."""
        return Watch(self._loop, self._client.watch(after, patience=patience, **choice))
