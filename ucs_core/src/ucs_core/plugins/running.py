"""A plugin that was started: what it declares, its settings, and how many calls are inside it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ucs_registry.ports import OwnTables
from ucs_sdk.faults import permission_missing
from ucs_sdk.manifest import Permission
from ucs_sdk.plugins import Plugin


class RunningPlugin:
    """One version of a plugin from its start to its end. Calls that have begun end on it, whatever comes after it."""

    def __init__(
        self,
        plugin: Plugin,
        *,
        owner: str,
        settings: Mapping[str, Any],
        generation: int,
        own: OwnTables | None = None,
    ) -> None:
        self.plugin = plugin
        self.owner = owner
        self.settings = settings
        self.generation = generation
        self.own = own
        self._inside = 0
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def name(self) -> str:
        """What it is called."""
        return self.plugin.name

    @property
    def version(self) -> str:
        """Which version it is."""
        return self.plugin.version

    @property
    def inside(self) -> int:
        """How many calls it is at work on."""
        return self._inside

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Keep it until the end of the block."""
        self._inside += 1
        self._empty.clear()
        try:
            yield
        finally:
            self._inside -= 1
            if not self._inside:
                self._empty.set()

    async def emptied(self) -> None:
        """Wait until no call is inside."""
        await self._empty.wait()

    def require(self, permission: Permission) -> None:
        """Raise Denied unless the manifest asks for a permission."""
        if permission not in self.plugin.manifest.permissions:
            raise permission_missing(self.name, permission.value)
