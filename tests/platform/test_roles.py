"""Roles are given to principals at organisations, and never to roles."""

import orjson
import pytest

from ucs_core.access import Action
from ucs_core.access.policy import assignment_id
from ucs_core.access.ready import ready_policies
from ucs_core.access.titles import READY_TITLES, title_of
from ucs_sdk.errors import Denied, Invalid, NotFound


async def test_a_role_is_given_and_taken_away(city):
    given = await city.platform.roles.assign(
        city.call("keeper"), "principals/plumber", "auditor", "organizations/water"
    )
    assert (given.principal, given.role, given.anchor) == ("plumber", "auditor", "water")
    assert await city.may("plumber", Action.AUDIT, "pumps")
    taken = await city.platform.roles.unassign(city.call("keeper"), "plumber", "auditor", "water")
    assert taken == given
    assert not await city.may("plumber", Action.AUDIT, "pumps")
    first, last = (await city.log())[-2:]
    assert (first.verb, last.verb) == ("roles.assign", "roles.unassign")
    assert first.object == last.object == f"rules/{assignment_id('plumber', 'auditor', 'water')}"
    assert (first.before, first.after) == (last.after, last.before)
    assert first.before is None
    assert orjson.loads(last.body)["rules"]["values"] == ["plumber", "auditor", "water"]


async def test_what_is_held_already_is_not_given_again(city):
    for _ in range(2):
        # The rows that founded the city have ids of their own: it is what they say that counts.
        with pytest.raises(Invalid, match="NOTHING_CHANGED"):
            await city.platform.roles.assign(city.call("keeper"), "clerk", "editor", "water")
    async with city.store.read() as reader:
        assert len(await reader.rules_of("g", ["clerk"])) == 1


async def test_a_role_is_taken_away_however_many_rows_gave_it(city, make):
    await city.keep(
        rules=[make.held("clerk", "editor", "water", id="again"), make.held("clerk", "editor", "pumps", id="below")]
    )
    await city.platform.roles.unassign(city.call("keeper"), "clerk", "editor", "water")
    assert not await city.may("clerk", Action.EDIT, "water")
    entries = [entry.object for entry in await city.log() if entry.verb == "roles.unassign"]
    assert len(entries) == 2


@pytest.mark.parametrize(
    ("principal", "role", "anchor", "reason", "near"),
    [
        ("clerk", "editr", "water", "ROLE_UNKNOWN", ["editor"]),
        ("clerk", "Editor!", "water", "POLICY_ROW_INVALID", None),
        ("clerk", "editor", "watre", "ORGANIZATION_UNKNOWN", ["water"]),
        ("clrek", "editor", "water", "NOT_FOUND", ["clerk"]),
        ("editor", "auditor", "water", "ROLE_NESTED", None),
        ("roles/editor", "auditor", "water", "ROLE_NESTED", None),
        ("member", "auditor", "water", "ROLE_NESTED", None),
        ("clerk", "member", "roads", "ROLE_IMPLICIT", None),
        ("clerk", "public", None, "ROLE_IMPLICIT", None),
        ("clerk", "editor", None, "ANCHOR_MISSING", None),
    ],
)
async def test_what_is_no_assignment_is_refused(small, principal, role, anchor, reason, near):
    refusal = await small.refused(small.platform.roles.assign(small.call("founder"), principal, role, anchor))
    assert refusal.reason == reason
    if near is not None:
        assert refusal.fields["near"][: len(near)] == near
    assert (await small.log())[-1].reason == reason


async def test_a_principal_may_be_called_like_a_role(small):
    new = {"id": "editor", "kind": "person", "title": "An editor", "organization": "water"}
    await small.platform.principals.create(small.call("keeper"), new)
    given = await small.platform.roles.assign(small.call("keeper"), "editor", "auditor", "water")
    assert given.principal == "editor"


async def test_what_is_not_held_cannot_be_taken_away(small):
    refusal = await small.refused(small.platform.roles.unassign(small.call("keeper"), "clerk", "editr", "water"))
    assert isinstance(refusal, NotFound)
    assert refusal.fields["near"] == ["editor"]
    with pytest.raises(NotFound, match="ROLE_NOT_HELD"):
        await small.platform.roles.unassign(small.call("keeper"), "clerk", "editor", "pumps")


async def test_nobody_takes_the_id_of_an_assignment(small, make):
    id = assignment_id("clerk", "auditor", "water")
    put, apply = small.platform.administration.put_rules, small.platform.policies.apply
    for row in (make.held("painter", "auditor", "roads", id=id), make.policy(id, "editor", "own", "read")):
        with pytest.raises(Invalid, match="POLICY_ROW_INVALID"):
            await put(small.call("founder"), [row.model_dump(mode="json")])
    with pytest.raises(Invalid, match="POLICY_ROW_INVALID"):
        await apply(small.call("founder"), [{"id": id, "role": "editor", "relation": "own", "action": "read"}], [])
    await put(small.call("founder"), [make.held("clerk", "auditor", "water", id=id).model_dump(mode="json")])
    with pytest.raises(Invalid, match="NOTHING_CHANGED"):
        await small.platform.roles.assign(small.call("keeper"), "clerk", "auditor", "water")


async def test_who_administers_nothing_learns_nothing(small):
    for who in ("outsider", "clerk"):
        with pytest.raises(NotFound):
            await small.platform.roles.assign(small.call(who), "plumber", "editor", "water")
        with pytest.raises(Denied):
            await small.platform.roles.assign(small.call(who), who, "organization_administrator", "water")


def test_every_ready_role_has_a_title():
    assert READY_TITLES.keys() == {row.role for row in ready_policies()}
    assert all(title.en.strip() and not title.zh.isascii() for title in READY_TITLES.values())
    assert title_of("tide_watcher").zh == "tide_watcher"
