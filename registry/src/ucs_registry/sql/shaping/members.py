"""Members of sets as rows of a statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar, Self

from sqlalchemy import ColumnElement, func, select

from ucs_registry.members import MemberFilter
from ucs_registry.sql import member_tables as tables
from ucs_registry.sql.pieces import fixed, joined, otherwise, plain, plain_or_null, whole
from ucs_registry.sql.shaping.spans import Listed, Span
from ucs_registry.sql.shaping.things import PREFIX, Pieces, Related, Thing

_ESCAPE = "/"


class Members(Listed):
    """Members."""

    table = tables.members
    key = "code"

    def _placed(self, at: int) -> Pieces:
        return otherwise(self.build.words.inside(self.c.location, [at]))

    fields: ClassVar[Mapping[str, Callable[[Self], Pieces]]] = {
        "name": lambda row: ['"', PREFIX, row.c.resource, "/members/", row.c.code, '"'],
        "code": lambda row: plain(row.c.code),
        "cursor": lambda row: plain(row.c.code),
        "title.zh": lambda row: [row.build.words.quoted(row.c.title_zh)],
        "title.en": lambda row: [row.build.words.quoted(row.c.title_en)],
        "location.longitude": lambda row: row._placed(0),
        "location.latitude": lambda row: row._placed(1),
        "region_code": lambda row: plain_or_null(row.c.region_code),
        "status": lambda row: plain(row.c.status),
        "attributes": lambda row: [row.c.attributes],
        "created_at": lambda row: plain(row.c.created_at),
        "updated_at": lambda row: plain(row.c.updated_at),
    }
    parts: ClassVar[Mapping[str, Callable[[Self], ColumnElement[bool]]]] = {
        "location": lambda row: row.c.location.is_not(None),
    }
    relations: ClassVar[Mapping[str, Callable[[Self], Related]]] = {"node": lambda row: Related(thing=row)}
    # A range of codes goes from what they begin with to what sorts behind every character of a code.
    only: ClassVar[Mapping[str, Callable[[Self, ColumnElement[str]], ColumnElement[bool]]]] = {
        "prefix": lambda row, asked: row.c.code.between(asked, joined([asked, fixed("~")])),
        "region": lambda row, asked: row.c.region_code.between(asked, joined([asked, fixed("~")])),
        "status": lambda row, asked: row.c.status == asked,
        "text": lambda row, asked: row.c.folded.contains(asked, escape=_ESCAPE),
    }


def filtered(wanted: MemberFilter) -> dict[str, str]:
    """What the stated parts of a filter say, by name."""
    text = wanted.text and wanted.text.casefold()
    for sign in (_ESCAPE, "%", "_"):
        text = text and text.replace(sign, _ESCAPE + sign)
    said = {"prefix": wanted.prefix, "region": wanted.region, "status": wanted.status, "text": text}
    return {name: str(value) for name, value in said.items() if value is not None}


def members_of(resource: Thing) -> Span:
    """A part of the list of the members of a resource."""
    sets = resource.build.rows(tables.member_sets)
    counted = select(sets.c.members).where(sets.c.resource == resource.c.id).correlate_except(sets).scalar_subquery()
    return Span(
        Members,
        lambda each: [each.c.resource == resource.c.id],
        resource.build,
        resource,
        lambda: func.coalesce(counted, whole(0)),
    )
