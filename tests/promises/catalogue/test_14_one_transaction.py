"""Promise 14, the other half: entry and effect land together or not at all, and what is no call leaves nothing.

A commit is made to fail, before or after it took hold, at each place where a call commits. Calls that only ask, that repeat
an earlier one, or that nobody vouches for leave no entry; refusals beyond a caller's bound are counted in the next one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import asynccontextmanager, suppress
from itertools import product
from typing import Any

import orjson
import pytest

from ucs.registry.v1 import organization_pb2, organization_service_pb2, resource_pb2, resource_service_pb2
from ucs.registry.v1.organization_service_pb2_grpc import OrganizationServiceStub
from ucs.registry.v1.resource_service_pb2_grpc import ResourceServiceStub
from ucs_core.access.policy import PolicyRow
from ucs_core.platform import Call
from ucs_core.platform.pipeline import Mutation, Pipeline, WriteSession
from ucs_core.platform.refusals import RefusalBudget
from ucs_registry.queries import ResourceQuery
from ucs_sdk.errors import NotFound, UcsError

COMMITS_MOST = 4
"""No call commits more often than that: beyond, a failpoint is never reached."""


class PowerCut(Exception):
    """The process ends here."""


class Fragile:
    """A store whose commits can be made to fail; `cut` is the number of the commit, counted from 1, and when."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.cut: tuple[int, str] | None = None
        self.commits = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def arm(self, commit: int, when: str) -> None:
        self.commits, self.cut = 0, (commit, when)

    def disarm(self) -> None:
        self.cut = None

    @asynccontextmanager
    async def write(self) -> Any:
        async with self._store.write() as unit:
            yield _FragileUnit(unit, self)

    def reaches(self, when: str) -> None:
        """End the process, if that is where it is to end."""
        if self.cut == (self.commits, when):
            raise PowerCut


class _FragileUnit:
    def __init__(self, unit: Any, store: Fragile) -> None:
        self._unit = unit
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._unit, name)

    async def commit(self) -> Any:
        self._store.commits += 1
        self._store.reaches("before")
        entries = await self._unit.commit()
        self._store.reaches("after")
        return entries


class LogsAfterwards(Pipeline):
    """The twin: it commits what was done, and then, in a transaction of its own, what the log says of it."""

    async def _apply(self, call: Any, mutation: Mutation[Any], admitted: Any) -> Any:
        self._late: list[Any] = []
        answer = await super()._apply(call, mutation, admitted)
        async with self._store.write() as unit:
            for draft in self._late:
                unit.append(draft)
            await unit.commit()
        return answer

    def _note(self, session: WriteSession, mutation: Mutation[Any]) -> None:
        self._late = [self._accepted(session.call, mutation.verb, session.at, item) for item in session.written]


async def state_of(store: Any, resource: Any) -> Any:
    """What a call can change, and what the log holds."""
    async with store.read() as reader:
        kept = await reader.resource(resource.id) if resource else None
        members = await reader.member_counts([resource.id]) if resource else {}
        binned = await reader.deleted([resource.id]) if resource else {}
        total = await reader.count(ResourceQuery(), None)
        return (reader.head.access_version, total, kept, members, binned), reader.head.position


async def cut_short(node: Any, city: Any, findings: Any, fragile: Fragile) -> list[str]:
    """Every verb, cut short at each of its commits: where state and log disagree afterwards."""
    await city.settle(node)
    found, number = [], 0
    for verb in city.ROUTES:
        for commit in range(1, COMMITS_MOST + 1):
            reached = False
            for when in ("before", "after"):
                number += 1
                case = city.cases(f"{number}")[verb]
                resource = await city.prepare(node.store, case.state, number)
                (state, position), hand = (
                    await state_of(node.store, resource),
                    city.Hand(node, None, "platform", case.principal),
                )
                fragile.arm(commit, when)
                with suppress(PowerCut):
                    await hand.do(verb, case.on(resource))
                reached |= fragile.commits >= commit
                fragile.disarm()
                changed, left = await state_of(node.store, resource)
                findings.tried += 1
                if (changed != state) is not (left > position):
                    found.append(
                        f"{verb} cut {when} commit {commit} left {left - position} entries and state {changed != state}"
                    )
            if not reached:
                break
            findings.faults += 2
    return found


async def test_effect_and_entry_land_together_or_not_at_all(database, open_nodes, city, findings):
    fragile: list[Fragile] = []

    def wrap(store: Any) -> Fragile:
        fragile.append(Fragile(store))
        return fragile[0]

    async with open_nodes(database, wrap=wrap) as [node]:
        findings.expect_none(await cut_short(node, city, findings, fragile[0]))
        assert findings.faults == 2 * len(city.ROUTES), "each verb commits once"


async def test_a_pipeline_that_logs_afterwards_is_found(database, open_nodes, city, findings):
    fragile: list[Fragile] = []

    def build(store: Any, verifier: Any) -> Any:
        fragile.append(Fragile(store))
        return city.compose(fragile[0], verifier, pipeline=LogsAfterwards)

    async with open_nodes(database, 1, build) as [node]:
        findings.expect_caught("logs after commit", await cut_short(node, city, findings, fragile[0]))


async def test_what_is_only_asked_or_asked_again_leaves_nothing(database, open_nodes, city, findings):
    async with open_nodes(database) as [node], node.doors() as doors:
        await city.settle(node)
        number = 0
        for verb, route in city.ROUTES.items():
            for way in route.doors:
                number += 1
                case = city.cases(f"{number}")[verb]
                resource = await city.prepare(node.store, case.state, number)
                hand, arguments = city.Hand(node, doors, way, case.principal), case.on(resource)
                before = await state_of(node.store, resource)
                await hand.do(verb, arguments, f"{number}", validate_only=True)
                with suppress(UcsError):
                    await city.Hand(node, doors, way, "auditor").do(verb, arguments, validate_only=True)
                asked = await state_of(node.store, resource)
                await hand.do(verb, arguments, f"{number}")
                done = await state_of(node.store, resource)
                await hand.do(verb, arguments, f"{number}")
                again = await state_of(node.store, resource)
                findings.tried += 4
                findings.expect_none(_moved(verb, way, before, asked, done, again))


def _moved(verb: str, way: str, before: Any, asked: Any, done: Any, again: Any) -> Iterator[str]:
    if asked != before:
        yield f"{verb} at the {way} door was only asked and moved {before} to {asked}"
    if done == before or again != done:
        yield f"{verb} at the {way} door was done and repeated: {before}, {done}, {again}"


async def test_callers_that_nobody_vouches_for_leave_no_entry(database, open_nodes, city, findings):
    async with open_nodes(database) as [node], node.doors() as doors:
        await city.settle(node)
        _, position = await state_of(node.store, None)
        for number, (verb, route) in enumerate(city.ROUTES.items()):
            case = city.cases("x")[verb]
            arguments = case.on(await city.prepare(node.store, case.state, number))
            for way, principal, request_id in product(route.doors, ("gone", "stranger", None), ("1", "no request id")):
                if (way, principal) == ("platform", None):
                    continue
                with pytest.raises(UcsError) as refusal:
                    await city.Hand(node, doors, way, principal).do(verb, arguments, request_id)
                findings.tried += 1
                assert refusal.value.reason == ("PRINCIPAL_UNKNOWN" if principal else "TOKEN_MISSING"), (verb, way)
        _, left = await state_of(node.store, None)
        findings.expect_none([] if left == position else [f"{left - position} entries by nobody"])


async def test_refusals_beyond_the_bound_are_counted_in_the_next_entry(database, open_nodes, city, findings):
    seconds = [0.0]

    def build(store: Any, verifier: Any) -> Any:
        return city.compose(store, verifier, budget=RefusalBudget(lambda: seconds[0], burst=5, per_second=1.0))

    async def refuse(node: Any, principal: str, times: int) -> list[Any]:
        _, position = await state_of(node.store, None)
        for _ in range(times):
            findings.tried += 1
            with pytest.raises(NotFound):
                await node.platform.resources.submit(Call(principal=principal), "resources/-")
        async with node.store.read() as reader:
            return [
                orjson.loads(entry.body).get("unlogged_before") for entry in await reader.log(after=position, first=99)
            ]

    async with open_nodes(database, 1, build) as [node]:
        await city.settle(node)
        assert await refuse(node, "editor", 12) == [None] * 5
        assert node.platform.pipeline.unlogged_refusals == 7
        # The bound is each caller's own, and no bound holds for what is accepted.
        assert await refuse(node, "second", 1) == [None]
        await node.platform.resources.create(Call(principal="editor"), city.resource("QD-1"))
        seconds[0] += 2.0
        assert await refuse(node, "editor", 3) == [7, None]
        seconds[0] += 1.0
        assert await refuse(node, "editor", 1) == [1]


async def test_a_denial_names_the_row_that_decided_it(database, open_nodes, city, findings):
    async with open_nodes(database) as [node], node.doors() as doors:
        await city.settle(node)
        row = PolicyRow(id="freeze", role="editor", relation="any", action="edit", effect="deny").to_rule()
        await node.platform.administration.put_rules(Call(principal="admin"), [row.model_dump(mode="json")])
        for number, way in enumerate(city.ROUTES["resources.update"].doors, 1):
            case = city.cases("x")["resources.update"]
            resource = await city.prepare(node.store, case.state, number)
            with pytest.raises(UcsError) as refusal:
                await city.Hand(node, doors, way, "editor").do("resources.update", case.on(resource))
            findings.tried += 1
            assert refusal.value.reason == "DENIED"
            assert "freeze" not in str(refusal.value.fields)
            async with node.store.read() as reader:
                [entry] = await reader.log(after=reader.head.position - 1, first=1)
            assert (entry.rule, entry.action, entry.reason) == ("freeze", "edit", "DENIED")


async def test_what_the_grpc_door_cannot_read_is_logged_as_well(database, open_nodes, city, findings):
    api, tree = resource_service_pb2, organization_service_pb2
    odd, strange = resource_pb2.NewResource(kind=99), organization_pb2.NewOrganization(level=99)
    requests = [
        ("resources.create", ResourceServiceStub, "Create", api.CreateResourceRequest(resource=odd)),
        ("resources.update", ResourceServiceStub, "Update", api.UpdateResourceRequest(update_mask={"paths": ["x"]})),
        ("resources.import", ResourceServiceStub, "Import", api.ImportResourcesRequest(resources=[{"kind": 99}])),
        (
            "organizations.create",
            OrganizationServiceStub,
            "Create",
            tree.CreateOrganizationRequest(organization=strange),
        ),
        (
            "organizations.import",
            OrganizationServiceStub,
            "Import",
            tree.ImportOrganizationsRequest(organizations=[strange]),
        ),
    ]
    async with open_nodes(database) as [node], node.doors() as doors:
        await city.settle(node)
        for verb, stub, method, request in requests:
            _, position = await state_of(node.store, None)
            for principal in ("editor", "gone"):
                with pytest.raises(UcsError):
                    await doors.rpc(principal, stub, method, request, stream=method == "Import")
                findings.tried += 1
            async with node.store.read() as reader:
                [entry] = await reader.log(after=position, first=9)
            assert (entry.verb, entry.actor, entry.reason) == (verb, "principals/editor", "FIELD_NOT_ONE_OF")
