"""Resources as lines of text: how a database writes one, and how it is read.

The fields of a line stand between tabs, lines between line feeds, and a carriage return ahead of what only whole ones have:
none of them occurs in an id, a code, an instant or compact JSON, and free text goes through the database's own quoting.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any

import orjson
from sqlalchemy import ColumnElement, FromClause, Select, Text, and_, case, cast, func, select

from ucs_registry.canonical import instant
from ucs_registry.queries import Cursor, Order
from ucs_registry.resources import Deprecation, Resource
from ucs_registry.sql import member_tables, tables
from ucs_registry.sql.dialects import Dialect
from ucs_registry.sql.pieces import Piece, fixed, joined
from ucs_registry.sql.predicates import live, visible
from ucs_registry.sql.rows import revision_of
from ucs_registry.visibility import Visibility
from ucs_sdk.vocabulary import Availability, ResourceKind

LINK, HELD = "link_", "held_"
"""The prefixes of the values by which the ends of links are seen, and grants are found."""

NONE = fixed("")

DEPRECATED = "!"
"""Stands behind the id of a link whose end is deprecated."""

_FRONT = 3
_BODY = "\r"

Expression = ColumnElement[str]


class SqlElement:
    """A line. Only what stands in front is read at once."""

    __slots__ = ("_body", "_key", "cell", "held", "id", "told")

    def __init__(self, line: bytes) -> None:
        cell, held, self._key, rest = line.split(b"\t", _FRONT)
        told, _, self._body = rest.partition(b"\r")
        self.told = in_order(told) if b"," in told else told
        self.id = rest[: rest.index(b"\t")].decode()
        self.cell = int(cell)
        self.held = frozenset(held.decode().split(",")) if held else NO_ACTIONS

    def place(self) -> tuple[bytes, str]:
        """By what it is ordered in a list: as UTF-8, which has the order of code points."""
        # Between its quotation marks a text stands as it is, unless there is an escape in it.
        return orjson.loads(self._key).encode() if b"\\" in self._key else self._key[1:-1], self.id

    def cursor(self, order: Order) -> Cursor:
        """As `Element` has it."""
        return Cursor(order=order, key=orjson.loads(self._key), id=self.id)

    def resource(self) -> Resource:
        """As `Element` has it."""
        field = self._fields() | dict(zip(_WHOLE, self._body.decode().split("\t"), strict=True))
        texts = (field[name] for name in ("content", "state", "authors", "revised_at"))
        rest = (field[name] or None for name in ("submitter", "submitted_at", "reviewer", "reviewed_at"))
        shown = revision_of((self.id, int(field["number"]), *texts, *rest, orjson.loads(field["reason"])))
        deprecation = field["deprecation"]
        return Resource.model_construct(
            id=self.id,
            code=field["code"],
            kind=ResourceKind(field["kind"]),
            type=field["type"],
            owner=field["owner"],
            availability=Availability(field["availability"]),
            availability_reason=orjson.loads(field["availability_reason"]),
            version=int(field["version"]),
            created_at=instant(field["created_at"]),
            created_by=field["created_by"],
            updated_at=instant(field["updated_at"]),
            head=shown,
            current=shown if field["current_number"] else None,
            deprecation=Deprecation.model_validate_json(deprecation) if deprecation else None,
        )

    def involved(self) -> bool:
        """As `Element` has it."""
        field = self._fields()
        return field["current_number"] not in ("", field["head_number"]) or DEPRECATED in field["linked"]

    def linked(self) -> frozenset[str]:
        """As `Element` has it."""
        field = self._fields()
        ids = [*field["linked"].replace(DEPRECATED, "").split(","), field["alternative"]]
        return frozenset(f"resources/{id}" for id in ids if id)

    def members(self) -> int:
        """As `Element` has it."""
        return int(self._fields()["members"] or 0)

    def _fields(self) -> dict[str, str]:
        return dict(zip(_TOLD, self.told.decode().split("\t"), strict=True))


NO_ACTIONS: frozenset[str] = frozenset()


def in_order(told: bytes) -> bytes:
    """What is told of a resource, with the ends of its links in the order of their ids: a database has them in any."""
    front, linked, alternative, members = told.rsplit(b"\t", 3)
    return b"\t".join((front, b",".join(sorted(linked.split(b","))), alternative, members))


class Line:
    """The rows that a line is written from: a resource, its owner, and the revision that stands for it."""

    def __init__(self, dialect: Dialect, eyes: Visibility) -> None:
        self._dialect = dialect
        self._words = dialect.words
        self._eyes = eyes
        self.resource = tables.resources.alias("element")
        self._revision = tables.revisions.alias("shown")
        self._owner = tables.organizations.alias("element_owner")

    def source(self, ids: FromClause | None, *, whole: bool) -> FromClause:
        """The rows of these ids, or of all."""
        resource, revision = self.resource.c, self._revision.c
        rows = self.resource if ids is None else ids.join(self.resource, resource.id == ids.c.id)
        if not whole:
            return rows
        number = func.coalesce(resource.current_number, resource.head_number)
        return rows.join(self._owner, self._owner.c.number == resource.owner).join(
            self._revision, and_(revision.resource == resource.id, revision.number == number)
        )

    def text(self, key: Expression, *, whole: bool) -> Expression:
        """The line, with the content only if it is `whole`."""
        front = [cast(self.resource.c.cell, Text), self.held(), key]
        told = self._fields([*front, *(write(self) for write in _TOLD.values())])
        return joined([*told, _BODY, *self._fields([write(self) for write in _WHOLE.values()])] if whole else told)

    def _fields(self, fields: Sequence[Expression]) -> list[Piece]:
        return [*chain.from_iterable(("\t" if at else "", field) for at, field in enumerate(fields))]

    def quoted(self, text: Expression) -> Expression:
        """A free text."""
        return self._words.quoted(text)

    def linked(self) -> Expression:
        """The ids of the ends of links that the caller may discover."""
        far, edges = tables.resources.alias("far"), tables.dependencies.alias("links")
        mark = case((far.c.deprecation.is_(None), NONE), else_=fixed(DEPRECATED))
        seen = visible(self._eyes, self._dialect, far, LINK)
        ids = select(func.aggregate_strings(joined([far.c.id, mark]), ","))
        ids = ids.select_from(edges.join(far, far.c.id == edges.c.target))
        return self._or_none(ids.where(edges.c.source == self.resource.c.id, seen))

    def alternative(self) -> Expression:
        """The id of what is to be used instead, when the caller may discover it."""
        deprecation = self.resource.c.deprecation
        other = tables.resources.alias("other")
        named = func.substr(self._words.text_inside(deprecation, "alternative"), len("resources/") + 1)
        seen = select(other.c.id).where(other.c.id == named, visible(self._eyes, self._dialect, other, LINK))
        return case((deprecation.is_(None), NONE), else_=self._or_none(seen))

    def members(self) -> Expression:
        """How many members it fronts."""
        sets = member_tables.member_sets.c
        return self._or_none(select(cast(sets.members, Text)).where(sets.resource == self.resource.c.id))

    def held(self) -> Expression:
        """The actions for which the caller has a live grant on it."""
        grants = tables.grants.c
        mine = self._dialect.within(grants.grantee, self._eyes.grantees, f"{HELD}grantees")
        conditions = grants.resource == self.resource.c.id, mine, *live(self._eyes.at, HELD)
        return self._or_none(select(func.aggregate_strings(grants.action, ",")).where(*conditions))

    def _or_none(self, text: Select[*tuple[Any, ...]]) -> Expression:
        return func.coalesce(text.correlate(self.resource).scalar_subquery(), NONE, type_=Text)


class KeptLine(Line):
    """A line that is the same for every caller: behind each end of a link stands the cell by which it is judged, or nothing
    where there is no such resource.
    """

    def held(self) -> Expression:
        """Nobody's grants."""
        return NONE

    def linked(self) -> Expression:
        """The ids of the ends of links."""
        far, edges = tables.resources.alias("far"), tables.dependencies.alias("links")
        mark = case((far.c.deprecation.is_(None), NONE), else_=fixed(DEPRECATED))
        cell = func.coalesce(cast(far.c.cell, Text), NONE, type_=Text)
        ids = select(func.aggregate_strings(joined([edges.c.target, ":", cell, mark]), ","))
        ids = ids.select_from(edges.outerjoin(far, far.c.id == edges.c.target))
        return self._or_none(ids.where(edges.c.source == self.resource.c.id))

    def alternative(self) -> Expression:
        """The id of what is to be used instead."""
        deprecation = self.resource.c.deprecation
        other = tables.resources.alias("other")
        named = func.substr(self._words.text_inside(deprecation, "alternative"), len("resources/") + 1)
        cell = self._or_none(select(cast(other.c.cell, Text)).where(other.c.id == named))
        return func.coalesce(joined([named, ":", cell]), NONE, type_=Text)


def _of_resource(name: str) -> Callable[[Line], Expression]:
    return lambda line: line.resource.c[name]


def _of_revision(name: str) -> Callable[[Line], Expression]:
    return lambda line: func.coalesce(line._revision.c[name], NONE, type_=Text)


def _number(column: Callable[[Line], ColumnElement[Any]]) -> Callable[[Line], Expression]:
    return lambda line: func.coalesce(cast(column(line), Text), NONE, type_=Text)


_TOLD: Mapping[str, Callable[[Line], Expression]] = {
    "id": _of_resource("id"),
    # A database that was put back uses versions twice, but not at the same instant; and work on a draft moves the version alone.
    "version": _number(_of_resource("version")),
    "updated_at": _of_resource("updated_at"),
    **{name: _number(_of_resource(name)) for name in ("head_number", "current_number")},
    "linked": lambda line: line.linked(),
    "alternative": lambda line: line.alternative(),
    "members": lambda line: line.members(),
}
"""The fields of a line behind those in front, in their order: on them depends what is shown."""

_WHOLE: Mapping[str, Callable[[Line], Expression]] = {
    **{name: _of_resource(name) for name in ("code", "kind", "type")},
    "owner": lambda line: line._owner.c.id,
    "availability": _of_resource("availability"),
    "availability_reason": lambda line: line.quoted(line.resource.c.availability_reason),
    **{name: _of_resource(name) for name in ("created_at", "created_by")},
    "deprecation": lambda line: func.coalesce(line.resource.c.deprecation, NONE, type_=Text),
    "number": _number(lambda line: line._revision.c.number),
    "state": _of_revision("state"),
    "authors": _of_revision("authors"),
    "revised_at": _of_revision("created_at"),
    **{name: _of_revision(name) for name in ("submitter", "submitted_at", "reviewer", "reviewed_at")},
    "reason": lambda line: line.quoted(line._revision.c.reason),
    "content": _of_revision("content"),
}
"""The fields that only a whole line has, behind all others, in their order."""
