"""Looks a statement through before it runs: it names the plugin's own tables, and says only what both databases say alike.

What is not known is refused, so that what a new version of SQLAlchemy brings is not let through unseen. A plugin with tables of
its own is trusted code in this process: this keeps it from mistakes, and one database from becoming the only one.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sized
from typing import Any

from sqlalchemy import Alias, BindParameter, ColumnElement, FunctionElement, Table
from sqlalchemy.sql import operators
from sqlalchemy.sql.dml import Delete, Insert, Update
from sqlalchemy.sql.elements import BinaryExpression, ClauseElement, ColumnClause, UnaryExpression, quoted_name
from sqlalchemy.sql.functions import sum as sum_of
from sqlalchemy.sql.selectable import CTE, CompoundSelect, Select
from sqlalchemy.types import Integer, Numeric, TypeEngine

from ucs_registry.sql.own.kinds import Fraction, Whole, keepable
from ucs_registry.sql.own.visible import RESERVED, VisibleTo
from ucs_sdk.errors import Internal
from ucs_sdk.messages import Phrase

NODES_MOST = 2_000
"""How many parts a statement may have."""

_PARTS = frozenset(
    [
        "select",
        "compound_select",
        "subquery",
        "alias",
        "cte",
        "join",
        "column",
        "label",
        "bindparam",
        "binary",
        "unary",
        "clauselist",
        "expression_clauselist",
        "grouping",
        "select_statement_grouping",
        "function",
        "case",
        "null",
        "true",
        "false",
        "tuple",
        "over",
        "table",
        "insert",
        "update",
        "delete",
        "label_reference",
        "ucs_visible",
    ]
)
"""What a statement may be made of, as SQLAlchemy calls it."""

FUNCTIONS = frozenset(
    [
        "count",
        "sum",
        "min",
        "max",
        "avg",
        "coalesce",
        "nullif",
        "abs",
        "lower",
        "upper",
        "length",
        "row_number",
        "rank",
        "dense_rank",
        "lag",
        "lead",
    ]
)
"""The functions that both databases have and take alike."""

_OPERATORS = frozenset(
    (
        *(operators.eq, operators.ne, operators.lt, operators.le, operators.gt, operators.ge),
        *(operators.and_, operators.or_, operators.inv, operators.exists, operators.any_op),
        *(operators.is_, operators.is_not, operators.in_op, operators.not_in_op),
        *(operators.between_op, operators.not_between_op, operators.is_distinct_from, operators.is_not_distinct_from),
        *(operators.add, operators.sub, operators.mul, operators.neg, operators.concat_op),
        *(operators.desc_op, operators.asc_op, operators.nulls_first_op, operators.nulls_last_op),
        *(operators.comma_op, operators.distinct_op, operators.is_true, operators.is_false),
        *(operator.and_, operator.or_),
    )
)
"""What may stand between or before values. Comparing by pattern, dividing and collating differ from database to database."""


class Guard:
    """Looks through the statements of one plugin; `tables` are its own, by the names that their author gave them."""

    def __init__(self, plugin: str, tables: dict[str, Table]) -> None:
        self.plugin = plugin
        self._names = {table: name for name, table in tables.items()}

    def name_of(self, table: object) -> str:
        """What its author calls a table. Raises Internal with SQL_REFUSED for what is no table of the plugin's own."""
        if isinstance(table, Table) and table in self._names:
            return self._names[table]
        raise self.refused(Phrase("sql-foreign-table", table=str(getattr(table, "name", table))[:80]))

    def read(self, statement: object) -> tuple[frozenset[str], frozenset[str]]:
        """The tables that a statement reads, and those whose owners it asks about."""
        if type(statement) not in (Select, CompoundSelect):
            raise self.refused(Phrase("sql-not-reading", given=type(statement).__qualname__))
        return self._through(statement)

    def write(self, statement: object) -> tuple[str, frozenset[str]]:
        """The table that a statement changes, and all that it names."""
        # By their exact class: those of one database have more to them.
        if type(statement) not in (Insert, Update, Delete):
            raise self.refused(Phrase("sql-not-writing", given=type(statement).__qualname__))
        if statement._returning:  # type: ignore[attr-defined]  # one of the three, whose class says nothing of it in public
            raise self.refused(Phrase("sql-returning"))
        tables, visible = self._through(statement)
        if visible:
            raise self.refused(Phrase("sql-visible-written"))
        return self.name_of(statement.table), tables  # type: ignore[attr-defined]  # as above

    def refused(self, problem: Phrase) -> Internal:
        """Why a statement does not run. It is the plugin's mistake, and its caller learns no more than that."""
        return Internal("SQL_REFUSED", plugin=self.plugin, problem=problem)

    def _through(self, statement: Any) -> tuple[frozenset[str], frozenset[str]]:  # noqa: ANN401 -- any clause element
        tables: set[str] = set()
        visible: set[str] = set()
        for part in self._parts(statement):
            self._check(part)
            if part is not statement and isinstance(part, Insert | Update | Delete):
                # It would write beside what the statement says that it does: PostgreSQL does so even where one reads.
                raise self.refused(Phrase("sql-part", part=part.__visit_name__))
            if isinstance(part, Table):
                tables.add(self.name_of(part))
            elif isinstance(part, VisibleTo):
                visible.add(part.table)
        return frozenset(tables), frozenset(visible)

    def _parts(self, statement: ClauseElement) -> Iterator[ClauseElement]:
        """Every part of a statement, each once, and the tables of the columns that it names."""
        line: list[Any] = [statement]
        seen: set[int] = set()
        while line:
            part = line.pop()
            if part is None or id(part) in seen:
                continue
            seen.add(id(part))
            if len(seen) > NODES_MOST:
                raise self.refused(Phrase("sql-large", limit=NODES_MOST))
            yield part
            if isinstance(part, ColumnClause):
                # A column stands for the table that it is of, and what it is of itself is not looked into.
                line.append(part.table)
            elif not isinstance(part, Table):
                line += part.get_children()
                line += _further(part)

    def _check(self, part: Any) -> None:  # noqa: ANN401 -- any clause element
        visit = getattr(part, "__visit_name__", "")
        if visit not in _PARTS or (visit == "table" and not isinstance(part, Table)):
            textual = "text" in visit
            raise self.refused(
                Phrase("sql-textual") if textual else Phrase("sql-part", part=visit or type(part).__name__)
            )
        self._check_classes(part)
        for name in (getattr(part, "name", None), getattr(part, "key", None)):
            if isinstance(name, quoted_name) and name.quote is False:
                raise self.refused(Phrase("sql-textual"))
        if isinstance(part, ColumnClause) and (part.is_literal or part.table is None) and part.name != "*":
            raise self.refused(Phrase("sql-textual"))
        if isinstance(part, BinaryExpression | UnaryExpression):
            self._check_operators(part)
        elif isinstance(part, FunctionElement):
            self._check_function(part)
        elif isinstance(part, BindParameter):
            self._check_value(part)
        elif isinstance(part, Insert | Update):
            for value in _stated(part):
                if not isinstance(value, ClauseElement) and not keepable(value):
                    raise self.refused(Phrase("sql-value", value=repr(value)[:80]))
        if any(_says(getattr(part, where, None)) for where in _SAID_ASIDE):
            raise self.refused(Phrase("sql-textual"))

    def _check_classes(self, part: Any) -> None:  # noqa: ANN401 -- as above
        for made in (part, getattr(part, "type", None)):
            # A class of somebody else says itself, as a text, what becomes of it.
            if isinstance(made, ClauseElement | TypeEngine) and not type(made).__module__.startswith(_KNOWN):
                raise self.refused(Phrase("sql-part", part=type(made).__name__))

    def _check_operators(self, part: Any) -> None:  # noqa: ANN401 -- a binary or a unary expression
        stated = [part.operator, getattr(part, "modifier", None)]
        for each in stated:
            if each is not None and each not in _OPERATORS:
                name = getattr(each, "opstring", None) or getattr(each, "__name__", "?")
                raise self.refused(Phrase("sql-operator", operator=name))

    def _check_function(self, part: Any) -> None:  # noqa: ANN401 -- a function
        if part.name not in FUNCTIONS or getattr(part, "packagenames", None):
            raise self.refused(Phrase("sql-function", function=part.name, known=sorted(FUNCTIONS)))
        # PostgreSQL adds and averages whole numbers in a type of its own.
        if isinstance(part, sum_of) and isinstance(part.type, Integer):
            part.type = Whole()
        elif part.name == "avg":
            part.type = Fraction()

    def _check_value(self, part: BindParameter[Any]) -> None:
        if str(part.key).startswith(RESERVED) or part.literal_execute:
            raise self.refused(Phrase("sql-textual"))
        values = part.value if part.expanding and isinstance(part.value, list | tuple) else [part.value]
        for value in values:
            if part.callable is None and not keepable(value):
                raise self.refused(Phrase("sql-value", value=repr(value)[:80]))
        if isinstance(part.type, Numeric) and part.type.asdecimal:
            raise self.refused(Phrase("sql-value", value=repr(part.value)[:80]))


_SAID_ASIDE = (
    *("_prefixes", "_suffixes", "_hints", "_statement_hints"),
    *("_for_update_arg", "_post_values_clause", "_execution_options"),
)
"""Where statements keep what is not made of parts: words of one database, and how they are to be run."""

_KNOWN = ("sqlalchemy.", "ucs_registry.sql.own.")
"""Where the classes of parts and of their types are made."""


def _says(aside: object) -> bool:
    return aside is not None and (not isinstance(aside, Sized) or len(aside) > 0)


def _stated(part: Insert | Update) -> Iterator[Any]:
    """The values that a statement holds itself, by whichever way they came into it."""
    yield from (part._values or {}).values()
    for many in part._multi_values:
        for row in many:
            yield from row.values() if isinstance(row, dict) else row


def _further(part: Any) -> Iterator[Any]:  # noqa: ANN401 -- any clause element
    """What a part names besides its children."""
    if isinstance(part, CTE | Alias):
        yield part.element
    if isinstance(part, Insert | Update | Delete):
        yield part.table
    if isinstance(part, Insert | Update):
        yield from (value for value in _stated(part) if isinstance(value, ClauseElement))


def column_table(column: object) -> object:
    """The table of a column, also under another name; None for what is no column of a table itself."""
    table = getattr(column, "table", None) if isinstance(column, ColumnElement) else None
    return table.element if isinstance(table, Alias) else table
