"""How plugins say that they are: asked every few seconds, and remembered until they say something else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

import structlog

from ucs_core.plugins.loading import Loading
from ucs_core.plugins.running import RunningPlugin
from ucs_core.plugins.table import OperationTable
from ucs_sdk.errors import UcsError
from ucs_sdk.messages import Locale, Phrase
from ucs_sdk.published import Health

HOOK = "ucs_health"

ROUND_SECONDS = 10.0
"""How long after all have been asked they are asked again."""

ANSWER_SECONDS = 2.0
"""How long a plugin may think about its health."""

UNANSWERED_MOST = 16
"""How often in a row one that does not answer is asked: each time may keep a thread for ever."""

WORDS_MOST = 300
"""How many characters of what a plugin says are kept."""

log = structlog.get_logger()


class Wellbeing:
    """The health of the plugins that run on this node. What has no such hook has none."""

    def __init__(self, table: Callable[[], OperationTable], loading: Loading) -> None:
        self._table = table
        self._loading = loading
        self._told: dict[str, tuple[RunningPlugin, Health]] = {}
        self._unanswered: dict[str, int] = {}
        self._changed = asyncio.Event()
        self._heard: list[Callable[[], None]] = []

    def of(self, name: str) -> Health | None:
        """What a plugin said last, in the version that runs; None when it has not said anything."""
        running, health = self._told.get(name, (None, None))
        return health if running is not None and self._table().plugins.get(name) is running else None

    def on_change(self, callback: Callable[[], None]) -> None:
        """Have a function told whenever a plugin says something else than before."""
        self._heard.append(callback)

    def all(self) -> dict[str, Health]:
        """What all plugins said last that said anything."""
        found = {name: self.of(name) for name in self._table().plugins}
        return {name: health for name, health in found.items() if health is not None}

    async def once(self) -> None:
        """Ask all of them, side by side."""
        plugins = self._table().plugins
        for name in [name for name in self._told if name not in plugins]:
            del self._told[name]
        await asyncio.gather(*(self._ask(each) for each in plugins.values() if HOOK in each.plugin.hooks))

    async def run(self) -> None:
        """Ask them again and again, and when others run."""
        while True:
            self._changed.clear()
            try:
                await self.once()
            except Exception:
                # It must outlive a fault of its own, and say that it had one.
                log.exception("plugins_not_asked_for_health")
            with suppress(TimeoutError):
                async with asyncio.timeout(ROUND_SECONDS):
                    await self._changed.wait()

    def follow(self, _: OperationTable) -> None:
        """Have them asked soon."""
        self._changed.set()

    async def _ask(self, running: RunningPlugin) -> None:
        name = running.name
        before = self._told.get(name)
        if before is None or before[0] is not running:
            self._unanswered[name] = 0
        if self._unanswered[name] >= UNANSWERED_MOST:
            return
        try:
            with running.serving():
                health = _bounded(await self._loading.hook(running, HOOK, ANSWER_SECONDS))
            self._unanswered[name] = 0
        except UcsError as failure:
            self._unanswered[name] += 1
            log.warning("plugin_health_unknown", plugin=name, reason=failure.reason, problem=failure.message())
            health = _unanswered()
        self._told[name] = (running, health)
        if before is None or before != self._told[name]:
            for heard in self._heard:
                heard()


def _bounded(answer: object) -> Health:
    """An answer within bounds; what is none is no good sign."""
    if not isinstance(answer, Health) or not (isinstance(answer.zh, str) and isinstance(answer.en, str)):
        return _unanswered()
    return Health(ok=answer.ok is True, zh=answer.zh[:WORDS_MOST], en=answer.en[:WORDS_MOST])


def _unanswered() -> Health:
    said = Phrase("health-unanswered")
    return Health(ok=False, zh=said.worded(Locale.ZH), en=said.worded(Locale.EN))
