"""A plugin that was loaded: what it states, what it declares, and its hooks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from types import ModuleType

from ucs_sdk.capability import Capability
from ucs_sdk.declarations import (
    Collection,
    Emission,
    Indicator,
    Layer,
    Mount,
    Operation,
    Schedule,
    Subscription,
    Tables,
)
from ucs_sdk.manifest import PluginManifest
from ucs_sdk.plugins.finding import FoundPlugin
from ucs_sdk.plugins.hooks import Hook
from ucs_sdk.published import PublishedResource, ResourceType


@dataclass(frozen=True, kw_only=True)
class Plugin:
    """All that a host needs of one plugin. `hooks` holds those that it implements, by name (`ucs_sdk.plugins.call`)."""

    found: FoundPlugin
    manifest: PluginManifest
    module: ModuleType
    capabilities: tuple[Capability, ...]
    resource_types: tuple[ResourceType, ...]
    resources: tuple[PublishedResource, ...]
    hooks: Mapping[str, Hook]

    @property
    def name(self) -> str:
        """What it is called."""
        return self.manifest.name

    @property
    def version(self) -> str:
        """The version of the distribution, or of the folder's project."""
        return self.found.version

    @cached_property
    def operations(self) -> Mapping[str, Operation]:
        """Its operations by path, such as `echo.say`."""
        return {each.path: each for cap in self.capabilities for each in cap.operations.values()}

    @property
    def subscriptions(self) -> tuple[Subscription, ...]:
        """The handlers of events."""
        return tuple(chain.from_iterable(cap.subscriptions.values() for cap in self.capabilities))

    @cached_property
    def emissions(self) -> Mapping[str, Emission]:
        """What it may emit, by type of event."""
        return {type: each for cap in self.capabilities for type, each in cap.emissions.items()}

    @property
    def schedules(self) -> tuple[Schedule, ...]:
        """The work that is done again and again."""
        return tuple(chain.from_iterable(cap.schedules.values() for cap in self.capabilities))

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        """The figures for boards."""
        return tuple(chain.from_iterable(cap.indicators.values() for cap in self.capabilities))

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers for the map."""
        return tuple(chain.from_iterable(cap.layers.values() for cap in self.capabilities))

    @cached_property
    def collections(self) -> Mapping[str, Collection]:
        """The declared collections of records, by name."""
        return {name: each for cap in self.capabilities for name, each in cap.collections.items()}

    @property
    def tables(self) -> Tables | None:
        """The tables of its own, if it has any."""
        return next((cap.own_tables for cap in self.capabilities if cap.own_tables), None)

    @property
    def mount(self) -> Mount | None:
        """The protocol of its own, if it has one."""
        return next((cap.mounted for cap in self.capabilities if cap.mounted), None)
