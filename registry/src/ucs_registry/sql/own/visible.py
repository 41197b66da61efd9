"""The condition that a row's owner is an organisation whose rows the reader may see, filled in when the statement runs."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, ColumnElement, bindparam, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.visitors import InternalTraversal

from ucs_registry.sql import tables

RESERVED = "ucs_"
"""How the names of the values begin that the platform fills in."""

EVERYBODY = 2**31 - 1
"""More than any organisation's number."""


class VisibleTo(ColumnElement[bool]):
    """Of a column that holds the ids of organisations. Whose rows are seen is not known before the statement runs, so that
    it is what the snapshot says to which the statement's reader belongs. `table` is what the author calls its table.
    """

    __visit_name__ = "ucs_visible"
    type = Boolean()
    inherit_cache = True
    # A list that nobody changes: SQLAlchemy would have it so.
    _traverse_internals = [  # noqa: RUF012
        ("column", InternalTraversal.dp_clauseelement),
        ("table", InternalTraversal.dp_string),
    ]

    def __init__(self, column: ColumnElement[Any], table: str) -> None:
        self.column = column
        self.table = table

    def condition(self) -> ColumnElement[bool]:
        """The same in terms of the database: what is nobody's is seen by nobody."""
        owners = tables.organizations.c
        below, among = names(self.table)
        seen = or_(owners.number < bindparam(below), owners.number.in_(bindparam(among, expanding=True)))
        return self.column.in_(select(owners.id).where(seen))


@compiles(VisibleTo)
def _visible(element: VisibleTo, compiler: Any, **given: Any) -> str:  # noqa: ANN401 -- as compilers are called
    return str(compiler.process(element.condition().self_group(), **given))


def names(table: str) -> tuple[str, str]:
    """The names of the two values that say whose rows of a table are seen."""
    return f"{RESERVED}{table}_below", f"{RESERVED}{table}_among"


def values(table: str, readable: frozenset[int] | None) -> dict[str, object]:
    """The values themselves; None stands for all organisations."""
    below, among = names(table)
    return {below: EVERYBODY if readable is None else 0, among: [] if readable is None else sorted(readable)}
