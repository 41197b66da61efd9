"""Promise 7 for remembered answers: repeating a call tells no more than the caller may still see."""

from __future__ import annotations

import dataclasses

import pytest

from ucs_core.access.policy import PolicyRow, RoleAssignment
from ucs_core.platform import Call
from ucs_core.platform.pipeline import Pipeline
from ucs_sdk.errors import NotFound

SECRET = "contactsecret"


class SaysItAllAgain(Pipeline):
    """The twin: it gives the remembered answer without looking who asks now."""

    async def run(self, call, mutation):
        return await super().run(call, dataclasses.replace(mutation, again=None))


async def _created(node, city):
    await city.settle(node)
    new = city.resource("R/1", contact=SECRET)
    call = Call(principal="editor", request_id="once")

    async def create():
        return await node.platform.resources.create(call, new)

    return create, await create()


async def _revoke(node, role, rows):
    held = RoleAssignment(id="editor.role", principal="editor", role=role, anchor="qingdao-water").to_rule()
    rules = [held, *(row.to_rule() for row in rows)]
    call = Call(principal="admin")
    await node.platform.administration.put_rules(call, [rule.model_dump(mode="json") for rule in rules])


BLIND = [
    PolicyRow(id="blind-member", role="member", relation="any", action="read", effect="deny"),
    PolicyRow(id="card-reader", role="reader", relation="subtree", action="discover"),
]
GONE = [PolicyRow(id="gone-member", role="member", relation="any", action="discover", effect="deny"), *BLIND]


async def test_a_repeated_call_tells_what_may_still_be_seen(database, open_nodes, city, findings):
    async with open_nodes(database, 1) as [node]:
        create, first = await _created(node, city)
        assert (await create(), first.content.contact) == (first, SECRET)
        await _revoke(node, "reader", BLIND)
        again = await create()
        findings.tried += 2
        assert SECRET not in again.model_dump_json()
        assert (again.id, again.readable, again.content.spec, again.head, again.etag) == (
            first.id,
            False,
            {},
            None,
            None,
        )
        await _revoke(node, "reader", GONE)
        findings.faults += 2
        with pytest.raises(NotFound):
            await create()


async def test_a_pipeline_that_says_it_all_again_is_found(database, open_nodes, city, findings):
    def build(store, verifier):
        return city.compose(store, verifier, pipeline=SaysItAllAgain)

    async with open_nodes(database, 1, build) as [node]:
        create, _ = await _created(node, city)
        await _revoke(node, "reader", GONE)
        findings.tried += 1
        assert SECRET in (await create()).model_dump_json()
