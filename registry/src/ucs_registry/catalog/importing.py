"""Entering many resources at once that were approved elsewhere.

What can be worked out of them without a look at the store is worked out before a unit is opened: other writers wait for
what a unit takes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ulid import ULID

from ucs_registry.catalog.changes import Actor, Change, naming
from ucs_registry.catalog.linking import check_kind
from ucs_registry.catalog.regions import region_unknown
from ucs_registry.entering import Fresh, ImportedResource, Prepared, StateDigests, prepared, resource_of
from ucs_registry.ports import Reader, Unit
from ucs_registry.resources import ResourceContent
from ucs_registry.settling import settled
from ucs_registry.types import KnownTypes, check_content, known_types
from ucs_sdk.errors import AlreadyExists, Invalid, UcsError
from ucs_sdk.vocabulary import ResourceKind

STRIDE = 50
"""How many resources are worked on before others have a turn."""


class Entered(NamedTuple):
    """A resource that was entered, and the digest of its state."""

    fresh: Fresh
    digest: str

    @property
    def name(self) -> str:
        """The name on the wire."""
        return f"resources/{self.fresh.id}"


@dataclass(slots=True)
class Known:
    """What the rows before have brought in: who has which kind, and the codes that they took."""

    kinds: dict[str, ResourceKind] = field(default_factory=dict)
    codes: set[str] = field(default_factory=set)

    def add(self, fresh: Fresh) -> None:
        """Note that a resource is in."""
        self.kinds[fresh.id] = ResourceKind(fresh.kind)
        self.codes.add(fresh.code)


def prepare(items: Sequence[ImportedResource], types: tuple[str, KnownTypes] | None = None) -> list[Prepared]:
    """Work out of resources what needs no look at the store. `types` are those of the state that it is thought to be in."""
    return [prepared(item, *(types or (None, None))) for item in items]


async def import_resources(unit: Unit, items: Sequence[ImportedResource], actor: Actor) -> list[Change]:
    """Enter resources as approved elsewhere, all of them or none.

    A dependency may name a resource that stands earlier in `items`.
    """
    entered = await import_prepared(unit, prepare(items), actor)
    return [
        Change(None, resource_of(each.fresh, actor.name, actor.at)) for each in entered if isinstance(each, Entered)
    ]


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
    checks = await _checks(
        unit, [each.fresh for each in prepared if isinstance(each, Prepared)], actor, before or Known()
    )
    judged = [await _judged(unit, each, actor, checks, whole=whole, place=at) for at, each in enumerate(prepared)]
    made = [each for each in judged if isinstance(each, Fresh)]
    if not made:
        return [each for each in judged if isinstance(each, UcsError)]
    digests = StateDigests(actor.name, actor.at)
    saving = asyncio.create_task(unit.enter(made, actor.name, actor.at))
    entered: list[Entered | UcsError] = []
    try:
        # While the database is at work.
        for at, each in enumerate(judged):
            entered.append(each if isinstance(each, UcsError) else Entered(each, digests.of(each)))
            if at % STRIDE == 0:
                await asyncio.sleep(0)
    finally:
        # Nobody may leave a unit that is at work.
        await settled(saving)
    return entered


async def _judged(
    unit: Unit, each: Prepared | UcsError, actor: Actor, checks: _Checks, *, whole: bool, place: int
) -> Fresh | UcsError:
    """What is to be entered, or why it is not; with `whole` that is raised, with its place."""
    try:
        if isinstance(each, UcsError):
            raise each
        fresh = each.fresh if each.fresh.id else each.fresh._replace(id=str(ULID.from_datetime(actor.at)))
        await checks.check(unit, fresh, each.judged)
    except UcsError as refusal:
        if not whole:
            return refusal
        with naming(f"resources[{place}]"):
            raise
    checks.known.add(fresh)
    return fresh


@dataclass(slots=True, kw_only=True)
class _Checks:
    """What a batch is held against: read once, whatever its size."""

    organizations: set[str]
    targets: Mapping[str, ResourceKind]
    taken_ids: set[str]
    taken_codes: set[str]
    stamp: str
    types: KnownTypes
    known: Known

    async def check(self, reader: Reader, fresh: Fresh, judged: str | None) -> None:
        """Raise what speaks against entering a resource, whose content was judged by some state of the types, if by any."""
        if judged != self.stamp:
            content = ResourceContent.model_validate_json(fresh.content)
            check_content(ResourceKind(fresh.kind), fresh.type, content, self.types)
        if fresh.owner not in self.organizations:
            raise Invalid("ORGANIZATION_UNKNOWN", path="owner", organization=fresh.owner)
        if fresh.region_code and fresh.region_code not in self.organizations:
            raise await region_unknown(reader, fresh.region_code)
        if fresh.code in self.taken_codes or fresh.code in self.known.codes:
            raise AlreadyExists("CODE_TAKEN", path="code", taken=fresh.code)
        if fresh.id in self.taken_ids or fresh.id in self.known.kinds:
            raise AlreadyExists("CODE_TAKEN", path="id", taken=fresh.id)
        for target, *_ in fresh.links:
            check_kind(fresh.id, fresh.kind, target, self._kind(target))

    def _kind(self, id: str) -> ResourceKind | None:
        return self.known.kinds.get(id) or self.targets.get(id)


async def _checks(unit: Unit, items: Sequence[Fresh], actor: Actor, known: Known) -> _Checks:
    ids = {item.id for item in items if item.id}
    taken = await unit.taken(ids, {item.code for item in items})
    return _Checks(
        organizations=await unit.places(set(_places(items))),
        targets=await unit.kinds(set(_targets(items)) - ids - known.kinds.keys(), actor.visibility),
        taken_ids=taken.ids,
        taken_codes=taken.codes,
        stamp=unit.types_stamp,
        types=await known_types(unit),
        known=known,
    )


def _places(items: Sequence[Fresh]) -> Iterator[str]:
    for item in items:
        yield item.owner
        if item.region_code:
            yield item.region_code


def _targets(items: Sequence[Fresh]) -> Iterator[str]:
    return (target for item in items for target, *_ in item.links)
