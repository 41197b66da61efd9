"""A node whose store fails on request: the file named by FAULTS_AT says where, and how.

The file holds a JSON object with `where` (`read`, `write`, `ping`, or the name of a question or an act of the store such
as `select`, `save` or `commit`), `kind` (a key of FAULTS) and `text`, which every exception carries in its own words.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn
from pydantic import TypeAdapter
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from ucs_core.access.tokens import LocalIssuer
from ucs_core.cli.configuration import load_settings
from ucs_core.grpc.server import start_grpc
from ucs_core.http import build_http
from ucs_core.http.wire import Http11
from ucs_core.logs import configure_logs
from ucs_core.platform import build_platform
from ucs_core.readiness import Phase, Readiness
from ucs_registry.ports import Store
from ucs_registry.sql import open_store


def _invalid(text: str) -> Exception:
    try:
        TypeAdapter(int).validate_python(text)
    except ValueError as invalid:
        return invalid
    raise AssertionError(text)


def _caused(text: str) -> Exception:
    error = RuntimeError("something else")
    error.__cause__ = OSError(5, text, f"/{text}/file")
    return error


FAULTS: dict[str, Callable[[str], Exception]] = {
    "RuntimeError": RuntimeError,
    "ValueError": ValueError,
    "TypeError": TypeError,
    "KeyError": KeyError,
    "AssertionError": AssertionError,
    "LookupError": LookupError,
    "TimeoutError": TimeoutError,
    "ConnectionError": ConnectionError,
    "RecursionError": RecursionError,
    "OSError": lambda text: OSError(13, text, f"/{text}/key.pem"),
    "UnicodeError": lambda text: UnicodeDecodeError("utf-8", text.encode(), 0, 1, text),
    "OperationalError": lambda text: OperationalError(f"SELECT {text}", {"p": text}, Exception(text)),
    "ProgrammingError": lambda text: ProgrammingError(f"INSERT {text}", (text,), Exception(f"x\nDETAIL: {text}")),
    "IntegrityError": lambda text: IntegrityError(f"UPDATE {text}", (text,), Exception(text)),
    "ExceptionGroup": lambda text: ExceptionGroup(text, [ValueError(text)]),
    "ValidationError": _invalid,
    "cause": _caused,
}


class Faults:
    """What is to fail now."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def meet(self, where: str) -> None:
        """Raise, when it is this that is to fail."""
        order = json.loads(self._file.read_text("utf-8"))
        if order["where"] == where:
            raise FAULTS[order["kind"]](order["text"])


class Part:
    """An open reader or unit, each of whose questions and acts may fail."""

    def __init__(self, part: Any, faults: Faults) -> None:
        self._part = part
        self._faults = faults

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._part, name)
        if not callable(found):
            return found

        def asked(*given: Any, **named: Any) -> Any:
            self._faults.meet(name)
            return found(*given, **named)

        return asked


class FaultyStore:
    """A store around another."""

    def __init__(self, store: Store, faults: Faults) -> None:
        self._store = store
        self._faults = faults
        self.close = store.close
        self.moved = store.moved
        # What is read goes through readers, where the faults are.
        self.shaped = self.elements = self.records = None

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Any]:
        self._faults.meet("read")
        async with self._store.read() as reader:
            yield Part(reader, self._faults)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Any]:
        self._faults.meet("write")
        async with self._store.write() as unit:
            yield Part(unit, self._faults)

    async def ping(self) -> None:
        self._faults.meet("ping")
        await self._store.ping()


def main(argv: Sequence[str]) -> int:
    """Serve at the addresses behind --http and --grpc."""
    configure_logs()
    return asyncio.run(_serve(*argv[2::2]))


async def _serve(http: str, grpc: str) -> int:
    settings = load_settings(http=http, grpc=grpc)
    store = FaultyStore(await open_store(settings.database_url), Faults(Path(os.environ["FAULTS_AT"])))
    issuer = LocalIssuer.load_or_create(settings.key_file)
    platform = build_platform(store, issuer.verifier(), origin="test")
    readiness = Readiness(store.ping)
    config = uvicorn.Config(
        build_http(platform, readiness, settings), http=Http11, lifespan="off", log_config=None, access_log=False
    )
    host, _, port = http.partition(":")
    listener = socket.create_server((host, int(port)))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    serving = asyncio.create_task(uvicorn.Server(config)._serve([listener]))
    server = await start_grpc(platform, readiness, settings)
    readiness.enter(Phase.SERVING)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()
    serving.cancel()
    await server.stop(1)
    await platform.pipeline.drain()
    await store.close()
    return 0
