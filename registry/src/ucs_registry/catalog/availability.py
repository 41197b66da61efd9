"""Bringing resources online, taking them off the shelf, and ending them."""

from __future__ import annotations

from ucs_registry.catalog.changes import Actor, Change, stated, stored
from ucs_registry.lifecycle import AVAILABILITY, Verb, check_transition
from ucs_registry.ports import Unit
from ucs_registry.resources import (
    Resource,
)
from ucs_registry.visibility import Visibility
from ucs_sdk.errors import (
    FailedPrecondition,
)
from ucs_sdk.vocabulary import Availability


async def change_availability(unit: Unit, resource: Resource, verb: Verb, reason: str | None, actor: Actor) -> Change:
    """Bring online, take offline, suspend, resume or retire."""
    target = check_transition(resource, verb)
    if AVAILABILITY[verb].needs_reason:
        reason = stated(reason, verb)
    if verb is Verb.BRING_ONLINE and resource.current is None:
        raise FailedPrecondition("NO_CURRENT_REVISION", object=resource.name, verb=verb.value)
    if verb is Verb.RETIRE:
        await _check_not_needed(unit, resource, actor.visibility)
    return await stored(unit, resource, actor, availability=Availability(target), availability_reason=reason)


async def _check_not_needed(unit: Unit, resource: Resource, visibility: Visibility) -> None:
    edges = await unit.dependants([resource.id])
    sources = await unit.resources({edge.source.removeprefix("resources/") for edge in edges})
    # What is retired itself needs nothing any more, or two retired generations would hold each other for ever.
    # And a draft that nobody approved yet must not hold what it points at.
    needing = [
        id
        for id, source in sources.items()
        if source.current is not None and source.availability is not Availability.RETIRED
    ]
    if needing:
        # How many there are beyond those that the actor may see is not told.
        seen = await unit.visible(needing, visibility)
        raise FailedPrecondition("STILL_NEEDED", object=resource.name, count=len(seen))
