"""What every store knows of reviews: whose queue holds what, earlier revisions, and the last decision."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from ucs_registry.ports import Reader, Store
from ucs_registry.queries import Cursor, Dimension, Order, ResourceQuery, cursor_of
from ucs_registry.resources import Resource, Revision
from ucs_registry.reviews import Decided, ReviewQueue
from ucs_registry.testing.builders import (
    NOW,
    a_content,
    a_grant,
    a_resource,
    a_revision,
    a_visibility,
    an_id,
    everything_visible,
    founded,
    saved,
)
from ucs_registry.testing.organizations import HOSTILE
from ucs_registry.testing.shelf import deleted
from ucs_registry.visibility import ALLOWED, DENIED, WITH_GRANT, Visibility
from ucs_sdk.vocabulary import Availability, DataLevel, ResourceKind, ReviewState

REVIEWER = "principals/reviewer"


def waiting(number: int, *, at: float = 0, **changes: Any) -> Resource:  # noqa: ANN401 -- any field
    """A resource whose first revision waits for a decision, submitted `at` seconds from `NOW` unless stated."""
    by = changes.pop("submitter", "principals/editor")
    authors = changes.pop("authors", ("principals/editor",))
    named = {name: changes.pop(name) for name in tuple(changes) if name in Resource.model_fields}
    head = a_revision(1, ReviewState.IN_REVIEW, **changes).model_copy(
        update={"submitter": by, "submitted_at": NOW + timedelta(seconds=at), "authors": authors}
    )
    return a_resource(number, **{"head": head, "availability": Availability.OFFLINE} | named)


def queue_of(reviewer: str = REVIEWER, visibility: Visibility | None = None, **parts: Any) -> ResourceQuery:  # noqa: ANN401 -- any part
    """What awaits a reviewer who may review everything, unless stated."""
    queue = ReviewQueue(reviewer=reviewer, visibility=visibility or everything_visible())
    return ResourceQuery(awaiting_review=True, queue=queue, **parts)


async def queued(
    reader: Reader,
    query: ResourceQuery | None = None,
    visibility: Visibility | None = None,
    *,
    after: Cursor | None = None,
    first: int = 200,
    order: Order = Order.SUBMITTED,
) -> list[int]:
    """The numbers of the resources of one page of a queue."""
    wanted = query or queue_of()
    found = await reader.select(wanted, visibility, order=order, after=after, first=first)
    return [int(resource.id) for resource in found]


class ReviewsContract:
    """Queues of reviewers, pages of revisions, and what decisions leave behind."""

    async def test_a_queue_holds_what_is_in_review_and_was_not_written_or_submitted_by_its_reviewer(
        self, store: Store
    ) -> None:
        again = a_resource(6, head=a_revision(2, ReviewState.IN_REVIEW), current=a_revision(1))
        states = (ReviewState.DRAFT, ReviewState.APPROVED, ReviewState.REJECTED)
        others = [a_resource(10 + at, head=a_revision(1, state)) for at, state in enumerate(states)]
        await founded(
            store,
            waiting(1, at=3),
            waiting(2, authors=("principals/editor", REVIEWER)),
            waiting(3, submitter=REVIEWER),
            waiting(4, at=1, authors=("principals/reviewer-2", "principals/review"), submitter="principals/clerk"),
            waiting(5, availability=Availability.RETIRED),
            again,
            *others,
        )
        async with store.read() as reader:
            assert await queued(reader) == [6, 4, 1]
            assert await queued(reader, queue_of("principals/editor")) == [4]
            assert await queued(reader, queue_of("principals/clerk")) == [2, 3, 6, 1]
            assert await reader.count(queue_of(), None) == 3
            assert await queued(reader, ResourceQuery(awaiting_review=True), order=Order.CODE) == []
            assert await reader.count(ResourceQuery(awaiting_review=True), None) == 0

    async def test_a_queue_shows_what_may_be_both_discovered_and_reviewed(self, store: Store) -> None:
        levels = (DataLevel.L1, DataLevel.L2, DataLevel.L3, DataLevel.L4)
        await founded(store, *(waiting(at, at=at, data_level=level) for at, level in enumerate(levels, 1)))
        async with store.write() as unit:
            await unit.put_grants([a_grant(2, id="a", action="review"), a_grant(3, id="b"), a_grant(4, id="c")])
            await unit.commit()
        async with store.read() as reader:
            cells = [await reader.cell(an_id(at)) or 0 for at in (1, 2, 3, 4)]
            discover = a_visibility(_mask(cells, ALLOWED, ALLOWED, WITH_GRANT, DENIED))
            review = a_visibility(_mask(cells, ALLOWED, WITH_GRANT, ALLOWED, ALLOWED), action="review")
            for visibility, may, wanted in (
                (discover, review, [1, 2, 3]),
                (discover, a_visibility(review.mask, action="edit"), [1, 3]),
                (discover, a_visibility(b"", action="review"), []),
                (a_visibility(b""), review, []),
                (None, review, [1, 2, 3, 4]),
            ):
                query = queue_of(visibility=may)
                assert await queued(reader, query, visibility) == wanted
                assert await queued(reader, query, visibility, order=Order.TITLE_ZH) == wanted
                assert await reader.count(query, visibility) == len(wanted)
                counted = await reader.facets(query, visibility, (Dimension.KIND,))
                assert counted[Dimension.KIND] == ({"data": len(wanted)} if wanted else {})

    async def test_a_queue_runs_from_what_waits_longest_page_by_page(self, store: Store) -> None:
        await founded(store, *(waiting(number, at=number % 3) for number in range(1, 10)))
        async with store.read() as reader:
            everything = await reader.select(queue_of(), None, order=Order.SUBMITTED, after=None, first=99)
            numbers = [int(entry.id) for entry in everything]
            assert numbers == [3, 6, 9, 1, 4, 7, 2, 5, 8]
            seen: list[int] = []
            after = None
            while page := await reader.select(queue_of(), None, order=Order.SUBMITTED, after=after, first=4):
                seen += [int(entry.id) for entry in page]
                after = Cursor.decode(cursor_of(page[-1], Order.SUBMITTED).encode(), Order.SUBMITTED)
            assert seen == numbers

    async def test_a_queue_takes_the_other_parts_of_a_query(self, store: Store) -> None:
        await founded(
            store,
            waiting(1, tags=("水",), title_zh="积水"),
            waiting(2, kind=ResourceKind.COMPONENT, type="map_service", owner="3702"),
            a_resource(3, tags=("水",), title_zh="积水"),
        )
        async with store.read() as reader:
            for parts, wanted in (
                ({"kind": ResourceKind.COMPONENT}, [2]),
                ({"owner_subtree": "3702"}, [2]),
                ({"tag": "水"}, [1]),
                ({"search": "积水"}, [1]),
                ({"code": "CODE-000002"}, [2]),
                ({"kind": ResourceKind.APPLICATION}, []),
            ):
                assert await queued(reader, queue_of(**parts)) == wanted
                assert await reader.count(queue_of(**parts), None) == len(wanted)

    async def test_whatever_leaves_review_leaves_the_queue_and_may_come_back(self, store: Store) -> None:
        first = waiting(1)
        await founded(store, first)
        for state in (ReviewState.DRAFT, ReviewState.APPROVED, ReviewState.REJECTED):
            await saved(store, _moved(first, state))
            async with store.read() as reader:
                assert (await queued(reader), await reader.count(queue_of(), None)) == ([], 0)
            await saved(store, first)
            async with store.read() as reader:
                assert (await queued(reader), await reader.count(queue_of(), None)) == ([1], 1)
        await saved(store, first.model_copy(update={"availability": Availability.RETIRED}))
        async with store.read() as reader:
            assert await queued(reader) == []

    async def test_what_is_deleted_leaves_the_queue_and_returns_to_it_without_its_last_decision(
        self, store: Store
    ) -> None:
        first = waiting(1)
        await founded(store, first, waiting(2, at=5))
        async with store.write() as unit:
            await unit.note_decision(Decided(resource=an_id(1), version=1, availability=Availability.OFFLINE))
            await deleted(unit, first)
            await unit.commit()
        async with store.read() as reader:
            assert (await queued(reader), await reader.count(queue_of(), None)) == ([2], 1)
        async with store.write() as unit:
            await unit.undelete(first)
            await unit.commit()
        async with store.read() as reader:
            assert await queued(reader) == [1, 2]
            assert await reader.decision(an_id(1)) is None

    async def test_a_queue_of_somebody_with_a_strange_name_holds_what_all_others_do(self, store: Store) -> None:
        await founded(store, waiting(1))
        async with store.read() as reader:
            assert await queued(reader, queue_of("principals/'; DROP TABLE review_queue; --")) == [1]

    async def test_revisions_come_in_pages_the_latest_first(self, store: Store) -> None:
        await founded(store)
        for revision in _history():
            approved = revision.number >= 3
            current = _history()[2] if approved else None
            await saved(store, a_resource(1, head=revision, current=current))
        async with store.read() as reader:
            assert await _numbers(reader) == [5, 4, 3, 2, 1]
            assert await _numbers(reader, first=2) == [5, 4]
            assert await _numbers(reader, before=4, first=2) == [3, 2]
            assert await _numbers(reader, before=1) == []
            assert await _numbers(reader, before=2**40) == [5, 4, 3, 2, 1]
            assert await _numbers(reader, state=ReviewState.APPROVED) == [5, 3]
            assert await _numbers(reader, before=5, first=1, state=ReviewState.APPROVED) == [3]
            found = await reader.revision(an_id(1), 4)
            assert found is not None
            assert found.content.title.en == "Four"
            for number in (0, -1, 6, 2**31, 2**70):
                assert await reader.revision(an_id(1), number) is None
            for id in (an_id(2), *HOSTILE):
                assert await reader.latest_revisions(id, first=9) == []
                assert await reader.revision(id, 1) is None
                assert await reader.decision(id) is None

    async def test_the_last_decision_is_kept_once_it_is_committed(self, store: Store) -> None:
        await founded(store, a_resource(1), a_resource(2))
        first = Decided(resource=an_id(1), version=3, availability=Availability.OFFLINE)
        later = Decided(resource=an_id(1), version=7, availability=Availability.ONLINE)
        async with store.write() as unit:
            await unit.note_decision(first)
            assert await unit.decision(an_id(1)) == first
        async with store.read() as reader:
            assert await reader.decision(an_id(1)) is None
        for decided in (first, later):
            async with store.write() as unit:
                await unit.note_decision(decided)
                await unit.commit()
        async with store.read() as reader:
            assert await reader.decision(an_id(1)) == later
            assert await reader.decision(an_id(2)) is None


def _mask(cells: Sequence[int], *verdicts: int) -> bytes:
    mask = bytearray(max(cells) + 1)
    for cell, verdict in zip(cells, verdicts, strict=True):
        mask[cell] = verdict
    return bytes(mask)


def _moved(resource: Resource, state: ReviewState) -> Resource:
    head = resource.head.model_copy(update={"state": state})
    return resource.model_copy(update={"head": head, "current": head if state is ReviewState.APPROVED else None})


def _history() -> list[Revision]:
    states = (
        ReviewState.REJECTED,
        ReviewState.DRAFT,
        ReviewState.APPROVED,
        ReviewState.REJECTED,
        ReviewState.APPROVED,
    )
    titles = ("One", "Two", "Three", "Four", "Five")
    return [
        a_revision(number, state).model_copy(update={"content": a_content(title_en=title)})
        for number, (state, title) in enumerate(zip(states, titles, strict=True), 1)
    ]


async def _numbers(
    reader: Reader, *, before: int | None = None, first: int = 9, state: ReviewState | None = None
) -> list[int]:
    found = await reader.latest_revisions(an_id(1), before=before, first=first, state=state)
    return [revision.number for revision in found]
