"""Delivery: every event once in effect to every subscription, those of one subject in their order.

What a handler stages is committed with the mark that the event is handled: a node that dies before leaves nothing behind, and
one that dies after has the mark. An event that fails is parked and tried again, later each time, while those of its subject
wait behind it; after the last time it is dead, and its subject goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import structlog
from pydantic import ValidationError

from ucs_core.events.background import Background
from ucs_core.events.leases import Leases
from ucs_core.events.names import delivery_lease, subject_of, subscription_name
from ucs_core.invoke.calling import called
from ucs_core.invoke.staging import Staged, Stale
from ucs_core.plugins.running import RunningPlugin
from ucs_core.plugins.table import OperationTable
from ucs_registry.canonical import digest
from ucs_registry.events import Event, ParkedEvent
from ucs_registry.ports import Unit
from ucs_sdk.declarations import Subscription
from ucs_sdk.errors import Conflict, Invalid, UcsError, Unavailable
from ucs_sdk.events import Event as Told

BATCH = 100
"""How many events of one subscription are read at a time."""

ABREAST = 8
"""How many subscriptions a node delivers to at a time, and how many subjects of one of them."""

HANDLER_SECONDS = 30.0
"""How long a handler may take for one event."""

RETRIES_SECONDS = (1.0, 5.0, 30.0, 120.0, 600.0)
"""How long after each failure an event is tried again; after one more it is dead."""

ATTEMPTS = 3
"""How often a handler is run for one attempt, when what it read has changed meanwhile."""

T = TypeVar("T")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """A handler of a running plugin, under its name in the store."""

    name: str
    running: RunningPlugin
    declared: Subscription


class LeaseLost(Exception):
    """Another node delivers to the subscription now: what was done here for it is dropped."""


class Delivery:
    """Delivers to the handlers of the plugins that run on this node, as far as it holds their leases."""

    def __init__(self, background: Background, leases: Leases, table: Callable[[], OperationTable]) -> None:
        self._background = background
        self._store = background.store
        self._leases = leases
        self._table = table
        self._seen: dict[str, int] = {}

    def consumers(self) -> list[Consumer]:
        """The handlers that are here."""
        return [
            Consumer(name=subscription_name(running.name, each.name), running=running, declared=each)
            for running in self._table().plugins.values()
            for each in running.plugin.subscriptions
        ]

    async def once(self) -> int:
        """Deliver what there is to be delivered now; how many events were handled, parked or given up."""
        waiting = await self._with_work()
        if not waiting:
            return 0
        held = await self._leases.take([delivery_lease(consumer.name) for consumer in waiting])
        mine = [consumer for consumer in waiting if delivery_lease(consumer.name) in held]
        line = asyncio.Semaphore(ABREAST)

        async def one(consumer: Consumer) -> int:
            async with line:
                try:
                    with consumer.running.serving():
                        return await self._tried_again(consumer) + await self._delivered(consumer)
                except LeaseLost:
                    log.warning("lease_lost", subscription=consumer.name)
                    self._leases.forget(delivery_lease(consumer.name))
                    return 0

        return sum(await _all(one(consumer) for consumer in mine))

    async def _with_work(self) -> list[Consumer]:
        """Those consumers for which there is something new, or something to try again."""
        found: list[Consumer] = []
        here = self.consumers()
        if not here:
            return found
        async with self._store.read() as reader:
            places, last = await reader.subscriptions(), await reader.last_event()
            now = self._background.now()
            for consumer in here:
                place = places.get(consumer.name)
                if place is None:
                    continue
                start = max(place.position, self._seen.get(consumer.name, 0))
                new = start < last and await reader.events(types=consumer.declared.types, after=start, first=1)
                if new or await reader.due_deliveries(consumer.name, now, first=1):
                    found.append(consumer)
                else:
                    # Up to here there is nothing of its types: nobody needs to look again.
                    self._seen[consumer.name] = last
        return found

    async def _delivered(self, consumer: Consumer) -> int:
        """Deliver the next events, subject by subject; what fails is parked, with those of its subject behind it."""
        async with self._store.read() as reader:
            place = (await reader.subscriptions()).get(consumer.name)
            if place is None:
                return 0
            events = await reader.events(types=consumer.declared.types, after=place.position, first=BATCH)
            done, blocked = await reader.handled(consumer.name), await reader.parked_subjects(consumer.name)
        if not events:
            return 0
        subjects: dict[str, list[Event]] = {}
        for event in events:
            if event.position not in done:
                subjects.setdefault(subject_of(event), []).append(event)
        line = asyncio.Semaphore(ABREAST)

        async def one(subject: str, queue: Sequence[Event]) -> list[ParkedEvent]:
            async with line:
                return await self._in_order(consumer, subject, queue, blocked=subject in blocked)

        parked = [item for part in await _all(one(*queue) for queue in subjects.items()) for item in part]
        async with self._store.write() as unit:
            await self._check_lease(unit, consumer)
            await unit.park(parked)
            await unit.advance(consumer.name, events[-1].position)
            await unit.commit()
        return len(events)

    async def _in_order(
        self, consumer: Consumer, subject: str, queue: Sequence[Event], *, blocked: bool
    ) -> list[ParkedEvent]:
        """Deliver the events of one subject until one fails; what is to be parked."""
        parked: list[ParkedEvent] = []
        for event in queue:
            if blocked:
                parked.append(_waiting(consumer.name, event, subject))
                continue
            error = await self._attempt(consumer, event, parked=False)
            if error is not None:
                parked.append(self._failed(consumer.name, event.position, subject, 1, error))
                blocked = not parked[-1].dead
        return parked

    async def _tried_again(self, consumer: Consumer) -> int:
        """Try the parked events that are due, the earliest of each subject; and those behind it, once it is through."""
        count = 0
        while True:
            async with self._store.read() as reader:
                due = await reader.due_deliveries(consumer.name, self._background.now(), first=BATCH)
                events = await reader.events_at(item.position for item in due)
            if not due:
                return count
            for item in due:
                error = await self._attempt(consumer, events[item.position], parked=True)
                if error is not None:
                    failed = self._failed(consumer.name, item.position, item.subject, item.attempts + 1, error)
                    async with self._store.write() as unit:
                        await self._check_lease(unit, consumer)
                        await unit.park([failed])
                        await unit.commit()
                count += 1

    async def _attempt(self, consumer: Consumer, event: Event, *, parked: bool) -> str | None:
        """Have an event handled, and commit what was staged with the mark; the kind of the failure, if it failed."""
        try:
            for _ in range(ATTEMPTS):
                try:
                    await self._handled(consumer, event, parked=parked)
                    return None
                except Stale:
                    continue
            raise Conflict("RECORDS_CONTENDED", object=consumer.name, attempts=ATTEMPTS)
        except UcsError as failure:
            if isinstance(failure, Unavailable) and failure.reason.startswith("STORE_"):
                # That the store is away is nobody's failed attempt.
                raise
            log.warning("event_not_handled", subscription=consumer.name, event_id=event.id, reason=failure.reason)
            return failure.reason

    async def _handled(self, consumer: Consumer, event: Event, *, parked: bool) -> None:
        running, background = consumer.running, self._background
        staged = background.staged(running)
        # The same for every delivery of this event: what the handler calls elsewhere is done once, too.
        call_id = digest(f"{consumer.name} {event.source} {event.id}".encode())[:40]
        context = background.context(
            running, consumer.name, staged=staged, call_id=call_id, organization=event.organization
        )
        work = consumer.declared.handle(context, told(event, consumer.declared))
        await called(work, plugin=running.name, object=consumer.name, seconds=HANDLER_SECONDS)
        if staged.empty and not parked:
            # The batch's end marks it. Until then it may be handled again, which changes nothing.
            return
        await self.commit(consumer, event, staged, call_id)

    async def commit(self, consumer: Consumer, event: Event, staged: Staged, call_id: str) -> None:
        """All that an event brought about and the mark that it is handled, together, once."""
        async with self._store.write() as unit:
            await self._check_lease(unit, consumer)
            if not await unit.awaits(consumer.name, event.position):
                return
            await staged.apply(unit, None, self._background.now())
            await unit.mark_handled(consumer.name, event.position)
            if not staged.empty:
                self._background.note(unit, consumer.running, consumer.name, call_id, staged)
            await unit.commit()

    async def _check_lease(self, unit: Unit, consumer: Consumer) -> None:
        if not await unit.holds(delivery_lease(consumer.name), self._leases.holder):
            raise LeaseLost

    def _failed(self, name: str, position: int, subject: str, attempts: int, error: str) -> ParkedEvent:
        dead = attempts > len(RETRIES_SECONDS) or error == UNREADABLE
        wait = None if dead else timedelta(seconds=RETRIES_SECONDS[attempts - 1])
        if dead:
            log.error("event_given_up", subscription=name, position=position, attempts=attempts, reason=error)
        return ParkedEvent(
            subscription=name,
            position=position,
            subject=subject,
            attempts=attempts,
            due=None if wait is None else self._background.now() + wait,
            error=error,
            dead=dead,
        )


async def _all(works: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """The results of works side by side, when all have ended; or what the first of those that failed has raised."""
    results = await asyncio.gather(*works, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return [result for result in results if not isinstance(result, BaseException)]


UNREADABLE = "EVENT_DATA_INVALID"
"""Why an event is given up at once: its data are not what the handler takes, and will not be next time."""


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


def _waiting(name: str, event: Event, subject: str) -> ParkedEvent:
    return ParkedEvent(subscription=name, position=event.position, subject=subject, attempts=0, due=None, error=None)
