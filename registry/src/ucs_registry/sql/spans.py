"""Parts of lists between two places, read from either end, as statements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, literal, tuple_

from ucs_registry.sql.dialects import Query

Row = TypeVar("Row")


def spanned(
    statement: Query,
    *keys: ColumnElement[Any],
    after: Any = None,  # noqa: ANN401 -- what the keys are
    before: Any = None,  # noqa: ANN401 -- what the keys are
    first: int | None,
    backward: bool = False,
    descending: bool = False,
) -> Query:
    """The first so many rows of a list that is ordered by keys, behind one place and ahead of another; backward, the last.

    A place is a value of the key, or has one for each of several. Backward, the rows come in reverse: see `in_order`.
    """
    for place, larger in ((after, not descending), (before, descending)):
        if place is not None:
            here = keys[0] if len(keys) == 1 else tuple_(*keys)
            there = literal(place) if len(keys) == 1 else tuple_(*map(literal, place))
            statement = statement.where(here > there if larger else here < there)
    ordered = (key.desc() for key in keys) if descending != backward else iter(keys)
    return statement.order_by(*ordered).limit(first)


def in_order(rows: Sequence[Row], backward: bool) -> Sequence[Row]:
    """The rows of a span in the order of their list."""
    return rows[::-1] if backward else rows
