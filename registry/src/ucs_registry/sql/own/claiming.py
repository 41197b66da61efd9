"""Makes the tables that a plugin declares the platform's own kind: checked, named after the plugin, and of known types."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Index, MetaData, PrimaryKeyConstraint, Table
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.exc import InvalidRequestError, SQLAlchemyError
from sqlalchemy.schema import DefaultClause
from sqlalchemy.sql.elements import quoted_name

from ucs_registry.sql.own.kinds import keepable, kind_of
from ucs_sdk.errors import FailedPrecondition
from ucs_sdk.messages import Phrase

TABLES_MOST = 32
"""How many tables a plugin may have."""

COLUMNS_MOST = 64
"""How many columns a table may have."""

INDEXES_MOST = 16
"""How many indexes a table may have."""

NAME_MOST = 63
"""How many characters a name may have in the database: PostgreSQL cuts off the rest."""

NAME = re.compile(r"[a-z][a-z0-9_]*")

_MARK = "ucs_own_names"


def claimed(plugin: str, metadata: Any) -> dict[str, Table]:  # noqa: ANN401 -- whatever a plugin hands over
    """The tables by the names that their author gave them. From now on they bear those that they have in the database.

    Raises FailedPrecondition with TABLE_WRONG.
    """
    if not isinstance(metadata, MetaData):
        raise _wrong(plugin, "-", Phrase("table-no-metadata", given=type(metadata).__qualname__))
    if _MARK not in metadata.info:
        _check_number(plugin, "-", len(metadata.tables), TABLES_MOST, "table-tables")
        for table in metadata.tables.values():
            _check(plugin, table)
        metadata.info[_MARK] = {str(table.name): table for table in metadata.tables.values()}
        for name, table in metadata.info[_MARK].items():
            _settle(plugin, name, table)
    return dict(metadata.info[_MARK])


def physical(plugin: str, table: str) -> str:
    """What a plugin's table is called in the database. No name of a plugin holds two underscores, so none meets another's."""
    return f"plugin_{plugin}__{table}"


def _check(plugin: str, table: Table) -> None:
    name = table.name
    _check_name(plugin, name, name, len(physical(plugin, name)))
    if table.schema is not None or table.info.get("is_view") or table._prefixes:
        raise _wrong(plugin, name, Phrase("table-schema"))
    if not table.primary_key.columns:
        raise _wrong(plugin, name, Phrase("table-keyless"))
    _check_number(plugin, name, len(table.columns), COLUMNS_MOST, "table-columns")
    _check_number(plugin, name, len(table.indexes), INDEXES_MOST, "table-indexes")
    for column in table.columns:
        _check_column(plugin, table, column)
    for constraint in table.constraints:
        if isinstance(constraint, CheckConstraint) or not isinstance(
            constraint, PrimaryKeyConstraint | Unique | ForeignKeyConstraint
        ):
            raise _wrong(plugin, name, Phrase("table-constraint", constraint=type(constraint).__name__))
    _check_references(plugin, table)
    for index in table.indexes:
        if not all(isinstance(each, Column) for each in index.expressions) or index.dialect_kwargs:
            raise _wrong(plugin, name, Phrase("table-index", index=index.name))
        _check_name(plugin, name, str(index.name), len(physical(plugin, f"{name}__{index.name}")))


def _check_column(plugin: str, table: Table, column: Column[Any]) -> None:
    _check_name(plugin, table.name, column.name, len(column.name))
    if kind_of(column) is None:
        raise _wrong(plugin, table.name, Phrase("table-type", column=column.name, type=repr(column.type)))
    default = column.server_default
    if column.identity or column.computed or (default is not None and default_of(column) is None):
        raise _wrong(plugin, table.name, Phrase("table-default", column=column.name))
    for made in (column.default, column.onupdate):
        # A function would run, and an expression be asked, where nobody looks a statement through any more.
        if made is not None and not (made.is_scalar and keepable(getattr(made, "arg", None))):
            raise _wrong(plugin, table.name, Phrase("table-made", column=column.name))


def _check_references(plugin: str, table: Table) -> None:
    for key in table.foreign_keys:
        try:
            there = key.column.table
        except InvalidRequestError as cause:
            raise _wrong(plugin, table.name, Phrase("table-reference", column=key.parent.name)) from cause
        except SQLAlchemyError as cause:
            raise _wrong(plugin, table.name, Phrase("table-reference", column=key.parent.name)) from cause
        # Rows that go because others go would go past whoever reads what a unit did.
        if there.metadata is not table.metadata or key.ondelete or key.onupdate or key.deferrable:
            raise _wrong(plugin, table.name, Phrase("table-reference", column=key.parent.name))


def default_of(column: Column[Any]) -> str | None:
    """The default that the database itself fills in, as a constant; None when there is none, or it is not constant."""
    default = column.server_default
    if isinstance(default, DefaultClause) and isinstance(default.arg, str):
        return default.arg
    return None


def _settle(plugin: str, name: str, table: Table) -> None:
    """Give a table the names and types that it has in the database."""
    for column in table.columns:
        column.type = kind_of(column) or column.type
        # Rows are staged: nobody could tell their author a number that the database made up.
        column.autoincrement = False
    for constraint in table.constraints:
        # What bears a name bears it for all tables of the database.
        constraint.name = None
    for index in table.indexes:
        _name_index(plugin, name, index)
    table.dialect_options["sqlite"]["strict"] = True
    table.name = table.fullname = physical(plugin, name)


def _name_index(plugin: str, table: str, index: Index) -> None:
    index.info[_MARK] = str(index.name)
    index.name = quoted_name(physical(plugin, f"{table}__{index.name}"), None)


def index_name(index: Index) -> str:
    """What its author calls an index of a claimed table."""
    return str(index.info[_MARK])


def _check_name(plugin: str, table: str, name: str, length: int) -> None:
    if not NAME.fullmatch(name) or "__" in name or length > NAME_MOST:
        raise _wrong(plugin, table, Phrase("table-name", name=name, limit=NAME_MOST))


def _check_number(plugin: str, table: str, count: int, most: int, phrase: str) -> None:
    if count > most:
        raise _wrong(plugin, table, Phrase(phrase, limit=most))


def _wrong(plugin: str, table: str, problem: Phrase) -> FailedPrecondition:
    return FailedPrecondition("TABLE_WRONG", plugin=plugin, table=table, problem=problem)
