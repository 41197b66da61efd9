"""How a model comes to the head, and when it has no answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

import pytest
from projected_worlds import ChangingWorld, Questions, difference

from ucs_registry.ports import Unit
from ucs_registry.queries import Order, ResourceQuery
from ucs_registry.read_model import Followed, Model
from ucs_registry.read_model.asking import TAG_MOST
from ucs_registry.read_model.following import BEHIND_MOST
from ucs_registry.read_model.model import FETCHED_AT_ONCE, LATE_MOST, TRIES, Head
from ucs_registry.read_model.ports import QUICK_MOST, Behind, State
from ucs_registry.shapes import PageWanted
from ucs_registry.sql import SqlStore
from ucs_registry.testing import (
    NOW,
    a_resource,
    an_entry,
    an_id,
    an_organization,
    everything_visible,
    founded,
)
from ucs_sdk.errors import Unavailable

EVERYTHING = PageWanted(query=ResourceQuery(), order=Order.UPDATED_DESC, size=5, around=True)
ALL = everything_visible()


async def logged(store: SqlStore, *resources: Any) -> None:
    """Save resources, with an entry for each."""
    async with store.write() as unit:
        await unit.save(resources)
        for resource in resources:
            unit.append(an_entry(object=resource.name))
        await unit.commit()


async def test_a_model_has_no_answer_before_it_is_filled_and_fills_itself_when_asked(
    store: SqlStore, modelled: Callable[..., Model]
) -> None:
    await founded(store, *map(a_resource, range(1, 8)))
    model = modelled()
    assert await model.at_head([EVERYTHING], ALL) is None
    assert model.page(EVERYTHING, ALL, NOW) is None
    assert await model.filled()
    assert await model.at_head([EVERYTHING], ALL) is not None
    page = model.page(EVERYTHING, ALL, NOW)
    assert page is not None
    assert [model.id(number) for number in page.numbers] == [an_id(number) for number in (7, 6, 5, 4, 3)]
    assert (page.total, page.earlier, page.more) == (7, False, True)


async def test_each_of_two_models_over_one_database_follows_what_the_other_has_not_seen(
    store: SqlStore, modelled: Callable[..., Model]
) -> None:
    await founded(store, a_resource(1))
    models = modelled(), modelled()
    for model in models:
        assert await model.filled()
    for number in range(2, 5):
        await logged(store, a_resource(number))
        for model in models:
            head = await model.at_head([EVERYTHING], ALL)
            assert head is not None
            assert head.position == model.position
            assert model.count(ResourceQuery(), ALL, NOW) == number


async def test_listeners_hear_which_numbers_died_and_what_the_log_names(
    store: SqlStore, modelled: Callable[..., Model]
) -> None:
    await founded(store, a_resource(1), a_resource(2))
    model = modelled()
    assert await model.filled()
    heard: list[Followed] = []
    model.subscribe(heard.append)
    number = model.find(an_id(1))
    await logged(store, a_resource(1).model_copy(update={"updated_at": a_resource(9).updated_at}))
    async with store.write() as unit:
        unit.append(an_entry(object="organizations/37"))
        await unit.commit()
    assert await model.at_head() is not None
    [followed] = heard
    assert followed.died == [number]
    assert followed.objects == {f"resources/{an_id(1)}", "organizations/37"}
    assert model.find(an_id(1)) not in (None, number)
    assert followed.position == model.position == 2


async def test_a_model_that_is_far_behind_leaves_the_answer_to_the_database_and_comes_along_beside(
    store: SqlStore, modelled: Callable[..., Model]
) -> None:
    await founded(store, a_resource(1))
    model = modelled()
    assert await model.filled()
    generation = model.generation
    async with store.write() as unit:
        for _ in range(BEHIND_MOST + 1):
            unit.append(an_entry(object=f"resources/{an_id(1)}"))
        await unit.save([a_resource(2)])
        unit.append(an_entry(object=f"resources/{an_id(2)}"))
        await unit.commit()
    assert await model.at_head([EVERYTHING], ALL) is None
    assert await model.filled()
    assert await model.at_head([EVERYTHING], ALL) is not None
    assert model.count(ResourceQuery(), ALL, NOW) == 2
    assert model.generation == generation


async def test_a_model_with_too_much_late_is_made_anew_while_it_goes_on_answering(
    store: SqlStore, modelled: Callable[..., Model]
) -> None:
    await founded(store, a_resource(9_999))
    model = modelled()
    assert await model.filled()
    generation = model.generation
    await logged(store, *map(a_resource, range(LATE_MOST + 1)))
    assert await model.at_head([EVERYTHING], ALL) is not None
    assert len(model.catalogue.late) == LATE_MOST + 1
    page = model.page(EVERYTHING, ALL, NOW)
    assert page is not None
    assert [model.id(number) for number in page.numbers][:2] == [an_id(9_999), an_id(LATE_MOST)]
    assert await model.filled()
    assert (model.generation, model.catalogue.late) == (generation + 1, [])
    assert await model.at_head([EVERYTHING], ALL) is not None
    assert model.count(ResourceQuery(), ALL, NOW) == LATE_MOST + 2


async def test_there_is_no_model_of_more_resources_than_it_may_take_in(
    store: SqlStore, modelled: Callable[..., Model]
) -> None:
    await founded(store, *map(a_resource, range(1, 5)))
    model = modelled(most=3)
    assert not await model.filled()
    assert await model.at_head() is None


class Broken:
    """Reads of a database that does not answer, or has another log, while it is told to."""

    def __init__(self, reads: Any) -> None:
        self.reads = reads
        self.away = self.other = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.reads, name)

    async def state(self) -> State:
        if self.away:
            raise Unavailable("STORE_UNAVAILABLE")
        state: State = await self.reads.state()
        return state

    async def behind(self, position: int, mark: bytes, most: int) -> Behind:
        told: Behind = await self.reads.behind(position, b"another" if self.other else mark, most)
        return told


async def test_where_the_database_does_not_answer_the_model_does_not_either(
    store: SqlStore, modelled: Callable[..., Model]
) -> None:
    await founded(store, a_resource(1))
    broken: list[Broken] = []
    model = modelled(lambda reads: broken.append(Broken(reads)) or broken[0])
    assert await model.filled()
    broken[0].away = True
    assert await model.at_head() is None
    broken[0].away = False
    assert await model.at_head() is not None


async def test_a_model_is_made_anew_where_the_log_is_another_than_it_followed(
    store: SqlStore, modelled: Callable[..., Model]
) -> None:
    await founded(store, a_resource(1))
    broken: list[Broken] = []
    model = modelled(lambda reads: broken.append(Broken(reads)) or broken[0])
    assert await model.filled()
    generation = model.generation
    await logged(store, a_resource(2))
    broken[0].other = True
    assert await model.at_head() is None
    broken[0].other = False
    assert await model.filled()
    assert model.generation == generation + 1
    assert model.count(ResourceQuery(), ALL, NOW) is None
    assert await model.at_head([EVERYTHING], ALL) is not None
    assert model.count(ResourceQuery(), ALL, NOW) == 2


async def test_what_a_question_asks_beyond_the_model_is_left_to_the_database(
    store: SqlStore, modelled: Callable[..., Model]
) -> None:
    await founded(store, a_resource(1))
    model = modelled()
    assert await model.filled()
    for query, order in (
        (ResourceQuery(code="CODE-000001"), Order.UPDATED_DESC),
        (ResourceQuery(region="3702020"), Order.UPDATED_DESC),
        (ResourceQuery(awaiting_review=True), Order.UPDATED_DESC),
        (ResourceQuery(any_of=(ResourceQuery(code="x"),)), Order.UPDATED_DESC),
        (ResourceQuery(tag="x" * (TAG_MOST + 1)), Order.UPDATED_DESC),
        (ResourceQuery(any_of=(ResourceQuery(tags=("x" * (TAG_MOST + 1),)),)), Order.UPDATED_DESC),
        (ResourceQuery(), Order.TITLE_ZH),
    ):
        wanted = PageWanted(query=query, order=order, size=5)
        assert await model.at_head([wanted], ALL) is not None
        assert model.page(wanted, ALL, NOW) is None
    assert len(model._loaded.postings) == 0


class Outrun:
    """Reads of a database in which `meanwhile` happens, once, right after it was read where it stands."""

    def __init__(self, reads: Any) -> None:
        self.reads = reads
        self.meanwhile: Callable[[], Awaitable[None]] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.reads, name)

    async def state(self) -> State:
        state: State = await self.reads.state()
        if self.meanwhile is not None:
            happens, self.meanwhile = self.meanwhile, None
            await happens()
        return state


@pytest.mark.parametrize("entries", [QUICK_MOST + 10, BEHIND_MOST + 10])
async def test_a_model_answers_in_no_state_that_the_database_never_had(
    store: SqlStore, modelled: Callable[..., Model], entries: int
) -> None:
    await founded(store, a_resource(1))
    outrun: list[Outrun] = []
    model = modelled(lambda reads: outrun.append(Outrun(reads)) or outrun[0])
    assert await model.filled()
    await logged(store, *map(a_resource, range(2, 3 + entries - QUICK_MOST)))

    async def burst() -> None:
        """Access is another from the first entry on; what was changed last lies further behind than is read at once."""
        async with store.write() as unit:
            await unit.add_organizations([an_organization("new", "37")])
            unit.append(an_entry(object="organizations/new"))
            for _ in range(entries):
                unit.append(an_entry(object=f"resources/{an_id(1)}"))
            await unit.save([a_resource(9_000)])
            unit.append(an_entry(object=f"resources/{an_id(9_000)}"))
            await unit.commit()

    outrun[0].meanwhile = burst
    head = await model.at_head([EVERYTHING], ALL)
    async with store.read() as reader:
        now = reader.head
    assert head is None or (head.position, head.standing.access_version) == (now.position, now.access_version)
    assert (model.count(ResourceQuery(), ALL, NOW) is None) == (head is None)
    assert await model.filled()
    assert await model.at_head([EVERYTHING], ALL) == (now.position, model.standing)
    assert model.standing.access_version == now.access_version


async def test_a_model_that_came_along_with_too_much_late_is_made_anew(
    store: SqlStore, modelled: Callable[..., Model]
) -> None:
    await founded(store, a_resource(9_999))
    model = modelled()
    assert await model.filled()
    async with store.write() as unit:
        await unit.save(list(map(a_resource, range(LATE_MOST + 1))))
        for number in [*range(LATE_MOST + 1), *[9_999] * BEHIND_MOST]:
            unit.append(an_entry(object=f"resources/{an_id(number)}"))
        await unit.commit()
    assert await model.at_head([EVERYTHING], ALL) is None
    assert await model.filled()
    assert model.catalogue.late == []
    assert await model.at_head([EVERYTHING], ALL) is not None
    assert model.count(ResourceQuery(), ALL, NOW) == LATE_MOST + 2


class Counting:
    """Reads that count how often they were asked for a tag."""

    def __init__(self, reads: Any) -> None:
        self.reads = reads
        self.tags: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.reads, name)

    async def tagged(self, tag: str, most: int) -> tuple[State, bytes]:
        self.tags.append(tag)
        told: tuple[State, bytes] = await self.reads.tagged(tag, most)
        return told


async def test_what_many_ask_for_at_once_is_read_once_also_where_one_of_them_leaves(
    store: SqlStore, modelled: Callable[..., Model]
) -> None:
    await founded(store, a_resource(1))
    counting: list[Counting] = []
    model = modelled(lambda reads: counting.append(Counting(reads)) or counting[0])
    assert await model.filled()
    wanted = PageWanted(query=ResourceQuery(tag="t1"), order=Order.UPDATED_DESC, size=5)
    asking = [asyncio.create_task(model.at_head([wanted], ALL)) for _ in range(5)]
    await asyncio.sleep(0)
    asking[0].cancel()
    left, *heads = await asyncio.gather(*asking, return_exceptions=True)
    assert isinstance(left, asyncio.CancelledError)
    assert all(isinstance(head, Head) for head in heads)
    assert counting[0].tags == ["t1"]


async def test_a_question_that_misses_very_much_is_left_to_the_database_until_it_was_read(
    store: SqlStore, modelled: Callable[..., Model]
) -> None:
    await founded(store, a_resource(1))
    counting: list[Counting] = []
    model = modelled(lambda reads: counting.append(Counting(reads)) or counting[0])
    assert await model.filled()
    tags = tuple(f"t{number}" for number in range(TRIES * FETCHED_AT_ONCE + 1))
    wanted = PageWanted(query=ResourceQuery(tags=tags), order=Order.UPDATED_DESC, size=5)
    assert await model.at_head([wanted], ALL) is None
    assert len(counting[0].tags) == TRIES * FETCHED_AT_ONCE
    assert await model.at_head([wanted], ALL) is not None
    assert counting[0].tags == list(tags)


FOLLOWED_BY = {
    "save": "the entry of each resource",
    "enter": "the entry of each resource",
    "delete": "the entry of the resource",
    "undelete": "the entry of the resource",
    "purge": "the entry of the resource",
    "put_grants": "the entry of each grant",
    "remove_grants": "the entry of each grant",
    "add_organizations": "the stamp of access",
}
NOT_IN_A_MODEL = {
    *("append", "commit", "compact", "forget_requests", "remember", "put_members", "remove_members", "put_principals"),
    *("put_rules", "remove_rules", "revoke_keys", "put_type", "put_vocabulary", "note_decision"),
    # What plugins keep, and what they are told of.
    *(
        "put_plugin",
        "put_documents",
        "remove_documents",
        "declare_documents",
        "index_documents",
        "own_tables",
        "run_own",
        "put_blobs",
        "emit",
        "put_subscription",
        "remove_subscription",
    ),
    *("mark_handled", "advance", "park", "forget_events", "hold", "release", "holds"),
}


def test_a_model_follows_every_way_to_change_what_it_holds() -> None:
    writers = [base for base in Unit.__mro__ if base.__name__.endswith("Unit")]
    writing = {name for base in writers for name in vars(base) if not name.startswith("_")}
    assert writing - NOT_IN_A_MODEL == set(FOLLOWED_BY)


@pytest.mark.parametrize("seed", [3])
async def test_a_model_that_is_asked_seldom_answers_as_one_that_is_asked_always(
    store: SqlStore, modelled: Callable[..., Model], seed: int
) -> None:
    chance = Random(seed)
    world, questions, model = ChangingWorld(store, chance), Questions(chance), modelled()
    await world.enter()
    assert await model.filled()
    for _ in range(3):
        for _ in range(8):
            await world.change()
        async with store.read() as reader:
            visibility = questions.visibility(reader.head.cells)
        for _ in range(10):
            assert await difference(store, model, questions, questions.wanted(), visibility) is None
