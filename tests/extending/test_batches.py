"""Events that arrive together are committed together, and whatever happens amid a batch, each is judged as if it were alone."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Never

import pytest
from plugin_city import PluginCity

from ucs_core.events.background import Background
from ucs_core.events.chains import Chains, Consumer
from ucs_core.events.delivery import Delivery
from ucs_core.events.names import delivery_lease
from ucs_core.invoke.staging import Staged
from ucs_core.plugins.running import RunningPlugin
from ucs_registry.documents import Document, DocumentQuery, NewDocument

HANDLER = """
handled, failing, meddling = [], {}, {}

class Case(BaseModel):
    times: int = 0
    before: int = 0

@ledger.on("city.ledger.noted.v1")
async def open_case(ctx: Context, event: Event[Noted]) -> None:
    key = event.data.key
    async with ctx.unit() as unit:
        cases = unit.documents("cases", Case)
        mine = await cases.get(key)
        seen = mine.body.times if mine else 0
        cases.put(key, Case(times=seen + 1, before=event.data.level))
    handled.append((key, seen))
    if key in meddling:
        await meddling.pop(key)()
    if failing.pop(key, 0):
        raise ValueError("not yet")
"""

COUNTING = """
class Case(BaseModel):
    times: int = 0

@ledger.on("city.ledger.noted.v1")
async def count(ctx: Context, event: Event[Noted]) -> None:
    async with ctx.unit() as unit:
        cases = unit.documents("cases", Case)
        total = await cases.get("total")
        cases.put("total", Case(times=total.body.times + 1 if total else 1))
"""

LOOKING = """
seen = []

class Case(BaseModel):
    times: int = 0

@ledger.on("city.ledger.noted.v1")
async def look(ctx: Context, event: Event[Noted]) -> None:
    try:
        there = await ctx.documents("cases", Case).get(event.data.key)
    except Exception:
        there = None
    times = there.body.times if there else 0
    async with ctx.unit() as unit:
        unit.documents("cases", Case).put(event.data.key, Case(times=times + 1))
"""


PATIENT = 600.0
"""So long nothing takes here: what goes together does not depend on how busy the machine is."""


@pytest.fixture(autouse=True)
def patient(request: pytest.FixtureRequest) -> None:
    for name in ("city", "small"):
        if name in request.fixturenames:
            extensions = request.getfixturevalue(name).platform.extensions
            extensions.delivery = patiently(extensions, extensions.background, Chains)


def patiently(extensions: Any, background: Background, chains: type[Chains]) -> Delivery:
    """A delivery that waits for all that goes together."""
    made = chains(background, PATIENT)
    return Delivery(background, extensions.leases, lambda: extensions.table, chains=made, gathered=PATIENT)


async def noted(city: PluginCity, keys: str) -> None:
    for key in keys:
        await city.invoke("wang", "ledger.note", key=key, level=1)


async def cases(city: PluginCity) -> dict[str, Document]:
    async with city.store.read() as reader:
        found = await reader.find_documents(DocumentQuery(plugin="ledger", collection="cases"), first=999)
    return {document.id: document for document in found}


async def times(city: PluginCity) -> dict[str, int]:
    return {key: document.body["times"] for key, document in sorted((await cases(city)).items())}


async def put(city: PluginCity, key: str, count: int) -> None:
    """Write a case behind the handler's back."""
    body = {"times": count, "before": 0}
    async with city.store.write() as unit:
        new = NewDocument(plugin="ledger", collection="cases", id=key, organization="water", body=body)
        await unit.put_documents([new], city.clock())
        city.platform.extensions.background.note(
            unit, city.platform.extensions.table.plugins["ledger"], "behind", "x", city_staged(city)
        )
        await unit.commit()


def city_staged(city: PluginCity) -> Staged:
    extensions = city.platform.extensions
    return extensions.background.staged(extensions.table.plugins["ledger"])


async def test_what_arrived_together_is_committed_in_one_unit_and_each_event_has_its_entry(city: PluginCity) -> None:
    await city.ledger(HANDLER)
    await noted(city, "aabcda")
    async with city.store.read() as reader:
        before = reader.head.position
    assert await city.platform.extensions.settle() == 6
    assert await times(city) == {"a": 3, "b": 1, "c": 1, "d": 1}
    assert [seen for key, seen in city.module.handled if key == "a"] == [0, 1, 2]
    # A record's revision is where the log of its unit begins.
    assert {document.revision for document in (await cases(city)).values()} == {before + 1}
    told = [entry for entry in await city.entries("plugins.work") if entry.position > before]
    assert len(told) == 6
    async with city.store.read() as reader:
        assert await reader.handled("ledger.open_case") == set()
        assert (await reader.subscriptions())["ledger.open_case"].position == await reader.last_event()


async def test_what_fails_amid_a_batch_is_parked_alone(city: PluginCity) -> None:
    await city.ledger(HANDLER)
    await noted(city, "aabbcc")
    city.module.failing["b"] = 1
    assert await city.platform.extensions.settle() == 6
    assert await times(city) == {"a": 2, "c": 2}
    async with city.store.read() as reader:
        assert [item.attempts for item in await reader.parked(first=9)] == [1, 0]
    city.clock.move(seconds=1)
    assert await city.platform.extensions.settle() == 2
    assert await times(city) == {"a": 2, "b": 2, "c": 2}


async def test_what_fails_behind_others_of_its_subject_is_judged_alone(city: PluginCity) -> None:
    await city.ledger(HANDLER)
    await noted(city, "aaa")

    async def fail_next() -> None:
        city.module.failing["a"] = 0
        city.module.meddling["a"] = fail_now

    async def fail_now() -> None:
        raise ValueError("once")

    city.module.meddling["a"] = fail_next
    assert await city.platform.extensions.settle() == 3
    # The second failed behind the first, whose effects nobody else had seen yet: it was run again when they stood.
    assert [seen for _, seen in city.module.handled] == [0, 1, 1, 2]
    assert await times(city) == {"a": 3}
    async with city.store.read() as reader:
        assert await reader.parked(first=9) == []


async def test_what_is_stale_amid_a_batch_is_handled_again_and_the_others_once(city: PluginCity) -> None:
    await city.ledger(HANDLER)
    await noted(city, "abc")

    async def meddle() -> None:
        await put(city, "b", 40)

    city.module.meddling["b"] = meddle
    assert await city.platform.extensions.settle() == 3
    assert await times(city) == {"a": 1, "b": 41, "c": 1}
    assert sorted(city.module.handled) == [("a", 0), ("b", 0), ("b", 40), ("c", 0)]


async def test_a_batch_whose_lease_is_lost_changes_nothing(city: PluginCity) -> None:
    await city.ledger(HANDLER)
    await noted(city, "aabc")
    lease = [delivery_lease("ledger.open_case")]
    extensions = city.platform.extensions

    async def taken() -> None:
        async with city.store.write() as unit:
            await unit.release(lease, extensions.leases.holder)
            assert await unit.hold(lease, "thief", 60) == set(lease)
            await unit.commit()

    city.module.meddling["b"] = taken
    assert await extensions.delivery.once() == 0
    assert await times(city) == {}
    async with city.store.write() as unit:
        assert len(await unit.awaited("ledger.open_case", range(1, 5))) == 4
        await unit.release(lease, "thief")
        await unit.commit()
    assert await extensions.settle() == 4
    assert await times(city) == {"a": 2, "b": 1, "c": 1}


async def test_what_another_node_has_handled_meanwhile_is_left_out_of_a_batch(city: PluginCity) -> None:
    await city.ledger(HANDLER)
    await noted(city, "abc")

    async def handled_elsewhere() -> None:
        async with city.store.write() as unit:
            await unit.mark_handled("ledger.open_case", [2])
            await unit.commit()

    city.module.meddling["a"] = handled_elsewhere
    await city.platform.extensions.settle()
    assert await times(city) == {"a": 1, "c": 1}


async def test_subjects_that_write_the_same_record_lose_nothing(city: PluginCity) -> None:
    await city.ledger(COUNTING)
    await noted(city, "abcabcd")
    assert await city.platform.extensions.settle() == 7
    assert await times(city) == {"total": 7}


async def test_a_handler_that_looks_past_its_unit_sees_all_that_came_before(city: PluginCity) -> None:
    await city.ledger(LOOKING)
    await noted(city, "aaabaab")
    assert await city.platform.extensions.settle() == 7
    assert await times(city) == {"a": 5, "b": 2}


class Forgetful(Staged):
    """Takes nothing to be in the way of anything."""

    def meets(self, other: Staged) -> bool:
        del other
        return False


class ForgetfulBackground(Background):
    def staged(self, running: RunningPlugin) -> Staged:
        made = super().staged(running)
        return Forgetful(**{part.name: getattr(made, part.name) for part in fields(made)})


class Unrefused(Chains):
    """Lets handlers look at what is committed, though something is staged before them."""

    def _refused(self, consumer: Consumer) -> Never:  # type: ignore[misc] # it returns, which is what is wrong with it
        del consumer


@pytest.mark.parametrize("twin", ["forgetful", "unrefused"])
async def test_twins_that_batch_too_much_are_caught(small: PluginCity, twin: str) -> None:
    extensions = small.platform.extensions
    background: Any = extensions.background
    if twin == "forgetful":
        parts = {part.name: getattr(background, part.name) for part in fields(background)}
        background = ForgetfulBackground(**parts)
    extensions.delivery = patiently(extensions, background, Unrefused if twin == "unrefused" else Chains)
    await small.ledger(COUNTING if twin == "forgetful" else LOOKING)
    await noted(small, "abcaa")
    await extensions.settle()
    assert sum((await times(small)).values()) < 5
