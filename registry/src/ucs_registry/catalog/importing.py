"""Entering many resources at once that were approved elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from ulid import ULID

from ucs_registry.catalog.changes import Actor, Change, ImportedResource, first_of, naming
from ucs_registry.catalog.linking import check_links
from ucs_registry.catalog.regions import region_unknown
from ucs_registry.ports import Unit
from ucs_registry.resources import (
    Resource,
)
from ucs_registry.types import check_spec
from ucs_sdk.errors import (
    AlreadyExists,
    Invalid,
)
from ucs_sdk.vocabulary import ReviewState


async def import_resources(unit: Unit, items: Sequence[ImportedResource], actor: Actor) -> list[Change]:
    """Enter resources as approved elsewhere, all of them or none.

    A dependency may name a resource that stands earlier in `items`.
    """
    made: dict[str, Resource] = {}
    codes: set[str] = set()
    for at, item in enumerate(items):
        resource = first_of(item, item.id or str(ULID.from_datetime(actor.at)), actor)
        approved = resource.head.model_copy(update={"state": ReviewState.APPROVED, "reviewed_at": actor.at})
        resource = resource.model_copy(
            update={"head": approved, "current": approved, "availability": item.availability}
        )
        path = f"resources[{at}]"
        if item.code in codes:
            raise AlreadyExists("CODE_TAKEN", path=f"{path}.code", taken=item.code)
        if resource.id in made:
            raise AlreadyExists("CODE_TAKEN", path=f"{path}.id", taken=resource.id)
        codes.add(item.code)
        made[resource.id] = resource
    await _check_import(unit, list(items), made, actor)
    await unit.save(list(made.values()))
    return [Change(None, resource) for resource in made.values()]


async def _check_import(unit: Unit, items: list[ImportedResource], made: dict[str, Resource], actor: Actor) -> None:
    places = {item.owner for item in items} | {item.content.region_code for item in items if item.content.region_code}
    organizations = await unit.organizations(places)
    targets = {link.target.removeprefix("resources/") for item in items for link in item.content.dependencies}
    known = await unit.resources(await unit.visible(targets - made.keys(), actor.visibility))
    taken_ids = await unit.resources(made.keys())
    for at, (item, resource) in enumerate(zip(items, made.values(), strict=True)):
        with naming(f"resources[{at}]"):
            check_spec(item.kind, item.type, item.content.spec)
            if item.owner not in organizations:
                raise Invalid("ORGANIZATION_UNKNOWN", path="owner", organization=item.owner)
            if item.content.region_code and item.content.region_code not in organizations:
                raise await region_unknown(unit, item.content.region_code)
            if resource.id in taken_ids:
                raise AlreadyExists("CODE_TAKEN", path="id", taken=resource.id)
            check_links(resource, item.content, known)
        known[resource.id] = resource
