"""Broken stores that the contract about reviews catches, and what a queue costs: an index, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from memory_twins import Twin
from ucs_registry.memory import MemoryReader, MemoryUnit
from ucs_registry.reviews import awaits, hands_of
from ucs_registry.testing.reviews import ReviewsContract


class QueuesWhatIsOnesOwn(Twin):
    """Whoever wrote something finds it waiting for themselves."""

    class reader(MemoryReader):  # noqa: N801 -- it stands for the attribute
        def _waits(self, query):
            may_review = self._shown(query.queue.visibility) if query.queue else lambda _: False
            return lambda resource: not query.awaiting_review or (awaits(resource) and may_review(resource))


class QueuesWhatMayNotBeReviewed(Twin):
    """Whatever can be discovered waits for everybody."""

    class reader(MemoryReader):  # noqa: N801 -- it stands for the attribute
        def _waits(self, query):
            return lambda resource: not query.awaiting_review or (bool(query.queue) and query.queue.holds(resource))


class QueuesWhatIsRetired(Twin):
    """What is retired still waits."""

    class reader(MemoryReader):  # noqa: N801 -- it stands for the attribute
        def _waits(self, query):
            queue = query.queue
            if not query.awaiting_review:
                return lambda _: True
            return lambda resource: (
                queue is not None
                and resource.head.state == "in_review"
                and queue.reviewer not in hands_of(resource)
                and self._shown(queue.visibility)(resource)
            )


class CountsAllQueues(Twin):
    """The total is that of everybody's queue."""

    class reader(MemoryReader):  # noqa: N801 -- it stands for the attribute
        async def count(self, query, visibility):
            return await super().count(replace(query, awaiting_review=False), visibility)


class KeepsTheFirstDecision(Twin):
    """A later decision leaves nothing behind."""

    class unit(MemoryUnit):  # noqa: N801 -- it stands for the attribute
        async def note_decision(self, decided):
            if await self.decision(decided.resource) is None:
                await super().note_decision(decided)


class CutsRevisionsBeforeItSelects(Twin):
    """A page of revisions is cut, and what is in another state is taken out of it then."""

    class reader(MemoryReader):  # noqa: N801 -- it stands for the attribute
        async def latest_revisions(self, id, *, state=None, **span):
            page = await super().latest_revisions(id, **span)
            return [revision for revision in page if state in (None, revision.state)]


TWINS: tuple[tuple[type[Twin], Callable[..., Any]], ...] = (
    (
        QueuesWhatIsOnesOwn,
        ReviewsContract.test_a_queue_holds_what_is_in_review_and_was_not_written_or_submitted_by_its_reviewer,
    ),
    (
        QueuesWhatIsRetired,
        ReviewsContract.test_a_queue_holds_what_is_in_review_and_was_not_written_or_submitted_by_its_reviewer,
    ),
    (QueuesWhatMayNotBeReviewed, ReviewsContract.test_a_queue_shows_what_may_be_both_discovered_and_reviewed),
    (CountsAllQueues, ReviewsContract.test_a_queue_shows_what_may_be_both_discovered_and_reviewed),
    (KeepsTheFirstDecision, ReviewsContract.test_the_last_decision_is_kept_once_it_is_committed),
    (CutsRevisionsBeforeItSelects, ReviewsContract.test_revisions_come_in_pages_the_latest_first),
)


@pytest.mark.parametrize(("twin", "promise"), TWINS, ids=lambda value: value.__name__)
async def test_the_contract_catches_the_twin(twin: type[Twin], promise: Callable[..., Any]) -> None:
    await promise(ReviewsContract(), Twin())
    with pytest.raises(AssertionError):
        await promise(ReviewsContract(), twin())
