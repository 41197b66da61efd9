"""Many decisions in one call: each stands or falls alone, and the whole can be repeated."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from ucs_core.platform.reviews import ReviewVerbs
from ucs_registry import catalog
from ucs_registry.catalog import Actor
from ucs_registry.log import Outcome
from ucs_registry.testing import NOW, everything_visible
from ucs_sdk.errors import Code, Invalid, UcsError


async def accepted(desk: Any) -> list[tuple[str, str]]:
    """The decisions in the log."""
    decided = ("resources.approve", "resources.reject")
    return [
        (entry.verb, entry.object)
        for entry in await desk.log()
        if entry.verb in decided and entry.outcome is Outcome.ACCEPTED
    ]


async def mixed(desk: Any) -> list[dict[str, Any]]:
    """Rows that end in every way, for `plumber`."""
    good = await desk.row(await desk.waiting("GOOD"))
    own = await desk.row(await desk.waiting("OWN", who="plumber", owner="pumps"))
    bad = await desk.row(await desk.waiting("BAD"), "reject", reason="no units")
    unread = await desk.row(await desk.waiting("UNREAD")) | {"etag": "v1"}
    unstated = await desk.row(await desk.waiting("UNSTATED"), "reject")
    draft = await desk.row(await desk.draft("DRAFT"))
    elsewhere = await desk.row(await desk.waiting("ELSEWHERE", who="painter", owner="roads"))
    blind = {"name": await desk.waiting("BLIND"), "decision": "approve"}
    nowhere = {"name": "resources/01HZZZZZZZZZZZZZZZZZZZZZZZ", "decision": "approve", "etag": "v1"}
    last = await desk.row(await desk.waiting("LAST"))
    return [good, own, bad, unread, unstated, draft, elsewhere, blind, nowhere, last]


ENDS = [
    "approved",
    "SELF_APPROVAL",
    "rejected",
    "ETAG_STALE",
    "REASON_MISSING",
    "TRANSITION_ILLEGAL",
    "NOT_FOUND",
    "ETAG_MISSING",
    "NOT_FOUND",
    "approved",
]


async def test_every_row_has_its_own_end_and_its_own_entry(desk: Any) -> None:
    rows = await mixed(desk)
    before = len(await desk.log())
    call = desk.call("plumber", request_id="r-1")
    made = await desk.city.platform.reviews.decide(call, rows)
    ends = [item.refusal.reason if item.refusal else item.resource.head.state.value for item in made.results]
    assert ends == ENDS
    assert [item.name for item in made.results] == [row["name"] for row in rows]
    left = (await desk.log())[before:]
    assert [entry.object for entry in left] == [row["name"] for row in rows]
    assert {entry.call_id for entry in left} == {call.call_id}
    assert [entry.reason for entry in left] == [None if end.islower() else end for end in ENDS]
    refusal = made.results[1].refusal
    assert (refusal.code, refusal.fields["actor"]) == (Code.FAILED_PRECONDITION, "principals/plumber")
    assert "cannot be reviewed" in refusal.messages["en"]
    assert "不能自行审核" in refusal.messages["zh"]


async def test_a_repetition_tells_the_same_and_does_nothing(desk: Any) -> None:
    rows = await mixed(desk)
    first = await desk.city.platform.reviews.decide(desk.call("plumber", request_id="r-1"), rows)
    # What was refused would pass now, and what was approved has gone on.
    unread = rows[3]["name"]
    await desk.verbs.withdraw(desk.call("clerk"), unread)
    await desk.verbs.submit(desk.call("clerk"), unread)
    before = len(await desk.log())
    again = await desk.city.platform.reviews.decide(desk.call("plumber", request_id="r-1"), rows)
    assert again == first
    assert len(await desk.log()) == before
    # The same rows under another id are another call.
    assert (await desk.decide("plumber", *rows, request_id="r-2"))[0] == "ETAG_STALE"


class ForgetsItsRefusals(ReviewVerbs):
    """The twin: keeps no answer of its own, and judges a repetition by what stands now."""

    calls = 0

    async def decide(self, call: Any, rows: Any) -> Any:
        self.calls += 1
        return await super().decide(replace(call, request_id=f"{call.request_id}-{self.calls}"), rows)


async def test_an_answer_that_is_not_kept_is_found(table: Any) -> None:
    rows = await mixed(table)
    twin = ForgetsItsRefusals(table.city.platform.pipeline, table.verbs)
    call = table.call("plumber", request_id="r-1")
    assert await twin.decide(call, rows) != await twin.decide(call, rows)


async def test_another_call_under_a_used_id_is_refused_before_any_row(table: Any) -> None:
    one, other = [await table.row(await table.waiting(code)) for code in ("ONE", "OTHER")]
    await table.decide("plumber", one, request_id="r-1")
    before = await table.log()
    refusal = await table.city.refused(table.decide("plumber", other, request_id="r-1"))
    assert refusal.reason == "REQUEST_ID_REUSED"
    assert await table.states(other["name"]) == ["in_review"]
    [entry] = (await table.log())[len(before) :]
    assert (entry.verb, entry.object, entry.reason) == ("resources.review", "resources/-", "REQUEST_ID_REUSED")


@pytest.mark.parametrize(
    ("change", "reason", "path"),
    [
        (lambda rows: [], "FIELD_TOO_SHORT", "rows"),
        (lambda rows: rows * 201, "FIELD_TOO_LONG", "rows"),
        (lambda rows: [*rows, rows[0]], "ROW_TWICE", "rows[1].name"),
        (
            lambda rows: [*rows, rows[0] | {"name": rows[0]["name"].lower()}],
            "ROW_TWICE",
            "rows[1].name",
        ),
        (lambda rows: [*rows, {"name": "x", "decision": "maybe"}], "FIELD_NOT_ONE_OF", "rows[1].decision"),
        (lambda rows: [*rows, {"decision": "approve"}], "FIELD_MISSING", "rows[1].name"),
        (lambda rows: [*rows, {"name": "x", "decision": "approve", "more": 1}], "FIELD_UNKNOWN", "rows[1].more"),
        (lambda rows: [*rows, {"name": "x" * 81, "decision": "approve"}], "FIELD_TOO_LONG", "rows[1].name"),
    ],
)
async def test_a_mistake_in_the_form_of_one_row_stops_all_before_the_first(
    table: Any, change: Any, reason: str, path: str
) -> None:
    rows = [await table.row(await table.waiting("ONE"))]
    before = len(await table.log())
    refusal = await table.city.refused(table.decide("plumber", *change(rows), request_id="r-1"))
    assert (type(refusal), refusal.reason, refusal.fields["path"]) == (Invalid, reason, path)
    assert await table.states(rows[0]["name"]) == ["in_review"]
    [entry] = (await table.log())[before:]
    assert (entry.verb, entry.reason) == ("resources.review", reason)


async def test_what_is_only_checked_changes_nothing_and_is_in_no_log(table: Any) -> None:
    rows = await mixed(table)
    before = await table.log()
    assert await table.decide("plumber", *rows, validate_only=True) == ENDS
    assert await table.decide("plumber", *rows, validate_only=True, request_id="r-1") == ENDS
    assert await table.log() == before
    assert await table.decide("plumber", *rows, request_id="r-1") == ENDS


async def test_a_repetition_shows_no_more_than_may_be_seen_by_then(table: Any) -> None:
    rows = [await table.row(await table.waiting("ONE"))]
    await table.decide("plumber", *rows, request_id="r-1")
    async with table.city.store.write() as unit:
        await unit.remove_rules(["held.plumber.reviewer", "held.plumber.editor"])
        person = next(item for item in await unit.principals() if item.id == "plumber")
        await unit.put_principals([person.model_copy(update={"organization": None})])
        await unit.commit()
    repeated = await table.decide("plumber", *rows, request_id="r-1")
    assert repeated in (["NOT_FOUND"], [None])
    [result] = (await table.city.platform.reviews.decide(table.call("plumber", request_id="r-1"), rows)).results
    assert result.resource is None or (result.resource.head, result.resource.etag) == (None, None)


async def test_a_repetition_tells_no_refusal_of_what_may_be_seen_no_more(table: Any) -> None:
    rows = [await table.row(await table.waiting("ONE")) | {"etag": "v1"}]
    assert await table.decide("plumber", *rows, request_id="r-1") == ["ETAG_STALE"]
    async with table.city.store.write() as unit:
        one = await unit.resource(rows[0]["name"].removeprefix("resources/"))
        await catalog.delete(unit, one, Actor("principals/admin", NOW, everything_visible()))
        await unit.commit()
    [result] = (await table.city.platform.reviews.decide(table.call("plumber", request_id="r-1"), rows)).results
    assert (result.refusal.reason, result.refusal.fields) == ("NOT_FOUND", {"object": rows[0]["name"]})


async def test_a_repeated_refusal_names_no_other_that_may_be_seen_no_more(table: Any) -> None:
    one, other = [await table.waiting(code) for code in ("ONE", "OTHER")]
    await table.decide("plumber", await table.row(one), await table.row(other))
    for near, far in ((one, other), (other, one)):
        await table.update(near, dependencies=[{"target": far, "relation": "reads"}])
        await table.verbs.submit(table.call("clerk"), near)
    await table.decide("plumber", await table.row(one))
    rows = [await table.row(other)]
    call = table.call("plumber", request_id="r-1")
    [first] = (await table.city.platform.reviews.decide(call, rows)).results
    assert first.refusal.fields["circle"] == f"{other} → {one} → {other}"
    async with table.city.store.write() as unit:
        away = await unit.resource(one.removeprefix("resources/"))
        await catalog.delete(unit, away, Actor("principals/admin", NOW, everything_visible()))
        await unit.commit()
    [again] = (await table.city.platform.reviews.decide(call, rows)).results
    assert again.refusal.fields["circle"] == f"{other} → … → {other}"
    assert one not in again.model_dump_json()


async def test_a_call_that_broke_off_is_repeated_to_its_end(desk: Any) -> None:
    rows = [await desk.row(await desk.waiting(f"ROW-{number}")) for number in range(12)]
    async with desk.city.store.read() as reader:
        position = reader.head.position
    cut = asyncio.create_task(desk.decide("plumber", *rows, request_id="r-1"))
    # Cut off after the first row, wherever it then is.
    while not await accepted(desk):
        await desk.city.store.moved(position, 1)
    cut.cancel()
    with suppress(asyncio.CancelledError):
        await cut
    await desk.city.platform.pipeline.drain()
    assert await desk.decide("plumber", *rows, request_id="r-1") == ["approved"] * 12
    assert await accepted(desk) == [("resources.approve", row["name"]) for row in rows]


async def test_two_reviewers_of_one_pile_decide_every_row_once(desk: Any) -> None:
    names = [await desk.waiting(f"ROW-{number}") for number in range(10)]
    rows = [await desk.row(name) for name in names]
    rejecting = [row | {"decision": "reject", "reason": "no"} for row in reversed(rows)]
    one, other = await asyncio.gather(desk.decide("plumber", *rows), desk.decide("inspector", *rejecting))
    passed = [(left == "approved") + (right == "rejected") for left, right in zip(one, reversed(other), strict=True)]
    assert passed == [1] * 10
    assert {end for end in one + other if end not in ("approved", "rejected")} <= {"ETAG_STALE", "TRANSITION_ILLEGAL"}
    assert len(await accepted(desk)) == 10


async def test_nobody_without_a_token_that_counts_learns_anything(table: Any) -> None:
    row = await table.row(await table.waiting("ONE"))
    with pytest.raises(UcsError) as caught:
        await table.decide("nobody-known", row)
    assert caught.value.code is Code.UNAUTHENTICATED
