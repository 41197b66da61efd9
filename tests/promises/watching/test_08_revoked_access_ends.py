"""Promise 8: what is revoked ends everywhere: with the next call at once, and open watches within 200 ms (p99).

Three nodes share a PostgreSQL and hear nothing of each other: something between them and their store swallows every
notification. On SQLite there is one node, as deaf. Each way of revoking is used in turn. Right after the revoking call has
been answered, every node is asked again, and must refuse; and every watch that was open there is timed until it ends.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ucs_core.access.policy import PolicyRow
from ucs_core.access.tokens import VerifiedToken
from ucs_core.platform import Call
from ucs_sdk.errors import UcsError

WATCHES = 4
"""How many watches each victim has open at each node."""

BOUND_SECONDS = 0.2
LOST_SECONDS = 3.0
"""After so long a watch counts as never ended."""

TURNS = 3
"""How often everything is measured again when the bound was missed: a neighbour on the machine must not decide."""

KEY = "k" * 43
ADMIN = Call(principal="admin")
CLOSED = {"share_type": "none", "denial_basis": "依据"}


@dataclass(frozen=True, kw_only=True)
class Way:
    """A way of revoking: from whom, with which token; how it is done and undone; and what is open to the victim before."""

    name: str
    victim: str
    revoke: Callable[[], Awaitable[Any]]
    restore: Callable[[], Awaitable[Any]]
    reaches: Callable[[Any, VerifiedToken], Awaitable[bool]]
    key: str = "another"

    def token(self) -> VerifiedToken:
        now = datetime.now(UTC)
        return VerifiedToken(
            principal=self.victim,
            issuer="urn:ucs:issuer:local",
            subject=self.victim,
            key=self.key,
            issued_at=now,
            expires_at=now + timedelta(minutes=10),
            token_id=f"t-{now.timestamp()}",
        )


@dataclass
class Measured:
    """How long open watches went on, in seconds."""

    seconds: list[float] = field(default_factory=list)

    def quantile(self, part: float) -> float:
        return sorted(self.seconds)[min(len(self.seconds) - 1, int(part * len(self.seconds)))]

    def __str__(self) -> str:
        p50, p99 = self.quantile(0.5) * 1000, self.quantile(0.99) * 1000
        return f"{len(self.seconds)} open watches ended: p50 {p50:.0f} ms, p99 {p99:.0f} ms"


class Scene:
    """A draft, a resource behind a grant, and a policy that shows drafts: what there is to be taken away."""

    def __init__(self, nodes: list[Any], city: Any) -> None:
        self.nodes = nodes
        self.city = city

    async def prepare(self) -> None:
        first = self.nodes[0]
        await self.city.settle(first)
        self.platform = first.platform
        self.draft = await self._entered("DRAFT")
        self.closed = await self._entered("CLOSED", **CLOSED)
        ask = PolicyRow(id="ask", role="public", relation="any", grant="required", action="discover", share_type="none")
        await self.platform.policies.apply(ADMIN, [asdict(ask)], [])
        await self._show()
        await self._give()

    def ways(self) -> list[Way]:
        platform = self.platform
        people = platform.principals
        roles = platform.roles
        return [
            Way(
                name="role",
                victim="editor",
                revoke=lambda: roles.unassign(ADMIN, "editor", "editor", self.city.WATER),
                restore=lambda: roles.assign(ADMIN, "editor", "editor", self.city.WATER),
                reaches=lambda node, token: self._works(node, "editor", token),
            ),
            Way(
                name="policy",
                victim="roads",
                revoke=lambda: platform.policies.apply(ADMIN, [], ["shows"]),
                restore=self._show,
                reaches=lambda node, token: self._sees(node, "roads", token, self.draft),
            ),
            Way(
                name="disabling",
                victim="roads",
                revoke=lambda: people.disable(ADMIN, "principals/roads", "Because."),
                restore=lambda: people.enable(ADMIN, "principals/roads"),
                reaches=lambda node, token: self._sees(node, "roads", token, self.draft),
            ),
            Way(
                name="grant",
                victim="outsider",
                revoke=lambda: platform.grants.revoke(ADMIN, self.grant, "Because."),
                restore=self._give,
                reaches=lambda node, token: self._sees(node, "outsider", token, self.closed),
            ),
            Way(
                name="tokens",
                victim="reviewer",
                revoke=lambda: people.revoke_tokens(ADMIN, "principals/reviewer"),
                restore=_nothing,
                reaches=lambda node, token: self._sees(node, "reviewer", token, self.draft),
            ),
            Way(
                name="key",
                victim="operator",
                key=KEY,
                revoke=lambda: platform.keys.revoke(ADMIN, [KEY]),
                restore=_nothing,
                reaches=lambda node, token: self._sees(node, "operator", token, self.draft),
            ),
        ]

    async def _entered(self, code: str, **content: Any) -> str:
        new = {"code": code, "kind": "data", "type": "dataset", "owner": self.city.WATER}
        values = self.city.content(self.city.chance) | {"share_type": "unconditional"} | content
        return (await self.platform.resources.create(Call(principal="editor"), new | {"content": values})).name

    async def _show(self) -> None:
        row = PolicyRow(id="shows", role="member", relation="any", action="discover", share_type="unconditional")
        await self.platform.policies.apply(ADMIN, [asdict(row)], [])

    async def _give(self) -> None:
        wanted = {"grantee": "principals/outsider", "action": "discover", "resource": self.closed}
        self.grant = (await self.platform.grants.give(ADMIN, wanted)).id

    async def _sees(self, node: Any, principal: str, token: VerifiedToken, name: str) -> bool:
        async with node.platform.session(principal, token) as session:
            return (await session.resource(name)).name == name

    async def _works(self, node: Any, principal: str, token: VerifiedToken) -> bool:
        async with node.platform.session(principal, token) as session:
            return (await session.resource(self.draft)).etag is not None


async def _nothing() -> None:
    """What was revoked for ever cannot be given back."""


class OpenWatch:
    """A watch, and when it ended."""

    def __init__(self, node: Any, way: Way, token: VerifiedToken) -> None:
        self.listens = asyncio.Event()
        self.ended: float | None = None
        self.task = asyncio.create_task(self._listen(node, way, token))

    async def _listen(self, node: Any, way: Way, token: VerifiedToken) -> None:
        try:
            async with aclosing(node.platform.watch(way.victim, token)) as events:
                async for _ in events:
                    self.listens.set()
        except UcsError:
            self.ended = time.perf_counter()


async def revoke(scene: Scene, way: Way, findings: Any, measured: Measured) -> list[str]:
    """Revoke in one way, and tell what goes on regardless."""
    token = way.token()
    # Tokens count in whole seconds: one of the very second of a revocation would be refused before it.
    for node in scene.nodes:
        assert await way.reaches(node, token), way.name
    watches = [OpenWatch(node, way, token) for node in scene.nodes for _ in range(WATCHES)]
    try:
        async with asyncio.timeout(20):
            for watch in watches:
                await watch.listens.wait()
        # Every watch has come from its first pages to the hub by now.
        await asyncio.sleep(0.05)
        await way.revoke()
        answered = time.perf_counter()
        findings.faults += 1
        passed = [await _passes(way.reaches(node, token)) for node in scene.nodes]
        findings.tried += len(scene.nodes)
        found = [f"{way.name}: node {at} still lets {way.victim} pass" for at, open in enumerate(passed) if open]
        await asyncio.wait([watch.task for watch in watches], timeout=LOST_SECONDS)
    finally:
        for watch in watches:
            watch.task.cancel()
        await asyncio.gather(*(watch.task for watch in watches), return_exceptions=True)
    measured.seconds += [max(0.0, watch.ended - answered) for watch in watches if watch.ended is not None]
    lost = sum(watch.ended is None for watch in watches)
    await way.restore()
    return found + [f"{way.name}: {lost} watches of {way.victim} never ended"] * bool(lost)


async def _passes(attempt: Awaitable[bool]) -> bool:
    try:
        return await attempt
    except UcsError:
        return False


async def revocations(nodes: list[Any], city: Any, findings: Any, measured: Measured, names: set[str]) -> list[str]:
    """What goes on after access was revoked in each of these ways."""
    city.chance = findings.random("content")
    scene = Scene(nodes, city)
    await scene.prepare()
    found: list[str] = []
    for _ in range(findings.effort):
        for way in scene.ways():
            if way.name in names:
                found += await revoke(scene, way, findings, measured)
    return found


REPEATABLE = {"role", "policy", "disabling", "grant"}


async def too_late(scene_of: Callable[[Measured], Awaitable[list[str]]], measured: Measured) -> list[str]:
    """Measure again while the bound is missed, and tell when it is missed every time."""
    for _ in range(TURNS):
        if measured.quantile(0.99) <= BOUND_SECONDS:
            return []
        measured.seconds.clear()
        found = await scene_of(measured)
        if found:
            return found
    return [] if measured.quantile(0.99) <= BOUND_SECONDS else [f"too late: {measured}"]


@pytest.fixture
def nodes_of(database: str) -> int:
    """How many nodes share the database."""
    return 3 if database.startswith("postgresql") else 1


async def test_what_is_revoked_ends_everywhere(database, open_nodes, city, findings, nodes_of, record_property):
    measured = Measured()
    async with open_nodes(database, nodes_of, wrap=city.Deaf) as nodes:
        ways = REPEATABLE | {"tokens", "key"}
        findings.expect_none(await revocations(nodes, city, findings, measured, ways))
        scene = Scene(nodes, city)
        scene.platform = nodes[0].platform

        async def again(measured: Measured) -> list[str]:
            for way in scene.ways():
                if way.name == "role":
                    scene.draft = await scene._entered(f"D-{time.perf_counter_ns()}")
                    return await revoke(scene, way, findings, measured)
            return []

        findings.expect_none(await too_late(again, measured))
    record_property("figure", f"08_revoked_access_ends: {nodes_of} nodes without notifications: {measured}")


class NotificationOnly:
    """A twin: whoever waits believes in being notified, and nothing is notified."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def moved(self, position: int, patience: float) -> None:
        await asyncio.Event().wait()


async def test_a_node_that_waits_for_notifications_alone_is_found(database, open_nodes, city, findings, nodes_of):
    async with open_nodes(database, nodes_of, wrap=NotificationOnly) as nodes:
        found = await revocations(nodes, city, findings, Measured(), {"disabling"})
        findings.expect_caught("notification only", found)
