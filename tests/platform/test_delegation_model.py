"""Random administrators make random edits in random worlds: nothing changes beyond what they administer.

After each edit that was accepted, the whole of access is compiled anew and compared with what it was: over all principals,
actions and owners outside, what resources may be reached, who is who, and who holds a grant.
"""

from __future__ import annotations

from contextlib import suppress
from random import Random

import pytest

from ucs_core.access import Action, TokenVerifier
from ucs_core.platform import Call, build_platform
from ucs_core.platform.administration.delegation import Delegation
from ucs_core.platform.administration.grants import GrantVerbs
from ucs_core.platform.administration.principals import PrincipalVerbs
from ucs_core.platform.administration.roles import RoleVerbs
from ucs_registry.memory import InMemoryStore
from ucs_registry.organizations import Bilingual, NewOrganization
from ucs_registry.testing.builders import an_id
from ucs_sdk.errors import UcsError
from ucs_sdk.vocabulary import OrganizationKind, OrganizationLevel

WORLDS, EDITS = 200, 14
ROLES = ("r1", "r2", "r3", "r4")
PEOPLE = tuple(f"p{number}" for number in range(7))
ORGANIZATIONS = tuple(f"o{number}" for number in range(7))


def random_rules(chance, make):
    rows = [make.policy("top", "top", "any", "*"), make.policy("sees", "member", "any", "discover")]
    for number in range(9):
        conditions = chance.choice([{}, {}, {"kind": "data"}, {"state": "online"}])
        rows.append(
            make.policy(
                f"row{number}",
                chance.choice([*ROLES, *ROLES, "member"]),
                chance.choice(["own", "subtree", "subtree", "ancestors", "any"] if number > 4 else ["own", "subtree"]),
                chance.choice(["read", "edit", "administer", "administer", "discover"]),
                effect="deny" if chance.random() < 0.15 else "allow",
                grant="none_needed",
                **conditions,
            )
        )
    # Somebody administers something in most worlds.
    rows.append(make.policy("keeps", "r1", chance.choice(["own", "subtree"]), "administer"))
    for number in range(11):
        anchor = chance.choice([*ORGANIZATIONS, *ORGANIZATIONS, None])
        rows.append(make.held(chance.choice(PEOPLE), chance.choice(ROLES), anchor, id=f"g{number}"))
    rows.append(make.held("p0", "r1", chance.choice(ORGANIZATIONS[1:]), id="keeper"))
    return [*rows, make.held("top", "top")]


async def random_world(chance, make):
    store = InMemoryStore()
    parents = {id: chance.choice(ORGANIZATIONS[:at]) if at else None for at, id in enumerate(ORGANIZATIONS)}
    people = [
        make.person(id, chance.choice([*ORGANIZATIONS, None]), disabled=id != "p0" and chance.random() < 0.15)
        for id in PEOPLE
    ]
    async with store.write() as unit:
        await unit.add_organizations(
            [
                NewOrganization(
                    id=id,
                    parent=parent,
                    title=Bilingual(zh=id, en=id),
                    level=OrganizationLevel.CITY,
                    kind=OrganizationKind.DEPARTMENT,
                )
                for id, parent in parents.items()
            ]
        )
        await unit.put_principals([*people, make.person("top", None)])
        await unit.put_rules(random_rules(chance, make))
        await unit.save([make.resource(number, owner) for number, owner in enumerate(ORGANIZATIONS, start=1)])
        await unit.commit()
    return store


def random_edit(chance, verbs, call):
    who, role = chance.choice(PEOPLE), chance.choice(ROLES)
    place, mark = chance.choice([*ORGANIZATIONS, None]), chance.randrange(1_000)
    new = {"id": f"n{mark}", "kind": "person", "title": "N", "organization": place}
    resource = f"resources/{an_id(chance.randrange(1, 8))}"
    grantee = chance.choice([f"principals/{who}", f"organizations/{chance.choice(ORGANIZATIONS)}"])
    edits = (
        lambda: verbs.principals.create(call, new),
        lambda: verbs.principals.update(call, who, {"organization": place}),
        lambda: verbs.principals.disable(call, who, "x"),
        lambda: verbs.principals.enable(call, who),
        lambda: verbs.principals.bind(call, who, "https://id.example", f"s{mark % 5}"),
        lambda: verbs.principals.unbind(call, who),
        lambda: verbs.roles.assign(call, who, role, place),
        lambda: verbs.roles.assign(call, who, role, place),
        lambda: verbs.roles.assign(call, who, role, place),
        lambda: verbs.roles.unassign(call, who, role, place),
        lambda: verbs.grants.give(call, {"grantee": grantee, "action": "read", "resource": resource}),
    )
    return chance.choice(edits)()


def delegated(state):
    """Those who administer something, and not the platform itself."""
    snapshot, found = state.snapshot, []
    for id, principal in snapshot.edition.principals.items():
        if principal.disabled:
            continue
        profile = snapshot.profile(id)
        places = [None, *snapshot.edition.tree.ids]
        kept = [snapshot.decide_organization(profile, Action.ADMINISTER, place).allowed for place in places]
        if any(kept) and not kept[0]:
            found.append(id)
    return found


async def all_harm(seeds, make, harm, state_of, delegation):
    """What random administrators did beyond their reach, and how many edits were accepted."""
    found, accepted = [], 0
    for seed in seeds:
        chance = Random(f"delegation.{seed}")
        store = await random_world(chance, make)
        pipeline = build_platform(store, TokenVerifier({}), origin="here").pipeline

        class Verbs:
            principals = PrincipalVerbs(pipeline, delegation=delegation)
            roles = RoleVerbs(pipeline, delegation=delegation)
            grants = GrantVerbs(pipeline, delegation=delegation)

        before = await state_of(store)
        for turn in range(EDITS):
            actors = delegated(before)
            if not actors:
                break
            actor = chance.choice(actors)
            edit = random_edit(chance, Verbs, Call(principal=actor))
            with suppress(UcsError):
                await edit
                accepted += 1
                after = await state_of(store)
                found += [f"world {seed}, edit {turn}, {actor}: {text}" for text in harm(actor, before, after)]
                before = after
        await store.close()
    return found, accepted


async def test_random_edits_change_nothing_beyond_ones_reach(make, harm, state_of):
    found, accepted = await all_harm(range(WORLDS), make, harm, state_of, Delegation)
    assert found == []
    assert accepted > WORLDS // 2, f"only {accepted} edits were accepted: that proves nothing"


class Unconfined(Delegation):
    """Does not ask how far a role reaches."""

    def _require_confined(self, principal, roles):
        pass


class AnchorIsEnough(Delegation):
    """Takes whoever administers an organisation to administer all below it."""

    def _covers(self, organization):
        return self.administers(organization)


class AnyRelation(Delegation):
    """Asks for all below an anchor, and not whether rows reach beyond it."""

    def _confined(self, held):
        return held.anchor is not None and self._covers(held.anchor)


class KnowsEverybody(Delegation):
    """Takes in whoever is named."""

    def knows(self, principal):
        return True

    def _rule(self, organization):
        return None


class TrustsItself(Delegation):
    """Lets an administrator see to itself."""

    def _require_other(self, principal):
        pass


class OneEnd(Delegation):
    """Looks at where a principal comes from, not at where it goes."""

    def require_organization(self, id, path):
        return None


class GivesToItself(Delegation):
    """Does not ask whom a grant serves."""

    def require_grant(self, resource, grantee=None):
        return super().require_grant(resource)


@pytest.mark.parametrize(
    "twin", [Unconfined, AnchorIsEnough, AnyRelation, KnowsEverybody, TrustsItself, OneEnd, GivesToItself]
)
async def test_a_lax_delegation_is_found(make, harm, state_of, twin):
    found, _ = await all_harm(range(40), make, harm, state_of, twin)
    assert found
