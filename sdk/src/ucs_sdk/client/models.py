"""What a client is answered with: frozen values in the words of the field, and nothing of the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from ucs_sdk.declarations import Effect
from ucs_sdk.messages import DEFAULT_LOCALE, Locale
from ucs_sdk.vocabulary import Availability, DataLevel, OpenType, ResourceKind, ShareType, UpdateCycle


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text for people, in Chinese and English."""

    zh: str
    en: str

    def worded(self, locale: Locale = DEFAULT_LOCALE) -> str:
        """The text in one language; in the other where there is none."""
        return (self.zh or self.en) if locale is Locale.ZH else (self.en or self.zh)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place, in degrees, WGS-84."""

    longitude: float
    latitude: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Deprecation:
    """That a resource is to be used no more: from which day on, until when, and what to use instead. Empty: not stated."""

    effective_on: str
    removal_on: str
    alternative: str
    note: str


class Order(StrEnum):
    """How a list is sorted. Ties are broken by the resource's id."""

    UPDATED_DESC = "updated_desc"
    UPDATED_ASC = "updated_asc"
    CREATED_DESC = "created_desc"
    CREATED_ASC = "created_asc"
    TITLE_ZH = "title_zh"
    TITLE_ZH_DESC = "title_zh_desc"
    TITLE_EN = "title_en"
    TITLE_EN_DESC = "title_en_desc"
    CODE = "code"
    CODE_DESC = "code_desc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """Anything catalogued, as the caller may see it.

    `content` holds everything that its shown revision says, as JSON by the names of the catalogue; what is often needed of it
    stands beside it, and is None or empty where it is not stated. `spec` and `contact` are there for those who may read the
    resource (`readable`), `etag` for those who work on it.
    """

    name: str
    code: str
    kind: ResourceKind
    type: str
    owner: str
    availability: Availability | None
    availability_reason: str
    title: Text
    summary: Text
    tags: tuple[str, ...]
    share_type: ShareType | None
    data_level: DataLevel | None
    open_type: OpenType | None
    update_cycle: UpdateCycle | None
    location: Place | None
    contact: str
    spec: Mapping[str, Any]
    content: Mapping[str, Any]
    readable: bool
    revision: int
    etag: str
    created_at: datetime | None
    updated_at: datetime | None
    deprecation: Deprecation | None
    member_count: int | None

    @property
    def id(self) -> str:
        """The resource's id, without `resources/`."""
        return self.name.removeprefix("resources/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of resources, and the position in the log whose state it shows."""

    resources: tuple[Resource, ...]
    position: int
    next: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What can be called, by its `name` such as `echo.say`; `callable` says whether the caller may do so now.

    The schemas are JSON Schema 2020-12; of a stream, `output_schema` is that of each answer.
    """

    name: str
    resource: str
    title: Text
    description: str
    effect: Effect
    streaming: bool
    input_schema: Mapping[str, Any]
    output_schema: Mapping[str, Any]
    plugin: str
    plugin_version: str
    callable: bool


class ChangeType(StrEnum):
    """What a change is to whoever watches."""

    ADDED = "added"
    MODIFIED = "modified"
    REMOVED = "removed"
    PROGRESS = "progress"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change of what the caller may see, at its position in the log.

    `resource` shows it as it now is, which may be the work of a later change; None for what went out of sight.
    """

    position: int
    type: ChangeType
    name: str
    resource: Resource | None
