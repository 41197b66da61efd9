"""Plugins in this process: what is enabled runs, a swap loses no call, and what fails says why and stops nobody else."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager

import structlog

from ucs_core.plugins.loading import Contexts, Loading
from ucs_core.plugins.running import RunningPlugin
from ucs_core.plugins.table import LiveOperation, OperationTable
from ucs_registry.plugins import PluginRow
from ucs_registry.ports import OwnTables
from ucs_registry.settling import ended
from ucs_sdk.errors import AlreadyExists, NotFound, UcsError
from ucs_sdk.plugins import FoundPlugin, Plugin, check_names, find_plugins

DRAIN_SECONDS = 35.0
"""How long a version that was replaced may take to end its calls before it is told to stop."""

TOGETHER_SECONDS = 1.0
"""How long what has started waits for others that are starting: with every table all doors make their schemas anew."""

STOP_SECONDS = 5.0
"""How long a plugin may take to put away what it holds."""

Changed = Callable[[OperationTable], None]

Making = Callable[[Plugin], Awaitable[OwnTables | None]]
"""Makes the tables of a plugin's own that are missing; None for one that declares none."""


async def no_tables(_plugin: Plugin) -> None:
    """None are made."""
    return None


log = structlog.get_logger()


class PluginHost:
    """Runs plugins. The table is replaced as a whole, so that a call sees one state of it."""

    def __init__(
        self,
        contexts: Contexts,
        *,
        find: Callable[[], Iterable[FoundPlugin]] = find_plugins,
        loading: Loading | None = None,
        reserved: frozenset[str] = frozenset(),
        making: Making = no_tables,
    ) -> None:
        self.table = OperationTable()
        self.failures: dict[str, UcsError] = {}
        """Why a plugin does not run as it was decided, by its name."""
        self.starting: set[str] = set()
        self._failed_at: dict[str, int] = {}
        self._folders: dict[str, FoundPlugin] = {}
        self._loading = loading or Loading(contexts)
        self._find = find
        self._reserved = reserved
        self._making = making
        self._changed: list[Changed] = []
        self._leaving: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()
        self._started: dict[str, RunningPlugin] = {}
        self._putting: asyncio.TimerHandle | None = None

    def on_change(self, callback: Changed) -> None:
        """Have a function told of every new table."""
        self._changed.append(callback)

    @contextmanager
    def taken(self, path: str) -> Iterator[LiveOperation | None]:
        """An operation as it is now; its plugin is kept until the end of the block. None when it is not live."""
        live = self.table.operations.get(path)
        if live is None:
            yield None
            return
        with live.running.serving():
            yield live

    @contextmanager
    def serving(self, name: str) -> Iterator[RunningPlugin | None]:
        """A plugin as it runs now, kept until the end of the block. None when it does not run."""
        running = self.table.plugins.get(name)
        if running is None:
            yield None
            return
        with running.serving():
            yield running

    def installed(self) -> dict[str, FoundPlugin]:
        """What could be enabled on this node, by name. Of two of one name neither is."""
        found = list(self._offered())
        named = {each.name: each for each in found}
        try:
            check_names(found)
        except AlreadyExists:
            names = [each.name for each in found]
            return {name: each for name, each in named.items() if names.count(name) == 1}
        return named

    def found(self, name: str, offered: Iterable[FoundPlugin] | None = None) -> FoundPlugin:
        """An installed plugin, of those that are offered now. Raises NotFound with PLUGIN_UNKNOWN, and AlreadyExists when
        there are two of the name.
        """
        there = [each for each in (self._offered() if offered is None else offered) if each.name == name]
        check_names(there)
        if not there:
            near = difflib.get_close_matches(name[:80], self.installed(), n=1)
            raise NotFound("PLUGIN_UNKNOWN", plugin=name[:80], near=near)
        return there[0]

    def offer(self, found: FoundPlugin) -> None:
        """Count what is in a folder as installed on this node, in place of an installed one of the same name."""
        self._folders[found.name] = found

    def _offered(self) -> Iterator[FoundPlugin]:
        yield from self._folders.values()
        yield from (each for each in self._find() if each.name not in self._folders)

    async def load(self, found: FoundPlugin) -> Plugin:
        """Import a plugin, without starting it."""
        return await self._loading.loaded(found)

    async def start(self, plugin: Plugin, row: PluginRow) -> RunningPlugin:
        """Start a plugin, without letting anybody call it."""
        self._check_paths(plugin)
        return await self._loading.started(plugin, row, await self._making(plugin))

    def put(self, running: RunningPlugin) -> None:
        """Let a plugin be called, in place of its other version."""
        self._put({running.name: running})

    def remove(self, name: str) -> None:
        """Let a plugin be called no more."""
        before = self.table.plugins.get(name)
        self.failures.pop(name, None)
        if before is not None:
            self._publish({other: running for other, running in self.table.plugins.items() if other != name})
            self._leave(before)

    async def discard(self, running: RunningPlugin) -> None:
        """Stop a plugin that was started and never put."""
        await self._stop(running)

    async def follow(self, rows: Iterable[PluginRow]) -> None:
        """Bring this node to what was decided. What fails is noted, and the version before it goes on."""
        async with self.deciding():
            offered: list[FoundPlugin] | None = None
            try:
                for row in rows:
                    running = self.table.plugins.get(row.name)
                    if not row.enabled:
                        self.remove(row.name)
                    elif row.generation not in (running and running.generation, self._failed_at.get(row.name)):
                        # Every look reads what all distributions say of themselves.
                        offered = offered or list(self._offered())
                        await self._follow(row, offered)
            finally:
                self._put_started()

    @asynccontextmanager
    async def deciding(self) -> AsyncIterator[None]:
        """Keep what runs here as it is, but for whoever is in the block."""
        async with self._turn:
            yield

    async def close(self) -> None:
        """Stop all plugins."""
        for name in list(self.table.plugins):
            self.remove(name)
        if self._leaving:
            await asyncio.wait(self._leaving, timeout=STOP_SECONDS)
        await ended(*self._leaving)

    async def _follow(self, row: PluginRow, offered: Iterable[FoundPlugin]) -> None:
        self.starting.add(row.name)
        try:
            plugin = await self.load(self.found(row.name, offered))
            if any(path in each.plugin.operations for each in self._started.values() for path in plugin.operations):
                # Whose an operation is, is asked of the table.
                self._put_started()
            running = await self.start(plugin, row)
        except UcsError as failure:
            log.warning("plugin_not_started", plugin=row.name, reason=failure.reason, problem=failure.message())
            self.failures[row.name] = failure
            self._failed_at[row.name] = row.generation
            return
        finally:
            self.starting.discard(row.name)
        self._started[row.name] = running
        if self._putting is None:
            self._putting = asyncio.get_running_loop().call_later(TOGETHER_SECONDS, self._put_started)

    def _put_started(self) -> None:
        """Let what has started be called, however long the next one takes."""
        if self._putting is not None:
            self._putting.cancel()
            self._putting = None
        started, self._started = self._started, {}
        if started:
            self._put(started)

    def _put(self, started: Mapping[str, RunningPlugin]) -> None:
        before = [self.table.plugins[name] for name in started if name in self.table.plugins]
        for name in started:
            self.failures.pop(name, None)
        self._publish({**self.table.plugins, **started})
        for running in before:
            self._leave(running)

    def _check_paths(self, plugin: Plugin) -> None:
        for capability in plugin.capabilities:
            first, *rest = capability.name.split("_")
            if first + "".join(map(str.capitalize, rest)) in self._reserved:
                raise AlreadyExists("PLUGIN_NAME_RESERVED", plugin=plugin.name, path=capability.name)
        for path in plugin.operations:
            live = self.table.operations.get(path)
            if live is not None and live.plugin != plugin.name:
                raise AlreadyExists("PLUGIN_OPERATION_TAKEN", path=path, plugin=plugin.name, other=live.plugin)

    def _publish(self, plugins: Mapping[str, RunningPlugin]) -> None:
        self.table = self.table.with_plugins(plugins.values())
        for callback in self._changed:
            try:
                callback(self.table)
            except Exception:
                # One that cannot follow must not keep the others from it.
                log.exception("table_not_followed", callback=repr(callback))

    def _leave(self, running: RunningPlugin) -> None:
        task = asyncio.get_running_loop().create_task(self._left(running))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def _left(self, running: RunningPlugin) -> None:
        """Stop a version when its last call has ended."""
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                await running.emptied()
        except TimeoutError:
            log.warning("plugin_left_with_calls", plugin=running.name, version=running.version, calls=running.inside)
        await self._stop(running)

    async def _stop(self, running: RunningPlugin) -> None:
        try:
            await self._loading.hook(running, "ucs_stopping", STOP_SECONDS)
        except UcsError as failure:
            log.warning("plugin_not_stopped", plugin=running.name, reason=failure.reason, problem=failure.message())
