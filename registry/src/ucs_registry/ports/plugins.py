"""What the platform needs of a store about plugins."""

from __future__ import annotations

from typing import Protocol

from ucs_registry.plugins import PluginRow


class PluginsReader(Protocol):
    """What was decided about plugins, in one state."""

    async def plugins(self) -> list[PluginRow]:
        """Every plugin that was ever enabled, in the order of their names."""

    async def admitting(self) -> list[str]:
        """The names of the plugins that are enabled and are asked before the catalogue changes, in their order."""


class PluginsUnit(Protocol):
    """What a write decides about plugins."""

    async def put_plugin(self, row: PluginRow) -> None:
        """Enter or replace what was decided about a plugin."""
