"""Nodes as processes of their own on one database, a small city in it, and the people who call them."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from ucs.registry.v1 import resource_pb2
from ucs_core.access.policy import RoleAssignment
from ucs_core.access.tokens import LocalIssuer
from ucs_core.grpc.conversion import filled
from ucs_core.platform import Call, build_platform, system_clock
from ucs_core.platform.founding import found
from ucs_registry.organizations import Bilingual, NewOrganization
from ucs_registry.ports import Store
from ucs_registry.principals import Principal
from ucs_registry.sql import open_store
from ucs_sdk.vocabulary import OrganizationKind, OrganizationLevel, PrincipalKind

CITY, WATER, ROADS = "3702", "qingdao-water", "qingdao-roads"
PEOPLE = {
    "admin": CITY,
    "editor": WATER,
    "reviewer": WATER,
    "operator": WATER,
    "auditor": CITY,
    "roads": ROADS,
    "outsider": None,
}
ROLES = {"editor": WATER, "reviewer": WATER, "operator": WATER, "auditor": CITY}
"""Who has the role of the same name, and where."""


class Nursery:
    """The process that nodes are forked from, and what it tells of them."""

    def __init__(self) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("UCS_")}
        self._process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("nursery.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**environment, "UCS_LOCALE": "en"},
        )
        self._born: deque[Future[int]] = deque()
        self._ended: dict[int, Future[int]] = {}
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()

    def raise_node(self, order: Mapping[str, Any]) -> tuple[int, Future[int]]:
        """Its process id, and its exit code when it has ended."""
        born: Future[int] = Future()
        self._born.append(born)
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        pid = born.result(60)
        return pid, self._ended[pid]

    def close(self) -> None:
        """End what still runs."""
        for pid, ended in list(self._ended.items()):
            if not ended.done():
                os.kill(pid, signal.SIGKILL)
                ended.result(10)
        self._process.stdin.close()
        self._process.wait(10)
        self._listener.join(10)
        self._process.stdout.close()

    def _listen(self) -> None:
        for line in self._process.stdout:
            told = json.loads(line)
            if "born" in told:
                self._ended[told["born"]] = Future()
                self._born.popleft().set_result(told["born"])
            else:
                self._ended[told["ended"]].set_result(told["code"])


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    nursery = Nursery()
    yield nursery
    nursery.close()


# Below what systems give to whoever asks for any port: nobody takes one between here and the node that is to have it.
# Each process of the tests has a stretch of its own.
_PORTS = count(20_000 + 4_000 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw") or 0) % 12_000)


def free_port() -> int:
    """A port of this machine that nobody uses, and that is given out once."""
    for port in _PORTS:
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("there is always another")


@dataclass(kw_only=True)
class Process:
    """One node: where it answers, and its life, which may begin anew."""

    nursery: Nursery
    url: str
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    grown: str | None = None
    http: str = field(default_factory=lambda: f"127.0.0.1:{free_port()}")
    grpc: str = field(default_factory=lambda: f"127.0.0.1:{free_port()}")
    pid: int = 0
    ended: Future[int] | None = None

    @property
    def output(self) -> str:
        """Everything that it has written to its standard streams, in all its lives."""
        file = self._file
        return file.read_text("utf-8") if file.exists() else ""

    @property
    def _file(self) -> Path:
        return self.folder / f"{self.http.rpartition(':')[2]}.out"

    def start(self, *argv: str) -> None:
        """Bring it to life; it is not ready yet."""
        order = {
            "argv": argv or ["serve", "--http", self.http, "--grpc", self.grpc],
            "environment": {
                "UCS_DATABASE_URL": self.url,
                "UCS_KEY_FILE": str(self.folder / "key.pem"),
                **self.environment,
            },
            "output": str(self._file),
            "grown": self.grown,
        }
        self.pid, self.ended = self.nursery.raise_node(order)

    def send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    async def answers(self) -> None:
        """Wait until both doors are open."""
        async with asyncio.timeout(30):
            for address in (self.http, self.grpc):
                host, _, port = address.rpartition(":")
                while True:
                    try:
                        _, writer = await asyncio.open_connection(host, int(port))
                    except ConnectionRefusedError:
                        await asyncio.sleep(0.02)
                    else:
                        writer.close()
                        break

    async def exit_code(self, seconds: float = 30) -> int:
        return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(self.ended)), seconds)


@dataclass(kw_only=True)
class City:
    """A database with a small city in it, and what a test needs around it."""

    url: str
    folder: Path
    issuer: LocalIssuer
    nursery: Nursery

    def token(self, principal: str) -> str:
        return self.issuer.issue(principal, lifetime=timedelta(hours=1))

    def node(self, *, grown: str | None = None, **environment: str) -> Process:
        """A node that is not alive yet. `grown` names what runs in place of the launcher."""
        return Process(nursery=self.nursery, url=self.url, folder=self.folder, environment=environment, grown=grown)

    async def entries(self) -> list[Any]:
        """The whole log."""
        store = await open_store(self.url)
        try:
            async with store.read() as reader:
                return await reader.log(after=0, first=1_000_000)
        finally:
            await store.close()


def _organization(id: str, parent: str | None, kind: OrganizationKind) -> NewOrganization:
    title = Bilingual(zh=f"机构{id}", en=f"Org {id}")
    return NewOrganization(id=id, parent=parent, title=title, level=OrganizationLevel.CITY, kind=kind)


async def settle(store: Store, issuer: LocalIssuer) -> None:
    """Found the city and give everybody their part."""
    people = {
        id: Principal(id=id, kind=PrincipalKind.PERSON, title=id, organization=home) for id, home in PEOPLE.items()
    }
    tree = [
        _organization(CITY, None, OrganizationKind.DIVISION),
        _organization(WATER, CITY, OrganizationKind.DEPARTMENT),
        _organization(ROADS, CITY, OrganizationKind.DEPARTMENT),
    ]
    await found(store, system_clock, "test", tree, people.pop("admin"))
    administration = build_platform(store, issuer.verifier(), origin="test").administration
    call = Call(principal="admin")
    await administration.put_principals(call, [who.model_dump(mode="json") for who in people.values()])
    roles = [RoleAssignment(id=f"{who}.{who}", principal=who, role=who, anchor=at) for who, at in ROLES.items()]
    await administration.put_rules(call, [role.to_rule().model_dump(mode="json") for role in roles])


@pytest.fixture
async def city(database, nursery, tmp_path) -> City:
    issuer = LocalIssuer.load_or_create(tmp_path / "key.pem")
    store = await open_store(database)
    await settle(store, issuer)
    await store.close()
    return City(url=database, folder=tmp_path, issuer=issuer, nursery=nursery)


@pytest.fixture
def make_process(nursery, tmp_path):
    """Makes a node, not alive yet, on a database of any state."""

    def make(url: str, *, grown: str | None = None, **environment: str) -> Process:
        return Process(nursery=nursery, url=url, folder=tmp_path, environment=environment, grown=grown)

    return make


class Forms:
    """One resource as each way in takes it."""

    @staticmethod
    def plain(code: str, **content: Any) -> dict[str, Any]:
        """As an import takes it."""
        values = {
            "title": {"zh": "积水点", "en": "Waterlogging spots"},
            "summary": {"zh": "城区易积水点清单", "en": "Spots that flood"},
            "share_type": "unconditional",
            "data_level": "l1",
            "spec": {"items": [{"name": "depth", "title": "水深", "data_type": "decimal"}], "row_count": 42},
        }
        return {"code": code, "kind": "data", "type": "dataset", "owner": WATER, "content": values | content}

    def message(self, code: str, **content: Any) -> resource_pb2.NewResource:
        """As gRPC takes it."""
        plain = self.plain(code, **content)
        return filled(resource_pb2.NewResource(), plain | {"owner": f"organizations/{WATER}"})

    def variable(self, code: str, **content: Any) -> dict[str, Any]:
        """As a variable of createResource."""
        plain = self.plain(code, **content)
        names = {name: re.sub("_(.)", lambda found: found[1].upper(), name) for name in plain["content"]}
        values = {names[name]: value for name, value in plain["content"].items()}
        return plain | {"owner": f"organizations/{WATER}", "content": values}


@pytest.fixture(scope="session")
def forms() -> Forms:
    return Forms()


CPU_SECONDS_MOST, BYTES_MOST = 0.05, 32 * 1024 * 1024
TRIES = 10
"""How often a request is tried that costs too much: a neighbour on the same machine must not decide."""


class Costs:
    """A node that tells what it costs, and what was found wrong with how it refused."""

    def __init__(self, node: Process, findings: Any, connected: socket.socket) -> None:
        self.node = node
        self.violations: list[str] = []
        self.dearest = 0.0
        self._findings = findings
        self._socket = connected
        self._lines = self._socket.makefile("rwb")

    def close(self) -> None:
        self._lines.close()
        self._socket.close()

    def trial(self, name: str, send: Callable[[], str], expected: str) -> None:
        """Send a request, and note when its price or the answer is not as it should be. `expected` begins the answer."""
        self._findings.tried += 1
        for _ in range(TRIES):
            before = self._figures()
            answer = send()
            after = self._figures()
            seconds, held = after["cpu"] - before["cpu"], after["peak"] - before["resident"]
            if seconds <= CPU_SECONDS_MOST and held <= BYTES_MOST:
                break
        else:
            self.violations.append(
                f"{name}: {seconds * 1000:.0f} ms, {held / 2**20:.0f} MB before it said {answer[:80]!r}"
            )
        self.dearest = max(self.dearest, seconds)
        if not answer.startswith(expected):
            self.violations.append(f"{name}: expected {expected!r}, the answer was {answer[:200]!r}")

    def _figures(self) -> dict[str, float]:
        self._lines.write(b"\n")
        self._lines.flush()
        return json.loads(self._lines.readline())


def _connected(place: Path) -> socket.socket | None:
    """A connection to who listens there; None as long as nobody does."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(30)
    try:
        connection.connect(str(place))
    except (FileNotFoundError, ConnectionRefusedError):
        connection.close()
        return None
    return connection


@pytest.fixture
async def measured(city, findings) -> AsyncIterator[Callable[..., Any]]:
    """Starts a node that tells what it costs."""
    running: list[Costs] = []

    async def start(grown: str = "measured", **environment: str) -> Costs:
        place = city.folder / f"{grown}.socket"
        node = city.node(grown=grown, MEASURED_AT=str(place), **environment)
        node.start()
        async with asyncio.timeout(30):
            while (connected := _connected(place)) is None:
                assert not node.ended.done(), node.output
                await asyncio.sleep(0.02)
        running.append(Costs(node, findings, connected))
        await node.answers()
        return running[-1]

    yield start
    for costs in running:
        costs.close()
        costs.node.send(signal.SIGKILL)
        await costs.node.exit_code()
