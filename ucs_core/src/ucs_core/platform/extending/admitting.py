"""Asking plugins about changes of the catalogue. Whoever does not answer, or not as it should, has not admitted anything."""

from __future__ import annotations

import asyncio
import inspect
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Never, Self

from ulid import ULID

from ucs_core.invoke.calling import called
from ucs_core.invoke.context import Grounds, PluginContext
from ucs_core.invoke.ports import Eyes
from ucs_core.platform.admission import HOOK, Proposal, Unadmitted
from ucs_core.plugins.host import PluginHost
from ucs_core.plugins.loading import threaded
from ucs_core.plugins.running import RunningPlugin
from ucs_registry.principals import Principal
from ucs_sdk.context import Caller
from ucs_sdk.errors import FailedPrecondition, Invalid, UcsError
from ucs_sdk.faults import plugin_failed, plugin_not_running
from ucs_sdk.messages import Locale, Phrase
from ucs_sdk.plugins import call
from ucs_sdk.published import Change, Objection
from ucs_sdk.vocabulary import ResourceKind

CHECK_SECONDS = 2.0
"""How long a plugin may look at one change."""

CALL_SECONDS = 15.0
"""How long a plugin may look at all changes of one call, which may be a thousand."""

OBJECTIONS_MOST, WORDS_MOST = 20, 300
"""How many objections a refusal tells, and how many characters each may have."""

AT_WORK_MOST = 16
"""How many checks of one plugin may be at work: one that never ends keeps its thread for ever."""


class _Said(Phrase):
    """What a plugin says, in its own words in each language."""

    def __new__(cls, zh: str, en: str) -> Self:
        """As a text it is its English."""
        said = str.__new__(cls, en)
        said.key, said.fields = "", {"zh": zh, "en": en}
        return said

    def worded(self, locale: Locale) -> str:
        """It in one language."""
        return str(self.fields[locale.value])


class Admissions:
    """Asks the plugins that run on this node. `follow` starts what was decided elsewhere."""

    def __init__(self, host: PluginHost, grounds: Grounds, eyes: Eyes, follow: Callable[[], Awaitable[None]]) -> None:
        self._host = host
        self._grounds = grounds
        self._eyes = eyes
        self._follow = follow
        self._at_work: Counter[str] = Counter()
        self.check_seconds = CHECK_SECONDS

    async def ask(self, unadmitted: Unadmitted) -> None:
        """Ask all plugins about all changes, and tell all that they object to at once. See `Asking`."""
        objections: dict[int, list[Phrase]] = {}
        for name in unadmitted.names:
            running = await self._running(name)
            with running.serving():
                try:
                    async with asyncio.timeout(CALL_SECONDS):
                        for place, proposal in enumerate(unadmitted.proposals):
                            found = await self._asked(running, proposal, unadmitted.principal)
                            objections.setdefault(place, []).extend(
                                _told(running.name, proposal, each) for each in found
                            )
                except TimeoutError as cause:
                    raise plugin_failed(name, HOOK) from cause
        refused = {place: found for place, found in objections.items() if found}
        undeclined: list[Phrase] = []
        for place, phrases in refused.items():
            decline = unadmitted.proposals[place].decline
            if decline is None:
                undeclined += phrases
            else:
                decline(_refusal(phrases))
        if undeclined:
            raise _refusal(undeclined)

    async def _running(self, name: str) -> RunningPlugin:
        if name not in self._host.table.plugins:
            # It may have been enabled a moment ago, on another node.
            await self._follow()
        running = self._host.table.plugins.get(name)
        if running is None or HOOK not in running.plugin.hooks:
            raise plugin_not_running(name, HOOK, retry_after=1)
        return running

    async def _asked(self, running: RunningPlugin, proposal: Proposal, principal: Principal) -> list[Objection]:
        """What one plugin objects to in one change. Raises Internal with PLUGIN_FAILED when it does not say so itself."""
        try:
            if self._at_work[running.name] >= AT_WORK_MOST:
                raise TimeoutError
            answer = await called(
                self._work(running, proposal, principal), plugin=running.name, object=HOOK, seconds=self.check_seconds
            )
        except (UcsError, TimeoutError) as cause:
            raise plugin_failed(running.name, HOOK) from cause
        if not isinstance(answer, (list, tuple)) or not all(map(_is_objection, answer)):
            raise plugin_failed(running.name, HOOK)
        return list(answer)

    async def _work(self, running: RunningPlugin, proposal: Proposal, principal: Principal) -> Any:  # noqa: ANN401 -- as hooks answer
        hook = running.plugin.hooks[HOOK]
        arguments = {"ctx": self._context(running, principal), "change": _change(proposal)}
        self._at_work[running.name] += 1
        if inspect.iscoroutinefunction(hook):
            try:
                return await call(hook, **arguments)
            finally:
                self._at_work[running.name] -= 1
        loop = asyncio.get_running_loop()

        def work() -> Any:  # noqa: ANN401 -- as above
            try:
                return call(hook, **arguments)
            finally:
                if not loop.is_closed():
                    loop.call_soon_threadsafe(self._ended, running.name)

        answer = await threaded(work)
        return await answer if inspect.isawaitable(answer) else answer

    def _ended(self, name: str) -> None:
        self._at_work[name] -= 1

    def _context(self, running: RunningPlugin, principal: Principal) -> PluginContext:
        """A context that only reads: with the plugin's own eyes, since its rules are its own and not the caller's."""
        caller = Caller(principal=principal.id, organization=principal.organization, kind=principal.kind)
        return PluginContext(
            running=running,
            caller=caller,
            eyes=self._eyes,
            grounds=self._grounds,
            call_id=str(ULID()),
            operation=HOOK,
            invokes=_invokes_nothing,
            organization=principal.organization or running.owner,
        )


def _change(proposal: Proposal) -> Change:
    return Change(
        verb=proposal.verb,
        kind=ResourceKind(proposal.kind),
        type=proposal.type,
        code=proposal.code,
        owner=proposal.owner,
        before=proposal.before,
        after=proposal.after,
    )


async def _invokes_nothing(operation: str, asked: Mapping[str, Any], *, request_id: str, depth: int) -> Never:
    # What it calls could change the catalogue, about which it would be asked again.
    raise FailedPrecondition("INVOKE_IN_ADMISSION", object=operation[:80])


def _is_objection(value: object) -> bool:
    return isinstance(value, Objection) and all(isinstance(text, str) for text in (value.path, value.zh, value.en))


def _told(plugin: str, proposal: Proposal, objection: Objection) -> Phrase:
    path = ".".join(filter(None, (proposal.path, "content", _line(objection.path))))
    return Phrase("objection", path=path, said=_Said(_line(objection.zh), _line(objection.en)), plugin=plugin)


def _line(text: str) -> str:
    """What a plugin says, in one line and within bounds."""
    return "".join(each if each.isprintable() else " " for each in text[:WORDS_MOST]).strip()


def _refusal(found: list[Phrase]) -> Invalid:
    first = found[0].fields
    return Invalid(
        "CHANGE_NOT_ADMITTED",
        path=first["path"],
        plugin=first["plugin"],
        count=len(found),
        objections=found[:OBJECTIONS_MOST],
    )
