"""Holds what a plugin declares to what its manifest states."""

from __future__ import annotations

from collections.abc import Iterator

from ucs_sdk.declarations import Collection, Schedule, SourceLine, Subscription
from ucs_sdk.errors import Invalid
from ucs_sdk.events import EVENT_TYPE
from ucs_sdk.manifest import Permission
from ucs_sdk.plugins.finding import manifest_path
from ucs_sdk.plugins.plugin import Plugin
from ucs_sdk.signatures import line_of

_HOOKS_THAT_NEED = {
    "ucs_resource_types": Permission.TYPES,
    "ucs_resources": Permission.RESOURCES,
    "ucs_admit": Permission.ADMISSION,
    "ucs_run": Permission.RUN,
}


def check_consistency(plugin: Plugin) -> None:
    """Raise Invalid where declarations and manifest disagree."""
    _check_capabilities(plugin)
    file = str(manifest_path(plugin.found))
    for permission, what, at in needs(plugin):
        if permission not in plugin.manifest.permissions:
            raise Invalid(
                "PERMISSION_UNSTATED", permission=permission, name=what, manifest=file, file=at.file, line=at.line
            )
    _check_events(plugin, file)


def needs(plugin: Plugin) -> Iterator[tuple[Permission, str, SourceLine]]:
    """The permissions that its declarations need, each with what needs it and where that stands."""
    for each in plugin.subscriptions:
        yield Permission.EVENTS, each.name, each.at
    for emission in plugin.emissions.values():
        yield Permission.EVENTS, emission.type, emission.at
    for schedule in plugin.schedules:
        yield Permission.RUN, schedule.name, schedule.at
    for collection in plugin.collections.values():
        yield Permission.DOCUMENTS, collection.name, collection.at
    if plugin.tables:
        yield Permission.SQL, "tables", plugin.tables.at
    if plugin.mount:
        yield Permission.MOUNT, "mount", plugin.mount.at
    for name, permission in _HOOKS_THAT_NEED.items():
        if name in plugin.hooks:
            yield permission, name, line_of(plugin.hooks[name])


def _check_capabilities(plugin: Plugin) -> None:
    seen: dict[str, SourceLine] = {}
    for each in plugin.capabilities:
        at = each.at
        if each.name != plugin.name and not each.name.startswith(f"{plugin.name}_"):
            raise Invalid("CAPABILITY_FOREIGN", name=each.name, plugin=plugin.name, file=at.file, line=at.line)
        first = seen.setdefault(each.name, at)
        if first is not at:
            raise Invalid("DECLARED_TWICE", name=each.name, file=at.file, line=at.line, first=first.line)
    _check_shared_names(plugin)


def _check_shared_names(plugin: Plugin) -> None:
    """Collections, schedules and subscriptions are kept by name for the whole plugin; so is its one mount."""
    seen: dict[tuple[str, str], SourceLine] = {}
    for cap in plugin.capabilities:
        declared: list[Subscription | Schedule | Collection] = [*cap.subscriptions.values(), *cap.schedules.values()]
        declared += cap.collections.values()
        named = [(type(each).__name__, each.name, each.at) for each in declared]
        named += [("Emission", each.type, each.at) for each in cap.emissions.values()]
        named += [("Mount", "mount", cap.mounted.at)] if cap.mounted else []
        named += [("Tables", "tables", cap.own_tables.at)] if cap.own_tables else []
        for kind, name, at in named:
            first = seen.setdefault((kind, name), at)
            if first is not at:
                raise Invalid("DECLARED_TWICE", name=name, file=at.file, line=at.line, first=first.line)


def _check_events(plugin: Plugin, file: str) -> None:
    for each in plugin.subscriptions:
        for type in each.types:
            _expect_stated(plugin.manifest.events_in, "events_in", type, file, each.at)
    for type, emission in plugin.emissions.items():
        shape = EVENT_TYPE.fullmatch(type)
        # What is named for another plugin asks something of it, and reaches that plugin alone: so it is stated.
        own = shape is not None and shape["plugin"] == plugin.name
        if not own and type not in plugin.manifest.events_out:
            raise Invalid("EVENT_FOREIGN", type=type, plugin=plugin.name, file=emission.at.file, line=emission.at.line)
        _expect_stated(plugin.manifest.events_out, "events_out", type, file, emission.at)


def _expect_stated(stated: tuple[str, ...], field: str, type: str, file: str, at: SourceLine) -> None:
    if type not in stated:
        raise Invalid("EVENT_UNSTATED", type=type, field=field, manifest=file, file=at.file, line=at.line)
