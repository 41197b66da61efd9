"""What is kept of a resource, flat, and the rows that it is in each table: one function for a table.

A table that is to hold something of every resource gets its `Sheet` and its function here, and a line in
`saving._save_content`. Both ways in come past it: resources that are saved, and those that are entered by the thousand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from sqlalchemy import Column, Table

from ucs_registry.canonical import canonical_json, timestamp
from ucs_registry.entering import Days, Link, Place, days_of, links_of, place_of
from ucs_registry.organizations import Organization
from ucs_registry.queries import DISTRICT_DIGITS
from ucs_registry.resources import Resource
from ucs_registry.search import card_texts, joined_tokens, owner_texts
from ucs_registry.sql import tables

Cells: TypeAlias = Sequence[object]
"""A row to be written: a value for each column of its sheet."""


class Sheet(NamedTuple):
    """A table, and the columns that a row of it states."""

    table: Table
    columns: tuple[str, ...]


class Kept(NamedTuple):
    """What is kept of a resource beside its revisions, with what is shown of it. Tags and links occur once each."""

    id: str
    code: str
    kind: str
    type: str
    owner: str
    availability: str
    availability_reason: str | None
    version: int
    created_at: str
    created_by: str
    updated_at: str
    head_number: int
    current_number: int | None
    title_zh: str
    title_en: str
    share_type: str
    data_level: str
    open_type: str
    region_code: str | None
    tags_shown: str
    deprecation: str | None
    tokens: str
    tags: tuple[str, ...]
    links: tuple[Link, ...]
    place: Place | None
    days: Days | None

    @property
    def district(self) -> str:
        """The district that it serves; empty for none."""
        return (self.region_code or "")[:DISTRICT_DIGITS]

    @property
    def sort(self) -> tuple[str, ...]:
        """What tells its cell from another: the columns of `select_cells` behind the number."""
        return self.owner, self.kind, self.type, self.share_type, self.data_level, self.open_type, self.availability


def kept_of(resource: Resource) -> Kept:
    """What is kept of a resource as it stands."""
    content = resource.shown.content
    return Kept(
        id=resource.id,
        code=resource.code,
        kind=resource.kind.value,
        type=resource.type,
        owner=resource.owner,
        availability=resource.availability.value,
        availability_reason=resource.availability_reason,
        version=resource.version,
        created_at=timestamp(resource.created_at),
        created_by=resource.created_by,
        updated_at=timestamp(resource.updated_at),
        head_number=resource.head.number,
        current_number=None if resource.current is None else resource.current.number,
        title_zh=content.title.zh,
        title_en=content.title.en,
        share_type=content.share_type.value,
        data_level=content.data_level.value,
        open_type=content.open_type.value,
        region_code=content.region_code,
        tags_shown=canonical_json(content.tags).decode(),
        deprecation=None if resource.deprecation is None else resource.deprecation.model_dump_json(),
        tokens=joined_tokens(card_texts(content, resource.code)),
        tags=tuple(dict.fromkeys(content.tags)),
        links=links_of(content),
        place=place_of(content),
        days=days_of(content),
    )


RESOURCES = Sheet(
    tables.resources,
    (
        "id",
        "code",
        "kind",
        "type",
        "owner",
        "availability",
        "availability_reason",
        "version",
        "created_at",
        "created_by",
        "updated_at",
        "head_number",
        "current_number",
        "title_zh",
        "title_en",
        "share_type",
        "cell",
        "deprecation",
        "district",
        "region_code",
        "tags",
    ),
)


def resource_row(kept: Kept, owner: int, cell: int) -> Cells:
    """The row of a resource; its owner and its cell are told by number."""
    return (
        kept.id,
        kept.code,
        kept.kind,
        kept.type,
        owner,
        kept.availability,
        kept.availability_reason,
        kept.version,
        kept.created_at,
        kept.created_by,
        kept.updated_at,
        kept.head_number,
        kept.current_number,
        kept.title_zh,
        kept.title_en,
        kept.share_type,
        cell,
        kept.deprecation,
        kept.district,
        kept.region_code,
        kept.tags_shown,
    )


ENTERED_REVISIONS = Sheet(
    tables.revisions, ("resource", "number", "content", "state", "authors", "created_at", "reviewed_at")
)
"""The revisions in which resources are entered as approved."""


TAGS = Sheet(tables.resource_tags, ("tag", "resource"))


def tag_rows(kept: Kept) -> Iterator[Cells]:
    """A row for each tag."""
    return ((tag, kept.id) for tag in kept.tags)


DEPENDENCIES = Sheet(tables.dependencies, ("source", "place", "target", "relation", "version", "role", "required"))


def dependency_rows(kept: Kept) -> Iterator[Cells]:
    """A row for each live edge."""
    return ((kept.id, place, *link) for place, link in enumerate(kept.links))


SEARCH = Sheet(tables.search, ("resource", "text"))


def search_row(kept: Kept, owner: Organization) -> Cells:
    """What a resource is found by. Nothing runs from one text into the next: the tokens of the owner follow those of the card."""
    return kept.id, f"{kept.tokens} {owner_tokens(owner)}".strip()


def owner_tokens(owner: Organization) -> str:
    """What the resources of an owner are found by on its account."""
    return _joined(*owner_texts(owner))


@lru_cache(maxsize=8192)
def _joined(*texts: str) -> str:
    # The owners of one batch are those of the next.
    return joined_tokens(texts)


AREAS = Sheet(tables.areas, ("resource", "west", "south", "east", "north", "longitude", "latitude", "shape"))


def area_rows(kept: Kept) -> Iterator[Cells]:
    """A row for where it is, if it says so."""
    return ((kept.id, *place) for place in (kept.place,) if place is not None)


WINDOWS = Sheet(tables.windows, ("resource", "begins", "ends"))


def window_rows(kept: Kept) -> Iterator[Cells]:
    """A row for from when to when it is, if it says so."""
    return ((kept.id, *days) for days in (kept.days,) if days is not None)


CLEARED: tuple[Column[str], ...] = (
    tables.resource_tags.c.resource,
    tables.dependencies.c.source,
    tables.areas.c.resource,
    tables.windows.c.resource,
)
"""By what the rows of a resource are found that are taken away when other content stands for it. The search text is replaced
where it stands."""
