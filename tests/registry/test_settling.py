"""Tasks end when they are told to, and whoever waits for that leaves when they have ended."""

import asyncio

import pytest

from ucs_registry import settling
from ucs_registry.settling import beside, ended


async def _forever(*_):
    await asyncio.Event().wait()


async def test_a_cancelled_task_is_awaited_to_its_end():
    steps = []

    async def tidy():
        try:
            await _forever()
        finally:
            await asyncio.sleep(0.01)
            steps.append("tidied")

    task = asyncio.create_task(tidy())
    await asyncio.sleep(0)
    await ended(task)
    assert steps == ["tidied"]
    assert task.cancelled()


async def test_what_work_beside_a_block_failed_with_is_told_at_once_and_raised_at_the_end(caplog):
    async def fail():
        raise ValueError("a fault of its own")

    told = []

    async def block():
        async with beside(fail()):
            await asyncio.sleep(0.01)
            told.extend(record.getMessage() for record in caplog.records)

    with pytest.raises(ValueError, match="of its own"):
        await block()
    assert told == ["work in the background has ended"]


async def test_a_cancellation_that_was_lost_on_its_way_is_sent_again(monkeypatch):
    monkeypatch.setattr(settling, "ASKED_AGAIN_SECONDS", 0.01)
    lost = []

    async def deaf_once():
        while True:
            try:
                await _forever()
            except asyncio.CancelledError:
                if lost:
                    raise
                lost.append(True)

    task = asyncio.create_task(deaf_once())
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await ended(task)
    assert lost == [True]


async def test_whoever_waits_and_is_cancelled_leaves_when_the_task_has_ended():
    held = asyncio.Event()

    async def slow():
        try:
            await _forever()
        finally:
            await held.wait()

    task = asyncio.create_task(slow())
    await asyncio.sleep(0)
    waiter = asyncio.create_task(ended(task))
    await asyncio.sleep(0.01)
    waiter.cancel()
    await asyncio.sleep(0.01)
    assert not waiter.done()
    held.set()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    assert task.cancelled()


async def test_work_beside_a_block_ends_with_it():
    events = []

    async def work():
        try:
            await _forever()
        finally:
            events.append("work ended")

    async with beside(work()):
        await asyncio.sleep(0)
        events.append("block ended")
    assert events == ["block ended", "work ended"]
