"""Coroutines that begin at once behave as tasks do; what is counted and named cheaply is counted and named rightly."""

import asyncio
import subprocess
import sys
import time

import pytest
import uvloop
from ulid import ULID

from ucs_core.eager import Done, Waiting, begin
from ucs_core.http.metrics import Metrics
from ucs_core.http.tally import BOUNDS
from ucs_core.platform.calls import new_call_id


async def _after(*waits: asyncio.Future[int]) -> int:
    return sum([await wait for wait in waits])


@pytest.mark.parametrize("factory", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_coroutine_that_waits_goes_on_in_a_task(factory):
    async def whole() -> list[object]:
        loop = asyncio.get_running_loop()
        ready, first, second = loop.create_future(), loop.create_future(), loop.create_future()
        ready.set_result(1)
        at_once, later = begin(_after()), begin(_after(ready, first, second))
        assert isinstance(at_once, Done)
        assert isinstance(later, Waiting)
        task = asyncio.create_task(later.rest())
        first.set_result(10)
        loop.call_soon(second.set_result, 100)
        return [at_once.result, await task]

    with asyncio.Runner(loop_factory=factory) as runner:
        assert runner.run(whole()) == [0, 111]


async def test_what_is_raised_arrives_before_and_after_the_first_wait():
    async def failing(wait: asyncio.Future[None] | None) -> None:
        if wait is not None:
            await wait
        raise ValueError("told")

    with pytest.raises(ValueError, match="told"):
        begin(failing(None))
    wait = asyncio.get_running_loop().create_future()
    later = begin(failing(wait))
    assert isinstance(later, Waiting)
    wait.set_result(None)
    with pytest.raises(ValueError, match="told"):
        await later.rest()


async def test_cancellation_reaches_the_coroutine_where_it_waits():
    left = []

    async def waiting() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            left.append("cancelled")
            raise

    later = begin(waiting())
    assert isinstance(later, Waiting)
    task = asyncio.create_task(later.rest())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert (task.cancelled(), left) == (True, ["cancelled"])
    dropped = begin(waiting())
    assert isinstance(dropped, Waiting)
    dropped.drop()
    dropped.drop()


def test_call_ids_are_ulids_of_now_and_never_the_same():
    before = time.time() - 1
    ids = [new_call_id() for _ in range(20_000)]
    assert len({each[10:] for each in ids}) == len(ids)
    assert all(before < ULID.from_str(each).timestamp < time.time() + 1 for each in (ids[0], ids[-1]))
    assert {len(each) for each in ids} == {26}


FORKED = """
import os
from ucs_core.platform.calls import new_call_id
new_call_id()
child = os.fork()
os.write(1, new_call_id().encode())
if child:
    os.waitpid(child, 0)
os._exit(0)
"""


def test_call_ids_of_a_forked_process_are_others():
    told = subprocess.run([sys.executable, "-c", FORKED], capture_output=True, check=True, text=True).stdout
    assert len(told) == 52
    assert told[10:26] != told[36:]


def test_times_fall_into_the_buckets_that_they_belong_to():
    metrics = Metrics(lambda: 0)
    for seconds in (0.0, BOUNDS[0], BOUNDS[0] * 1.01, 1e9):
        metrics.observe("http", "query", "OK", seconds)
    figures = metrics.render().decode()
    for bound, count in (("0.001", 2.0), ("0.0025", 3.0), ("30.0", 3.0), ("+Inf", 4.0)):
        assert f'ucs_request_seconds_bucket{{door="http",le="{bound}",verb="query"}} {count}' in figures
    assert 'ucs_request_seconds_count{door="http",verb="query"} 4.0' in figures
    assert 'ucs_requests_total{code="OK",door="http",verb="query"} 4.0' in figures
