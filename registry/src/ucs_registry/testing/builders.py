"""Small things to fill a store with, valid unless a test says otherwise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from ucs_registry.log import EntryDraft, Outcome, new_salt
from ucs_registry.organizations import Bilingual, NewOrganization
from ucs_registry.ports import Store
from ucs_registry.resources import Resource, ResourceContent, Revision, Summary
from ucs_registry.visibility import ALLOWED, Grant, Visibility
from ucs_sdk.vocabulary import (
    Availability,
    DataLevel,
    OrganizationKind,
    OrganizationLevel,
    ResourceKind,
    ReviewState,
    ShareType,
)

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)

ROOT = "37"
"""The organisation at the top of `founded`."""


def an_id(number: int) -> str:
    """A resource's id; a larger number sorts behind a smaller one."""
    return f"{number:026d}"


def an_organization(id: str = ROOT, parent: str | None = None, **changes: Any) -> NewOrganization:  # noqa: ANN401 -- any field
    """An organisation; a department unless stated."""
    fields: dict[str, Any] = {
        "title": Bilingual(zh=f"机构{id}", en=f"Office {id}"),
        "level": OrganizationLevel.CITY,
        "kind": OrganizationKind.DEPARTMENT,
    }
    return NewOrganization(id=id, parent=parent, **fields | changes)


def a_content(**changes: Any) -> ResourceContent:  # noqa: ANN401 -- any field
    """The content of a revision; `title_zh` and `title_en` stand for the title."""
    title = Bilingual(zh=changes.pop("title_zh", "水位"), en=changes.pop("title_en", "Water level"))
    fields: dict[str, Any] = {
        "title": title,
        "summary": Summary(zh="说明", en="Summary"),
        "share_type": ShareType.UNCONDITIONAL,
        "data_level": DataLevel.L1,
    }
    return ResourceContent(**fields | {"title": title} | changes)


def a_revision(number: int = 1, state: ReviewState = ReviewState.APPROVED, **content: Any) -> Revision:  # noqa: ANN401 -- any field
    """A revision by the principal `editor`."""
    return Revision(
        number=number, content=a_content(**content), state=state, authors=("principals/editor",), created_at=NOW
    )


def a_resource(number: int = 1, **changes: Any) -> Resource:  # noqa: ANN401 -- any field
    """An approved dataset, online, of the organisation `37`.

    `number` gives the id, the code and, in seconds from `NOW`, the time of its last change. Fields of the resource are
    taken as such, all others as fields of its content.
    """
    named = {name: changes.pop(name) for name in tuple(changes) if name in Resource.model_fields}
    head = named.get("head") or a_revision(**changes)
    fields: dict[str, Any] = {
        "id": an_id(number),
        "code": f"CODE-{number:06d}",
        "kind": ResourceKind.DATA,
        "type": "dataset",
        "owner": ROOT,
        "availability": Availability.ONLINE,
        "version": 1,
        "created_at": NOW,
        "created_by": "principals/editor",
        "updated_at": NOW + timedelta(seconds=number),
        "head": head,
        "current": head if head.state is ReviewState.APPROVED else None,
    }
    return Resource(**fields | named)


def a_grant(resource: int, **changes: Any) -> Grant:  # noqa: ANN401 -- any field
    """A grant to the principal `reader` to discover, live at `NOW`."""
    fields: dict[str, Any] = {
        "id": f"grant-{resource}",
        "grantee": "principals/reader",
        "action": "discover",
        "resource": f"resources/{an_id(resource)}",
        "valid_from": NOW - timedelta(days=1),
        "valid_until": NOW + timedelta(days=1),
        "origin": "test",
    }
    return Grant(**fields | changes)


def an_entry(**changes: Any) -> EntryDraft:  # noqa: ANN401 -- any field
    """An entry of the log that has no place yet."""
    fields: dict[str, Any] = {
        "at": NOW,
        "origin": "hub",
        "call_id": "call",
        "request_id": None,
        "actor": "principals/editor",
        "on_behalf_of": None,
        "verb": "create",
        "action": "create",
        "object": f"resources/{an_id(1)}",
        "outcome": Outcome.ACCEPTED,
        "reason": None,
        "rule": None,
        "before": None,
        "after": None,
        "access_before": None,
        "access_after": None,
        "body": "{}",
        "salt": new_salt(),
    }
    return EntryDraft(**fields | changes)


def a_visibility(mask: bytes, **changes: Any) -> Visibility:  # noqa: ANN401 -- any field
    """What the principal `reader` may discover at `NOW`."""
    fields: dict[str, Any] = {"action": "discover", "grantees": ("principals/reader",), "at": NOW}
    return Visibility(mask=mask, **fields | changes)


def everything_visible(cells: int = 1000) -> Visibility:
    """The visibility of someone to whom nothing is hidden."""
    return a_visibility(bytes([ALLOWED]) * cells)


async def founded(store: Store, *resources: Resource) -> None:
    """Enter a small tree of organisations and some resources.

    The tree: `37` above `3702` and `3706`; `370202` and `water` below `3702`; and `370`, a root whose id begins like the
    others'.
    """
    async with store.write() as unit:
        await unit.add_organizations(
            [
                an_organization(),
                an_organization("3702", ROOT),
                an_organization("370202", "3702"),
                an_organization("3706", ROOT),
                an_organization("370"),
                an_organization("water", "3702"),
            ]
        )
        await unit.save(resources)
        await unit.commit()


async def saved(store: Store, *resources: Resource) -> None:
    """Save resources in a unit of their own."""
    async with store.write() as unit:
        await unit.save(resources)
        await unit.commit()
