"""Single things and what stands around them: the statement answers as the resolvers do, and answers by itself."""

from __future__ import annotations

from random import Random

import pytest
from asked_documents import Asked
from asked_worlds import KNOWN, asked_world

from ucs_core.graphql import Caller
from ucs_registry.resources import Dependency
from ucs_registry.testing import a_resource, an_id
from ucs_sdk.messages import Locale
from ucs_sdk.vocabulary import DependencyRelation

CARD = (
    "id code kind type availability availabilityReason createdAt updatedAt revision readable memberCount etag"
    " title { zh en } summary { en zh } tags regionCode location { longitude latitude } classification providerCode format"
    " shareType shareCondition denialBasis shareMode openType openCondition dataLevel updateCycle issuedOn conformsTo"
    " relatedCodes source synthetic contact spec footprint temporal { start end } deletedAt purgeAt deletedBy"
    " deprecation { effectiveOn removalOn note alternative { id readable } }"
    " owner { id title { en } level kind regionCode path source synthetic parent { id parent { id title { zh } } } }"
)
FOUR = (
    f"query($id: ID!) {{ resource(id: $id) {{ {CARD} }} }}",
    "query($id: ID!) { resource(id: $id) { id dependencies { relation version role required resource { id code owner { id } } }"
    " dependants { relation resource { id etag } } } }",
    "query($id: ID!) { it: resource(id: $id) { a: dependencies { resource { dependencies { resource { dependencies {"
    " resource { id tags } } } } } } b: dependencies { required } dependants(first: 1) { resource { id"
    " dependants(first: 2) { resource { code } } } } } __typename }",
    "query($id: ID!) { node(id: $id) { __typename id ... on Resource { code title { __typename zh } }"
    " ... on Organization { level } } }",
)
QUERIES = {"card": FOUR[0], "both ways": FOUR[1], "deep": FOUR[2], "node": FOUR[3]}


@pytest.mark.parametrize("document", QUERIES.values(), ids=QUERIES)
async def test_a_resource_is_answered_as_it_is_executed(asking, database, document):
    chance = Random(document)
    world = asked_world(chance)
    async with asking.over(database) as (store, platform):
        await world.enter(store)
        compiled, plain = asking.door(platform, compiled=True), asking.door(platform, compiled=False)
        answered = 0
        for name in chance.sample(world.names, 9):
            for who in chance.sample(KNOWN, 3):
                asked = Asked(text=document, variables={"id": name})
                told, expected = await compiled.tell(who, asked), await plain.tell(who, asked)
                assert (told.text, told.code, told.position) == (expected.text, expected.code, expected.position)
                assert told.compiled == (expected.code is None), (who, name, expected.text)
                answered += told.compiled
        assert answered > 6


async def test_scenarios_are_answered_as_they_are_executed(asking, database):
    told = "resource { id etag } health reasons { trouble resource required } parts { id relation version role required code"
    told += " kind type title { en } availability trouble }"
    many = f"query {{ scenarios(first: 50, orderBy: code) {{ totalCount edges {{ cursor node {{ {told} }} }} }} }}"
    one = f"query($id: ID!) {{ scenario(id: $id) {{ {told} }} }}"
    world = asked_world(Random(21))
    async with asking.over(database) as (store, platform):
        await world.enter(store)
        compiled, plain = asking.door(platform, compiled=True), asking.door(platform, compiled=False)
        documents = [Asked(text=many, variables={})]
        documents += [Asked(text=one, variables={"id": name}) for name in Random(4).sample(world.names, 6)]
        for asked in documents:
            for who in ("administrator", "editor", "outsider"):
                answer, expected = await compiled.tell(who, asked), await plain.tell(who, asked)
                assert (answer.text, answer.code, answer.position) == (expected.text, expected.code, expected.position)
                assert answer.compiled == (expected.code is None)


async def test_an_answer_that_grows_without_bound_is_left_to_plain_execution(asking, sqlite_url):
    """Forty resources that all need each other: of two steps there are 1,600 links, of three 64,000."""
    everything = [f"resources/{an_id(number)}" for number in range(1, 41)]
    links = tuple(Dependency(target=name, relation=DependencyRelation.READS) for name in everything)
    world = asked_world(Random(1), 4)
    world.grants, world.members, world.entries, world.binned = [], {}, [], []
    world.resources = [a_resource(number, dependencies=links) for number in range(1, 41)]
    async with asking.over(sqlite_url) as (store, platform):
        await world.enter(store)
        door, answered = asking.door(platform, compiled=True).door, []
        for steps in (2, 3):
            document = "{ id }"
            for _ in range(steps):
                document = f"{{ dependencies {{ resource {document} }} }}"
            operation = door.prepare(f'{{ resource(code: "CODE-000001") {document} }}', None, {})
            caller = Caller(principal="administrator", locale=Locale.EN, call_id="asked")
            answered.append(await door.compiled(operation, {}, caller) is not None)
        assert answered == [True, False]
