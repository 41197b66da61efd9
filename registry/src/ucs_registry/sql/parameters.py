"""Values stand in the statements of lists under names of their own, so that a statement compiled once serves other values.

The text of such a statement depends on its variant alone: on which parts of a query are stated, not on what they say. The
values of a variant are found without building the statement anew. Several lists stand in one statement by a prefix each.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import NamedTuple

import orjson
from sqlalchemy import BindParameter, Integer, Text, bindparam, literal_column

from ucs_registry.canonical import storable, timestamp
from ucs_registry.extents import Temporal
from ucs_registry.queries import DISTRICT_DIGITS, ResourceQuery
from ucs_registry.search import query_terms
from ucs_registry.sql.dialects import Dialect
from ucs_registry.visibility import DENIED, WITH_GRANT, Visibility

ZERO = literal_column("0", Integer)
ONE = literal_column("1", Integer)
NO_TEXT = literal_column("''", Text)
"""Constants that no statement takes as a value."""

_TOLD = (
    *("kind", "type", "share_type", "availability", "owner_subtree", "owner", "data_level", "open_type"),
    *("district", "code", "tag"),
)
"""The parts of a query that are values of their own names."""

_FIRST_DAY, _LAST_DAY = "0001-01-01", "9999-12-31"


def named(name: str, value: str | None) -> BindParameter[str]:
    """A text that stands in a statement under its name."""
    return bindparam(name, value, type_=Text())


def number(name: str, value: int) -> BindParameter[int]:
    """A number that stands in a statement under its name."""
    return bindparam(name, value, type_=Integer())


class Stated(NamedTuple):
    """The values of a statement by name, and the variant of its text; None where the text is for these values alone."""

    values: dict[str, object]
    variant: Hashable | None


def stated(dialect: Dialect, query: ResourceQuery, visibility: Visibility | None, prefix: str = "") -> Stated:
    """The values of what a query and a visibility leave, and the variant. Of statements that differ in no value and no variant
    the text is the same.
    """
    values = values_of(dialect, query, visibility, prefix)
    return Stated(values, variant_of(query, visibility, values))


def values_of(
    dialect: Dialect, query: ResourceQuery, visibility: Visibility | None, prefix: str = ""
) -> dict[str, object]:
    """The values by name of the conditions that a query and a visibility are, whatever list, total or facet they stand in.

    What is asked of areas is not among them: their conditions are made of what was found there.
    """
    values: dict[str, object] = {}
    for name in _TOLD:
        value = getattr(query, name)
        if value is not None:
            values[prefix + name] = str(value)
    _add_content(values, dialect, query, prefix)
    for at, branch in enumerate(query.any_of):
        values |= values_of(dialect, branch, None, branch_prefix(prefix, at))
    if visibility is not None:
        values |= visibility_values(visibility, prefix)
    return values


def _add_content(values: dict[str, object], dialect: Dialect, query: ResourceQuery, prefix: str) -> None:
    if query.region is not None:
        values |= beginning(f"{prefix}region_district", query.region[:DISTRICT_DIGITS])
        if len(query.region) > DISTRICT_DIGITS:
            values |= beginning(f"{prefix}region", query.region)
    if query.search is not None:
        values |= dialect.sought(query_terms(query.search), prefix)
    for at, tag in enumerate(query.tags):
        values[f"{prefix}tags_{at}"] = tag
    if query.during is not None:
        values[f"{prefix}during_begins"], values[f"{prefix}during_ends"] = days(query.during)
    if query.updated_after is not None:
        values[f"{prefix}updated_after"] = timestamp(query.updated_after)
    if query.updated_before is not None:
        values[f"{prefix}updated_before"] = timestamp(query.updated_before)
    if query.awaiting_review and query.queue is not None:
        values[f"{prefix}queue_reviewer"] = query.queue.reviewer
        values |= visibility_values(query.queue.visibility, f"{prefix}queue_")
    if query.affected_by_deprecation and query.deprecated_to is not None:
        values |= visibility_values(query.deprecated_to, f"{prefix}deprecated_to_")


def visibility_values(visibility: Visibility, prefix: str = "") -> dict[str, object]:
    """The values by name of a visibility."""
    values: dict[str, object] = {f"{prefix}mask": mask_of(visibility)}
    if may_need_grants(visibility):
        values[f"{prefix}grantees"] = orjson.dumps(visibility.grantees).decode()
        values[f"{prefix}action"] = visibility.action
        values[f"{prefix}at"] = timestamp(visibility.at)
    return values


def variant_of(query: ResourceQuery, visibility: Visibility | None, values: Mapping[str, object]) -> Hashable | None:
    """What the text of the conditions depends on, given their values: mostly which of these there are.

    None where it depends on more: on what was found in areas, or on a value that nothing stored can equal.
    """
    parts = _parts(query)
    if parts is None or not all(storable(value) for value in values.values() if isinstance(value, str)):
        return None
    return tuple(values), parts, visibility is None


def _parts(query: ResourceQuery) -> Hashable | None:
    """Which parts of a query are stated that need no value, or None where no variant says what the parts become.

    What nothing satisfies, or everything, takes other conditions out of the text together with their values.
    """
    if query.area is not None or (query.region is not None and not digits_only(query.region)):
        return None
    if query.search is not None and not query_terms(query.search):
        return None
    if query.awaiting_review and query.queue is None:
        return None
    branches = tuple(None if states_nothing(branch) else _parts(branch) for branch in query.any_of)
    return None if None in branches else (query.affected_by_deprecation, branches)


def states_nothing(query: ResourceQuery) -> bool:
    """Whether everything satisfies a query."""
    return replace(query, queue=None, deprecated_to=None) == ResourceQuery()


def branch_prefix(prefix: str, at: int) -> str:
    """The prefix of the names of one branch of a query."""
    return f"{prefix}any_of_{at}_"


def beginning(name: str, digits: str) -> dict[str, str]:
    """The values by name of a range of digits: those that begin with some. What follows the last digit by code point is
    the colon; of what is no digits there is no range.
    """
    return {name: digits, f"{name}_end": f"{digits}:"} if digits_only(digits) else {}


def digits_only(text: str) -> bool:
    """Whether a text is digits of the code of a division."""
    return text.isdecimal() and text.isascii()


def days(window: Temporal) -> tuple[str, str]:
    """The first and the last day of a window of time."""
    return (
        _FIRST_DAY if window.start is None else window.start.isoformat(),
        _LAST_DAY if window.end is None else window.end.isoformat(),
    )


def may_need_grants(visibility: Visibility) -> bool:
    """Whether a grant could show anything."""
    return bool(visibility.grantees) and WITH_GRANT in visibility.mask


def mask_of(visibility: Visibility) -> bytes:
    """The mask as statements have it: where no grant could show anything, what only a grant shows is denied."""
    if may_need_grants(visibility):
        return visibility.mask
    return visibility.mask.replace(bytes((WITH_GRANT,)), bytes((DENIED,)))
