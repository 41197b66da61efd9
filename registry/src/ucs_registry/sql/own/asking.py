"""The tables of one plugin, and what may be asked of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, insert
from sqlalchemy.sql.selectable import GenerativeSelect

from ucs_registry.own import ROWS_MOST, OwnRead, OwnWrite
from ucs_registry.sql.own.guarding import Guard, column_table
from ucs_registry.sql.own.kinds import keepable
from ucs_registry.sql.own.visible import VisibleTo
from ucs_sdk.errors import Internal
from ucs_sdk.messages import Phrase


class ClaimedTables:
    """The tables that a plugin declared, once they are there."""

    def __init__(self, plugin: str, tables: Mapping[str, Table]) -> None:
        self._plugin = plugin
        self._tables = dict(tables)
        self._guard = Guard(plugin, self._tables)

    @property
    def names(self) -> frozenset[str]:
        """What their author calls them."""
        return frozenset(self._tables)

    def visible(self, column: Any) -> VisibleTo:  # noqa: ANN401 -- whatever a plugin hands over
        """The condition that the organisation in a column is one whose rows the reader may see."""
        table = column_table(column)
        if not isinstance(table, Table):
            # Of what was paged already it would be asked too late.
            raise self._guard.refused(Phrase("sql-visible-column"))
        return VisibleTo(column, self._guard.name_of(table))

    def read(self, statement: Any) -> OwnRead:  # noqa: ANN401 -- as above
        """A statement that reads."""
        tables, visible = self._guard.read(statement)
        return OwnRead(
            plugin=self._plugin, statement=statement, tables=tables, visible=visible, rows=self._rows(statement)
        )

    def write(self, statement: Any, values: Sequence[Mapping[str, object]]) -> OwnWrite:  # noqa: ANN401 -- as above
        """A statement that inserts, updates or deletes."""
        table, tables = self._guard.write(statement)
        return OwnWrite(
            plugin=self._plugin,
            statement=statement,
            table=table,
            tables=tables,
            values=[self._kept(row) for row in values],
        )

    def put(self, table: Any, values: Sequence[Mapping[str, object]]) -> OwnWrite:  # noqa: ANN401 -- as above
        """Rows, each in place of the one with the same primary key."""
        name = self._guard.name_of(table)
        key = tuple(column.name for column in table.primary_key.columns)
        rows = [self._kept(row) for row in values]
        for row in rows:
            for column in row.keys() - table.columns.keys():
                raise self._guard.refused(Phrase("sql-column", table=name, column=column))
            if row.keys() != rows[0].keys() or not row.keys() >= set(key):
                raise self._guard.refused(Phrase("sql-rows-unlike", key=key))
        return OwnWrite(
            plugin=self._plugin,
            statement=insert(table),
            table=name,
            tables=frozenset({name}),
            values=rows,
            key=key,
        )

    def _kept(self, row: Mapping[str, object]) -> dict[str, object]:
        for name, value in row.items():
            if not isinstance(name, str) or not keepable(value):
                raise self._guard.refused(Phrase("sql-value", value=f"{name}={value!r}"[:80]))
        return dict(row)

    def _rows(self, statement: GenerativeSelect) -> int | None:
        """How many rows a statement says that it wants at most."""
        clause = statement._limit_clause
        if clause is None:
            return None
        limit = getattr(clause, "effective_value", None)
        if not isinstance(limit, int) or limit > ROWS_MOST:
            raise Internal("SQL_ROWS_TOO_MANY", plugin=self._plugin, limit=ROWS_MOST)
        return limit
