"""What a caller is shown: values from which everything that they may not see has been left out already."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ConfigDict

from ucs_registry.resources import Dependency, Deprecation, Resource, ResourceContent, Revision
from ucs_sdk.vocabulary import Availability, ResourceKind


class Notice(BaseModel):
    """That a resource which is needed is deprecated; `target` is its name."""

    model_config = ConfigDict(frozen=True)

    target: str
    deprecation: Deprecation


class ResourceView(BaseModel):
    """A resource as one caller may see it.

    `readable` says whether the caller may `read`: otherwise `content.spec` is empty and `content.contact` is None, in
    `head` as well. The links of both lead only to what the caller may discover.
    `member_count` is how many members it fronts, and None unless readable.
    `head` is the latest revision and `etag` the state that the next write must name: both are shown to those who work on
    the resource, and are None for everybody else, who could read from them that something is being prepared. `notices` are
    shown to the same: which of the resources that it needs are deprecated.
    The last three are of what is in the bin alone: since when, until when, and who put it there.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    code: str
    kind: ResourceKind
    type: str
    owner: str
    etag: str | None
    availability: Availability
    availability_reason: str | None
    created_at: datetime
    updated_at: datetime
    revision: int
    content: ResourceContent
    readable: bool
    head: Revision | None
    member_count: int | None = None
    deprecation: Deprecation | None = None
    notices: tuple[Notice, ...] = ()
    deleted_at: datetime | None = None
    purge_at: datetime | None = None
    deleted_by: str | None = None

    @property
    def name(self) -> str:
        """The name on the wire."""
        return f"resources/{self.id}"


def narrowed(answer: ResourceView, now: ResourceView, linked: Container[str]) -> ResourceView:
    """An earlier answer without what the caller may no longer see, judged by what it may see now; `linked` holds the names
    to which it may still be shown links.
    """
    readable = answer.readable and now.readable
    changes: dict[str, object] = {
        "readable": readable,
        "content": seen_content(answer.content, readable, linked),
        "deprecation": _announced(answer.deprecation, linked),
        "notices": _notices(answer.notices, linked) if now.head else (),
    }
    if answer.head is not None:
        content = seen_content(answer.head.content, readable, linked)
        changes["head"] = answer.head.model_copy(update={"content": content}) if now.head else None
    if not readable:
        changes["member_count"] = None
    if now.head is None:
        changes["etag"] = None
    return answer.model_copy(update=changes)


class DependencyView(BaseModel):
    """An edge between two resources that the caller may both discover; `resource` is the far end."""

    model_config = ConfigDict(frozen=True)

    dependency: Dependency
    resource: ResourceView


class ResourcePage(BaseModel):
    """A page of a list. `cursors` stand at each item; `more` says whether something stands behind the page, `earlier` whether
    something stands ahead of it.
    """

    model_config = ConfigDict(frozen=True)

    items: list[ResourceView]
    cursors: list[str]
    more: bool
    earlier: bool = False


def view(
    resource: Resource,
    *,
    readable: bool,
    works_on_it: bool,
    linked: Container[str],
    members: int = 0,
    deprecated: Mapping[str, Deprecation] = MappingProxyType({}),
) -> ResourceView:
    """What one caller sees of a resource; `linked` holds the names to which it may be shown links, and `deprecated` what was
    announced of what it needs.
    """
    content = seen_content(resource.shown.content, readable, linked)
    head = resource.head.model_copy(update={"content": seen_content(resource.head.content, readable, linked)})
    return ResourceView.model_construct(
        id=resource.id,
        code=resource.code,
        kind=resource.kind,
        type=resource.type,
        owner=resource.owner,
        etag=resource.etag if works_on_it else None,
        availability=resource.availability,
        availability_reason=resource.availability_reason,
        created_at=resource.created_at,
        updated_at=resource.updated_at,
        revision=resource.shown.number,
        content=content,
        readable=readable,
        head=head if works_on_it else None,
        member_count=members if readable else None,
        deprecation=_announced(resource.deprecation, linked),
        notices=_notices(_needed(resource, deprecated), linked) if works_on_it else (),
    )


def needed_by(resource: Resource) -> dict[str, None]:
    """The names of what a resource needs, as it is served and by its latest revision, in the order in which it says so."""
    links = (*resource.shown.content.dependencies, *resource.head.content.dependencies)
    return dict.fromkeys(link.target for link in links)


def seen_content(content: ResourceContent, readable: bool, linked: Container[str]) -> ResourceContent:
    """A content without what one caller may not see; `linked` holds the names to which it may be shown links."""
    left_out: dict[str, Any] = {} if readable else {"spec": {}, "contact": None}
    if not all(link.target in linked for link in content.dependencies):
        left_out["dependencies"] = tuple(link for link in content.dependencies if link.target in linked)
    return content.model_copy(update=left_out) if left_out else content


def _needed(resource: Resource, deprecated: Mapping[str, Deprecation]) -> Iterator[Notice]:
    for target in needed_by(resource) if deprecated else ():
        if target in deprecated:
            yield Notice(target=target, deprecation=deprecated[target])


def _announced(deprecation: Deprecation | None, linked: Container[str]) -> Deprecation | None:
    if deprecation is None or deprecation.alternative is None or deprecation.alternative in linked:
        return deprecation
    return deprecation.model_copy(update={"alternative": None})


def _notices(notices: Iterable[Notice], linked: Container[str]) -> tuple[Notice, ...]:
    seen = [(notice, _announced(notice.deprecation, linked)) for notice in notices if notice.target in linked]
    return tuple(Notice(target=notice.target, deprecation=announced) for notice, announced in seen if announced)
