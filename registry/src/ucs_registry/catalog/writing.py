"""Entering resources, and writing their next revision."""

from __future__ import annotations

from ulid import ULID

from ucs_registry.catalog.changes import Actor, Change, first_of, stored
from ucs_registry.catalog.linking import check_dependencies, check_targets, without_gone
from ucs_registry.catalog.regions import check_region
from ucs_registry.lifecycle import Verb, check_transition
from ucs_registry.ports import Unit
from ucs_registry.resources import (
    NewResource,
    Resource,
    ResourceContent,
    Revision,
)
from ucs_registry.types import check_content, known_types
from ucs_sdk.errors import (
    AlreadyExists,
    FailedPrecondition,
    Invalid,
)
from ucs_sdk.vocabulary import ReviewState


async def create(unit: Unit, new: NewResource, actor: Actor) -> Change:
    """Enter a resource with its first revision, a draft; it is offline."""
    resource = first_of(new, str(ULID.from_datetime(actor.at)), actor)
    await _check_new(unit, new)
    # Nothing can depend on what did not exist: a new resource closes no circle.
    await check_targets(unit, resource, new.content, actor.visibility)
    await unit.save([resource])
    return Change(None, resource)


async def update(unit: Unit, resource: Resource, content: ResourceContent, actor: Actor) -> Change:
    """Open a new revision, a draft. Refused while the last one is in review."""
    if resource.head.state is ReviewState.IN_REVIEW:
        raise FailedPrecondition("REVIEW_PENDING", object=resource.name)
    check_transition(resource, Verb.UPDATE)
    if content == resource.head.content:
        raise Invalid("NOTHING_CHANGED", object=resource.name)
    check_content(resource.kind, resource.type, content, await known_types(unit))
    await check_region(unit, content)
    content = await without_gone(unit, resource, content)
    standing = {link.target for link in resource.head.content.dependencies}
    await check_dependencies(unit, resource, content, actor.visibility, standing)
    # Everyone who wrote since the last approval has a hand in what is reviewed next.
    earlier = () if resource.head.state is ReviewState.APPROVED else resource.head.authors
    head = Revision(
        number=resource.head.number + 1,
        content=content,
        state=ReviewState.DRAFT,
        authors=tuple(dict.fromkeys((*earlier, actor.name))),
        created_at=actor.at,
    )
    return await stored(unit, resource, actor, head=head)


async def _check_new(unit: Unit, new: NewResource) -> None:
    check_content(new.kind, new.type, new.content, await known_types(unit))
    if await unit.organization(new.owner) is None:
        raise Invalid("ORGANIZATION_UNKNOWN", path="owner", organization=new.owner)
    await check_region(unit, new.content)
    if await unit.resource_by_code(new.code) is not None:
        raise AlreadyExists("CODE_TAKEN", path="code", taken=new.code)
