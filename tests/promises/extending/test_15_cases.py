"""Promise 15, for the case centre: one matter → one case → one dispatch → one notification.

Sensors report matters: each report is told twice, comes again under another id, and another reporter tells of the same matter
from across the road; all of it in an order of chance. The node that delivers is killed again and again, and a new one goes on.
In the end each matter has one case that was dispatched once, of which its unit was notified once and everybody told once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from case_city import OWNER, a_report, kept, staffed, the_case_centre, told, verbs_of
from mortal import Killed, Mortal
from plugin_city import Clock, PluginCity, founded, on

from ucs_core.events.batches import Chain, Closing, Handled, LeftOut
from ucs_core.events.chains import Consumer
from ucs_core.events.delivery import Delivery
from ucs_core.events.names import delivery_lease
from ucs_registry.memory import InMemoryStore
from ucs_registry.sql import open_store
from ucs_sdk.plugins import FoundPlugin

MATTERS = 3
"""How many matters are reported in each life."""

DEATHS = 8
"""How many deaths are tried in memory in the short form, one as far behind the other as they go."""

SAMPLED = 5
"""How many deaths are tried on a database in the short form."""

BY_RULE = ["report", "accept", "file", "dispatch"]


class MarkedFirst(Delivery):
    """Marks events as handled, and does what they bring about in a unit behind that."""

    async def commit(self, consumer: Consumer, handled: Handled) -> None:
        async with self._store.write() as unit:
            await unit.mark_handled(consumer.name, [handled.event.position])
            await unit.commit()
        async with self._store.write() as unit:
            await handled.brought.apply(unit, None, self._background.now())
            self._note(unit, consumer, [handled])
            await unit.commit()

    async def commit_together(self, consumer: Consumer, chains: Sequence[Chain], closing: Closing | None) -> LeftOut:
        del consumer, closing
        return LeftOut(alone=frozenset(range(len(chains))))


class Centre:
    """A case centre on whose store nodes live and die."""

    def __init__(self, store: Any, folder: Path, found: FoundPlugin, delivery: type[Delivery] = Delivery) -> None:
        self.store, self.clock, self._folder = store, Clock(), folder
        self._found, self._delivery = found, delivery
        self.matters = self.lived = 0

    def node(self) -> PluginCity:
        city = on(Mortal(self.store), self.clock, self._folder, fresh=False)
        city.installed[self._found.name] = self._found
        extensions = city.platform.extensions
        extensions.delivery = self._delivery(extensions.background, extensions.leases, lambda: extensions.host.table)
        return city

    async def begin(self) -> None:
        await founded(self.store, self.clock)
        city = self.node()
        await staffed(city, self._found)
        await city.platform.extensions.host.close()

    async def reported(self, chance: Any) -> None:
        """Report some matters, each by two, in any order, and every report twice."""
        city, events = self.node(), []
        for matter in range(self.matters, self.matters + MATTERS):
            events += [a_report(city, f"{matter}.1", matter), a_report(city, f"{matter}.2", matter)]
            events.append(a_report(city, f"{matter}.3", matter, reporter="b"))
        self.matters += MATTERS
        for _ in range(2):
            chance.shuffle(events)
            await told(self.store, events)

    async def life(self, dies_at: int | None) -> bool:
        """Let a node live until it has delivered everything; whether it died before."""
        node = self.node()
        extensions, mortal = node.platform.extensions, node.store
        await extensions.start()
        mortal.steps, mortal.dies_at = 0, dies_at
        try:
            await extensions.settle()
        except Killed:
            return True
        finally:
            self.lived, mortal.alive, mortal.dies_at = mortal.steps, True, None
            # Its leases end with time, which is not waited for here.
            names = [delivery_lease(consumer.name) for consumer in extensions.delivery.consumers()]
            async with self.store.write() as unit:
                await unit.release(names, extensions.leases.holder)
                await unit.commit()
            await extensions.host.close()
        return False

    async def steps(self, chance: Any) -> int:
        """How many steps a node takes that does not die."""
        await self.reported(chance)
        await self.life(None)
        return self.lived

    async def wrong(self) -> list[str]:
        """Everything that is not as it was promised."""
        cases = await kept(self.store)
        async with self.store.read() as reader:
            notices = await reader.events(types=["ucs.notified.v1"], after=0, first=10_000)
            changes = await reader.events(types=["city.case_center.changed.v1"], after=0, first=10_000)
        notified = Counter((event.data["to"], event.data["subject"]) for event in notices)
        dispatched = Counter(event.subject for event in changes if "dispatch" in event.data["steps"])
        of = Counter(case.body["told"]["title"] for case in cases.values())
        problems = [
            f"matter {number}: {of[f'积水 {number}']} cases"
            for number in range(self.matters)
            if of[f"积水 {number}"] != 1
        ]
        for number, case in cases.items():
            seen = verbs_of(case), notified["water", number], dispatched[number], case.body["told"]["reports"]
            if seen != (BY_RULE, 1, 1, 2):
                problems.append(f"{number}: {seen}")
        if sum(notified.values()) != len(cases) or any(to == OWNER for to, _ in notified):
            problems.append(f"{sum(notified.values())} notifications of {len(cases)} cases")
        return problems


async def killed_at(centre: Centre, steps: list[int], findings: Any) -> list[str]:
    """What goes wrong when nodes die at these steps, one behind the other, each amid new reports."""
    for at, step in enumerate(steps):
        await centre.reported(findings.random("order", at))
        findings.tried += 3 * MATTERS
        findings.faults += await centre.life(step)
    for _ in range(2):
        await centre.life(None)
        # What a death made fail is tried again later.
        centre.clock.move(minutes=10)
    await centre.life(None)
    return await centre.wrong()


async def begun(store: Any, folder: Path, found: FoundPlugin, delivery: type[Delivery] = Delivery) -> Centre:
    """A case centre that runs."""
    centre = Centre(store, folder, found, delivery)
    await centre.begin()
    return centre


async def test_in_memory_all_along_the_way(tmp_path: Path, findings: Any) -> None:
    centre = await begun(InMemoryStore(), tmp_path, the_case_centre(tmp_path))
    last = await centre.steps(findings.random("first"))
    steps = list(range(1, last, max(1, last // (DEATHS * findings.effort))))
    findings.expect_none(await killed_at(centre, steps, findings))
    # How many events share a unit is a matter of time, and so is how many steps there are.
    assert findings.faults


async def test_on_databases(url: str, tmp_path: Path, findings: Any) -> None:
    store = await open_store(url)
    try:
        centre = await begun(store, tmp_path, the_case_centre(tmp_path))
        last = await centre.steps(findings.random("first"))
        steps = [findings.random(at).randrange(1, last + 1) for at in range(SAMPLED * findings.effort)]
        findings.expect_none(await killed_at(centre, steps, findings))
    finally:
        await store.close()


async def test_what_does_not_keep_it_is_found(tmp_path: Path, findings: Any) -> None:
    marked = await begun(InMemoryStore(), tmp_path, the_case_centre(tmp_path), MarkedFirst)
    last = await marked.steps(findings.random("first"))
    findings.expect_caught(
        "marked first", await killed_at(marked, list(range(2, last, max(1, 2 * last // DEATHS))), findings)
    )
    blind = the_case_centre(tmp_path, "intake", "meant = held or await _near(unit, arrival, cells)", "meant = None")
    findings.expect_caught("blind", await killed_at(await begun(InMemoryStore(), tmp_path, blind), [3], findings))
    deaf = the_case_centre(
        tmp_path, "merging", "if (away := distance(place, each.place)) <= radius and", "if (away := -1.0) > 0 and"
    )
    findings.expect_caught("deaf", await killed_at(await begun(InMemoryStore(), tmp_path, deaf), [3], findings))
