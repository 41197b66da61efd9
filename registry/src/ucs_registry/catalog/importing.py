"""Entering many resources at once that were approved elsewhere.

What can be worked out of them without a look at the store is worked out before a unit is opened: other writers wait for
what a unit takes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pydantic import TypeAdapter
from ulid import ULID

from ucs_registry.canonical import canonical_json
from ucs_registry.catalog.changes import Actor, Change, ImportedResource, naming
from ucs_registry.catalog.linking import check_kinds
from ucs_registry.catalog.regions import region_unknown
from ucs_registry.ports import Reader, Unit, Worked
from ucs_registry.resources import Resource, ResourceContent, Revision
from ucs_registry.search import card_texts, document_tokens
from ucs_registry.settling import settled
from ucs_registry.types import KnownTypes, check_content, known_types
from ucs_sdk.errors import AlreadyExists, Invalid, UcsError
from ucs_sdk.vocabulary import ResourceKind, ReviewState

STRIDE = 20
"""How many resources are worked on before others have a turn."""

_CONTENTS = TypeAdapter(list[ResourceContent])


class Prepared(NamedTuple):
    """A resource to be imported, and what was worked out of it."""

    item: ImportedResource
    worked: Worked


class Entered(NamedTuple):
    """A resource that was entered, and the digest of its state."""

    resource: Resource
    digest: str


@dataclass(slots=True)
class Known:
    """What the rows before have brought in: who has which kind, and the codes that they took."""

    kinds: dict[str, ResourceKind] = field(default_factory=dict)
    codes: set[str] = field(default_factory=set)

    def add(self, resource: Resource) -> None:
        """Note that a resource is in."""
        self.kinds[resource.id] = resource.kind
        self.codes.add(resource.code)


def prepare(items: Sequence[ImportedResource]) -> list[Prepared]:
    """Work out of resources what needs no look at the store."""
    contents: list[Any] = _CONTENTS.dump_python([item.content for item in items], mode="json")
    return [
        Prepared(
            item,
            Worked(canonical_json(content).decode(), " ".join(document_tokens(card_texts(item.content, item.code)))),
        )
        for item, content in zip(items, contents, strict=True)
    ]


async def import_resources(unit: Unit, items: Sequence[ImportedResource], actor: Actor) -> list[Change]:
    """Enter resources as approved elsewhere, all of them or none.

    A dependency may name a resource that stands earlier in `items`.
    """
    entered = await import_prepared(unit, prepare(items), actor)
    return [Change(None, each.resource) for each in entered if isinstance(each, Entered)]


async def import_prepared(
    unit: Unit,
    prepared: Sequence[Prepared | UcsError],
    actor: Actor,
    *,
    whole: bool = True,
    before: Known | None = None,
) -> list[Entered | UcsError]:
    """Enter resources, and say of each what became of it; with `whole` all or none, raising the first refusal.

    A dependency may name a resource that stands earlier and was entered, or is known from `before`, to which is added what
    is entered. What is refused already stays refused.
    """
    checks = await _checks(unit, [each for each in prepared if isinstance(each, Prepared)], actor, before or Known())
    judged = [await _judged(unit, each, actor, checks, whole=whole, place=at) for at, each in enumerate(prepared)]
    made = [each for each in judged if isinstance(each, Resource)]
    if not made:
        return [each for each in judged if isinstance(each, UcsError)]
    worked = {
        resource.id: each.worked
        for resource, each in zip(judged, prepared, strict=True)
        if isinstance(resource, Resource) and isinstance(each, Prepared)
    }
    saving = asyncio.create_task(unit.save(made, worked))
    try:
        digests = await _digests(made, worked)
    finally:
        # Nobody may leave a unit that is at work.
        await settled(saving)
    return [each if isinstance(each, UcsError) else Entered(each, digests[each.id]) for each in judged]


async def _judged(
    unit: Unit, each: Prepared | UcsError, actor: Actor, checks: _Checks, *, whole: bool, place: int
) -> Resource | UcsError:
    """The resource that is to be entered, or why it is not; with `whole` that is raised, with its place."""
    try:
        if isinstance(each, UcsError):
            raise each
        resource = _approved(each.item, actor)
        await checks.check(unit, resource)
    except UcsError as refusal:
        if not whole:
            return refusal
        with naming(f"resources[{place}]"):
            raise
    checks.known.add(resource)
    return resource


async def _digests(made: Sequence[Resource], worked: Mapping[str, Worked]) -> dict[str, str]:
    """The digests of what is being entered, made while the database is at work."""
    digests = {}
    for at, resource in enumerate(made):
        digests[resource.id] = resource.digest_given(worked[resource.id].content.encode())
        if at % STRIDE == 0:
            await asyncio.sleep(0)
    return digests


def _approved(item: ImportedResource, actor: Actor) -> Resource:
    """The resource that an item is to be: approved when it was entered."""
    revision = Revision(
        number=1,
        content=item.content,
        state=ReviewState.APPROVED,
        authors=(actor.name,),
        created_at=actor.at,
        reviewed_at=actor.at,
    )
    return Resource(
        id=item.id or str(ULID.from_datetime(actor.at)),
        code=item.code,
        kind=item.kind,
        type=item.type,
        owner=item.owner,
        availability=item.availability,
        version=1,
        created_at=actor.at,
        created_by=actor.name,
        updated_at=actor.at,
        head=revision,
        current=revision,
    )


@dataclass(slots=True, kw_only=True)
class _Checks:
    """What a batch is held against: read once, whatever its size."""

    organizations: set[str]
    targets: Mapping[str, ResourceKind]
    taken_ids: set[str]
    taken_codes: set[str]
    types: KnownTypes
    known: Known

    async def check(self, reader: Reader, resource: Resource) -> None:
        """Raise what speaks against entering a resource."""
        content = resource.head.content
        check_content(resource.kind, resource.type, content, self.types)
        if resource.owner not in self.organizations:
            raise Invalid("ORGANIZATION_UNKNOWN", path="owner", organization=resource.owner)
        if content.region_code and content.region_code not in self.organizations:
            raise await region_unknown(reader, content.region_code)
        for path, value, taken, entered in (
            ("code", resource.code, self.taken_codes, self.known.codes),
            ("id", resource.id, self.taken_ids, self.known.kinds),
        ):
            if value in taken or value in entered:
                raise AlreadyExists("CODE_TAKEN", path=path, taken=value)
        if content.dependencies:
            check_kinds(resource, content, self._kind)

    def _kind(self, id: str) -> ResourceKind | None:
        return self.known.kinds.get(id) or self.targets.get(id)


async def _checks(unit: Unit, prepared: Sequence[Prepared], actor: Actor, known: Known) -> _Checks:
    items = [each.item for each in prepared]
    ids = {item.id for item in items if item.id}
    taken = await unit.taken(ids, {item.code for item in items})
    return _Checks(
        organizations=await unit.places(set(_places(items))),
        targets=await unit.kinds(set(_targets(items)) - ids - known.kinds.keys(), actor.visibility),
        taken_ids=taken.ids,
        taken_codes=taken.codes,
        types=await known_types(unit),
        known=known,
    )


def _places(items: Sequence[ImportedResource]) -> Iterator[str]:
    for item in items:
        yield item.owner
        if item.content.region_code:
            yield item.content.region_code


def _targets(items: Sequence[ImportedResource]) -> Iterator[str]:
    return (link.target.removeprefix("resources/") for item in items for link in item.content.dependencies)
