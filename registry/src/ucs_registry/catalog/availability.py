"""Bringing resources online, taking them off the shelf, and ending them."""

from __future__ import annotations

from ucs_registry.catalog.changes import Actor, Change, stated, stored
from ucs_registry.catalog.needing import check_not_needed
from ucs_registry.lifecycle import AVAILABILITY, Verb, check_transition
from ucs_registry.ports import Unit
from ucs_registry.resources import (
    Resource,
)
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
        await check_not_needed(unit, resource, verb, actor)
    return await stored(unit, resource, actor, availability=Availability(target), availability_reason=reason)
