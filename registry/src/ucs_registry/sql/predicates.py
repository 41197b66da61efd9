"""What a query and a visibility mean, as conditions of SQL. Everything that reads resources builds on these."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    FromClause,
    LargeBinary,
    Select,
    Table,
    Text,
    and_,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    true,
)

from ucs_registry.canonical import storable, timestamp
from ucs_registry.queries import DISTRICT_DIGITS, ResourceQuery
from ucs_registry.search import query_terms
from ucs_registry.sql import tables
from ucs_registry.sql.areas import NOWHERE, Placed, during
from ucs_registry.sql.dialects import Dialect
from ucs_registry.sql.reviews import waiting_for
from ucs_registry.visibility import ALLOWED, DENIED, WITH_GRANT, Visibility

Condition = ColumnElement[bool]


def decided_by_cell(query: ResourceQuery) -> bool:
    """Whether all resources of a cell that serve one district answer a query alike."""
    if _asks_rows(query) or not all(map(decided_by_cell, query.any_of)):
        return False
    return query.code is query.tag is query.search is None and not (
        query.awaiting_review or query.affected_by_deprecation
    )


def _asks_rows(query: ResourceQuery) -> bool:
    parts: tuple[object, ...] = (query.area, query.during, query.updated_after, query.updated_before)
    return bool(query.tags) or len(query.region or "") > DISTRICT_DIGITS or any(part is not None for part in parts)


def asks_district(query: ResourceQuery) -> bool:
    """Whether a district, or a beginning of one, is part of a query."""
    return not query.district is query.region is None or any(map(asks_district, query.any_of))


def by_attributes(query: ResourceQuery, table: Table, *, indexed: bool = True) -> list[Condition]:
    """The parts of a query that a cell decides, as conditions on the columns of `resources` or of `cells`.

    What asks for a district asks `districts` for it where the table is `cells`. Without `indexed` no index on these columns
    is used.
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
    if query.owner is not None:
        conditions.append(table.c.owner.in_(_number_of(query.owner)))
    conditions += _by_level(query, table)
    conditions += _by_district(query, table, indexed=indexed)
    if query.any_of and all(map(decided_by_cell, query.any_of)):
        branches = (by_attributes(branch, table, indexed=False) for branch in query.any_of)
        conditions.append(or_(*(and_(true(), *branch) for branch in branches)))
    return conditions


def _by_level(query: ResourceQuery, table: Table) -> list[Condition]:
    cells = tables.cells.c
    wanted = [
        column == value.value
        for column, value in ((cells.data_level, query.data_level), (cells.open_type, query.open_type))
        if value is not None
    ]
    if not wanted or table is tables.cells:
        return wanted
    # A calculation, so that no index by cell is preferred to one in the order of the list.
    return [(table.c.cell + 0).in_(select(cells.number).where(*wanted))]


def _by_district(query: ResourceQuery, table: Table, *, indexed: bool) -> list[Condition]:
    stated = tables.districts.c.district if table is tables.cells else table.c.district
    column: ColumnElement[str] = stated if indexed else stated + literal("", Text)
    conditions: list[Condition] = []
    if query.district is not None:
        conditions.append(column == query.district if storable(query.district) else false())
    if query.region is not None:
        conditions.append(_begins(column, query.region[:DISTRICT_DIGITS]))
    return conditions


def _begins(column: ColumnElement[str], digits: str) -> Condition:
    # What follows the last digit by code point is the colon.
    return and_(column >= digits, column < f"{digits}:") if digits.isdecimal() and digits.isascii() else false()


def by_content(query: ResourceQuery, dialect: Dialect, placed: Placed = NOWHERE) -> list[Condition]:
    """The other parts of a query, as conditions on `resources`; `placed` says what meets its areas."""
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
    if query.awaiting_review:
        conditions.append(waiting_for(query.queue, lambda queue: visible(queue.visibility, dialect)))
    if query.affected_by_deprecation:
        conditions.append(_affected(query.deprecated_to, dialect))
    conditions += _by_extent(query, placed)
    for tag in query.tags:
        tagged = select(tables.resource_tags.c.resource).where(tables.resource_tags.c.tag == tag)
        conditions.append(resources.id.in_(tagged) if storable(tag) else false())
    if not all(map(decided_by_cell, query.any_of)):
        branches = (
            by_attributes(branch, tables.resources, indexed=False) + by_content(branch, dialect, placed)
            for branch in query.any_of
        )
        conditions.append(or_(*(and_(true(), *branch) for branch in branches)))
    return conditions


def _affected(visibility: Visibility | None, dialect: Dialect) -> Condition:
    needed, edges = tables.resources.alias("needed"), tables.dependencies.c
    deprecated = select(needed.c.id).where(needed.c.deprecation.is_not(None))
    if visibility is not None:
        deprecated = deprecated.where(visible(visibility, dialect, needed))
    return tables.resources.c.id.in_(select(edges.source).where(edges.target.in_(deprecated)))


def _by_extent(query: ResourceQuery, placed: Placed) -> list[Condition]:
    conditions: list[Condition] = []
    resources = tables.resources.c
    if len(query.region or "") > DISTRICT_DIGITS:
        conditions.append(_begins(resources.region_code, query.region or ""))
    if query.area is not None:
        conditions.append(placed[query.area])
    if query.during is not None:
        conditions.append(during(query.during))
    if query.updated_after is not None:
        conditions.append(resources.updated_at >= timestamp(query.updated_after))
    if query.updated_before is not None:
        conditions.append(resources.updated_at < timestamp(query.updated_before))
    return conditions


def verdict(visibility: Visibility, cell: ColumnElement[int], value: int) -> Condition:
    """That the mask says `value` of a cell. Beyond its end it says nothing, which equals no value."""
    return _says(visibility.mask, cell) == _byte(value)


def may_need_grants(visibility: Visibility) -> bool:
    """Whether a grant could show anything."""
    return bool(visibility.grantees) and WITH_GRANT in visibility.mask


def visible(visibility: Visibility, dialect: Dialect, table: FromClause = tables.resources) -> Condition:
    """That a row of `resources`, or of an alias of it, is visible."""
    resources = table.c
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


def by_grant_alone(query: ResourceQuery, visibility: Visibility, dialect: Dialect) -> list[Condition]:
    """That a row of `resources` is shown by a grant only, and satisfies what a cell and a district decide of a query."""
    granted = select(tables.grants.c.resource).where(*live_grants(visibility, dialect))
    return [
        tables.resources.c.id.in_(granted),
        verdict(visibility, tables.resources.c.cell, WITH_GRANT),
        *by_attributes(query, tables.resources),
    ]


def live(at: datetime) -> list[Condition]:
    """That a row of `grants` is live at an instant."""
    grants, instant = tables.grants.c, timestamp(at)
    return [grants.valid_from <= instant, or_(grants.valid_until.is_(None), grants.valid_until > instant)]


def below(path: ColumnElement[str], root: ColumnElement[str]) -> Condition:
    """That a path starts with another. Paths end in a slash, and what follows it by code point is the digit 0."""
    return and_(path >= root, path < func.substr(root, 1, func.length(root) - 1, type_=Text) + "0")


def _number_of(id: str) -> Select[int]:
    entries = tables.organizations
    return select(entries.c.number).where(entries.c.id == id if storable(id) else false())


def _numbers_below(root: str) -> Select[int]:
    entries, top = tables.organizations, tables.organizations.alias("top")
    if not storable(root):
        return select(entries.c.number).where(false())
    return select(entries.c.number).join(top, below(entries.c.path, top.c.path)).where(top.c.id == root)
