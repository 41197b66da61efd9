"""Work that plugins do on their own: what runs as long as they do, and what is done again and again; on one node at a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import structlog

from ucs_core.events.background import Background
from ucs_core.events.leases import LEASE_SECONDS, Leases
from ucs_core.events.names import run_lease, schedule_lease, subscription_name
from ucs_core.invoke.calling import called
from ucs_core.plugins.loading import Loading
from ucs_core.plugins.running import RunningPlugin
from ucs_core.plugins.table import OperationTable
from ucs_registry.settling import ended
from ucs_sdk.declarations import Schedule
from ucs_sdk.errors import UcsError

AGAIN_SECONDS = (1.0, 5.0, 30.0, 120.0)
"""How long after it has ended what runs is started again, later each time; once it has run for long, soon again."""

RUN_SECONDS = 366 * 86_400.0
"""How long what runs may run: it is its business to end."""

SCHEDULED_MOST = 3_600.0
"""How long one run of a schedule may take, in seconds."""

log = structlog.get_logger()


class Supervision:
    """Starts and ends the work of the plugins that run on this node, and looks after it."""

    def __init__(self, background: Background, leases: Leases, loading: Loading) -> None:
        self._background = background
        self._leases = leases
        self._loading = loading
        self._tasks: dict[str, tuple[RunningPlugin, asyncio.Task[None]]] = {}
        self._ending: set[asyncio.Task[None]] = set()

    def follow(self, table: OperationTable) -> None:
        """Bring the work to what runs now: the old version's ends, the new one's begins."""
        for name, (running, task) in list(self._tasks.items()):
            if table.plugins.get(running.name) is not running:
                del self._tasks[name]
                self._ending.add(task)
                task.add_done_callback(self._ending.discard)
                task.cancel()
        for running in table.plugins.values():
            if "ucs_run" in running.plugin.hooks:
                self._begin(run_lease(running.name), running, partial(self._run, running))
            for each in running.plugin.schedules:
                name = schedule_lease(running.name, each.name)
                self._begin(name, running, partial(self._scheduled, running, each))

    async def close(self) -> None:
        """End all of it."""
        tasks = [task for _, task in self._tasks.values()] + list(self._ending)
        self._tasks.clear()
        await ended(*tasks)

    async def once(self, table: OperationTable) -> int:
        """Do the scheduled work whose turn it is, and wait for it; how much that was."""
        count = 0
        for running in table.plugins.values():
            for each in running.plugin.schedules:
                count += await self.turn(running, each)
        return count

    async def turn(self, running: RunningPlugin, schedule: Schedule) -> bool:
        """Do scheduled work if it is its turn: the lease is the turn, and is not given back when the work has ended."""
        name = schedule_lease(running.name, schedule.name)
        if not await self._leases.turn([name], schedule.seconds, anew=True):
            return False
        object = subscription_name(running.name, schedule.name)
        context = self._background.context(running, object)
        with running.serving():
            try:
                await called(schedule.run(context), plugin=running.name, object=object, seconds=SCHEDULED_MOST)
            except UcsError as failure:
                log.warning("schedule_failed", schedule=object, reason=failure.reason)
        return True

    def _begin(self, name: str, running: RunningPlugin, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        if name not in self._tasks:
            self._tasks[name] = (running, asyncio.get_running_loop().create_task(work()))

    async def _scheduled(self, running: RunningPlugin, schedule: Schedule) -> None:
        name = schedule_lease(running.name, schedule.name)
        while True:
            begun = time.monotonic()
            try:
                work = asyncio.ensure_future(self.turn(running, schedule))
                done = await self._kept(name, work, schedule.seconds)
            except UcsError as failure:
                log.warning("schedule_without_store", schedule=name, reason=failure.reason)
                done = False
            # Whoever has not had the turn looks more often than it comes: the node that has it may die.
            wait = schedule.seconds if done else min(schedule.seconds / 2, LEASE_SECONDS)
            await asyncio.sleep(max(wait - (time.monotonic() - begun), 0.05))

    async def _kept(self, name: str, work: asyncio.Future[bool], seconds: float) -> bool:
        """The end of scheduled work, whose turn is prolonged as long as it goes on."""
        try:
            while not work.done():
                await asyncio.wait({work}, timeout=seconds / 2)
                if not work.done():
                    await self._leases.turn([name], seconds)
            return work.result()
        finally:
            work.cancel()

    async def _run(self, running: RunningPlugin) -> None:
        """Run what runs as long as the plugin does, whenever this node has its lease; again when it has ended."""
        name, failures = run_lease(running.name), 0
        while True:
            begun = time.monotonic()
            try:
                if not await self._leases.take([name]):
                    await asyncio.sleep(LEASE_SECONDS / 3)
                    continue
                begun = time.monotonic()
                work = asyncio.ensure_future(self._loading.hook(running, "ucs_run", RUN_SECONDS))
                await self._as_long_as_held(name, work)
                log.info("run_ended", plugin=running.name)
            except UcsError as failure:
                log.warning("run_failed", plugin=running.name, reason=failure.reason, problem=failure.message())
            failures = 0 if time.monotonic() - begun > AGAIN_SECONDS[-1] else failures + 1
            await asyncio.sleep(AGAIN_SECONDS[min(failures, len(AGAIN_SECONDS)) - 1])

    async def _as_long_as_held(self, name: str, work: asyncio.Future[None]) -> None:
        try:
            while not work.done():
                await asyncio.wait({work}, timeout=LEASE_SECONDS / 3)
                if not work.done() and not await self._leases.take([name]):
                    log.warning("lease_lost", lease=name)
                    return
            work.result()
        finally:
            work.cancel()
