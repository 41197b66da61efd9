"""Promise 15: one event → one case → one dispatch → one notification.

A plugin opens a case for each event and tells of it; a second handler dispatches the case and notifies. The node that
delivers is killed at every step of its units, and a new one goes on; the same events are told again, and delivered again out
of order when all is done. Whatever happened, each event has one case that was opened once, one dispatch and one
notification, and those of one subject are in the order of the events.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from mortal import Killed, Mortal
from plugin_city import Clock, PluginCity, a_ledger, founded, on

from ucs_core.events.batches import Chain, Closing, Handled, LeftOut
from ucs_core.events.chains import Consumer
from ucs_core.events.delivery import Delivery
from ucs_core.events.names import delivery_lease
from ucs_core.platform import Call
from ucs_registry.documents import DocumentQuery
from ucs_registry.events import NewEvent
from ucs_registry.memory import InMemoryStore
from ucs_registry.ports import Unit
from ucs_registry.sql import open_store

CHAIN = """
class Opened(BaseModel):
    key: str
ledger.emits("city.ledger.opened.v1", Opened)

class Case(BaseModel):
    times: int = 0

@ledger.on("city.ledger.noted.v1")
async def open_case(ctx: Context, event: Event[Noted]) -> None:
    async with ctx.unit() as unit:
        cases = unit.documents("cases", Case)
        before = await cases.get(event.data.key)
        cases.put(event.data.key, Case(times=before.body.times + 1 if before else 1))
        unit.emit("city.ledger.opened.v1", Opened(key=event.data.key), subject=event.subject)

@ledger.on("city.ledger.opened.v1")
async def dispatch(ctx: Context, event: Event[Opened]) -> None:
    async with ctx.unit() as unit:
        dispatches = unit.documents("dispatches", Case)
        before = await dispatches.get(event.data.key)
        dispatches.put(event.data.key, Case(times=before.body.times + 1 if before else 1))
        unit.notify("duty", title=event.data.key, subject=event.subject)
"""

SUBJECTS, EACH = 2, 2
SAMPLED = 10
"""How many deaths are tried on a database in the short form; in memory every step is tried."""


class AckBeforeEffect(Delivery):
    """Marks events as handled, and then does what they bring about."""

    async def commit(self, consumer: Consumer, handled: Handled) -> None:
        position = handled.event.position
        async with self._store.write() as unit:
            if not await unit.awaited(consumer.name, [position]):
                return
            await unit.mark_handled(consumer.name, [position])
            await unit.commit()
        await self._effect(consumer, handled)

    async def commit_together(self, consumer: Consumer, chains: Sequence[Chain], closing: Closing | None) -> LeftOut:
        del consumer, closing
        return LeftOut(alone=frozenset(range(len(chains))))

    async def _effect(self, consumer: Consumer, handled: Handled) -> None:
        async with self._store.write() as unit:
            await handled.brought.apply(unit, None, self._background.now())
            self._note(unit, consumer, [handled])
            await unit.commit()


class EffectBeforeAck(AckBeforeEffect):
    """Does what an event brings about, and then marks it."""

    async def commit(self, consumer: Consumer, handled: Handled) -> None:
        await self._effect(consumer, handled)
        async with self._store.write() as unit:
            await unit.mark_handled(consumer.name, [handled.event.position])
            await unit.commit()


class BatchBeforeAck(Delivery):
    """Commits what a batch brings about, and its marks in a unit behind that."""

    async def commit_together(self, consumer: Consumer, chains: Sequence[Chain], closing: Closing | None) -> LeftOut:
        left = await super().commit_together(consumer, chains, closing)
        alone = left.alone | left.behind
        positions = [at for number, chain in enumerate(chains) if number not in alone for at in chain.positions]
        async with self._store.write() as unit:
            await super().mark(unit, consumer, positions, None)
            await unit.commit()
        return left

    async def mark(self, unit: Unit, consumer: Consumer, positions: Sequence[int], closing: Closing | None) -> None:
        del unit, consumer, positions, closing


class World:
    """A store on which nodes live and die."""

    def __init__(self, store: Any, folder: Path, delivery: type[Delivery]) -> None:
        self.store = store
        self.clock = Clock()
        self.found = a_ledger(folder, CHAIN)
        text = (manifest := folder / "ledger" / "src" / "ledger_plugin" / "plugin.toml").read_text()
        manifest.write_text(text.replace('"city.ledger.noted.v1"]', '"city.ledger.noted.v1", "city.ledger.opened.v1"]'))
        self._folder = folder
        self._delivery = delivery
        self.expected: dict[str, list[str]] = {}
        self.told = 0

    async def begin(self) -> None:
        await founded(self.store, self.clock)
        node = self.node()
        await node.platform.enable_plugin(Call(principal="founder"), "ledger", owner="water")
        await node.platform.extensions.host.close()

    def node(self) -> PluginCity:
        city = on(Mortal(self.store), self.clock, self._folder, fresh=False)
        city.installed["ledger"] = self.found
        extensions = city.platform.extensions
        extensions.delivery = self._delivery(extensions.background, extensions.leases, lambda: extensions.host.table)
        return city

    async def tell(self) -> None:
        """Tell of some events, of each twice."""
        events = []
        for number in range(EACH):
            for subject in range(SUBJECTS):
                name, key = f"s{subject}", f"{self.told:04d}.{number}.{subject}"
                self.expected.setdefault(name, []).append(key)
                events.append(
                    NewEvent(
                        id=key,
                        source="plugins/ledger",
                        type="city.ledger.noted.v1",
                        subject=name,
                        time=self.clock(),
                        organization="water",
                        data={"key": key, "level": 0},
                    )
                )
        self.told += 1
        for _ in range(2):
            async with self.store.write() as unit:
                await unit.emit(events)
                await unit.commit()

    async def life(self, dies_at: int | None) -> bool:
        """Let a node live until it has delivered everything; whether it died before."""
        node = self.node()
        extensions = node.platform.extensions
        await extensions.start()
        mortal = node.store
        mortal.steps, mortal.dies_at = 0, dies_at
        try:
            await extensions.settle()
        except Killed:
            return True
        finally:
            mortal.alive = True
            mortal.dies_at = None
            # Its leases end with time, which is not waited for here.
            async with self.store.write() as unit:
                names = [delivery_lease(consumer.name) for consumer in extensions.delivery.consumers()]
                await unit.release(names, extensions.leases.holder)
                await unit.commit()
            await extensions.host.close()
        return False

    async def redelivered(self) -> None:
        """Deliver every event once more, the last one first."""
        node = self.node()
        extensions = node.platform.extensions
        await extensions.start()
        async with self.store.read() as reader:
            events = await reader.events(after=0, first=10_000)
        consumers = extensions.delivery.consumers()
        await extensions.leases.take([delivery_lease(consumer.name) for consumer in consumers])
        for event in reversed(events):
            for consumer in consumers:
                if event.type in consumer.declared.types:
                    await extensions.delivery._handled(consumer, event, parked=True)
        await extensions.host.close()

    async def wrong(self) -> list[str]:
        """Everything that is not as it was promised."""
        async with self.store.read() as reader:
            kept = {}
            for collection in ("cases", "dispatches"):
                asked = DocumentQuery(plugin="ledger", collection=collection)
                found = await reader.find_documents(asked, first=10_000)
                kept[collection] = {document.id: document.body["times"] for document in found}
            told = await reader.events(types=["ucs.notified.v1"], after=0, first=10_000)
        notified = Counter(event.data["title"] for event in told)
        problems = []
        for keys in self.expected.values():
            for key in keys:
                counts = (kept["cases"].get(key, 0), kept["dispatches"].get(key, 0), notified[key])
                if counts != (1, 1, 1):
                    problems.append(f"{key}: {counts[0]} cases, {counts[1]} dispatches, {counts[2]} notifications")
        for subject, keys in self.expected.items():
            order = [event.data["title"] for event in told if event.subject == subject]
            if list(dict.fromkeys(order)) != keys and not problems:
                problems.append(f"{subject}: notified in another order than it happened")
        return problems


async def killed_at(world: World, steps: list[int], findings: Any) -> list[str]:
    """What goes wrong when nodes die at these steps, one behind the other, each amid new events."""
    await world.begin()
    for step in steps:
        await world.tell()
        findings.tried += SUBJECTS * EACH
        findings.faults += await world.life(step)
    await world.life(None)
    for _ in range(8):
        # What a death made fail is tried again later.
        world.clock.move(minutes=10)
        await world.life(None)
    await world.redelivered()
    return await world.wrong()


async def steps_of(folder: Path) -> int:
    """How many steps a node takes that does not die."""
    world = World(InMemoryStore(), folder, Delivery)
    await world.begin()
    await world.tell()
    node = world.node()
    await node.platform.extensions.start()
    node.store.steps = 0
    await node.platform.extensions.settle()
    return int(node.store.steps)


async def test_in_memory_at_every_step(tmp_path: Path, findings: Any) -> None:
    last = await steps_of(tmp_path)
    every = list(range(1, last + 2))
    findings.expect_none(await killed_at(World(InMemoryStore(), tmp_path, Delivery), every, findings))
    assert findings.faults >= last - 1
    for twin in (AckBeforeEffect, EffectBeforeAck, BatchBeforeAck):
        wrong = await killed_at(World(InMemoryStore(), tmp_path, twin), every[::3], findings)
        findings.expect_caught(twin.__name__, wrong)


async def test_on_databases(url: str, tmp_path: Path, findings: Any) -> None:
    last = await steps_of(tmp_path)
    steps = [findings.random(at).randrange(1, last + 1) for at in range(SAMPLED * findings.effort)]
    store = await open_store(url)
    try:
        findings.expect_none(await killed_at(World(store, tmp_path, Delivery), steps, findings))
    finally:
        await store.close()


@pytest.mark.parametrize("nodes", [3])
async def test_nodes_that_deliver_at_once(url: str, tmp_path: Path, findings: Any, nodes: int) -> None:
    store = await open_store(url)
    try:
        world = World(store, tmp_path, Delivery)
        await world.begin()
        crowd = [world.node() for _ in range(nodes)]
        for node in crowd:
            await node.platform.extensions.start()
        for _ in range(3 * findings.effort):
            await world.tell()
            findings.tried += SUBJECTS * EACH
            # As if each had all leases, one behind the other: what the database says is what counts.
            for node in crowd:
                node.platform.extensions.leases._until |= {
                    delivery_lease(consumer.name): float("inf")
                    for consumer in node.platform.extensions.delivery.consumers()
                }
            await asyncio.gather(*(node.platform.extensions.delivery.once() for node in crowd))
            findings.faults += nodes - 1
        for node in crowd:
            await node.platform.extensions.settle()
        await world.life(None)
        findings.expect_none(await world.wrong())
    finally:
        await store.close()
