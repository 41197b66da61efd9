"""Calling what a stranger wrote: within a deadline, to the end or not at all, and with errors that say who failed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from contextlib import aclosing
from typing import Any, TypeVar

import orjson
import structlog
from pydantic import BaseModel, ValidationError

from ucs_core.invoke.staging import Stale
from ucs_sdk.errors import Code, Internal, UcsError
from ucs_sdk.faults import answer_of_type, plugin_answer_invalid, plugin_failed, plugin_timed_out
from ucs_sdk.messages import Phrase

T = TypeVar("T")

GRACE_SECONDS = 0.5
"""How long a function that was told to end is waited for. What does not end then goes on alone, and its answer is dropped."""

ANSWER_MOST = 4 * 1024 * 1024
"""How many bytes the JSON of one answer may have: what clients of gRPC take, and what is remembered of a call. A stream may
give any number of them."""

_NOT_FOR_PLUGINS = (Code.INTERNAL, Code.UNAUTHENTICATED)
"""What only the platform says. From a plugin it means that the plugin has failed."""

log = structlog.get_logger()


async def called(work: Awaitable[T], *, plugin: str, object: str, seconds: float, call_id: str | None = None) -> T:
    """The result of a plugin's function. `object` names what was called, `call_id` under which id the log tells of a fault.

    Raises what the function says to its caller (a UcsError), or that the plugin failed or did not answer in time; what it
    raised itself goes to the log.
    """
    task: asyncio.Task[T] = asyncio.ensure_future(_as_coroutine(work))
    try:
        await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        await _ended(task)
        raise
    if not task.done():
        await _ended(task)
        log.warning("plugin_timed_out", plugin=plugin, object=object, seconds=seconds, call_id=call_id)
        raise plugin_timed_out(plugin, object, seconds)
    if task.cancelled():
        raise plugin_failed(plugin, object)
    failure = task.exception()
    if failure is None:
        return task.result()
    raise told_of(failure, plugin=plugin, object=object, call_id=call_id)


def told_of(failure: BaseException, *, plugin: str, object: str, call_id: str | None = None) -> BaseException:
    """What is raised for what a plugin's function raised."""
    if isinstance(failure, Stale):
        return failure
    if isinstance(failure, UcsError) and failure.code not in _NOT_FOR_PLUGINS:
        return failure
    log.error("plugin_failed", plugin=plugin, object=object, call_id=call_id, exc_info=failure)
    raised = plugin_failed(plugin, object)
    raised.__cause__ = failure
    return raised


def checked(
    answer: object, model: type[BaseModel], *, plugin: str, object: str, call_id: str | None = None
) -> dict[str, Any]:
    """An answer as plain JSON. Raises Internal with PLUGIN_ANSWER_INVALID for one that is not of its model."""
    try:
        return _plain(answer, model, plugin, object)
    except Internal as failure:
        told = {name: str(failure.fields[name]) for name in ("path", "problem")}
        # Where the platform found out says nothing about where the plugin is wrong.
        log.warning("plugin_answer_invalid", plugin=plugin, object=object, call_id=call_id, **told)
        raise


def _plain(answer: object, model: type[BaseModel], plugin: str, object: str) -> dict[str, Any]:
    if not isinstance(answer, model):
        raise plugin_answer_invalid(plugin, object, "", answer_of_type(answer, model))
    try:
        plain = answer.model_dump(mode="json")
        if len(orjson.dumps(plain)) > ANSWER_MOST:
            raise plugin_answer_invalid(plugin, object, "", Phrase("answer-large", limit=ANSWER_MOST))
        # What was made without validation, or changed afterwards, is caught here.
        model.model_validate(plain)
        return plain
    except ValidationError as cause:
        first = cause.errors(include_url=False, include_context=False, include_input=False)[0]
        path = ".".join(map(str, first["loc"]))
        raise plugin_answer_invalid(plugin, object, path, first["type"]) from cause
    except ValueError as cause:
        raise plugin_answer_invalid(plugin, object, "", Phrase("value-not-json")) from cause


class Pump:
    """Runs a stream of a plugin in one task of its own, and lets it make no item that nobody has asked for."""

    def __init__(
        self,
        items: AsyncGenerator[Any, None],
        *,
        plugin: str,
        object: str,
        seconds: float,
        call_id: str | None = None,
    ) -> None:
        self._items = items
        self._plugin = plugin
        self._object = object
        self._seconds = seconds
        self._call_id = call_id
        self._wanted: asyncio.Queue[asyncio.Future[Any]] = asyncio.Queue()
        self._task = asyncio.create_task(self._run())

    async def next(self) -> Any:  # noqa: ANN401 -- whatever the plugin gives
        """The next item. Raises StopAsyncIteration at the end, and what `called` raises."""
        slot: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._wanted.put_nowait(slot)
        try:
            await asyncio.wait({slot, self._task}, timeout=self._seconds, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            await self.close()
            raise
        if slot.done():
            return slot.result()
        if not self._task.done():
            await self.close()
            log.warning("plugin_timed_out", plugin=self._plugin, object=self._object, seconds=self._seconds)
            raise plugin_timed_out(self._plugin, self._object, self._seconds)
        failure = None if self._task.cancelled() else self._task.exception()
        if failure is None:
            raise StopAsyncIteration
        raise told_of(failure, plugin=self._plugin, object=self._object, call_id=self._call_id)

    async def close(self) -> None:
        """End the stream."""
        await _ended(self._task)

    async def _run(self) -> None:
        async with aclosing(self._items):
            while True:
                slot = await self._wanted.get()
                try:
                    item = await anext(self._items)
                except StopAsyncIteration:
                    return
                if not slot.done():
                    slot.set_result(item)


async def _as_coroutine(work: Awaitable[T]) -> T:
    return await work


async def _ended(task: asyncio.Task[Any]) -> None:
    """Tell a task to end, and wait for it a little. What it raises then is of no interest to anybody."""
    task.cancel()
    task.add_done_callback(_retrieved)
    await asyncio.wait({task}, timeout=GRACE_SECONDS)


def _retrieved(task: asyncio.Task[Any]) -> None:
    if not task.cancelled():
        task.exception()
