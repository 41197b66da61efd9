"""The queue holds exactly what its reviewer could decide now, and tells of nothing else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ucs_core.access.actions import Action
from ucs_registry.queries import Dimension, Order, ResourceQuery
from ucs_registry.reviews import ReviewQueue
from ucs_registry.visibility import Grant
from ucs_sdk.errors import Invalid, UcsError

QUEUE = ResourceQuery(awaiting_review=True)


async def crowd(desk: Any) -> list[str]:
    """Work of every owner, author and state; the names of all."""
    for number, (who, owner) in enumerate((("clerk", "water"), ("plumber", "pumps"), ("painter", "roads")) * 2):
        desk.city.clock.move(seconds=1)
        await desk.waiting(f"WAIT-{number}", who=who, owner=owner)
        await desk.draft(f"DRAFT-{number}", who=who, owner=owner, data_level="l3")
    desk.city.clock.move(seconds=1)
    await desk.waiting("BY-KEEPER", who="clerk", by="keeper")
    desk.city.clock.move(seconds=1)
    await desk.verbs.withdraw(desk.call("clerk"), desk.made["WAIT-0"])
    await desk.verbs.submit(desk.call("clerk"), desk.made["WAIT-0"])
    return list(desk.made.values())


async def decidable(desk: Any, who: str, names: list[str]) -> set[str]:
    """The codes of what somebody could approve now, tried one by one."""
    found = set()
    for name in names:
        kept = await desk.kept(name)
        try:
            await desk.verbs.approve(desk.call(who, validate_only=True), name, kept.etag)
        except UcsError:
            continue
        found.add(kept.code)
    return found


async def test_a_queue_holds_exactly_what_its_reviewer_could_approve(desk: Any) -> None:
    names = await crowd(desk)
    now = desk.city.clock.now
    grant = Grant(
        id="g",
        grantee="principals/painter",
        action="review",
        resource=desk.made["WAIT-1"],
        valid_from=now - timedelta(hours=1),
        valid_until=None,
        origin="test",
    )
    await desk.city.keep(grants=[grant])
    sizes = {}
    for who in ("founder", "mayor", "keeper", "clerk", "plumber", "inspector", "painter", "outsider"):
        queue = await desk.queue(who)
        assert set(queue) == await decidable(desk, who, names), who
        sizes[who] = len(queue)
    assert (sizes["inspector"], sizes["outsider"]) == (7, 0)
    assert 0 < sizes["plumber"] < 7


async def test_a_queue_that_asks_what_may_be_discovered_is_found(table: Any) -> None:
    names = await crowd(table)
    async with table.city.platform.session("clerk") as session:
        sight = session._sight
        lax = ReviewQueue(reviewer="principals/clerk", visibility=sight.visibility(Action.DISCOVER))
        query = ResourceQuery(awaiting_review=True, queue=lax)
        found = await sight.reader.select(query, sight.visibility(), order=Order.SUBMITTED, after=None, first=200)
    assert {item.code for item in found} != await decidable(table, "clerk", names)


async def test_a_queue_is_in_the_order_of_submission_page_by_page(desk: Any) -> None:
    await crowd(desk)
    everything = await desk.queue("inspector")
    # What was withdrawn and submitted again has come to the end of the line.
    assert everything == ["WAIT-1", "WAIT-2", "WAIT-3", "WAIT-4", "WAIT-5", "BY-KEEPER", "WAIT-0"]
    async with desk.city.platform.session("inspector") as session:
        seen, after, more = [], None, True
        while more:
            page = await session.resources(QUEUE, order=Order.SUBMITTED, first=2, after=after)
            seen += [item.code for item in page.items]
            after, more = page.cursors[-1], page.more
    assert seen == everything


async def test_a_decision_empties_the_queue_of_all_and_its_undoing_fills_it_again(table: Any) -> None:
    name = await table.waiting("AA")
    for verb, state in (("approve", "approved"), ("reject", "rejected")):
        assert (await table.queue("inspector"), await table.queue("plumber")) == (["AA"], ["AA"])
        assert await table.decide("inspector", await table.row(name, verb, reason="no")) == [state]
        assert (await table.queue("inspector"), await table.queue("plumber")) == ([], [])
        await table.verbs.undo_review(table.call("inspector"), name)
    assert await table.queue("plumber") == ["AA"]


async def test_what_was_revoked_is_in_no_queue_from_the_next_session_on(table: Any, make: Any) -> None:
    await table.waiting("AA")
    assert await table.queue("plumber") == ["AA"]
    async with table.city.store.write() as unit:
        await unit.remove_rules(["held.plumber.reviewer"])
        await unit.commit()
    assert await table.queue("plumber") == []


async def test_counts_by_kind_are_those_of_the_queue(table: Any) -> None:
    await crowd(table)
    for who in ("inspector", "plumber", "clerk", "outsider"):
        async with table.city.platform.session(who) as session:
            counted = await session.facets(QUEUE, [Dimension.KIND])
        total = len(await table.queue(who))
        assert counted[Dimension.KIND] == ({"data": total} if total else {})


async def test_the_order_of_submission_is_for_what_waits_alone(table: Any) -> None:
    async with table.city.platform.session("inspector") as session:
        for query in (ResourceQuery(), ResourceQuery(awaiting_review=False, tag="水")):
            refusal = await table.city.refused(session.resources(query, order=Order.SUBMITTED))
            assert (type(refusal), refusal.reason) == (Invalid, "ORDER_NEEDS_QUEUE")
        assert (await session.resources(QUEUE, order=Order.TITLE_ZH)).items == []
