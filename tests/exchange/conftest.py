"""A small city behind a real gRPC server on loopback, and `ucs` in the hands of its people."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ucs_core.access.tokens import LocalIssuer
from ucs_core.demo.generator import generate
from ucs_core.demo.organizations import organizations
from ucs_core.grpc.server import start_grpc
from ucs_core.platform import Call, build_platform, system_clock
from ucs_core.platform.founding import found
from ucs_core.profile import write_profile
from ucs_core.readiness import Phase, Readiness
from ucs_core.settings import Settings
from ucs_registry.memory import InMemoryStore
from ucs_registry.principals import Principal
from ucs_sdk.launcher import main
from ucs_sdk.vocabulary import PrincipalKind

PERSONAS = {"platform-admin": "3702", "publisher": "qingdao-water", "outsider": None}
RESOURCES = 300


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one run of `ucs` left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def records(self) -> list:
        return [json.loads(line) for line in self.out.splitlines()]


class City:
    """A platform with the demo's organisations in a thread of its own; with resources, if it is to have some."""

    def __init__(self, resources: int) -> None:
        self.issuer = LocalIssuer(Ed25519PrivateKey.generate())
        self._resources = resources
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self._thread.start()
        if not self._ready.wait(60):
            raise RuntimeError("the city did not start")

    def token(self, persona: str) -> str:
        return self.issuer.issue(persona, lifetime=timedelta(hours=1))

    def write_tokens(self, folder: Path) -> Path:
        file = folder / "tokens.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps({persona: self.token(persona) for persona in PERSONAS}), "utf-8")
        return file

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(20)

    async def _run(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        store = InMemoryStore()
        platform = build_platform(store, self.issuer.verifier(), origin="test")
        await _settle(store, platform, self._resources)
        readiness = Readiness(store.ping)
        server = await start_grpc(platform, readiness, Settings(grpc="127.0.0.1:0"))
        readiness.enter(Phase.SERVING)
        self.address = server.address
        self._ready.set()
        await self._stopping.wait()
        await server.stop(0)
        await platform.pipeline.drain()
        await store.close()


async def _settle(store, platform, resources: int) -> None:
    city, call = list(generate(RESOURCES, 370200)), Call(principal="platform-admin")
    tree = _needed(city)
    people = {
        id: Principal(id=id, kind=PrincipalKind.PERSON, title=id, organization=home) for id, home in PERSONAS.items()
    }
    await found(store, system_clock, "test", tree[:2], people.pop("platform-admin"))
    below = [item.model_dump(mode="json") for item in tree[2:]]
    for at in range(0, len(below), 500):
        await platform.organizations.import_chunk(call, below[at : at + 500])
    await platform.administration.put_principals(call, [who.model_dump(mode="json") for who in people.values()])
    if resources:
        items = [item.model_dump(mode="json", exclude_none=True) for item in city]
        await platform.resources.import_chunk(call, items)


def _needed(city: list) -> list:
    """The organisations of the demo that these resources speak of, with all above them; a small part of the city's."""
    tree = organizations()
    parents = {entry.id: entry.parent for entry in tree}
    needed = {id for item in city for id in (item.owner, item.content.region_code) if id} | {
        entry.id for entry in tree[:2]
    }
    needed |= {home for home in PERSONAS.values() if home}
    waiting = list(needed)
    while waiting:
        above = parents[waiting.pop()]
        if above is not None and above not in needed:
            needed.add(above)
            waiting.append(above)
    return [entry for entry in tree if entry.id in needed]


@pytest.fixture(scope="session")
def city() -> Iterator[City]:
    city = City(RESOURCES)
    yield city
    city.stop()


@pytest.fixture
def empty_city() -> Iterator[City]:
    city = City(0)
    yield city
    city.stop()


@pytest.fixture
def ucs(city, tmp_path, monkeypatch, capsys):
    """Runs `ucs` in this process, as the city's people who are at home in this folder."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name in ("UCS_GRPC", "UCS_HTTP", "UCS_TOKEN", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("UCS_LOCALE", "en")
    monkeypatch.setenv("no_grpc_proxy", "127.0.0.1")
    monkeypatch.chdir(tmp_path)
    write_profile(http="127.0.0.1:1", grpc=city.address, tokens_file=city.write_tokens(tmp_path))

    def run(*words: object, locale: str = "en") -> Run:
        monkeypatch.setenv("UCS_LOCALE", locale)
        capsys.readouterr()
        code = main(list(map(str, words)))
        told = capsys.readouterr()
        return Run(code=code, out=told.out, err=told.err)

    return run
