"""A loop in a thread of its own, and iterators that wait for it: the asynchronous client for those who wait."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import AsyncIterator, Coroutine
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar

from ucs_sdk.client.errors import spoken
from ucs_sdk.errors import FailedPrecondition
from ucs_sdk.messages import Locale

T = TypeVar("T")
Item_co = TypeVar("Item_co", covariant=True)


class Closable(Protocol[Item_co]):
    """An asynchronous iterator that can be closed."""

    def __aiter__(self) -> AsyncIterator[Item_co]: ...

    async def __anext__(self) -> Item_co: ...

    async def aclose(self) -> None: ...


class LoopThread:
    """Runs what it is handed, for any number of threads at once."""

    def __init__(self, address: str, locale: Locale) -> None:
        self._address = address
        self._locale = locale
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="ucs-client", daemon=True)
        self._thread.start()
        self._lock = threading.Lock()
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether it takes nothing any more."""
        return self._closed

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """What comes of it. Raises FailedPrecondition once this is closed."""
        with self._lock:
            if self._closed:
                work.close()
                raise self._gone()
            future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except concurrent.futures.CancelledError as cause:
            raise self._gone() from cause
        except BaseException:
            # Whoever waits may be interrupted, and then wants nothing any more.
            future.cancel()
            raise

    def close(self, last: Coroutine[Any, Any, None]) -> None:
        """End what is under way, do one last thing, and let the thread end; whoever still waits is told."""
        with self._lock:
            if self._closed:
                last.close()
                return
            self._closed = True
        asyncio.run_coroutine_threadsafe(self._ended(last), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _gone(self) -> FailedPrecondition:
        return spoken(FailedPrecondition("CLIENT_CLOSED", address=self._address), self._locale)

    async def _ended(self, last: Coroutine[Any, Any, None]) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await last
        await self._loop.shutdown_asyncgens()


class Waited(Generic[T]):
    """An iterator over what an asynchronous one gives, to be closed when no more is wanted (`with` does)."""

    def __init__(self, loop: LoopThread, items: Closable[T]) -> None:
        self._loop = loop
        self._items = items
        self._task: asyncio.Task[Any] | None = None
        self._closed = False

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        try:
            return self._loop.wait(self._next())
        except StopAsyncIteration:
            raise StopIteration from None
        except FailedPrecondition:
            if not self._closed:
                raise
            raise StopIteration from None

    def close(self) -> None:
        """Ask for no more; whoever waits for the next in another thread learns that there is none."""
        self._closed = True
        if not self._loop.closed:
            self._loop.wait(self._end())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def _next(self) -> T:
        if self._closed:
            raise StopAsyncIteration
        self._task = asyncio.current_task()
        try:
            return await anext(self._items)
        finally:
            self._task = None

    async def _end(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        await self._items.aclose()
