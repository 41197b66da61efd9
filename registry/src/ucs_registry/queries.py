"""What can be asked of the catalogue: filters, orders, facets, and pages by keyset."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from enum import StrEnum

import orjson

from ucs_registry.canonical import canonical_json, storable, timestamp
from ucs_registry.resources import Resource
from ucs_sdk.errors import Invalid
from ucs_sdk.vocabulary import Availability, ResourceKind, ShareType

PAGE_DEFAULT, PAGE_MOST = 20, 200


class Order(StrEnum):
    """How a list is sorted. Ties are broken by the resource's id, in the same direction."""

    UPDATED_DESC = "updated_desc"
    UPDATED_ASC = "updated_asc"
    TITLE_ZH = "title_zh"
    TITLE_EN = "title_en"
    CODE = "code"

    @property
    def descending(self) -> bool:
        """Whether larger keys come first."""
        return self is Order.UPDATED_DESC


class Dimension(StrEnum):
    """What a facet counts by."""

    KIND = "kind"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceQuery:
    """Which resources: every stated part must hold.

    `owner_subtree` is an organisation and all below it. `search` holds words; each must occur in the title, summary,
    tags, code or owner's title: Chinese as a substring, other words by their beginning.
    """

    kind: ResourceKind | None = None
    type: str | None = None
    owner_subtree: str | None = None
    share_type: ShareType | None = None
    availability: Availability | None = None
    tag: str | None = None
    code: str | None = None
    search: str | None = None


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
    def decode(cls, text: str, order: Order) -> Cursor:
        """The cursor of a text. Raises Invalid when it is malformed or belongs to another order."""
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            name, key, id = orjson.loads(raw)
        except (ValueError, binascii.Error, TypeError) as cause:
            raise Invalid("CURSOR_INVALID", path="after") from cause
        if name != order.value or not all(isinstance(part, str) and storable(part) for part in (key, id)):
            raise Invalid("CURSOR_INVALID", path="after")
        return cls(order=order, key=key, id=id)


def sort_key(resource: Resource, order: Order) -> str:
    """The text by which a resource sorts in an order; compared by code point in every store."""
    match order:
        case Order.TITLE_ZH:
            return resource.shown.content.title.zh
        case Order.TITLE_EN:
            return resource.shown.content.title.en
        case Order.CODE:
            return resource.code
        case _:
            return timestamp(resource.updated_at)


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
