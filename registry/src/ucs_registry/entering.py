"""Resources that enter as approved elsewhere, flat: what a store keeps of them, worked out before a unit is opened.

They are plain tuples of texts and numbers, so that they may be worked out in another process and no model is made of a
resource on its way into a database. `resource_of` gives the resource that one of them is.
"""

from __future__ import annotations

from datetime import datetime
from sys import intern
from typing import NamedTuple, TypeAlias

from orjson import Fragment
from pydantic import ConfigDict

from ucs_registry.canonical import canonical_json, digest
from ucs_registry.extents import bounds
from ucs_registry.resources import (
    NewResource,
    Resource,
    ResourceContent,
    ResourceId,
    Revision,
    canonical_content,
)
from ucs_registry.search import card_texts, joined_tokens
from ucs_registry.types import KnownTypes, check_content
from ucs_sdk.errors import UcsError
from ucs_sdk.vocabulary import Availability, ResourceKind, ReviewState

_GAP = "\x00"
"""Stands in a template where something goes in: canonical JSON holds no such character, for it is escaped there."""

Link: TypeAlias = tuple[str, str, str | None, str | None, bool]
"""A dependency: target as a bare id, relation, version, role, and whether it is required."""

Place: TypeAlias = tuple[float, float, float, float, float | None, float | None, str | None]
"""Where something is: western, southern, eastern and northern end, longitude and latitude, and the footprint as JSON."""

Days: TypeAlias = tuple[str, str]
"""The first and the last day that something is about; what is open reaches to the first or last day of all."""

_FIRST_DAY, _LAST_DAY = "0001-01-01", "9999-12-31"


class ImportedResource(NewResource):
    """A resource that enters as already approved elsewhere, with its id where it had one and the state it is to have."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: ResourceId | None = None
    availability: Availability = Availability.ONLINE


class Fresh(NamedTuple):
    """A resource that is to be entered. `content` is the canonical JSON of its content, `tokens` are its search tokens without
    those of its owner, one space between; tags and links occur once each, but for `tags_shown`, the JSON that is shown of tags.
    """

    id: str
    code: str
    kind: str
    type: str
    owner: str
    availability: str
    content: str
    tokens: str
    title_zh: str
    title_en: str
    share_type: str
    data_level: str
    open_type: str
    region_code: str | None
    tags_shown: str
    tags: tuple[str, ...]
    links: tuple[Link, ...]
    place: Place | None
    days: Days | None

    @property
    def sort(self) -> tuple[str, ...]:
        """All that a policy can see of it: owner, kind, type, share type, level, open type and availability."""
        return self.owner, self.kind, self.type, self.share_type, self.data_level, self.open_type, self.availability


class Prepared(NamedTuple):
    """A resource to be imported, and by which state of the types its content was found fit; None where nobody has looked."""

    fresh: Fresh
    judged: str | None


def prepared(item: ImportedResource, stamp: str | None = None, types: KnownTypes | None = None) -> Prepared:
    """Work out of a resource what needs no look at the store, and judge its content by the types of a state."""
    judged = stamp
    if types is not None:
        try:
            check_content(item.kind, item.type, item.content, types)
        except UcsError:
            # Whether it stays refused, and what is said then, is for the state in which it is entered.
            judged = None
    return Prepared(fresh_of(item, item.id or "", item.availability), judged)


def fresh_of(item: NewResource, id: str, availability: Availability) -> Fresh:
    """What is to be entered of a resource; an id that is empty is given later."""
    content = item.content
    return Fresh(
        id,
        item.code,
        item.kind._value_,
        # One text for all that share it: it goes to another process once, and is found in a table at a look.
        intern(item.type),
        intern(item.owner),
        availability._value_,
        canonical_content(content).decode(),
        joined_tokens(card_texts(content, item.code)),
        content.title.zh,
        content.title.en,
        content.share_type._value_,
        content.data_level._value_,
        content.open_type._value_,
        content.region_code and intern(content.region_code),
        canonical_json(content.tags).decode(),
        tuple(dict.fromkeys(content.tags)),
        links_of(content) if content.dependencies else (),
        place_of(content),
        days_of(content),
    )


def links_of(content: ResourceContent) -> tuple[Link, ...]:
    """The live edges of a content, in its order."""
    return tuple(
        (link.target.removeprefix("resources/"), link.relation._value_, link.version, link.role, link.required)
        for link in dict.fromkeys(content.dependencies)
    )


def place_of(content: ResourceContent) -> Place | None:
    """Where a content says that its resource is: a box around all of it, the location, and the footprint."""
    point, shape = content.location, content.footprint
    if shape is None:
        if point is None:
            return None
        east, north = point.longitude, point.latitude
        return east, north, east, north, east, north, None
    ends = [bounds(shape)]
    if point is not None:
        ends.append((point.longitude, point.latitude, point.longitude, point.latitude))
    wests, souths, easts, norths = zip(*ends, strict=True)
    longitude, latitude = (None, None) if point is None else (point.longitude, point.latitude)
    return min(wests), min(souths), max(easts), max(norths), longitude, latitude, shape.model_dump_json()


def days_of(content: ResourceContent) -> Days | None:
    """The window of time that a content states."""
    window = content.temporal
    if window is None:
        return None
    begins = _FIRST_DAY if window.start is None else window.start.isoformat()
    return begins, _LAST_DAY if window.end is None else window.end.isoformat()


def resource_of(fresh: Fresh, by: str, at: datetime) -> Resource:
    """The resource that somebody enters: approved when it was entered."""
    return _entered(fresh, _approved(ResourceContent.model_validate_json(fresh.content), by, at), by, at)


def _entered(fresh: Fresh, revision: Revision, by: str, at: datetime) -> Resource:
    return Resource.model_construct(
        id=fresh.id,
        code=fresh.code,
        kind=ResourceKind(fresh.kind),
        type=fresh.type,
        owner=fresh.owner,
        availability=Availability(fresh.availability),
        version=1,
        created_at=at,
        created_by=by,
        updated_at=at,
        availability_reason=None,
        head=revision,
        current=revision,
        deprecation=None,
    )


def _approved(content: ResourceContent, by: str, at: datetime) -> Revision:
    return Revision.model_construct(
        number=1,
        content=content,
        state=ReviewState.APPROVED,
        authors=(by,),
        created_at=at,
        submitter=None,
        submitted_at=None,
        reviewer=None,
        reviewed_at=at,
        reason=None,
    )


_NOBODY = Fresh(
    *("", "", "data", "", "", "online", "", ""),
    *("", "", "", "", ""),
    None,
    tags_shown="[]",
    tags=(),
    links=(),
    place=None,
    days=None,
)
"""Holds the places in a template."""


class StateDigests:
    """The digests of resources that one actor enters at one instant, as `Resource.digest` has them, from what is known.

    What goes into the gaps needs no escaping: the patterns of ids, codes and types leave none of it.
    """

    def __init__(self, by: str, at: datetime) -> None:
        gap, told = Fragment(_GAP), Fragment(f'"{_GAP}"')
        content = ResourceContent.model_construct()
        revision = _approved(content, by, at)
        head = canonical_json({**revision.model_dump(mode="json", exclude={"content"}), "content": gap})
        gaps = dict.fromkeys(("availability", "code", "id", "kind", "owner", "type"), told)
        known = _entered(_NOBODY, revision, by, at).model_dump(mode="json", exclude={"head", "current", "deprecation"})
        text = canonical_json({**known, **gaps, "head": Fragment(head), "current": Fragment(head)}).decode()
        self._parts = tuple(text.split(_GAP))

    def of(self, fresh: Fresh) -> str:
        """The digest of the state in which a resource enters."""
        before, code, current, head, id, kind, owner, type, end = self._parts
        # In the order of the keys.
        state = (
            f"{before}{fresh.availability}{code}{fresh.code}{current}{fresh.content}{head}{fresh.content}{id}{fresh.id}"
            f"{kind}{fresh.kind}{owner}{fresh.owner}{type}{fresh.type}{end}"
        )
        return digest(state.encode())
