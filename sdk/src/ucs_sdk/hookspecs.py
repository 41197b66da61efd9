"""All hooks of UCS, on one page. A plugin implements those it needs, under `@hookimpl`; each may be `def` or `async def`.

An implementation may leave out arguments that it does not need. Hints, where there are any, are those written here.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import pluggy

from ucs_sdk.context import Context
from ucs_sdk.published import Change, Health, Objection, PublishedResource, ResourceType

if TYPE_CHECKING:
    from ucs_sdk.capability import Capability

API_LEVEL = 1
"""The level of this contract. A plugin names the level that it was written for; what is newer than the platform is refused."""

PROJECT = "ucs"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a function of a plugin's module as the implementation of the hook of its name."""


def is_marked(value: object) -> bool:
    """Whether something in a module was put under `@hookimpl`."""
    return isinstance(getattr(value, f"{PROJECT}_impl", None), dict)


T = TypeVar("T")
May: TypeAlias = T | Awaitable[T]


@hookspec
def ucs_capabilities() -> May[list[Capability]]:
    """Say what the plugin contributes: its operations, events, schedules, indicators and layers.

    Asked once, when the plugin is loaded.
    """


@hookspec
def ucs_resource_types() -> May[list[ResourceType]]:
    """Bring types of resources to the catalogue. Needs the permission `types`.

    Asked once, when the plugin is loaded; they enter with the call that enables it. A new schema becomes a new version of the
    type, and one that may refuse what the version before takes is refused. Types stay when the plugin goes.
    """


@hookspec
def ucs_resources() -> May[list[PublishedResource]]:
    """Publish resources that come and go with the plugin. Needs the permission `resources`.

    Asked once, when the plugin is loaded; they enter with the call that enables it, approved and online. One that changed gets
    a new revision; they are suspended while the plugin is disabled, or when a version publishes them no more.
    """


@hookspec
def ucs_admit(ctx: Context, change: Change) -> May[list[Objection]]:
    """Look at a change of the catalogue before it is made, and object to it or not. Needs the permission `admission`.

    Called for each resource that is to be created, updated or imported, once it is valid and before it is written: it answers
    within two seconds and changes nothing. One that fails, or does not answer, has not admitted the change.
    """


@hookspec
def ucs_started(ctx: Context) -> May[None]:
    """Prepare what the plugin needs. No call and no event reaches it before this has returned."""


@hookspec
def ucs_stopping(ctx: Context) -> May[None]:
    """Put away what the plugin holds. Its last call has ended."""


@hookspec
def ucs_health(ctx: Context) -> May[Health]:
    """Say whether the plugin can do its work. Asked every few seconds, so it answers at once.

    The answer is shown by `ucs plugin list` and as the metric `ucs_plugin_healthy`; over gRPC `grpc.health.v1.Health` tells it of
    the service `plugins/<plugin>`.
    """


@hookspec
def ucs_run(ctx: Context) -> May[None]:
    """Run for as long as the plugin does, for a connection or a queue of its own. Needs the permission `run`.

    The platform starts it after `ucs_started`, again when it has ended or failed, later each time, and cancels it at the end.
    """
