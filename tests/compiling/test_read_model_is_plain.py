"""What is answered from memory is what the database answers, and plain execution: while the world changes, on two nodes.

Every change is made by a verb at one node. What is asked after it is asked of both, of a third that answers by statements alone,
and of one that executes everything plainly: the model of each node has to have followed.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from asked_arguments import Arguments
from asked_documents import Asked, Documents
from asked_worlds import KNOWN
from changing_worlds import SORTS, Changes, Clock, changing_world
from representative_documents import about_more, representative

from ucs_core.graphql.schema import build_schema, core_schema
from ucs_registry.read_model.answers import ReadModelShaped
from ucs_registry.read_model.showing import Judged
from ucs_registry.sql import open_store
from ucs_registry.visibility import ALLOWED

STEPS, ASKED_EACH, DRAWN = 12, 4, 60
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

IN_TIME = (
    "{ resources(first: 7, orderBy: updated_desc) { totalCount position pageInfo { hasNextPage endCursor } edges { cursor node"
    " { id updatedAt readable etag memberCount contact } } facets(by: [kind, share_type, owner, district, availability])"
    " { dimension values { value count } } } }",
    '{ resources(first: 5, orderBy: updated_asc, filter: {tag: "t1"}) { totalCount nodes { id tags owner { id title { zh } } }'
    " pageInfo { hasPreviousPage startCursor } } }",
    '{ resources(search: "水", orderBy: updated_desc) { totalCount nodes { id dependencies { relation resource { id dependants'
    " { resource { code } } dependencies { role resource { id spec } } } } } } }",
    '{ resources(orderBy: updated_desc, filter: {anyOf: [{kind: data}, {tags: ["t2"]}], shareType: unconditional}) { totalCount'
    " nodes { code deprecation { note alternative { id } } } } }",
)
"""Lists as a model has them, with all that is judged of what they show."""


@asynccontextmanager
async def nodes(
    asking: Any, url: str, clock: Clock, twin: type[ReadModelShaped] | None = None
) -> AsyncIterator[tuple[list[Any], list[Any]]]:
    """Two nodes with a model over one database, and one without: their stores and platforms."""
    async with AsyncExitStack() as opened:
        stores, platforms = [], []
        for read_model in (True, True, False):
            store = await open_store(url, read_model=read_model)
            opened.push_async_callback(store.close)
            if twin is not None and len(stores) == 1:
                store.shaped = twin(store.shaped._behind, store.read_model, store.shaped._filling)
            stores.append(store)
            platforms.append(await opened.enter_async_context(asking.beside(store, lambda each: each, clock)))
        yield stores, platforms


async def compare(doors: dict[str, Any], who: str, asked: Asked) -> str | None:
    """Where the doors differ in what they tell somebody."""
    told = {name: await door.tell(who, asked) for name, door in doors.items()}
    plain = told["plain"]
    for name, each in told.items():
        if (each.text, each.executed, each.code, each.position) != (
            plain.text,
            plain.executed,
            plain.code,
            plain.position,
        ):
            at = next((at for at, (a, b) in enumerate(zip(each.text, plain.text, strict=False)) if a != b), 0)
            return (
                f"{name} told {who}, who asked {asked.text!r} with {asked.variables!r}: …{each.text[max(0, at - 90) : at + 90]}"
                f" at {each.position} and not …{plain.text[max(0, at - 90) : at + 90]} at {plain.position}"
            )
    return None


class Walk:
    """What came of asking about a world that changes."""

    def __init__(self) -> None:
        self.violations: list[str] = []
        self.answered: list[int] = []
        self.done: list[str] = []
        self.asked = 0


async def walk(
    asking: Any,
    url: str,
    chance: Random,
    *,
    orderly: bool,
    steps: int,
    twin: type[ReadModelShaped] | None = None,
) -> Walk:
    """Change a world, and ask after every change; with a twin in place of the second node's answers until it is found out."""
    found, clock = Walk(), Clock()
    world = changing_world(chance, orderly=orderly)
    drawn = Documents(chance, SCHEMA, Arguments(chance, world))
    asked = [*representative(world), *about_more(world)]
    documents = [each for _, each in asked] + [drawn.draw() for _ in range(DRAWN)]
    lists = [Asked(text=text, variables={}) for text in IN_TIME]
    async with nodes(asking, url, clock, twin) as (stores, platforms):
        await world.enter(stores[0])
        for store in stores[:2]:
            # Whatever is asked for is kept, so that a change has something to forget.
            store.shaped.leads_on = 99
            assert await store.read_model.filled()
        compiled = [asking.door(each, compiled=True) for each in platforms]
        doors = dict(zip(("here", "there", "by statements"), compiled, strict=True))
        doors["plain"] = asking.door(platforms[2], compiled=False)
        changes = Changes(platforms[0], chance, world, clock)
        for sort in [*SORTS, *chance.choices(list(SORTS), k=steps)]:
            await changes.step(sort)
            for each in (*chance.sample(documents, ASKED_EACH), *chance.sample(lists, 2)):
                said = await compare(doors, chance.choice(KNOWN), each)
                found.asked += 1
                if said:
                    found.violations.append(f"after {changes.done[-1]}: {said}")
            if twin is not None and found.violations:
                break
        found.answered = [store.shaped.answered for store in stores[:2]]
        found.done = changes.done
    gc.collect()
    return found


LINKED = "dependencies { resource { code %s } }"


@pytest.mark.parametrize(
    ("more", "first"),
    [
        pytest.param("", 1, id="a plain card is learnt from its statement"),
        pytest.param(LINKED % "", 1, id="one with links from its own"),
        pytest.param(LINKED % (LINKED % ""), 2, id="one that leads on when it is asked for again"),
    ],
)
async def test_from_when_on_a_card_is_kept(asking, database, more, first):
    world, clock = changing_world(Random(7), orderly=True), Clock()
    async with nodes(asking, database, clock, None) as (stores, platforms):
        await world.enter(stores[0])
        shaped = stores[0].shaped
        assert await stores[0].read_model.filled()
        name = world.resources[-1].name
        text = f"query($id: ID!) {{ resource(id: $id) {{ code title {{ zh }} {more} }} }}"
        card = Asked(text=text, variables={"id": name})
        doors = {
            "compiled": asking.door(platforms[0], compiled=True),
            "plain": asking.door(platforms[2], compiled=False),
        }
        kept = []
        for _ in range(4):
            assert await compare(doors, "administrator", card) is None
            kept.append(any(each.young for each in shaped._shelf._kept.values()))
        assert kept == [False] * (first - 1) + [True] * (5 - first)


@pytest.mark.parametrize("orderly", [True, False], ids=["in order", "late"])
async def test_answers_from_memory_are_plain_answers(asking, database, findings, orderly, record_property):
    chance: Random = findings.random("read model", orderly)
    found = await walk(asking, database, chance, orderly=orderly, steps=STEPS * findings.effort)
    findings.tried += found.asked
    tally = Counter(each for each in found.done if ":" not in each)
    record_property("figure", f"read model is plain: {found.answered} answers from memory; {dict(tally)}")
    findings.expect_none(found.violations)
    # Of two of every six questions the model knows everything; of others it does of some.
    assert min(found.answered) > len(found.done) * 2, found.answered
    assert len(tally) >= len(SORTS) // 2, found.done


class Deaf(ReadModelShaped):
    """Never hears that anything has changed."""

    def _hear(self, followed):
        pass


class SeesWhatIsHidden(ReadModelShaped):
    """Takes whatever a link leads to for visible."""

    def eyes(self, discover, read, work):
        seen = super().eyes(discover, read, work)
        shows_all = replace(discover, mask=bytes((ALLOWED,)) * len(discover.mask), grantees=())
        return replace(seen, discover=super().eyes(shows_all, None, ()).discover)


class All:
    """Holds every number."""

    def __contains__(self, number):
        return True


class TakesEveryGrantForGiven(ReadModelShaped):
    """Shows whatever a grant could show."""

    def _judged(self, visibility, at):
        return Judged(visibility, All())


@pytest.mark.parametrize("twin", [Deaf, SeesWhatIsHidden, TakesEveryGrantForGiven])
async def test_a_broken_memory_is_found_out(asking, sqlite_url, findings, twin):
    found = await walk(asking, sqlite_url, findings.random("twin"), orderly=True, steps=40, twin=twin)
    findings.tried += found.asked
    assert found.violations
    assert all("there told" in each for each in found.violations), found.violations
