"""An administrator of an organisation changes nothing beyond it, whatever they try. Each attempt has a lax twin."""

from __future__ import annotations

from contextlib import suppress

import pytest

from ucs_core.access import Action
from ucs_core.platform.administration.delegation import Delegation
from ucs_registry.testing.builders import an_id
from ucs_sdk.errors import Denied, NotFound, UcsError

WELLS, SIGNS = f"resources/{an_id(1)}", f"resources/{an_id(2)}"
GRANT = {"grantee": "principals/outsider", "action": "read", "resource": WELLS}


class Unconfined(Delegation):
    """Asks where a role is held, not how far its rows reach."""

    def _confined(self, held):
        return held.anchor is not None and self.administers(held.anchor)


class AnchorIsEnough(Delegation):
    """Takes whoever administers an organisation to administer all below it."""

    def _covers(self, organization):
        return self.administers(organization)


class AnchorIsForgotten(Delegation):
    """Asks how far the rows of a role reach, not where it is held."""

    def _covers(self, organization):
        return True

    def administers(self, organization):
        return True


class KnowsEverybody(Delegation):
    """Takes in whoever is named."""

    def knows(self, principal):
        return True

    def _rule(self, organization):
        return None


class OneEnd(Delegation):
    """Looks at where a principal comes from, not at where it goes."""

    def require_organization(self, id, path):
        return None


class TrustsItself(Delegation):
    """Lets an administrator see to itself."""

    def _require_other(self, principal):
        pass


class IgnoresRanks(Delegation):
    """Does not ask what else a principal holds."""

    def _require_confined(self, principal, roles):
        pass


class GivesAnything(Delegation):
    """Does not ask whose resource it is, nor whom the grant serves."""

    def require_grant(self, resource, grantee=None):
        return None


def attacks(verbs, call):
    """What the keeper of the water bureau may think of, each with the twin that lets it through."""
    principals, roles, grants = verbs.principals, verbs.roles, verbs.grants
    new = {"id": "puppet", "kind": "person", "title": "P", "organization": "water"}
    return {
        "a role that reaches everywhere": (Unconfined, lambda: roles.assign(call, "clerk", "scout", "water")),
        "a role that reaches upward": (Unconfined, lambda: roles.assign(call, "clerk", "climber", "water")),
        "a role that denies everywhere": (Unconfined, lambda: roles.assign(call, "clerk", "censor", "water")),
        "the platform's own role": (Unconfined, lambda: roles.assign(call, "clerk", "platform_administrator", "water")),
        "a role at the city": (AnchorIsForgotten, lambda: roles.assign(call, "clerk", "editor", "3702")),
        "a role of the city taken away": (
            AnchorIsForgotten,
            lambda: roles.unassign(call, "inspector", "reviewer", "3702"),
        ),
        "a role at no anchor": (IgnoresRanks, lambda: roles.assign(call, "clerk", "scout", None)),
        "somebody elsewhere taken in": (
            KnowsEverybody,
            lambda: principals.update(call, "stranger", {"organization": "water"}),
        ),
        "somebody elsewhere bound": (KnowsEverybody, lambda: principals.bind(call, "stranger", "https://me", "keeper")),
        "somebody of nowhere bound": (
            KnowsEverybody,
            lambda: principals.bind(call, "outsider", "https://me", "keeper"),
        ),
        "somebody elsewhere shut out": (KnowsEverybody, lambda: principals.disable(call, "stranger", "x")),
        "a principal sent elsewhere": (OneEnd, lambda: principals.update(call, "plumber", {"organization": "roads"})),
        "a principal made elsewhere": (OneEnd, lambda: principals.create(call, new | {"organization": "roads"})),
        "a principal freed": (OneEnd, lambda: principals.update(call, "plumber", {"organization": None})),
        "a higher one bound": (IgnoresRanks, lambda: principals.bind(call, "inspector", "https://me", "keeper")),
        "a higher one shut out": (IgnoresRanks, lambda: principals.disable(call, "inspector", "x")),
        "a higher one moved": (IgnoresRanks, lambda: principals.update(call, "inspector", {"organization": "pumps"})),
        "more for oneself": (TrustsItself, lambda: roles.assign(call, "keeper", "reviewer", "water")),
        "less for oneself": (
            TrustsItself,
            lambda: roles.unassign(call, "keeper", "organization_administrator", "water"),
        ),
        "oneself bound": (TrustsItself, lambda: principals.bind(call, "keeper", "https://me", "other")),
        "oneself moved": (TrustsItself, lambda: principals.update(call, "keeper", {"organization": "pumps"})),
        "a grant on what others own": (GivesAnything, lambda: grants.give(call, GRANT | {"resource": SIGNS})),
        "a grant to oneself": (GivesAnything, lambda: grants.give(call, GRANT | {"grantee": "principals/keeper"})),
        "a grant to one's own bureau": (
            GivesAnything,
            lambda: grants.give(call, GRANT | {"grantee": "organizations/water"}),
        ),
        "a grant to the whole province": (
            GivesAnything,
            lambda: grants.give(call, GRANT | {"grantee": "organizations/37"}),
        ),
    }


ATTACKS = list(attacks(type("", (), dict.fromkeys(("principals", "roles", "grants"))), None))


async def prepare(city, make):
    """What the platform's administrators have set up: roles that reach far, and somebody for each step."""
    await city.keep(
        rules=[
            make.policy("scout", "scout", "any", "read"),
            make.policy("climber", "climber", "ancestors", "edit"),
            make.policy("censor", "censor", "any", "read", effect="deny"),
        ],
        principals=[make.person("stranger", "roads")],
    )


@pytest.mark.parametrize("attack", ATTACKS)
async def test_nothing_is_changed_beyond_ones_reach(city, make, harm, state_of, attack):
    await prepare(city, make)
    before = await state_of(city.store)
    _, attempt = attacks(city.platform, city.call("keeper"))[attack]
    refusal = await city.refused(attempt())
    assert isinstance(refusal, Denied | NotFound)
    after = await state_of(city.store)
    assert after.snapshot.version == before.snapshot.version
    assert harm("keeper", before, after) == []
    assert (await city.log())[-1].reason == refusal.reason


@pytest.mark.parametrize("attack", ATTACKS)
async def test_a_lax_delegation_is_found(small, make, harm, state_of, attack):
    await prepare(small, make)
    before = await state_of(small.store)
    twin, _ = attacks(small.platform, None)[attack]
    _, attempt = attacks(make.lax(small, twin), small.call("keeper"))[attack]
    with suppress(UcsError):
        await attempt()
    assert harm("keeper", before, await state_of(small.store)) != []


@pytest.mark.parametrize("attack", ATTACKS)
async def test_whom_the_platform_trusts_may(small, make, attack):
    """Every attempt is something that a platform administrator does on a working day."""
    await prepare(small, make)
    _, attempt = attacks(small.platform, small.call("founder"))[attack]
    await attempt()


async def test_a_role_whose_rows_were_widened_is_out_of_reach_from_then_on(city, make):
    assign = city.platform.roles.assign
    await assign(city.call("keeper"), "clerk", "auditor", "water")
    await city.platform.policies.apply(
        city.call("founder"), [{"id": "wide", "role": "auditor", "relation": "any", "action": "audit"}], []
    )
    with pytest.raises(Denied, match="ROLES_BEYOND"):
        await assign(city.call("keeper"), "plumber", "auditor", "pumps")
    # Whoever holds it stands above by now, and is looked after from there.
    with pytest.raises(Denied, match="ROLES_BEYOND"):
        await city.platform.principals.bind(city.call("keeper"), "clerk", "https://me", "x")


async def test_a_role_that_reaches_down_asks_for_all_that_is_below(small, make, harm, state_of):
    """Somebody may administer an organisation and nothing below it."""
    rows = [
        make.policy("desk", "desk", "own", "administer"),
        make.held("inspector", "desk", "roads"),
        make.policy("greeter", "greeter", "own", "edit"),
    ]
    await small.keep(rules=rows, principals=[make.person("inspector", "3702")])
    await small.platform.roles.assign(small.call("inspector"), "painter", "greeter", "roads")
    before = await state_of(small.store)
    with pytest.raises(Denied, match="ROLES_BEYOND"):
        await small.platform.roles.assign(small.call("inspector"), "painter", "reviewer", "roads")
    await small.platform.roles.unassign(small.call("founder"), "painter", "editor", "roads")
    await small.platform.roles.unassign(small.call("inspector"), "painter", "greeter", "roads")
    lax = make.lax(small, AnchorIsEnough)
    await small.platform.policies.apply(
        small.call("founder"), [{"id": "e", "role": "reacher", "relation": "subtree", "action": "edit"}], []
    )
    before = await state_of(small.store)
    await lax.roles.assign(small.call("inspector"), "painter", "reacher", "roads")
    assert harm("inspector", before, await state_of(small.store)) != []


async def test_nobody_wakes_a_row_that_waits_for_a_principal(city, make, harm, state_of):
    """A row that gives somebody unknown the platform came in past the door; whoever enters that name would wake it."""
    await city.keep(
        rules=[make.held("ghost", "platform_administrator"), make.held("clerk", "editor", "nowhere", id="x")]
    )
    new = {"id": "ghost", "kind": "person", "title": "G", "organization": "water"}
    office = {
        "id": "nowhere",
        "parent": "water",
        "title": {"zh": "甲", "en": "A"},
        "level": "city",
        "kind": "department",
    }
    assert (await city.refused(city.platform.principals.create(city.call("keeper"), new))).reason == "PRINCIPAL_TAKEN"
    refusal = await city.refused(city.platform.organizations.create(city.call("keeper"), office))
    assert refusal.reason == "ORGANIZATION_TAKEN"
    before = await state_of(city.store)
    await city.keep(principals=[make.person("ghost", "water")])
    assert await city.may("ghost", Action.ADMINISTER, None)
    assert harm("keeper", before, await state_of(city.store)) != []


async def test_a_row_that_waited_is_removed_and_the_name_is_free(small, make):
    await small.keep(rules=[make.held("ghost", "platform_administrator", id="haunting")])
    await small.platform.policies.apply(small.call("founder"), [], ["rules/haunting"])
    new = {"id": "ghost", "kind": "person", "title": "G", "organization": "water"}
    await small.platform.principals.create(small.call("keeper"), new)
    assert not await small.may("ghost", Action.ADMINISTER, None)


async def test_a_role_that_denies_is_given_to_nobody_who_stands_above(small, make):
    await small.keep(rules=[make.policy("muzzle", "muzzled", "subtree", "read", effect="deny")])
    await small.platform.roles.assign(small.call("keeper"), "clerk", "muzzled", "water")
    with pytest.raises(Denied, match="ROLES_BEYOND"):
        await small.platform.roles.assign(small.call("keeper"), "inspector", "muzzled", "water")


async def test_an_administrator_of_two_offices_moves_people_between_them(small, make):
    await small.keep(rules=[make.held("keeper", "organization_administrator", "roads", id="second")])
    await small.platform.roles.unassign(small.call("mayor"), "painter", "editor", "roads")
    moved = await small.platform.principals.update(small.call("keeper"), "painter", {"organization": "water"})
    assert moved.organization == "water"


async def test_everybody_ends_the_tokens_of_whom_they_look_after_alone(small):
    await small.platform.principals.revoke_tokens(small.call("keeper"), "clerk")
    with pytest.raises(Denied, match="SELF_ADMINISTRATION"):
        await small.platform.principals.revoke_tokens(small.call("keeper"), "keeper")
    with pytest.raises(Denied, match="SELF_ADMINISTRATION"):
        await small.platform.principals.revoke_tokens(small.call("outsider"), "outsider")
