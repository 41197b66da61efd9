"""A node without doors that writes as fast as it can, and is killed: eight writers over one platform.

LEDGER_AT names the socket of a ledger in another process. Every attempt is announced there before it is made (`tried`) and
acknowledged when the platform has answered (`acked`), a JSON object a line. KILLED_AT names a failpoint and how often it is
passed before the process kills itself there: `after UPDATE head:3`; without one it runs until somebody else kills it.
WRITE_BEHIND makes it answer before the store has committed, which is what the proof must notice.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event

from ucs_core.access.log_keys import LogSigner
from ucs_core.access.tokens import LocalIssuer
from ucs_core.cli.configuration import load_settings
from ucs_core.platform import Call, Platform, build_platform
from ucs_registry.ports import Store
from ucs_registry.sql import SqlStore, open_store

WRITERS = 8
WATER = "qingdao-water"
CONTENT = {
    "title": {"zh": "积水点", "en": "Waterlogging spots"},
    "summary": {"zh": "城区易积水点清单", "en": "Spots that flood"},
    "share_type": "unconditional",
    "data_level": "l1",
    "spec": {"items": [{"name": "depth", "title": "水深", "data_type": "decimal"}], "row_count": 42},
}


class Failpoint:
    """Where this process dies, and after how many passings."""

    def __init__(self, told: str) -> None:
        self._place, _, count = told.partition(":")
        self._left = int(count or 0)

    def pass_by(self, place: str) -> None:
        """Die, when it is here and now."""
        if place == self._place:
            self._left -= 1
            if self._left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)


def watch_statements(store: SqlStore, failpoint: Failpoint) -> None:
    """Put failpoints around what a commit sends to the database."""
    engine = store._writing.sync_engine

    def told(moment: str) -> Callable[..., None]:
        def pass_by(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            failpoint.pass_by(f"{moment} {' '.join(statement.split()[:3]).rstrip('(')}".replace(" SET", ""))

        return pass_by

    event.listen(engine, "before_cursor_execute", told("before"))
    event.listen(engine, "after_cursor_execute", told("after"))

    def connected(connection: Any, _record: Any) -> None:
        driver = connection.driver_connection
        if hasattr(driver, "executemany"):
            # What is entered by columns goes to the driver of SQLite itself, past the engine.
            driver.executemany = passing(driver.executemany)

    def passing(plain: Callable[..., Any]) -> Callable[..., Any]:
        async def executemany(statement: str, rows: Any) -> Any:
            told("before")(None, None, statement)
            answer = await plain(statement, rows)
            told("after")(None, None, statement)
            return answer

        return executemany

    event.listen(engine, "connect", connected)
    event.listen(engine, "commit", lambda _: failpoint.pass_by("before COMMIT"))


class Passing:
    """A unit that passes a failpoint when it has committed."""

    def __init__(self, unit: Any, failpoint: Failpoint) -> None:
        self._unit = unit
        self._failpoint = failpoint

    def __getattr__(self, name: str) -> Any:
        return getattr(self._unit, name)

    async def commit(self) -> Any:
        entries = await self._unit.commit()
        self._failpoint.pass_by("after COMMIT")
        return entries


class Behind:
    """A unit that says it has committed, and leaves that for later."""

    def __init__(self, unit: Any) -> None:
        self._unit = unit
        self._wanted = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._unit, name)

    async def commit(self) -> list[Any]:
        self._wanted = True
        return []

    async def finish(self, opened: AbstractAsyncContextManager[Any]) -> None:
        """Do what was said to be done."""
        if self._wanted:
            await asyncio.sleep(0.002)
            await self._unit.commit()
        await opened.__aexit__(None, None, None)


class Node:
    """A store around another, with failpoints, and perhaps behind."""

    def __init__(self, store: Store, failpoint: Failpoint, behind: bool) -> None:
        self._store = store
        self._failpoint = failpoint
        self._behind = behind
        self._finishing: set[asyncio.Task[None]] = set()
        self.read = store.read
        self.moved = store.moved
        self.shaped = store.shaped
        self.elements = store.elements

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Any]:
        opened = self._store.write()
        unit = Passing(await opened.__aenter__(), self._failpoint)
        if not self._behind:
            try:
                yield unit
            finally:
                await opened.__aexit__(None, None, None)
            return
        part = Behind(unit)
        try:
            yield part
        finally:
            task = asyncio.create_task(part.finish(opened))
            self._finishing.add(task)
            task.add_done_callback(self._finishing.discard)


class Writer:
    """Creates resources and changes them, one write after the other."""

    def __init__(self, platform: Platform, ledger: socket.socket, failpoint: Failpoint) -> None:
        self._platform = platform
        self._ledger = ledger
        self._failpoint = failpoint

    async def run(self) -> None:
        """Write until the end."""
        while True:
            code = f"KILLED-{secrets.token_hex(6)}"
            new = {"code": code, "kind": "data", "type": "dataset", "owner": WATER, "content": CONTENT}
            view = await self._write("create", code, lambda call, new=new: self._platform.resources.create(call, new))
            for title in ("Spots", "Places"):
                content = {"title": {"zh": "点", "en": f"{title} {code}"}}
                etag = view.etag
                view = await self._write(
                    "update",
                    code,
                    lambda call, name=view.name, content=content, etag=etag: self._platform.resources.update(
                        call, name, content, etag
                    ),
                )

    async def _write(self, verb: str, code: str, write: Callable[[Call], Any]) -> Any:
        call = Call(principal="editor", request_id=secrets.token_hex(8))
        self._tell(step="tried", verb=verb, code=code, request=call.request_id, call=call.call_id)
        view = await write(call)
        self._failpoint.pass_by("before the acknowledgement")
        self._tell(step="acked", verb=verb, code=code, request=call.request_id, name=view.name, etag=view.etag)
        self._failpoint.pass_by("after the acknowledgement")
        return view

    def _tell(self, **line: str) -> None:
        self._ledger.sendall(json.dumps(line).encode() + b"\n")


def main(argv: Sequence[str]) -> int:
    """Write until killed."""
    del argv
    return asyncio.run(_write())


async def _write() -> int:
    settings = load_settings()
    failpoint = Failpoint(os.environ.get("KILLED_AT", ""))
    signer = LogSigner.load_or_create(Path(settings.key_file).with_name("log.pem"), "test")
    store = await open_store(settings.database_url, signer=signer)
    watch_statements(store, failpoint)
    node = Node(store, failpoint, bool(os.environ.get("WRITE_BEHIND")))
    issuer = LocalIssuer.load_or_create(settings.key_file)
    platform = build_platform(node, issuer.verifier(), origin="test")
    with socket.socket(socket.AF_UNIX) as ledger:
        ledger.connect(os.environ["LEDGER_AT"])
        await asyncio.gather(*(Writer(platform, ledger, failpoint).run() for _ in range(WRITERS)))
    return 0
