"""Entering organisations."""

from __future__ import annotations

from collections.abc import Sequence

from ucs_registry.organizations import NewOrganization, Organization
from ucs_registry.ports import Unit
from ucs_sdk.errors import (
    AlreadyExists,
    Invalid,
)


async def add_organizations(unit: Unit, new: Sequence[NewOrganization]) -> list[Organization]:
    """Enter organisations, parents first, all of them or none."""
    mentioned = {id for item in new for id in (item.id, item.parent) if id}
    known = set(await unit.organizations(mentioned))
    for item in new:
        if item.id in known:
            raise AlreadyExists("ORGANIZATION_TAKEN", path="id", taken=item.id)
        if item.parent is not None and item.parent not in known:
            raise Invalid("ORGANIZATION_UNKNOWN", path="parent", organization=item.parent)
        known.add(item.id)
    return await unit.add_organizations(new)
