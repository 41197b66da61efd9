"""Promise 15 for waterlogging: whatever dies and whatever comes twice or late, each water has one event, and each event one case.

Gateways send readings, and people report, both in the wrong order and twice. The node that takes them in and delivers is killed
at steps of its units; a new one goes on, and whoever had no answer sends again. In the end each flood is one event with all
that was said of it, has asked for one case of its own, and knows that case.
"""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from mortal import Killed, Mortal
from plugin_city import Clock, PluginCity, founded, on

from ucs_core.events.names import delivery_lease
from ucs_core.platform import Call
from ucs_registry.documents import DocumentQuery
from ucs_registry.memory import InMemoryStore
from ucs_registry.sql import open_store
from ucs_sdk.plugins import FoundPlugin, find_in_folder

CAPABILITIES = Path(__file__).resolve().parents[3] / "capabilities"
PACKAGE = "ucs_capability_waterlogging"

POINTS = {"P0": 120.30, "P1": 120.40}
SAMPLED = 3
"""How many deaths are tried in the short form, on each store."""

TWINS = {
    "Forgetful": ("places.py", '"events": place.events + 1', '"events": place.events'),
    "TakesWhatIsLate": ("sensors.py", "if sensor.at is not None and at <= sensor.at:", "if at == sensor.at:"),
    "SeesNothingNear": ("handlers.py", 'await records.nearest_place(places, at, ctx.settings["near_metres"])', "None"),
    "KeepsNoEvent": ("telling.py", "if step.ended is not None:", "if False:"),
    "AsksUnderOtherNames": ("telling.py", "source_id=event.id", 'source_id=f"{event.id}.{len(event.evidence)}"'),
}
"""Copies of the plugin with one line that is wrong."""


def a_twin(folder: Path, name: str) -> FoundPlugin:
    """The plugin with one wrong line, under a package of its own."""
    file, right, wrong = TWINS[name]
    copy = folder / name
    shutil.copytree(CAPABILITIES / "waterlogging" / "src", copy / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(CAPABILITIES / "waterlogging" / "pyproject.toml", copy)
    package = copy / "src" / PACKAGE
    for each in [*package.glob("*.py"), copy / "pyproject.toml"]:
        text = each.read_text("utf-8")
        if each.name == file:
            assert text.count(right) == 1, f"{file} has no such line any more"
            text = text.replace(right, wrong)
        each.write_text(text.replace(PACKAGE, f"waterlogging_{name.lower()}"), "utf-8")
    package.rename(package.with_name(f"waterlogging_{name.lower()}"))
    return find_in_folder(copy)


_worlds = count()


@dataclass(frozen=True, kw_only=True)
class Sent:
    """Something that somebody sends, at some minute of a round; the same id each time."""

    minute: float
    who: str
    path: str
    id: str
    asked: dict[str, Any]
    settled: bool = False
    """Whether everything that was said is delivered before it."""


@dataclass(kw_only=True)
class World:
    """A store on which nodes live and die, and floods come and go."""

    store: Any
    folder: Path
    plugin: FoundPlugin
    clock: Clock = field(default_factory=Clock)
    steps: int = 0
    """How many steps the last life took."""
    rounds: int = 0
    name: str = field(default_factory=lambda: f"world {next(_worlds)}")
    """Reporters are called after it: how often one may speak is counted for the whole process."""

    async def begin(self) -> None:
        await founded(self.store, self.clock)
        node = self.node()
        for plugin, owner in (("case_center", "3702"), ("waterlogging", "water")):
            await node.platform.enable_plugin(Call(principal="founder"), plugin, owner=owner)
        for code, longitude in POINTS.items():
            point = {"code": code, "name": code, "sensors": [{"device": "L"}], **place(longitude)}
            await node.invoke("wang", "waterlogging.register", **point)
        await node.platform.extensions.host.close()

    def node(self) -> PluginCity:
        city = on(Mortal(self.store), self.clock, self.folder, fresh=False)
        for each in (find_in_folder(CAPABILITIES / "case_center"), self.plugin):
            city.installed[each.name] = each
        return city

    def flood(self) -> list[Sent]:
        """What is sent in one round: at each point water comes and goes, two people tell of it, and one of another place."""
        number, begins = self.rounds, self.clock() + timedelta(minutes=1)
        self.rounds += 1

        def readings(name: str, minute: float, *measured: tuple[float, float], settled: bool = False) -> Sent:
            stated = [
                {"point": code, "device": "L", "value": depth, "at": (begins + timedelta(minutes=at)).isoformat()}
                for code in POINTS
                for at, depth in measured
            ]
            id = f"r{number}-{name}"
            asked = {"observations": stated}
            return Sent(minute=minute, who="wang", path="waterlogging.observe", id=id, asked=asked, settled=settled)

        def told(name: str, who: int, longitude: float) -> Sent:
            asked = {"reporter": f"{self.name}-{number}-{who}", "at": begins.isoformat(), **place(longitude)}
            return Sent(minute=3, who="li", path="waterlogging.report", id=f"r{number}-{name}", asked=asked)

        people = [
            told(f"{code}-{who}-{time}", who, longitude + 0.0003)
            for time in range(2)
            for code, longitude in POINTS.items()
            for who in range(2)
        ]
        wet = ((2.0, 15.0), (1.0, 5.0))
        return [
            readings("wet", 3, *wet),
            *people,
            told("far", 9, 121.0 + number * 0.01),
            readings("wet-again", 3, *reversed(wet)),
            readings("dry", 5, (5.0, 0.0), settled=True),
            readings("still-dry", 16, (16.0, 0.0)),
            readings("late", 16, *wet),
        ]

    async def life(self, sent: list[Sent], begins: datetime, dies_at: int | None) -> bool:
        """Let a node take in what is sent, and deliver; whether it died before the end."""
        node = self.node()
        extensions = node.platform.extensions
        await extensions.start()
        mortal = node.store
        mortal.steps, mortal.dies_at = 0, dies_at
        try:
            for each in sent:
                if each.settled:
                    await extensions.settle()
                self.clock.now = max(self.clock.now, begins + timedelta(minutes=1 + each.minute))
                await node.invoke(each.who, each.path, request_id=each.id, **each.asked)
            await extensions.settle()
        except Killed:
            return True
        finally:
            self.steps = mortal.steps
            mortal.alive, mortal.dies_at = True, None
            # Its leases end with time, which is not waited for here.
            async with self.store.write() as unit:
                names = [delivery_lease(consumer.name) for consumer in extensions.delivery.consumers()]
                await unit.release(names, extensions.leases.holder)
                await unit.commit()
            await node.platform.pipeline.drain()
            await extensions.host.close()
        return False

    async def kept(self, plugin: str, collection: str) -> dict[str, Any]:
        async with self.store.read() as reader:
            asked = DocumentQuery(plugin=plugin, collection=collection)
            found = await reader.find_documents(asked, first=10_000)
        return {each.id: each.body for each in found}

    async def wrong(self) -> list[str]:
        """Everything that is not as it was promised."""
        over = {id: body["event"] for id, body in (await self.kept("waterlogging", "events")).items()}
        places = await self.kept("waterlogging", "places")
        live = {each["event"]["id"]: each["event"] for each in places.values() if each["event"]}
        cases = await self.kept("case_center", "cases")
        ended = {f"{code}.{number + 1}": 3 for code in POINTS for number in range(self.rounds)}
        problems = []
        if {id: len(each["evidence"]) for id, each in over.items()} != ended:
            problems.append(f"events that are over: {sorted(over)}")
        if len(live) != self.rounds or any(len(each["evidence"]) != 1 for each in live.values()):
            problems.append(f"events that go on: {sorted(live)}")
        known = Counter(each["case"] for each in (over | live).values())
        if len(cases) != len(ended) + self.rounds or known != Counter([*cases]):
            problems.append(f"{len(cases)} cases, and events know {dict(known)}")
        async with self.store.read() as reader:
            told = await reader.events(types=["city.waterlogging.changed.v1"], after=0, first=10_000)
        ends = Counter(
            each.data["event"] for each in told if each.data["event_state"] is None or each.data["colour"] == "blue"
        )
        if any(ends[id] == 0 for id in ended):
            problems.append("an end that was not told")
        return problems


def place(longitude: float) -> dict[str, Any]:
    return {"longitude": longitude, "latitude": 36.2, "crs": "wgs84", "region": "370213"}


async def lived(world: World, deaths: list[float], findings: Any) -> list[str]:
    """What goes wrong when a node dies in each round, so far through what it would do."""
    await world.begin()
    steps = 0
    for part in [None, *deaths, None]:
        sent, begins = world.flood(), world.clock()
        findings.tried += len(sent)
        if part is not None:
            findings.faults += await world.life(sent, begins, max(1, round(part * steps)))
        await world.life(sent, begins, None)
        steps = world.steps
        # Longer than two floods at one place are one case.
        world.clock.move(hours=12)
    return await world.wrong()


async def test_in_memory(tmp_path: Path, findings: Any) -> None:
    chance = findings.random("memory")
    deaths = [chance.random() for _ in range(SAMPLED * findings.effort)]
    right = find_in_folder(CAPABILITIES / "waterlogging")
    findings.expect_none(await lived(World(store=InMemoryStore(), folder=tmp_path, plugin=right), deaths, findings))
    for name in TWINS:
        twin = World(store=InMemoryStore(), folder=tmp_path, plugin=a_twin(tmp_path, name))
        findings.expect_caught(name, await lived(twin, [], findings))


async def test_on_databases(url: str, tmp_path: Path, findings: Any) -> None:
    chance = findings.random(url.partition(":")[0])
    deaths = [chance.random() for _ in range(SAMPLED * findings.effort)]
    right = find_in_folder(CAPABILITIES / "waterlogging")
    store = await open_store(url)
    try:
        findings.expect_none(await lived(World(store=store, folder=tmp_path, plugin=right), deaths, findings))
    finally:
        await store.close()
