"""Resources and the links between them, as rows of a statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import ClassVar, Self

from sqlalchemy import ColumnElement, Text, and_, func, select

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
from ucs_registry.sql.shaping.build import DISCOVER, READ
from ucs_registry.sql.shaping.things import Organizations, Pieces, Related, Thing

PREFIX = "resources/"


class Resources(Thing):
    """Resources. Whoever puts them into a statement sees to it that the caller may discover them."""

    table = tables.resources

    @cached_property
    def shown(self) -> Thing:
        """The revision that stands for a resource."""
        revision = Revisions(self.build, self)
        number = func.coalesce(self.c.current_number, self.c.head_number)
        self.join(revision.rows, and_(revision.c.resource == self.c.id, revision.c.number == number))
        return revision

    def content(self, *path: str, absent: str = "null") -> Pieces:
        """What stands at a path of the content."""
        return otherwise(self.build.words.inside(self.shown.c.content, path), absent)

    def has(self, *path: str) -> ColumnElement[bool]:
        """Whether anything stands at a path of the content."""
        return func.coalesce(self.build.words.inside(self.shown.c.content, path), fixed("null")) != fixed("null")

    @cached_property
    def readable(self) -> ColumnElement[bool]:
        """Whether the caller may read it."""
        return self.build.may(READ, self.rows)

    def _etag(self) -> Pieces:
        return [where(self.build.works_on(self.rows), ['"v', *number(self.c.version), '"'])]

    def _member_count(self) -> Pieces:
        sets = self.build.rows(member_tables.member_sets)
        members = select(sets.c.members).where(sets.c.resource == self.c.id).correlate_except(sets).scalar_subquery()
        return [where(self.readable, number(func.coalesce(members, whole(0))))]

    def _announced(self, name: str) -> Pieces:
        return otherwise(self.build.words.inside(self.c.deprecation, [name]))

    def _owner(self) -> Related:
        owner = Organizations(self.build)
        return Related(thing=owner, conditions=[owner.c.number == self.c.owner])

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
        "summary.zh": lambda row: row.content("summary", "zh"),
        "summary.en": lambda row: row.content("summary", "en"),
        "tags": lambda row: [row.c.tags],
        "location.longitude": lambda row: row.content("location", "longitude"),
        "location.latitude": lambda row: row.content("location", "latitude"),
        "classification": lambda row: row.content("classification"),
        "provider_code": lambda row: row.content("provider_code"),
        "format": lambda row: row.content("format"),
        "share_condition": lambda row: row.content("share_condition"),
        "denial_basis": lambda row: row.content("denial_basis"),
        "share_mode": lambda row: row.content("share_mode"),
        "open_type": lambda row: row.content("open_type", absent='"none"'),
        "open_condition": lambda row: row.content("open_condition"),
        "data_level": lambda row: row.content("data_level"),
        "update_cycle": lambda row: row.content("update_cycle", absent='"irregular"'),
        "issued_on": lambda row: row.content("issued_on"),
        "conforms_to": lambda row: row.content("conforms_to", absent="[]"),
        "related_codes": lambda row: row.content("related_codes", absent="[]"),
        "source": lambda row: row.content("source"),
        "synthetic": lambda row: row.content("synthetic", absent="false"),
        "contact": lambda row: [where(row.readable, row.content("contact"))],
        "spec": lambda row: [where(row.readable, row.content("spec", absent="{}"))],
        # Its keys come in the order in which the schema of shapes has them, whatever the order in the content.
        "footprint.type": lambda row: row.content("footprint", "type"),
        "footprint.coordinates": lambda row: row.content("footprint", "coordinates"),
        "temporal.start": lambda row: row.content("temporal", "start"),
        "temporal.end": lambda row: row.content("temporal", "end"),
        "deprecation.effective_on": lambda row: row._announced("effective_on"),
        "deprecation.removal_on": lambda row: row._announced("removal_on"),
        "deprecation.note": lambda row: row._announced("note"),
    }
    parts: ClassVar[Mapping[str, Callable[[Self], ColumnElement[bool]]]] = {
        "location": lambda row: row.has("location"),
        "footprint": lambda row: row.has("footprint"),
        "temporal": lambda row: row.has("temporal"),
        "deprecation": lambda row: row.c.deprecation.is_not(None),
    }
    relations: ClassVar[Mapping[str, Callable[[Self], Related]]] = {
        "owner": _owner,
        "dependencies": _dependencies,
        "dependants": _dependants,
        "deprecation.alternative": _alternative,
    }


class Revisions(Thing):
    """Revisions."""

    table = tables.revisions


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
