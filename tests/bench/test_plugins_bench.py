"""What plugins cost: a call of an operation in the process and at the doors, a city for a test, the way from nothing to an
answer, two hundred plugins on one node, events.

A call in the process decides about access at the store's present state, checks what goes in and out, and bounds the time; a
write is also staged, committed and logged. What stands beside it, in turns and in the same run, is the bare function and a unary
call of grpc.aio that answers a constant.
"""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

import grpc
import httpx2
import pytest
import uvloop
from plugin_city import Clock, a_ledger, founded, nodes, written

from ucs.capability.v1 import capability_service_pb2 as cap
from ucs.capability.v1.capability_service_pb2_grpc import CapabilityServiceStub
from ucs_core.app import running
from ucs_core.platform import Call
from ucs_core.readiness import Phase
from ucs_core.settings import Settings
from ucs_core.testing import open_city
from ucs_registry.sql import open_store, upgrade

BIN = Path(sys.executable).parent
CALLS, ROUNDS, EVENTS, PLUGINS, SECONDS = 200, 7, 500, 200, 60
READ = "ledger.version"
CASES = {
    "a read": (READ, {}),
    "two looks at records": ("ledger.find", {"level": 0}),
    "a write": ("ledger.note", {"key": "a"}),
}

ONE = """
from pydantic import BaseModel
from ucs_sdk import Capability, Context, hookimpl

class Words(BaseModel):
    text: str = ""

cap = Capability("{name}", title_zh="一", title_en="One")

@cap.operation(title_zh="说", title_en="Say")
async def say(ctx: Context, asked: Words) -> Words:
    return asked

@hookimpl
def ucs_capabilities() -> list[Capability]:
    return [cap]
"""

MANY = """
import asyncio, json, resource, sys, time
from pathlib import Path
sys.path.insert(0, {support!r})
from plugin_city import Clock, nodes, on
from ucs_core.platform import Call
from ucs_registry.sql import open_store
from ucs_sdk.plugins import find_in_folder

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()

def install(city, folder):
    found = [find_in_folder(each.parent) for each in sorted(folder.glob("*/pyproject.toml"))]
    city.installed.update({{each.name: each for each in found}})

async def enable(url, folder):
    async with nodes(url, folder) as [city]:
        install(city, folder)
        for name in city.installed:
            await city.platform.enable_plugin(Call(principal="founder"), name, owner="water")

async def start(url, folder):
    city = on(await open_store(url), Clock(), folder)
    install(city, folder)
    before, at = resident(), time.perf_counter()
    await city.platform.extensions.start()
    seconds, count = time.perf_counter() - at, len(city.platform.extensions.table.plugins)
    print(json.dumps({{"seconds": seconds, "bytes": resident() - before, "running": count}}))
    await city.platform.extensions.host.close()
    await city.store.close()

asyncio.run({{"enable": enable, "start": start}}[sys.argv[1]](sys.argv[2], Path(sys.argv[3])))
"""


@pytest.fixture(scope="module")
def loop():
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        yield runner


@pytest.fixture(scope="module")
def ledgers(loop):
    """A city that runs a ledger, on each store; what is called there, straight; and a grpc.aio server that answers a constant."""
    stack = AsyncExitStack()
    folder = Path(tempfile.mkdtemp())

    async def opened():
        cities = {}
        for store in ("memory", "sqlite"):
            place = folder / store
            place.mkdir()
            url = None if store == "memory" else f"sqlite:///{place}/ucs.db"
            if url is not None:
                await asyncio.to_thread(upgrade, url)
            [cities[store]] = await stack.enter_async_context(nodes(url, place))
            await cities[store].ledger()
        server = grpc.aio.server()

        async def answer(_request, _context):
            return b"1"

        methods = {"Get": grpc.unary_unary_rpc_method_handler(answer)}
        server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("echo.Echo", methods)])
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        stack.push_async_callback(server.stop, 0)
        channel = await stack.enter_async_context(grpc.aio.insecure_channel(f"127.0.0.1:{port}"))
        return cities, channel.unary_unary("/echo.Echo/Get")

    try:
        yield loop.run(opened())
    finally:
        loop.run(stack.aclose())
        shutil.rmtree(folder)


def repeated(loop, call, times=CALLS):
    """The milliseconds that one of many calls takes, one behind the other."""

    async def round_():
        started = perf_counter()
        for _ in range(times):
            await call()
        return (perf_counter() - started) * 1000 / times

    return loop.run(round_())


@pytest.mark.benchmark(group="plugins-call")
@pytest.mark.parametrize("store", ["memory", "sqlite"])
@pytest.mark.parametrize("case", CASES)
def test_a_call_in_the_process(benchmark, ledgers, loop, row, store, case):
    (cities, echo), (name, asked) = ledgers, CASES[case]
    city = cities[store]
    operation = city.platform.extensions.table.operations[READ].operation
    model = operation.input()
    sides = {
        "ours": lambda: city.invoke("wang", name, **asked),
        "function": lambda: operation.call(None, model),
        "grpc.aio": lambda: echo(b""),
    }
    times = {side: [] for side in sides}

    def in_turns():
        for side, call in sides.items():
            times[side].append(repeated(loop, call))

    benchmark.pedantic(in_turns, rounds=ROUNDS, warmup_rounds=1)
    ours = median(times["ours"])
    row(f"{case} in the process, {store}, beside a plain function", ours, median(times["function"]))
    row(f"{case} in the process, {store}, beside a grpc.aio call", ours, median(times["grpc.aio"]))


@pytest.fixture(scope="module")
def served(loop):
    """A served node with a ledger, and clients of both doors."""
    stack, folder = AsyncExitStack(), Path(tempfile.mkdtemp())

    async def opened():
        url = f"sqlite:///{folder}/ucs.db"
        await asyncio.to_thread(upgrade, url)
        store = await open_store(url)
        await founded(store, Clock())
        await store.close()
        files = {"key_file": folder / "key", "log_key_file": folder / "log", "checkpoint_file": folder / "checkpoint"}
        limits = {"lame_duck_seconds": 0, "operation_calls_per_minute": 10_000_000}
        settings = Settings(database_url=url, origin="here", http="127.0.0.1:0", grpc="127.0.0.1:0", **files, **limits)
        node = await stack.enter_async_context(running(settings))
        node.readiness.enter(Phase.SERVING)
        await node.platform.extensions.load(Call(principal="founder"), a_ledger(folder), "water")
        token = node.issuer.issue("wang", lifetime=timedelta(hours=1))
        headers = {"Authorization": f"Bearer {token}"}
        client = httpx2.AsyncClient(base_url=f"http://{node.http}", headers=headers, trust_env=False)
        http = await stack.enter_async_context(client)
        channel = await stack.enter_async_context(grpc.aio.insecure_channel(node.grpc))
        return http, CapabilityServiceStub(channel), [("authorization", f"Bearer {token}")]

    try:
        yield loop.run(opened())
    finally:
        loop.run(stack.aclose())
        shutil.rmtree(folder)


@pytest.mark.benchmark(group="plugins-doors")
def test_a_read_at_the_doors(benchmark, served, ledgers, loop, row):
    """Client and server share one process and one core: what is told is the work of both."""
    http, stub, metadata = served
    _, echo = ledgers
    request = cap.InvokeRequest(operation="ledger.version", input=b"{}")
    body = {"query": "{ ledger { version { text } } }"}
    sides = {
        "Invoke over gRPC": lambda: stub.Invoke(request, metadata=metadata),
        "a typed field over GraphQL": lambda: http.post("/graphql", json=body),
        "grpc.aio": lambda: echo(b""),
    }
    times = {side: [] for side in sides}

    def in_turns():
        for side, call in sides.items():
            times[side].append(repeated(loop, call))

    assert loop.run(sides["a typed field over GraphQL"]()).json() == {"data": {"ledger": {"version": {"text": "one"}}}}
    benchmark.pedantic(in_turns, rounds=ROUNDS, warmup_rounds=1)
    theirs = median(times.pop("grpc.aio"))
    for side, found in times.items():
        row(f"{side} beside a grpc.aio call", median(found), theirs)


@pytest.mark.benchmark(group="plugins-author")
def test_a_city_for_a_test(benchmark, row, tmp_path):
    found = written(tmp_path, "one", ONE.format(name="one"))

    def opened():
        with open_city([found]) as city:
            assert city.invoke("one.say", {"text": "x"}, as_="publisher") == {"text": "x"}

    benchmark.pedantic(opened, rounds=ROUNDS, warmup_rounds=1)
    row("the fixture city, opened, called once and closed", benchmark.stats.stats.median * 1000, target=300)


@pytest.fixture
def environment(tmp_path):
    return {
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "UCS_LOCALE": "en",
    }


@pytest.mark.benchmark(group="plugins-author")
def test_a_new_plugin(benchmark, row, tmp_path, environment):
    names = iter(f"rain_{number}" for number in range(100))

    def made():
        subprocess.run(
            ["ucs", "plugin", "new", next(names)], cwd=tmp_path, env=environment, check=True, capture_output=True
        )

    benchmark.pedantic(made, rounds=3, warmup_rounds=1)
    row("ucs plugin new", benchmark.stats.stats.median * 1000)


@pytest.mark.benchmark(group="plugins-author")
def test_from_nothing_to_an_answer(benchmark, row, tmp_path, environment):
    """`new`, `test`, `dev` with a city that is founded on the way, and the first answer."""
    names = iter(f"rain_{number}" for number in range(100))

    def lived():
        name = next(names)
        started = perf_counter()
        for words in (["new", name], ["test", name]):
            subprocess.run(["ucs", "plugin", *words], cwd=tmp_path, env=environment, check=True, capture_output=True)
        words = ["ucs", "plugin", "dev", name, "--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0"]
        with subprocess.Popen(words, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True) as dev:
            try:
                assert any("ucs call" in line for line in dev.stderr)
                command = ["ucs", "call", f"{name}.grade", "--mm", "63"]
                subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)
                took = perf_counter() - started
            finally:
                dev.send_signal(signal.SIGINT)
                dev.wait(SECONDS)
        return took

    times = []
    benchmark.pedantic(lambda: times.append(lived()), rounds=3)
    row("from nothing to a green test and an answer", median(times), unit="s", target=10)


@pytest.mark.benchmark(group="plugins-host")
def test_two_hundred_plugins(benchmark, row, tmp_path):
    """The start of a node on a database where another has enabled all of them; the memory is that of the plugins alone."""
    for number in range(PLUGINS):
        written(tmp_path, f"one{number}", ONE.format(name=f"one{number}"))
    url = f"sqlite:///{tmp_path}/ucs.db"
    upgrade(url)
    script = MANY.format(support=str(Path(__file__).parents[1] / "support"))

    def node(verb):
        words = [sys.executable, "-c", script, verb, url, str(tmp_path)]
        return subprocess.run(words, check=True, capture_output=True, text=True).stdout

    node("enable")
    told = json.loads(benchmark.pedantic(node, args=("start",), rounds=1))
    assert told["running"] == PLUGINS
    row(f"{PLUGINS} plugins: a node starts them", told["seconds"], unit="s")
    row(f"{PLUGINS} plugins: resident memory", told["bytes"] / 2**20, unit="MiB")


HANDLING = """
handled = []

@ledger.on("city.ledger.noted.v1")
async def keep(ctx: Context, event: Event[Noted]) -> None:
    async with ctx.unit() as unit:
        unit.documents("handled", Note).put(event.data.key, Note(level=event.data.level))
    handled.append(event.data.key)
"""


@pytest.mark.benchmark(group="plugins-events")
@pytest.mark.parametrize("store", ["memory", "sqlite"])
def test_events_that_are_delivered(benchmark, row, loop, tmp_path, store):
    """Each handler writes a record, which is committed together with the mark that the event was handled."""
    url = None if store == "memory" else f"sqlite:///{tmp_path}/ucs.db"
    if url is not None:
        upgrade(url)

    async def delivered():
        async with nodes(url, tmp_path) as [city]:
            await city.ledger(HANDLING)
            for number in range(EVENTS):
                await city.invoke("wang", "ledger.note", key=f"k{number}")
            started = perf_counter()
            assert await city.platform.extensions.settle() == EVENTS
            return EVENTS / (perf_counter() - started)

    rate = benchmark.pedantic(lambda: loop.run(delivered()), rounds=1)
    row(f"events handled, {store}", rate, unit="/s", better="higher")
