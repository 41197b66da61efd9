"""The verbs of the catalogue, each on an open unit: check the rules, change the state, say what changed.

Who may call them is decided before, elsewhere; the log entry and the commit follow after, elsewhere.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from pydantic import ConfigDict
from ulid import ULID

from ucs_registry.canonical import storable
from ucs_registry.lifecycle import AVAILABILITY, REVIEW, Verb, check_transition
from ucs_registry.organizations import NewOrganization, Organization
from ucs_registry.ports import Reader, Unit
from ucs_registry.resources import (
    KIND_RANK,
    NewResource,
    Resource,
    ResourceContent,
    ResourceId,
    Revision,
)
from ucs_registry.types import check_spec
from ucs_registry.visibility import Visibility
from ucs_sdk.errors import (
    AlreadyExists,
    Conflict,
    FailedPrecondition,
    Invalid,
    UcsError,
)
from ucs_sdk.messages import Phrase
from ucs_sdk.vocabulary import Availability, ReviewState

REASON_MOST = 1_000
"""How many characters of a stated reason are kept."""

DIVISION_DIGITS = (2, 4, 6, 9)
"""How many digits the codes of provinces, cities, districts and towns have (GB/T 2260, GB/T 10114)."""

NEIGHBOURS_MOST = 200
"""How many divisions are looked at for the one that may have been meant."""

CYCLE_SEARCH_MOST = 100_000
"""How many resources a search for a circle of dependencies visits before it gives up and refuses."""


class Change(NamedTuple):
    """A resource before and after a verb."""

    before: Resource | None
    after: Resource


class ImportedResource(NewResource):
    """A resource that enters as already approved elsewhere, with its id where it had one and the state it is to have."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: ResourceId | None = None
    availability: Availability = Availability.ONLINE


class Actor(NamedTuple):
    """Who acts, when, and what they may see: dependencies are named only to things one may see."""

    name: str
    at: datetime
    visibility: Visibility


async def create(unit: Unit, new: NewResource, actor: Actor) -> Change:
    """Enter a resource with its first revision, a draft; it is offline."""
    resource = _first(new, str(ULID.from_datetime(actor.at)), actor)
    await _check_new(unit, new)
    # Nothing can depend on what did not exist: a new resource closes no circle.
    await _check_targets(unit, resource, new.content, actor.visibility)
    await unit.save([resource])
    return Change(None, resource)


async def update(unit: Unit, resource: Resource, content: ResourceContent, actor: Actor) -> Change:
    """Open a new revision, a draft. Refused while the last one is in review."""
    if resource.head.state is ReviewState.IN_REVIEW:
        raise FailedPrecondition("REVIEW_PENDING", object=resource.name)
    check_transition(resource, Verb.UPDATE)
    if content == resource.head.content:
        raise Invalid("NOTHING_CHANGED", object=resource.name)
    check_spec(resource.kind, resource.type, content.spec)
    await _check_region(unit, content)
    standing = {link.target for link in resource.head.content.dependencies}
    await _check_dependencies(unit, resource, content, actor.visibility, standing)
    # Everyone who wrote since the last approval has a hand in what is reviewed next.
    earlier = () if resource.head.state is ReviewState.APPROVED else resource.head.authors
    head = Revision(
        number=resource.head.number + 1,
        content=content,
        state=ReviewState.DRAFT,
        authors=tuple(dict.fromkeys((*earlier, actor.name))),
        created_at=actor.at,
    )
    return await _store(unit, resource, actor, head=head)


async def submit(unit: Unit, resource: Resource, actor: Actor) -> Change:
    """Hand the draft to the reviewers."""
    check_transition(resource, Verb.SUBMIT)
    head = resource.head.model_copy(
        update={"state": ReviewState.IN_REVIEW, "submitter": actor.name, "submitted_at": actor.at}
    )
    return await _store(unit, resource, actor, head=head)


async def withdraw(unit: Unit, resource: Resource, actor: Actor) -> Change:
    """Take the revision back from review."""
    check_transition(resource, Verb.WITHDRAW)
    # The submitter is kept among the authors: a withdrawal is no way to shed responsibility and review one's own work.
    authors = tuple(dict.fromkeys((*resource.head.authors, *filter(None, [resource.head.submitter]))))
    head = resource.head.model_copy(
        update={"state": ReviewState.DRAFT, "submitter": None, "submitted_at": None, "authors": authors}
    )
    return await _store(unit, resource, actor, head=head)


async def approve(unit: Unit, resource: Resource, actor: Actor) -> Change:
    """Make the revision in review the current one. Never by its author or submitter."""
    head = await _reviewed(unit, resource, Verb.APPROVE, actor, reason=None)
    # What it depends on may have changed since it was written, and its edges go live now.
    standing = {link.target for link in head.content.dependencies}
    await _check_dependencies(unit, resource, head.content, actor.visibility, standing)
    return await _store(unit, resource, actor, head=head, current=head)


async def reject(unit: Unit, resource: Resource, reason: str | None, actor: Actor) -> Change:
    """Send the revision in review back, with the reason."""
    head = await _reviewed(unit, resource, Verb.REJECT, actor, reason=reason)
    return await _store(unit, resource, actor, head=head)


async def change_availability(unit: Unit, resource: Resource, verb: Verb, reason: str | None, actor: Actor) -> Change:
    """Bring online, take offline, suspend, resume or retire."""
    target = check_transition(resource, verb)
    if AVAILABILITY[verb].needs_reason:
        reason = _stated(reason, verb)
    if verb is Verb.BRING_ONLINE and resource.current is None:
        raise FailedPrecondition("NO_CURRENT_REVISION", object=resource.name, verb=verb.value)
    if verb is Verb.RETIRE:
        await _check_not_needed(unit, resource, actor.visibility)
    return await _store(unit, resource, actor, availability=Availability(target), availability_reason=reason)


async def import_resources(unit: Unit, items: Sequence[ImportedResource], actor: Actor) -> list[Change]:
    """Enter resources as approved elsewhere, all of them or none.

    A dependency may name a resource that stands earlier in `items`.
    """
    made: dict[str, Resource] = {}
    codes: set[str] = set()
    for at, item in enumerate(items):
        resource = _first(item, item.id or str(ULID.from_datetime(actor.at)), actor)
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


@contextmanager
def naming(path: str) -> Iterator[None]:
    """Put the path of one of many items before the path of every error about it."""
    try:
        yield
    except UcsError as error:
        within = error.fields.get("path")
        fields = {**error.fields, "path": f"{path}.{within}" if within else path}
        raise type(error)(error.reason, retry_after=error.retry_after, **fields) from error


def check_etag(resource: Resource, etag: str | None, verb: Verb, *, required: bool) -> None:
    """Raise Conflict unless the caller saw the present state; Invalid when an etag is required and missing."""
    if etag is None:
        if required:
            raise Invalid("ETAG_MISSING", path="etag", object=resource.name, verb=verb.value)
        return
    if etag != resource.etag:
        raise Conflict("ETAG_STALE", object=resource.name, sent=etag, current=resource.etag)


def _first(new: NewResource, id: str, actor: Actor) -> Resource:
    head = Revision(number=1, content=new.content, state=ReviewState.DRAFT, authors=(actor.name,), created_at=actor.at)
    return Resource(
        id=id,
        code=new.code,
        kind=new.kind,
        type=new.type,
        owner=new.owner,
        availability=Availability.OFFLINE,
        version=1,
        created_at=actor.at,
        created_by=actor.name,
        updated_at=actor.at,
        head=head,
    )


async def _store(unit: Unit, before: Resource, actor: Actor, **changes: object) -> Change:
    # Work on the next revision of a published resource is its owner's business: it does not move `updated_at`.
    public = before.current is None or not changes.keys() <= {"head"}
    updated_at = max(actor.at, before.updated_at) if public else before.updated_at
    after = before.model_copy(update={**changes, "version": before.version + 1, "updated_at": updated_at})
    await unit.save([after])
    return Change(before, after)


async def _reviewed(unit: Unit, resource: Resource, verb: Verb, actor: Actor, reason: str | None) -> Revision:
    target = check_transition(resource, verb)
    head = resource.head
    if actor.name in head.authors or actor.name == head.submitter:
        raise FailedPrecondition("SELF_APPROVAL", object=resource.name, actor=actor.name)
    if REVIEW[verb].needs_reason:
        reason = _stated(reason, verb)
    return head.model_copy(update={"state": target, "reviewer": actor.name, "reviewed_at": actor.at, "reason": reason})


def _stated(reason: str | None, verb: Verb) -> str:
    reason = (reason or "").strip()
    if not reason:
        raise Invalid("REASON_MISSING", path="reason", verb=verb.value)
    if len(reason) > REASON_MOST:
        raise Invalid("FIELD_INVALID", path="reason", problem=Phrase("text-longer-than", limit=REASON_MOST))
    if not storable(reason):
        raise Invalid("FIELD_INVALID", path="reason", problem=Phrase("text-unstorable"))
    return reason


async def _check_new(unit: Unit, new: NewResource) -> None:
    check_spec(new.kind, new.type, new.content.spec)
    if await unit.organization(new.owner) is None:
        raise Invalid("ORGANIZATION_UNKNOWN", path="owner", organization=new.owner)
    await _check_region(unit, new.content)
    if await unit.resource_by_code(new.code) is not None:
        raise AlreadyExists("CODE_TAKEN", path="code", taken=new.code)


async def _check_region(unit: Reader, content: ResourceContent) -> None:
    if content.region_code and await unit.organization(content.region_code) is None:
        raise await _region_unknown(unit, content.region_code)


async def _region_unknown(unit: Reader, region: str) -> Invalid:
    # A slip is mostly in the last digits, so what may be meant stands below the longest known beginning.
    above = await unit.organizations([region[:digits] for digits in DIVISION_DIGITS if digits < len(region)])
    below = await unit.children(max(above, key=len), after=None, first=NEIGHBOURS_MOST) if above else []
    near = difflib.get_close_matches(region, [division.id for division in below], n=3)
    return Invalid("REGION_UNKNOWN", path="content.region_code", region=region, near=near)


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
                raise await _region_unknown(unit, item.content.region_code)
            if resource.id in taken_ids:
                raise AlreadyExists("CODE_TAKEN", path="id", taken=resource.id)
            _check_links(resource, item.content, known)
        known[resource.id] = resource


async def _check_dependencies(
    unit: Unit,
    resource: Resource,
    content: ResourceContent,
    visibility: Visibility,
    standing: Collection[str] = (),
) -> None:
    """Check the links of a content and that they close no circle; see `_check_targets`."""
    await _check_targets(unit, resource, content, visibility, standing)
    circle = await _find_circle(
        unit, resource, [link.target.removeprefix("resources/") for link in content.dependencies]
    )
    if circle:
        # The way round may lead through what the actor may not see: those places are neither named nor counted.
        seen = await unit.visible(circle, visibility) | {resource.id}
        names = [f"resources/{id}" if id in seen else "…" for id in circle]
        names = [name for at, name in enumerate(names) if name != "…" or names[at - 1] != "…"]
        raise Invalid(
            "DEPENDENCY_CYCLE",
            path="content.dependencies",
            object=resource.name,
            target=names[1],
            circle=" → ".join(names),
        )


async def _check_targets(
    unit: Unit,
    resource: Resource,
    content: ResourceContent,
    visibility: Visibility,
    standing: Collection[str] = (),
) -> None:
    """Check where the links of a content lead. Those `standing` before may lead to what the actor may not see."""
    ids = [link.target.removeprefix("resources/") for link in content.dependencies]
    if ids:
        seen = await unit.visible(ids, visibility) | {name.removeprefix("resources/") for name in standing}
        targets = {id: target for id, target in (await unit.resources(ids)).items() if id in seen}
        _check_links(resource, content, targets)


def _check_links(resource: Resource, content: ResourceContent, targets: dict[str, Resource]) -> None:
    for link in content.dependencies:
        target = targets.get(link.target.removeprefix("resources/"))
        if target is None:
            raise Invalid("DEPENDENCY_UNKNOWN", path="content.dependencies", object=resource.name, target=link.target)
        if KIND_RANK[target.kind] < KIND_RANK[resource.kind]:
            raise Invalid(
                "DEPENDENCY_UPWARD",
                path="content.dependencies",
                object=resource.name,
                kind=resource.kind.value,
                target=link.target,
                target_kind=target.kind.value,
            )


async def _find_circle(unit: Unit, resource: Resource, ids: list[str]) -> list[str]:
    """The ids along a circle that these targets would close, from the resource back to itself; empty when there is none."""
    reached: dict[str, str] = dict.fromkeys(ids, resource.id)
    frontier = list(reached)
    while frontier and resource.id not in reached:
        if len(reached) > CYCLE_SEARCH_MOST:
            raise FailedPrecondition("DEPENDENCY_TOO_DEEP", object=resource.name, most=CYCLE_SEARCH_MOST)
        following = {}
        for edge in await unit.dependencies(frontier):
            target = edge.dependency.target.removeprefix("resources/")
            if target not in reached:
                following[target] = edge.source.removeprefix("resources/")
        reached |= following
        frontier = list(following)
    if resource.id not in reached:
        return []
    path = [resource.id]
    while (previous := reached[path[-1]]) != resource.id:
        path.append(previous)
    return [*reversed([*path, resource.id])]


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
