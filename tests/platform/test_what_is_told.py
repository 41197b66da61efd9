"""What answers about access and the log tell to somebody who may know of a part of it only."""

import pytest

from ucs_core.access import Action, PolicyRow
from ucs_core.access.edits import AccessEdits
from ucs_core.access.what_if import Expectation
from ucs_registry.testing.builders import a_resource, a_revision
from ucs_sdk.errors import NotFound
from ucs_sdk.vocabulary import Availability, ShareType

SHOWN, HIDDEN = f"resources/{1:026}", f"resources/{7:026}"


@pytest.fixture
async def halved(city, make):
    """A city with a resource that only its owner's side may discover, and two who audit without discovering."""
    head = a_revision(1, title_en="Hidden", share_type=ShareType.NONE, denial_basis="law")
    hidden = a_resource(7, owner="water", head=head, availability=Availability.ONLINE)
    rules = [
        make.policy("blind.part", "part_auditor", "subtree", "audit"),
        make.policy("blind.whole", "whole_auditor", "any", "audit"),
        make.held("painter", "part_auditor", "water"),
        make.held("outsider", "whole_auditor"),
    ]
    await city.keep(resources=[hidden], rules=rules)
    return city


async def given(city, action="read", resource=HIDDEN):
    return await city.platform.grants.give(
        city.call("mayor"), {"grantee": "principals/plumber", "action": action, "resource": resource}
    )


async def audited(city, who):
    async with city.platform.session(who) as session:
        return {entry.verb for entry in await session.audit.entries(after=0, first=100)}


async def test_an_auditor_is_not_told_of_grants_on_what_it_may_not_discover(halved):
    grant = await given(halved)
    await halved.refused(halved.platform.grants.revoke(halved.call("mayor"), grant.id, ""))
    assert {"grants.give", "grants.revoke"} <= await audited(halved, "mayor")
    assert await audited(halved, "painter") == set()
    async with halved.store.read() as reader:
        position = reader.head.position
    await halved.platform.log.compact(halved.call("founder"), position)
    assert {"grants.give", "grants.revoke"} <= await audited(halved, "mayor")
    assert await audited(halved, "painter") == set()


async def test_a_grant_that_one_may_not_know_of_is_not_there_to_be_revoked(halved):
    grant = await given(halved, resource=SHOWN)
    async with halved.platform.session("clerk") as session:
        assert (await session.resource(SHOWN)).name == SHOWN
        with pytest.raises(NotFound):
            await session.directory.grant(grant.name)
    refusal = await halved.refused(halved.platform.grants.revoke(halved.call("clerk"), grant.id, "x"))
    assert (refusal.reason, refusal.fields["object"]) == ("NOT_FOUND", grant.name)
    # Whom it serves and who audits the resource know of it, and are told why not.
    for who in ("plumber", "painter"):
        refusal = await halved.refused(halved.platform.grants.revoke(halved.call(who), grant.id, "x"))
        assert refusal.reason == "DENIED"


async def test_what_edits_would_change_names_nothing_that_the_asker_may_not_discover(halved):
    edits = AccessEdits(put=(PolicyRow(id="x", role="public", relation="any", action="retire"),))
    expected = Expectation(principal="keeper", action=Action.READ, resource=HIDDEN, allowed=True)
    await given(halved, "retire")
    named = {}
    for who in ("founder", "outsider"):
        async with halved.platform.session(who) as session:
            found = await session.access.what_if(edits, samples=10)
            named[who] = {name for line in found.lines for name in line.resources_gained}
            if who == "founder":
                assert (await session.access.test(edits, [expected]))[0].passed
                continue
            with pytest.raises(NotFound):
                await session.access.test(edits, [expected])
    assert HIDDEN in named["founder"]
    assert named["outsider"] == set()


async def test_why_does_not_tell_what_somebody_is_elsewhere(city, make):
    await city.keep(
        rules=[make.held("painter", "editor", "signs", id="second"), make.held("painter", "operator", "water")]
    )

    async def roles(who):
        async with city.platform.session(who) as session:
            found = await session.why(Action.READ, SHOWN, "painter")
            return {(role, anchor) for role, anchor in found.roles}

    whole = {("public", None), ("member", "roads"), ("editor", "roads"), ("editor", "signs"), ("operator", "water")}
    assert await roles("keeper") == {("public", None), ("member", "roads"), ("operator", "water")}
    assert await roles("mayor") == await roles("founder") == whole
    async with city.platform.session("painter") as session:
        assert set((await session.why(Action.DISCOVER, SHOWN)).roles) == whole
