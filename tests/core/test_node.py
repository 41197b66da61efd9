"""One node: both doors over one store, one count of what they did, and nothing left open when a part cannot start."""

import socket

import grpc
import httpx2
import pytest

from ucs.registry.v1 import resource_service_pb2 as api
from ucs.registry.v1.resource_service_pb2_grpc import ResourceServiceStub
from ucs_core.app import running
from ucs_core.readiness import Phase
from ucs_core.settings import Settings
from ucs_sdk.errors import FailedPrecondition, Unavailable


@pytest.fixture
def settings(sqlite_url, tmp_path):
    return Settings(
        database_url=sqlite_url,
        key_file=tmp_path / "key.pem",
        http="127.0.0.1:0",
        grpc="127.0.0.1:0",
        lame_duck_seconds=0,
    )


async def test_both_doors_count_in_one_place(settings):
    async with running(settings) as node, httpx2.AsyncClient(base_url=f"http://{node.http}", trust_env=False) as http:
        assert (await http.get("/readyz")).status_code == 503
        node.readiness.enter(Phase.SERVING)
        assert (await http.get("/readyz")).status_code == 200
        async with grpc.aio.insecure_channel(node.grpc) as channel:
            with pytest.raises(grpc.aio.AioRpcError):
                await ResourceServiceStub(channel).Get(api.GetResourceRequest(name="resources/x"))
        counted = 'ucs_requests_total{code="UNAUTHENTICATED",door="grpc",verb="Get"} 1.0'
        # A call is counted when it has ended, which its client may know a moment earlier.
        for _ in range(1_000):
            if counted in (figures := (await http.get("/metrics")).text):
                break
    assert counted in figures
    assert 'ucs_requests_total{code="OK",door="http",verb="readyz"}' in figures


async def test_a_node_that_cannot_start_leaves_nothing_open(settings):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(Unavailable, match="ADDRESS_UNAVAILABLE"):
            async with running(settings.model_copy(update={"http": address})):
                pytest.fail("the node is up")
    with socket.create_server(("127.0.0.1", 0)) as free:
        http = f"127.0.0.1:{free.getsockname()[1]}"
    broken = settings.model_copy(update={"http": http, "database_url": "sqlite:////nowhere/at/all.db"})
    with pytest.raises(FailedPrecondition, match="STORE_OUTDATED"):
        async with running(broken):
            pytest.fail("the node is up")
    # The address is free again at once.
    async with running(settings.model_copy(update={"http": http})) as node:
        assert node.http == http
