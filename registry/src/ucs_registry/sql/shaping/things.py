"""Things as rows of a statement: which expression each field is, and by what each relation leads to others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self, TypeAlias

from sqlalchemy import ColumnElement, FromClause, Select, Table, Text, exists, func, select

from ucs_registry.sql import tables
from ucs_registry.sql.pieces import Piece, fixed, flag, plain, plain_or_null, whole
from ucs_registry.sql.shaping.build import Build

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

    Without conditions it is the one on the very rows of the thing at hand.
    """

    thing: Thing
    conditions: Sequence[ColumnElement[bool]] = ()
    order: Sequence[ColumnElement[Any]] = ()
    most: ColumnElement[int] | None = None


class Organizations(Thing):
    """Organisations."""

    table = tables.organizations

    def _path(self) -> Pieces:
        # Between the slashes at both ends stand the ids.
        ids = func.substr(self.c.path, whole(2), func.length(self.c.path) - whole(2), type_=Text)
        return ['["organizations/', func.replace(ids, fixed("/"), fixed('","organizations/'), type_=Text), '"]']

    def _parent(self) -> Related:
        above = Organizations(self.build)
        return Related(thing=above, conditions=[above.c.id == self.c.parent])

    fields: ClassVar[Mapping[str, Callable[[Self], Pieces]]] = {
        "name": lambda row: plain(row.c.id, "organizations/"),
        "cursor": lambda row: plain(row.c.id),
        "title.zh": lambda row: [row.build.words.quoted(row.c.title_zh)],
        "title.en": lambda row: [row.build.words.quoted(row.c.title_en)],
        "level": lambda row: plain(row.c.level),
        "kind": lambda row: plain(row.c.kind),
        "region_code": lambda row: plain_or_null(row.c.region_code),
        "path": _path,
        "source": lambda row: [row.build.words.quoted(row.c.source)],
        "synthetic": lambda row: flag(row.c.synthetic),
    }
    relations: ClassVar[Mapping[str, Callable[[Self], Related]]] = {
        "parent": _parent,
        "children": lambda row: Related(thing=Span(row.build, lambda each: each.c.parent == row.c.id, row)),
        "node": lambda row: Related(thing=row),
    }


class Span(Thing):
    """A part of a list of organisations by id: those that satisfy a condition. It stands on the rows of another thing, or on
    none.
    """

    def __init__(
        self, build: Build, condition: Callable[[Organizations], ColumnElement[bool]], beside: Thing | None = None
    ) -> None:
        self.build = build
        self._condition = condition
        if beside is not None:
            self.rows, self.c, self._joins = beside.rows, beside.c, beside._joins

    def _asked(self) -> tuple[ColumnElement[int], ColumnElement[str]]:
        if self.place is None:
            raise ValueError("nothing says which part of the list is wanted")
        return self.build.span(self.place)

    def _listed(self) -> Related:
        each = Organizations(self.build)
        size, after = self._asked()
        return Related(thing=each, conditions=[self._condition(each), each.c.id > after], order=[each.c.id], most=size)

    def _end(self, end: Callable[[Any], Any]) -> Pieces:
        listed = self._listed()
        ids = _rows(listed, listed.thing.c.id).limit(listed.most).offset(whole(0)).subquery(self.build.name("ids"))
        return plain_or_null(select(end(ids.c.id)).scalar_subquery())

    def _more(self) -> Pieces:
        listed = self._listed()
        return flag(exists(_rows(listed, listed.thing.c.id).limit(whole(1)).offset(listed.most)))

    def _earlier(self) -> Pieces:
        each = Organizations(self.build)
        _, after = self._asked()
        ahead = select(each.c.id).where(self._condition(each), each.c.id <= after)
        return flag(exists(ahead.correlate_except(each.rows)))

    fields: ClassVar[Mapping[str, Callable[[Self], Pieces]]] = {
        "page.start": lambda span: span._end(func.min),
        "page.end": lambda span: span._end(func.max),
        "page.more": _more,
        "page.earlier": _earlier,
    }
    relations: ClassVar[Mapping[str, Callable[[Self], Related]]] = {"items": _listed}


def _rows(related: Related, *columns: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    rows = select(*columns).where(*related.conditions).order_by(*related.order)
    return rows.correlate_except(*related.thing.own)
