"""Plugins say how they are; what they say is listed and measured, and so is every call. Callers have bounds of their own."""

from __future__ import annotations

import asyncio
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2
from grpc_health.v1.health_pb2_grpc import HealthStub
from plugin_city import PluginCity

from ucs_core.grpc.server import start_grpc
from ucs_core.http import Metrics
from ucs_core.http.plugin_figures import PluginFigures
from ucs_core.invoke.metering import CallBudget, quota_of
from ucs_core.platform import Call
from ucs_core.platform.extending import health
from ucs_core.readiness import Phase, Readiness
from ucs_core.settings import Settings
from ucs_sdk.errors import Exhausted

SAYS = """
from ucs_sdk import Health
said, asked = [], []
@hookimpl
async def ucs_health(ctx: Context) -> Health:
    asked.append(1)
    answer = said[-1]
    if isinstance(answer, Exception):
        raise answer
    return answer
"""


async def well(city: PluginCity, answer: Any) -> Any:
    """How the ledger is listed once it has answered."""
    city.module.said.append(answer)
    await city.platform.extensions.wellbeing.once()
    [view] = await city.platform.plugins("founder")
    return view


async def test_what_a_plugin_says_of_itself_is_listed(small: PluginCity) -> None:
    await small.ledger(SAYS)
    [silent] = await small.platform.plugins("founder")
    assert silent.healthy is None
    health_of = small.module.Health
    view = await well(small, health_of(ok=False, zh="缺水", en="no water"))
    assert (view.state, view.healthy, view.health_zh, view.health_en) == ("running", False, "缺水", "no water")
    assert (await well(small, health_of(ok=True))).healthy is True
    assert (await well(small, ValueError("hunter2"))).healthy is False
    view = await well(small, "fine")
    assert (view.healthy, view.health_en) == (False, "its health check failed or did not answer")
    assert "hunter2" not in view.health_en


async def test_what_a_version_said_is_not_said_of_the_next(small: PluginCity) -> None:
    await small.ledger(SAYS)
    await well(small, small.module.Health(ok=False))
    await small.ledger(SAYS, version="2.0")
    [view] = await small.platform.plugins("founder")
    assert view.healthy is None


async def test_one_that_never_answers_is_not_asked_for_ever(small: PluginCity) -> None:
    await small.ledger(SAYS)
    for _ in range(health.UNANSWERED_MOST + 5):
        await well(small, ValueError())
    assert len(small.module.asked) == health.UNANSWERED_MOST
    small.module.said.append(small.module.Health(ok=True))
    await small.ledger(SAYS, version="2.0")
    assert (await well(small, small.module.Health(ok=True))).healthy is True


async def test_calls_and_health_are_measured_and_nobody_is_named(small: PluginCity, refused: Any) -> None:
    await small.ledger(SAYS)
    await well(small, small.module.Health(ok=False))
    await small.invoke("wang", "ledger.find")
    await small.invoke("li", "ledger.find")
    await refused(small.invoke("wang", "ledger.find", key=5))
    await refused(small.invoke("wang", "nothing.here"))
    metrics = Metrics(lambda: 0)
    metrics.collect(PluginFigures(small.platform.extensions))
    told = metrics.render().decode()
    assert 'ucs_operation_calls_total{operation="ledger.find",outcome="ok"} 2.0' in told
    assert 'ucs_operation_calls_total{operation="ledger.find",outcome="FIELD_TYPE"} 1.0' in told
    assert 'ucs_operation_seconds_total{operation="ledger.find",outcome="ok"}' in told
    assert 'ucs_plugin_healthy{plugin="ledger"} 0.0' in told
    assert "nothing.here" not in told
    assert "wang" not in told


async def test_a_caller_has_a_budget_for_each_operation(small: PluginCity) -> None:
    budget = CallBudget(small.clock.seconds, calls=2, seconds=60, apart=True)
    for operation in ("ledger.find", "ledger.note"):
        for _ in range(2):
            budget.take("wang", operation)
        with pytest.raises(Exhausted) as caught:
            budget.take("wang", operation)
        assert caught.value.retry_after == pytest.approx(30)
    budget.take("li", "ledger.find")


async def test_the_setting_bounds_calls(small: PluginCity, refused: Any) -> None:
    settings = Settings(operation_calls_per_minute=1)
    quota = quota_of(settings.operation_calls_per_minute)
    assert quota is not None
    small.platform.extensions.invocations._quota = quota
    await small.ledger()
    await small.invoke("wang", "ledger.find")
    await small.invoke("wang", "ledger.version")
    assert (await refused(small.invoke("wang", "ledger.find"))).reason == "QUOTA_EXCEEDED"
    assert quota_of(Settings().operation_calls_per_minute) is None


async def test_a_plugin_that_begins_to_run_is_asked_at_once(small: PluginCity) -> None:
    async with small.platform.extensions.running():
        await small.ledger(
            """
from ucs_sdk import Health
asked = asyncio.Event()
@hookimpl
async def ucs_health(ctx: Context) -> Health:
    asked.set()
    return Health(ok=True)
"""
        )
        async with asyncio.timeout(health.ROUND_SECONDS / 2):
            await small.module.asked.wait()


async def test_a_plugin_is_a_service_of_the_standard_health_check(small: PluginCity) -> None:
    status = health_pb2.HealthCheckResponse
    readiness = Readiness()
    readiness.enter(Phase.SERVING)
    server = await start_grpc(small.platform, readiness, Settings(grpc="127.0.0.1:0"))
    try:
        async with grpc.aio.insecure_channel(server.address) as channel:
            stub, asked = HealthStub(channel), health_pb2.HealthCheckRequest(service="plugins/ledger")
            watch = stub.Watch(asked)
            assert (await watch.read()).status == status.SERVICE_UNKNOWN
            await small.ledger(SAYS)
            assert (await watch.read()).status == status.SERVING
            await well(small, small.module.Health(ok=False, zh="缺水", en="no water"))
            assert (await watch.read()).status == status.NOT_SERVING
            listed = (await stub.List(health_pb2.HealthListRequest())).statuses
            assert (listed["plugins/ledger"].status, listed[""].status) == (status.NOT_SERVING, status.SERVING)
            await well(small, small.module.Health(ok=True))
            assert (await watch.read()).status == status.SERVING == (await stub.Check(asked)).status
            readiness.enter(Phase.DRAINING)
            assert (await watch.read()).status == status.NOT_SERVING
            watch.cancel()
            readiness.enter(Phase.SERVING)
            await small.platform.disable_plugin(Call(principal="founder"), "ledger", reason="over")
            with pytest.raises(grpc.aio.AioRpcError) as unknown:
                await stub.Check(asked)
            assert unknown.value.code() is grpc.StatusCode.NOT_FOUND
    finally:
        await server.stop(0)
