"""Promises 1, 15 and 16, for calls that are committed together: what is acknowledged stands, whole and once, when a node dies.

Callers write at once, so that most of them share a unit; the node is killed at every step of its units. What was answered then
stands, with its event, its entry and the answer that is remembered; what was not stands whole or not at all. Each call is
repeated on the next node, gets the same answer, and has one effect.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mortal import Killed, Mortal
from plugin_city import Clock, PluginCity, a_ledger, founded, on

from ucs_core.platform import Call
from ucs_core.platform.extending.grouping import GroupCommit
from ucs_registry.memory import InMemoryStore
from ucs_registry.ports import Unit
from ucs_registry.sql import open_store

KEYS = ("a", "b", "c", "c", "d", "e")
"""Of what each caller notes something: two of them meet."""

SAMPLED = 6
"""How many deaths are tried on a database in the short form; in memory every step is tried."""


class Counted(GroupCommit):
    """Counts the calls that shared a commit."""

    shared = 0

    async def _commit(self, unit: Unit, places: Sequence[Any]) -> None:
        await super()._commit(unit, places)
        self.shared += len(places)


class AcknowledgesFirst(GroupCommit):
    """Answers a group, and commits it then."""

    async def _commit(self, unit: Unit, places: Sequence[Any]) -> None:
        for place in places:
            place.tell(place.ready.answer)
        await super()._commit(unit, places)


class ForgetsAnswers(GroupCommit):
    """Commits what a group brings about, and neither its answers nor its entries."""

    async def _write(self, unit: Unit, company: Any) -> None:
        for plugin, staged in company.staged.items():
            await staged.apply(unit, None, company.sessions[-1].at, company.standing[plugin])


class World:
    """A store on which nodes live and die, and what their callers have been told."""

    def __init__(self, store: Any, folder: Path, groups: type[GroupCommit]) -> None:
        self._store, self._folder, self._groups = store, folder, groups
        self._clock = Clock()
        self._found = a_ledger(folder)
        self._lives = 0
        self.shared = 0

    async def begin(self) -> None:
        await founded(self._store, self._clock)
        node = await self._node(self._store)
        await node.platform.enable_plugin(Call(principal="founder"), "ledger", owner="water")
        await node.platform.extensions.host.close()

    async def _node(self, store: Any) -> PluginCity:
        city = on(store, self._clock, self._folder, fresh=False)
        city.installed["ledger"] = self._found
        city.platform.extensions.invocations.groups = self._groups(store, city.platform.pipeline)
        await city.platform.extensions.start()
        return city

    async def life(self, dies_at: int | None) -> tuple[list[str], int]:
        """What is wrong after a life in which everybody calls once, and how many steps that took."""
        self._lives += 1
        mortal = Mortal(self._store)
        node = await self._node(mortal)
        mortal.steps, mortal.dies_at = 0, dies_at
        answers = await self._called(node, mortal)
        await node.platform.pipeline.drain()
        await node.platform.extensions.host.close()
        problems = [f"{answer!r}" for answer in answers if not isinstance(answer, dict | Killed)]
        problems += await self._wrong(answers)
        return [f"died at {dies_at}: {problem}" for problem in problems], mortal.steps

    async def _called(self, node: PluginCity, mortal: Mortal) -> list[Any]:
        """What the callers are told, all of whom are ready before the first may write."""
        groups = node.platform.extensions.invocations.groups
        async with self._store.write():
            tasks = [asyncio.create_task(self._call(node, at)) for at in range(len(KEYS))]
            while groups.waiting < len(KEYS):  # noqa: ASYNC110 -- some turns of the loop
                await asyncio.sleep(0)
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        self.shared += groups.shared if isinstance(groups, Counted) else 0
        return answers

    async def _call(self, node: PluginCity, at: int) -> Any:
        return await node.invoke("wang", "ledger.note", key=self._key(at), level=1, request_id=self._request(at))

    def _key(self, at: int) -> str:
        return f"{self._lives}.{KEYS[at]}"

    def _request(self, at: int) -> str:
        return f"r-{self._lives}-{at}"

    async def _wrong(self, answers: Sequence[Any]) -> list[str]:
        node = await self._node(self._store)
        there = [await self._stands(node, at) for at in range(len(KEYS))]
        problems = [
            f"{self._key(at)} was acknowledged, and its parts stand as {parts}"
            for at, (answer, parts) in enumerate(zip(answers, there, strict=True))
            if isinstance(answer, dict) and parts != (True, 1)
        ]
        problems += [
            f"{self._key(at)} stands by half: {parts}" for at, parts in enumerate(there) if parts[0] != parts[1]
        ]
        again = [await self._call(node, at) for at in range(len(KEYS))]
        for at, (first, second) in enumerate(zip(answers, again, strict=True)):
            if isinstance(first, dict) and first != second:
                problems.append(f"{self._key(at)} was answered with {first} and then with {second}")
        notes, expected = await node.notes(), Counter(map(self._key, range(len(KEYS))))
        async with self._store.read() as reader:
            told = Counter(event.subject for event in await reader.events(after=0, first=9_999))
        for key, times in expected.items():
            counts = (notes.get(key, {"level": 0})["level"], told[key])
            if counts != (times, times):
                problems.append(f"{key}: {counts[0]} effects and {counts[1]} events instead of {times}")
        await node.platform.extensions.host.close()
        return problems

    async def _stands(self, node: PluginCity, at: int) -> tuple[bool, int]:
        """Whether the answer to a call is remembered, and how many entries it has."""
        async with self._store.read() as reader:
            kept = await reader.remembered("principals/wang", self._request(at))
        entries = await node.entries("operations.invoke")
        return kept is not None, sum(entry.request_id == self._request(at) for entry in entries)


async def tried(world: World, steps: Sequence[int | None], findings: Any) -> list[str]:
    """What goes wrong when nodes die at these steps, one behind the other."""
    await world.begin()
    problems = []
    for step in steps:
        problems += (await world.life(step))[0]
        findings.tried += len(KEYS)
        findings.faults += step is not None
    return problems


async def steps_of(folder: Path) -> int:
    """How many steps a life takes that nobody ends."""
    world = World(InMemoryStore(), folder, GroupCommit)
    await world.begin()
    return (await world.life(None))[1]


async def test_a_group_stands_whole_and_acknowledged_whenever_its_node_dies(tmp_path: Path, findings: Any) -> None:
    every = list(range(1, await steps_of(tmp_path) + 1))
    world = World(InMemoryStore(), tmp_path, Counted)
    findings.expect_none(await tried(world, [None, *every], findings))
    assert world.shared >= len(every)
    for twin in (AcknowledgesFirst, ForgetsAnswers):
        wrong = await tried(World(InMemoryStore(), tmp_path, twin), every[len(every) // 2 :], findings)
        findings.expect_caught(twin.__name__, wrong)


async def test_likewise_on_databases(url: str, tmp_path: Path, findings: Any) -> None:
    last = await steps_of(tmp_path)
    steps = [findings.random(at).randrange(1, last + 1) for at in range(SAMPLED * findings.effort)]
    store = await open_store(url)
    try:
        findings.expect_none(await tried(World(store, tmp_path, GroupCommit), steps, findings))
    finally:
        await store.close()
