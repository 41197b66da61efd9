"""What is asked of a database about a whole batch before it is entered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence

from sqlalchemy import select

from ucs_registry.canonical import storable
from ucs_registry.ports.importing import Taken
from ucs_registry.sql import tables
from ucs_registry.sql.dialects import Dialect, Query, Record
from ucs_registry.sql.predicates import visible
from ucs_registry.visibility import Visibility
from ucs_sdk.vocabulary import ResourceKind


class ImportReading:
    """What a reader answers about many resources that are to be entered."""

    _dialect: Dialect
    _all: Callable[[Query], Awaitable[Sequence[Record]]]

    async def taken(self, ids: Collection[str], codes: Collection[str]) -> Taken:
        found = Taken(set(), set())
        for name, asked, held in (("id", ids, found.ids), ("code", codes, found.codes)):
            wanted = list(filter(storable, asked))
            for table in (tables.resources, tables.bin):
                # Each by an index of its own: together they would be looked for in the whole table.
                column = table.c[name]
                rows = await self._all(select(column).where(self._dialect.within(column, wanted)))
                held.update(value for (value,) in rows)
        return found

    async def places(self, ids: Iterable[str]) -> set[str]:
        column = tables.organizations.c.id
        wanted = list(filter(storable, ids))
        return {id for (id,) in await self._all(select(column).where(self._dialect.within(column, wanted)))}

    async def kinds(self, ids: Iterable[str], visibility: Visibility | None) -> dict[str, ResourceKind]:
        wanted = [id for id in dict.fromkeys(ids) if storable(id)]
        if not wanted:
            return {}
        table = tables.resources.c
        statement = select(table.id, table.kind).where(self._dialect.within(table.id, wanted))
        if visibility is not None:
            statement = statement.where(visible(visibility, self._dialect))
        return {id: ResourceKind(kind) for id, kind in await self._all(statement)}
