"""Promise 7 over time: work on the next revision shows nowhere, and what is taken away is gone with the next question."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

from ucs.registry.v1 import resource_service_pb2 as api
from ucs.registry.v1.resource_service_pb2_grpc import ResourceServiceStub
from ucs_core.access.authority import Authority
from ucs_core.access.policy import PolicyRow
from ucs_core.platform import Call
from ucs_registry.queries import Dimension, Order, ResourceQuery
from ucs_registry.testing import NOW, a_grant
from ucs_sdk.errors import UcsError

ORDERS = tuple(order for order in Order if order is not Order.SUBMITTED)
"""Those of all lists: the order of submission is that of a reviewer's queue alone."""

STRANGERS = ("roads", "outsider")
SECRET = "secretword"
LISTED = (
    "query($order: ResourceOrder!, $search: String) { resources(first: 9, orderBy: $order, search: $search) { totalCount "
    "facets(by: [kind]) { values { value count } } edges { cursor node { "
    "id etag revision updatedAt createdAt tags spec contact readable "
    "title { zh en } summary { zh en } head { number } dependencies { resource { id } } dependants { resource { id } } } } } }"
)


async def portrait(node: Any, doors: Any, principal: str) -> list[str]:
    """All that a principal is told of the catalogue, in every order, by the platform and both doors."""
    told = []
    async with node.platform.session(principal) as session:
        for order in ORDERS:
            page = await session.resources(ResourceQuery(), order=order, first=50)
            told += [view.model_dump_json() for view in page.items] + page.cursors
        told.append(str(await session.facets(ResourceQuery(), [Dimension.KIND])))
        told.append(str(await session.count(ResourceQuery(search=SECRET))))
        told.append(str(await session.count(ResourceQuery(tag=SECRET))))
    for order in ORDERS:
        request = api.ListResourcesRequest(page_size=50, order_by=f"RESOURCE_ORDER_{order.name}", include_counts=True)
        answer = await doors.rpc(principal, ResourceServiceStub, "List", request)
        answer.ClearField("position")
        told.append(str(answer))
        told.append(str(await doors.graphql(principal, LISTED, {"order": order.value})))
    return told


async def prepared(node: Any, city: Any) -> list[Any]:
    """Resources that everybody in a department sees, and one of them after another depends on the first."""
    await city.settle(node)
    return [await city.prepare(node.store, "online", number) for number in range(1, 5)]


async def work_on(node: Any, names: Sequence[str]) -> None:
    """Lead the next revision of each through everything that stops short of approval."""
    verbs = node.platform.resources
    for name in names:
        content = {
            "title": {"zh": "秘密", "en": SECRET},
            "summary": {"zh": "秘密", "en": SECRET},
            "tags": [SECRET],
            "dependencies": [{"target": other, "relation": "reads"} for other in names if other > name],
        }
        view = await verbs.update(Call(principal="editor"), name, content, await _etag(node, name))
        await verbs.submit(Call(principal="editor"), name)
        await verbs.withdraw(Call(principal="editor"), name)
        view = await verbs.submit(Call(principal="editor"), name)
        await verbs.reject(Call(principal="reviewer"), name, SECRET, view.etag)
        await verbs.update(Call(principal="editor"), name, {"contact": SECRET}, await _etag(node, name))


async def _etag(node: Any, name: str) -> str | None:
    async with node.platform.session("editor") as session:
        etag: str | None = (await session.resource(name)).etag
        return etag


async def betrayals(node: Any, doors: Any, city: Any, findings: Any) -> list[str]:
    """What strangers can tell from work that was not approved."""
    names = [resource.name for resource in await prepared(node, city)]
    before = {stranger: await portrait(node, doors, stranger) for stranger in STRANGERS}
    await work_on(node, names)
    found = []
    for stranger, told in before.items():
        now = await portrait(node, doors, stranger)
        findings.tried += len(now)
        found += [f"{stranger} saw {new} become of {old}" for old, new in zip(told, now, strict=True) if old != new]
        found += [f"{stranger} was told the secret in {text}" for text in now if SECRET in text]
    return found


async def test_work_on_the_next_revision_shows_nowhere(database, open_nodes, city, findings):
    async with open_nodes(database) as [node], node.doors() as doors:
        findings.expect_none(await betrayals(node, doors, city, findings))
        # What is approved is seen at once, so that the portraits are known to show what there is.
        before = await portrait(node, doors, "roads")
        async with node.store.read() as reader:
            [resource, *_] = (await reader.resources(f"{number:026d}" for number in range(1, 5))).values()
        view = await node.platform.resources.submit(Call(principal="editor"), resource.name)
        await node.platform.resources.approve(Call(principal="reviewer"), resource.name, view.etag)
        assert await portrait(node, doors, "roads") != before


class MovesWithEveryWrite:
    """A twin: a store that takes every write for a change of what is shown."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @asynccontextmanager
    async def write(self) -> Any:
        async with self._store.write() as unit:
            yield _Moving(unit)


class _Moving:
    def __init__(self, unit: Any) -> None:
        self._unit = unit

    def __getattr__(self, name: str) -> Any:
        return getattr(self._unit, name)

    async def save(self, resources: Sequence[Any]) -> None:
        moved = [item.model_copy(update={"updated_at": NOW + timedelta(days=item.version)}) for item in resources]
        await self._unit.save(moved)


async def test_a_store_that_moves_with_every_write_is_found(database, open_nodes, city, findings):
    async with open_nodes(database, wrap=MovesWithEveryWrite) as [node], node.doors() as doors:
        findings.expect_caught("moves with every write", await betrayals(node, doors, city, findings))


def _row(id: str, effect: str) -> dict[str, Any]:
    row = PolicyRow(id=id, role="member", relation="any", action="discover", effect=effect)
    return row.to_rule().model_dump(mode="json")


def _roads(**changes: Any) -> dict[str, Any]:
    return {"id": "roads", "kind": "person", "title": "roads", "organization": "qingdao-roads", **changes}


async def _end_grant(node: Any, ended: bool) -> None:
    grant = a_grant(4, grantee="principals/outsider", valid_until=NOW if ended else None)
    async with node.store.write() as unit:
        await unit.put_grants([grant])
        await unit.commit()


def revocations(node: Any) -> list[tuple[str, str, Callable[[], Any], Callable[[], Any]]]:
    """Ways of taking something away: what it is called, from whom, how, and how to give it back."""
    rules, people = node.platform.administration.put_rules, node.platform.administration.put_principals
    call = Call(principal="admin")
    needing = PolicyRow(id="with-grant", role="public", relation="any", grant="required", action="discover")
    return [
        ("a deny row", "roads", lambda: rules(call, [_row("x", "deny")]), lambda: rules(call, [_row("x", "allow")])),
        (
            "a disabled principal",
            "roads",
            lambda: people(call, [_roads(disabled=True)]),
            lambda: people(call, [_roads()]),
        ),
        (
            "a principal without an organisation",
            "roads",
            lambda: people(call, [_roads(organization=None)]),
            lambda: people(call, [_roads()]),
        ),
        ("a grant that ended", "outsider", lambda: _end_grant(node, True), lambda: _end_grant(node, False)),
        (
            "a grant that no row asks for any more",
            "outsider",
            lambda: rules(call, [{**needing.to_rule().model_dump(mode="json"), "values": _unneeded(needing)}]),
            lambda: rules(call, [needing.to_rule().model_dump(mode="json")]),
        ),
    ]


def _unneeded(row: PolicyRow) -> list[str]:
    return ["nobody", *row.to_rule().values[1:]]


async def still_open(node: Any, doors: Any, principal: str, name: str) -> list[str]:
    """The ways by which a principal still reaches a resource."""
    listed = "query { resources { totalCount nodes { id } } }"

    async def platform() -> bool:
        async with node.platform.session(principal) as session:
            found = await session.resources_by_name([name])
            page = await session.resources(ResourceQuery())
            return bool(found) or name in [view.name for view in page.items]

    async def grpc() -> bool:
        answer = await doors.rpc(principal, ResourceServiceStub, "List", api.ListResourcesRequest(include_counts=True))
        return name in [item.name for item in answer.resources]

    async def graphql() -> bool:
        answer = await doors.graphql(principal, listed)
        return name in [item["id"] for item in answer["resources"]["nodes"]]

    async def writing() -> bool:
        try:
            await node.platform.resources.submit(Call(principal=principal, validate_only=True), name)
        except UcsError as refusal:
            return refusal.reason not in ("NOT_FOUND", "PRINCIPAL_UNKNOWN")
        return True

    ways = {"platform": platform, "grpc": grpc, "graphql": graphql, "writing": writing}
    return [way for way, attempt in ways.items() if await _passes(attempt)]


async def _passes(attempt: Callable[[], Any]) -> bool:
    try:
        passed: bool = await attempt()
    except UcsError:
        return False
    return passed


async def left_open(nodes: Sequence[Any], city: Any, findings: Any) -> list[str]:
    """Take things away on one node, and tell what is still reached on any."""
    resources = await prepared(nodes[0], city)
    name, found = resources[3].name, []
    async with AsyncExitStack() as stack:
        doors = [await stack.enter_async_context(node.doors()) for node in nodes]
        for turn, (what, principal, revoke, give) in enumerate(revocations(nodes[0])):
            await give()
            if turn >= 3:
                await revocations(nodes[0])[4][3]()
                await _end_grant(nodes[0], False)
            before = [await still_open(node, door, principal, name) for node, door in zip(nodes, doors, strict=True)]
            await revoke()
            findings.faults += 1
            after = await asyncio.gather(
                *(still_open(node, door, principal, name) for node, door in zip(nodes, doors, strict=True))
            )
            findings.tried += 8
            found += [f"{what}: {principal} did not get in before: {ways}" for ways in before if len(ways) < 4]
            found += [
                f"{what}: {principal} still gets in by {ways} at node {at}" for at, ways in enumerate(after) if ways
            ]
            await give()
    return found


async def test_what_is_taken_away_is_gone_with_the_next_question(database, open_nodes, city, findings):
    async with open_nodes(database, 2) as nodes:
        findings.expect_none(await left_open(nodes, city, findings))


class FirstAnswerForEver(Authority):
    """The twin: it compiles once, and does not look at where the store stands."""

    async def at(self, reader: Any) -> Any:
        if not hasattr(self, "_first") or self._first.root is None:
            self._first = await super().at(reader)
        return self._first


async def test_an_authority_that_does_not_look_again_is_found(database, open_nodes, city, findings):
    def build(store: Any, verifier: Any) -> Any:
        return city.compose(store, verifier, authority=FirstAnswerForEver)

    async with open_nodes(database, 2) as [first, *_], open_nodes(database, 1, build) as [second]:
        found = [entry for entry in await left_open([first, second], city, findings) if "still" in entry]
        findings.expect_caught("first answer for ever", found)
