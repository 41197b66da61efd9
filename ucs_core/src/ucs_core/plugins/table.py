"""What can be called at one instant: a table that never changes and is replaced as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ucs_core.plugins.running import RunningPlugin
from ucs_sdk.declarations import Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveOperation:
    """An operation, and the running plugin that answers it."""

    operation: Operation
    running: RunningPlugin

    @property
    def path(self) -> str:
        """The name under which it is called."""
        return self.operation.path

    @property
    def plugin(self) -> str:
        """The name of its plugin."""
        return self.running.name

    @property
    def version(self) -> str:
        """The version of its plugin."""
        return self.running.version


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationTable:
    """All operations by path, and all running plugins by name. `generation` is new with every table of a node."""

    generation: int = 0
    operations: Mapping[str, LiveOperation] = field(default_factory=lambda: MappingProxyType({}))
    plugins: Mapping[str, RunningPlugin] = field(default_factory=lambda: MappingProxyType({}))

    def with_plugins(self, plugins: Iterable[RunningPlugin]) -> OperationTable:
        """The next table, of these plugins."""
        named = {running.name: running for running in plugins}
        operations = {
            path: LiveOperation(operation=operation, running=running)
            for running in named.values()
            for path, operation in running.plugin.operations.items()
        }
        return OperationTable(
            generation=self.generation + 1,
            operations=MappingProxyType(dict(sorted(operations.items()))),
            plugins=MappingProxyType(dict(sorted(named.items()))),
        )
