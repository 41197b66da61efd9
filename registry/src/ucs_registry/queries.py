"""What can be asked of the catalogue: filters, orders, facets, and pages by keyset."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import orjson

from ucs_registry.canonical import canonical_json, storable, timestamp
from ucs_registry.extents import Area, Temporal
from ucs_registry.resources import Resource
from ucs_registry.reviews import ReviewQueue, waiting_since
from ucs_registry.visibility import Visibility
from ucs_sdk.errors import Invalid
from ucs_sdk.vocabulary import Availability, DataLevel, OpenType, ResourceKind, ShareType

PAGE_DEFAULT, PAGE_MOST = 20, 200

BRANCHES_MOST = 8
"""How many branches of a query may stand side by side."""

DISTRICT_DIGITS = 6
"""How many digits of a division's code name its district (GB/T 2260)."""

VALUES_MOST = 200
"""How many values a facet tells of: those that most resources have."""

FACETS_MOST = 6
"""By how many dimensions one question may count."""


class Order(StrEnum):
    """How a list is sorted. Ties are broken by the resource's id, in the same direction."""

    UPDATED_DESC = "updated_desc"
    UPDATED_ASC = "updated_asc"
    TITLE_ZH = "title_zh"
    TITLE_EN = "title_en"
    CODE = "code"
    CREATED_DESC = "created_desc"
    CREATED_ASC = "created_asc"
    TITLE_ZH_DESC = "title_zh_desc"
    TITLE_EN_DESC = "title_en_desc"
    CODE_DESC = "code_desc"
    SUBMITTED = "submitted"

    @property
    def descending(self) -> bool:
        """Whether larger keys come first."""
        return self.value.endswith("_desc")


class Dimension(StrEnum):
    """What a facet counts by."""

    KIND = "kind"
    TYPE = "type"
    OWNER = "owner"
    SHARE_TYPE = "share_type"
    DATA_LEVEL = "data_level"
    OPEN_TYPE = "open_type"
    DISTRICT = "district"
    AVAILABILITY = "availability"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceQuery:
    """Which resources: every stated part must hold.

    `owner_subtree` is an organisation and all below it. `search` holds words; each must occur in the title, summary,
    tags, code or owner's title: Chinese as a substring, other words by their beginning. `awaiting_review` is what waits for
    a decision of whom `queue` names: sessions state it, and without it nothing waits.
    `affected_by_deprecation` is what needs something deprecated that is visible by `deprecated_to`, which sessions state;
    without it all that is deprecated counts.
    `district` is what the code of the division begins with, up to six digits, and `region` any beginning of it. Of `tags` a
    resource has all. `area` is met by a location or a footprint in it or on its edge, `during` by a window of time that
    shares a day with it. What changed at `updated_after` or later counts, and what changed at `updated_before` does not. Of
    the branches in `any_of`, which have none of their own, one must hold.
    """

    kind: ResourceKind | None = None
    type: str | None = None
    owner_subtree: str | None = None
    share_type: ShareType | None = None
    availability: Availability | None = None
    tag: str | None = None
    code: str | None = None
    search: str | None = None
    awaiting_review: bool = False
    queue: ReviewQueue | None = None
    affected_by_deprecation: bool = False
    deprecated_to: Visibility | None = None
    data_level: DataLevel | None = None
    open_type: OpenType | None = None
    owner: str | None = None
    district: str | None = None
    region: str | None = None
    tags: tuple[str, ...] = ()
    area: Area | None = None
    during: Temporal | None = None
    updated_after: datetime | None = None
    updated_before: datetime | None = None
    any_of: tuple[ResourceQuery, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """The place behind which a page starts: the order, the sort key of the last row, and its id."""

    order: Order
    key: str
    id: str

    def encode(self) -> str:
        """The cursor as opaque text."""
        packed = canonical_json([self.order.value, self.key, self.id])
        return base64.urlsafe_b64encode(packed).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str, order: Order, path: str = "after") -> Cursor:
        """The cursor of a text. Raises Invalid when it is malformed or belongs to another order."""
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            name, key, id = orjson.loads(raw)
        except (ValueError, binascii.Error, TypeError) as cause:
            raise Invalid("CURSOR_INVALID", path=path) from cause
        if name != order.value or not all(isinstance(part, str) and storable(part) for part in (key, id)):
            raise Invalid("CURSOR_INVALID", path=path)
        return cls(order=order, key=key, id=id)


def sort_key(resource: Resource, order: Order) -> str:
    """The text by which a resource sorts in an order; compared by code point in every store."""
    match order:
        case Order.TITLE_ZH | Order.TITLE_ZH_DESC:
            return resource.shown.content.title.zh
        case Order.TITLE_EN | Order.TITLE_EN_DESC:
            return resource.shown.content.title.en
        case Order.CODE | Order.CODE_DESC:
            return resource.code
        case Order.CREATED_DESC | Order.CREATED_ASC:
            return timestamp(resource.created_at)
        case Order.SUBMITTED:
            return timestamp(waiting_since(resource))
        case _:
            return timestamp(resource.updated_at)


def district_of(resource: Resource) -> str | None:
    """The district that a resource serves, as far as the code of its division says."""
    region = resource.shown.content.region_code
    return region and region[:DISTRICT_DIGITS]


def value_of(resource: Resource, dimension: Dimension) -> str:
    """The value of a resource in a dimension; empty where it has none."""
    match dimension:
        case Dimension.KIND | Dimension.TYPE | Dimension.OWNER | Dimension.AVAILABILITY:
            return str(getattr(resource, dimension.value))
        case Dimension.DISTRICT:
            return district_of(resource) or ""
        case _:
            return str(getattr(resource.shown.content, dimension.value))


def leading(counts: Mapping[str, int]) -> dict[str, int]:
    """The values that most resources have, those with most first and equals by code point; what is no value is left out."""
    ranked = sorted((-total, value) for value, total in counts.items() if value and total)
    return {value: -total for total, value in ranked[:VALUES_MOST]}


def cursor_of(resource: Resource, order: Order) -> Cursor:
    """The cursor that stands just behind a resource."""
    return Cursor(order=order, key=sort_key(resource, order), id=resource.id)


def page_size(first: int | None, path: str = "first") -> int:
    """The size of a page. Raises Invalid outside 1 to 200; None means 20."""
    if first is None:
        return PAGE_DEFAULT
    if not 1 <= first <= PAGE_MOST:
        raise Invalid("PAGE_SIZE_INVALID", path=path, most=PAGE_MOST, value=first)
    return first
