"""What reads over gRPC cost beside an echo of the same size: the same client, the same library, one connection, 16 at once.

The echo is what grpc.aio itself costs; all that is ours comes on top. Each round is 160 calls. The resources are drawn by
chance, so that no answer is the one before.
"""

import asyncio
import random
import subprocess
import sys

import grpc
import pytest
import uvloop

from ucs.registry.v1 import finding_pb2
from ucs.registry.v1 import resource_service_pb2 as api

ADDRESS, TOGETHER, CALLS, DRAWN = "127.0.0.1:15482", 16, 160, 1_000
GET_ROW = "gRPC Get beside an echo of its size, 16 at once", 0.8
READS = "/ucs.registry.v1.ResourceService/"

ECHO = """
import asyncio, sys
import grpc, uvloop

async def main(address):
    async def answer(request, context):
        return bytes(int(request))

    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    methods = {"Get": grpc.unary_unary_rpc_method_handler(answer)}
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("echo.Echo", methods)])
    server.add_insecure_port(address)
    await server.start()
    print("up", flush=True)
    await server.wait_for_termination()

uvloop.run(main(sys.argv[1]))
"""


class Calls:
    """Calls two servers from a loop of its own, so that a round of calls is one call to the benchmark."""

    def __init__(self, target, metadata):
        self._runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
        self._metadata = metadata
        self._ours, self._echo = self._runner.run(self._open(target))
        self._chance = random.Random(3702)

    async def _open(self, target):
        return grpc.aio.insecure_channel(target), grpc.aio.insecure_channel(ADDRESS)

    def close(self):
        for channel in (self._ours, self._echo):
            self._runner.run(channel.close())
        self._runner.close()

    def one(self, method, request):
        """What a method answers, as bytes."""
        return self._runner.run(self._one(self._ours.unary_unary(READS + method), request))

    def ours(self, method, requests):
        """A round of calls to the platform."""
        drawn = self._chance.choices(requests, k=CALLS)
        self._runner.run(self._round(self._ours.unary_unary(READS + method), drawn))

    def echo(self, size):
        """A round of calls to the echo."""
        self._runner.run(self._round(self._echo.unary_unary("/echo.Echo/Get"), [b"%d" % size] * CALLS))

    async def _one(self, call, request):
        return await call(request, metadata=self._metadata)

    async def _round(self, call, requests):
        waiting = iter(requests)

        async def work():
            for request in waiting:
                await call(request, metadata=self._metadata)

        await asyncio.gather(*(work() for _ in range(TOGETHER)))


@pytest.fixture(scope="module")
def calls(city):
    with subprocess.Popen([sys.executable, "-c", ECHO, ADDRESS], stdout=subprocess.PIPE) as process:
        assert process.stdout.readline()
        made = Calls("127.0.0.1:15480", city.metadata("app"))
        try:
            yield made
        finally:
            made.close()
            process.terminate()


@pytest.fixture(scope="module")
def gets(calls):
    names, token = [], ""
    while len(names) < DRAWN:
        request = api.ListResourcesRequest(page_size=200, page_token=token)
        page = api.ListResourcesResponse.FromString(calls.one("List", request.SerializeToString()))
        names += [resource.name for resource in page.resources]
        token = page.next_page_token
        if not token:
            break
    return [api.GetResourceRequest(name=name).SerializeToString() for name in names]


@pytest.fixture(scope="module")
def lists():
    filter = finding_pb2.ResourceFilter(kind="RESOURCE_KIND_DATA")
    return [api.ListResourcesRequest(filter=filter, page_size=50).SerializeToString()]


@pytest.fixture(scope="module")
def batches(gets):
    names = [api.GetResourceRequest.FromString(request).name for request in gets[:50]]
    return [api.BatchGetResourcesRequest(names=names).SerializeToString()]


def side(benchmark, row, side, target):
    """One of the two benchmarks of a row."""
    benchmark.extra_info.update(row=row, side=side, target=target)


@pytest.mark.benchmark(group="160 × Get over grpc.aio")
def test_get(benchmark, calls, gets):
    side(benchmark, GET_ROW[0], "ours", GET_ROW[1])
    benchmark.pedantic(calls.ours, args=("Get", gets), rounds=30, warmup_rounds=8)


@pytest.mark.benchmark(group="160 × Get over grpc.aio")
def test_echo_of_the_size_of_a_resource(benchmark, calls, gets):
    side(benchmark, GET_ROW[0], "theirs", GET_ROW[1])
    size = sum(len(calls.one("Get", request)) for request in gets[:100]) // 100
    benchmark.pedantic(calls.echo, args=(size,), rounds=30, warmup_rounds=8)


@pytest.mark.benchmark(group="160 × List of 50 over grpc.aio")
def test_list(benchmark, calls, lists):
    benchmark.pedantic(calls.ours, args=("List", lists), rounds=10, warmup_rounds=2)


@pytest.mark.benchmark(group="160 × List of 50 over grpc.aio")
def test_batch_get(benchmark, calls, batches):
    benchmark.pedantic(calls.ours, args=("BatchGet", batches), rounds=10, warmup_rounds=2)


@pytest.mark.benchmark(group="160 × List of 50 over grpc.aio")
def test_echo_of_the_size_of_a_page(benchmark, calls, lists):
    benchmark.pedantic(calls.echo, args=(len(calls.one("List", lists[0])),), rounds=10, warmup_rounds=2)
