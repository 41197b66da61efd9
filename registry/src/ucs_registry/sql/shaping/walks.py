"""What a walk over the graph reaches, as rows of a statement, and what is counted over all of it.

The database goes step by step, and comes to what several ways of different length lead to several times. Beyond the bound of
walks there is no answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, ClassVar, Self

from sqlalchemy import CTE, BigInteger, ColumnElement, FromClause, Select, Text, case, cast, func, null, select, tuple_

from ucs_registry.graph import OWNERS_MOST, WALK_MOST, Direction
from ucs_registry.sql import tables
from ucs_registry.sql.pieces import fixed, joined, number, plain, plain_or_null, whole
from ucs_registry.sql.shaping.build import DISCOVER, INVOKE, Build
from ucs_registry.sql.shaping.organizations import Organizations
from ucs_registry.sql.shaping.resources import Resources
from ucs_registry.sql.shaping.spans import Listed, Span
from ucs_registry.sql.shaping.things import PREFIX, Pieces, Related, Thing
from ucs_sdk.vocabulary import Availability, ResourceKind, Use


def _ends(build: Build, place: int) -> tuple[FromClause, ColumnElement[str], ColumnElement[str]]:
    """Edges, with their near end and their far one as a walk goes."""
    edges = build.rows(tables.dependencies)
    ends = (edges.c.source, edges.c.target)
    near, far = ends[::-1] if build.spans[place].walk is Direction.UP else ends
    return edges, near, far


def _steps(build: Build, place: int) -> CTE:
    """The resources that one comes to, and after how many steps: of several ways there, after each."""
    root, far = build.rows(tables.resources), build.rows(tables.resources)
    begin: Select[Any] = select(root.c.id, whole(0).label("depth")).where(root.c.id == build.asked(place))
    here = begin.cte(build.name("steps"), recursive=True)
    edges, start, end = _ends(build, place)
    # Calculations, so that each step leads to its edges, and they to what lies beyond them.
    source = here.join(edges, start == here.c.id + fixed("")).join(far, far.c.id == end + fixed(""))
    further = select(far.c.id, here.c.depth + whole(1)).select_from(source)
    return here.union(further.where(here.c.depth < build.asked(place, BigInteger, "_depth"), build.may(DISCOVER, far)))


def _reached(build: Build, steps: CTE, use: Callable[[FromClause], ColumnElement[Any]]) -> CTE:
    """What was reached, each once, with a `key` that sorts by depth and id."""
    nearest = select(steps.c.id, func.min(steps.c.depth).label("depth")).group_by(steps.c.id)
    first, resources = nearest.subquery(build.name("nearest")), build.rows(tables.resources)
    c, padding = resources.c, case((first.c.depth < whole(10), fixed("0")), else_=fixed(""))
    key = joined([padding, cast(first.c.depth, Text), ".", c.id])
    columns = (c.id, c.kind, c.owner, c.availability, first.c.depth, key.label("key"), use(resources).label("use"))
    reached = select(*columns).select_from(first.join(resources, c.id == first.c.id + fixed("")))
    return reached.where(first.c.depth > whole(0)).cte(build.name("reached"))


class Reached(Listed):
    """What a walk came to."""

    key = "key"

    def __init__(self, build: Build, walk: Walk, rows: FromClause | None = None) -> None:
        self.build = build
        self._walk = walk
        self.rows = walk.reached.alias(build.name("reach")) if rows is None else rows
        self.c = self.rows.c
        self._joins = []

    def cursor_of(self, key: ColumnElement[str]) -> ColumnElement[str]:
        return func.ltrim(key, fixed("0"), type_=Text)

    def _via(self) -> Pieces:
        # The smallest of the ids from which one came, among those that are a step nearer. A calculation, so that its edges are
        # looked for among the steps, and not all steps among the edges.
        edges, near, far = _ends(self.build, self._walk.at)
        steps = self._walk.steps
        nearer = tuple_(near + fixed(""), self.c.depth - whole(1)).in_(select(steps.c.id, steps.c.depth))
        via = select(func.min(near)).where(far == self.c.id, nearer).correlate_except(edges, steps)
        return plain(via.scalar_subquery(), PREFIX)

    def _resource(self) -> Related:
        far = Resources(self.build)
        return Related(thing=far, conditions=[far.c.id == self.c.id])

    fields: ClassVar[Mapping[str, Callable[[Self], Pieces]]] = {
        "cursor": lambda row: plain(row.cursor_of(row.c.key)),
        "depth": lambda row: number(row.c.depth),
        "via": _via,
        "use": lambda row: [row.build.words.quoted(row.c.use)],
    }
    relations: ClassVar[Mapping[str, Callable[[Self], Related]]] = {
        "node": lambda row: Related(thing=row),
        "resource": _resource,
    }


class Walk(Span):
    """A walk from a resource, on whose rows it stands: a page of what was reached, and what is counted over all of it."""

    def __init__(self, build: Build, root: Resources) -> None:
        super().__init__(lambda each: Reached(each, self), lambda _: [], build, root)
        self._root = root

    @property
    def at(self) -> int:
        """The place at which the walk is asked for."""
        return self.place or 0

    @property
    def steps(self) -> CTE:
        """What one comes to, and after how many steps."""
        return self.build.once(("steps", self.at), lambda: _steps(self.build, self.at))

    @property
    def reached(self) -> CTE:
        """What was reached, and whether it may be used where the walk tells it."""
        return self.build.once(("reached", self.at), lambda: _reached(self.build, self.steps, self._use))

    def _page(self) -> Related:
        # Nothing sorts what was reached but a sort: the page is cut before anything is told of what stands on it.
        whole_of = self._items()
        each = whole_of.thing
        cut = select(*each.rows.c).where(*whole_of.conditions).order_by(*whole_of.order).limit(whole_of.most)
        rows = cut.offset(whole(0)).correlate_except(*each.own).subquery(self.build.name("page"))
        shown = Reached(self.build, self, rows)
        return Related(thing=shown, order=[shown.c.key])

    def _use(self, resources: FromClause) -> ColumnElement[Any]:
        if self.build.spans[self.at].walk is Direction.UP:
            return null()
        return case(
            (self.build.may(INVOKE, resources), fixed(Use.ALLOWED.value)),
            (self.build.needs_grant(INVOKE, resources), fixed(Use.GRANT_NEEDED.value)),
            else_=fixed(Use.DENIED.value),
        )

    def _levels(self) -> Related:
        everything = self.reached
        depths = select(everything.c.depth).distinct().subquery(self.build.name("depths"))
        tally = Tally(self.build, everything, depths)
        return Related(thing=tally, order=[depths.c.depth])

    def _spread(self, column: str, words: type[StrEnum]) -> Related:
        return spread(self.build, self.reached, column, words)

    relations: ClassVar[Mapping[str, Callable[[Self], Related]]] = {
        "items": _page,
        "root": lambda walk: Related(thing=walk._root),
        "total": lambda walk: Related(thing=Tally(walk.build, walk.reached)),
        "levels": _levels,
        "states": lambda walk: walk._spread("availability", Availability),
        "uses": lambda walk: walk._spread("use", Use),
    }


class Tally(Thing):
    """How much was reached at one depth or, without `depths`, at all."""

    def __init__(self, build: Build, everything: CTE, depths: FromClause | None = None) -> None:
        self.build = build
        self._everything = everything
        self._depths = depths
        if depths is not None:
            self.rows, self.c, self._joins = depths, depths.c, []

    def _here(self, name: str) -> tuple[FromClause, list[ColumnElement[bool]]]:
        here = self._everything.alias(self.build.name(name))
        return here, [] if self._depths is None else [here.c.depth == self._depths.c.depth]

    def _number(self, counted: Callable[[FromClause], ColumnElement[int]]) -> Pieces:
        here, conditions = self._here("tallied")
        told = select(counted(here)).select_from(here).where(*conditions)
        return number(told.correlate_except(here).scalar_subquery())

    def _kinds(self) -> Related:
        here, conditions = self._here("tallied")
        return spread(self.build, here, "kind", ResourceKind, conditions)

    def _owners(self) -> Related:
        here, conditions = self._here("tallied")
        owners = self.build.rows(tables.organizations)
        counted = select(here.c.owner, owners.c.id, func.count().label("total"))
        counted = counted.join(owners, owners.c.number == here.c.owner).where(*conditions)
        rows = counted.group_by(here.c.owner, owners.c.id).correlate_except(here, owners)
        found = Owners(self.build, rows.subquery(self.build.name("owners")))
        return Related(thing=found, order=[found.c.total.desc(), found.c.id], most=whole(OWNERS_MOST))

    fields: ClassVar[Mapping[str, Callable[[Self], Pieces]]] = {
        "depth": lambda tally: ["null"] if tally._depths is None else number(tally._depths.c.depth),
        "count": lambda tally: tally._number(lambda _: func.count()),
        "owner_count": lambda tally: tally._number(lambda here: func.count(here.c.owner.distinct())),
    }
    relations: ClassVar[Mapping[str, Callable[[Self], Related]]] = {"kinds": _kinds, "owners": _owners}


class Counts(Thing):
    """Values, each with how often it occurs: rows of a `value` and a `total`."""

    def __init__(self, build: Build, rows: FromClause) -> None:
        self.build = build
        self.rows = rows
        self.c = rows.c
        self._joins = []

    fields: ClassVar[Mapping[str, Callable[[Self], Pieces]]] = {
        "value": lambda row: plain_or_null(row.c.value),
        "count": lambda row: number(row.c.total),
    }


class Owners(Counts):
    """Owners, each with how much of what was reached is theirs."""

    def _owner(self) -> Related:
        owner = Organizations(self.build)
        return Related(thing=owner, conditions=[owner.c.number == self.c.owner])

    relations: ClassVar[Mapping[str, Callable[[Self], Related]]] = {"owner": _owner}


def spread(
    build: Build, rows: FromClause, column: str, words: type[StrEnum], conditions: Sequence[ColumnElement[bool]] = ()
) -> Related:
    """How rows are spread over the words of a vocabulary, in its order."""
    value = rows.c[column]
    counted = select(value.label("value"), func.count().label("total")).where(value.is_not(None), *conditions)
    counts = Counts(build, counted.group_by(value).correlate_except(rows).subquery(build.name("spread")))
    turn = case(*((counts.c.value == fixed(word.value), whole(at)) for at, word in enumerate(words)))
    return Related(thing=counts, order=[turn])


def walked(build: Build, place: int) -> Related:
    """A walk from a resource that is asked for, within the bound of walks."""
    root = Resources(build)
    walk = Walk(build, root)
    walk.place = place
    within = select(func.count()).select_from(walk.reached).scalar_subquery() <= whole(WALK_MOST)
    return Related(thing=walk, conditions=[root.c.id == build.asked(place), build.may(DISCOVER, root.rows), within])
