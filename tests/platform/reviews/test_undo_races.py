"""Undoing a review while others write: what was undone was the undoer's own, the last, and in time, whoever came between.

Several people press their buttons at once, again and again. The log says in which order it all took effect; from it alone
follows what must stand in the store, and whether each undo was rightful.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from ucs_core.platform.pipeline import WriteSession
from ucs_core.platform.resources import UNDO_WITHIN, ResourceVerbs
from ucs_registry.catalog.changes import stored
from ucs_registry.lifecycle import Verb
from ucs_registry.log import Outcome
from ucs_sdk.errors import UcsError
from ucs_sdk.vocabulary import Availability, ReviewState

ROUNDS = 15


@dataclass
class Replayed:
    """A resource as its entries in the log say that it went."""

    number: int = 1
    state: str = "draft"
    approved: list[int] = field(default_factory=list)
    availability: str = "offline"
    last: Any = None
    problems: list[str] = field(default_factory=list)

    def apply(self, entry: Any) -> None:
        """Take one accepted entry."""
        match entry.verb.removeprefix("resources."):
            case "update":
                self.number, self.state = self.number + 1, "draft"
            case "submit":
                self.state = "in_review"
            case "withdraw":
                self.state = "draft"
            case "approve":
                self.state = "approved"
                self.approved.append(self.number)
            case "reject":
                self.state = "rejected"
            case "bring_online":
                self.availability = "online"
                if not self.approved:
                    self.problems.append(f"{entry.position}: what nobody has approved went online")
            case "take_offline":
                self.availability = "offline"
            case "undo_review":
                self._undo(entry)
        self.last = entry

    def _undo(self, entry: Any) -> None:
        decision = self.last
        if decision is None or decision.verb not in ("resources.approve", "resources.reject"):
            self.problems.append(f"{entry.position}: undid behind {decision and decision.verb}")
        elif decision.actor != entry.actor:
            self.problems.append(f"{entry.position}: {entry.actor} undid what {decision.actor} decided")
        elif entry.at - decision.at > UNDO_WITHIN:
            self.problems.append(f"{entry.position}: undid too late")
        elif decision.after != entry.before:
            self.problems.append(f"{entry.position}: undid another state than the decision left")
        if self.approved and self.approved[-1] == self.number:
            self.approved.pop()
        self.state = "in_review"

    def unlike(self, kept: Any) -> list[str]:
        """Where the store does not hold what the log says."""
        said = (self.number, self.state, self.approved[-1] if self.approved else None, self.availability)
        current = kept.current and kept.current.number
        held = (kept.head.number, kept.head.state.value, current, kept.availability.value)
        return [] if said == held else [f"the store holds {held}, the log says {said}"]


async def violations(desk: Any, name: str) -> list[str]:
    """What is wrong with how a resource went, by the log."""
    replayed = Replayed()
    for entry in await desk.log():
        if entry.object == name and entry.outcome is Outcome.ACCEPTED and entry.verb != "resources.create":
            replayed.apply(entry)
    return replayed.problems + replayed.unlike(await desk.kept(name))


async def press(desk: Any, verbs: Any, who: str, verb: str, name: str) -> None:
    """One attempt of one person, on the state that they then read; refusals are theirs to read."""
    etag, call = await desk.etag(name), desk.call(who)
    with_etag = {
        "approve": lambda: verbs.approve(call, name, etag),
        "reject": lambda: verbs.reject(call, name, "no", etag),
        "update": lambda: verbs.update(call, name, {"summary": {"zh": etag, "en": etag}}, etag),
        "submit": lambda: verbs.submit(call, name),
        "online": lambda: verbs.bring_online(call, name),
        "offline": lambda: verbs.take_offline(call, name, "storm"),
        "undo": lambda: verbs.undo_review(call, name),
    }
    try:
        await with_etag[verb]()
    except UcsError:
        return


async def press_all(desk: Any, verbs: Any, who: str, pressed: Sequence[str], name: str) -> None:
    """What one person does in a round, one press after the other."""
    for verb in pressed:
        await press(desk, verbs, who, verb, name)


BUTTONS = {
    "inspector": ("approve", "reject", "undo", "undo", "online", "offline"),
    "plumber": ("approve", "reject", "undo", "undo", "online"),
    "clerk": ("submit", "submit", "submit", "update"),
}


async def soak(desk: Any, verbs: Any, random: Any, rounds: int) -> str:
    """Everybody presses at once, round by round; time passes between the rounds, now and then too much. The resource."""
    name = await desk.waiting(f"SOAK-{random.randrange(10**6)}")
    for _ in range(rounds):
        people = [(who, random.choices(buttons, k=2)) for who, buttons in BUTTONS.items()]
        random.shuffle(people)
        await asyncio.gather(*(press_all(desk, verbs, who, pressed, name) for who, pressed in people))
        desk.city.clock.move(seconds=random.choice((0, 1, 60, 1_000)))
    return name


async def test_whoever_comes_between_an_undo_is_rightful(desk: Any, findings: Any) -> None:
    random = findings.random("undo")
    for _ in range(findings.effort):
        name = await soak(desk, desk.verbs, random, ROUNDS)
        findings.tried += ROUNDS * len(BUTTONS) * 2
        findings.expect_none(await violations(desk, name))


class UndoesWhatItFinds(ResourceVerbs):
    """The twin: puts the latest revision back into review, whoever decided it and whatever came since."""

    async def undo_review(self, call: Any, name: str, etag: str | None = None) -> Any:
        async def work(session: WriteSession, resource: Any) -> Any:
            head = resource.head.model_copy(update={"state": ReviewState.IN_REVIEW})
            current = None if resource.current == resource.head else resource.current
            actor = type("Actor", (), {"name": call.actor, "at": session.at})()
            return await stored(session.unit, resource, actor, head=head, current=current)

        return await self._change(call, name, Verb.UNDO_REVIEW, etag, {}, work)


async def test_an_undo_that_asks_nothing_is_found(table: Any, findings: Any) -> None:
    name = await soak(table, UndoesWhatItFinds(table.city.platform.pipeline), findings.random("undo"), ROUNDS)
    findings.expect_caught("undoes what it finds", await violations(table, name))


@pytest.mark.parametrize("first", [True, False])
async def test_an_undo_and_a_bringing_online_never_both_pass(desk: Any, first: bool) -> None:
    for number in range(4):
        name = await desk.waiting(f"RACE-{number}")
        await desk.decide("inspector", await desk.row(name))
        undo = desk.verbs.undo_review(desk.call("inspector"), name)
        online = desk.verbs.bring_online(desk.call("inspector"), name)
        ends = await asyncio.gather(*((undo, online) if first else (online, undo)), return_exceptions=True)
        kept = await desk.kept(name)
        refused = {end.reason for end in ends if isinstance(end, UcsError)}
        assert len(refused) == 1
        if kept.current is None:
            assert (refused, kept.availability) == ({"NO_CURRENT_REVISION"}, Availability.OFFLINE)
        else:
            assert (refused, kept.availability) == ({"UNDO_OF_WHAT_IS_ONLINE"}, Availability.ONLINE)


async def test_an_undo_and_the_next_draft_never_both_pass(desk: Any) -> None:
    for number in range(4):
        name = await desk.waiting(f"RACE-{number}")
        await desk.decide("inspector", await desk.row(name))
        undo = desk.verbs.undo_review(desk.call("inspector"), name)
        update = desk.update(name, summary={"zh": "新", "en": "New"})
        ends = await asyncio.gather(*((undo, update) if number % 2 else (update, undo)), return_exceptions=True)
        refused = {end.reason for end in ends if isinstance(end, UcsError)}
        kept = await desk.kept(name)
        assert len(refused) == 1
        if kept.head.number == 1:
            assert (kept.head.state, refused <= {"ETAG_STALE", "REVIEW_PENDING"}) == (ReviewState.IN_REVIEW, True)
        else:
            assert (kept.current.number, refused) == (1, {"TRANSITION_ILLEGAL"})


async def test_two_undoings_have_one_effect(table: Any) -> None:
    name = await table.waiting("TWICE")
    await table.decide("inspector", await table.row(name))
    ends = await asyncio.gather(
        *(table.verbs.undo_review(table.call("inspector"), name) for _ in range(2)), return_exceptions=True
    )
    assert sorted(isinstance(end, UcsError) for end in ends) == [False, True]
    await table.decide("plumber", await table.row(name))
    one, other = [await table.verbs.undo_review(table.call("plumber", request_id="again"), name) for _ in range(2)]
    assert one == other


async def test_an_undo_asks_for_the_right_to_review_by_then(table: Any) -> None:
    name = await table.waiting("REVOKED")
    await table.decide("plumber", await table.row(name))
    async with table.city.store.write() as unit:
        await unit.remove_rules(["held.plumber.reviewer"])
        await unit.commit()
    refusal = await table.city.refused(table.verbs.undo_review(table.call("plumber"), name))
    assert refusal.reason in ("DENIED", "NOT_FOUND")
    assert await table.states(name) == ["approved"]


async def test_a_watcher_is_told_of_an_undo_as_of_any_change(table: Any) -> None:
    name = await table.waiting("WATCHED")
    before = (await table.log())[-1].position
    await table.decide("inspector", await table.row(name))
    await table.verbs.undo_review(table.call("inspector"), name)
    undone = (await table.log())[-1]
    assert (undone.verb, undone.action, undone.position) == ("resources.undo_review", "review", before + 2)
    assert undone.after == (await table.kept(name)).digest


async def test_the_grace_period_is_what_the_operator_says(table: Any) -> None:
    brief = ResourceVerbs(table.city.platform.pipeline, undo_within=timedelta(seconds=5))
    for wait, passes in ((5, True), (6, False)):
        name = await table.waiting(f"WAIT-{wait}")
        await table.decide("inspector", await table.row(name))
        table.city.clock.move(seconds=wait)
        if passes:
            await brief.undo_review(table.call("inspector"), name)
        else:
            refusal = await table.city.refused(brief.undo_review(table.call("inspector"), name))
            assert (refusal.reason, refusal.fields["seconds"]) == ("UNDO_TOO_LATE", 5)
