"""A small city behind a real HTTP server on loopback, and `ucs` in the hands of its people."""

from __future__ import annotations

import asyncio
import io
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
import uvicorn
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ucs_core.access.key_ring import KeyRing
from ucs_core.access.log_keys import LogSigner
from ucs_core.access.policy import RoleAssignment
from ucs_core.access.thumbprints import thumbprint
from ucs_core.access.tokens import LocalIssuer
from ucs_core.grpc.server import start_grpc
from ucs_core.http import build_http
from ucs_core.platform import Call, build_platform, system_clock
from ucs_core.platform.founding import found
from ucs_core.profile import write_profile
from ucs_core.readiness import Phase, Readiness
from ucs_core.settings import Settings
from ucs_registry.memory import InMemoryStore
from ucs_registry.organizations import Bilingual, NewOrganization
from ucs_registry.principals import Principal
from ucs_sdk.launcher import main
from ucs_sdk.vocabulary import OrganizationKind, OrganizationLevel, PrincipalKind

CITY, WATER, ROADS = "3702", "qingdao-water", "qingdao-roads"
PERSONAS = {"platform-admin": CITY, "publisher": WATER, "reviewer": WATER, "app": ROADS, "outsider": None}
PERSONAS |= {"roads-auditor": ROADS, "bureau-admin": WATER}
ROLES = [("publisher", "editor"), ("reviewer", "reviewer"), ("reviewer", "operator")]
ROLES.append(("bureau-admin", "organization_administrator"))


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
    """A platform in a thread of its own."""

    def __init__(self) -> None:
        self.issuer = LocalIssuer(Ed25519PrivateKey.generate())
        log_key = Ed25519PrivateKey.generate()
        public = {thumbprint(log_key.public_key()): log_key.public_key()}
        self.signer = LogSigner(KeyRing(private=(log_key,), public=public), "test")
        self.codes = (f"QD-TEST-{number:04}" for number in count(1))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self._thread.start()
        if not self._ready.wait(20):
            self._listener.close()
            raise RuntimeError("the city did not start")

    def token(self, persona: str) -> str:
        return self.issuer.issue(persona, lifetime=timedelta(hours=1))

    def write_tokens(self, folder: Path) -> Path:
        file = folder / "tokens.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps({persona: self.token(persona) for persona in PERSONAS}), "utf-8")
        return file

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        self._listener.close()

    async def _run(self) -> None:
        store = InMemoryStore(signer=self.signer)
        settings = Settings()
        platform = build_platform(store, self.issuer.verifier(), origin="test")
        await _settle(store, platform)
        readiness = Readiness(store.ping)
        readiness.enter(Phase.SERVING)
        app = build_http(platform, readiness, settings)
        self._server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, access_log=False))
        streams = await start_grpc(platform, readiness, Settings(grpc="127.0.0.1:0"))
        self.grpc = streams.address
        self._ready.set()
        await self._server.serve(sockets=[self._listener])
        await streams.stop(0)
        await platform.pipeline.drain()
        await store.close()


async def _settle(store, platform) -> None:
    tree = [
        _organization(CITY, None, "青岛市", "Qingdao", OrganizationKind.DIVISION),
        _organization(WATER, CITY, "水务局", "Water bureau", OrganizationKind.DEPARTMENT),
        _organization(ROADS, CITY, "道路局", "Roads bureau", OrganizationKind.DEPARTMENT),
    ]
    people = {
        id: Principal(id=id, kind=PrincipalKind.PERSON, title=id, organization=home) for id, home in PERSONAS.items()
    }
    await found(store, system_clock, "test", tree, people.pop("platform-admin"))
    call = Call(principal="platform-admin")
    await platform.administration.put_principals(call, [who.model_dump(mode="json") for who in people.values()])
    roles = [RoleAssignment(id=f"{who}.{role}", principal=who, role=role, anchor=WATER) for who, role in ROLES]
    roles.append(RoleAssignment(id="auditor", principal="roads-auditor", role="auditor", anchor=ROADS))
    await platform.administration.put_rules(call, [role.to_rule().model_dump(mode="json") for role in roles])


def _organization(id, parent, zh, en, kind) -> NewOrganization:
    return NewOrganization(id=id, parent=parent, title=Bilingual(zh=zh, en=en), level=OrganizationLevel.CITY, kind=kind)


@pytest.fixture(scope="session")
def city() -> Iterator[City]:
    city = City()
    yield city
    city.stop()


@pytest.fixture(autouse=True)
def _alone(monkeypatch, tmp_path):
    """Away from whoever runs the tests: their variables, profile, folder and language."""
    for name in os.environ:
        if name.startswith(("UCS_", "LC_")) or name in ("LANG", "NO_COLOR", "FORCE_COLOR"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("UCS_LOCALE", "en")
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def ucs(capsys):
    """Runs `ucs` in this process."""

    def run(*words: str | Path) -> Run:
        capsys.readouterr()
        code = main([str(word) for word in words])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return Run(code=code, out=out, err=err)

    return run


@pytest.fixture
def here(city, tmp_path) -> City:
    """The city, and a profile that leads to it."""
    write_profile(city.address, "127.0.0.1:1", city.write_tokens(tmp_path))
    return city


@pytest.fixture
def realm(tmp_path) -> Iterator[City]:
    """A city of a test's own, whose policies it may change, and a profile that leads to it."""
    realm = City()
    write_profile(realm.address, "127.0.0.1:1", realm.write_tokens(tmp_path))
    yield realm
    realm.stop()


@pytest.fixture
def code(city) -> str:
    """A code that no other test uses."""
    return next(city.codes)


@pytest.fixture
def stated(code):
    """A resource as a file states it; its content may be changed field by field."""

    def make(**content) -> dict:
        values = {
            "title": {"zh": "易积水点水深", "en": "Depth at waterlogging points"},
            "summary": {"zh": "每十分钟更新", "en": "Renewed every ten minutes"},
            "tags": ["积水"],
            "share_type": "unconditional",
            "data_level": "l1",
            "spec": {"items": [{"name": "depth", "title": "水深", "data_type": "decimal"}]},
        }
        return {"code": code, "kind": "data", "type": "dataset", "owner": WATER, "content": values | content}

    return make


@pytest.fixture
def write(tmp_path):
    """Writes documents, or a text, into a YAML file."""

    def write(*documents, name: str = "resources.yaml") -> Path:
        file = tmp_path / name
        texts = [
            item if isinstance(item, str) else yaml.safe_dump(item, allow_unicode=True, sort_keys=False)
            for item in documents
        ]
        file.write_text("---\n".join(texts), "utf-8")
        return file

    return write


@pytest.fixture
def drafted(here, ucs, write, stated, code) -> str:
    """A resource that is a draft; its code."""
    assert ucs("apply", "-f", write(stated())).code == 0
    return code


@pytest.fixture
def published(drafted, ucs) -> str:
    """A resource that is online; its code."""
    assert ucs("submit", drafted).code == 0
    assert ucs("approve", drafted, "--yes", "--as", "reviewer").code == 0
    assert ucs("online", drafted, "--as", "reviewer").code == 0
    return drafted


class Terminal(io.StringIO):
    """What somebody types at a terminal, and what happens before they do."""

    def __init__(self, text: str, before: Callable[[], None] | None) -> None:
        super().__init__(text)
        self._before = before

    def isatty(self) -> bool:
        return True

    def readline(self, size: int = -1, /) -> str:
        if self._before:
            self._before()
        return super().readline(size)


@pytest.fixture
def typed(monkeypatch):
    """Lets somebody sit at the terminal and type something."""

    def type_in(text: str, before: Callable[[], None] | None = None) -> None:
        monkeypatch.setattr(sys, "stdin", Terminal(text, before))
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True)

    return type_in


@pytest.fixture
def start():
    """Starts `ucs` in a process of its own; what is left running is ended."""
    running: list[subprocess.Popen] = []

    def start(*words: str, **environment: str) -> subprocess.Popen:
        # Whoever runs the tests in the background of a shell hands on that Ctrl-C is ignored.
        code = (
            "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
            "from ucs_sdk.launcher import main; sys.exit(main(sys.argv[1:]))"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", code, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
        )
        running.append(process)
        return process

    yield start
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate()
