"""What is asked of a database about a whole batch before it is entered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence

from sqlalchemy import literal_column, select, union_all

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
        # Each by an index of its own: together they would be looked for in the whole table.
        asked = {"id": list(filter(storable, ids)), "code": list(filter(storable, codes))}
        parts = [
            select(literal_column(f"'{name}'").label("of"), table.c[name].label("held")).where(
                self._dialect.within(table.c[name], wanted)
            )
            for name, wanted in asked.items()
            for table in (tables.resources, tables.bin)
        ]
        together = union_all(*parts).subquery("taken")
        rows = await self._all(select(together.c.of, together.c.held))
        found = {name: {held for of, held in rows if of == name} for name in asked}
        return Taken(found["id"], found["code"])

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
