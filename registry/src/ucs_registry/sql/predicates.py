"""What a query and a visibility mean, as conditions of SQL. Everything that reads resources builds on these."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    LargeBinary,
    Select,
    Table,
    Text,
    and_,
    bindparam,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
)

from ucs_registry.canonical import storable, timestamp
from ucs_registry.queries import DISTRICT_DIGITS, ResourceQuery
from ucs_registry.reviews import ReviewQueue
from ucs_registry.search import query_terms
from ucs_registry.sql import tables
from ucs_registry.sql.areas import NOWHERE, Placed, during
from ucs_registry.sql.dialects import Dialect
from ucs_registry.sql.parameters import (
    NO_TEXT,
    ONE,
    ZERO,
    beginning,
    branch_prefix,
    mask_of,
    may_need_grants,
    named,
)
from ucs_registry.sql.reviews import waiting_for
from ucs_registry.visibility import ALLOWED, WITH_GRANT, Visibility

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


def by_attributes(query: ResourceQuery, table: Table, prefix: str = "", *, indexed: bool = True) -> list[Condition]:
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
            column = table.c[name] if indexed else table.c[name] + NO_TEXT
            asked = "availability" if name == availability else name
            conditions.append(_equals(column, f"{prefix}{asked}", str(value)))
    if query.owner_subtree is not None:
        conditions.append(table.c.owner.in_(_numbers_below(query.owner_subtree, prefix)))
    if query.owner is not None:
        conditions.append(table.c.owner.in_(_number_of(query.owner, prefix)))
    conditions += _by_level(query, table, prefix)
    conditions += _by_district(query, table, prefix, indexed=indexed)
    if query.any_of and all(map(decided_by_cell, query.any_of)):
        branches = (
            by_attributes(branch, table, branch_prefix(prefix, at), indexed=False)
            for at, branch in enumerate(query.any_of)
        )
        conditions.append(or_(*(and_(true(), *branch) for branch in branches)))
    return conditions


def _equals(column: ColumnElement[str], name: str, value: str) -> Condition:
    return column == named(name, value) if storable(value) else false()


def _by_level(query: ResourceQuery, table: Table, prefix: str) -> list[Condition]:
    cells = tables.cells.c
    wanted = [
        column == named(f"{prefix}{column.name}", value.value)
        for column, value in ((cells.data_level, query.data_level), (cells.open_type, query.open_type))
        if value is not None
    ]
    if not wanted or table is tables.cells:
        return wanted
    # A calculation, so that no index by cell is preferred to one in the order of the list.
    return [(table.c.cell + ZERO).in_(select(cells.number).where(*wanted))]


def _by_district(query: ResourceQuery, table: Table, prefix: str, *, indexed: bool) -> list[Condition]:
    stated = tables.districts.c.district if table is tables.cells else table.c.district
    column: ColumnElement[str] = stated if indexed else stated + NO_TEXT
    conditions: list[Condition] = []
    if query.district is not None:
        conditions.append(_equals(column, f"{prefix}district", query.district))
    if query.region is not None:
        conditions.append(_begins(column, f"{prefix}region_district", query.region[:DISTRICT_DIGITS]))
    return conditions


def _begins(column: ColumnElement[str], name: str, digits: str) -> Condition:
    ends = [named(end, value) for end, value in beginning(name, digits).items()]
    return and_(column >= ends[0], column < ends[1]) if ends else false()


def by_content(query: ResourceQuery, dialect: Dialect, placed: Placed = NOWHERE, prefix: str = "") -> list[Condition]:
    """The other parts of a query, as conditions on `resources`; `placed` says what meets its areas."""
    conditions: list[Condition] = []
    resources = tables.resources.c
    if query.code is not None:
        conditions.append(_equals(resources.code, f"{prefix}code", query.code))
    if query.tag is not None:
        conditions.append(_tagged(f"{prefix}tag", query.tag))
    if query.search is not None:
        terms = query_terms(query.search)
        conditions.append(resources.id.in_(dialect.holding(terms, prefix)) if terms else false())
    if query.awaiting_review:
        conditions.append(waiting_for(query.queue, reviewable(dialect, prefix), prefix))
    if query.affected_by_deprecation:
        conditions.append(_affected(query.deprecated_to, dialect, f"{prefix}deprecated_to_"))
    conditions += _by_extent(query, placed, prefix)
    conditions += (_tagged(f"{prefix}tags_{at}", tag) for at, tag in enumerate(query.tags))
    if not all(map(decided_by_cell, query.any_of)):
        names = (branch_prefix(prefix, at) for at in range(len(query.any_of)))
        branches = (
            by_attributes(branch, tables.resources, name, indexed=False) + by_content(branch, dialect, placed, name)
            for branch, name in zip(query.any_of, names, strict=True)
        )
        conditions.append(or_(*(and_(true(), *branch) for branch in branches)))
    return conditions


def _tagged(name: str, tag: str) -> Condition:
    tagged = select(tables.resource_tags.c.resource).where(tables.resource_tags.c.tag == named(name, tag))
    return tables.resources.c.id.in_(tagged) if storable(tag) else false()


def reviewable(dialect: Dialect, prefix: str) -> Callable[[ReviewQueue], Condition]:
    """What makes of a queue the condition that its reviewer may review a row of `resources`."""
    return lambda queue: visible(queue.visibility, dialect, prefix=f"{prefix}queue_")


def _affected(visibility: Visibility | None, dialect: Dialect, prefix: str) -> Condition:
    needed, edges = tables.resources.alias("needed"), tables.dependencies.c
    deprecated = select(needed.c.id).where(needed.c.deprecation.is_not(None))
    if visibility is not None:
        deprecated = deprecated.where(visible(visibility, dialect, needed, prefix))
    return tables.resources.c.id.in_(select(edges.source).where(edges.target.in_(deprecated)))


def _by_extent(query: ResourceQuery, placed: Placed, prefix: str) -> list[Condition]:
    conditions: list[Condition] = []
    resources = tables.resources.c
    if len(query.region or "") > DISTRICT_DIGITS:
        conditions.append(_begins(resources.region_code, f"{prefix}region", query.region or ""))
    if query.area is not None:
        conditions.append(placed[query.area])
    if query.during is not None:
        conditions.append(during(query.during, prefix))
    if query.updated_after is not None:
        after = named(f"{prefix}updated_after", timestamp(query.updated_after))
        conditions.append(resources.updated_at >= after)
    if query.updated_before is not None:
        before = named(f"{prefix}updated_before", timestamp(query.updated_before))
        conditions.append(resources.updated_at < before)
    return conditions


def verdict(
    visibility: Visibility, cell: ColumnElement[int], value: int, dialect: Dialect, prefix: str = ""
) -> Condition:
    """That the mask says `value` of a cell. Beyond its end it says nothing, which equals no value."""
    return _says(visibility, cell, prefix) == dialect.byte(value)


def visible(
    visibility: Visibility, dialect: Dialect, table: FromClause = tables.resources, prefix: str = ""
) -> Condition:
    """That a row of `resources`, or of an alias of it, is visible."""
    return shown(visibility, dialect, table.c.id, table.c.cell, prefix)


def shown(
    visibility: Visibility, dialect: Dialect, id: ColumnElement[str], cell: ColumnElement[int], prefix: str = ""
) -> Condition:
    """That a resource is visible of which a row tells the id and the cell."""
    # Compared by order where equality would do: PostgreSQL expects an equality to hold for one row in 200, and would
    # plan as if the caller saw next to nothing.
    says, allowed = _says(visibility, cell, prefix), dialect.byte(ALLOWED)
    if not may_need_grants(visibility):
        return says >= allowed
    granted = exists().where(tables.grants.c.resource == id, *live_grants(visibility, dialect, prefix))
    return and_(says >= allowed, or_(says <= allowed, granted))


def _says(visibility: Visibility, cell: ColumnElement[int], prefix: str) -> ColumnElement[bytes]:
    mask: BindParameter[bytes] = bindparam(f"{prefix}mask", mask_of(visibility), type_=LargeBinary())
    return func.substr(mask, cell + ONE, ONE, type_=LargeBinary)


def live_grants(visibility: Visibility, dialect: Dialect, prefix: str = "") -> list[Condition]:
    """That a row of `grants` counts for the caller."""
    grants = tables.grants.c
    return [
        dialect.within(grants.grantee, visibility.grantees, f"{prefix}grantees"),
        grants.action == named(f"{prefix}action", visibility.action),
        *live(visibility.at, prefix),
    ]


def by_grant_alone(query: ResourceQuery, visibility: Visibility, dialect: Dialect, prefix: str = "") -> list[Condition]:
    """That a row of `resources` is shown by a grant only, and satisfies what a cell and a district decide of a query."""
    granted = select(tables.grants.c.resource).where(*live_grants(visibility, dialect, prefix))
    return [
        tables.resources.c.id.in_(granted),
        verdict(visibility, tables.resources.c.cell, WITH_GRANT, dialect, prefix),
        *by_attributes(query, tables.resources, prefix),
    ]


def live(at: datetime, prefix: str = "") -> list[Condition]:
    """That a row of `grants` is live at an instant."""
    grants, instant = tables.grants.c, named(f"{prefix}at", timestamp(at))
    return [grants.valid_from <= instant, or_(grants.valid_until.is_(None), grants.valid_until > instant)]


def below(path: ColumnElement[str], root: ColumnElement[str]) -> Condition:
    """That a path starts with another. Paths end in a slash, and what follows it by code point is the digit 0."""
    end = func.substr(root, ONE, func.length(root) - ONE, type_=Text) + literal_column("'0'", Text)
    return and_(path >= root, path < end)


def _number_of(id: str, prefix: str) -> Select[int]:
    entries = tables.organizations
    return select(entries.c.number).where(_equals(entries.c.id, f"{prefix}owner", id))


def _numbers_below(root: str, prefix: str) -> Select[int]:
    entries, top = tables.organizations, tables.organizations.alias("top")
    if not storable(root):
        return select(entries.c.number).where(false())
    joined = entries.join(top, below(entries.c.path, top.c.path))
    return select(entries.c.number).select_from(joined).where(_equals(top.c.id, f"{prefix}owner_subtree", root))
