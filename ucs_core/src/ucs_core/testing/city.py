"""A whole platform in memory with plugins in it, for tests: called from any test, waited for, and gone at its end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, contextmanager
from datetime import datetime, timedelta
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from ulid import ULID

from ucs_core.access import TokenVerifier
from ucs_core.demo.personas import ADMINISTRATOR
from ucs_core.graphql import DocumentErrors, GraphqlDoor
from ucs_core.graphql.context import Caller
from ucs_core.graphql.schema import reserved_names
from ucs_core.invoke.context import PluginClock
from ucs_core.platform import Call, Platform, build_platform
from ucs_core.platform.founding import found
from ucs_core.testing.people import OWNER, people, roles, tree
from ucs_registry.documents import DocumentQuery
from ucs_registry.events import NewEvent
from ucs_registry.memory import InMemoryStore
from ucs_registry.ports import Store
from ucs_sdk.errors import UcsError
from ucs_sdk.manifest import Permission
from ucs_sdk.messages import Locale
from ucs_sdk.plugins import FoundPlugin, read_manifest
from ucs_sdk.testing import FakeClock

T = TypeVar("T")

RECORDS_MOST = 10_000
"""How many records or events a test is told of at once."""

WAIT_SECONDS = 60.0
"""How long anything may take before a test fails rather than hangs."""


class City:
    """A platform with personas and a clock of its own. Everything here waits until it is done, in any kind of test.

    `as_` says who acts: `platform-admin`, `publisher`, `reviewer`, `operator`, `bureau-admin`, `app`, `duty_officer`,
    `outsider`. Errors are those that the platform tells its callers (`ucs_sdk.UcsError`).
    """

    def __init__(self, platform: Platform, store: Store, clock: FakeClock, loop: asyncio.AbstractEventLoop) -> None:
        self.platform = platform
        self.clock = clock
        self._store = store
        self._loop = loop
        self._door = GraphqlDoor(platform)

    def invoke(
        self, operation: str, asked: Mapping[str, Any] | None = None, *, as_: str = "app", request_id: str | None = None
    ) -> Any:  # noqa: ANN401 -- JSON, as the operation answers
        """The answer of an operation, such as `rain.grade`, as JSON; of a stream, the list of its answers."""
        call = Call(principal=as_, request_id=request_id)
        return self._wait(self._invoke(call, operation, asked or {}))

    # JSON, of the shape that the document asks for.
    def graphql(self, document: str, variables: Mapping[str, Any] | None = None, *, as_: str = "app") -> Any:  # noqa: ANN401
        """The data that a document is answered with. Raises AssertionError with the errors where there are any."""
        answer = self._wait(self._graphql(document, variables or {}, as_))
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def emit(self, type: str, data: Mapping[str, Any], *, subject: str = "", organization: str = OWNER) -> None:
        """Have something happen outside of every plugin. Who handles it does so in `settle`."""
        event = NewEvent(
            id=str(ULID()),
            source="/test",
            type=type,
            subject=subject or None,
            time=self.clock.now(),
            organization=organization,
            data=dict(data),
        )
        self._wait(self._emit(event))

    def settle(self) -> int:
        """Deliver events until nobody has anything to do now; how many deliveries there were. What failed and waits is due
        later: let time pass, and settle again.
        """
        return self._wait(self.platform.extensions.settle())

    def run_schedules(self) -> int:
        """Do the scheduled work whose turn it is by the city's clock, once; how much that was."""
        extensions = self.platform.extensions
        return self._wait(extensions.supervision.once(extensions.table))

    def advance(self, **parts: float) -> None:
        """Let time pass: `advance(minutes=5)`."""
        self.clock.advance(timedelta(**parts).total_seconds())

    def emitted(self, type: str | None = None) -> list[dict[str, Any]]:
        """The events that were committed, in order: their `type`, `subject`, `organization` and `data`."""
        return self._wait(self._emitted(type))

    def records(self, plugin: str, collection: str) -> dict[str, dict[str, Any]]:
        """What a collection holds, by key, whoever owns it: each with its `body` and `organization`."""
        return self._wait(self._records(plugin, collection))

    def dead(self) -> list[dict[str, Any]]:
        """Deliveries that were given up."""
        found = self._wait(self.platform.dead_events(ADMINISTRATOR, first=200))
        return [each.model_dump(mode="json") for each in found]

    def enable(self, found: FoundPlugin, *, owner: str = OWNER, settings: Mapping[str, Any] | None = None) -> None:
        """Run a plugin, or run it as it now stands in its folder; what ran before goes on when it is wrong."""
        call = Call(principal=ADMINISTRATOR)
        self._wait(self.platform.extensions.load(call, found, owner))
        if settings is not None:
            self._wait(self.platform.enable_plugin(call, found.name, settings=settings))

    def disable(self, plugin: str, *, reason: str = "test") -> None:
        """Run a plugin no more."""
        self._wait(self.platform.disable_plugin(Call(principal=ADMINISTRATOR), plugin, reason=reason))

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(WAIT_SECONDS)

    async def _invoke(self, call: Call, operation: str, asked: Mapping[str, Any]) -> Any:  # noqa: ANN401 -- as `invoke`
        live = self.platform.extensions.table.operations.get(operation)
        if live is None or not live.operation.streaming:
            return await self.platform.invoke(call, operation, asked)
        async with aclosing(self.platform.stream(call, operation, asked)) as answers:
            return [answer async for answer in answers]

    async def _graphql(self, document: str, variables: Mapping[str, Any], principal: str) -> dict[str, Any]:
        caller = Caller(principal=principal, locale=Locale.EN, call_id=str(ULID()))
        try:
            operation = self._door.prepare(document, None, variables)
        except UcsError as error:
            return {"errors": [error.message()]}
        except DocumentErrors as wrong:
            return {"errors": [error.message for error in wrong.errors]}
        return dict((await self._door.run(operation, variables, caller)).body)

    async def _emit(self, event: NewEvent) -> None:
        async with self._store.write() as unit:
            await unit.emit([event])
            await unit.commit()

    async def _emitted(self, type: str | None) -> list[dict[str, Any]]:
        async with self._store.read() as reader:
            found = await reader.events(types=None if type is None else [type], after=0, first=RECORDS_MOST)
        return [
            {"type": each.type, "subject": each.subject or "", "organization": each.organization, "data": each.data}
            for each in found
        ]

    async def _records(self, plugin: str, collection: str) -> dict[str, dict[str, Any]]:
        query = DocumentQuery(plugin=plugin, collection=collection)
        async with self._store.read() as reader:
            found = await reader.find_documents(query, first=RECORDS_MOST)
        return {each.id: {"body": dict(each.body), "organization": each.organization} for each in found}


@contextmanager
def open_city(plugins: Sequence[FoundPlugin] = (), *, now: datetime | None = None) -> Iterator[City]:
    """A city with these plugins enabled in it."""
    with _loop() as loop:
        clock = FakeClock() if now is None else FakeClock(now)
        stack = AsyncExitStack()
        opening = asyncio.run_coroutine_threadsafe(_opened(stack, clock, plugins, loop), loop)
        try:
            city = opening.result(WAIT_SECONDS)
            for found in plugins:
                city.enable(found)
            yield city
        finally:
            asyncio.run_coroutine_threadsafe(stack.aclose(), loop).result(WAIT_SECONDS)


async def _opened(
    stack: AsyncExitStack, clock: FakeClock, plugins: Sequence[FoundPlugin], loop: asyncio.AbstractEventLoop
) -> City:
    store = await _store(stack, clock, plugins)
    administrator, *others = people()
    await found(store, clock.now, "test", tree(), administrator)
    async with store.write() as unit:
        await unit.put_principals(others)
        await unit.put_rules([role.to_rule() for role in roles()])
        await unit.commit()
    platform = build_platform(
        store,
        TokenVerifier({}),
        origin="test",
        clock=clock.now,
        find=lambda: list(plugins),
        plugin_clock=PluginClock(clock.now, clock.sleep),
        # A test looks into the module that it has imported itself.
        fresh=False,
        reserved=reserved_names(),
    )
    stack.push_async_callback(platform.pipeline.drain)
    stack.push_async_callback(platform.extensions.host.close)
    return City(platform, store, clock, loop)


async def _store(stack: AsyncExitStack, clock: FakeClock, plugins: Sequence[FoundPlugin]) -> Store:
    """A store in memory, or a database of its own where a plugin has tables of its own."""
    store: Store = InMemoryStore(seconds=lambda: clock.now().timestamp())
    if any(Permission.SQL in read_manifest(found).permissions for found in plugins):
        # Whoever has no tables need not wait until SQLAlchemy is imported.
        from ucs_registry.sql import migrations, open_store  # noqa: PLC0415 -- see above

        folder = stack.enter_context(TemporaryDirectory(prefix="ucs-city-"))
        url = f"sqlite:///{folder}/city.db"
        await asyncio.to_thread(migrations.upgrade, url)
        store = await open_store(url)
    stack.push_async_callback(store.close)
    return store


@contextmanager
def _loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop in a thread of its own, so that tests may wait for it wherever they run."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="ucs-city", daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(WAIT_SECONDS)
        loop.close()
