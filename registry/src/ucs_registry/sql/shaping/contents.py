"""What a revision of a resource holds, as values of a statement."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import ClassVar, Self

from sqlalchemy import ColumnElement, func

from ucs_registry.sql.pieces import fixed, otherwise, where
from ucs_registry.sql.shaping.things import Pieces, Thing


class Contents(Thing):
    """What holds a content, as JSON."""

    @property
    @abstractmethod
    def held(self) -> ColumnElement[str]:
        """The content."""

    @property
    @abstractmethod
    def readable(self) -> ColumnElement[bool]:
        """Whether the caller may read the resource whose content it is."""

    def content(self, *path: str, absent: str = "null") -> Pieces:
        """What stands at a path of the content."""
        return otherwise(self.build.words.inside(self.held, path), absent)

    def has(self, *path: str) -> ColumnElement[bool]:
        """Whether anything stands at a path of the content."""
        return func.coalesce(self.build.words.inside(self.held, path), fixed("null")) != fixed("null")

    fields: ClassVar[Mapping[str, Callable[[Self], Pieces]]] = {
        "title.zh": lambda row: row.content("title", "zh"),
        "title.en": lambda row: row.content("title", "en"),
        "tags": lambda row: row.content("tags", absent="[]"),
        "share_type": lambda row: row.content("share_type"),
        "region_code": lambda row: row.content("region_code"),
        "summary.zh": lambda row: row.content("summary", "zh"),
        "summary.en": lambda row: row.content("summary", "en"),
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
    }
    parts: ClassVar[Mapping[str, Callable[[Self], ColumnElement[bool]]]] = {
        "location": lambda row: row.has("location"),
        "footprint": lambda row: row.has("footprint"),
        "temporal": lambda row: row.has("temporal"),
    }
