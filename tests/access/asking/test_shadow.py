"""The shadow notices when live decisions are not what casbin's enforcer says, and raises an alarm."""

import asyncio
from contextlib import suppress

import pytest
import structlog.testing

from ucs_core.access import Action, Authority, Decision, PolicyRow
from ucs_core.access.shadow import Shadow
from ucs_core.http import Metrics
from ucs_core.platform.sight import see
from ucs_registry.memory import InMemoryStore
from ucs_registry.sql import open_store
from ucs_registry.testing import NOW
from ucs_sdk import Denied, Unavailable

SEEDS = range(6)
EVERY = 5
DECISIONS_MOST = 30_000

UNNOTICED = ("DenyYieldsToGrant", "EverythingAllowed", "SubtreeOneTooFar", "UnknownOwnerAllowed", "ExactTakenForPrefix")
"""Broken compilers whose fault does not show in the cities that are drawn here."""


@pytest.fixture
async def stored(cities):
    """A drawn city in a store."""

    async def stored(seed=0):
        city, _ = cities.drawn(seed)
        store = InMemoryStore()
        await city.enter(store)
        return city, store

    return stored


async def live(store, city, shadow, meaning=None):
    """Decide as sessions do: everybody on everything. How many decisions that were."""
    authority, decisions = Authority(shadow=shadow, meaning=meaning), 0
    async with store.read() as reader:
        for id, person in city.principals.items():
            if person.disabled:
                continue
            sight = await see(reader, authority, id, NOW)
            for action in Action:
                for resource in city.resources[:12]:
                    await sight.decide(action, resource)
                for place in (None, *(item.id for item in city.organizations)):
                    with suppress(Denied):
                        sight.require_organization(action, place)
                sight.visibility(action)
                decisions += 12 + 9 + 1
            await sight.views(city.resources[:5])
    return decisions


async def noticed_after(stored, meaning=None):
    """After how many decisions the shadow notices that something is wrong; None when it never does."""
    decisions = checked = 0
    for seed in SEEDS:
        city, store = await stored(seed)
        shadow = Shadow(store, every=EVERY, most=100_000)
        decisions += await live(store, city, shadow, meaning)
        await shadow.check()
        checked += shadow.checked
        if shadow.differences:
            return decisions
    assert checked > decisions / EVERY / 2
    return None


async def test_nothing_differs_while_all_is_right(stored):
    with structlog.testing.capture_logs() as logs:
        assert await noticed_after(stored) is None
    assert logs == []


async def test_a_broken_compiler_at_work_is_noticed(stored, mutant):
    with structlog.testing.capture_logs() as logs:
        decisions = await noticed_after(stored, mutant())
    assert decisions is not None
    assert decisions < DECISIONS_MOST
    assert {line["event"] for line in logs} == {"access_decision_differs"}
    assert {line["log_level"] for line in logs} == {"error"}


async def test_it_reads_a_database_as_well(cities, database, mutants):
    city, _ = cities.drawn(2)
    store = await open_store(database)
    try:
        await city.enter(store)
        sound, broken = (Shadow(store, every=EVERY, most=100_000) for _ in range(2))
        await live(store, city, sound)
        await live(store, city, broken, mutants["AnyNeedsAnAnchor"]())
        with structlog.testing.capture_logs() as logs:
            assert await sound.check() == sound.checked > 0
            await broken.check()
        assert (sound.differences, len(logs)) == (0, broken.differences)
        assert broken.differences > 0
    finally:
        await store.close()


async def test_the_alarm_tells_all_that_is_needed_to_look_into_it(stored):
    city, store = await stored()
    shadow = Shadow(store, every=1)
    deny = PolicyRow(id="frozen", role="public", relation="any", action="retire", effect="deny")
    async with store.write() as unit:
        await unit.put_rules([deny.to_rule()])
        await unit.commit()
    made_up = Decision(allowed=True, rule="made-up", needs_grant=False)
    async with store.read() as reader:
        right = await see(reader, Authority(), "p0", NOW)
        shadow.note(right.snapshot, right.profile, Action.RETIRE, city.resources[0].access, False, made_up)
    with structlog.testing.capture_logs() as logs:
        await shadow.check()
    (line,) = logs
    access = city.resources[0].access
    assert line["principal"] == "principals/p0"
    assert (line["action"], line["owner"]) == ("retire", access.owner)
    assert line["attributes"] == [access.kind, access.type, access.share_type, "l1", access.open_type, access.state]
    assert (line["decided"], line["decided_by"]) == ("allowed", "made-up")
    assert (line["enforcer"], line["enforcer_by"]) == ("denied", "frozen")
    assert line["access_version"] == right.snapshot.version
    assert (shadow.checked, shadow.differences) == (1, 1)


async def test_samples_of_a_version_that_has_passed_are_dropped_and_counted(stored):
    city, store = await stored()
    shadow = Shadow(store, every=1, most=50)
    await live(store, city, shadow)
    passed_over = shadow.dropped
    assert passed_over > 1_000
    async with store.write() as unit:
        await unit.put_rules([PolicyRow(id="new", role="public", relation="any", action="read").to_rule()])
        await unit.commit()
    assert await shadow.check() == 0
    assert (shadow.checked, shadow.dropped) == (0, passed_over + 50)


async def test_one_decision_in_so_many_is_sampled(stored):
    _, store = await stored()
    shadow = Shadow(store, every=4)
    assert [shadow.turn() for _ in range(9)] == [False, False, False, True, False, False, False, True, False]


async def test_it_checks_in_the_background_and_stops_cleanly(stored):
    city, store = await stored()
    rounds = asyncio.Queue()

    class Heard(Shadow):
        async def check(self):
            checked = await super().check()
            await rounds.put(checked)
            return checked

    shadow = Heard(store, every=1, pause=0.001)
    await live(store, city, shadow)
    async with shadow.running():
        while not await rounds.get():
            pass
    assert shadow.checked > 0
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_it_outlives_a_store_that_does_not_answer_and_a_fault_of_its_own(stored):
    _, store = await stored()
    rounds = asyncio.Queue()

    failures = [Unavailable("STORE_UNAVAILABLE"), KeyError("of its own")]

    class Troubled(Shadow):
        async def check(self):
            if failures:
                raise failures.pop(0)
            await rounds.put("well again")
            return 0

    with structlog.testing.capture_logs() as logs:
        async with Troubled(store, pause=0.001).running():
            assert await rounds.get() == "well again"
    assert [line["event"] for line in logs] == ["access_shadow_without_store", "access_shadow_failed"]


async def test_its_figures_are_among_those_of_the_node(stored, mutants):
    city, store = await stored()
    shadow = Shadow(store, every=EVERY, most=30)
    await live(store, city, shadow, mutants["DenyIgnored"]())
    with structlog.testing.capture_logs():
        await shadow.check()
    figures = Metrics(lambda: 0, shadow).render().decode()
    assert f"ucs_shadow_checked_total {float(shadow.checked)}" in figures
    assert f"ucs_shadow_differences_total {float(shadow.differences)}" in figures
    assert f"ucs_shadow_dropped_total {float(shadow.dropped)}" in figures
