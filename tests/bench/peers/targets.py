"""What is held against whom, and the least ratio that is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from figures.rows import Row
from peers.questions import NAMES
from peers.servers import POSTGRES, SQLITE


class Pair(NamedTuple):
    """Ours and a peer, under one question."""

    ours: str
    theirs: str
    question: str
    target: float | None


GRAPHILE = "PostGraphile"
FULL_SIZE, MEMORY_MOST = 189_000, 300.0
_LEAST = {
    (SQLITE, GRAPHILE): (5.0, 5.0, 8.0, 3.0),
    (POSTGRES, GRAPHILE): (3.5, 2.0, 3.5, 2.0),
    (SQLITE, f"strawberry, {SQLITE}"): (25.0, 25.0, 12.0, 25.0),
    (POSTGRES, f"strawberry, {POSTGRES}"): (25.0, 14.0, 4.0, 25.0),
}
"""For Q1 to Q4, by our database and the peer."""

PAIRS = [
    *(
        Pair(f"ours, {database}", peer, question, target)
        for (database, peer), targets in _LEAST.items()
        for question, target in zip(NAMES, targets, strict=True)
    ),
    Pair(f"ours, {SQLITE}", "constant bytes", "Q1", 0.5),
    Pair(f"ours, {SQLITE}", "grpc.aio echo", "Get", 0.8),
    Pair(f"ours, {POSTGRES}", "grpc.aio echo", "Get", None),
    Pair(f"ours, {SQLITE}", "grpc.aio echo", "List of 50", None),
    Pair(f"ours, {POSTGRES}", "grpc.aio echo", "List of 50", None),
]
"""The rows in their order."""


def rows(rates: Mapping[tuple[str, str], float | None]) -> tuple[list[Row], list[str]]:
    """The rows of what was measured by server and question, and the pairs that have none."""
    made, missing = [], []
    for pair in PAIRS:
        ours, theirs = rates.get((pair.ours, pair.question)), rates.get((pair.theirs, pair.question))
        door = "gRPC " if pair.question not in NAMES else ""
        name = f"{door}{NAMES.get(pair.question, pair.question)}: {pair.ours} ÷ {pair.theirs}"
        if ours is None or theirs is None:
            missing.append(name)
            continue
        made.append(Row(name=name, ours=ours, theirs=theirs, unit="requests/s", better="higher", target=pair.target))
    return made, missing


def memory(used: Mapping[str, float], resources: int) -> list[Row]:
    """What our nodes hold in memory when all windows are over, in MiB; the target is for the city at full size."""
    target = MEMORY_MOST if resources >= FULL_SIZE else None
    return [
        Row(name=f"memory at {resources:,} resources: {name}", ours=each, unit="MiB", better="lower", target=target)
        for name, each in used.items()
    ]
