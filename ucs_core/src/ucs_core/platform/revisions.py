"""The revisions of a resource, and how they differ, as far as one caller may know of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Unpack

from ucs_core.access.actions import Action
from ucs_core.platform.paging import Page, PageArguments, PageAsked, Places, Window, places_by_number
from ucs_core.platform.shelf import seen_affected
from ucs_core.platform.sight import Judge, Sight
from ucs_core.platform.views import ResourceView, seen_content
from ucs_registry.differences import FieldChange, content_changes
from ucs_registry.queries import Order, ResourceQuery
from ucs_registry.resources import Resource, ResourceContent, Revision
from ucs_registry.reviews import ReviewQueue
from ucs_sdk.errors import Denied, Invalid, NotFound
from ucs_sdk.vocabulary import ReviewState

CHANGES_MOST = 1_000
"""How many fields that differ are told; of the others, how many there are."""

_BY_NUMBER: Places[Revision, int] = places_by_number(lambda revision: revision.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionView:
    """A revision as one caller may see it, without its content.

    Those who work on the resource see who wrote, submitted and judged it, when and why. Others see of the approved ones
    the number and when it was approved.
    """

    number: int
    state: ReviewState
    current: bool
    reviewed_at: datetime | None
    created_at: datetime | None = None
    authors: tuple[str, ...] = ()
    submitter: str | None = None
    submitted_at: datetime | None = None
    reviewer: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionPage(Page[RevisionView]):
    """A page of revisions, the latest first. A revision's cursor is its number; `current` is the number that is served."""

    current: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionDiff:
    """How revision `to_number` differs from `from_number`; 0 is nothing at all.

    `left_out` says how many changes there are beyond those that are told. Unless `readable`, `spec` and `contact` are not
    compared; links to what the caller may not discover never are.
    """

    from_number: int
    to_number: int
    changes: list[FieldChange]
    left_out: int
    readable: bool


def queued(query: ResourceQuery, order: Order | None, sight: Judge) -> ResourceQuery:
    """The query with what is the caller's own in it: the queue, where it asks for what awaits review, and the caller's eyes,
    where it asks for what is affected by a deprecation.

    Raises Invalid for the order of submission in a list of anything else.
    """
    if order is Order.SUBMITTED and not query.awaiting_review:
        raise Invalid("ORDER_NEEDS_QUEUE", path="order_by")
    query = seen_affected(query, sight)
    if not query.awaiting_review:
        return query
    queue = ReviewQueue(reviewer=sight.principal.name, visibility=sight.visibility(Action.REVIEW))
    return replace(query, queue=queue)


class RevisionQuestions:
    """What a session answers about revisions."""

    def __init__(self, sight: Sight) -> None:
        self._sight = sight
        self._reader = sight.reader

    async def page(self, name: str, **page: Unpack[PageArguments]) -> RevisionPage:
        """A page of the revisions of a resource. Raises NotFound, and Invalid for a bad cursor or page size."""
        window = Window(PageAsked(**page), _BY_NUMBER)
        resource, view = await self._shown(name)
        works = view.head is not None
        found = await window.page(
            lambda span: self._reader.latest_revisions(
                resource.id,
                before=span.after,
                first=span.first,
                state=None if works else ReviewState.APPROVED,
                above=span.before,
                backward=span.backward,
            )
        )
        current = resource.current.number if resource.current else None
        tell = _told if works else _told_to_others
        return RevisionPage(
            items=[tell(revision, current) for revision in found.items],
            cursors=found.cursors,
            more=found.more,
            earlier=found.earlier,
            current=current,
        )

    async def diff(self, name: str, from_number: int | None = None, to_number: int | None = None) -> RevisionDiff:
        """How two revisions differ: by default the latest from the one that is served, or from the one before it.

        Raises NotFound for a resource or a revision that does not exist, and Denied to those who do not work on it.
        """
        resource, view = await self._shown(name)
        if view.head is None:
            raise Denied("HEAD_HIDDEN", object=resource.name)
        last = resource.head.number if to_number is None else to_number
        first = _default_start(resource, last) if from_number is None else from_number
        before = None if first == 0 else await self._content(resource, first)
        after = await self._content(resource, last)
        linked = await self._linked([content for content in (before, after) if content])
        readable = view.readable
        changes = content_changes(
            before and seen_content(before, readable, linked), seen_content(after, readable, linked)
        )
        return RevisionDiff(
            from_number=first,
            to_number=last,
            changes=changes[:CHANGES_MOST],
            left_out=max(len(changes) - CHANGES_MOST, 0),
            readable=readable,
        )

    async def _shown(self, name: str) -> tuple[Resource, ResourceView]:
        resource = await self._sight.discovered(name)
        return resource, (await self._sight.views([resource]))[0]

    async def _content(self, resource: Resource, number: int) -> ResourceContent:
        revision = await self._reader.revision(resource.id, number)
        if revision is None:
            raise NotFound("REVISION_NOT_FOUND", object=resource.name, number=number, last=resource.head.number)
        return revision.content

    async def _linked(self, contents: Sequence[ResourceContent]) -> set[str]:
        return await self._sight.seen({link.target for content in contents for link in content.dependencies})


def _default_start(resource: Resource, last: int) -> int:
    """Where a comparison begins when nobody says: at what is served while the other is a later one, else one before it."""
    current = resource.current
    return current.number if current and current.number < last else last - 1


def _told(revision: Revision, current: int | None) -> RevisionView:
    return RevisionView(
        number=revision.number,
        state=revision.state,
        current=revision.number == current,
        reviewed_at=revision.reviewed_at,
        created_at=revision.created_at,
        authors=revision.authors,
        submitter=revision.submitter,
        submitted_at=revision.submitted_at,
        reviewer=revision.reviewer,
        reason=revision.reason,
    )


def _told_to_others(revision: Revision, current: int | None) -> RevisionView:
    return RevisionView(
        number=revision.number,
        state=revision.state,
        current=revision.number == current,
        reviewed_at=revision.reviewed_at,
    )
