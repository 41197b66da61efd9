"""What ends a watch, and what does not."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ucs_core.access.actions import Action
from ucs_core.access.authority import Authority
from ucs_core.access.policy import PolicyRow
from ucs_core.access.ready import ready_rules
from ucs_core.access.snapshot import compile_snapshot
from ucs_core.access.tokens import LEEWAY
from ucs_core.platform import WatchFilter, system_clock
from ucs_core.platform.watching import Watching, batch
from ucs_core.platform.watching.hub import Hub
from ucs_core.platform.watching.standing import Comparisons, Standing
from ucs_registry.memory import InMemoryStore
from ucs_registry.principals import Principal
from ucs_sdk.errors import Conflict, Exhausted, Invalid, OutOfRange, Unauthenticated, Unavailable
from ucs_sdk.vocabulary import PrincipalKind


async def first(events):
    async with aclosing(events):
        return await anext(events)


async def test_a_position_that_is_yet_to_come_is_refused(city):
    position = await city.position()
    with pytest.raises(Invalid, match="POSITION_UNKNOWN"):
        await first(city.platform.watch("admin", None, after=position + 1))
    with pytest.raises(Invalid, match="POSITION_UNKNOWN"):
        await first(city.platform.watch("admin", None, after=-1))


async def test_a_position_that_is_not_kept_any_more_is_refused_with_the_oldest_that_is(city):
    async with city.store.write() as unit:
        await unit.compact(3)
        await unit.commit()
    with pytest.raises(OutOfRange, match="WATCH_TOO_OLD") as caught:
        await first(city.platform.watch("admin", None, after=2))
    assert caught.value.fields == {"position": 2, "oldest": 3}
    assert (await first(city.platform.watch("admin", None, after=3))).type == "progress"


async def test_nobody_unknown_or_disabled_watches(city):
    await city.change_person("roads", disabled=True)
    for id in ("nobody", "roads"):
        with pytest.raises(Unauthenticated, match="PRINCIPAL_UNKNOWN"):
            await first(city.platform.watch(id, None))


async def test_an_unknown_organisation_is_named(city):
    with pytest.raises(Invalid, match="ORGANIZATION_UNKNOWN"):
        await first(city.platform.watch("admin", None, filter=WatchFilter(owner_subtree="qingdao-watr")))


async def test_a_watcher_who_is_disabled_is_cut_off(city):
    async with city.listening("roads") as ear:
        await ear.until(lambda ear: ear.progress)
        await city.change_person("roads", disabled=True)
        assert isinstance(await ear.end(), Unauthenticated)


async def test_a_watcher_whose_sight_changes_is_cut_off_before_it_is_told_anything_by_it(city):
    async with city.listening("roads") as ear, city.listening("editor") as editor:
        await ear.until(lambda ear: ear.progress)
        await editor.until(lambda ear: ear.progress)
        made = await city.publish()
        await ear.until(lambda ear: ear.told)
        await city.put_rules(PolicyRow(id="no", role="public", relation="any", action="discover", effect="deny"))
        assert isinstance(await ear.end(), Conflict)
        assert ear.ended.reason == "WATCH_ACCESS_CHANGED"
        assert ear.ended.fields["position"] == ear.events[-1].position
        assert ear.told == [("added", made.name)]


async def test_edits_that_change_nothing_for_a_watcher_leave_it_alone(city):
    await city.publish()
    async with city.listening("roads") as ear:
        await ear.until(lambda ear: ear.progress)
        await city.change_person("outsider", title="Somebody else")
        await city.put_rules(
            PolicyRow(id="b", role="nobody", relation="any", action="discover"),
            PolicyRow(id="c", role="public", relation="any", action="discover", type="no_such_type"),
        )
        made = await city.publish("QD-2")
        await ear.until(lambda ear: ear.told)
        assert ear.told == [("added", made.name)]


async def test_a_watch_ends_with_its_token(city):
    whole = await city.platform.verifier.vouch(city.issuer.issue("roads", lifetime=timedelta(minutes=2)))
    # It has ended already, and counts for the rest of the leeway: for a watch as for every other call.
    token = replace(whole, expires_at=datetime.now(UTC) - LEEWAY + timedelta(seconds=1))
    async with city.listening("roads", token) as ear:
        await ear.until(lambda ear: ear.progress)
        assert (await ear.end()).reason == "TOKEN_EXPIRED"
        assert token.expires_at + LEEWAY <= datetime.now(UTC)


@pytest.mark.parametrize("begins", [True, False])
async def test_a_watch_ends_when_a_grant_that_serves_it_begins_or_ends_by_the_clock(open_city, begins):
    ahead = timedelta()
    async with open_city(clock=lambda: datetime.now(UTC) + ahead) as city:
        made = await city.publish(share_type="conditional", share_condition="on request")
        turn = "valid_from" if begins else "valid_until"
        later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        given = {"resource": made.name, "grantee": "principals/roads", "action": "read", turn: later}
        await city.platform.grants.give(city.admin, given)
        async with city.listening("roads") as ear:
            await ear.until(lambda ear: ear.progress)
            ahead = timedelta(hours=2)
            assert (await ear.end()).reason == "WATCH_ACCESS_CHANGED"
            assert ear.told == []


class Switched:
    """A store whose database can be exchanged under those who use it."""

    def __init__(self) -> None:
        self.present = InMemoryStore()

    def __getattr__(self, name):
        return getattr(self.present, name)


class Forgetful(Hub):
    """The twin: it goes by positions alone."""

    async def _check_history(self, reader, watchers):
        pass


class ForgetfulWatching(Watching):
    hub = Forgetful


async def what_a_watch_makes_of_another_history(open_city, kind):
    """What ends a watch whose database is exchanged for one that went on otherwise; None when it goes on, too."""
    async with open_city(InMemoryStore()) as other, open_city(Switched()) as city:
        watching = kind(city.store, Authority(), system_clock)
        for number in range(3):
            await other.publish(f"QD-{number}")
        ear = city.ear()
        listening = asyncio.create_task(ear.listen(watching.watch("admin", None, after=None)))
        await ear.until(lambda ear: ear.progress)
        city.store.present = other.store
        await ear.until(lambda ear: ear.ended or ear.told)
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        return ear.ended and ear.ended.reason


async def test_a_watch_ends_when_the_database_is_put_back_under_it(open_city):
    assert await what_a_watch_makes_of_another_history(open_city, Watching) == "WATCH_OTHER_HISTORY"


async def test_a_hub_that_goes_by_positions_alone_is_found(open_city):
    assert await what_a_watch_makes_of_another_history(open_city, ForgetfulWatching) is None


def test_a_version_that_is_compiled_anew_leaves_a_watch_alone():
    person = Principal(id="ada", kind=PrincipalKind.PERSON, title="Ada")
    first, second = (
        compile_snapshot(version=1, organizations=[], principals=[person], rules=ready_rules()) for _ in range(2)
    )
    now = datetime.now(UTC)
    standing = Standing(first.profile("ada"), None, first, [], now)
    standing.check(second, now, Comparisons(), position=1)
    second.visibility(standing.profile, Action.DISCOVER, now)


async def test_a_stopping_node_ends_all_watches_and_takes_no_more(city):
    async with city.listening("roads") as ear, city.listening("admin", after=0) as second:
        await ear.until(lambda ear: ear.progress)
        await second.until(lambda ear: ear.progress)
        city.platform.watching.end()
        assert isinstance(await ear.end(), Unavailable)
        assert (await second.end()).reason == "DRAINING"
    with pytest.raises(Unavailable, match="DRAINING"):
        await first(city.platform.watch("admin", None))


async def test_too_many_watches_are_refused_and_room_is_made_when_one_ends(open_city):
    async with open_city(principal=2, node=3) as city:
        async with city.listening("roads") as one, city.listening("roads") as two:
            await one.until(lambda ear: ear.progress)
            await two.until(lambda ear: ear.progress)
            with pytest.raises(Exhausted, match="WATCH_TOO_MANY"):
                await first(city.platform.watch("roads", None))
            async with city.listening("admin") as three:
                await three.until(lambda ear: ear.progress)
                with pytest.raises(Exhausted, match="WATCH_TOO_MANY"):
                    await first(city.platform.watch("editor", None))
        assert (await first(city.platform.watch("roads", None))).type == "progress"


async def test_who_does_not_take_what_waits_is_cut_off_and_resumes(open_city):
    async with open_city(waiting=3) as city:
        events = city.platform.watch("admin", None)
        async with aclosing(events), city.listening("admin") as quick:
            start = (await anext(events)).position
            await quick.until(lambda ear: ear.progress)
            # It listens by now, and then takes nothing.
            waiting = asyncio.ensure_future(anext(events))
            made = [await city.create("QD-0")]
            told = [await waiting]
            for number in range(1, 6):
                made.append(await city.create(f"QD-{number}"))
                await quick.until(lambda ear, number=number: len(ear.told) > number)
            with pytest.raises(Exhausted, match="WATCH_TOO_SLOW"):
                told += [event async for event in events]
        async with city.listening("admin", after=told[-1].position) as ear:
            await ear.until(lambda ear: ear.progress)
        assert [event.name for event in told] + [name for _, name in ear.told] == [item.name for item in made]
        assert start < told[0].position


class Unreliable(InMemoryStore):
    """A store that is out of reach, or broken, when it is told to be."""

    failure: Exception | None = None

    @asynccontextmanager
    async def read(self):
        if self.failure is not None:
            raise self.failure
        async with super().read() as reader:
            yield reader


async def test_a_store_that_is_out_of_reach_for_a_moment_ends_no_watch(open_city):
    store = Unreliable()
    async with open_city(store, patience=0.01) as city, city.listening("roads") as ear:
        await ear.until(lambda ear: ear.progress)
        store.failure = Unavailable("STORE_UNAVAILABLE")
        await asyncio.sleep(0.1)
        store.failure = None
        made = await city.publish()
        await ear.until(lambda ear: ear.told)
        assert ear.told == [("added", made.name)]


async def test_a_fault_ends_the_watches_and_says_nothing_of_itself(open_city):
    store = Unreliable()
    async with open_city(store, patience=0.01) as city, city.listening("roads") as ear:
        await ear.until(lambda ear: ear.progress)
        store.failure = RuntimeError("a secret")
        assert (await ear.end()).reason == "WATCH_FAILED"
        assert "secret" not in str(ear.ended)
        store.failure = None


async def test_a_long_past_is_told_in_pages(city):
    start = await city.position()
    made = [await city.create(f"QD-{number}") for number in range(batch.ENTRIES_MOST + 20)]
    async with city.listening("editor", after=start) as ear:
        await ear.until(lambda ear: ear.progress)
    assert [name for _, name in ear.told] == [item.name for item in made]


async def test_the_hub_sleeps_when_nobody_watches(city):
    async with city.listening("roads") as ear:
        await ear.until(lambda ear: ear.progress)
        await asyncio.sleep(0)
        hub = [task for task in asyncio.all_tasks() if "Hub" in repr(task.get_coro())]
        assert len(hub) == 1
    assert hub[0].done()
