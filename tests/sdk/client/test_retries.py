"""What breaks off is tried again where that does no harm, within its deadline, and takes effect once."""

from __future__ import annotations

import asyncio
import uuid
from contextlib import aclosing

import pytest

from ucs_sdk import DeadlineExceeded, FailedPrecondition, Invalid, Locale, UcsError, Unavailable
from ucs_sdk.client import Client, Retries
from ucs_sdk.client.calling import Calls
from ucs_sdk.client.retrying import Budget
from ucs_sdk.client.tokens import Tokens
from ucs_sdk.faults import plugin_not_running

QUICK = Retries(first=0.005, most=0.02)


class Faulty:
    """A platform that fails as a test says, and counts how often it was asked."""

    def __init__(self, platform, errors):
        self._platform = platform
        self._errors = errors
        self.asked = 0

    def __getattr__(self, name):
        return getattr(self._platform, name)

    def _fail(self):
        self.asked += 1
        if error := next(self._errors, None):
            raise error


class Refusing(Faulty):
    """Fails before anything is done."""

    async def invoke(self, call, path, asked):
        self._fail()
        return await self._platform.invoke(call, path, asked)

    async def stream(self, call, path, asked):
        self._fail()
        async with aclosing(self._platform.stream(call, path, asked)) as answers:
            async for answer in answers:
                yield answer


class Forgetful(Faulty):
    """Fails when all is done, so that nobody is told of it."""

    async def invoke(self, call, path, asked):
        answer = await self._platform.invoke(call, path, asked)
        self._fail()
        return answer

    async def stream(self, call, path, asked):
        async with aclosing(self._platform.stream(call, path, asked)) as answers:
            async for answer in answers:
                yield answer
                self._fail()


class NewIdEachTry(Calls):
    """The twin: each try is a request of its own."""

    async def attempt(self, method, request, token, seconds):
        again = type(request).FromString(request.SerializeToString())
        again.request_id = uuid.uuid4().hex
        return await super().attempt(method, again, token, seconds)


def busy(reason="STORE_BUSY", retry_after=0.001):
    return Unavailable(reason, retry_after=retry_after)


async def through(served, kind, errors):
    """Serve the city through a platform that fails."""
    await served.stop()
    served.platform = kind(served.city.platform, iter(errors))
    await served.start()
    return served.platform


async def level(served):
    return (await served.city.notes())["k"]["level"]


@pytest.mark.parametrize("reason", ["STORE_BUSY", "DRAINING", "STORE_OUTCOME_UNKNOWN"])
async def test_what_was_done_and_not_told_takes_effect_once(served, reason):
    platform = await through(served, Forgetful, [busy(reason), busy(reason)])
    async with served.asynchronous() as client:
        told = await client.invoke("ledger.note", {"key": "k", "level": 1})
    assert (told["count"], await level(served), platform.asked) == (1, 1, 3)


async def test_a_call_whose_outcome_the_platform_does_not_know_is_asked_for_again(served):
    platform = await through(served, Forgetful, [DeadlineExceeded("OUTCOME_UNKNOWN", seconds=1)])
    async with served.asynchronous() as client:
        told = await client.invoke("ledger.note", {"key": "k", "level": 1})
    assert (told["count"], await level(served), platform.asked) == (1, 1, 2)


async def test_a_new_request_id_for_each_try_doubles_the_effect(served):
    platform = await through(served, Forgetful, [busy(), busy()])
    async with served.asynchronous() as client:
        client._calls = NewIdEachTry(client._channel, Tokens(served.token()), QUICK, Locale.EN)
        await client.invoke("ledger.note", {"key": "k", "level": 1})
    assert (await level(served), platform.asked) == (3, 3)


async def test_a_server_that_restarts_under_calls_loses_and_doubles_none(served):
    at_work = asyncio.Event()

    async def note(client):
        for number in range(25):
            await client.invoke("ledger.note", {"key": "k", "level": 1})
            if number == 5:
                at_work.set()

    async with served.asynchronous() as client, asyncio.TaskGroup() as group:
        for _ in range(4):
            group.create_task(note(client))
        await at_work.wait()
        for _ in range(3):
            await served.stop()
            await served.start()
            await client.operations()
    assert await level(served) == 100


async def test_a_call_is_answered_by_a_platform_that_comes_up_later(served):
    await served.stop()
    async with served.asynchronous() as client, asyncio.TaskGroup() as group:
        asked = group.create_task(client.operations("ledger"))
        await asyncio.sleep(0)
        await served.start()
    assert asked.result()


async def test_the_deadline_ends_the_tries_and_tells_of_the_last(served):
    platform = await through(served, Refusing, (busy() for _ in iter(int, 1)))
    async with served.asynchronous() as client:
        with pytest.raises((Unavailable, DeadlineExceeded)) as caught:
            await client.invoke("ledger.version", seconds=0.3)
    # It may end between two tries, or in the middle of one.
    told = caught.value if isinstance(caught.value, Unavailable) else caught.value.__cause__
    assert told.reason == "STORE_BUSY"
    assert platform.asked > 1


async def test_who_is_to_wait_longer_than_there_is_time_is_told_at_once(served):
    platform = await through(served, Refusing, [busy(retry_after=3_600)])
    async with served.asynchronous() as client:
        with pytest.raises(Unavailable) as caught:
            await client.invoke("ledger.version")
    assert (caught.value.retry_after, platform.asked) == (3_600, 1)


async def test_a_caller_is_told_under_which_id_a_write_can_be_sent_again(served):
    platform = await through(served, Forgetful, [busy(retry_after=3_600)])
    async with served.asynchronous() as client:
        with pytest.raises(Unavailable) as caught:
            await client.invoke("ledger.note", {"key": "k", "level": 1})
        again = caught.value.fields["request_id"]
        await client.invoke("ledger.note", {"key": "k", "level": 1}, request_id=again)
    assert (await level(served), platform.asked) == (1, 2)


@pytest.mark.parametrize(
    "error",
    [
        Invalid("FIELD_MISSING", path="input"),
        FailedPrecondition("NOTHING_CHANGED", object="x"),
        plugin_not_running("ledger", "ledger.version"),
    ],
    ids=lambda error: error.reason,
)
async def test_what_will_not_pass_is_not_tried_again(served, error):
    platform = await through(served, Refusing, [error])
    async with served.asynchronous() as client:
        with pytest.raises(UcsError) as caught:
            await client.invoke("ledger.version")
    assert (caught.value.reason, type(caught.value), platform.asked) == (error.reason, type(error), 1)


async def test_a_stream_is_tried_again_until_its_first_answer(served):
    platform = await through(served, Refusing, [busy(), busy()])
    async with served.asynchronous() as client:
        assert [each["text"] async for each in client.stream("ledger.each", {"text": "ab"})] == ["a", "b"]
    assert platform.asked == 3


async def test_a_stream_that_breaks_off_is_not_begun_anew(served):
    platform = await through(served, Forgetful, [busy()])
    async with served.asynchronous() as client:
        answers = client.stream("ledger.each", {"text": "ab"})
        assert (await anext(answers))["text"] == "a"
        with pytest.raises(Unavailable):
            await anext(answers)
    assert platform.asked == 1


def test_a_platform_that_is_not_there_is_named():
    with Client("127.0.0.1:1", seconds=0.3, retries=QUICK) as client, pytest.raises(Unavailable) as caught:
        client.operations()
    assert caught.value.reason == "PLATFORM_OUT_OF_REACH"
    assert caught.value.fields["address"] == "127.0.0.1:1"


def test_pauses_grow_up_to_their_bound_and_heed_what_the_platform_asks():
    retries = Retries(first=0.1, most=2.0)
    for tries in (1, 2, 3, 5, 50, 5_000):
        for asked in (None, 0.5):
            pauses = [retries.pause(tries, asked) - (asked or 0) for _ in range(200)]
            bound = min(2.0, 0.1 * 2 ** min(tries - 1, 10))
            assert all(0 <= pause <= bound + 1e-9 for pause in pauses)
            assert len(set(pauses)) > 100, "they are not told apart by chance"


def test_no_try_begins_behind_the_deadline():
    spent = Budget(0.0, Retries())
    assert spent.pause(busy()) is None
    assert spent.left == 0
