"""Promise 1: an acknowledged write survives kill -9 at any point.

A process with eight writers on a real database is killed with SIGKILL: at failpoints around every statement of a commit,
around the commit itself and around the acknowledgement, and at random moments. A ledger in this process keeps what was
tried and what was acknowledged. After each death everything acknowledged stands, with its one entry; nothing stands by
half; and the last checkpoint is over exactly the entries that stand. On PostgreSQL the node is killed, not the server.
"""

from __future__ import annotations

import asyncio
import json
import signal
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ucs_core.access.log_keys import LogSigner
from ucs_registry.merkle import Frontier
from ucs_registry.sql import open_store

FAILPOINTS = (
    "before INSERT INTO resources",
    "after INSERT INTO resources",
    "before INSERT INTO requests",
    "before INSERT INTO log",
    "after INSERT INTO log",
    "before UPDATE head",
    "after UPDATE head",
    "before COMMIT",
    "after COMMIT",
    "before the acknowledgement",
    "after the acknowledgement",
)
RANDOM_KILLS, TWIN_KILLS = 5, 2
PASSINGS_MOST = 12


@dataclass
class Ledger:
    """What the writers have told, in all their lives."""

    path: Path
    tried: dict[str, dict[str, str]] = field(default_factory=dict)
    acked: dict[str, dict[str, str]] = field(default_factory=dict)
    first: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Note every line, to the end of the one who tells."""
        # What is left of a line that its writer died over is nothing that it has said.
        async for line in reader:
            if line.endswith(b"\n"):
                told = json.loads(line)
                (self.acked if told["step"] == "acked" else self.tried)[told["request"]] = told
                self.first.set()
        writer.close()
        self.ended.set()


@dataclass
class Seen:
    """How far the log was verified already, and what stands in it."""

    frontier: Frontier = field(default_factory=Frontier)
    entries: Counter[str] = field(default_factory=Counter)
    checked: set[str] = field(default_factory=set)


class Trial:
    """One database, its writers, and everything they have ever been told."""

    def __init__(self, city: Any, ledger: Ledger) -> None:
        self._city = city
        self._ledger = ledger
        self._seen = Seen()
        self.deaths = 0

    async def life(self, *, killed_at: str = "", after: float = 0.0, behind: bool = False) -> None:
        """Raise a node, and wait for its death: at a failpoint, or so many seconds after its first word."""
        self._ledger.first.clear()
        self._ledger.ended.clear()
        environment = {"LEDGER_AT": str(self._ledger.path), "KILLED_AT": killed_at}
        if behind:
            environment["WRITE_BEHIND"] = "1"
        node = self._city.node(grown="killed", **environment)
        node.start("write")
        if not killed_at:
            await asyncio.wait_for(self._ledger.first.wait(), 20)
            await asyncio.sleep(after)
            node.send(signal.SIGKILL)
        code = await node.exit_code(20)
        assert code == -signal.SIGKILL, node.output
        await asyncio.wait_for(self._ledger.ended.wait(), 20)
        self.deaths += 1

    async def violations(self, what: str) -> list[str]:
        """What shows that something acknowledged is gone, that half of something is there, or that the log does not hold."""
        store = await open_store(self._city.url)
        try:
            async with store.read() as reader:
                found = await self._read_on(reader)
                found += await self._missing(reader)
        finally:
            await store.close()
        return [f"killed {what}: {line}" for line in found]

    async def _read_on(self, reader: Any) -> list[str]:
        found, frontier = [], self._seen.frontier
        while entries := await reader.log(after=frontier.size, first=1000):
            for entry in entries:
                if entry.position != frontier.size + 1 or entry.computed_leaf() != entry.leaf:
                    found.append(f"entry {entry.position} is not what follows {frontier.size}")
                frontier.append(entry.computed_leaf())
                self._seen.entries[entry.request_id or ""] += 1
        kept = await reader.checkpoints()
        if kept:
            signer = LogSigner.load_or_create(self._city.folder / "log.pem", "test")
            last = kept[-1]
            if not signer.trusts(last.note):
                found.append(f"the checkpoint over {last.size} is not signed")
            if (last.size, last.root) != (frontier.size, frontier.root):
                found.append(f"the checkpoint is over {last.size} entries with root {last.root}, not {frontier.size}")
        if reader.head.position != frontier.size:
            found.append(f"the head stands at {reader.head.position}, the log at {frontier.size}")
        return found

    async def _missing(self, reader: Any) -> list[str]:
        found, entries = [], self._seen.entries
        ids = {told["name"].removeprefix("resources/") for told in self._ledger.acked.values()}
        resources = await reader.resources(ids)
        for request, told in self._ledger.acked.items():
            if entries[request] != 1:
                found.append(f"{told['verb']} of {told['name']} was acknowledged and has {entries[request]} entries")
            resource = resources.get(told["name"].removeprefix("resources/"))
            if resource is None or resource.version < int(told["etag"].strip('"v')):
                found.append(f"{told['name']} was acknowledged at {told['etag']} and is {resource and resource.etag}")
        for request in self._ledger.acked.keys() - self._seen.checked:
            if await reader.remembered("principals/editor", request) is None:
                found.append(f"the answer to {request} was acknowledged and is forgotten")
        for request in self._ledger.tried.keys() - self._ledger.acked.keys() - self._seen.checked:
            told = self._ledger.tried[request]
            there = await reader.remembered("principals/editor", request) is not None
            if told["verb"] == "create" and (await reader.resource_by_code(told["code"]) is not None) != there:
                found.append(f"{told['code']} stands by half, with an answer: {there}")
            if entries[request] != there:
                found.append(f"{request} has {entries[request]} entries, with an answer: {there}")
        self._seen.checked |= self._ledger.tried.keys()
        return found


@pytest.fixture
def begun(city: Any) -> Callable[[], Any]:
    """Begins a trial on the city's database."""

    @asynccontextmanager
    async def begin() -> AsyncIterator[Trial]:
        # A socket's path is short, and that of a test's folder may not be.
        with tempfile.TemporaryDirectory(prefix="ucs-") as folder:
            ledger = Ledger(Path(folder) / "ledger")
            server = await asyncio.start_unix_server(ledger.listen, ledger.path)
            async with server:
                yield Trial(city, ledger)

    return begin


async def test_acknowledged_write_survives_a_kill(begun: Any, findings: Any) -> None:
    violations = []
    async with begun() as trial:
        for turn in range(findings.effort):
            chance = findings.random("killed", turn)
            for place in chance.sample(FAILPOINTS, len(FAILPOINTS)):
                await trial.life(killed_at=f"{place}:{chance.randint(1, PASSINGS_MOST)}")
                violations += await trial.violations(place)
            for _ in range(RANDOM_KILLS):
                await trial.life(after=chance.uniform(0.0, 0.12))
                violations += await trial.violations("at random")
        findings.faults += trial.deaths
        findings.tried += len(trial._ledger.acked)
        assert len(trial._ledger.acked) > trial.deaths
    async with begun() as twin:
        found = []
        for _ in range(TWIN_KILLS):
            await twin.life(killed_at=f"before COMMIT:{PASSINGS_MOST}", behind=True)
            found += await twin.violations("before COMMIT")
    findings.expect_none(violations)
    findings.expect_caught("acknowledges before it commits", found)
