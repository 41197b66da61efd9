"""The bench from the empty machine to the rows."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc

from figures.rows import Row
from peers import questions, setup, targets
from peers.copying import Rows, exported, fill_postgres, fill_sqlite
from peers.databases import postgres, settle
from peers.echo import METHOD
from peers.machine import Unavailable, busy, described, memory_used, pin, post
from peers.measuring import WARM_UP, Task, compare, measure, over_grpc, over_http
from peers.questions import NAMES
from peers.servers import POSTGRES, SQLITE, Server, Stage
from ucs.registry.v1 import resource_service_pb2 as pb

SERVICE = "/ucs.registry.v1.ResourceService/"
SAMPLED = 200
"""How many answers of gRPC are looked at to learn their size."""

Tell = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much is done. Times are in seconds; no round is begun that would end behind `limit`."""

    resources: int
    seconds: float
    rounds: int
    limit: float


@dataclass(frozen=True, kw_only=True)
class Report:
    """What came of it."""

    rows: list[Row]
    missing: list[str]
    heading: list[str]
    details: dict[str, Any]
    cpu: dict[tuple[str, str], float | None]
    """Microseconds of processor time that a request costs a server and its database, by server and question."""


def bench(size: Size, seed: int, kept: Path, tell: Tell) -> Report:
    """Set everything up, compare answers, measure, and take everything down. Raises Unavailable without a database."""
    until, warning = time.monotonic() + size.limit, busy()
    if warning:
        tell(warning)
    kept.mkdir(parents=True, exist_ok=True)
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="ucs-bench-")))
        stage = Stage(
            opened=opened,
            folder=folder,
            kept=kept,
            postgres=opened.enter_context(postgres()),
            tell=tell,
            python_path=setup.python_path(kept),
        )
        return _on(stage, size, seed, until, [warning] if warning else [])


def _on(stage: Stage, size: Size, seed: int, until: float, warnings: list[str]) -> Report:
    token = _seeded(stage, size)
    ours = [stage.ours(database, token) for database in (SQLITE, POSTGRES)]
    rows = exported(ours[0].grpc or "", token)
    _expect_whole(ours[0], rows, size)
    stage.tell(f"the peers get {len(rows.resources):,} resources, {len(rows.dependencies):,} dependencies")
    peers = _peers(stage, rows)
    pinned = pin(sorted({pid for server in (*ours, *peers) for pid in server.pids}))
    stage.tell(pinned)
    draws = questions.draw(rows, seed)
    different = _compared(stage, ours, peers, draws, seed)
    limits, sized = _limits(stage, ours[0], draws)
    tasks = _tasks([*ours, *peers], different, draws, limits, sized)
    rounds = measure(tasks, rounds=size.rounds, seconds=size.seconds, until=until, tell=stage.tell)
    heading = [
        described(),
        pinned,
        f"{len(rows.resources):,} resources, {len(rows.dependencies):,} dependencies, "
        f"{len(rows.organizations):,} owners; PostgreSQL {stage.postgres.version()}",
        f"seed {seed}: " + ", ".join(f"{name} {len(each):,} draws" for name, each in draws.items()),
        f"{rounds} rounds of {size.seconds:g} s (and {WARM_UP:g} s before each) in turns, 16 connections, medians; "
        "ours authenticated, with cost limit and log",
        *warnings,
    ]
    memory = {server.name: memory_used(server.pids[0]) for server in ours}
    return _report(tasks, different, heading, memory, size.resources)


def _seeded(stage: Stage, size: Size) -> str:
    """Fill both of our databases with the same city; the caller's token, which both take."""
    stage.urls = {SQLITE: f"sqlite:///{stage.folder / 'ucs.db'}", POSTGRES: stage.postgres.create("ucs")}
    stage.tell(f"two cities of {size.resources:,} resources are entered, and what the peers need is fetched")
    # The first to come makes the key that signs tokens; the other must find it.
    with stage.seeding(SQLITE, size.resources) as first:
        stage.await_key(SQLITE, first)
        with stage.seeding(POSTGRES, size.resources) as second:
            setup.fetch(stage.kept)
            token = stage.seeded(SQLITE, first)
            stage.seeded(POSTGRES, second)
    settle(stage.urls[POSTGRES])
    return token


def _expect_whole(ours: Server, rows: Rows, size: Size) -> None:
    """That what the peers get is all that ours holds for the caller."""
    asked = b'{"query": "{ resources(first: 1) { totalCount } }"}'
    found = questions.UCS.answer(post(ours.port, asked, ours.token))
    total = found.get("resources", {}).get("totalCount")
    if not total == len(rows.resources) == size.resources:
        raise Unavailable(
            f"the export holds {len(rows.resources)} of {size.resources} resources, and ours lists {total}"
        )


def _peers(stage: Stage, rows: Rows) -> list[Server]:
    file, url = stage.folder / "peers.db", stage.postgres.create("peers")
    fill_sqlite(rows, file)
    fill_postgres(rows, url)
    plain = [stage.plain(SQLITE, f"sqlite:///{file}"), stage.plain(POSTGRES, url)]
    graphile = stage.postgraphile(url)
    return [*plain, *([graphile] if graphile else [])]


def _compared(
    stage: Stage, ours: Sequence[Server], peers: Sequence[Server], draws: dict[str, list[Any]], seed: int
) -> dict[tuple[str, str], str]:
    """Where a server answers something else than ours on SQLite, by server and question."""
    found = {}
    for server in (*ours[1:], *peers):
        for question, differs in compare(ours[0], server, draws, seed).items():
            found[server.name, question] = differs
            stage.tell(f"DIFFERENT: {server.name} at {question}: {differs}")
    stage.tell("answers compared" + ("" if found else ": all the same"))
    return found


def _limits(stage: Stage, ours: Server, draws: dict[str, list[Any]]) -> tuple[list[Server], dict[str, int]]:
    """The servers that do nothing but answer, and how many bytes ours answers to the methods of gRPC."""
    body = questions.UCS.body("Q1", draws["Q1"][0])
    constant = stage.constant(post(ours.port, body, ours.token))
    with grpc.insecure_channel(ours.grpc or "") as channel:
        sized = {}
        for name, (method, requests) in _methods(draws).items():
            call, metadata = channel.unary_unary(SERVICE + method), [("authorization", f"Bearer {ours.token}")]
            sample = [len(call(request, metadata=metadata, timeout=30)) for request in requests[:SAMPLED]]
            sized[name] = sum(sample) // len(sample)
    return [constant, stage.echo()], sized


def _methods(draws: dict[str, list[Any]]) -> dict[str, tuple[str, list[bytes]]]:
    """What is called over gRPC, by the row's name: the method, and the requests as bytes."""
    gets = [pb.GetResourceRequest(name=each["id"]).SerializeToString() for each in draws["Q1"]]
    lists = [
        pb.ListResourcesRequest(
            filter={"kind": f"RESOURCE_KIND_{each['kind'].upper()}", "tag": each["tag"]}, page_size=50
        ).SerializeToString()
        for each in draws["Q2"]
    ]
    return {"Get": ("Get", gets), "List of 50": ("List", lists)}


def _tasks(
    servers: Sequence[Server],
    different: dict[tuple[str, str], str],
    draws: dict[str, list[Any]],
    limits: Sequence[Server],
    sized: dict[str, int],
) -> list[Task]:
    """Question by question, so that what is compared is measured side by side."""
    constant, echo = limits
    tasks = []
    for question in NAMES:
        asked = [server for server in servers if (server.name, question) not in different]
        # The limit of the first question stands beside it.
        more = [constant] if question == "Q1" else []
        tasks += [over_http(server, question, draws[question]) for server in (*asked, *more)]
    for name, (method, requests) in _methods(draws).items():
        tasks += [over_grpc(server, name, SERVICE + method, requests) for server in servers if server.grpc]
        tasks.append(over_grpc(echo, name, METHOD, [str(sized[name]).encode()]))
    return tasks


def _report(
    tasks: Sequence[Task],
    different: dict[tuple[str, str], str],
    heading: list[str],
    memory: dict[str, float],
    resources: int,
) -> Report:
    rates = {(task.server.name, task.question): task.rate for task in tasks}
    rows, missing = targets.rows(rates)
    rows += targets.memory(memory, resources)
    missing += [f"{task.server.name} at {task.question} failed: {task.failed}" for task in tasks if task.failed]
    missing += [f"{server} answers something else at {name}: {why}" for (server, name), why in different.items()]
    details = {
        "about": heading,
        "tasks": [task.details() for task in tasks],
        "memory_mib": {name: round(used) for name, used in memory.items()},
        "not_reported": missing,
    }
    cpu = {(task.server.name, task.question): task.cpu for task in tasks}
    return Report(rows=rows, missing=missing, heading=heading, details=details, cpu=cpu)
