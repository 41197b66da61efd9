"""What each call of the query battery costs, in a city of `UCS_BATTERY_ROWS` resources: 19,000 unless stated.

Run it at 19,000, 189,000 and 1,890,000 and compare: a page, a Get and a decision may take 1.5 times as long with ten times
as many resources, counts and facets twice as long, and what must look at all that matches as much longer as more matches.
Each entry of the battery says how many times as long it may take (`growth`).

Everything is asked of the platform's own GraphQL door in this process, and what is told is the processor's time of this
process and of the database server: the same on a machine that others use, more or less. `build/battery` keeps the cities, and
the figures of every size, of which `PYTHONPATH=scripts python -m figures.growth` makes a table. `UCS_READ_MODEL=off` asks
without what a node keeps in memory for lists.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest
from battery_desk import Desk
from battery_node import opened
from bulk_city import City
from kept_cities import FOLDER, postgres_city, sqlite_city
from processor_time import Spent
from query_battery import BATTERY

from ucs_core.access.actions import Action
from ucs_core.access.authority import Authority

ROWS = int(os.environ.get("UCS_BATTERY_ROWS", "19000"))
MODEL = os.environ.get("UCS_READ_MODEL", "on")

WINDOW_SECONDS, WINDOWS = 0.2, 5
"""How long a window lasts, unless one call lasts longer, and of how many the median is told."""

DECISIONS = 1_000

MEMORY_MOST = 400
"""What a node may take, in MiB."""

NODE = Path(__file__).parents[1] / "support" / "battery_node.py"


class Asked:
    """A full database, a loop to ask it on, and what it took."""

    def __init__(self, name, url, runner):
        self.name, self.url, self.runner = name, url, runner
        self.store = runner.run(opened(url, MODEL))
        self.desk = Desk(self.store, City(count=ROWS))
        self.spent = Spent(url)
        self.figures = {}

    def run(self, entry):
        self.runner.run(entry.run(self.desk))

    def measure(self, benchmark, name, call, growth, calls):
        benchmark._timer = self.spent
        benchmark.pedantic(call, rounds=WINDOWS, iterations=calls)
        self.figures[name] = {"seconds": benchmark.stats.stats.median, "growth": growth}
        benchmark.extra_info.update(resources=ROWS, growth=growth, group=f"{ROWS:,} resources")

    async def snapshot(self):
        async with self.store.read() as reader:
            return await Authority().at(reader)

    def close(self):
        self.runner.run(self.desk.platform.pipeline.drain())
        self.runner.run(self.store.close())
        file = FOLDER / f"figures-{self.name}-{MODEL}-{ROWS}.json"
        # What this run did not ask stays as it was found before.
        before = json.loads(file.read_text("utf-8"))["calls"] if file.exists() else {}
        told = {"database": self.name, "model": MODEL, "rows": ROWS, "calls": before | self.figures}
        file.write_text(json.dumps(told, indent=1), "utf-8")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def asked(request):
    """A full database of each sort."""
    if request.param == "postgresql":
        # Skips where no server can be started.
        request.getfixturevalue("postgres_server")
    kept = {"sqlite": sqlite_city, "postgresql": postgres_city}[request.param]
    with kept(City(count=ROWS)) as url, asyncio.Runner() as runner:
        asked = Asked(request.param, url, runner)
        yield asked
        asked.close()


def test_memory_of_a_node(benchmark, asked, row):
    told = subprocess.run(
        [sys.executable, NODE, asked.url, str(ROWS), MODEL], check=True, capture_output=True, text=True
    ).stdout
    resident = float(told)
    asked.figures["memory"] = {"mebibytes": resident, "growth": None}
    row(f"memory of a node over {ROWS:,} resources", resident, unit="MiB", target=MEMORY_MOST)
    benchmark.pedantic(lambda: None)


@pytest.mark.parametrize("entry", [pytest.param(entry, id=entry.name) for entry in BATTERY])
def test_call(benchmark, asked, entry):
    asked.run(entry)
    began = time.perf_counter()
    asked.run(entry)
    # What is written stays written: of that there are few.
    calls = 1 if entry.act else max(1, int(WINDOW_SECONDS / (time.perf_counter() - began)))
    benchmark.extra_info["action"] = entry.action
    asked.measure(benchmark, entry.name, lambda: asked.run(entry), entry.growth, calls)


def test_decide(benchmark, asked):
    snapshot = asked.runner.run(asked.snapshot())
    profile, cells = snapshot.profile("some"), Random(3702).choices(range(snapshot.cells), k=DECISIONS)

    def decide():
        for cell in cells:
            snapshot.verdict(profile, Action.READ, cell)

    asked.measure(benchmark, f"{DECISIONS:,} decisions", decide, 1.5, 20)
