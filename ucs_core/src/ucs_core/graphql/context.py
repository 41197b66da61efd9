"""What the resolvers of one operation share: one session that reads one state, and loaders that ask it in batches."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, nullcontext
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeAlias, TypeVar

import strawberry
from strawberry.dataloader import DataLoader

from ucs_core.access.tokens import VerifiedToken
from ucs_core.platform import Call, DependencyView, Platform, ReadSession, ResourceView
from ucs_registry.organizations import Organization
from ucs_registry.queries import Dimension, ResourceQuery
from ucs_sdk.errors import Invalid
from ucs_sdk.messages import Locale

T = TypeVar("T")

Facets: TypeAlias = dict[Dimension, dict[str, int]]
"""How many resources have each value of some dimensions."""

BATCH_MOST = 500
"""How many keys one question to the session may carry."""

OBJECTS_MOST = 20_000
"""How many objects one operation may read. The estimate before the start cannot know how many dependencies there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks, the token that says so, in which language, and under which id the log will know it."""

    principal: str
    locale: Locale
    call_id: str
    token: VerifiedToken | None = None


class OperationContext:
    """Opens a session on the first question and keeps it, so that all fields of a query see one state.

    Siblings are resolved concurrently, a session answers one question at a time: questions wait for each other here.
    """

    def __init__(self, platform: Platform, caller: Caller) -> None:
        self.platform = platform
        self.caller = caller
        self.position: int | None = None
        self._sessions = AsyncExitStack()
        self._session: ReadSession | None = None
        self._turn = asyncio.Lock()
        self._changing = asyncio.Lock()
        self._objects = 0
        self._ended = False
        self._make_loaders()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended = True
        # A question that is being given up still has the reader until its turn is over.
        async with self._turn:
            await self._sessions.aclose()

    async def ask(self, question: Callable[[ReadSession], Awaitable[T]]) -> T:
        """The session's answer to a question."""
        async with self._turn:
            return await question(await self._opened())

    async def session(self) -> ReadSession:
        """The session itself, for what it knows without asking its reader."""
        async with self._turn:
            return await self._opened()

    def call(self, request_id: str | None, validate_only: bool) -> Call:
        """A mutating call of this caller."""
        return Call(
            principal=self.caller.principal,
            token=self.caller.token,
            request_id=request_id,
            validate_only=validate_only,
            call_id=self.caller.call_id,
        )

    async def invoke(self, operation: str, asked: Mapping[str, Any], request_id: str | None, *, changes: bool) -> Any:  # noqa: ANN401 -- as the plugin answers
        """The answer of a plugin's operation, as JSON has it. Those that change something go one after the other."""
        # A reader that is held while a plugin works is one that others wait for, the plugin's own reads among them.
        await self.forget()
        async with self._changing if changes else nullcontext():
            return await self.platform.invoke(self.call(request_id, False), operation, asked)

    def stream(self, operation: str, asked: Mapping[str, Any]) -> AsyncGenerator[Any, None]:
        """The answers of a plugin's operation, one by one, as JSON has them."""
        return self.platform.stream(self.call(None, False), operation, asked)

    async def forget(self) -> None:
        """Drop the session: what is read next sees the state that a mutation has left behind."""
        async with self._turn:
            await self._sessions.aclose()
            self._session = None
            self._make_loaders()

    async def renew(self) -> None:
        """Begin anew for the next event of a subscription: another state, and all objects to spend."""
        await self.forget()
        self._objects = 0

    @property
    def objects(self) -> int:
        """How many objects were read."""
        return self._objects

    def spend(self, objects: int) -> None:
        """Count objects that were read. Raises Invalid beyond what one operation may read."""
        self._objects += objects
        if self._objects > OBJECTS_MOST:
            raise Invalid("DOCUMENT_TOO_COSTLY", measure="objects", value=self._objects, most=OBJECTS_MOST)

    async def _opened(self) -> ReadSession:
        if self._ended:
            # A failure elsewhere has ended the operation, and nobody waits for this field any more.
            raise asyncio.CancelledError
        if self._session is None:
            session = self.platform.session(self.caller.principal, self.caller.token)
            self._session = await self._sessions.enter_async_context(session)
            self.position = self._session.position
        return self._session

    def _make_loaders(self) -> None:
        self.organizations: DataLoader[str, Organization | None] = DataLoader(
            self._load_organizations, max_batch_size=BATCH_MOST
        )
        self.resources: DataLoader[str, ResourceView | None] = DataLoader(
            self._load_resources, max_batch_size=BATCH_MOST
        )
        self.dependencies: DataLoader[str, list[DependencyView]] = DataLoader(
            self._load_dependencies, max_batch_size=BATCH_MOST
        )
        self.dependants: DataLoader[tuple[str, int], list[DependencyView]] = DataLoader(
            self._load_dependants, max_batch_size=BATCH_MOST
        )
        # These ask one by one. They are loaders so that what is counted under two names is counted once.
        self.counts: DataLoader[ResourceQuery, int] = DataLoader(self._load_count, max_batch_size=1)
        self.facets: DataLoader[tuple[ResourceQuery, tuple[Dimension, ...]], Facets] = DataLoader(
            self._load_facets, max_batch_size=1
        )

    async def _load_organizations(self, ids: list[str]) -> Sequence[Organization | None]:
        found = await self.ask(lambda session: session.organizations(ids))
        self.spend(len(found))
        return [found.get(id) for id in ids]

    async def _load_resources(self, names: list[str]) -> Sequence[ResourceView | None]:
        found = await self.ask(lambda session: session.resources_by_name(names))
        self.spend(len(found))
        return [found.get(name) for name in names]

    async def _load_dependencies(self, names: list[str]) -> Sequence[list[DependencyView]]:
        found = await self.ask(lambda session: session.dependencies(names))
        return self._counted(names, found)

    async def _load_dependants(self, wanted: list[tuple[str, int]]) -> Sequence[list[DependencyView]]:
        found: dict[tuple[str, int], list[DependencyView]] = {}
        for size in {size for _, size in wanted}:
            names = [name for name, each in wanted if each == size]
            ends = await self.ask(partial(ReadSession.dependants, names=names, first=size))
            found |= zip(((name, size) for name in names), self._counted(names, ends), strict=True)
        return [found[each] for each in wanted]

    def _counted(self, names: list[str], found: dict[str, list[DependencyView]]) -> Sequence[list[DependencyView]]:
        self.spend(sum(map(len, found.values())))
        return [found.get(name, []) for name in names]

    async def _load_count(self, queries: list[ResourceQuery]) -> Sequence[int]:
        [query] = queries
        return [await self.ask(lambda session: session.count(query))]

    async def _load_facets(self, wanted: list[tuple[ResourceQuery, tuple[Dimension, ...]]]) -> Sequence[Facets]:
        [(query, dimensions)] = wanted
        found = await self.ask(lambda session: session.facets(query, dimensions))
        self.spend(sum(map(len, found.values())))
        return [found]


Info = strawberry.Info[OperationContext, None]
"""What a resolver is told about its place."""
