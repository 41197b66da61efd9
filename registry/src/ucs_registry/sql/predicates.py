"""What a query and a visibility mean, as conditions of SQL. Everything that reads resources builds on these."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, LargeBinary, Select, Table, Text, and_, exists, false, func, literal, or_, select

from ucs_registry.canonical import storable, timestamp
from ucs_registry.queries import ResourceQuery
from ucs_registry.search import query_terms
from ucs_registry.sql import tables
from ucs_registry.sql.dialects import Dialect
from ucs_registry.visibility import ALLOWED, DENIED, WITH_GRANT, Visibility

Condition = ColumnElement[bool]


def decided_by_cell(query: ResourceQuery) -> bool:
    """Whether all resources of a cell answer a query alike."""
    return query.code is query.tag is query.search is None


def by_attributes(query: ResourceQuery, table: Table, *, indexed: bool = True) -> list[Condition]:
    """The parts of a query that a cell decides, as conditions on the columns of `resources` or of `cells`.

    Without `indexed` no index on these columns is used.
    """
    conditions: list[Condition] = []
    availability = "availability" if "availability" in table.c else "state"
    for name, value in (
        ("kind", query.kind),
        ("type", query.type),
        ("share_type", query.share_type),
        (availability, query.availability),
    ):
        if value is not None:
            column = table.c[name] if indexed else table.c[name] + literal("", Text)
            conditions.append(column == str(value) if storable(value) else false())
    if query.owner_subtree is not None:
        conditions.append(table.c.owner.in_(_numbers_below(query.owner_subtree)))
    return conditions


def by_content(query: ResourceQuery, dialect: Dialect) -> list[Condition]:
    """The other parts of a query, as conditions on `resources`."""
    conditions: list[Condition] = []
    resources = tables.resources.c
    if query.code is not None:
        conditions.append(resources.code == query.code if storable(query.code) else false())
    if query.tag is not None:
        tagged = select(tables.resource_tags.c.resource).where(tables.resource_tags.c.tag == query.tag)
        conditions.append(resources.id.in_(tagged) if storable(query.tag) else false())
    if query.search is not None:
        terms = query_terms(query.search)
        conditions.append(resources.id.in_(dialect.holding(terms)) if terms else false())
    return conditions


def verdict(visibility: Visibility, cell: ColumnElement[int], value: int) -> Condition:
    """That the mask says `value` of a cell. Beyond its end it says nothing, which equals no value."""
    return _says(visibility.mask, cell) == _byte(value)


def may_need_grants(visibility: Visibility) -> bool:
    """Whether a grant could show anything."""
    return bool(visibility.grantees) and WITH_GRANT in visibility.mask


def visible(visibility: Visibility, dialect: Dialect) -> Condition:
    """That a row of `resources` is visible."""
    resources = tables.resources.c
    # Compared by order where equality would do: PostgreSQL expects an equality to hold for one row in 200, and would
    # plan as if the caller saw next to nothing.
    if not may_need_grants(visibility):
        allowed_only = visibility.mask.replace(bytes((WITH_GRANT,)), bytes((DENIED,)))
        return _says(allowed_only, resources.cell) >= _byte(ALLOWED)
    granted = exists().where(tables.grants.c.resource == resources.id, *live_grants(visibility, dialect))
    says = _says(visibility.mask, resources.cell)
    return and_(says >= _byte(ALLOWED), or_(says <= _byte(ALLOWED), granted))


def _says(mask: bytes, cell: ColumnElement[int]) -> ColumnElement[bytes]:
    return func.substr(literal(mask, LargeBinary), cell + 1, 1, type_=LargeBinary)


def _byte(value: int) -> ColumnElement[bytes]:
    return literal(bytes((value,)), LargeBinary)


def live_grants(visibility: Visibility, dialect: Dialect) -> list[Condition]:
    """That a row of `grants` counts for the caller."""
    grants = tables.grants.c
    return [
        dialect.within(grants.grantee, visibility.grantees),
        grants.action == visibility.action,
        *live(visibility.at),
    ]


def live(at: datetime) -> list[Condition]:
    """That a row of `grants` is live at an instant."""
    grants, instant = tables.grants.c, timestamp(at)
    return [grants.valid_from <= instant, or_(grants.valid_until.is_(None), grants.valid_until > instant)]


def below(path: ColumnElement[str], root: ColumnElement[str]) -> Condition:
    """That a path starts with another. Paths end in a slash, and what follows it by code point is the digit 0."""
    return and_(path >= root, path < func.substr(root, 1, func.length(root) - 1, type_=Text) + "0")


def _numbers_below(root: str) -> Select[int]:
    entries, top = tables.organizations, tables.organizations.alias("top")
    if not storable(root):
        return select(entries.c.number).where(false())
    return select(entries.c.number).join(top, below(entries.c.path, top.c.path)).where(top.c.id == root)
