"""Lists that are fetched as they are gone through."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable

from ucs_sdk.client.models import Page, Resource


class AsyncPages:
    """Resources for `async for`, fetched page by page as they are asked for; gone through again, they are asked for anew.

    Pages are found by where the one before ended, so that what changes meanwhile neither doubles nor hides what stays.
    """

    def __init__(self, fetch: Callable[[str], Awaitable[Page]]) -> None:
        self._fetch = fetch
        self._position: int | None = None

    @property
    def position(self) -> int | None:
        """The position in the log that the first page shows, once it was fetched: watch behind it, and nothing is missed."""
        return self._position

    async def first(self) -> Page:
        """The first page."""
        page = await self._fetch("")
        self._position = page.position
        return page

    async def pages(self) -> AsyncGenerator[Page, None]:
        """The pages themselves."""
        page = await self.first()
        yield page
        while page.next:
            page = await self._fetch(page.next)
            yield page

    async def __aiter__(self) -> AsyncIterator[Resource]:
        async for page in self.pages():
            for resource in page.resources:
                yield resource
