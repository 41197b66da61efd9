"""Brings the declared tables of a plugin into the database: what is missing is added, and nothing that is there is lost.

What was declared last is kept beside the tables, in words of our own: both databases are compared alike, and neither is asked
what it has made of a declaration.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from sqlalchemy import ForeignKeyConstraint, Table, UniqueConstraint, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.schema import CreateColumn, CreateIndex, CreateTable

from ucs_registry.sql.dialects import Record
from ucs_registry.sql.own.claiming import default_of, index_name
from ucs_registry.sql.own.kinds import KINDS
from ucs_registry.sql.plugin_tables import plugin_tables
from ucs_sdk.errors import FailedPrecondition
from ucs_sdk.messages import Phrase

Declared = Mapping[str, Any]
"""What is kept of a declaration, as JSON."""

_WHOLE = {
    "key": Phrase("table-changed-key"),
    "unique": Phrase("table-changed-unique"),
    "references": Phrase("table-changed-references"),
}
"""What stays as it was: rows that are there might not be as another one wants them."""


def declared(table: Table, names: Mapping[Table, str]) -> dict[str, Any]:
    """What a claimed table is, in words of our own."""
    foreign = [each for each in table.constraints if isinstance(each, ForeignKeyConstraint)]
    unique = [each for each in table.constraints if isinstance(each, UniqueConstraint)]
    return {
        "columns": {
            str(column.name): [KINDS[type(column.type)], bool(column.nullable), default_of(column)]
            for column in table.columns
        },
        "key": _named(table.primary_key.columns),
        "unique": sorted(_named(each.columns) for each in unique),
        "references": sorted(
            [
                _named(each.columns),
                names[each.referred_table],
                _named(element.column for element in each.elements),
            ]
            for each in foreign
        ),
        "indexes": {index_name(index): [bool(index.unique), _named(index.columns)] for index in table.indexes},
    }


def _named(columns: Iterable[Any]) -> list[str]:
    # SQLAlchemy's names are texts of a kind of their own.
    return [str(column.name) for column in columns]


def kept_of(rows: list[Record]) -> dict[str, Declared]:
    """What was declared of tables before, by the names that their author gave them."""
    return {row.name: orjson.loads(row.declared) for row in rows}


def asked(plugin: str) -> Any:  # noqa: ANN401 -- a statement, whose columns are as in the table
    """The statement of what was declared before."""
    return select(plugin_tables).where(plugin_tables.c.plugin == plugin)


def merged(plugin: str, name: str, before: Declared, now: Declared) -> dict[str, Any]:
    """What a table is once what is new was added. Raises FailedPrecondition with TABLE_CHANGED."""
    for part, problem in _WHOLE.items():
        if before[part] != now[part]:
            raise _changed(plugin, name, problem)
    for column, (kind, nullable, default) in now["columns"].items():
        stood = before["columns"].get(column)
        if stood is not None and stood != [kind, nullable, default]:
            raise _changed(plugin, name, Phrase("table-changed-column", column=column))
        if stood is None and not nullable and default is None:
            raise _changed(plugin, name, Phrase("table-added-required", column=column))
    for column, (_, nullable, default) in before["columns"].items():
        if column not in now["columns"] and not nullable and default is None:
            raise _changed(plugin, name, Phrase("table-left-required", column=column))
    for index, stated in now["indexes"].items():
        stood = before["indexes"].get(index)
        if (stood is not None and stood != stated) or (stood is None and stated[0]):
            raise _changed(plugin, name, Phrase("table-changed-index", index=index))
    both = {part: {**before[part], **now[part]} for part in ("columns", "indexes")}
    return {**now, **both}


async def make(connection: AsyncConnection, table: Table) -> None:
    """Make a table, with its indexes."""
    await connection.execute(CreateTable(table))
    for index in sorted(table.indexes, key=index_name):
        await connection.execute(CreateIndex(index))


async def widen(connection: AsyncConnection, table: Table, before: Declared) -> None:
    """Add the columns and indexes that a table was made without."""
    dialect = connection.dialect
    for column in table.columns:
        if column.name not in before["columns"]:
            named = dialect.identifier_preparer.format_table(table)
            await connection.exec_driver_sql(
                f"ALTER TABLE {named} ADD COLUMN {CreateColumn(column).compile(dialect=dialect)}"
            )
    for index in sorted(table.indexes, key=index_name):
        if index_name(index) not in before["indexes"]:
            await connection.execute(CreateIndex(index))


def _changed(plugin: str, table: str, problem: Phrase) -> FailedPrecondition:
    return FailedPrecondition("TABLE_CHANGED", plugin=plugin, table=table, problem=problem)
