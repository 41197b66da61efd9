"""A plugin's own tables as its functions are handed them: to read at once, and within a unit to write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ucs_core.invoke.ports import Eyes, Look, Sharing
from ucs_core.invoke.staging import Staged
from ucs_core.plugins.running import RunningPlugin
from ucs_registry.ports import OwnTables
from ucs_sdk.errors import FailedPrecondition

TYPE_MOST = 63
"""How many characters the name of a type has at most, where policies speak of it."""


def tables_of(running: RunningPlugin) -> OwnTables:
    """The tables of a plugin. Raises FailedPrecondition with SQL_UNDECLARED for one that declares none."""
    if running.own is None:
        raise FailedPrecondition("SQL_UNDECLARED", plugin=running.name)
    return running.own


class OwnSql:
    """Tables to read. With `staged` it notes what was read."""

    def __init__(self, running: RunningPlugin, eyes: Eyes, staged: Staged | None) -> None:
        self._running = running
        self._tables = tables_of(running)
        self._eyes = eyes
        self._staged = staged

    async def all(self, statement: Any) -> Sequence[Any]:  # noqa: ANN401 -- SQLAlchemy's
        """The rows of a statement."""
        read = self._tables.read(statement)
        async with self._eyes.look() as look:
            if self._staged is not None:
                seen = await look.reader.own_revisions(self._running.name, read.tables)
                for table, revision in seen.items():
                    self._staged.note_table(table, revision)
            readable = {table: self._readable(look, table) for table in read.visible}
            return await look.reader.own_rows(read, readable)

    def _readable(self, look: Look, table: str) -> frozenset[int] | None:
        return look.readable(self._sharing(table))

    def _sharing(self, table: str) -> Sharing:
        """What policies see of the rows of a table: what they see of a collection of the same name."""
        type = f"{self._running.name}__{table}"[:TYPE_MOST]
        declared = self._running.plugin.tables
        return Sharing(type=type) if declared is None else Sharing(type=type, share_type=declared.share_type)


class StagedSql(OwnSql):
    """Tables within a unit."""

    def __init__(self, running: RunningPlugin, eyes: Eyes, staged: Staged) -> None:
        super().__init__(running, eyes, staged)
        self._unit = staged

    def run(
        self,
        statement: Any,  # noqa: ANN401 -- SQLAlchemy's
        values: Mapping[str, Any] | Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """Stage a statement."""
        self._unit.run(self._tables.write(statement, _rows(values)))

    def put(self, table: Any, values: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> None:  # noqa: ANN401 -- as above
        """Stage rows, each in place of the one with the same key."""
        rows = _rows(values)
        if rows:
            self._unit.run(self._tables.put(table, rows))


def _rows(values: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [values] if isinstance(values, Mapping) else list(values)
