"""Parts of lists that are in the order of one key: what stands between two places, read from either end, and around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Self, TypeAlias

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Text,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
)

from ucs_registry.sql import tables
from ucs_registry.sql.pieces import fixed, flag, number, plain_or_null, whole
from ucs_registry.sql.shaping.build import Build, SpanStated
from ucs_registry.sql.shaping.things import Pieces, Related, Thing

Conditions: TypeAlias = Sequence[ColumnElement[bool]]

_EDGES = {True: (whole(-1), literal_column(str(2**62), BigInteger)), False: (fixed(""), fixed("~"))}
"""What stands ahead of all numbers and behind them, and the same of all texts that are keys."""


class Listed(Thing):
    """Things that stand in lists in the order of a key."""

    key: ClassVar[str]
    descending: ClassVar[bool] = False
    only: ClassVar[Mapping[str, Callable[[Any, ColumnElement[str]], ColumnElement[bool]]]] = {}
    """What a part of a filter asks of a row, by the part's name, given what it says."""

    def cursor_of(self, key: ColumnElement[Any]) -> ColumnElement[str]:
        """The cursor at a key."""
        return cast(key, Text)


class Span(Thing):
    """A part of a list. `listed` makes the rows of what stands in it, and `condition` says which of them do.

    It stands on the rows of another thing, or on none. `whole_of` is how many there are without a filter, where that need
    not be counted.
    """

    def __init__(
        self,
        listed: Callable[[Build], Listed],
        condition: Callable[[Any], Conditions],
        build: Build,
        beside: Thing | None = None,
        whole_of: Callable[[], ColumnElement[int]] | None = None,
    ) -> None:
        self.build = build
        self._listed = listed
        self._condition = condition
        self._whole = whole_of
        if beside is not None:
            self.rows, self.c, self._joins = beside.rows, beside.c, beside._joins

    @property
    def _stated(self) -> SpanStated:
        if self.place is None:
            raise ValueError("nothing says which part of the list is wanted")
        return self.build.spans[self.place]

    def _asked(self, name: str, kind: Any = Text) -> ColumnElement[Any]:  # noqa: ANN401 -- any type of SQL
        return self.build.asked(self.place or 0, kind, f"_{name}")

    def _all(self) -> tuple[Listed, ColumnElement[Any], list[ColumnElement[bool]]]:
        """The rows of the whole list, their key, and what holds of them."""
        each = self._listed(self.build)
        filtered = [each.only[name](each, self._asked(name)) for name in self._stated.only]
        return each, each.c[each.key], [*self._condition(each), *filtered]

    def _between(self) -> tuple[Listed, ColumnElement[Any], list[ColumnElement[bool]]]:
        each, key, conditions = self._all()
        for name, larger in (("after", not each.descending), ("before", each.descending)):
            if getattr(self._stated, name):
                there = self._asked(name, BigInteger if _counts(key) else Text)
                conditions.append(key > there if larger else key < there)
        return each, key, conditions

    def _keys(self) -> Select[Any]:
        """The keys of what there is between the two places, from the end from which it is read."""
        each, key, conditions = self._between()
        ordered = key.desc() if each.descending != self._stated.backward else key
        return select(key.label("key")).where(*conditions).order_by(ordered).correlate_except(*each.own)

    def _edge(self, *, last: bool) -> ColumnElement[Any]:
        """The key of the first thing of the part, or of the last; NULL where it is empty."""
        keys = self._keys().limit(self._asked("size", BigInteger)).offset(whole(0)).subquery(self.build.name("keys"))
        end = func.max if last != self._listed(self.build).descending else func.min
        return select(end(keys.c.key)).scalar_subquery()

    def _items(self) -> Related:
        each, key, conditions = self._between()
        if self._stated.backward:
            begin = self._edge(last=False)
            conditions.append(key <= begin if each.descending else key >= begin)
        size = self._asked("size", BigInteger)
        return Related(thing=each, conditions=conditions, order=[key.desc() if each.descending else key], most=size)

    def _cursor(self, *, last: bool) -> Pieces:
        return plain_or_null(self._listed(self.build).cursor_of(self._edge(last=last)))

    def _further(self) -> ColumnElement[bool]:
        return exists(self._keys().limit(whole(1)).offset(self._asked("size", BigInteger)))

    def _beyond(self, *, behind: bool) -> ColumnElement[bool]:
        """That the list has something behind the part, or ahead of it; of an empty part, that it has anything."""
        each, key, conditions = self._all()
        edge, (lowest, highest) = self._edge(last=behind), _EDGES[_counts(key)]
        if behind != each.descending:
            conditions.append(key > func.coalesce(edge, lowest))
        else:
            conditions.append(key < func.coalesce(edge, highest))
        return exists(select(key).where(*conditions).correlate_except(*each.own))

    def _around(self, *, behind: bool) -> Pieces:
        stated = self._stated
        here = [self._further()] if stated.backward is not behind else []
        # Without a place on that side the part begins, or ends, where the list does.
        if (stated.before if behind else stated.after) and (behind or not stated.backward):
            here.append(self._beyond(behind=behind))
        return flag(or_(*here)) if here else ["false"]

    def _total(self) -> Pieces:
        if self._whole is not None and not self._stated.only:
            return number(self._whole())
        each, _, conditions = self._all()
        counted = select(func.count()).select_from(each.source).where(*conditions).correlate_except(*each.own)
        return number(counted.scalar_subquery())

    fields: ClassVar[Mapping[str, Callable[[Self], Pieces]]] = {
        "total": _total,
        "position": lambda span: number(tables.head.c.position),
        "page.start": lambda span: span._cursor(last=False),
        "page.end": lambda span: span._cursor(last=True),
        "page.more": lambda span: span._around(behind=True),
        "page.earlier": lambda span: span._around(behind=False),
    }
    relations: ClassVar[Mapping[str, Callable[[Self], Related]]] = {"items": _items}


def _counts(key: ColumnElement[Any]) -> bool:
    return isinstance(key.type, Integer)
