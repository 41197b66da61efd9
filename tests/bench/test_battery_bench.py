"""What each call of the query battery costs, in a city of `UCS_BATTERY_ROWS` resources: 19,000 unless stated.

Run it at 19,000, 189,000 and 1,890,000 and compare: a page, a Get and a decision may take 1.5 times as long with ten times
as many resources, counts and facets twice as long, and what must look at all that matches as much longer as more matches.
`extra_info` says how many times as long each may take (`growth`). Everything is asked of the platform's own GraphQL door in
this process; `UCS_BATTERY_FOLDER` keeps the SQLite file, and finds it there again.
"""

import asyncio
import os
from pathlib import Path

import pytest
from battery_desk import Desk
from bulk_city import City, build
from query_battery import BATTERY

from ucs_registry.sql import open_store, upgrade

ROWS = int(os.environ.get("UCS_BATTERY_ROWS", "19000"))


def _opened(url, runner, *, filled):
    city = City(count=ROWS)
    if not filled:
        upgrade(url)
        runner.run(build(url, city))
    store = runner.run(open_store(url, patience=60))
    return store, Desk(store, city)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def desk(request, tmp_path_factory):
    """A full database, and a loop to ask it on."""
    with asyncio.Runner() as runner:
        if request.param == "sqlite":
            kept = os.environ.get("UCS_BATTERY_FOLDER")
            path = (Path(kept) if kept else tmp_path_factory.mktemp("battery")) / f"city-{ROWS}.db"
            url, filled = f"sqlite:///{path}", path.exists()
        else:
            server = request.getfixturevalue("postgres_server")
            url, filled = server.url(server.create("template1")), False
        store, desk = _opened(url, runner, filled=filled)
        yield runner, desk
        runner.run(desk.platform.pipeline.drain())
        runner.run(store.close())


@pytest.mark.parametrize("entry", [pytest.param(entry, id=entry.name) for entry in BATTERY])
def test_call(benchmark, desk, entry):
    runner, asked = desk
    benchmark.extra_info.update(resources=ROWS, growth=entry.growth, action=entry.action)
    runner.run(entry.run(asked))
    benchmark(lambda: runner.run(entry.run(asked)))
