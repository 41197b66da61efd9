"""Things as rows of a statement: which expression each field is, and by what each relation leads to others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

from sqlalchemy import ColumnElement, FromClause, Table

from ucs_registry.sql.pieces import Piece
from ucs_registry.sql.shaping.build import Build

PREFIX = "resources/"
"""What the names of resources begin with."""

Pieces: TypeAlias = Sequence[Piece]
Rows: TypeAlias = FromClause


class Thing:
    """Rows of one kind of thing. What its fields need of other tables is joined as they are asked for.

    A thing made `beside` another shares its rows.
    """

    table: ClassVar[Table]
    fields: ClassVar[Mapping[str, Callable[[Any], Pieces]]] = {}
    parts: ClassVar[Mapping[str, Callable[[Any], ColumnElement[bool]]]] = {}
    """Whether a thing has a part, by the part's name."""
    relations: ClassVar[Mapping[str, Callable[[Any], Related]]] = {}

    place: int | None = None
    """Where it is said which part of a list is wanted."""

    def __init__(self, build: Build, beside: Thing | None = None) -> None:
        self.build = build
        self.rows: Rows = build.rows(self.table)
        self.c = self.rows.c
        self._joins: list[_Join] = [] if beside is None else beside._joins

    def join(self, rows: FromClause, on: ColumnElement[bool]) -> None:
        """Put rows of another table beside these."""
        self._joins.append(_Join(rows, on))

    @property
    def source(self) -> FromClause:
        """These rows with all that was put beside them."""
        source: FromClause = self.rows
        for each in self._joins:
            source = source.join(each.rows, each.on)
        return source

    @property
    def own(self) -> list[FromClause]:
        """All that the source is made of."""
        return [self.rows, *(each.rows for each in self._joins)]


@dataclass(frozen=True, slots=True)
class _Join:
    rows: FromClause
    on: ColumnElement[bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """The things that stand in a relation: which they are, and in which order they come.

    Without conditions it is the one on the very rows of the thing at hand; `when` says of these whether it is there.
    """

    thing: Thing
    conditions: Sequence[ColumnElement[bool]] = ()
    order: Sequence[ColumnElement[Any]] = ()
    most: ColumnElement[int] | None = None
    when: ColumnElement[bool] | None = None
