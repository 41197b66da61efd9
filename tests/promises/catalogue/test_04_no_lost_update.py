"""Promise 4: no update is lost, and the operations on one resource are linearizable.

Twelve clients read and replace the same few resources through both doors of two nodes, some with an etag of yesterday,
some hanging up before the answer. What they saw and were told is one history; the revisions that are kept afterwards are
the only order in which it can have happened, and it is held against that order.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from itertools import count, pairwise
from random import Random
from typing import Any

import pytest

from ucs_core.platform import Call
from ucs_core.platform.resources import ResourceVerbs
from ucs_registry.log import Entry
from ucs_registry.ports import Reader
from ucs_registry.resources import Revision
from ucs_sdk.errors import UcsError

CLIENTS, ROUNDS, KEYS = 12, 7, 3
EDITORS = ("editor", "second", "third")
WAYS = ("platform", "grpc", "graphql")
STALE, HANG_UP = 0.2, 0.15
"""How often a client uses an etag that it read before, and how often it does not wait for the answer."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation as its client saw it. `invoked` and `returned` are points of one clock that all clients share."""

    kind: str
    key: str
    invoked: float
    returned: float = math.inf
    value: str = ""
    revision: int | None = None
    """The revision that was read or made; None while it is not known."""
    based_on: int | None = None
    """The revision that a write claims to have seen."""
    outcome: str = "done"
    """`done`, `refused`, or `unknown` to a client that hung up."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What is left of one resource: its revisions, the oldest first, and its entries in the log."""

    revisions: Sequence[Revision]
    entries: Sequence[Entry]


class History:
    """What all clients did, in the order in which they learned of it."""

    def __init__(self) -> None:
        self._clock = count(1)
        self.operations: list[Operation] = []

    def now(self) -> int:
        """The next point of the clock."""
        return next(self._clock)

    def note(self, operation: Operation) -> None:
        """Keep an operation that has ended."""
        ended = math.inf if operation.outcome == "unknown" else self.now()
        self.operations.append(replace(operation, returned=ended))


class Client:
    """Reads, thinks, and writes what it thought of, again and again."""

    def __init__(self, number: int, hands: Sequence[Any], keys: Sequence[str], history: History, city: Any) -> None:
        self._number = number
        self._hands = hands
        self._keys = keys
        self._history = history
        self._plain = city.plain
        self._seen: dict[str, list[dict[str, Any]]] = {}
        self.faults = 0

    async def run(self, chance: Random) -> None:
        for turn in range(ROUNDS):
            key = chance.choice(self._keys)
            read = await self._read(chance.choice(self._hands), key)
            earlier = self._seen.setdefault(key, [])
            if earlier and chance.random() < STALE:
                self.faults += 1
                read = chance.choice(earlier)
            earlier.append(read)
            hangs_up = chance.random() < HANG_UP
            self.faults += hangs_up
            patience = chance.random() * 0.01 if hangs_up else None
            await self._write(chance.choice(self._hands), key, read, f"c{self._number}.{turn}", patience)

    async def _read(self, hand: Any, key: str) -> dict[str, Any]:
        invoked = self._history.now()
        read = await hand.get(key)
        self._history.note(
            Operation(kind="read", key=key, invoked=invoked, value=read["title"], revision=read["revision"])
        )
        return read

    async def _write(self, hand: Any, key: str, read: dict[str, Any], value: str, patience: float | None) -> None:
        content = {"title": {"zh": "标题", "en": value}, "summary": {"zh": "说明", "en": f"saw {read['title']}"}}
        done = Operation(kind="write", key=key, invoked=self._history.now(), value=value, based_on=read["revision"])
        try:
            async with asyncio.timeout(patience):
                answer = await hand.do("resources.update", {"name": key, "content": content, "etag": read["etag"]})
            done = replace(done, revision=self._plain(answer)["revision"])
        except TimeoutError:
            done = replace(done, outcome="unknown")
        except UcsError as refusal:
            done = replace(done, outcome="refused" if refusal.reason == "ETAG_STALE" else refusal.reason)
        self._history.note(done)


def disagreements(operations: Sequence[Operation], kept: dict[str, Kept]) -> Iterator[str]:
    """What cannot have happened in any order that respects who waited for whom, given what is kept."""
    for key, left in kept.items():
        mine = [operation for operation in operations if operation.key == key]
        yield from _kept_wrongly(key, left)
        yield from _told_wrongly(mine, left)
        yield from _out_of_order(_placed(mine, left))


def _kept_wrongly(key: str, left: Kept) -> Iterator[str]:
    numbers = [revision.number for revision in left.revisions]
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"{key} keeps the revisions {numbers}"
    for before, after in pairwise(left.revisions):
        if after.content.summary.en != f"saw {before.content.title.en}":
            yield (
                f"{key}: revision {after.number} was written by somebody who {after.content.summary.en}, "
                f"over {before.content.title.en}"
            )
    for before, after in pairwise(left.entries):
        if after.before != before.after:
            yield f"{key}: the log at {after.position} does not start from the state that it left at {before.position}"
    if len(left.entries) != len(numbers):
        yield f"{key}: {len(left.entries)} entries in the log for {len(numbers)} revisions"


def _told_wrongly(operations: Sequence[Operation], left: Kept) -> Iterator[str]:
    titles = {revision.number: revision.content.title.en for revision in left.revisions}
    made: dict[int, str] = {}
    for operation in operations:
        if operation.outcome == "refused":
            if operation.value in titles.values():
                yield f"{operation.value} was refused and is kept"
        elif operation.outcome == "done":
            if titles.get(operation.revision or 0) != operation.value:
                yield f"{operation.kind} of {operation.value} as revision {operation.revision} is not what is kept"
            if operation.kind == "write":
                if operation.revision in made:
                    yield f"{operation.value} and {made[operation.revision]} were both told revision {operation.revision}"
                made[operation.revision or 0] = operation.value
                if operation.based_on != (operation.revision or 0) - 1:
                    yield f"{operation.value} saw {operation.based_on} and became revision {operation.revision}"
        elif operation.outcome != "unknown":
            yield f"{operation.value} ended with {operation.outcome}"


def _placed(operations: Sequence[Operation], left: Kept) -> list[Operation]:
    """The operations that took effect, those whose client hung up among them when they did."""
    numbers = {revision.content.title.en: revision.number for revision in left.revisions}
    placed = [operation for operation in operations if operation.outcome == "done"]
    return placed + [
        replace(operation, revision=numbers[operation.value])
        for operation in operations
        if operation.outcome == "unknown" and operation.value in numbers
    ]


def _out_of_order(operations: Sequence[Operation]) -> Iterator[str]:
    """Revisions are the one order of the writes; whoever began after another had ended may not stand before it."""
    for later in operations:
        for earlier in operations:
            if earlier.returned < later.invoked:
                least = (earlier.revision or 0) + (later.kind == "write")
                if (later.revision or 0) < least:
                    yield (
                        f"{later.kind} of {later.value} (revision {later.revision}) began after {earlier.kind} of "
                        f"{earlier.value} (revision {earlier.revision}) had ended"
                    )


async def contest(nodes: Sequence[Any], city: Any, findings: Any) -> list[str]:
    """Let the clients loose on a fresh city, and tell what is wrong with what they saw."""
    history, chance = History(), findings.random("contest")
    await city.settle(nodes[0])
    keys = []
    for number in range(KEYS):
        new = city.resource(f"QD-{number}", title={"zh": "标题", "en": f"first {number}"})
        keys.append((await nodes[0].platform.resources.create(Call(principal="editor"), new)).name)
    async with AsyncExitStack() as stack:
        doors = [await stack.enter_async_context(node.doors()) for node in nodes]
        for round in range(findings.effort):
            clients = []
            for number in range(CLIENTS):
                hands = [
                    city.Hand(node, door, way, chance.choice(EDITORS))
                    for node, door in zip(nodes, doors, strict=True)
                    for way in WAYS
                ]
                clients.append(Client(round * CLIENTS + number, hands, keys, history, city))
            await asyncio.gather(*(client.run(findings.random(round, at)) for at, client in enumerate(clients)))
            findings.faults += sum(client.faults for client in clients)
        for node in nodes:
            await node.platform.pipeline.drain()
        await _read_all(city, nodes, doors, keys, history)
    findings.tried += len(history.operations)
    written = sum(operation.kind == "write" and operation.outcome == "done" for operation in history.operations)
    assert written > CLIENTS, f"only {written} writes were accepted: that proves nothing"
    return list(disagreements(history.operations, await _kept(nodes[0].store, keys)))


async def _read_all(
    city: Any, nodes: Sequence[Any], doors: Sequence[Any], keys: Sequence[str], history: History
) -> None:
    """When all is over, every door of every node shows the last revision: the order of the history demands it."""
    for node, door in zip(nodes, doors, strict=True):
        for way in WAYS:
            for key in keys:
                invoked = history.now()
                read = await city.Hand(node, door, way, "editor").get(key)
                history.note(
                    Operation(kind="read", key=key, invoked=invoked, value=read["title"], revision=read["revision"])
                )


async def _kept(store: Any, keys: Sequence[str]) -> dict[str, Kept]:
    async with store.read() as reader:
        log = await reader.log(after=0, first=100_000)
        return {
            key: Kept(
                revisions=(await reader.revisions(key.removeprefix("resources/")))[::-1],
                entries=[entry for entry in log if entry.object == key and entry.outcome == "accepted"],
            )
            for key in keys
        }


class LastWriteWins(ResourceVerbs):
    """A twin: whoever writes last is right, whatever it had read."""

    def _check_etag(self, resource: Any, etag: str | None, verb: Any) -> None:
        pass


class ReadsBeforeItsTurn:
    """A twin: a store whose writers read before it is their turn, as one that drops `WHERE version =` lets them."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @asynccontextmanager
    async def write(self) -> Any:
        async with self._store.read() as early, self._store.write() as unit:
            yield _Early(unit, early)


class _Early:
    def __init__(self, unit: Any, early: Reader) -> None:
        self._unit = unit
        self._early = early

    def __getattr__(self, name: str) -> Any:
        return getattr(self._unit, name)

    async def resource(self, id: str) -> Any:
        return await self._early.resource(id)


async def test_no_update_is_lost_and_each_resource_has_one_history(database, open_nodes, city, findings):
    async with open_nodes(database, 2) as nodes:
        findings.expect_none(await contest(nodes, city, findings))


async def test_a_platform_that_lets_the_last_write_win_is_found(database, open_nodes, city, findings):
    def build(store: Any, verifier: Any) -> Any:
        return city.compose(store, verifier, resources=LastWriteWins)

    async with open_nodes(database, 2, build) as nodes:
        findings.expect_caught("last write wins", await contest(nodes, city, findings))


async def test_a_store_whose_writers_read_too_early_is_found(database, open_nodes, city, findings):
    async with open_nodes(database, 2, wrap=ReadsBeforeItsTurn) as nodes:
        findings.expect_caught("reads before its turn", await contest(nodes, city, findings))


FIRST = Operation(kind="write", key="k", invoked=1, returned=2, value="a", revision=2, based_on=1)
SECOND = Operation(kind="write", key="k", invoked=3, returned=4, value="b", revision=3, based_on=2)
READ = Operation(kind="read", key="k", invoked=5, returned=6, value="b", revision=3)


@pytest.mark.parametrize(
    ("operations", "sound"),
    [
        ([FIRST, SECOND, READ], True),
        # Reads and writes that overlap may fall either way.
        ([FIRST, SECOND, replace(READ, invoked=3, value="a", revision=2)], True),
        ([FIRST, replace(SECOND, returned=math.inf), replace(READ, value="a", revision=2)], True),
        # A read that misses a write that had ended before it began.
        ([FIRST, SECOND, replace(READ, value="a", revision=2)], False),
        # Two reads, one behind the other, that go back in time.
        ([replace(READ, invoked=1, returned=2), replace(READ, invoked=3, value="a", revision=2)], False),
        # A write that stands before another that had ended when it began.
        ([replace(FIRST, invoked=5, returned=6), SECOND], False),
        # A read of what was written only after it had ended.
        ([replace(READ, invoked=1, returned=2), replace(SECOND, invoked=3)], False),
    ],
)
def test_the_order_of_a_history_is_judged_rightly(operations, sound):
    assert (list(_out_of_order(operations)) == []) is sound
