"""A city that is large enough for the databases to choose their plans as they would in a full one.

`UCS_BATTERY_ROWS=189000` asks for as many resources as the demo city has at full size.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from battery_desk import Desk, Entry
from bulk_city import City, build
from sqlalchemy import text
from statement_plans import Plans, Statement, captured

from ucs_registry.sql import SqlStore, open_store, upgrade

ROWS = int(os.environ.get("UCS_BATTERY_ROWS", "10000"))

LARGE = 100_000
"""From so many resources on PostgreSQL is asked what it would do, and not what it could."""


@dataclass(kw_only=True)
class Bench:
    """A full database with a desk before it, on one loop for all tests."""

    url: str
    runner: asyncio.Runner
    store: SqlStore
    desk: Desk
    plans: Plans

    def statements(self, entry: Entry) -> list[Statement]:
        """The statements that a call runs when everything that can be remembered is remembered."""

        async def asked() -> list[Statement]:
            await entry.run(self.desk)
            with captured(self.store) as found:
                await entry.run(self.desk)
            return found

        return self.runner.run(asked())

    def change(self, statement: str) -> None:
        """Run a statement that changes the tables."""

        async def changed() -> None:
            async with self.store.write() as unit:
                await unit.run(text(statement))
                await unit.commit()

        self.runner.run(changed())


def _full(url: str) -> Iterator[Bench]:
    upgrade(url)
    city = City(count=ROWS)
    with asyncio.Runner() as runner:
        runner.run(build(url, city))
        store = runner.run(open_store(url, patience=60))
        desk = Desk(store, city)
        yield Bench(url=url, runner=runner, store=store, desk=desk, plans=Plans(url, small=ROWS < LARGE))
        runner.run(desk.platform.pipeline.drain())
        runner.run(store.close())


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A full database of each sort."""
    if request.param == "sqlite":
        path: Path = tmp_path_factory.mktemp("battery") / "ucs.db"
        yield from _full(f"sqlite:///{path}")
        return
    server = request.getfixturevalue("postgres_server")
    name = server.create("template1")
    try:
        yield from _full(server.url(name))
    finally:
        server.drop(name)
