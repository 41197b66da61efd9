"""Calls that are ready together share one unit, and each is answered as if it had been alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from mortal import Mortal
from plugin_city import PluginCity, a_ledger, held, nodes, written

from ucs_core.platform.extending.invoking import Invocations
from ucs_registry.log import Outcome
from ucs_sdk.errors import Denied, Internal, UcsError, Unavailable

URLS = {"memory": None, "sqlite": "sqlite_url", "postgresql": "postgres_url"}


class Telling(Mortal):
    """A store that counts its commits, and fails where a test wants it to."""

    def __init__(self, store: Any) -> None:
        super().__init__(store)
        self.commits = 0
        self.failing: Callable[[str, Sequence[Any]], Exception | None] = lambda *_: None

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Any]:
        async with self.store.write() as unit:
            yield _Unit(self, unit)


class _Unit:
    def __init__(self, store: Telling, unit: Any) -> None:
        self._store, self._unit = store, unit

    def __getattr__(self, name: str) -> Any:
        return getattr(self._unit, name)

    async def put_documents(self, new: Sequence[Any], at: Any) -> None:
        self._fail("put_documents", new)
        await self._unit.put_documents(new, at)

    async def commit(self) -> Any:
        self._fail("commit", ())
        self._store.commits += 1
        return await self._unit.commit()

    def _fail(self, step: str, given: Sequence[Any]) -> None:
        failure = self._store.failing(step, given)
        if failure is not None:
            raise failure


class Crowded(Invocations):
    """Lets a request id be at work any number of times."""

    @asynccontextmanager
    async def _alone(self, call: Any) -> AsyncIterator[None]:
        yield


@pytest.fixture(params=[*URLS])
async def city(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[PluginCity]:
    """A city with a ledger, on a store that counts."""
    fixture = URLS[request.param]
    async with nodes(request.getfixturevalue(fixture) if fixture else None, tmp_path, wrap=Telling) as [made]:
        await made.ledger()
        yield made


@pytest.fixture
async def small(tmp_path: Path) -> AsyncIterator[PluginCity]:
    async with nodes(None, tmp_path, wrap=Telling) as [made]:
        await made.ledger()
        yield made


async def together(
    city: PluginCity,
    calls: Sequence[Coroutine[Any, Any, Any]],
    meanwhile: Callable[[Any, list[Any]], Any] | None = None,
) -> list[Any]:
    """The answers of calls of which the first stands at the store's door until all others are in the line behind it.

    `meanwhile` does something in the unit that keeps the door.
    """
    groups = city.platform.extensions.invocations.groups
    async with city.store.store.write() as unit:
        tasks = []
        for number, call in enumerate(calls):
            tasks.append(asyncio.create_task(call))
            # The first has a unit of its own, and the others come while it waits for its turn.
            while groups.waiting <= number or (not number and groups._line):  # noqa: ASYNC110 -- some turns of the loop
                await asyncio.sleep(0)
        if meanwhile is not None:
            await meanwhile(unit, tasks)
        city.store.commits = 0
    return await asyncio.gather(*tasks, return_exceptions=True)


def note(city: PluginCity, key: str, who: str = "wang", **more: Any) -> Any:
    return city.invoke(who, "ledger.note", key=key, level=1, request_id=more.pop("request_id", f"r-{key}"), **more)


async def test_what_is_ready_together_shares_a_commit_and_each_has_its_entry_in_their_order(city: PluginCity) -> None:
    keys = [f"k{number}" for number in range(6)]
    answers = await together(city, [note(city, key) for key in keys])
    assert [answer["keys"] for answer in answers] == [[key] for key in keys]
    assert city.store.commits == 2
    entries = await city.entries("operations.invoke")
    assert [entry.request_id for entry in entries] == [f"r-{key}" for key in keys]
    async with city.store.read() as reader:
        events = await reader.events(after=0, first=100)
    assert [event.subject for event in events] == keys
    assert [await note(city, key) for key in keys] == answers
    assert {key: kept["level"] for key, kept in (await city.notes()).items()} == dict.fromkeys(keys, 1)


async def test_a_call_that_comes_alone_waits_for_nobody(small: PluginCity) -> None:
    small.store.commits = 0
    for key in "abc":
        await note(small, key)
    assert small.store.commits == 3
    assert small.platform.extensions.invocations.groups.waiting == 0


async def test_those_that_meet_follow_each_other(city: PluginCity) -> None:
    answers = await together(
        city, [note(city, "a"), note(city, "b"), note(city, "b", request_id="r-2"), note(city, "c")]
    )
    assert sorted(answer["count"] for answer in answers) == [1, 1, 1, 2]
    assert (await city.notes())["b"]["level"] == 2
    assert len(await city.entries("operations.invoke")) == 4


async def test_a_repetition_beside_its_first_gets_the_same_answer_and_has_no_effect(city: PluginCity) -> None:
    city.platform.extensions.invocations.__class__ = Crowded
    answers = await together(city, [note(city, "a"), *(note(city, "b") for _ in range(4)), note(city, "c")])
    assert [answer["keys"] for answer in answers] == [["a"], ["b"], ["b"], ["b"], ["b"], ["c"]]
    assert (await city.notes())["b"]["level"] == 1
    assert len(await city.entries("operations.invoke")) == 3


async def test_who_is_refused_is_refused_alone(city: PluginCity) -> None:
    await note(city, "theirs", who="li", request_id="r-0")

    async def revoked(unit: Any, _: Any) -> None:
        await unit.remove_rules(["held.li.editor"])
        await unit.put_rules([held("li", "viewer", "roads")])
        await unit.commit()

    calls = [note(city, "a"), note(city, "b", who="li"), note(city, "theirs"), note(city, "c")]
    first, second, third, fourth = await together(city, calls, revoked)
    assert (first["keys"], fourth["keys"]) == (["a"], ["c"])
    assert isinstance(second, UcsError)
    assert isinstance(third, Denied)
    entries = await city.entries("operations.invoke")
    assert [entry.request_id for entry in entries if entry.outcome is Outcome.ACCEPTED] == ["r-0", "r-a", "r-c"]
    assert sorted(entry.request_id for entry in entries if entry.outcome is Outcome.REFUSED) == ["r-b", "r-theirs"]
    assert {key: kept["owner"] for key, kept in (await city.notes()).items()} == {
        "theirs": "roads",
        "a": "water",
        "c": "water",
    }


async def test_a_caller_that_goes_away_takes_nobody_along(small: PluginCity) -> None:
    async def gone(_: Any, tasks: list[Any]) -> None:
        tasks[2].cancel()

    answers = await together(small, [note(small, key) for key in "abcd"], gone)
    assert isinstance(answers[2], asyncio.CancelledError)
    assert [answers[at]["keys"] for at in (0, 1, 3)] == [["a"], ["b"], ["d"]]
    # What has begun is brought to its end, with its answer.
    await small.platform.pipeline.drain()
    assert sorted(await small.notes()) == ["a", "b", "c", "d"]
    assert (await note(small, "c"))["keys"] == ["c"]
    assert len(await small.entries("operations.invoke")) == 4


async def test_what_fails_in_company_is_done_alone(small: PluginCity) -> None:
    small.store.failing = lambda step, given: (
        Internal("STORE_FAILED") if step == "put_documents" and len(given) > 1 else None
    )
    answers = await together(small, [note(small, key) for key in "abcd"])
    assert [answer["keys"] for answer in answers] == [["a"], ["b"], ["c"], ["d"]]
    assert small.store.commits == 4
    assert len(await small.entries("operations.invoke")) == 4


async def test_a_commit_whose_outcome_is_unknown_is_told_to_all_and_tried_again_for_none(small: PluginCity) -> None:
    commits = iter((None, Unavailable("STORE_OUTCOME_UNKNOWN", retry_after=1)))
    small.store.failing = lambda step, _: next(commits) if step == "commit" else None
    first, *others = await together(small, [note(small, key) for key in "abcd"])
    assert first["keys"] == ["a"]
    assert [other.reason for other in others] == ["STORE_OUTCOME_UNKNOWN"] * 3
    assert sorted(await small.notes()) == ["a"]


async def test_calls_of_several_plugins_share_a_commit(city: PluginCity) -> None:
    source = (a_ledger(city.folder).folder / "src" / "ledger_plugin" / "__init__.py").read_text()
    await city.enable(
        written(
            city.folder,
            "diary",
            source.replace("ledger", "diary"),
            'permissions = ["documents", "events"]\nevents_out = ["city.diary.noted.v1"]\n',
        )
    )
    paths = ["ledger.note", "diary.note", "ledger.note", "diary.note", "ledger.note"]
    calls = [city.invoke("wang", path, key=f"k{at}", request_id=f"r{at}") for at, path in enumerate(paths)]
    answers = await together(city, calls)
    assert [answer["keys"] for answer in answers] == [[f"k{at}"] for at in range(5)]
    assert city.store.commits == 2
    entries = await city.entries("operations.invoke")
    async with city.store.read() as reader:
        events = await reader.events(after=0, first=100)
    assert [entry.request_id for entry in entries] == ["r0", "r1", "r3", "r2", "r4"]
    assert [event.subject for event in events] == ["k0", "k1", "k3", "k2", "k4"]
