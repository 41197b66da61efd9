"""The servers that are measured: ours on both databases, and the peers."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from peers import setup
from peers.databases import Postgres
from peers.machine import Unavailable, await_port, free_port, last_words, running
from peers.questions import GRAPHILE, PLAIN_POSTGRES, PLAIN_SQLITE, UCS, Dialect

SQLITE, POSTGRES = "SQLite", "PostgreSQL"
CALLER = "platform-admin"
"""Who asks ours: somebody who may see everything, as the peers' callers do."""

SEED_SECONDS, KEY_SECONDS = 600, 60
POOL = 8
"""How many connections PostGraphile keeps open: with fewer a request cost more processor time, with 16 no less."""


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server."""

    name: str
    port: int
    pids: tuple[int, ...]
    """Its own process, and that of its database where that is one."""
    dialect: Dialect | None = None
    token: str | None = None
    grpc: str | None = None


@dataclass(kw_only=True)
class Stage:
    """Where everything runs: a folder that goes with it, a PostgreSQL server, and the fetched parts that stay."""

    opened: ExitStack
    folder: Path
    kept: Path
    postgres: Postgres
    tell: Callable[[str], None]
    python_path: str
    urls: dict[str, str] = field(default_factory=dict)

    def python(self, module: str, *arguments: str) -> list[str]:
        """The command of one of the peers' programs."""
        return [sys.executable, "-m", f"peers.{module}", *arguments]

    def start(self, name: str, command: list[str], port: int, **environment: str) -> int:
        """Start a server that ends with the stage, and wait until it listens; its process."""
        log = self.folder / f"{name.replace(' ', '-')}.log"
        environment = {"PYTHONPATH": self.python_path, **environment}
        process = self.opened.enter_context(running(name, command, log, **environment))
        await_port(name, process, port, log)
        return process.pid

    # Ours.

    def our_settings(self, database: str) -> dict[str, str]:
        """The variables of our node on a database; one key signs the tokens of both."""
        home = self.folder / database
        home.mkdir(exist_ok=True)
        return {
            "UCS_DATABASE_URL": self.urls[database],
            "UCS_KEY_FILE": str(self.folder / "token-key.pem"),
            "UCS_LOG_KEY_FILE": str(home / "log-key.pem"),
            "UCS_ORIGIN": "bench",
            "XDG_STATE_HOME": str(home),
        }

    def await_key(self, database: str, process: subprocess.Popen[bytes]) -> None:
        """Wait until the first node has made the key that signs tokens, so that the second finds it."""
        until = time.monotonic() + KEY_SECONDS
        while not (self.folder / "token-key.pem").exists():
            if process.poll() is not None or time.monotonic() > until:
                said = last_words(self._seeding_log(database).read_bytes())
                raise Unavailable(f"our node on {database} did not start: {said}")
            time.sleep(0.05)

    def seeding(self, database: str, count: int) -> AbstractContextManager[subprocess.Popen[bytes]]:
        """A process that fills our database with a city, for as long as the block runs."""
        command = self.python("seeding", str(count), str(self._tokens(database)))
        addresses = {"UCS_HTTP": "127.0.0.1:0", "UCS_GRPC": "127.0.0.1:0"}
        settings = {**self.our_settings(database), **addresses, "PYTHONPATH": self.python_path}
        return running(f"seeding {database}", command, self._seeding_log(database), **settings)

    def seeded(self, database: str, process: subprocess.Popen[bytes]) -> str:
        """Wait until a city is in; the caller's token. Raises Unavailable when it failed or took too long."""
        try:
            failed = process.wait(SEED_SECONDS)
        except subprocess.TimeoutExpired as cause:
            raise Unavailable(f"seeding {database} took longer than {SEED_SECONDS} s") from cause
        if failed:
            raise Unavailable(f"seeding {database} failed: {last_words(self._seeding_log(database).read_bytes())}")
        return str(json.loads(self._tokens(database).read_text("utf-8"))[CALLER])

    def _tokens(self, database: str) -> Path:
        return self.folder / database / "tokens.json"

    def _seeding_log(self, database: str) -> Path:
        return self.folder / f"seeding-{database}.log"

    def ours(self, database: str, token: str) -> Server:
        """A node as anybody would run it: `ucs serve`, with its log."""
        http, grpc = free_port(), free_port()
        command = [str(Path(sys.executable).parent / "ucs"), "serve"]
        addresses = ("--http", f"127.0.0.1:{http}", "--grpc", f"127.0.0.1:{grpc}")
        pid = self.start(f"ours on {database}", [*command, *addresses], http, **self.our_settings(database))
        pids = (pid, *self._database(database))
        return Server(
            name=f"ours, {database}", port=http, pids=pids, dialect=UCS, token=token, grpc=f"127.0.0.1:{grpc}"
        )

    # The peers.

    def plain(self, database: str, url: str) -> Server:
        """strawberry, SQLAlchemy and data loaders."""
        port = free_port()
        pid = self.start(f"strawberry on {database}", self.python("plain", url, str(port)), port)
        dialect = PLAIN_SQLITE if database == SQLITE else PLAIN_POSTGRES
        return Server(name=f"strawberry, {database}", port=port, pids=(pid, *self._database(database)), dialect=dialect)

    def postgraphile(self, url: str) -> Server | None:
        """PostGraphile, or None where it cannot be had; the reason is told."""
        try:
            node, folder = setup.postgraphile(self.kept)
            port = free_port()
            # node's driver wants a host in front of the socket's folder.
            address = url.replace("postgres:@/", "postgres@localhost/")
            command = [node, str(folder / "server.mjs"), address, str(port), str(POOL)]
            pid = self.start("PostGraphile", command, port, NODE_ENV="production")
        except Unavailable as cause:
            self.tell(f"skipped: PostGraphile: {cause}")
            return None
        return Server(name="PostGraphile", port=port, pids=(pid, self.postgres.pid), dialect=GRAPHILE)

    def constant(self, answer: bytes) -> Server:
        """The same bytes to everybody."""
        port, file = free_port(), self.folder / "answer.json"
        file.write_bytes(answer)
        return Server(
            name="constant bytes",
            port=port,
            pids=(self.start("constant bytes", self.python("constant", str(file), str(port)), port),),
            dialect=UCS,
        )

    def echo(self) -> Server:
        """As many bytes as are asked for, over gRPC."""
        port = free_port()
        pid = self.start("grpc.aio echo", self.python("echo", str(port)), port)
        return Server(name="grpc.aio echo", port=port, pids=(pid,), grpc=f"127.0.0.1:{port}")

    def _database(self, database: str) -> tuple[int, ...]:
        return (self.postgres.pid,) if database == POSTGRES else ()
