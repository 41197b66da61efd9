"""Promise 16: the same request id means the same answer and one effect.

Every verb is called 32 times at once under one request id, through all doors of two nodes that share a database, and
again after both were stopped and started. Then the id is used for another request, and by another caller.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from itertools import count
from typing import Any

from ucs_core.platform.pipeline import Mutation, Pipeline
from ucs_registry.canonical import canonical_json, digest
from ucs_sdk.errors import UcsError

RETRIES = 32
ENTRIES = {"resources.import": 3, "resources.batch_create": 2, "organizations.import": 2}
"""How many entries a case leaves, where it is not one."""
GONE = ("resources.delete", "resources.purge")
"""What leaves no resource behind."""


class Trial:
    """One call of one verb, and all its repetitions."""

    def __init__(self, city: Any, verb: str, mark: str) -> None:
        self.city = city
        self.verb = verb
        self.case = city.cases(mark)[verb]
        self.request_id = f"{verb}#{mark}"
        self.resource: Any = None
        self.arguments: dict[str, Any] = {}
        self.answers: dict[str, Counter[bytes]] = {}

    async def prepare(self, store: Any, number: int) -> None:
        self.resource = await self.city.prepare(store, self.case.state, number)
        self.arguments = self.case.on(self.resource)

    async def repeat(self, nodes: Sequence[Any], doors: Sequence[Any], times: int) -> int:
        """Make the call so many times at once, through every door that offers it."""
        ways = [(at, way) for way in self.city.ROUTES[self.verb].doors for at in range(len(nodes))]
        chosen = [ways[at % len(ways)] for at in range(max(times, len(ways)))]
        await asyncio.gather(*(self._once(nodes[at], doors[at], way) for at, way in chosen))
        return len(chosen)

    async def _once(self, node: Any, door: Any, way: str) -> None:
        try:
            hand = self.city.Hand(node, door, way, self.case.principal)
            answer = self.city.bytes_of(await hand.do(self.verb, self.arguments, self.request_id))
        except UcsError as refusal:
            answer = f"refused: {refusal.reason}".encode()
        self.answers.setdefault(way, Counter())[answer] += 1

    async def violations(self, store: Any) -> list[str]:
        """What shows that there was more than one answer or effect."""
        found = []
        for way, given in self.answers.items():
            if len(given) > 1 or any(answer.startswith(b"refused") for answer in given):
                shown = [answer[:120] for answer in given]
                found.append(f"{self.verb} at the {way} door gave {len(given)} answers: {shown}")
        async with store.read() as reader:
            log = await reader.log(after=0, first=100_000)
            left = [entry for entry in log if entry.request_id == self.request_id]
            wanted = ENTRIES.get(self.verb, 1)
            if len(left) != wanted or {entry.outcome for entry in left} != {"accepted"}:
                found.append(f"{self.verb} left {[(entry.outcome.value, entry.reason) for entry in left]}")
            if len({entry.call_id for entry in left}) > 1:
                found.append(f"{self.verb} took effect in {len({entry.call_id for entry in left})} calls")
            if self.resource is not None and not self.verb.startswith("members."):
                # What a resource fronts is no part of its own state.
                now = await reader.resource(self.resource.id)
                if (now is None) is not (self.verb in GONE):
                    found.append(f"{self.verb} left its resource {'nowhere' if now is None else 'where it was'}")
                elif now is not None and now.version != self.resource.version + 1:
                    found.append(f"{self.verb} moved its resource from {self.resource.version} to {now.version}")
        return found

    async def reuse(self, node: Any) -> list[str]:
        """Use the id for another request: what shows that it was not refused, or left something behind."""
        other = self.city.cases("other")[self.verb].on(self.resource)
        if other == self.arguments:
            other = {**other, "etag": "v99"}
        before = await _digest(node.store)
        try:
            await self.city.Hand(node, None, "platform", self.case.principal).do(self.verb, other, self.request_id)
        except UcsError as refusal:
            if refusal.reason != "REQUEST_ID_REUSED":
                return [f"{self.verb} with another request under its id was refused for {refusal.reason}"]
            return [] if await _digest(node.store) == before else [f"{self.verb} was refused and changed something"]
        return [f"{self.verb} took another request under its id"]


async def _digest(store: Any) -> str:
    """Everything that is kept, but the log."""
    async with store.read() as reader:
        resources = {
            name.removeprefix("resources/")
            for entry in await reader.log(after=0, first=100_000)
            for name in [entry.object]
        }
        return digest(
            canonical_json(
                [
                    [resource.digest for _, resource in sorted((await reader.resources(resources)).items())],
                    [item.model_dump(mode="json") for item in await reader.all_organizations()],
                    [item.model_dump(mode="json") for item in await reader.principals()],
                    [item.model_dump(mode="json") for item in await reader.rules()],
                ]
            )
        )


async def retried(nodes: Sequence[Any], city: Any, findings: Any, verbs: Sequence[str]) -> list[Trial]:
    """Trials of all these verbs, each made 32 times at once."""
    trials, number = [], count(1)
    async with AsyncExitStack() as stack:
        doors = [await stack.enter_async_context(node.doors()) for node in nodes]
        for round in range(findings.effort):
            for verb in verbs:
                trial = Trial(city, verb, f"{round}")
                await trial.prepare(nodes[0].store, next(number))
                findings.tried += await trial.repeat(nodes, doors, RETRIES)
                trials.append(trial)
    return trials


async def violations_of(trials: Sequence[Trial], store: Any) -> list[str]:
    return [violation for trial in trials for violation in await trial.violations(store)]


async def test_a_repeated_call_has_one_effect_and_one_answer(database, open_nodes, city, findings):
    async with open_nodes(database, 2) as nodes:
        await city.settle(nodes[0])
        trials = await retried(nodes, city, findings, list(city.ROUTES))
        findings.expect_none(await violations_of(trials, nodes[0].store))
    # Both nodes end; what they promised holds for those that come after them.
    findings.faults += 2
    async with open_nodes(database, 2) as nodes, AsyncExitStack() as stack:
        doors = [await stack.enter_async_context(node.doors()) for node in nodes]
        for trial in trials:
            findings.tried += await trial.repeat(nodes, doors, 1)
        findings.expect_none(await violations_of(trials, nodes[1].store))
        for trial in trials:
            findings.tried += 1
            findings.expect_none(await trial.reuse(nodes[1]))


async def test_a_request_id_belongs_to_its_caller(database, open_nodes, city, findings):
    async with open_nodes(database, 2) as nodes:
        await city.settle(nodes[0])
        for at, principal in enumerate(("editor", "second", "third")):
            hand = city.Hand(nodes[at % 2], None, "platform", principal)
            answer = await hand.do("resources.create", {"resource": city.resource(f"QD-{at}")}, "1")
            assert answer.code == f"QD-{at}"
            findings.tried += 1


class ChecksThenInserts(Pipeline):
    """The twin: it looks for the remembered answer before the unit that writes, and not inside it."""

    async def _apply(self, call: Any, mutation: Mutation[Any], admitted: Any) -> Any:
        async with self._store.read() as reader:
            answer = await super()._repeated(reader, call, self._fingerprint(mutation))
        return mutation.answer.model_validate_json(answer) if answer else await super()._apply(call, mutation, admitted)

    async def _repeated(self, reader: Any, call: Any, fingerprint: str) -> str | None:
        return None


async def test_a_pipeline_that_checks_and_then_inserts_is_found(database, open_nodes, city, findings):
    def build(store: Any, verifier: Any) -> Any:
        return city.compose(store, verifier, pipeline=ChecksThenInserts)

    async with open_nodes(database, 2, build) as nodes:
        await city.settle(nodes[0])
        for verb in ("resources.create", "resources.update", "rules.put"):
            [trial, *_] = await retried(nodes, city, findings, [verb])
            findings.expect_caught(f"check then insert of {verb}", await trial.violations(nodes[0].store))
