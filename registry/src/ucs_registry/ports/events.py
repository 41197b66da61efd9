"""What the platform needs of a store about events, those who hear of them, and leases."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Protocol

from ucs_registry.events import Event, NewEvent, ParkedEvent, Subscription


class EventsReader(Protocol):
    """Events and subscriptions in one state."""

    async def last_event(self) -> int:
        """The position of the last event; 0 when there never was one."""

    async def events(self, *, types: Collection[str] | None = None, after: int, first: int) -> list[Event]:
        """Up to `first` events of these types behind a position, in the order of commit."""

    async def events_at(self, positions: Iterable[int]) -> dict[int, Event]:
        """Those events that are kept, by position."""

    async def subscriptions(self) -> dict[str, Subscription]:
        """Every subscription, by name."""

    async def handled(self, subscription: str) -> set[int]:
        """The positions beyond that of a subscription with which it is done already."""

    async def parked(
        self, subscription: str | None = None, *, dead: bool | None = None, after: tuple[str, int] = ("", 0), first: int
    ) -> list[ParkedEvent]:
        """Up to `first` parked deliveries, of one subscription or all, dead or not, behind a name and a position."""

    async def parked_subjects(self, subscription: str) -> set[str]:
        """The subjects of which a subscription has parked a delivery that is not dead."""

    async def due_deliveries(self, subscription: str, at: datetime, *, first: int) -> list[ParkedEvent]:
        """Up to `first` parked deliveries to try again at an instant: of each subject the earliest that is not dead, if it is
        due, in the order of position.
        """

    async def newest_events(self, after: int) -> dict[str, int]:
        """Of each type of which there are events behind a position, the last one's position."""

    async def due_subscriptions(self, at: datetime) -> set[str]:
        """The subscriptions that may have a parked delivery to try again at an instant: all that have one, and some more."""

    async def awaited(self, subscription: str, positions: Collection[int]) -> set[int]:
        """Those events that are still to be delivered to a subscription: neither done with, nor dead."""

    async def holds(self, name: str, holder: str) -> bool:
        """Whether a holder has a lease that has not ended."""


class EventsUnit(Protocol):
    """What a write adds to the outbox, and how far subscriptions come."""

    async def emit(self, events: Sequence[NewEvent]) -> list[int]:
        """Add events to the outbox; their positions. One whose source and id are there already keeps its place and is not
        added again.
        """

    async def put_subscription(self, subscription: Subscription) -> None:
        """Enter or replace a subscription."""

    async def remove_subscription(self, name: str) -> None:
        """Remove a subscription with all that is parked of it."""

    async def mark_handled(self, subscription: str, positions: Collection[int]) -> None:
        """Be done with events: they are parked no more, and not delivered again."""

    async def advance(self, subscription: str, position: int) -> None:
        """Be done with every event up to a position that is not parked."""

    async def park(self, parked: Sequence[ParkedEvent]) -> None:
        """Park deliveries, or say anew how they stand."""

    async def forget_events(self, before: datetime) -> int:
        """Remove events from before an instant with which every subscription is done; how many. The last event stays."""

    async def hold(self, names: Collection[str], holder: str, seconds: float, *, anew: bool = False) -> set[str]:
        """Take or renew leases, by the database's clock; those that the holder has now.

        A lease that another holds is had by nobody else before it ends. With `anew` the holder's own count as another's.
        """

    async def release(self, names: Collection[str], holder: str) -> None:
        """Give back leases, as far as the holder has them."""
