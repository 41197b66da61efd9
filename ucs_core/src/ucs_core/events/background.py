"""What a plugin does that nobody called: it acts as itself, and what it stages is committed with one entry in the log."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ulid import ULID

from ucs_core.invoke.context import AtOnce, Grounds, PluginContext, sharing_of
from ucs_core.invoke.ports import Eyes, Invokes
from ucs_core.invoke.staging import Staged
from ucs_core.plugins.running import RunningPlugin
from ucs_registry.canonical import canonical_json
from ucs_registry.log import EntryDraft, Outcome, new_salt
from ucs_registry.ports import Store, Unit
from ucs_sdk.context import Caller
from ucs_sdk.vocabulary import PrincipalKind

Invoking = Callable[[str, str, Mapping[str, Any], str, int], Awaitable[dict[str, Any]]]
"""Calls, as a principal, an operation with an input under a request id, at a depth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """What work without a caller needs. `acts_as` names the principal of a plugin."""

    store: Store
    now: Callable[[], datetime]
    origin: str
    grounds: Grounds
    eyes: Eyes
    acts_as: Callable[[str], str]
    invoking: Invoking

    def staged(self, running: RunningPlugin) -> Staged:
        """Nothing yet."""
        return Staged(plugin=running.name, at=self.now(), sharing=lambda name: sharing_of(running, name))

    def context(
        self,
        running: RunningPlugin,
        work: str,
        *,
        staged: Staged | None = None,
        call_id: str | None = None,
        organization: str | None = None,
    ) -> PluginContext:
        """A context of the plugin itself. Units are committed when their block ends, unless they stage into `staged`."""
        acts_as = self.acts_as(running.name)

        async def invokes(operation: str, asked: Mapping[str, Any], *, request_id: str, depth: int) -> dict[str, Any]:
            return await self.invoking(acts_as, operation, asked, request_id, depth)

        id = call_id or str(ULID())

        async def commit(done: Staged) -> None:
            async with self.store.write() as unit:
                await done.apply(unit, None, self.now())
                self.note(unit, running, work, id, done)
                await unit.commit()

        invoking: Invokes = invokes
        return PluginContext(
            running=running,
            caller=Caller(principal=acts_as, organization=organization or running.owner, kind=PrincipalKind.PLUGIN),
            eyes=self.eyes,
            grounds=self.grounds,
            call_id=id,
            operation=work,
            invokes=invoking,
            organization=organization or running.owner,
            staged=staged,
            at_once=AtOnce(begin=lambda: self.staged(running), commit=commit) if staged is None else None,
        )

    def note(self, unit: Unit, running: RunningPlugin, work: str, call_id: str, done: Staged) -> None:
        """Add the entry about what a plugin did on its own."""
        body = {"work": work, "version": running.version, **done.told()}
        unit.append(
            EntryDraft(
                at=self.now(),
                origin=self.origin,
                call_id=call_id,
                request_id=None,
                actor=f"principals/{self.acts_as(running.name)}",
                on_behalf_of=None,
                verb="plugins.work",
                action=None,
                object=f"plugins/{running.name}",
                outcome=Outcome.ACCEPTED,
                reason=None,
                rule=None,
                before=None,
                after=None,
                access_before=None,
                access_after=None,
                body=canonical_json(body).decode(),
                salt=new_salt(),
            )
        )
