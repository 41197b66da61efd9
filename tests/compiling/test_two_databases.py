"""One world, several ways to the same answer: both databases, doors that remember and doors that do not, before and after
changes of who may see what.
"""

from __future__ import annotations

import gc
from random import Random
from typing import Any

import pytest
from asked_arguments import Arguments
from asked_documents import Documents
from asked_worlds import KNOWN, World, asked_world
from representative_documents import about_more, representative

from ucs_core.access.policy import PolicyRow
from ucs_core.graphql.schema import build_schema, core_schema
from ucs_registry.ports import Store
from ucs_registry.testing import a_grant, a_resource
from ucs_sdk.vocabulary import Availability, ShareType

DOCUMENTS, EDITS = 40, 3
SCHEMA = core_schema(build_schema())

# Where one argument is refused, graphql-core leaves the fields beside it as they are, begun by nobody.
pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine '(GraphQLCoreConverter|Executor):RuntimeWarning"),
    # The same where the collector comes by in a frame that has no builtins to warn with.
    pytest.mark.filterwarnings(
        "ignore:Exception ignored in. <coroutine object (GraphQLCoreConverter|Executor):"
        "pytest.PytestUnraisableExceptionWarning"
    ),
]


async def test_both_databases_give_the_same_answers(asking, sqlite_url, postgres_url, findings):
    chance = findings.random("databases")
    world = asked_world(chance)
    drawn = Documents(chance, SCHEMA, Arguments(chance, world))
    violations = []
    async with asking.over(sqlite_url) as (one, first), asking.over(postgres_url) as (two, second):
        for store in (one, two):
            await world.enter(store)
        doors = [asking.door(platform, compiled=True) for platform in (first, second)]
        documents = [drawn.draw() for _ in range(DOCUMENTS * findings.effort)]
        for asked in (*documents, *(each for _, each in representative(world))):
            who = chance.choice(KNOWN)
            told = [await door.tell(who, asked) for door in doors]
            findings.tried += 1
            if told[0] != told[1]:
                violations.append(
                    f"{who} asked {asked.text!r} {asked.variables!r}: {told[0].text:.400} {told[1].text:.400}"
                )
    gc.collect()
    findings.expect_none(violations)


async def edit(store: Store, chance: Random, world: World, number: int) -> None:
    """Change who may see what, one way or another."""
    async with store.write() as unit:
        if number % 3 == 0:
            await unit.remove_grants([grant.id for grant in chance.sample(world.grants, 10)])
            await unit.put_grants(
                [a_grant(at, id=f"new-{number}-{at}", grantee="principals/member") for at in range(1, 10)]
            )
        elif number % 3 == 1:
            effect = chance.choice(("allow", "deny"))
            rule = PolicyRow(
                id=f"new-{number}", role="member", relation="any", kind="data", action="discover", effect=effect
            )
            await unit.put_rules([rule.to_rule()])
        else:
            # A combination of attributes that nothing had before, and so a cell that no mask knows.
            await unit.save(
                [
                    a_resource(
                        500 + number,
                        owner=chance.choice(("well", "370202")),
                        type="compute",
                        availability=Availability.SUSPENDED,
                        share_type=ShareType.UNCONDITIONAL,
                    )
                ]
            )
        await unit.commit()


async def test_what_is_remembered_gives_the_answers_of_what_is_not(asking, database, findings):
    chance = findings.random("remembered")
    world = asked_world(chance)
    every = [each for _, each in (*representative(world), *about_more(world))]
    violations: list[str] = []
    async with asking.over(database) as (store, platform):
        await world.enter(store)
        warm = asking.door(platform, compiled=True)
        for number in range(EDITS * findings.effort + 1):
            if number:
                await edit(store, chance, world, number - 1)
            # Whoever asks first after a change, asks with eyes that were made before it.
            asked = [(chance.choice(KNOWN), each) for each in chance.sample(every, 40)]
            async with asking.beside(store, lambda each: each) as beside:
                fresh: Any = asking.door(beside, compiled=True)
                for who, each in asked:
                    told, measure = await warm.tell(who, each), await fresh.tell(who, each)
                    findings.tried += 1
                    if told.text != measure.text or told.position != measure.position:
                        violations.append(f"{who} asked {each.text!r}: {told.text:.300} and not {measure.text:.300}")
    gc.collect()
    findings.expect_none(violations)
