"""Events reach their handlers once in effect, in the order of their subjects, and failures are parked, tried again, given up."""

from __future__ import annotations

import asyncio
from typing import Any

from plugin_city import PluginCity

from ucs_core.platform import Call
from ucs_registry.documents import DocumentQuery
from ucs_registry.events import NewEvent

FOUNDER = Call(principal="founder")

HANDLER = """
handled, failing, gates = [], {}, {}

class Case(BaseModel):
    times: int = 0

@ledger.on("city.ledger.noted.v1")
async def open_case(ctx: Context, event: Event[Noted]) -> None:
    key = f"{event.data.key}-{event.data.level}"
    async with ctx.unit() as unit:
        cases = unit.documents("cases", Case)
        before = await cases.get(key)
        cases.put(key, Case(times=before.body.times + 1 if before else 1))
        unit.notify("duty", title=key)
    handled.append((key, ctx.caller.principal, ctx.caller.organization))
    if failing.get(event.data.key, 0) > 0:
        failing[event.data.key] -= 1
        raise ValueError("not yet")
"""


async def cases(city: PluginCity) -> dict[str, int]:
    """How often each case was opened, in the order in which that was committed."""
    async with city.store.read() as reader:
        asked = DocumentQuery(plugin="ledger", collection="cases")
        found = sorted(await reader.find_documents(asked, first=999), key=lambda item: item.revision)
    return {document.id: document.body["times"] for document in found}


async def notified(city: PluginCity) -> list[str]:
    async with city.store.read() as reader:
        return [event.data["title"] for event in await reader.events(types=["ucs.notified.v1"], after=0, first=999)]


async def note(city: PluginCity, key: str, count: int = 1) -> None:
    for _ in range(count):
        await city.invoke("wang", "ledger.note", key=key, level=1)


async def test_every_event_is_handled_once_in_the_order_of_its_subject(city: PluginCity) -> None:
    await city.ledger(HANDLER)
    for key in "abab":
        await note(city, key)
    assert await city.platform.extensions.settle() == 4
    assert await city.platform.extensions.settle() == 0
    assert await cases(city) == dict.fromkeys(["a-1", "b-1", "a-2", "b-2"], 1) | {}
    told = await notified(city)
    assert sorted(told) == ["a-1", "a-2", "b-1", "b-2"]
    assert [key for key in told if key[0] == "a"] == ["a-1", "a-2"]
    assert city.module.handled[0][1:] == ("ledger.plugin", "water")
    assert len(await city.entries("plugins.work")) == 4


async def test_a_new_handler_hears_of_what_happens_from_then_on(city: PluginCity) -> None:
    await city.ledger()
    await note(city, "before")
    await city.ledger(HANDLER, version="2.0")
    await note(city, "a")
    await city.platform.disable_plugin(FOUNDER, "ledger", reason="pause")
    assert await city.platform.extensions.settle() == 0
    await city.ledger(HANDLER, version="3.0")
    assert await city.platform.extensions.settle() == 1
    assert await cases(city) == {"a-1": 1}


async def test_an_event_that_fails_holds_up_its_subject_and_no_other(city: PluginCity) -> None:
    await city.ledger(HANDLER)
    city.module.failing["a"] = 2
    for key in "aab":
        await note(city, key)
    await city.platform.extensions.settle()
    await note(city, "a")
    await city.platform.extensions.settle()
    assert await cases(city) == {"b-1": 1}
    city.clock.move(seconds=1)
    await city.platform.extensions.settle()
    assert await cases(city) == {"b-1": 1}
    city.clock.move(seconds=4.9)
    assert await city.platform.extensions.settle() == 0
    city.clock.move(seconds=0.2)
    assert await city.platform.extensions.settle() == 3
    assert list(await cases(city)) == ["b-1", "a-1", "a-2", "a-3"]
    assert sorted(await notified(city)) == ["a-1", "a-2", "a-3", "b-1"]


async def test_what_fails_for_good_is_given_up_shown_and_replayed(city: PluginCity, refused: Any) -> None:
    await city.ledger(HANDLER)
    city.module.failing["a"] = 6
    await note(city, "a", 2)
    for _ in range(6):
        await city.platform.extensions.settle()
        city.clock.move(minutes=10)
    assert await cases(city) == {"a-2": 1}
    [dead] = await city.platform.dead_events("founder")
    assert (dead.subscription, dead.attempts, dead.error, dead.subject) == ("ledger.open_case", 6, "PLUGIN_FAILED", "a")
    assert (await refused(city.platform.dead_events("wang"))).reason.startswith("DENIED")
    assert (await refused(city.platform.replay_events(FOUNDER, dead.subscription, [77]))).reason == "EVENT_NOT_DEAD"
    assert await city.platform.replay_events(FOUNDER, dead.subscription, [dead.position]) == 1
    await city.platform.extensions.settle()
    assert await cases(city) == {"a-2": 1, "a-1": 1}
    assert await city.platform.dead_events("founder") == []


async def test_data_that_a_handler_does_not_take_are_given_up_at_once(small: PluginCity) -> None:
    await small.ledger(HANDLER)
    async with small.store.write() as unit:
        await unit.emit(
            [
                NewEvent(
                    id="odd",
                    source="elsewhere",
                    type="city.ledger.noted.v1",
                    subject="a",
                    time=small.clock(),
                    organization=None,
                    data={"nothing": 1},
                )
            ]
        )
        await unit.commit()
    await note(small, "a")
    await small.platform.extensions.settle()
    assert await cases(small) == {"a-1": 1}
    assert [item.error for item in await small.platform.dead_events("founder")] == ["EVENT_DATA_INVALID"]


async def test_two_nodes_deliver_nothing_twice(two_nodes: list[PluginCity]) -> None:
    here, there = two_nodes
    await here.ledger(HANDLER)
    there.installed.update(here.installed)
    await there.platform.extensions.start()
    for key in "abcdefgh" * 2:
        await note(here, key)
    while any(await asyncio.gather(*(node.platform.extensions.delivery.once() for node in (here, there, here)))):
        pass
    assert set((await cases(here)).values()) == {1}
    assert len(await notified(here)) == len(await cases(here)) == 16


SCHEDULED = """
turns = []
class Turn(BaseModel):
    number: int = 0
@ledger.every(seconds=60)
async def tidy(ctx: Context) -> None:
    turns.append(ctx.clock.now())
    async with ctx.unit() as unit:
        all = unit.documents("turns", Turn)
        all.put(str(len(turns)), Turn())
"""


async def test_scheduled_work_has_one_turn_in_its_time_on_one_node(tmp_path: Any) -> None:
    from plugin_city import nodes

    async with nodes(None, tmp_path, 2) as [here, there]:
        await here.ledger(SCHEDULED)
        there.installed.update(here.installed)
        await there.platform.extensions.start()
        both = [node.platform.extensions for node in (here, there)]
        for wait, expected in ((0, 1), (0, 0), (59, 0), (2, 1), (61, 1)):
            here.clock.move(seconds=wait)
            assert sum([await each.supervision.once(each.table) for each in both]) == expected
        assert len(await here.entries("plugins.work")) == 3


RUNNING = (
    HANDLER
    + """
lives = []
@hookimpl
async def ucs_run(ctx: Context) -> None:
    lives.append("begun")
    try:
        async with ctx.unit() as unit:
            unit.documents("notes", Note).put("run", Note())
        await asyncio.Event().wait()
    finally:
        lives.append("ended")
"""
)


async def test_a_running_node_follows_delivers_and_looks_after_what_runs(two_nodes: list[PluginCity]) -> None:
    here, there = two_nodes
    async with asyncio.timeout(20), here.platform.extensions.running(), there.platform.extensions.running():
        there.installed["ledger"] = (await _installed(here)).installed["ledger"]
        await here.platform.enable_plugin(FOUNDER, "ledger", owner="water")
        followed = asyncio.Event()
        there.platform.extensions.on_change(lambda table: followed.set() if table.operations else None)
        if not there.platform.extensions.table.operations:
            await followed.wait()
        for node in (here, there):
            await note(node, "a")
        while len(await cases(here)) < 2 or "run" not in await here.notes():
            async with here.store.read() as reader:
                position = reader.head.position
            await here.store.moved(position, 0.2)
        lives = [node.module.lives for node in (here, there)]
        assert sorted(map(len, lives)) == [0, 1]
    assert sorted(map(len, lives)) == [0, 2]
    assert await cases(here) == {"a-1": 1, "a-2": 1}


async def _installed(city: PluginCity) -> PluginCity:
    from plugin_city import a_ledger

    city.installed["ledger"] = a_ledger(city.folder, RUNNING)
    return city
