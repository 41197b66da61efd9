"""What callers state of the resources that they look for, read in one place for both doors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from ucs_core.platform.validation import parse
from ucs_registry.extents import Area, Box, Shape, Temporal
from ucs_registry.geometry import check_area
from ucs_registry.queries import BRANCHES_MOST, ResourceQuery
from ucs_sdk.errors import Invalid
from ucs_sdk.messages import Phrase
from ucs_sdk.vocabulary import Availability, DataLevel, OpenType, ResourceKind, ShareType

TAGS_MOST = 20
"""How many tags a resource can be asked to have at once: no resource has more."""

_ORGANIZATIONS = "organizations/"


class _StatedArea(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    box: dict[str, Any] | None = None
    polygon: Shape | None = None


class _StatedWindow(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    start: date | None = None
    end: date | None = None


class _StatedFilter(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: ResourceKind | None = None
    type: str | None = None
    owner_subtree: str | None = None
    owner: str | None = None
    share_type: ShareType | None = None
    data_level: DataLevel | None = None
    open_type: OpenType | None = None
    availability: Availability | None = None
    tag: str | None = None
    tags: Annotated[list[str], Field(max_length=TAGS_MOST)] | None = None
    code: str | None = None
    search: str | None = None
    district: Annotated[str, StringConstraints(pattern=r"^[0-9]{2,6}$")] | None = None
    region: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,12}$")] | None = None
    area: _StatedArea | None = None
    during: _StatedWindow | None = None
    updated_after: AwareDatetime | None = None
    updated_before: AwareDatetime | None = None
    any_of: Annotated[list[dict[str, Any]], Field(max_length=BRANCHES_MOST)] | None = None
    awaiting_review: bool | None = None
    affected_by_deprecation: bool | None = None


def query_stated(filter: Mapping[str, Any], path: str = "filter") -> ResourceQuery:
    """The query that a filter means, as plain JSON under the platform's own names; what is null does not restrict.

    Raises Invalid for what is malformed, crosses itself or is too much; the error names the field below `path`.
    """
    stated = parse(_StatedFilter, filter, path)
    branches = [_branch(branch, f"{path}.any_of[{at}]") for at, branch in enumerate(stated.any_of or ())]
    return ResourceQuery(
        **_parts(stated, path),
        awaiting_review=bool(stated.awaiting_review),
        affected_by_deprecation=bool(stated.affected_by_deprecation),
        any_of=tuple(branches),
    )


def _branch(branch: Mapping[str, Any], path: str) -> ResourceQuery:
    stated = parse(_StatedFilter, branch, path)
    for name in ("any_of", "awaiting_review", "affected_by_deprecation"):
        if getattr(stated, name):
            raise Invalid("FIELD_INVALID", path=f"{path}.{name}", problem=Phrase("branch-without-this"))
    return ResourceQuery(**_parts(stated, path))


def _parts(stated: _StatedFilter, path: str) -> dict[str, Any]:
    plain = ("kind", "type", "share_type", "data_level", "open_type", "availability", "tag", "code")
    placed = ("district", "region", "updated_after", "updated_before")
    return {name: getattr(stated, name) for name in (*plain, *placed)} | {
        "owner_subtree": _organization(stated.owner_subtree),
        "owner": _organization(stated.owner),
        "tags": tuple(dict.fromkeys(stated.tags or ())),
        # A search without words is none, here as everywhere.
        "search": stated.search or None,
        "area": stated.area and _area(stated.area, f"{path}.area"),
        "during": stated.during and _window(stated.during, f"{path}.during"),
    }


def _organization(name: str | None) -> str | None:
    return name and name.removeprefix(_ORGANIZATIONS)


def _area(stated: _StatedArea, path: str) -> Area:
    if (stated.box is None) == (stated.polygon is None):
        raise Invalid("FIELD_INVALID", path=path, problem=Phrase("area-of-two-kinds"))
    if stated.polygon is not None:
        check_area(stated.polygon, f"{path}.polygon")
        return stated.polygon
    with _standing(f"{path}.box"):
        return parse(Box, stated.box or {}, f"{path}.box")


def _window(stated: _StatedWindow, path: str) -> Temporal:
    with _standing(path):
        return Temporal(start=stated.start, end=stated.end)


@contextmanager
def _standing(path: str) -> Iterator[None]:
    """Say of what is wrong with a box or a window as a whole where it stands."""
    try:
        yield
    except Invalid as error:
        if "problem" not in error.fields:
            raise
        raise Invalid("FIELD_INVALID", path=path, problem=error.fields["problem"]) from error
