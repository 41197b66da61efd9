"""Announcing that a resource is to be used no more, and moving it into the bin and out of it."""

from __future__ import annotations

from datetime import datetime

from ucs_registry.bin import KEPT, DeletedResource
from ucs_registry.catalog.changes import Actor, Change, stored
from ucs_registry.catalog.linking import check_dependencies
from ucs_registry.catalog.needing import check_not_needed
from ucs_registry.lifecycle import Verb, check_not_retired
from ucs_registry.ports import Unit
from ucs_registry.resources import Deprecation, Resource
from ucs_registry.visibility import Grant
from ucs_sdk.errors import FailedPrecondition, Invalid


async def deprecate(unit: Unit, resource: Resource, deprecation: Deprecation, actor: Actor) -> Change:
    """Announce that a resource is to be used no more; what was announced before is replaced."""
    check_not_retired(resource, Verb.DEPRECATE)
    if resource.current is None:
        raise FailedPrecondition("NO_CURRENT_REVISION", object=resource.name, verb=Verb.DEPRECATE.value)
    if deprecation.removal_on is not None and deprecation.removal_on < deprecation.effective_on:
        raise Invalid(
            "REMOVAL_BEFORE_DEPRECATION",
            path="deprecation.removal_on",
            removal_on=deprecation.removal_on.isoformat(),
            effective_on=deprecation.effective_on.isoformat(),
        )
    # First, or the answer would tell that an alternative is announced which the actor may not see.
    await _check_alternative(unit, resource, deprecation.alternative, actor)
    if deprecation == resource.deprecation:
        raise Invalid("NOTHING_CHANGED", object=resource.name)
    return await stored(unit, resource, actor, deprecation=deprecation)


async def undeprecate(unit: Unit, resource: Resource, actor: Actor) -> Change:
    """Take the announcement back."""
    check_not_retired(resource, Verb.UNDEPRECATE)
    if resource.deprecation is None:
        raise FailedPrecondition("NOT_DEPRECATED", object=resource.name)
    return await stored(unit, resource, actor, deprecation=None)


async def delete(unit: Unit, resource: Resource, actor: Actor) -> DeletedResource:
    """Move a resource into the bin, unless something in use depends on it."""
    await check_not_needed(unit, resource, Verb.DELETE, actor)
    deleted = DeletedResource(
        resource=resource,
        revisions=tuple(await unit.revisions(resource.id)),
        deleted_at=actor.at,
        by=actor.name,
        purge_at=actor.at + KEPT,
    )
    await unit.delete(deleted)
    return deleted


async def undelete(unit: Unit, deleted: DeletedResource, actor: Actor) -> Change:
    """Take a resource out of the bin as it was, as its next version. What it needs may have gone meanwhile, and stays gone."""
    before = deleted.resource
    content = before.shown.content
    # What else was written meanwhile must not close a circle with its edges, which are live again now.
    await check_dependencies(unit, before, content, actor.visibility, {link.target for link in content.dependencies})
    updated_at = max(actor.at, before.updated_at)
    after = before.model_copy(update={"version": before.version + 1, "updated_at": updated_at})
    await unit.undelete(after)
    return Change(None, after)


async def purge(unit: Unit, deleted: DeletedResource) -> list[Grant]:
    """Remove a resource from the bin for ever, with its members and the grants on it, which are returned."""
    resource = deleted.resource
    grants = await unit.find_grants(resources=[resource.name])
    await unit.remove_members(resource.id)
    await unit.remove_grants([grant.id for grant in grants])
    await unit.purge(resource.id)
    return grants


async def due(unit: Unit, at: datetime, *, first: int) -> list[DeletedResource]:
    """Up to `first` of what has been in the bin for as long as it is kept."""
    return list((await unit.deleted(await unit.due(at, first=first))).values())


async def _check_alternative(unit: Unit, resource: Resource, name: str | None, actor: Actor) -> None:
    if name is None:
        return
    id = name.removeprefix("resources/")
    if id == resource.id or not await unit.visible([id], actor.visibility):
        raise Invalid("ALTERNATIVE_UNKNOWN", path="deprecation.alternative", object=resource.name, target=name)
