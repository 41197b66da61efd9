"""What a caller is shown: values from which everything that they may not see has been left out already."""

from __future__ import annotations

from collections.abc import Container
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from ucs_registry.queries import Order, cursor_of
from ucs_registry.resources import Dependency, Resource, ResourceContent, Revision
from ucs_sdk.vocabulary import Availability, ResourceKind


class ResourceView(BaseModel):
    """A resource as one caller may see it.

    `readable` says whether the caller may `read`: otherwise `content.spec` is empty and `content.contact` is None, in
    `head` as well. The links of both lead only to what the caller may discover.
    `head` is the latest revision and `etag` the state that the next write must name: both are shown to those who work on
    the resource, and are None for everybody else, who could read from them that something is being prepared.
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

    @property
    def name(self) -> str:
        """The name on the wire."""
        return f"resources/{self.id}"


def narrowed(answer: ResourceView, now: ResourceView) -> ResourceView:
    """An earlier answer without what the caller may no longer see, judged by what it may see now."""
    changes: dict[str, object] = {}
    if answer.readable and not now.readable:
        changes |= {"readable": False, "content": answer.content.model_copy(update={"spec": {}, "contact": None})}
    if now.head is None:
        changes |= {"head": None, "etag": None}
    return answer.model_copy(update=changes)


class DependencyView(BaseModel):
    """An edge between two resources that the caller may both discover; `resource` is the far end."""

    model_config = ConfigDict(frozen=True)

    dependency: Dependency
    resource: ResourceView


class ResourcePage(BaseModel):
    """A page of a list. `cursors` stand just behind each item; `more` says whether another page follows."""

    model_config = ConfigDict(frozen=True)

    items: list[ResourceView]
    cursors: list[str]
    more: bool


def view(resource: Resource, *, readable: bool, works_on_it: bool, linked: Container[str]) -> ResourceView:
    """What one caller sees of a resource; `linked` holds the names to which it may be shown links."""
    content = _seen(resource.shown.content, readable, linked)
    head = resource.head.model_copy(update={"content": _seen(resource.head.content, readable, linked)})
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
    )


def _seen(content: ResourceContent, readable: bool, linked: Container[str]) -> ResourceContent:
    left_out: dict[str, Any] = {} if readable else {"spec": {}, "contact": None}
    if not all(link.target in linked for link in content.dependencies):
        left_out["dependencies"] = tuple(link for link in content.dependencies if link.target in linked)
    return content.model_copy(update=left_out) if left_out else content


def page_of(resources: list[Resource], views: list[ResourceView], order: Order, first: int) -> ResourcePage:
    """The first `first` of up to `first + 1` resources, with their cursors."""
    return ResourcePage.model_construct(
        items=views[:first],
        cursors=[cursor_of(resource, order).encode() for resource in resources[:first]],
        more=len(resources) > first,
    )
