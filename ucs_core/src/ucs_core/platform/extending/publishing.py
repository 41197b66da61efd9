"""The types and resources that a plugin brings: they enter the catalogue by the call that enables it, approved and online."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ucs_core.access.actions import Action
from ucs_core.platform.extending.entries import brought_up_to_date
from ucs_core.platform.noting import actor_of
from ucs_core.platform.pipeline import WriteSession
from ucs_core.platform.validation import parse
from ucs_registry import catalog
from ucs_registry.canonical import plain_json_problem
from ucs_registry.catalog import Actor, Change, ImportedResource, NewType, TypeChange
from ucs_registry.lifecycle import Verb
from ucs_registry.plugins import PluginRow
from ucs_registry.ports import Unit
from ucs_registry.resources import Resource
from ucs_registry.types import ResourceType as Standing
from ucs_registry.types import known_types
from ucs_sdk.errors import AlreadyExists, Invalid
from ucs_sdk.plugins import Plugin
from ucs_sdk.published import PublishedResource, ResourceType
from ucs_sdk.vocabulary import Availability

TYPES_MOST, RESOURCES_MOST = 50, 1_000
"""How many types and how many resources one plugin may bring: they are entered in one transaction."""

NOT_PUBLISHED = "本版本不再发布 · This version does not publish it any more"

T = TypeVar("T", ResourceType, PublishedResource)


@dataclass(slots=True, kw_only=True)
class Brought:
    """What a plugin's types and resources have become: what changed, and the ids of all that is the plugin's."""

    type_changes: list[TypeChange] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    types: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()


async def enter_brought(session: WriteSession, plugin: Plugin, owner: str, before: PluginRow | None) -> Brought:
    """Have the catalogue hold what a plugin brings. Raises Invalid for what is none, and AlreadyExists for what is another's."""
    brought = Brought(types=before.types if before else (), resources=before.resources if before else ())
    unit, actor = session.unit, actor_of(session)
    for each in _listed(plugin.resource_types, TYPES_MOST, "resource_types", lambda type: type.id):
        await _enter_type(session, brought, plugin, each, actor)
    fresh: list[ImportedResource] = []
    kept: list[str] = []
    for new in _listed(plugin.resources, RESOURCES_MOST, "resources", lambda resource: resource.code):
        stated = _resource_of(plugin, new, owner)
        entry = await unit.resource_by_code(stated.code)
        if entry is None:
            fresh.append(stated)
            continue
        kept.append(entry.id)
        _check_own(brought, entry, stated)
        change = await brought_up_to_date(unit, entry, plugin, owner, stated.content, actor)
        brought.changes += [] if change is None else [change]
    if fresh:
        entered = await catalog.import_resources(unit, fresh, actor)
        brought.changes += entered
        kept += [change.after.id for change in entered]
    gone = [id for id in brought.resources if id not in kept]
    brought.changes += await suspend(unit, gone, NOT_PUBLISHED, actor)
    # What is published no more stays the plugin's: a later version may bring it back.
    brought.resources = (*kept, *gone)
    return brought


async def suspend(unit: Unit, ids: Sequence[str], reason: str, actor: Actor) -> list[Change]:
    """Suspend those of some resources that are online."""
    found = (await unit.resources(ids)).values() if ids else ()
    return [
        await catalog.change_availability(unit, resource, Verb.SUSPEND, reason, actor)
        for resource in found
        if resource.availability is Availability.ONLINE
    ]


def _listed(stated: Sequence[T], most: int, path: str, named: Any) -> Iterable[T]:  # noqa: ANN401 -- names what is listed
    """What a plugin brings, within its bound, and each once."""
    if len(stated) > most:
        raise Invalid("FIELD_TOO_LONG", path=path, limit=most, unit="items", more=0)
    names = [named(each) for each in stated]
    for at, name in enumerate(names):
        if name in names[:at]:
            raise AlreadyExists("CODE_TAKEN", path=f"{path}[{at}]", taken=str(name)[:80])
    return stated


async def _enter_type(
    session: WriteSession, brought: Brought, plugin: Plugin, stated: ResourceType, actor: Actor
) -> None:
    path = f"resource_types.{str(stated.id)[:80]}"
    new = parse(
        NewType,
        {
            "id": stated.id,
            "kind": stated.kind,
            "title": {"zh": stated.title_zh, "en": stated.title_en},
            "schema": _plain(stated.schema, f"{path}.schema"),
        },
        path,
    )
    standing = (await known_types(session.unit)).types.get(new.id)
    if standing is not None:
        # What members are called is the administrators' business.
        if (new.kind, new.title, new.spec) == (standing.kind, standing.title, standing.schema):
            return
        if new.id not in brought.types:
            raise AlreadyExists("PLUGIN_TYPE_TAKEN", path=path, plugin=plugin.name, type=new.id)
        new = new.model_copy(update={"members": _members(standing)})
    with catalog.naming(path):
        change = await catalog.put_type(
            session.unit,
            new,
            None if standing is None else standing.etag,
            actor,
            reading=session.sight.visibility(Action.READ),
            breaking=False,
        )
    brought.type_changes.append(change)
    brought.types = tuple(dict.fromkeys((*brought.types, new.id)))


def _members(standing: Standing) -> catalog.NewMemberRules | None:
    rules = standing.members
    return (
        None if rules is None else catalog.NewMemberRules.model_validate({"code": rules.code, "schema": rules.schema})
    )


def _resource_of(plugin: Plugin, stated: PublishedResource, owner: str) -> ImportedResource:
    path = f"resources.{str(stated.code)[:80]}"
    plain = {
        "code": stated.code,
        "kind": stated.kind,
        "type": stated.type,
        "owner": owner,
        "content": {
            "title": {"zh": stated.title_zh, "en": stated.title_en},
            "summary": {"zh": stated.summary_zh or stated.title_zh, "en": stated.summary_en or stated.title_en},
            "share_type": stated.share_type,
            "share_condition": stated.share_condition or None,
            "denial_basis": stated.denial_basis or None,
            "open_type": stated.open_type,
            "data_level": stated.data_level,
            "update_cycle": stated.update_cycle,
            "source": f"{plugin.found.distribution} {plugin.version}"[:400],
            "spec": _plain(stated.spec, f"{path}.spec"),
        },
    }
    return parse(ImportedResource, plain, path)


def _check_own(brought: Brought, entry: Resource, stated: ImportedResource) -> None:
    """Raise unless a resource that is there is the plugin's, and of the same kind and type."""
    if entry.id not in brought.resources or (entry.kind, entry.type) != (stated.kind, stated.type):
        raise AlreadyExists("CODE_TAKEN", path=f"resources.{entry.code}", taken=entry.code)


def _plain(stated: Mapping[str, Any], path: str) -> dict[str, Any]:
    plain = dict(stated)
    problem = plain_json_problem(plain)
    if problem is not None:
        raise Invalid("FIELD_INVALID", path=path, problem=problem)
    return plain
