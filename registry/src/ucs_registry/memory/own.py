"""Tables of a plugin's own, which a store in memory has none of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ucs_registry.own import OwnRead, OwnWrite
from ucs_registry.ports import OwnTables
from ucs_sdk.errors import FailedPrecondition


class OwnReading:
    """What a reader answers about tables of plugins' own."""

    async def own_rows(self, read: OwnRead, readable: Mapping[str, frozenset[int] | None]) -> Sequence[Any]:
        raise FailedPrecondition("SQL_NEEDS_DATABASE", plugin=read.plugin)

    async def own_revisions(self, plugin: str, tables: Iterable[str]) -> dict[str, int]:
        return dict.fromkeys(tables, 0)


class OwnWriting(OwnReading):
    """What a unit changes of tables of plugins' own."""

    async def own_tables(self, plugin: str, metadata: Any) -> OwnTables:  # noqa: ANN401 -- as the port has it
        raise FailedPrecondition("SQL_NEEDS_DATABASE", plugin=plugin)

    async def run_own(self, writes: Sequence[OwnWrite]) -> None:
        for write in writes:
            raise FailedPrecondition("SQL_NEEDS_DATABASE", plugin=write.plugin)
