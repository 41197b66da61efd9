"""What an import costs: 20,000 resources of the demo city through the door of a node, on each database.

The client is a process of its own on the same machine, and PostgreSQL another. Resources carry neither links nor members.
Each is judged, validated against its type, logged with a digest, signed for and searchable when its chunk is in.
"""

import asyncio
import os
import subprocess
import sys
import threading
from datetime import timedelta
from itertools import islice

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ucs_core.access.log_keys import LogSigner
from ucs_core.access.tokens import LocalIssuer
from ucs_core.collecting import seldom_collected
from ucs_core.demo.generator import generate
from ucs_core.demo.organizations import organizations
from ucs_core.demo.personas import ADMINISTRATOR, principals
from ucs_core.grpc.client import import_organizations
from ucs_core.grpc.server import start_grpc
from ucs_core.platform import build_platform, system_clock
from ucs_core.platform.founding import found
from ucs_core.readiness import Phase, Readiness
from ucs_core.settings import Settings
from ucs_registry.sql import open_store

ROWS = 20_000


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    """The resources, without what leads from one to another, a line each."""
    file = tmp_path_factory.mktemp("import") / "city.ndjson"
    with file.open("wb") as out:
        for resource in islice(generate(2 * ROWS, 3702), ROWS):
            line = resource.model_dump(mode="json", exclude_none=True)
            line["content"].pop("dependencies", None)
            out.write(orjson.dumps(line) + b"\n")
    return file


class Node:
    """A platform on an empty database with the city's organisations, in a thread of its own."""

    def __init__(self, url, folder):
        self._url, self._folder = url, folder
        self.issuer = LocalIssuer(Ed25519PrivateKey.generate())
        self._loop = asyncio.new_event_loop()
        self._ready, self._end = threading.Event(), asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),))
        self._thread.start()
        assert self._ready.wait(60)

    @property
    def token(self):
        return self.issuer.issue(ADMINISTRATOR, lifetime=timedelta(hours=1))

    def stop(self):
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(60)
        self._loop.close()

    async def _run(self):
        store = await open_store(self._url, signer=LogSigner.load_or_create(self._folder / "log.pem", "bench"))
        platform = build_platform(store, self.issuer.verifier(), origin="bench")
        tree, people = organizations(), {person.id: person for person in principals()}
        first = people[ADMINISTRATOR].model_copy(update={"organization": tree[1].id})
        await found(store, system_clock, "bench", tree[:2], first)
        readiness = Readiness(store.ping)
        readiness.enter(Phase.SERVING)
        server = await start_grpc(platform, readiness, Settings(grpc="127.0.0.1:0"))
        self.address = server.address
        below = [each.model_dump(mode="json") for each in tree[2:]]
        chunks = [below[at : at + 1000] for at in range(0, len(below), 1000)]
        async for _ in import_organizations(server.address, self.token, chunks):
            pass
        with seldom_collected():
            self._ready.set()
            await self._end.wait()
        await server.stop(1)
        await platform.imports.close()
        await store.close()


@pytest.fixture(params=["sqlite_url", "postgres_url"], ids=["sqlite", "postgresql"])
def node(request, tmp_path):
    node = Node(request.getfixturevalue(request.param), tmp_path)
    yield node
    node.stop()


@pytest.mark.benchmark(group="import of 20,000 resources")
def test_import(benchmark, node, lines, tmp_path, row):
    words = [str(lines), "--grpc", node.address, "--json"]
    command = [sys.executable, "-c", "import sys; from ucs_sdk.launcher import main; sys.exit(main(sys.argv[1:]))"]
    environment = {"PATH": os.environ["PATH"], "UCS_TOKEN": node.token, "XDG_STATE_HOME": str(tmp_path)}

    def enter():
        done = subprocess.run([*command, "import", *words], env=environment, check=True, capture_output=True)
        return orjson.loads(done.stdout)["entered"]

    assert benchmark.pedantic(enter, rounds=1) == ROWS
    row("import of resources", ROWS / benchmark.stats.stats.mean, unit="rows/s", better="higher", target=10_000)
