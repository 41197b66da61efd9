"""What an export asks of a database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence

from sqlalchemy import select

from ucs_registry.canonical import storable
from ucs_registry.ports.exporting import ExportPlace
from ucs_registry.sql import tables
from ucs_registry.sql.dialects import Dialect, Query, Record
from ucs_sdk.vocabulary import ResourceKind


class ExportReading:
    """What a reader answers for an export."""

    _dialect: Dialect
    _all: Callable[[Query], Awaitable[Sequence[Record]]]

    async def export_places(self, ids: Iterable[str]) -> dict[str, ExportPlace]:
        table, wanted = tables.resources.c, [id for id in dict.fromkeys(ids) if storable(id)]
        if not wanted:
            return {}
        found = await self._all(select(table.id, table.kind, table.code).where(self._dialect.within(table.id, wanted)))
        return {id: ExportPlace(ResourceKind(kind), code) for id, kind, code in found}
