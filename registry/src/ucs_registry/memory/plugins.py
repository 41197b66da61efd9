"""What was decided about plugins, in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from ucs_registry.memory.records import RecordReading, RecordWriting
from ucs_registry.organizations import Organization
from ucs_registry.plugins import PluginRow
from ucs_sdk.errors import Invalid


class PluginState(Protocol):
    """What the state holds of plugins, by name."""

    organizations: dict[str, Organization]
    plugins: dict[str, PluginRow]


class PluginReading(RecordReading):
    """What a reader answers about plugins and their documents."""

    _state: Any

    async def plugins(self) -> list[PluginRow]:
        return [self._state.plugins[name] for name in sorted(self._state.plugins)]

    async def admitting(self) -> list[str]:
        return [row.name for row in await self.plugins() if row.enabled and row.admits]


class PluginWriting(PluginReading, RecordWriting):
    """What a unit changes of plugins and their documents."""

    _writable: Callable[[str], dict[Any, Any]]

    async def put_plugin(self, row: PluginRow) -> None:
        if row.owner not in self._state.organizations:
            raise Invalid("ORGANIZATION_UNKNOWN", path="owner", organization=row.owner)
        self._writable("plugins")[row.name] = row
