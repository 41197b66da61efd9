"""The entries of operations in the catalogue: they come, change and are suspended with the plugin that offers them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ucs_registry import catalog
from ucs_registry.catalog import Actor, Change, ImportedResource
from ucs_registry.catalog.changes import stored
from ucs_registry.lifecycle import Verb, check_not_retired
from ucs_registry.organizations import Bilingual
from ucs_registry.ports import Reader, Unit
from ucs_registry.resources import Resource, ResourceContent, Revision, Summary
from ucs_registry.types import check_content, known_types
from ucs_sdk.declarations import Operation
from ucs_sdk.errors import AlreadyExists, FailedPrecondition
from ucs_sdk.plugins import Plugin
from ucs_sdk.vocabulary import Availability, DataLevel, ResourceKind, ReviewState, ShareType

OPERATION = "operation"
"""The type of these entries."""

ENTRIES_MOST = 100_000
"""How many operations a catalogue is thought to have at most."""

NOT_OFFERED = "本版本不再提供 · This version does not offer it any more"

_CONDITION = "由插件作者设定，须经授权 · Set by the plugin's author: needs a grant"


def code_of(path: str) -> str:
    """The code of the entry of an operation."""
    return path.upper()


async def enter_operations(unit: Unit, plugin: Plugin, owner: str, actor: Actor) -> list[Change]:
    """Have the catalogue say what a plugin offers: new entries approved and online, changed ones renewed, others suspended."""
    changes: list[Change] = []
    fresh: list[ImportedResource] = []
    for path, operation in plugin.operations.items():
        content = content_of(plugin, operation)
        entry = await unit.resource_by_code(code_of(path))
        if entry is None:
            fresh.append(
                ImportedResource(
                    code=code_of(path), kind=ResourceKind.COMPONENT, type=OPERATION, owner=owner, content=content
                )
            )
        elif (change := await _renewed(unit, entry, plugin, owner, content, actor)) is not None:
            changes.append(change)
    if fresh:
        changes += await catalog.import_resources(unit, fresh, actor)
    for known in await entries_of(unit, plugin.name):
        if known.operation not in plugin.operations and known.resource.availability is Availability.ONLINE:
            changes.append(await catalog.change_availability(unit, known.resource, Verb.SUSPEND, NOT_OFFERED, actor))
    return changes


async def suspend_operations(unit: Unit, plugin: str, reason: str, actor: Actor) -> list[Change]:
    """Suspend all that a plugin offers."""
    return [
        await catalog.change_availability(unit, entry.resource, Verb.SUSPEND, reason, actor)
        for entry in await entries_of(unit, plugin)
        if entry.resource.availability is Availability.ONLINE
    ]


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of an operation, and the name under which that is called."""

    resource: Resource
    operation: str


async def entries_of(reader: Reader, plugin: str) -> list[Entry]:
    """The entries of a plugin's operations."""
    rows = await reader.specs(OPERATION, None, after=None, first=ENTRIES_MOST)
    paths = {row.id: str(row.spec.get("operation")) for row in rows if row.spec.get("plugin") == plugin}
    return [Entry(resource, paths[id]) for id, resource in (await reader.resources(paths)).items()]


def content_of(plugin: Plugin, operation: Operation) -> ResourceContent:
    """What the catalogue says of an operation."""
    said = operation.description.strip()[:2_000]
    share = operation.share_type
    return ResourceContent(
        title=Bilingual(zh=operation.title_zh, en=operation.title_en),
        summary=Summary(zh=said or operation.title_zh, en=said or operation.title_en),
        share_type=share,
        share_condition=(operation.share_condition or _CONDITION) if share is ShareType.CONDITIONAL else None,
        denial_basis=(operation.share_condition or _CONDITION) if share is ShareType.NONE else None,
        data_level=DataLevel.L1,
        source=f"{plugin.found.distribution} {plugin.version}"[:400],
        spec={
            "plugin": plugin.name,
            "version": plugin.version,
            "operation": operation.path,
            "effect": operation.effect.value,
            "streaming": operation.streaming,
            "input": operation.input_schema(),
            "output": operation.output_schema(),
        },
    )


async def _renewed(
    unit: Unit, entry: Resource, plugin: Plugin, owner: str, content: ResourceContent, actor: Actor
) -> Change | None:
    """The entry with this content, approved and online; None when it is so already."""
    if entry.type != OPERATION or entry.shown.content.spec.get("plugin") != plugin.name:
        raise AlreadyExists("CODE_TAKEN", path="code", taken=entry.code)
    return await brought_up_to_date(unit, entry, plugin, owner, content, actor)


async def brought_up_to_date(
    unit: Unit, entry: Resource, plugin: Plugin, owner: str, content: ResourceContent, actor: Actor
) -> Change | None:
    """An entry of a plugin's with this content, approved and online; None when it is so already.

    Raises FailedPrecondition when it belongs to another organisation, or is retired.
    """
    if entry.owner != owner:
        raise FailedPrecondition("PLUGIN_OWNER_STAYS", plugin=plugin.name, owner=entry.owner)
    check_not_retired(entry, Verb.UPDATE)
    if entry.shown.content == content and entry.availability is Availability.ONLINE:
        return None
    changed: dict[str, object] = {"availability": Availability.ONLINE, "availability_reason": None}
    if entry.shown.content != content:
        check_content(entry.kind, entry.type, content, await known_types(unit))
        revision = _approved(entry, content, actor.name, actor.at)
        changed |= {"head": revision, "current": revision}
    return await stored(unit, entry, actor, **changed)


def _approved(entry: Resource, content: ResourceContent, by: str, at: datetime) -> Revision:
    return Revision(
        number=entry.head.number + 1, content=content, state=ReviewState.APPROVED, authors=(by,), created_at=at
    )
