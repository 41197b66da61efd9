"""Whether something in use still needs a resource that is about to go."""

from __future__ import annotations

from ucs_registry.catalog.changes import Actor
from ucs_registry.lifecycle import Verb
from ucs_registry.ports import Unit
from ucs_registry.resources import Resource
from ucs_sdk.errors import FailedPrecondition

NAMED_MOST = 20
"""How many of those that need it are named."""


async def check_not_needed(unit: Unit, resource: Resource, verb: Verb, actor: Actor) -> None:
    """Raise FailedPrecondition with STILL_NEEDED, naming those that the actor may see, while something in use depends on it.

    What is retired itself needs nothing any more, or two retired generations would hold each other for ever. And a draft
    that nobody approved yet must not hold what it points at.
    """
    if not await unit.holders(resource.id, None, first=1):
        return
    # How many there are beyond those that the actor may see is not told.
    ids = await unit.holders(resource.id, actor.visibility, first=NAMED_MOST)
    named = await unit.resources(ids)
    titles = [named[id].shown.content.title for id in ids]
    raise FailedPrecondition(
        "STILL_NEEDED",
        object=resource.name,
        verb=verb.value,
        count=await unit.count_holders(resource.id, actor.visibility),
        dependants=[named[id].name for id in ids],
        titles_zh=[title.zh for title in titles],
        titles_en=[title.en for title in titles],
    )
