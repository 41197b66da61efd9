"""What a session tells stands beside what a statement answers: all of an answer is from one state, and as it is executed."""

from __future__ import annotations

from random import Random

from asked_documents import Asked
from asked_worlds import KNOWN, asked_world
from lying_answers import Lying, Through
from representative_documents import TOLD, representative

WORLD = 1
MIXED = Asked(
    text="{ viewer { id } resources(first: 3) { totalCount nodes { id } } types(first: 2) { nodes { id } } }",
    variables={},
)


class OfAnotherState(Lying):
    """Answers come from a state that nobody else has seen."""

    async def ask(self, shape, eyes, at, asked):
        shown = await super().ask(shape, eyes, at, asked)
        return shown and shown._replace(position=shown.position + 1)


async def test_what_is_told_is_what_is_executed_whoever_asks(asking, database):
    world = asked_world(Random(WORLD))
    async with asking.over(database) as (store, platform):
        await world.enter(store)
        door, plain = asking.door(platform, compiled=True), asking.door(platform, compiled=False)
        told = {name: asked for name, asked in representative(world) if name in TOLD} | {"mixed": MIXED}
        for name, asked in told.items():
            for who in (*KNOWN[:4], "shut-out"):
                answer, expected = await door.tell(who, asked), await plain.tell(who, asked)
                assert (answer.text, answer.code, answer.position) == (
                    expected.text,
                    expected.code,
                    expected.position,
                ), name
                assert answer.compiled == (expected.code is None), (name, who, expected.text)


async def test_parts_of_two_states_are_no_answer(asking, sqlite_url):
    world = asked_world(Random(WORLD))
    async with asking.over(sqlite_url) as (store, platform):
        await world.enter(store)
        assert (await asking.door(platform, compiled=True).tell("editor", MIXED)).compiled
        async with asking.beside(store, lambda each: Through(each, OfAnotherState(each.shaped))) as beside:
            answer = await asking.door(beside, compiled=True).tell("editor", MIXED)
            assert answer.code is None
            assert not answer.compiled


async def test_a_field_that_is_not_there_for_the_caller_is_left_to_the_execution(asking, sqlite_url):
    world = asked_world(Random(WORLD))
    async with asking.over(sqlite_url) as (store, platform):
        await world.enter(store)
        asked = Asked(text='{ viewer { id } node(id: "principals/reviewer") { id } }', variables={})
        answer = await asking.door(platform, compiled=True).tell("editor", asked)
        assert (answer.compiled, answer.code) == (False, "NOT_FOUND")
