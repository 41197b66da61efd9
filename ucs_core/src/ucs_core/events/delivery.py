"""Delivery: every event once in effect to every subscription, those of one subject in their order.

What handlers stage is committed with the marks that their events are handled, of many events in one unit: a node that dies
before leaves nothing behind, and one that dies after has the marks. What does not go in company is judged alone. An event that
fails is parked and tried again, later each time, while those of its subject wait behind it; after the last time it is dead, and
its subject goes on.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import nullcontext
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

import structlog

from ucs_core.events.background import Background
from ucs_core.events.batches import GATHERED_SECONDS, Batch, Chain, Closing, Handled, LeftOut, fitting
from ucs_core.events.chains import UNREADABLE, Chains, Consumer, failure_of, of_the_store
from ucs_core.events.leases import Leases
from ucs_core.events.names import delivery_lease, subject_of, subscription_name
from ucs_core.invoke.staging import Stale
from ucs_core.plugins.table import OperationTable
from ucs_registry.events import Event, ParkedEvent
from ucs_registry.ports import Unit
from ucs_registry.settling import ended
from ucs_sdk.errors import Conflict, UcsError
from ucs_sdk.events import EVENT_TYPE

BATCH = 100
"""How many events of one subscription are read at a time."""

PACE_SECONDS = 0.03
"""How long after some events the next ones of a subscription are looked for, as long as they keep coming: what comes meanwhile
shares a unit. What comes after a pause is looked for at once."""

ABREAST = 8
"""How many subscriptions a node delivers to at a time, and how many subjects of one of them."""

RETRIES_SECONDS = (1.0, 5.0, 30.0, 120.0, 600.0)
"""How long after each failure an event is tried again; after one more it is dead."""

ATTEMPTS = 3
"""How often a handler is run for one attempt, when what it read has changed meanwhile."""

PLUGIN_SOURCE = "plugins/"
"""What the source of an event begins with that a plugin has told."""

T = TypeVar("T")

log = structlog.get_logger()


class LeaseLost(Exception):
    """Another node delivers to the subscription now: what was done here for it is dropped."""


class Delivery:
    """Delivers to the handlers of the plugins that run on this node, as far as it holds their leases."""

    def __init__(
        self,
        background: Background,
        leases: Leases,
        table: Callable[[], OperationTable],
        *,
        chains: Chains | None = None,
        gathered: float = GATHERED_SECONDS,
    ) -> None:
        self._background = background
        self._store = background.store
        self._leases = leases
        self._table = table
        self._chains = chains or Chains(background)
        self._gathered = gathered
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._line = asyncio.Semaphore(ABREAST)
        self._going: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
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
        return sum(await _all(self._round(*work) for work in await self._held()))

    async def begin(self) -> None:
        """Begin to deliver what there is to be delivered now, and wait for no handler: one that takes long keeps nobody but its
        own subscription waiting.
        """
        for consumer, due in await self._held():
            if consumer.name in self._going:
                # It may have looked for the last time before this was there.
                self._again.add(consumer.name)
                continue
            self._going[consumer.name] = asyncio.create_task(self._on_its_own(consumer, due))

    async def close(self) -> None:
        """End what was begun."""
        await ended(*self._going.values())

    async def _on_its_own(self, consumer: Consumer, due: bool) -> None:
        """Deliver to one subscription as long as there is something for it, and the plugin runs as it does."""
        self._again.add(consumer.name)
        try:
            while consumer.name in self._again and self._runs(consumer):
                self._again.discard(consumer.name)
                count = await self._round(consumer, due)
                if count:
                    self._again.add(consumer.name)
                if 0 < count < BATCH:
                    await asyncio.sleep(PACE_SECONDS)
                due = True
        except UcsError as failure:
            log.warning("events_not_delivered", subscription=consumer.name, reason=failure.reason)
        except Exception:
            # What is at fault here must not end with nobody knowing.
            log.exception("events_not_delivered", subscription=consumer.name)
        finally:
            # Nothing has been awaited since it was asked whether there is more.
            del self._going[consumer.name]

    def _runs(self, consumer: Consumer) -> bool:
        return self._table().plugins.get(consumer.running.name) is consumer.running

    async def _round(self, consumer: Consumer, due: bool) -> int:
        """Try again what is due of one subscription, and deliver its next events; how many that were."""
        async with self._line:
            try:
                with consumer.running.serving():
                    count = await self._tried_again(consumer) if due else 0
                    return count + await self._delivered(consumer)
            except LeaseLost:
                log.warning("lease_lost", subscription=consumer.name)
                self._leases.forget(delivery_lease(consumer.name))
                return 0

    async def _held(self) -> list[tuple[Consumer, bool]]:
        """Those with work whose leases are held here."""
        waiting = await self._with_work()
        if not waiting:
            return []
        held = await self._leases.take([delivery_lease(consumer.name) for consumer, _ in waiting])
        return [work for work in waiting if delivery_lease(work[0].name) in held]

    async def _with_work(self) -> list[tuple[Consumer, bool]]:
        """Those consumers for which there is something new or to try again, and whether it may be the latter."""
        found: list[tuple[Consumer, bool]] = []
        here = self.consumers()
        if not here:
            return found
        async with self._store.read() as reader:
            places, last = await reader.subscriptions(), await reader.last_event()
            due = await reader.due_subscriptions(self._background.now())
            starts = {
                consumer.name: max(places[consumer.name].position, self._seen.get(consumer.name, 0))
                for consumer in here
                if consumer.name in places
            }
            newest = await reader.newest_events(min(starts.values(), default=last)) if starts else {}
        for consumer in here:
            start = starts.get(consumer.name)
            if start is None:
                continue
            again = consumer.name in due
            if again or any(newest.get(type, 0) > start for type in consumer.declared.types):
                found.append((consumer, again))
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
            if event.position not in done and is_meant_for(consumer.running.name, event):
                subjects.setdefault(subject_of(event), []).append(event)
        batch = Batch(partial(self.commit_together, consumer), events[-1].position, len(subjects), self._gathered)
        line = asyncio.Semaphore(ABREAST)
        try:
            await _all(
                self._in_order(consumer, subject, queue, batch, line, blocked=subject in blocked)
                for subject, queue in subjects.items()
            )
        finally:
            await batch.close()
        if not batch.closed:
            async with self._store.write() as unit:
                await self._check_lease(unit, consumer)
                await unit.park(batch.parked)
                await unit.advance(consumer.name, events[-1].position)
                await unit.commit()
        return len(events)

    async def _in_order(
        self,
        consumer: Consumer,
        subject: str,
        queue: Sequence[Event],
        batch: Batch,
        line: asyncio.Semaphore,
        *,
        blocked: bool,
    ) -> None:
        """Deliver the events of one subject until one fails; what is to be parked is told to the batch."""
        rest = list(queue)
        try:
            while rest and not blocked:
                async with line:
                    chain = await self._chains.of(consumer, rest)
                if chain.staged.empty or await batch.commit(chain):
                    rest, error = rest[len(chain.done) :], chain.error
                    if chain.done and error is None:
                        continue
                else:
                    error = None
                async with line:
                    error = error or await self._attempt(consumer, rest[0], parked=False)
                event = rest.pop(0)
                if error is not None:
                    failed = self._failed(consumer.name, event.position, subject, 1, error)
                    batch.parked.append(failed)
                    blocked = not failed.dead
            batch.parked += [_waiting(consumer.name, event, subject) for event in rest]
        finally:
            batch.leave()

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
        """Have an event handled alone, and commit what was staged with the mark; the kind of the failure, if it failed."""
        try:
            for number in range(ATTEMPTS):
                try:
                    # Whoever was overtaken once has the subscription to itself: the others would overtake it again.
                    async with self._turns[consumer.name] if number else nullcontext():
                        await self._handled(consumer, event, parked=parked)
                    return None
                except Stale:
                    continue
            raise Conflict("RECORDS_CONTENDED", object=consumer.name, attempts=ATTEMPTS)
        except UcsError as failure:
            return failure_of(consumer, event, failure)

    async def _handled(self, consumer: Consumer, event: Event, *, parked: bool) -> None:
        staged = self._background.staged(consumer.running)
        call_id = await self._chains.handled(consumer, event, staged)
        if staged.empty and not parked:
            # The batch's end marks it. Until then it may be handled again, which changes nothing.
            return
        await self.commit(consumer, Handled(event=event, call_id=call_id, brought=staged))

    async def commit(self, consumer: Consumer, handled: Handled) -> None:
        """All that an event brought about and the mark that it is handled, together, once."""
        position = handled.event.position
        async with self._store.write() as unit:
            await self._check_lease(unit, consumer)
            if not await unit.awaited(consumer.name, [position]):
                return
            await handled.brought.apply(unit, None, self._background.now())
            await self.mark(unit, consumer, [position], None)
            self._note(unit, consumer, [handled])
            await unit.commit()

    async def commit_together(self, consumer: Consumer, chains: Sequence[Chain], closing: Closing | None) -> LeftOut:
        """The same for all events of as many of the chains as go together, in one unit; what was left out."""
        try:
            async with self._turns[consumer.name], self._store.write() as unit:
                await self._check_lease(unit, consumer)
                fit = await fitting(unit, chains)
                positions = [position for chain in fit.chains for position in chain.positions]
                if not positions:
                    return fit.left
                if len(await unit.awaited(consumer.name, positions)) < len(positions):
                    # Somebody else has handled some of them. Which, that is asked for each alone.
                    raise Stale
                await fit.staged.apply(unit, None, self._background.now(), fit.standing)
                await self.mark(unit, consumer, positions, None if fit.left.alone or fit.left.behind else closing)
                for chain in fit.chains:
                    self._note(unit, consumer, chain.done)
                await unit.commit()
                return fit.left
        except Stale:
            pass
        except UcsError as failure:
            if of_the_store(failure):
                raise
        return LeftOut(alone=frozenset(range(len(chains))))

    async def mark(self, unit: Unit, consumer: Consumer, positions: Sequence[int], closing: Closing | None) -> None:
        """Note in a unit with which events it is done: one by one, or with all up to a position that it does not park."""
        if closing is None:
            await unit.mark_handled(consumer.name, positions)
        else:
            await unit.park(closing.parked)
            await unit.advance(consumer.name, closing.position)

    def _note(self, unit: Unit, consumer: Consumer, done: Sequence[Handled]) -> None:
        for handled in done:
            if not handled.brought.empty:
                self._background.note(unit, consumer.running, consumer.name, handled.call_id, handled.brought)

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


def is_meant_for(plugin: str, event: Event) -> bool:
    """Whether a plugin hears of an event: what one plugin says under the name of another is a request to that one alone.

    So nobody hears words that are put into a plugin's mouth.
    """
    shape = EVENT_TYPE.fullmatch(event.type)
    if shape is None or not event.source.startswith(PLUGIN_SOURCE):
        return True
    return shape["plugin"] in (plugin, event.source.removeprefix(PLUGIN_SOURCE))


def _waiting(name: str, event: Event, subject: str) -> ParkedEvent:
    return ParkedEvent(subscription=name, position=event.position, subject=subject, attempts=0, due=None, error=None)
