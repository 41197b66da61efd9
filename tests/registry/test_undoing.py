"""Taking a review back: what comes back, and when it is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from ucs_registry import catalog
from ucs_registry.catalog import Actor
from ucs_registry.lifecycle import Verb
from ucs_registry.memory import InMemoryStore
from ucs_registry.ports import Unit
from ucs_registry.resources import Resource
from ucs_registry.testing import NOW, a_content, a_resource, a_revision, an_id, everything_visible, founded
from ucs_registry.testing.resources import needs
from ucs_registry.testing.reviews import waiting
from ucs_sdk.errors import FailedPrecondition, Invalid, UcsError
from ucs_sdk.vocabulary import Availability, ReviewState

WITHIN = timedelta(minutes=15)
ITEMS = {"items": [{"name": "level", "title": "水位", "data_type": "decimal"}]}


def by(name: str, *, seconds: float = 0) -> Actor:
    return Actor(f"principals/{name}", NOW + timedelta(seconds=seconds), everything_visible())


@pytest.fixture
async def unit(memory_store: InMemoryStore) -> AsyncIterator[Unit]:
    first = a_revision(1, spec=ITEMS)
    second = a_revision(2, ReviewState.IN_REVIEW, spec=ITEMS, title_en="Later")
    await founded(
        memory_store,
        waiting(1, spec=ITEMS),
        a_resource(2, head=second, current=first, availability=Availability.OFFLINE),
        a_resource(3),
    )
    async with memory_store.write() as unit:
        yield unit


async def kept(unit: Unit, number: int) -> Resource:
    found = await unit.resource(an_id(number))
    assert found is not None
    return found


async def undone(unit: Unit, number: int, actor: Actor, within: timedelta = WITHIN) -> Resource:
    return (await catalog.undo_review(unit, await kept(unit, number), actor, within=within)).after


async def refused(unit: Unit, number: int, actor: Actor, within: timedelta = WITHIN) -> UcsError:
    before = await kept(unit, number)
    with pytest.raises(UcsError) as caught:
        await undone(unit, number, actor, within)
    assert await kept(unit, number) == before
    return caught.value


async def test_an_approval_undone_is_in_review_again_and_the_earlier_revision_is_served(unit: Unit) -> None:
    before = await kept(unit, 2)
    approved = (await catalog.approve(unit, before, by("carol", seconds=1))).after
    after = await undone(unit, 2, by("carol", seconds=60))
    assert (after.head, after.current) == (before.head, before.current)
    assert after.version == approved.version + 1
    assert after.updated_at >= approved.updated_at
    assert (await unit.revision(after.id, 2)).state is ReviewState.IN_REVIEW


async def test_the_first_approval_undone_leaves_nothing_that_is_served(unit: Unit) -> None:
    before = await kept(unit, 1)
    await catalog.approve(unit, before, by("carol"))
    after = await undone(unit, 1, by("carol", seconds=1))
    assert (after.current, after.head, after.availability) == (None, before.head, Availability.OFFLINE)


async def test_a_rejection_undone_is_in_review_again_and_shows_nobody_a_change(unit: Unit) -> None:
    before = await kept(unit, 2)
    await catalog.reject(unit, before, "unclear", by("carol"))
    after = await undone(unit, 2, by("carol", seconds=1))
    assert (after.head, after.current, after.updated_at) == (before.head, before.current, before.updated_at)


async def test_what_was_undone_can_be_decided_and_undone_again(unit: Unit) -> None:
    for _ in range(2):
        await catalog.reject(unit, await kept(unit, 2), "unclear", by("carol"))
        await undone(unit, 2, by("carol"))
        await catalog.approve(unit, await kept(unit, 2), by("dora"))
        await undone(unit, 2, by("dora"))
    assert (await kept(unit, 2)).head.state is ReviewState.IN_REVIEW


async def test_the_grace_period_ends_to_the_microsecond(unit: Unit) -> None:
    await catalog.approve(unit, await kept(unit, 2), by("carol"))
    late = await refused(unit, 2, by("carol", seconds=900.000001))
    assert (late.reason, late.fields["seconds"]) == ("UNDO_TOO_LATE", 900)
    assert (await undone(unit, 2, by("carol", seconds=900))).head.state is ReviewState.IN_REVIEW


async def test_without_a_grace_period_nothing_later_is_undone(unit: Unit) -> None:
    await catalog.approve(unit, await kept(unit, 2), by("carol"))
    assert (await refused(unit, 2, by("carol", seconds=1), timedelta())).reason == "UNDO_TOO_LATE"


async def test_only_who_decided_undoes(unit: Unit) -> None:
    await catalog.approve(unit, await kept(unit, 2), by("carol"))
    for other in ("editor", "dora", "carol2"):
        refusal = await refused(unit, 2, by(other))
        assert (refusal.reason, refusal.fields["reviewer"]) == ("UNDO_OF_ANOTHERS", "principals/carol")
    # What came in as approved elsewhere nobody here has decided.
    assert (await refused(unit, 3, by("carol"))).reason == "UNDO_OF_ANOTHERS"


async def change(unit: Unit, verb: Verb, reason: str | None = None) -> Any:
    return await catalog.change_availability(unit, await kept(unit, 2), verb, reason, by("erin"))


async def test_what_was_brought_online_since_is_not_undone(unit: Unit) -> None:
    await catalog.approve(unit, await kept(unit, 2), by("carol"))
    await change(unit, Verb.BRING_ONLINE)
    assert (await refused(unit, 2, by("carol"))).reason == "UNDO_OF_WHAT_IS_ONLINE"
    await change(unit, Verb.TAKE_OFFLINE, "storm")
    assert (await refused(unit, 2, by("carol"))).reason == "UNDO_OVERTAKEN"


async def test_what_was_online_before_may_be_undone_until_somebody_writes(unit: Unit) -> None:
    await change(unit, Verb.BRING_ONLINE)
    await catalog.approve(unit, await kept(unit, 2), by("carol"))
    assert (await undone(unit, 2, by("carol"))).availability is Availability.ONLINE
    await catalog.approve(unit, await kept(unit, 2), by("carol"))
    await change(unit, Verb.SUSPEND, "storm")
    assert (await refused(unit, 2, by("carol"))).reason == "UNDO_OVERTAKEN"


async def test_what_was_written_since_is_not_undone(unit: Unit) -> None:
    await catalog.approve(unit, await kept(unit, 2), by("carol"))
    await catalog.update(unit, await kept(unit, 2), a_content(spec=ITEMS, title_en="Next"), by("alice"))
    refusal = await refused(unit, 2, by("carol"))
    assert isinstance(refusal, FailedPrecondition)
    assert (refusal.reason, refusal.fields["state"]) == ("TRANSITION_ILLEGAL", "draft")


async def test_a_decision_that_nobody_noted_is_not_undone(unit: Unit) -> None:
    head = (await kept(unit, 2)).head.model_copy(
        update={"state": ReviewState.REJECTED, "reviewer": "principals/carol", "reviewed_at": NOW}
    )
    await unit.save([(await kept(unit, 2)).model_copy(update={"head": head})])
    assert (await refused(unit, 2, by("carol"))).reason == "UNDO_OVERTAKEN"


async def test_an_undo_closes_no_circle(unit: Unit) -> None:
    # Revision 1 of the fourth needs the fifth, revision 2 does not; meanwhile the fifth came to need the fourth.
    first = a_revision(1, dependencies=needs(5))
    second = a_revision(2, ReviewState.IN_REVIEW, title_en="Free of it", spec=ITEMS)
    await unit.save([a_resource(5), a_resource(4, head=second, current=first)])
    await catalog.approve(unit, await kept(unit, 4), by("carol"))
    await unit.save([a_resource(5, dependencies=needs(4))])
    refusal = await refused(unit, 4, by("carol"))
    assert isinstance(refusal, Invalid)
    assert refusal.reason == "DEPENDENCY_CYCLE"
