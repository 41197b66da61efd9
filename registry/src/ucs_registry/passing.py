"""How far all subscriptions are done with what happened."""

from __future__ import annotations

from ucs_registry.ports.events import EventsReader


async def passed(events: EventsReader) -> int:
    """The position up to which every event is dealt with, or parked, by all subscriptions that hear of its type.

    One that waits for what does not happen is not behind: it would keep for ever what is none of its business.
    """
    reached = await events.last_event()
    places = (await events.subscriptions()).values()
    newest = await events.newest_events(min((place.position for place in places), default=reached))
    for place in places:
        if any(newest.get(type, 0) > place.position for type in place.types):
            [first] = await events.events(types=place.types, after=place.position, first=1)
            reached = min(reached, first.position - 1)
    return reached
