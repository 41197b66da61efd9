"""What scenarios are composed of, and how they stand, as rows of a statement. A scenario is a resource like others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self

from sqlalchemy import ColumnElement, Select, case, exists, not_, null, select, union_all

from ucs_registry.sql import tables
from ucs_registry.sql.pieces import fixed, otherwise, plain, plain_or_null, whole
from ucs_registry.sql.shaping.build import DISCOVER
from ucs_registry.sql.shaping.resources import Needed, Resources
from ucs_registry.sql.shaping.things import PREFIX, Pieces, Related, Rows, Thing
from ucs_sdk.vocabulary import Availability, PartTrouble, ScenarioHealth

_BEHIND_ALL = 1_000_000
"""A place behind that of every part."""


def _of_far(name: str) -> Callable[[Parts], Pieces]:
    return lambda row: Resources.fields[name](row.far)


class Parts(Needed):
    """The parts of a scenario that the caller may discover, in the order in which its content names them."""

    @property
    def unfit(self) -> ColumnElement[bool]:
        """That it cannot be used as it stands."""
        return self.far.c.availability != fixed(Availability.ONLINE.value)

    @property
    def trouble(self) -> ColumnElement[str]:
        """What is wrong with it; NULL when nothing is."""
        deprecated = self.far.c.deprecation.is_not(None)
        return case((self.unfit, self.far.c.availability), (deprecated, fixed(PartTrouble.DEPRECATED.value)))

    def among(self, *columns: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
        """The parts as rows of a statement of their own."""
        return select(*columns).select_from(self.source).where(self.seen).correlate_except(*self.own)

    fields: ClassVar[Mapping[str, Callable[[Self], Pieces]]] = {
        **Needed.fields,
        "target": _of_far("name"),
        "trouble": lambda row: [row.build.words.quoted(row.trouble)],
        **{name: _of_far(name) for name in ("code", "kind", "type", "title.zh", "title.en", "availability")},
    }


class Reasons(Thing):
    """Why a scenario is not healthy: its parts in trouble, and then that there are some which the caller does not see."""

    def __init__(self, whole_of: Resources) -> None:
        self.build = whole_of.build
        parts = Parts(whole_of)
        troubled = parts.among(
            parts.trouble.label("trouble"),
            parts.far.c.id.label("target"),
            parts.required.label("required"),
            parts.c.place.label("place"),
        ).where(parts.trouble.is_not(None))
        unseen = select(fixed(PartTrouble.UNSEEN.value), null(), null(), whole(_BEHIND_ALL)).where(_unseen(whole_of))
        self.rows: Rows = union_all(troubled, unseen).subquery(self.build.name("reasons"))
        self.c = self.rows.c
        self._joins = []

    fields: ClassVar[Mapping[str, Callable[[Self], Pieces]]] = {
        "trouble": lambda row: plain(row.c.trouble),
        "resource": lambda row: plain_or_null(row.c.target, PREFIX),
        "required": lambda row: otherwise(row.c.required),
    }


def _unseen(scenario: Resources) -> ColumnElement[bool]:
    """That a scenario needs something that the caller may not discover, or that is not there."""
    build = scenario.build
    links, far = build.rows(tables.dependencies), Resources(build)
    seen = select(far.c.id).where(far.c.id == links.c.target, build.may(DISCOVER, far.rows)).correlate_except(far.rows)
    hidden = select(links.c.target).where(links.c.source == scenario.c.id, not_(exists(seen)))
    return exists(hidden.correlate_except(links))


def health(scenario: Resources) -> Pieces:
    """How a scenario stands, judged by its direct parts."""
    parts, others = Parts(scenario), Parts(scenario)
    broken = exists(parts.among(parts.far.c.id).where(parts.unfit, parts.required == fixed("true")))
    troubled = exists(others.among(others.far.c.id).where(others.trouble.is_not(None)))
    stands = case(
        (broken, fixed(ScenarioHealth.BROKEN.value)),
        (_unseen(scenario), fixed(ScenarioHealth.UNKNOWN.value)),
        (troubled, fixed(ScenarioHealth.DEGRADED.value)),
        else_=fixed(ScenarioHealth.HEALTHY.value),
    )
    return plain(stands)


def parts_of(scenario: Resources) -> Related:
    """The parts of a scenario."""
    parts = Parts(scenario)
    return Related(thing=parts, conditions=[parts.seen], order=[parts.c.place])


def reasons_of(scenario: Resources) -> Related:
    """Why a scenario is not healthy."""
    reasons = Reasons(scenario)
    return Related(thing=reasons, order=[reasons.c.place])


class Scenarios(Resources):
    """Resources that are scenarios."""

    fields: ClassVar[Mapping[str, Callable[[Self], Pieces]]] = {**Resources.fields, "health": health}
    relations: ClassVar[Mapping[str, Callable[[Self], Related]]] = {
        **Resources.relations,
        "itself": lambda row: Related(thing=row),
        "parts": parts_of,
        "reasons": reasons_of,
    }
