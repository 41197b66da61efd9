"""Resources and the links between them, as rows of a statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import ClassVar, Self

from sqlalchemy import ColumnElement, Subquery, Text, and_, false, func, or_, select, union_all

from ucs_registry.sql import member_tables, tables
from ucs_registry.sql.pieces import (
    fixed,
    flag,
    number,
    otherwise,
    plain,
    plain_or_null,
    where,
    whole,
)
from ucs_registry.sql.shaping.build import DISCOVER, READ, Build
from ucs_registry.sql.shaping.contents import Contents
from ucs_registry.sql.shaping.members import members_of
from ucs_registry.sql.shaping.organizations import Organizations
from ucs_registry.sql.shaping.spans import Conditions, Listed, Span
from ucs_registry.sql.shaping.things import PREFIX, Pieces, Related, Rows, Thing
from ucs_sdk.vocabulary import ReviewState

_BEHIND_ALL = 1_000_000
"""A place behind that of every link."""


class Resources(Contents):
    """Resources. Whoever puts them into a statement sees to it that the caller may discover them."""

    table = tables.resources

    @cached_property
    def shown(self) -> Revisions:
        """The revision that stands for a resource."""
        revision = Revisions(self.build, self)
        number = func.coalesce(self.c.current_number, self.c.head_number)
        self.join(revision.rows, and_(revision.c.resource == self.c.id, revision.c.number == number))
        return revision

    @cached_property
    def head(self) -> Revisions:
        """The latest revision."""
        revision = Revisions(self.build, self)
        self.join(revision.rows, and_(revision.c.resource == self.c.id, revision.c.number == self.c.head_number))
        return revision

    @property
    def held(self) -> ColumnElement[str]:
        return self.shown.c.content

    @cached_property
    def readable(self) -> ColumnElement[bool]:
        return self.build.may(READ, self.rows)

    @cached_property
    def worked_on(self) -> ColumnElement[bool]:
        """Whether the caller works on it."""
        return self.build.works_on(self.rows)

    def _etag(self) -> Pieces:
        return [where(self.worked_on, ['"v', *number(self.c.version), '"'])]

    def _member_count(self) -> Pieces:
        sets = self.build.rows(member_tables.member_sets)
        members = select(sets.c.members).where(sets.c.resource == self.c.id).correlate_except(sets).scalar_subquery()
        return [where(self.readable, number(func.coalesce(members, whole(0))))]

    def _announced(self, name: str) -> Pieces:
        return otherwise(self.build.words.inside(self.c.deprecation, [name]))

    def _owner(self) -> Related:
        owner = Organizations(self.build)
        return Related(thing=owner, conditions=[owner.c.number == self.c.owner])

    def _revisions(self) -> Related:
        def condition(each: Entries) -> Conditions:
            approved = each.c.state == fixed(ReviewState.APPROVED.value)
            return [each.c.resource == self.c.id, or_(approved, self.worked_on)]

        return Related(thing=Span(lambda build: Entries(build, self, beside=False), condition, self.build, self))

    def _notices(self) -> Related:
        # What it needs by the revision that is shown comes first, and nothing twice.
        links = [
            select(
                Needed.target_of(self.build, each.c.value).label("target"),
                (each.c.place + whole(behind)).label("place"),
            )
            for behind, revision in ((0, self.shown), (_BEHIND_ALL, self.head))
            for each in [links_in(revision)]
        ]
        both = union_all(*links).subquery(self.build.name("needed"))
        once = select(both.c.target, func.min(both.c.place).label("place")).group_by(both.c.target)
        needed = once.subquery(self.build.name("needed"))
        other = Resources(self.build)
        other.join(needed, other.c.id == needed.c.target)
        seen = self.build.may(DISCOVER, other.rows)
        return Related(
            thing=other,
            conditions=[other.c.deprecation.is_not(None), seen, self.worked_on],
            order=[needed.c.place],
        )

    def _alternative(self) -> Related:
        other = Resources(self.build)
        name = self.build.words.text_inside(self.c.deprecation, "alternative")
        id = func.substr(name, whole(len(PREFIX) + 1), type_=Text)
        return Related(thing=other, conditions=[other.c.id == id, self.build.may(DISCOVER, other.rows)])

    def _dependencies(self) -> Related:
        links = Links(self.build)
        far = links.leads_to(links.c.target)
        return Related(
            thing=links,
            conditions=[links.c.source == self.c.id, self.build.may(DISCOVER, far.rows)],
            order=[links.c.target, links.c.place],
        )

    def _dependants(self) -> Related:
        links = Links(self.build)
        far = links.leads_to(links.c.source)
        return Related(
            thing=links,
            conditions=[links.c.target == self.c.id, self.build.may(DISCOVER, far.rows)],
            order=[links.c.source, links.c.place],
        )

    fields: ClassVar[Mapping[str, Callable[[Self], Pieces]]] = {
        **Contents.fields,
        "name": lambda row: plain(row.c.id, "resources/"),
        "code": lambda row: plain(row.c.code),
        "kind": lambda row: plain(row.c.kind),
        "type": lambda row: plain(row.c.type),
        "availability": lambda row: plain(row.c.availability),
        "availability_reason": lambda row: [row.build.words.quoted(row.c.availability_reason)],
        "created_at": lambda row: plain(row.c.created_at),
        "updated_at": lambda row: plain(row.c.updated_at),
        "revision": lambda row: number(func.coalesce(row.c.current_number, row.c.head_number)),
        "readable": lambda row: flag(row.readable),
        "member_count": _member_count,
        "etag": _etag,
        "title.zh": lambda row: [row.build.words.quoted(row.c.title_zh)],
        "title.en": lambda row: [row.build.words.quoted(row.c.title_en)],
        "share_type": lambda row: plain(row.c.share_type),
        "region_code": lambda row: plain_or_null(row.c.region_code),
        "tags": lambda row: [row.c.tags],
        "deprecation.effective_on": lambda row: row._announced("effective_on"),
        "deprecation.removal_on": lambda row: row._announced("removal_on"),
        "deprecation.note": lambda row: row._announced("note"),
    }
    parts: ClassVar[Mapping[str, Callable[[Self], ColumnElement[bool]]]] = {
        **Contents.parts,
        "deprecation": lambda row: row.c.deprecation.is_not(None),
    }
    relations: ClassVar[Mapping[str, Callable[[Self], Related]]] = {
        "owner": _owner,
        "dependencies": _dependencies,
        "dependants": _dependants,
        "deprecation.alternative": _alternative,
        "members": lambda row: Related(thing=members_of(row), when=row.readable),
        "head": lambda row: Related(thing=row.head, when=row.worked_on),
        "revisions": _revisions,
        "notices": _notices,
    }


class Revisions(Contents, Listed):
    """Revisions, each `of` a resource."""

    table = tables.revisions
    key = "number"
    descending = True

    def __init__(self, build: Build, of: Resources, *, beside: bool = True) -> None:
        super().__init__(build, of if beside else None)
        self.of = of

    @property
    def held(self) -> ColumnElement[str]:
        return self.c.content

    @property
    def readable(self) -> ColumnElement[bool]:
        return self.of.readable

    def _dependencies(self) -> Related:
        needed = Needed(self)
        return Related(thing=needed, conditions=[needed.seen], order=[needed.c.place])

    fields: ClassVar[Mapping[str, Callable[[Self], Pieces]]] = {
        **Contents.fields,
        "number": lambda row: number(row.c.number),
        "state": lambda row: plain(row.c.state),
        "authors": lambda row: [row.c.authors],
        "created_at": lambda row: plain(row.c.created_at),
        "submitter": lambda row: [row.build.words.quoted(row.c.submitter)],
        "submitted_at": lambda row: plain_or_null(row.c.submitted_at),
        "reviewer": lambda row: [row.build.words.quoted(row.c.reviewer)],
        "reviewed_at": lambda row: plain_or_null(row.c.reviewed_at),
        "reason": lambda row: [row.build.words.quoted(row.c.reason)],
    }
    relations: ClassVar[Mapping[str, Callable[[Self], Related]]] = {
        "content": lambda row: Related(thing=row),
        "dependencies": _dependencies,
    }


def _told(name: str, absent: str = "null") -> Callable[[Entries], Pieces]:
    return lambda row: [where(row.of.worked_on, Revisions.fields[name](row), [absent])]


class Entries(Revisions):
    """Revisions as all may see them who see the resource: whoever does not work on it is told of less."""

    fields: ClassVar[Mapping[str, Callable[[Self], Pieces]]] = {
        **{name: Revisions.fields[name] for name in ("number", "state", "reviewed_at")},
        "cursor": lambda row: ['"', *number(row.c.number), '"'],
        "current": lambda row: flag(func.coalesce(row.c.number == row.of.c.current_number, false())),
        "authors": _told("authors", "[]"),
        **{name: _told(name) for name in ("created_at", "submitter", "submitted_at", "reviewer", "reason")},
    }
    relations: ClassVar[Mapping[str, Callable[[Self], Related]]] = {"node": lambda row: Related(thing=row)}


def links_in(revision: Contents) -> Subquery:
    """The links that a content names, in its order: rows of a `value`, which is JSON, and a `place`."""
    build = revision.build
    return build.words.members(build.words.inside(revision.held, ["dependencies"]), build.name("links"))


class Needed(Thing):
    """The links that a content names, each with the resource at its far end."""

    def __init__(self, holder: Contents) -> None:
        self.build = holder.build
        self.rows: Rows = links_in(holder)
        self.c = self.rows.c
        self._joins = []
        self.far = Resources(self.build, self)
        self.join(self.far.rows, self.far.c.id == self.target_of(self.build, self.c.value))

    @staticmethod
    def target_of(build: Build, link: ColumnElement[str]) -> ColumnElement[str]:
        """The id of what a link leads to."""
        return func.substr(build.words.text_inside(link, "target"), whole(len(PREFIX) + 1), type_=Text)

    @property
    def required(self) -> ColumnElement[str]:
        """Whether one cannot do without it, as JSON."""
        return func.coalesce(self.build.words.inside(self.c.value, ["required"]), fixed("true"), type_=Text)

    @property
    def seen(self) -> ColumnElement[bool]:
        """That the caller may discover what it leads to."""
        return self.build.may(DISCOVER, self.far.rows)

    def _stated(self, name: str) -> Pieces:
        return otherwise(self.build.words.inside(self.c.value, [name]))

    fields: ClassVar[Mapping[str, Callable[[Self], Pieces]]] = {
        "relation": lambda row: row._stated("relation"),
        "version": lambda row: row._stated("version"),
        "role": lambda row: row._stated("role"),
        "required": lambda row: [row.required],
    }
    relations: ClassVar[Mapping[str, Callable[[Self], Related]]] = {"resource": lambda row: Related(thing=row.far)}


class Links(Thing):
    """Live edges, each with the resource at its far end."""

    table = tables.dependencies

    def leads_to(self, end: ColumnElement[str]) -> Resources:
        """Put the resource at one end beside the links: from now on it is the far one."""
        self._far = Resources(self.build, self)
        self.join(self._far.rows, self._far.c.id == end)
        return self._far

    fields: ClassVar[Mapping[str, Callable[[Self], Pieces]]] = {
        "relation": lambda row: plain(row.c.relation),
        "version": lambda row: [row.build.words.quoted(row.c.version)],
        "role": lambda row: [row.build.words.quoted(row.c.role)],
        "required": lambda row: flag(row.c.required),
    }
    relations: ClassVar[Mapping[str, Callable[[Self], Related]]] = {"resource": lambda row: Related(thing=row._far)}
