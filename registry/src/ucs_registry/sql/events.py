"""Events, subscriptions and leases in a database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol

import orjson
from sqlalchemy import (
    ColumnElement,
    Delete,
    Executable,
    Table,
    Text,
    Update,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    literal_column,
    or_,
    select,
    union_all,
    update,
)

from ucs_registry.canonical import canonical_json, instant, storable, timestamp
from ucs_registry.events import Event, NewEvent, ParkedEvent, Subscription
from ucs_registry.passing import passed
from ucs_registry.sql.dialects import Dialect, Query, Record, Values
from ucs_registry.sql.event_tables import events, handled, leases, parked, subscriptions
from ucs_registry.sql.ready import Asks, ReadyBook


class _Writes(Protocol):
    async def __call__(
        self, table: Table, made: Sequence[Values], *, key: tuple[str, ...], keep: tuple[str, ...] = ()
    ) -> None: ...


def _among(dialect: Dialect, column: ColumnElement[Any]) -> ColumnElement[bool]:
    """That a column is among the values that are stated as JSON under the name `wanted`."""
    return dialect.within(column, [], "wanted")


def _stated(values: Collection[str] | Collection[int]) -> str:
    return orjson.dumps(list(values)).decode()


_PLACE, _PARKED, _DEAD, _DONE = range(4)


def _standing(dialect: Dialect) -> Query:
    """How some events stand with a subscription: where it is itself, and which are parked, dead or done with beyond that."""
    kind = case((parked.c.dead, literal_column(str(_DEAD))), else_=literal_column(str(_PARKED)))
    name = bindparam("name", type_=Text())
    parts = union_all(
        select(literal_column(str(_PLACE)).label("kind"), subscriptions.c.position).where(subscriptions.c.name == name),
        select(kind, parked.c.position).where(parked.c.subscription == name, _among(dialect, parked.c.position)),
        select(literal_column(str(_DONE)), handled.c.position).where(
            handled.c.subscription == name, _among(dialect, handled.c.position)
        ),
    ).subquery()
    return select(parts.c.kind, parts.c.position)


_QUESTIONS = ReadyBook(
    slow=("subscriptions", "handled", "newest", "waiting"),
    last=lambda _: select(func.max(events.c.position)),
    same=lambda dialect: select(events.c.source, events.c.id, events.c.position).where(_among(dialect, events.c.id)),
    subscriptions=lambda _: select(subscriptions).order_by(subscriptions.c.name),
    handled=lambda _: select(handled.c.position).where(handled.c.subscription == bindparam("name")),
    standing=_standing,
    holds=lambda dialect: select(leases.c.name).where(
        leases.c.name == bindparam("name"), leases.c.holder == bindparam("holder"), leases.c.until > dialect.seconds
    ),
    newest=lambda _: (
        select(events.c.type, func.max(events.c.position).label("position"))
        .where(events.c.position > bindparam("after"))
        .group_by(events.c.type)
    ),
    waiting=lambda _: (
        select(parked.c.subscription)
        .distinct()
        .where(parked.c.dead.is_(False), or_(parked.c.due.is_(None), parked.c.due <= bindparam("at")))
    ),
)
"""What every delivery asks."""


class EventReading:
    """What a reader answers about events."""

    _dialect: Dialect
    _all: Callable[[Query], Awaitable[Sequence[Record]]]
    _ask: Asks

    async def last_event(self) -> int:
        [(last,)] = await self._ask(_QUESTIONS.of(self._dialect, "last"))
        return int(last or 0)

    async def events(self, *, types: Collection[str] | None = None, after: int, first: int) -> list[Event]:
        statement = select(events).where(events.c.position > after)
        if types is not None:
            statement = statement.where(self._dialect.within(events.c.type, [type for type in types if storable(type)]))
        found = await self._all(statement.order_by(events.c.position).limit(first))
        return [event_of(row) for row in found]

    async def events_at(self, positions: Iterable[int]) -> dict[int, Event]:
        wanted = list(dict.fromkeys(positions))
        if not wanted:
            return {}
        found = await self._all(select(events).where(self._dialect.within(events.c.position, wanted)))
        return {event.position: event for event in map(event_of, found)}

    async def subscriptions(self) -> dict[str, Subscription]:
        found = await self._ask(_QUESTIONS.of(self._dialect, "subscriptions"))
        return {row.name: subscription_of(row) for row in found}

    async def handled(self, subscription: str) -> set[int]:
        found = await self._ask(_QUESTIONS.of(self._dialect, "handled"), name=subscription)
        return {int(position) for (position,) in found}

    async def newest_events(self, after: int) -> dict[str, int]:
        found = await self._ask(_QUESTIONS.of(self._dialect, "newest"), after=after)
        return {row.type: int(row.position) for row in found}

    async def due_subscriptions(self, at: datetime) -> set[str]:
        found = await self._ask(_QUESTIONS.of(self._dialect, "waiting"), at=timestamp(at))
        return {subscription for (subscription,) in found}

    async def parked(
        self, subscription: str | None = None, *, dead: bool | None = None, after: tuple[str, int] = ("", 0), first: int
    ) -> list[ParkedEvent]:
        name, position = after
        behind = and_(parked.c.subscription == name, parked.c.position > position)
        statement = select(parked).where(or_(parked.c.subscription > name, behind))
        if subscription is not None:
            statement = statement.where(parked.c.subscription == subscription)
        if dead is not None:
            statement = statement.where(parked.c.dead.is_(dead))
        found = await self._all(statement.order_by(parked.c.subscription, parked.c.position).limit(first))
        return [parked_of(row) for row in found]

    async def parked_subjects(self, subscription: str) -> set[str]:
        statement = select(parked.c.subject).distinct()
        found = await self._all(statement.where(parked.c.subscription == subscription, parked.c.dead.is_(False)))
        return {subject for (subject,) in found}

    async def due_deliveries(self, subscription: str, at: datetime, *, first: int) -> list[ParkedEvent]:
        earlier = parked.alias("earlier")
        behind = exists().where(
            earlier.c.subscription == parked.c.subscription,
            earlier.c.subject == parked.c.subject,
            earlier.c.position < parked.c.position,
            earlier.c.dead.is_(False),
        )
        statement = select(parked).where(
            parked.c.subscription == subscription,
            parked.c.dead.is_(False),
            or_(parked.c.due.is_(None), parked.c.due <= timestamp(at)),
            ~behind,
        )
        return [parked_of(row) for row in await self._all(statement.order_by(parked.c.position).limit(first))]

    async def awaited(self, subscription: str, positions: Collection[int]) -> set[int]:
        standing = await self._stands(subscription, positions)
        if not standing[_PLACE]:
            return set()
        passed = standing[_DONE] | standing[_DEAD]
        beyond = {position for position in positions if position > max(standing[_PLACE]) and position not in passed}
        return beyond | standing[_PARKED]

    async def _stands(self, subscription: str, positions: Collection[int]) -> tuple[set[int], ...]:
        """The positions by how they stand; first that of the subscription itself, if there is one."""
        ready, found = _QUESTIONS.of(self._dialect, "standing"), tuple[set[int], ...](set() for _ in range(4))
        for kind, position in await self._ask(ready, name=subscription, wanted=_stated(positions)):
            found[int(kind)].add(int(position))
        return found

    async def holds(self, name: str, holder: str) -> bool:
        return bool(await self._ask(_QUESTIONS.of(self._dialect, "holds"), name=name, holder=holder))


class EventWriting(EventReading):
    """What a unit changes of events."""

    insert: Callable[[Table, Sequence[Values]], Awaitable[None]]
    write: _Writes
    run: Callable[[Executable], Awaitable[None]]
    _changed: Callable[[Update | Delete], Awaitable[int]]

    async def emit(self, new: Sequence[NewEvent]) -> list[int]:
        if not new:
            return []
        wanted = _stated({event.id for event in new})
        found = await self._ask(_QUESTIONS.of(self._dialect, "same"), wanted=wanted)
        known = {(row.source, row.id): int(row.position) for row in found}
        last, positions, made = await self.last_event(), [], []
        for event in new:
            position = known.get((event.source, event.id))
            if position is None:
                position = last = last + 1
                known[event.source, event.id] = position
                made.append(event_row(event, position))
            positions.append(position)
        if made:
            await self.insert(events, made)
        return positions

    async def put_subscription(self, subscription: Subscription) -> None:
        row = {
            "name": subscription.name,
            "types": canonical_json(list(subscription.types)).decode(),
            "position": subscription.position,
        }
        await self.write(subscriptions, [row], key=("name",))

    async def remove_subscription(self, name: str) -> None:
        await self.run(delete(subscriptions).where(subscriptions.c.name == name))
        for table in (handled, parked):
            await self.run(delete(table).where(table.c.subscription == name))

    async def mark_handled(self, subscription: str, positions: Collection[int]) -> None:
        standing = await self._stands(subscription, positions)
        if standing[_PARKED] or standing[_DEAD]:
            gone = self._dialect.within(parked.c.position, list(positions))
            await self.run(delete(parked).where(parked.c.subscription == subscription, gone))
        reached = max(standing[_PLACE])
        fresh = [position for position in sorted(set(positions) - standing[_DONE]) if position > reached]
        if fresh:
            await self.insert(handled, [{"subscription": subscription, "position": position} for position in fresh])

    async def advance(self, subscription: str, position: int) -> None:
        behind = and_(subscriptions.c.name == subscription, subscriptions.c.position < position)
        await self.run(update(subscriptions).where(behind).values(position=position))
        behind = and_(handled.c.subscription == subscription, handled.c.position <= position)
        await self.run(delete(handled).where(behind))

    async def park(self, deliveries: Sequence[ParkedEvent]) -> None:
        if deliveries:
            await self.write(parked, [parked_row(item) for item in deliveries], key=("subscription", "position"))

    async def forget_events(self, before: datetime) -> int:
        last, reached = await self.last_event(), await passed(self)
        needed = exists().where(parked.c.position == events.c.position)
        dealt = and_(events.c.position <= reached, events.c.position < last, events.c.time < timestamp(before))
        return await self._changed(delete(events).where(dealt, ~needed))

    async def hold(self, names: Collection[str], holder: str, seconds: float, *, anew: bool = False) -> set[str]:
        wanted = sorted(set(names))
        if not wanted:
            return set()
        [(now,)] = await self._all(select(self._dialect.seconds))
        found = await self._all(select(leases).where(self._dialect.within(leases.c.name, wanted)))
        taken = {row.name for row in found if row.until > now and (anew or row.holder != holder)}
        held = [name for name in wanted if name not in taken]
        if held:
            made = [{"name": name, "holder": holder, "until": float(now) + seconds} for name in held]
            await self.write(leases, made, key=("name",))
        return set(held)

    async def release(self, names: Collection[str], holder: str) -> None:
        if names:
            wanted = self._dialect.within(leases.c.name, list(names))
            await self.run(delete(leases).where(wanted, leases.c.holder == holder))


def event_row(event: NewEvent, position: int) -> dict[str, object]:
    """The row of an event."""
    return {
        "position": position,
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "subject": event.subject,
        "time": timestamp(event.time),
        "organization": event.organization,
        "data": orjson.dumps(dict(event.data)).decode(),
    }


def event_of(row: Record) -> Event:
    """The event of a row."""
    data: dict[str, Any] = orjson.loads(row.data)
    return Event(
        position=int(row.position),
        id=row.id,
        source=row.source,
        type=row.type,
        subject=row.subject,
        time=instant(row.time),
        organization=row.organization,
        data=data,
    )


def subscription_of(row: Record) -> Subscription:
    """The subscription of a row."""
    return Subscription(name=row.name, types=tuple(orjson.loads(row.types)), position=int(row.position))


def parked_row(item: ParkedEvent) -> dict[str, object]:
    """The row of a parked delivery."""
    return {
        "subscription": item.subscription,
        "position": item.position,
        "subject": item.subject,
        "attempts": item.attempts,
        "due": None if item.due is None else timestamp(item.due),
        "error": item.error,
        "dead": item.dead,
    }


def parked_of(row: Record) -> ParkedEvent:
    """The parked delivery of a row."""
    return ParkedEvent(
        subscription=row.subscription,
        position=int(row.position),
        subject=row.subject,
        attempts=int(row.attempts),
        due=None if row.due is None else instant(row.due),
        error=row.error,
        dead=bool(row.dead),
    )
