"""Running handlers: one event behind the other, as long as each sees what those before it have staged."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Never

import structlog
from pydantic import ValidationError

from ucs_core.events.background import Background
from ucs_core.events.batches import Chain, Handled
from ucs_core.invoke.calling import called
from ucs_core.invoke.staging import STAGED_MOST, WEIGHT_MOST, Staged, Stale
from ucs_core.plugins.running import RunningPlugin
from ucs_registry.canonical import digest
from ucs_registry.events import Event
from ucs_sdk.declarations import Subscription
from ucs_sdk.errors import Invalid, UcsError, Unavailable
from ucs_sdk.events import Event as Told

HANDLER_SECONDS = 30.0
"""How long a handler may take for one event."""

CHAIN_SECONDS = 0.02
"""After how long no event more is added to a chain: what was staged first waits for the last."""

CHAIN_SIZE = STAGED_MOST // 4
"""How much a chain may have staged before an event more is added to it."""

CHAIN_WEIGHT = WEIGHT_MOST // 4
"""The same in bytes."""

UNREADABLE = "EVENT_DATA_INVALID"
"""Why an event is given up at once: its data are not what the handler takes, and will not be next time."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """A handler of a running plugin, under its name in the store."""

    name: str
    running: RunningPlugin
    declared: Subscription


class Chains:
    """Makes chains, and remembers whose handlers make none: those that look at more than what is staged."""

    def __init__(self, background: Background, seconds: float = CHAIN_SECONDS) -> None:
        self._background = background
        self._seconds = seconds
        self._singly: dict[str, RunningPlugin] = {}

    async def of(self, consumer: Consumer, events: Sequence[Event]) -> Chain:
        """As many of the events as can be handled one behind the other. One that fails there, or cannot be handled so, is
        left to be judged alone; only of the first it is known already that it failed.
        """
        chain = Chain(staged=self._background.staged(consumer.running))
        begun = asyncio.get_running_loop().time()
        for event in events:
            staged = chain.staged.following()
            try:
                call_id = await self.handled(consumer, event, staged, behind=not chain.staged.empty)
            except Stale:
                break
            except UcsError as failure:
                if not chain.done:
                    chain.error = failure_of(consumer, event, failure)
                break
            chain.done.append(Handled(event=event, call_id=call_id, brought=staged.beyond(chain.staged)))
            chain.staged = staged
            took = asyncio.get_running_loop().time() - begun
            large = staged.size > CHAIN_SIZE or staged.weight > CHAIN_WEIGHT
            if took > self._seconds or large or self._singly.get(consumer.name) is consumer.running:
                break
        chain.last = len(chain.done) == len(events)
        return chain

    async def handled(self, consumer: Consumer, event: Event, staged: Staged, *, behind: bool = False) -> str:
        """Run the handler of one event, which stages what it brings about; the id of the call. `behind` says that there is
        something staged that nobody but this handler can see. Raises Stale, or what the handler says or has failed with.
        """
        # The same for every delivery of this event: what the handler calls elsewhere is done once, too.
        call_id = digest(f"{consumer.name} {event.source} {event.id}".encode())[:40]
        context = self._background.context(
            consumer.running, consumer.name, staged=staged, call_id=call_id, organization=event.organization
        )
        if behind:
            context.aside = partial(self._refused, consumer)
        work = consumer.declared.handle(context, told(event, consumer.declared))
        await called(work, plugin=consumer.running.name, object=consumer.name, seconds=HANDLER_SECONDS)
        if behind and self._singly.get(consumer.name) is consumer.running:
            # It was refused to look, and has gone on all the same.
            raise Stale
        return call_id

    def _refused(self, consumer: Consumer) -> Never:
        self._singly[consumer.name] = consumer.running
        raise Stale


def of_the_store(failure: UcsError) -> bool:
    """Whether something failed because the store is away, which is nobody's failed attempt."""
    return isinstance(failure, Unavailable) and failure.reason.startswith("STORE_")


def failure_of(consumer: Consumer, event: Event, failure: UcsError) -> str:
    """The kind of a failed attempt. Raises what is none."""
    if of_the_store(failure):
        raise failure
    log.warning("event_not_handled", subscription=consumer.name, event_id=event.id, reason=failure.reason)
    return failure.reason


def told(event: Event, declared: Subscription) -> Told[object]:
    """An event as a handler is handed it. Raises Invalid with EVENT_DATA_INVALID."""
    try:
        data = declared.data.model_validate(event.data)
    except ValidationError as cause:
        raise Invalid(UNREADABLE, path=event.type, plugin=declared.capability) from cause
    return Told(
        id=event.id,
        source=event.source,
        type=event.type,
        time=event.time,
        data=data,
        subject=event.subject or "",
        organization=event.organization or "",
    )
