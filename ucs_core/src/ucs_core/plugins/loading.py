"""Bringing a plugin up to the point where it can be called, within a bound of time, whatever its code does."""

from __future__ import annotations

import asyncio
import inspect
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ucs_core.plugins.running import RunningPlugin
from ucs_registry.plugins import PluginRow
from ucs_registry.ports import OwnTables
from ucs_sdk.context import Context
from ucs_sdk.errors import DeadlineExceeded, FailedPrecondition, Invalid, UcsError
from ucs_sdk.manifest import PluginManifest
from ucs_sdk.messages import Locale, Phrase
from ucs_sdk.plugins import FoundPlugin, Plugin, call, failed_at, load_plugin
from ucs_sdk.redaction import gist

T = TypeVar("T")

START_SECONDS = 10.0
"""How long a plugin may take to be imported, and again to prepare itself."""

THREAD = "plugin"
"""What threads are called in which a plugin's code may block."""

Contexts = Callable[[RunningPlugin, str], Context]
"""Makes the context in which a plugin's hook of a name runs, as the plugin itself."""


class Loading:
    """Loads and starts plugins. `fresh` says whether what is imported already is imported anew."""

    def __init__(self, contexts: Contexts, *, seconds: float = START_SECONDS, fresh: bool = True) -> None:
        self._contexts = contexts
        self._seconds = seconds
        self._fresh = fresh

    async def loaded(self, found: FoundPlugin) -> Plugin:
        """The plugin, imported. Raises UcsError that says what is wrong and where."""
        plugin: Plugin = await in_time(threaded(lambda: load_plugin(found, fresh=self._fresh)), found, self._seconds)
        return plugin

    async def started(self, plugin: Plugin, row: PluginRow, own: OwnTables | None = None) -> RunningPlugin:
        """The plugin, prepared for calls with the settings of a row. Raises FailedPrecondition when it fails to."""
        settings = settled_settings(plugin.manifest, row.settings)
        running = RunningPlugin(plugin, owner=row.owner, settings=settings, generation=row.generation, own=own)
        await self.hook(running, "ucs_started", self._seconds)
        return running

    async def hook(self, running: RunningPlugin, name: str, seconds: float) -> Any:  # noqa: ANN401 -- as hooks answer
        """Call a hook, if the plugin has it."""
        hook = running.plugin.hooks.get(name)
        if hook is None:
            return None
        context = self._contexts(running, name)

        async def work() -> Any:  # noqa: ANN401 -- as above
            # What is not asynchronous may block, and must not do so here.
            answer = (
                await threaded(lambda: call(hook, ctx=context))
                if not inspect.iscoroutinefunction(hook)
                else call(hook, ctx=context)
            )
            return await answer if inspect.isawaitable(answer) else answer

        return await in_time(work(), running.plugin.found, seconds)


async def in_time(work: Any, plugin: FoundPlugin, seconds: float) -> Any:  # noqa: ANN401 -- whatever the work gives
    """The result of a part of a plugin's start. Raises UcsError: its own, or that it failed or took too long."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task}, timeout=seconds)
    finally:
        if not task.done():
            late = DeadlineExceeded(
                "PLUGIN_START_TIMED_OUT", plugin=plugin.name, seconds=f"{seconds:g}", place=where_it_waits(plugin, task)
            )
            task.cancel()
            task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
    if not task.done():
        raise late
    failure = task.exception()
    if failure is None:
        return task.result()
    if isinstance(failure, UcsError):
        raise failure
    raise FailedPrecondition("PLUGIN_START_FAILED", plugin=plugin.name, said=_told(failure, plugin)) from failure


def where_it_waits(plugin: FoundPlugin, task: asyncio.Task[Any]) -> Phrase:
    """Says at which line of a plugin's own source something waits: a thread, or else a coroutine."""
    threads = [
        sys._current_frames().get(thread.ident or 0) for thread in threading.enumerate() if thread.name == THREAD
    ]
    stacks = [[(at.f_code.co_filename, line) for at, line in traceback.walk_stack(top)] for top in threads]
    stacks.append(_awaited(task.get_coro()))
    for stack in stacks:
        for file, line in stack:
            if f"/{plugin.package}" in file.replace("\\", "/"):
                return Phrase("plugin-stands-at", file=file, line=line)
    return Phrase("plugin-stands-elsewhere")


def _awaited(waiting: Any) -> list[tuple[str, int]]:  # noqa: ANN401 -- a coroutine, or what one awaits
    """Where coroutines stand that await each other, the innermost first."""
    stack = []
    while (frame := getattr(waiting, "cr_frame", None)) is not None:
        stack.append((frame.f_code.co_filename, frame.f_lineno))
        waiting = waiting.cr_await
    return stack[::-1]


def _told(failure: BaseException, plugin: FoundPlugin) -> str:
    """What a failure says, behind the plugin's own line that it went through."""
    at = failed_at(failure, plugin)
    return f"{at.file}:{at.line}: {gist(failure)}"


async def threaded(work: Callable[[], T]) -> T:
    """The result of what may block for ever, in a thread that keeps no process from ending."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def told(tell: Callable[[Any], None], what: object) -> None:
        def tell_once() -> None:
            if not future.done():
                tell(what)

        if not loop.is_closed():
            loop.call_soon_threadsafe(tell_once)

    def run() -> None:
        try:
            told(future.set_result, work())
        except BaseException as failure:  # noqa: BLE001 -- carried to whoever waits
            told(future.set_exception, failure)

    threading.Thread(target=run, name=THREAD, daemon=True).start()
    return await future


def settled_settings(manifest: PluginManifest, stated: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a plugin with their defaults. Raises Invalid for one that is unknown, missing or of a wrong type."""
    for name, value in stated.items():
        setting = manifest.settings.get(name)
        if setting is None:
            raise Invalid("FIELD_UNKNOWN", path=f"settings.{name[:80]}", near=[*manifest.settings][:5], more=0)
        if not setting.takes(value):
            raise Invalid("FIELD_TYPE", path=f"settings.{name}", value=value, expected=setting.type.value, more=0)
    settled = {name: stated.get(name, setting.default) for name, setting in manifest.settings.items()}
    for name, value in settled.items():
        if value is None:
            raise Invalid("PLUGIN_SETTING_MISSING", plugin=manifest.name, path=f"settings.{name}")
    return settled


def said_of(failure: UcsError) -> dict[str, str]:
    """What a failure says, in both languages."""
    return {locale.value: failure.message(locale) for locale in Locale}
