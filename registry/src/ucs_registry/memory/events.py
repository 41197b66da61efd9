"""Events, subscriptions and leases in memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Protocol

from ucs_registry.events import Event, NewEvent, ParkedEvent, Subscription
from ucs_registry.passing import passed

Lease = tuple[str, float]
"""Who holds it, and until when, in seconds of the store's own clock."""


class EventState(Protocol):
    """What the state holds of events, by position, and of those who hear of them, by name."""

    events: dict[int, Event]
    event_ids: dict[tuple[str, str], int]
    subscriptions: dict[str, Subscription]
    handled: dict[tuple[str, int], None]
    parked: dict[tuple[str, int], ParkedEvent]
    leases: dict[str, Lease]


class EventReading:
    """What a reader answers about events."""

    _state: EventState

    async def last_event(self) -> int:
        return max(self._state.events, default=0)

    async def events(self, *, types: Collection[str] | None = None, after: int, first: int) -> list[Event]:
        found = (self._state.events[position] for position in sorted(self._state.events) if position > after)
        return [event for event in found if types is None or event.type in types][:first]

    async def events_at(self, positions: Iterable[int]) -> dict[int, Event]:
        return {position: self._state.events[position] for position in positions if position in self._state.events}

    async def subscriptions(self) -> dict[str, Subscription]:
        return dict(sorted(self._state.subscriptions.items()))

    async def handled(self, subscription: str) -> set[int]:
        return {position for name, position in self._state.handled if name == subscription}

    async def parked(
        self, subscription: str | None = None, *, dead: bool | None = None, after: tuple[str, int] = ("", 0), first: int
    ) -> list[ParkedEvent]:
        found = (self._state.parked[key] for key in sorted(self._state.parked) if key > after)
        return [
            item for item in found if subscription in (None, item.subscription) and (dead is None or item.dead == dead)
        ][:first]

    async def parked_subjects(self, subscription: str) -> set[str]:
        return {
            item.subject for item in self._state.parked.values() if item.subscription == subscription and not item.dead
        }

    async def due_deliveries(self, subscription: str, at: datetime, *, first: int) -> list[ParkedEvent]:
        earliest: dict[str, ParkedEvent] = {}
        for key in sorted(self._state.parked):
            item = self._state.parked[key]
            if item.subscription == subscription and not item.dead:
                earliest.setdefault(item.subject, item)
        return [item for item in earliest.values() if item.due is None or item.due <= at][:first]

    async def newest_events(self, after: int) -> dict[str, int]:
        found: dict[str, int] = {}
        for position in sorted(self._state.events):
            if position > after:
                found[self._state.events[position].type] = position
        return found

    async def due_subscriptions(self, at: datetime) -> set[str]:
        return {
            item.subscription
            for item in self._state.parked.values()
            if not item.dead and (item.due is None or item.due <= at)
        }

    async def awaited(self, subscription: str, positions: Collection[int]) -> set[int]:
        return {position for position in positions if self._awaits(subscription, position)}

    def _awaits(self, subscription: str, position: int) -> bool:
        kept = self._state.subscriptions.get(subscription)
        if kept is None:
            return False
        parked = self._state.parked.get((subscription, position))
        if parked is not None:
            return not parked.dead
        return position > kept.position and (subscription, position) not in self._state.handled

    async def holds(self, name: str, holder: str) -> bool:
        owner, until = self._state.leases.get(name, ("", 0.0))
        return owner == holder and until > self._seconds()

    def _seconds(self) -> float:
        raise NotImplementedError


class EventWriting(EventReading):
    """What a unit changes of events."""

    _writable: Callable[[str], dict[Any, Any]]

    async def emit(self, events: Sequence[NewEvent]) -> list[int]:
        kept, ids = self._writable("events"), self._writable("event_ids")
        last, positions = await self.last_event(), []
        for new in events:
            position = ids.get((new.source, new.id))
            if position is None:
                position = last = last + 1
                kept[position] = Event(**asdict(new) | {"data": dict(new.data)}, position=position)
                ids[new.source, new.id] = position
            positions.append(position)
        return positions

    async def put_subscription(self, subscription: Subscription) -> None:
        self._writable("subscriptions")[subscription.name] = subscription

    async def remove_subscription(self, name: str) -> None:
        self._writable("subscriptions").pop(name, None)
        for part in ("handled", "parked"):
            kept = self._writable(part)
            for key in [key for key in kept if key[0] == name]:
                del kept[key]

    async def mark_handled(self, subscription: str, positions: Collection[int]) -> None:
        parked, handled = self._writable("parked"), self._writable("handled")
        for position in positions:
            parked.pop((subscription, position), None)
            if position > self._state.subscriptions[subscription].position:
                handled[subscription, position] = None

    async def advance(self, subscription: str, position: int) -> None:
        kept = self._writable("subscriptions")
        before: Subscription = kept[subscription]
        reached = max(before.position, position)
        kept[subscription] = Subscription(name=subscription, types=before.types, position=reached)
        handled = self._writable("handled")
        for key in [key for key in handled if key[0] == subscription and key[1] <= reached]:
            del handled[key]

    async def park(self, parked: Sequence[ParkedEvent]) -> None:
        self._writable("parked").update({(item.subscription, item.position): item for item in parked})

    async def forget_events(self, before: datetime) -> int:
        kept, ids = self._writable("events"), self._writable("event_ids")
        reached = await passed(self)
        needed = {position for _, position in self._state.parked} | {max(kept, default=0)}
        gone = [
            position
            for position, event in kept.items()
            if position <= reached and position not in needed and event.time < before
        ]
        for position in gone:
            event = kept.pop(position)
            del ids[event.source, event.id]
        return len(gone)

    async def hold(self, names: Collection[str], holder: str, seconds: float, *, anew: bool = False) -> set[str]:
        leases, now = self._writable("leases"), self._seconds()
        taken = {name for name, (owner, until) in leases.items() if until > now and (anew or owner != holder)}
        held = set(names) - taken
        leases.update(dict.fromkeys(held, (holder, now + seconds)))
        return held

    async def release(self, names: Collection[str], holder: str) -> None:
        leases = self._writable("leases")
        for name in names:
            if leases.get(name, ("", 0.0))[0] == holder:
                del leases[name]
