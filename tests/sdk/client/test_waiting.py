"""The client for those who wait: the same answers, from any number of threads at once."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from ucs_sdk import FailedPrecondition, NotFound
from ucs_sdk.client import Order


async def test_everything_is_answered_to_those_who_wait(served):
    names = [await served.enter(f"QD-{number}") for number in range(5)]

    def asks():
        with served.synchronous() as client:
            listed = client.list(order=Order.CODE, page_size=2, kind="data")
            assert [each.name for each in listed] == names
            assert [len(page.resources) for page in listed.pages()] == [2, 2, 1]
            assert [each.code for each in client.find("QD-3", page_size=1)] == ["QD-3"]
            assert client.get(names[0]) == client.get_by_code("QD-0")
            assert len(client.operations("ledger")) >= 4
            assert client.invoke("ledger.note", {"key": "k", "level": 1})["count"] == 1
            assert [each["text"] for each in client.stream("ledger.each", {"text": "ab"})] == ["a", "b"]
            with client.stream("ledger.each", {"text": "ab"}) as answers:
                assert next(answers)["text"] == "a"
            with client.watch(listed.position - 1) as watch:
                assert next(watch).name == names[-1]
                assert watch.position == listed.position
            with pytest.raises(NotFound):
                client.get_by_code("QD-99")

    await asyncio.to_thread(asks)


async def test_threads_share_a_client(served):
    def notes(client):
        for _ in range(10):
            client.invoke("ledger.note", {"key": "k", "level": 1})

    def asks():
        with served.synchronous() as client, ThreadPoolExecutor(4) as pool:
            for done in [pool.submit(notes, client) for _ in range(4)]:
                done.result()

    await asyncio.to_thread(asks)
    assert (await served.city.notes())["k"]["level"] == 40


async def test_a_watch_that_is_waited_for_goes_on_over_restarts(served):
    told = []

    def listens(client, begun):
        with client.watch() as watch:
            begun()
            told.extend(next(watch).name for _ in range(3))

    loop, begun = asyncio.get_running_loop(), asyncio.Event()
    with served.synchronous() as client:
        listening = asyncio.create_task(
            asyncio.to_thread(listens, client, lambda: loop.call_soon_threadsafe(begun.set))
        )
        await begun.wait()
        names = [await served.enter("QD-1")]
        await served.stop()
        names.append(await served.enter("QD-2"))
        await served.start()
        names.append(await served.enter("QD-3"))
        await listening
    assert told == names


@pytest.mark.parametrize("closed", ["watch", "client"])
async def test_closing_ends_a_wait_in_another_thread(served, closed):
    def asks():
        with served.synchronous() as client:
            watch = client.watch()
            watch.begin()
            ended = []

            def listens():
                try:
                    ended.extend(change.name for change in watch)
                except FailedPrecondition as error:
                    ended.append(error.reason)

            thread = threading.Thread(target=listens)
            thread.start()
            (watch if closed == "watch" else client).close()
            thread.join(20)
            assert not thread.is_alive()
            watch.close()
            return ended

    assert await asyncio.to_thread(asks) == {"watch": [], "client": ["CLIENT_CLOSED"]}[closed]


async def test_a_client_that_was_closed_says_so(served):
    def asks():
        client = served.synchronous(locale="zh")
        client.close()
        client.close()
        with pytest.raises(FailedPrecondition) as caught:
            client.operations()
        return str(caught.value)

    assert "客户端已关闭" in await asyncio.to_thread(asks)


async def test_a_closed_client_leaves_no_thread(served):
    def asks():
        with served.synchronous() as client:
            client.operations()
            during = {thread.name for thread in threading.enumerate()}
        return during, {thread.name for thread in threading.enumerate()}

    during, after = await asyncio.to_thread(asks)
    assert "ucs-client" in during
    assert "ucs-client" not in after
