"""Organisations as rows of a statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar, Self

from sqlalchemy import ColumnElement, Text, func

from ucs_registry.sql import tables
from ucs_registry.sql.pieces import fixed, flag, plain, plain_or_null, whole
from ucs_registry.sql.shaping.build import Build
from ucs_registry.sql.shaping.spans import Listed, Span
from ucs_registry.sql.shaping.things import Pieces, Related, Thing


class Organizations(Listed):
    """Organisations."""

    table = tables.organizations
    key = "id"

    def _path(self) -> Pieces:
        # Between the slashes at both ends stand the ids.
        ids = func.substr(self.c.path, whole(2), func.length(self.c.path) - whole(2), type_=Text)
        return ['["organizations/', func.replace(ids, fixed("/"), fixed('","organizations/'), type_=Text), '"]']

    def _parent(self) -> Related:
        above = Organizations(self.build)
        return Related(thing=above, conditions=[above.c.id == self.c.parent])

    fields: ClassVar[Mapping[str, Callable[[Self], Pieces]]] = {
        "name": lambda row: plain(row.c.id, "organizations/"),
        "cursor": lambda row: plain(row.c.id),
        "title.zh": lambda row: [row.build.words.quoted(row.c.title_zh)],
        "title.en": lambda row: [row.build.words.quoted(row.c.title_en)],
        "level": lambda row: plain(row.c.level),
        "kind": lambda row: plain(row.c.kind),
        "region_code": lambda row: plain_or_null(row.c.region_code),
        "path": _path,
        "source": lambda row: [row.build.words.quoted(row.c.source)],
        "synthetic": lambda row: flag(row.c.synthetic),
    }
    relations: ClassVar[Mapping[str, Callable[[Self], Related]]] = {
        "parent": _parent,
        "children": lambda row: Related(thing=among(row.build, lambda each: each.c.parent == row.c.id, row)),
        "node": lambda row: Related(thing=row),
    }


def among(build: Build, condition: Callable[[Organizations], ColumnElement[bool]], beside: Thing | None = None) -> Span:
    """A part of the list of those organisations that satisfy a condition."""
    return Span(Organizations, lambda each: [condition(each)], build, beside)
