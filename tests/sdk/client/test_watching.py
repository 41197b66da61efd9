"""A watch tells every change once and in order, however often the platform goes away."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import aclosing

import pytest

from ucs_core.platform import Call
from ucs_sdk import Exhausted, Internal, Invalid, OutOfRange, Unavailable
from ucs_sdk.client import ChangeType, PositionLost
from ucs_sdk.client.watching import Stand


class TooFar(Stand):
    """The twin that goes on behind one more than it was told."""

    def behind(self):
        return None if self.position is None else self.position + 1


class TooNear(Stand):
    """The twin that goes on from what it was told last, and takes it for new."""

    def behind(self):
        return None if self.position is None else self.position - 1

    def takes(self, position):
        self.position = position
        return True


async def read(watch, count):
    async with asyncio.timeout(20):
        return [await anext(watch) for _ in range(count)]


async def caught_up(served, watch):
    """Wait until a watch is where the log is: it tells of that itself, but to nobody who could be waited for."""
    head = await served.head()
    async with asyncio.timeout(20):
        while watch.position < head:  # noqa: ASYNC110 -- as said above
            await asyncio.sleep(0.005)


async def through_restarts(served, stand=Stand):
    """The names that were entered, and the changes that were told, while the server went away over and over."""
    entered, told = [], []

    async def listen(watch):
        async for change in watch:
            told.append(change)

    start = await served.head()
    async with served.asynchronous() as client, client.watch(start) as watch:
        watch._stand = stand(start)
        listening = asyncio.create_task(listen(watch))
        for number in range(4):
            entered.append(await served.enter(f"QD-{number}"))
            await caught_up(served, watch)
            await served.stop()
            entered += [await served.enter(f"QD-{number}-{more}") for more in "ab"]
            await served.start()
            await caught_up(served, watch)
        listening.cancel()
        await asyncio.wait([listening])
    return entered, [change.name for change in told], [change.position for change in told]


async def test_a_watch_goes_on_over_restarts_without_a_gap_and_without_repeating(served):
    entered, told, positions = await through_restarts(served)
    assert told == entered
    assert positions == sorted(set(positions))


@pytest.mark.parametrize("twin", [TooNear, TooFar])
async def test_a_watch_that_goes_on_elsewhere_is_found(served, twin):
    entered, told, _ = await through_restarts(served, twin)
    assert told != entered


async def test_changes_say_what_became_of_what(served):
    async with served.asynchronous() as client, client.watch(kind="data", owner_subtree="water") as watch:
        name = await served.enter("QD-1")
        await served.city.platform.resources.submit(Call(principal="wang"), name)
        await served.city.platform.resources.withdraw(Call(principal="wang"), name)
        added, submitted, withdrawn = await read(watch, 3)
        await served.city.platform.shelf.delete(Call(principal="wang"), name)
        [gone] = await read(watch, 1)
    assert [each.type for each in (added, submitted, withdrawn, gone)] == [
        ChangeType.ADDED,
        ChangeType.MODIFIED,
        ChangeType.MODIFIED,
        ChangeType.REMOVED,
    ]
    assert (added.name, added.resource.code, gone.resource) == (name, "QD-1", None)


async def test_an_application_that_restarts_goes_on_behind_what_it_has_kept(served):
    start = await served.head()
    names = [await served.enter(f"QD-{number}") for number in range(5)]
    async with served.asynchronous() as client, client.watch(start) as watch:
        first = await read(watch, 2)
    async with served.asynchronous() as client:
        rest = await read(client.watch(first[-1].position), 3)
    assert [change.name for change in [*first, *rest]] == names


async def test_what_happens_behind_the_beginning_is_told(served):
    async with served.asynchronous() as client:
        await served.enter("QD-1")
        before = await served.head()
        async with client.watch() as watch:
            later = await served.enter("QD-2")
            assert watch.position == before
            assert [change.name for change in await read(watch, 1)] == [later]


class CutsOff:
    """A platform whose watches break off behind each change, one time like this and another time like that."""

    def __init__(self, platform):
        self._platform = platform
        self.ends = itertools.cycle(
            [
                Exhausted("WATCH_TOO_SLOW", retry_after=0.001),
                Internal("WATCH_FAILED"),
                Exhausted("WATCH_TOO_MANY", most=1, retry_after=0.001),
                None,
            ]
        )

    def __getattr__(self, name):
        return getattr(self._platform, name)

    async def watch(self, *who, **what):
        async with aclosing(self._platform.watch(*who, **what)) as events:
            async for event in events:
                yield event
                if event.name is not None:
                    break
        if end := next(self.ends):
            raise end


async def test_a_watch_that_breaks_off_behind_each_change_tells_them_all(served):
    await served.stop()
    served.platform = CutsOff(served.city.platform)
    await served.start()
    start = await served.head()
    names = [await served.enter(f"QD-{number}") for number in range(9)]
    async with served.asynchronous() as client, client.watch(start) as watch:
        assert [change.name for change in await read(watch, 9)] == names


async def test_whoever_gave_up_waiting_for_a_while_misses_nothing(served):
    async with served.asynchronous() as client, client.watch() as watch:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await anext(watch)
        names = [await served.enter(f"QD-{number}") for number in range(3)]
        assert [change.name for change in await read(watch, 3)] == names


async def test_a_position_that_is_too_old_says_to_list_again(served):
    await served.enter("QD-1")
    async with served.city.store.write() as unit:
        await unit.compact(3)
        await unit.commit()
    async with served.asynchronous(locale="zh") as client:
        with pytest.raises(PositionLost) as caught:
            await anext(client.watch(1))
    assert isinstance(caught.value, OutOfRange)
    assert (caught.value.reason, caught.value.fields["position"]) == ("WATCH_TOO_OLD", "1")
    assert "请重新列出资源" in str(caught.value)


async def test_a_change_of_what_may_be_seen_says_to_list_again(served):
    async with served.asynchronous() as client, client.watch() as watch:
        await served.city.platform.roles.unassign(Call(principal="founder"), "wang", "editor", "water")
        with pytest.raises(PositionLost) as caught:
            await read(watch, 1)
    assert caught.value.reason == "WATCH_ACCESS_CHANGED"


async def test_a_position_that_never_was_is_the_callers_mistake(served):
    async with served.asynchronous() as client:
        with pytest.raises(Invalid) as caught:
            await anext(client.watch(99_999))
    assert caught.value.reason == "POSITION_UNKNOWN"


async def test_a_platform_that_stays_away_exhausts_the_patience(served):
    async with served.asynchronous() as client, client.watch(patience=0.2) as watch:
        await served.stop()
        with pytest.raises(Unavailable):
            await read(watch, 1)


async def test_a_watch_whose_token_counts_no_more_goes_on_with_another(served):
    async with served.asynchronous(token=served.token) as client, client.watch() as watch:
        await served.stop()
        served.rotate()
        await served.start()
        name = await served.enter("QD-1")
        assert [change.name for change in await read(watch, 1)] == [name]


async def test_a_node_that_stops_is_asked_again_until_the_patience_ends(served):
    async with served.asynchronous() as client, client.watch(patience=0.5) as watch:
        served.city.platform.watching.end()
        with pytest.raises(Unavailable) as caught:
            await read(watch, 1)
    assert caught.value.reason == "DRAINING"
