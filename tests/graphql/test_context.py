"""What fields of one operation share: one state, one question at a time, few questions, and a bound on what they read."""

import asyncio
from collections import Counter
from contextlib import asynccontextmanager

import pytest
from strawberry.dataloader import DataLoader

from ucs_core.graphql import Caller, GraphqlDoor
from ucs_core.graphql.context import OBJECTS_MOST, OperationContext
from ucs_core.platform import build_platform
from ucs_registry.memory import InMemoryStore
from ucs_registry.queries import ResourceQuery
from ucs_sdk.errors import Invalid, Unauthenticated
from ucs_sdk.messages import Locale

CALLER = Caller(principal="admin", locale=Locale.EN, call_id="call")


class Watched:
    """A store that counts the questions to its readers, and how many of one reader's run at once."""

    def __init__(self, store):
        self._store = store
        self.asked = Counter()
        self.most_at_once = 0

    def __getattr__(self, name):
        return getattr(self._store, name)

    @asynccontextmanager
    async def read(self):
        self.asked["read"] += 1
        async with self._store.read() as reader:
            yield _WatchedReader(reader, self)


class _WatchedReader:
    def __init__(self, reader, watched):
        self._reader = reader
        self._watched = watched
        self._running = 0

    def __getattr__(self, name):
        found = getattr(self._reader, name)
        if not callable(found):
            return found

        async def asked(*args, **kwargs):
            self._watched.asked[name] += 1
            self._running += 1
            self._watched.most_at_once = max(self._watched.most_at_once, self._running)
            await asyncio.sleep(0)
            try:
                return await found(*args, **kwargs)
            finally:
                self._running -= 1

        return asked


@pytest.fixture
async def watched(city, make_import):
    base = await city.import_many([make_import("BASE")])
    link = {"target": base[0], "relation": "derives_from"}
    await city.import_many([make_import(f"R-{n}", dependencies=[link]) for n in range(50)])
    store = Watched(city.store)
    platform = build_platform(store, city.platform.verifier, origin="test")
    city.door = GraphqlDoor(platform)
    await city.ask("admin", "{ viewer { id } }")
    store.asked.clear()
    return store


async def test_a_page_asks_each_kind_of_question_once(city, watched):
    document = """{ resources(first: 51) { nodes {
      owner { title { zh } } dependencies { resource { owner { id } } } dependants { resource { code } }
    } } }"""
    nodes = (await city.ask("admin", document))["resources"]["nodes"]
    assert len(nodes) == 51
    assert sum(len(node["dependencies"]) for node in nodes) == 50
    assert watched.asked["read"] == 1
    assert watched.asked["select"] == 1
    assert (watched.asked["dependencies"], watched.asked["dependants"]) == (1, 1)
    assert watched.asked["organizations"] == 1


async def test_what_is_counted_under_many_names_is_counted_once(city, watched):
    facets = "facets(by: [kind]) { values { count } again: values { value } }"
    counts = " ".join(f"a{n}: totalCount b{n}: {facets}" for n in range(9))
    page = (await city.ask("admin", f'{{ resources(search: "r") {{ {counts} }} }}'))["resources"]
    assert page["a0"] == page["a8"] == 51
    assert page["b8"] == [{"values": [{"count": 51}], "again": [{"value": "data"}]}]
    assert (watched.asked["count"], watched.asked["facets"]) == (1, 1)


async def test_without_a_memory_each_name_would_be_counted_anew(city, watched):
    class Forgetful(OperationContext):
        def _make_loaders(self):
            super()._make_loaders()
            self.counts = DataLoader(self._load_count, max_batch_size=1, cache=False)

    async with Forgetful(build_platform(watched, city.platform.verifier, origin="test"), CALLER) as context:
        assert await asyncio.gather(*(context.counts.load(ResourceQuery(search="r")) for _ in range(9))) == [51] * 9
    assert watched.asked["count"] == 9


async def test_totals_of_different_lists_are_counted_apart(city, watched):
    document = "{ a: resources { totalCount } b: resources(filter: {kind: application}) { totalCount } }"
    assert await city.ask("admin", document) == {"a": {"totalCount": 51}, "b": {"totalCount": 0}}
    assert watched.asked["count"] == 2


async def test_a_reader_is_asked_one_question_at_a_time(city, watched):
    fields = " ".join(
        f"a{n}: resources(first: {n + 1}) {{ totalCount facets(by: [kind]) {{ values {{ count }} }} nodes {{ owner {{ id }} }} }}"
        for n in range(8)
    )
    await city.ask("admin", f"{{ {fields} }}")
    assert watched.most_at_once == 1


async def test_without_its_turns_the_reader_would_be_asked_many_at_once(city, watched):
    class Hasty(OperationContext):
        async def ask(self, question):
            return await question(await self._opened())

    async with Hasty(build_platform(watched, city.platform.verifier, origin="test"), CALLER) as context:
        await context.session()
        await asyncio.gather(*(context.ask(lambda session: session.organization("37")) for _ in range(8)))
    assert watched.most_at_once == 8


async def positions(context, city, make_import):
    """What the position looks like to questions between which others write."""
    seen = set()
    async with context:
        for number in range(3):
            seen.add((await context.session()).position)
            await city.import_many([make_import(f"W-{number}")])
    return seen


async def test_all_questions_see_one_state(city, make_import):
    assert len(await positions(OperationContext(city.platform, CALLER), city, make_import)) == 1


async def test_a_context_that_opens_anew_would_see_several_states(city, make_import):
    class Forgetful(OperationContext):
        async def session(self):
            await self.forget()
            return await super().session()

    assert len(await positions(Forgetful(city.platform, CALLER), city, make_import)) == 3


async def test_the_objects_that_one_operation_reads_are_bounded(city):
    async with OperationContext(city.platform, CALLER) as context:
        context.spend(OBJECTS_MOST)
        with pytest.raises(Invalid, match="objects"):
            context.spend(1)


class Counted(InMemoryStore):
    """A store that knows how many of its readers are open, and was asked in all."""

    def __init__(self):
        super().__init__()
        self.open = self.opened = 0

    @asynccontextmanager
    async def read(self):
        self.open += 1
        self.opened += 1
        try:
            async with super().read() as reader:
                yield reader
        finally:
            self.open -= 1


async def test_a_session_that_could_not_begin_is_closed(city):
    store = Counted()
    async with OperationContext(build_platform(store, city.platform.verifier, origin="x"), CALLER) as context:
        with pytest.raises(Unauthenticated):
            await context.session()
    assert (store.open, store.opened) == (0, 1)


async def test_what_still_runs_when_an_operation_has_failed_reads_no_more(city):
    go_on = asyncio.Event()

    async def late(context):
        await go_on.wait()
        await context.ask(lambda session: session.organization("37"))

    async with OperationContext(city.platform, CALLER) as context:
        straggler = asyncio.create_task(late(context))
        await context.session()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await straggler


async def test_the_session_is_closed_when_the_question_under_way_has_ended(city):
    begun, go_on, order = asyncio.Event(), asyncio.Event(), []

    async def slow(session):
        begun.set()
        await go_on.wait()
        order.append("answered")

    async def ended():
        async with OperationContext(city.platform, CALLER) as context:
            asking = asyncio.create_task(context.ask(slow))
            await begun.wait()
        order.append("closed")
        await asking

    running = asyncio.create_task(ended())
    await begun.wait()
    await asyncio.sleep(0)
    go_on.set()
    await running
    assert order == ["answered", "closed"]


async def test_a_failing_field_leaves_nothing_open_and_nothing_unsaid(sqlite_city):
    city = sqlite_city
    counts = "{ totalCount facets(by: [kind]) { values { count } } }"
    fields = " ".join(f"a{n}: resources(first: {n}) {counts}" for n in range(10))
    for _ in range(5):
        body = await city.answer("admin", f"{{ {fields} viewer {{ organization {{ parent {{ id }} }} }} }}")
        assert body["data"] is None
        assert body["errors"][0]["extensions"]["reason"] == "PAGE_SIZE_INVALID"
    # The store is free: a write, which waits for nobody, goes through.
    assert await city.create()
