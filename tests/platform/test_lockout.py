"""No edit leaves the platform without an administrator, and none is refused for fear of it alone."""

from random import Random

import pytest

from ucs_core.access import Action, PolicyRow, RoleAssignment, compile_snapshot
from ucs_core.access.edits import AccessEdits
from ucs_core.platform.administration.entering import AdministrationVerbs
from ucs_core.platform.administration.lockout import Lockout, administrators
from ucs_core.platform.administration.policies import PolicyVerbs
from ucs_core.platform.administration.principals import PrincipalVerbs
from ucs_core.platform.administration.roles import RoleVerbs
from ucs_sdk.errors import FailedPrecondition

EVERYTHING = "ready.platform-administrator.everything"
DENIAL = {"role": "public", "relation": "any", "action": "administer", "effect": "deny"}


def ways_out(verbs, call):
    """Each way in which the founder, alone, could shut everybody out."""
    founder = {"id": "founder", "kind": "person", "title": "F", "organization": "37"}
    poorer = ("platform_administrator", "subtree", *("*",) * 6, "none_needed", "*", "allow")
    return {
        "disabling oneself": lambda: verbs.principals.disable(call, "founder", "x"),
        "giving up one's role": lambda: verbs.roles.unassign(call, "founder", "platform_administrator", None),
        "removing the row": lambda: verbs.policies.apply(call, [], [EVERYTHING]),
        "narrowing the row": lambda: verbs.policies.apply(
            call, [{"id": EVERYTHING, "role": "platform_administrator", "relation": "subtree", "action": "*"}], []
        ),
        "denying everybody": lambda: verbs.policies.apply(call, [DENIAL | {"id": "no"}], []),
        "denying every action": lambda: verbs.policies.apply(call, [DENIAL | {"id": "no", "action": "*"}], []),
        "putting oneself disabled": lambda: verbs.administration.put_principals(call, [founder | {"disabled": True}]),
        "putting the row narrower": lambda: verbs.administration.put_rules(
            call, [{"id": EVERYTHING, "section": "p", "values": poorer}]
        ),
        "putting another in one's place": lambda: verbs.administration.put_rules(
            call, [{"id": "founder.founder", "section": "g", "values": ["clerk", "editor", "water"]}]
        ),
    }


WAYS = list(ways_out(None, None))


@pytest.mark.parametrize("way", WAYS)
async def test_the_last_administrator_stays(city, way):
    before = await city.snapshot()
    attempt = ways_out(city.platform, city.call("founder"))[way]
    with pytest.raises(FailedPrecondition, match="LAST_ADMINISTRATOR"):
        await attempt()
    assert await city.may("founder", Action.ADMINISTER, None)
    assert (await city.snapshot()).version == before.version
    assert (await city.log())[-1].reason == "LAST_ADMINISTRATOR"


@pytest.mark.parametrize("way", [way for way in WAYS if "everybody" not in way and "every action" not in way])
async def test_whoever_is_not_the_last_may_go(small, make, way):
    """A second administrator by another role and another row stands in for the first."""
    rows = [make.policy("second", "warden", "any", "administer"), make.held("mayor", "warden", "roads")]
    await small.keep(rules=rows)
    await ways_out(small.platform, small.call("founder"))[way]()
    assert not await small.may_at_all("founder")
    assert await small.may("mayor", Action.ADMINISTER, None)


class NeverLocked(Lockout):
    """A twin: trusts whoever administers the platform to know what they do."""

    async def guard(self, session, edits, standing):
        pass


@pytest.mark.parametrize("way", WAYS)
async def test_a_platform_without_the_rule_is_shut(small, way):
    class Lax:
        administration = AdministrationVerbs(small.platform.pipeline, lockout=NeverLocked())
        principals = PrincipalVerbs(small.platform.pipeline, lockout=NeverLocked())
        roles = RoleVerbs(small.platform.pipeline, lockout=NeverLocked())
        policies = PolicyVerbs(small.platform.pipeline, lockout=NeverLocked())

    await ways_out(Lax, small.call("founder"))[way]()
    assert next(administrators((await small.snapshot()).edition), None) is None


async def test_where_nobody_administers_anything_nothing_can_be_taken_away(small, make):
    await small.keep(principals=[make.person("founder", "37", disabled=True)])
    await small.platform.principals.disable(small.call("keeper"), "clerk", "x")
    assert (await small.principal("clerk")).disabled


async def test_a_disabled_second_administrator_does_not_count(small, make):
    await small.keep(
        principals=[make.person("spare", "37", disabled=True)],
        rules=[make.held("spare", "platform_administrator")],
    )
    with pytest.raises(FailedPrecondition):
        await small.platform.principals.disable(small.call("founder"), "founder", "x")
    await small.platform.principals.enable(small.call("founder"), "spare")
    await small.platform.principals.disable(small.call("founder"), "founder", "x")


ROLES = ("boss", "clerk", "member", "public")
CONDITIONS = ({}, {}, {}, {"kind": "data"}, {"state": "online"})


def random_row(chance, id):
    effect = chance.choice(["allow", "allow", "deny"])
    return PolicyRow(
        id=id,
        role=chance.choice(ROLES),
        relation=chance.choice(["any", "any", "own", "subtree"]),
        action=chance.choice(["administer", "*", "read"]),
        effect=effect,
        **chance.choice(CONDITIONS),
    )


def random_state(chance, make):
    tree = ["37", "a", "b"]
    people = [
        make.person(f"p{number}", chance.choice([*tree, None]), disabled=chance.random() < 0.3) for number in range(4)
    ]
    rules = [random_row(chance, f"r{number}").to_rule() for number in range(chance.randrange(1, 5))]
    rules += [
        make.held(f"p{chance.randrange(4)}", chance.choice(ROLES[:2]), chance.choice([*tree, None]), id=f"g{number}")
        for number in range(chance.randrange(1, 5))
    ]
    # A row that cannot be read in full, and counts as a wider denial.
    if chance.random() < 0.2:
        wide = ("boss", "any", "nonsense", *("*",) * 5, "none_needed", "administer", "deny")
        rules.append(rules[0].model_copy(update={"id": "poison", "section": "p", "values": wide}))
    return people, rules


def random_edits(chance, make, people, rules):
    policies = [rule.id for rule in rules if rule.section == "p"]
    given = [RoleAssignment.from_rule(rule) for rule in rules if rule.section == "g"]
    who = chance.choice(people)
    held = RoleAssignment(
        id="new", principal=who.id, role=chance.choice(ROLES[:2]), anchor=chance.choice(["37", "a", None])
    )
    edits = (
        lambda: AccessEdits(principals=(who.model_copy(update={"disabled": not who.disabled}),)),
        lambda: AccessEdits(principals=(who.model_copy(update={"organization": chance.choice(["a", "b", None])}),)),
        lambda: AccessEdits(principals=(who.model_copy(update={"title": "renamed"}),)),
        lambda: AccessEdits(principals=(make.person("p9", "a"),)),
        lambda: AccessEdits(put=(random_row(chance, chance.choice([*policies, "r9"])),)),
        lambda: AccessEdits(remove=(chance.choice([*policies, "r9"]),)),
        lambda: AccessEdits(put=(random_row(chance, "r8"),), remove=(chance.choice([*policies, "r9"]),)),
        lambda: AccessEdits(assign=(held,)),
        lambda: AccessEdits(unassign=(chance.choice([*given, held]),)),
    )
    return chance.choice(edits)()


def standing_of(edits, rules):
    ids = {row.id for row in (*edits.put, *edits.assign)} | set(edits.remove)
    taken = {(row.principal, row.role, row.anchor or "") for row in edits.unassign}
    return [rule for rule in rules if rule.id in ids or (rule.section == "g" and rule.values in taken)]


def shut_out(seeds, make, lockout):
    """The seeds of edits that were let pass quickly although nobody is left, and how many passed quickly."""
    wrong, quick, told = [], 0, 0
    organizations = make.organizations(None, "37", "a", "b")
    for seed in seeds:
        chance = Random(seed)
        people, rules = random_state(chance, make)
        before = compile_snapshot(version=1, organizations=organizations, principals=people, rules=rules)
        edits = random_edits(chance, make, people, rules)
        after = compile_snapshot(
            version=2,
            organizations=organizations,
            principals=edits.principals_after(people),
            rules=edits.rules_after(rules),
        )
        # What the walk over all principals says must be what each of them is told.
        for snapshot in (before, after):
            named = {item.id for item in administrators(snapshot.edition)}
            assert named == {
                id
                for id, item in snapshot.edition.principals.items()
                if not item.disabled
                and snapshot.decide_organization(snapshot.profile(id), Action.ADMINISTER, None).allowed
            }
        left = next(administrators(after.edition), None) is not None
        spared = lockout.spares(before.edition, edits, standing_of(edits, rules))
        quick += spared
        told += not left
        if spared and not left:
            wrong.append(seed)
    assert quick > len(seeds) // 10, "hardly anything passed quickly: that proves nothing"
    assert told > len(seeds) // 10, "hardly anything shut anybody out: that proves nothing"
    return wrong


def test_what_passes_quickly_leaves_an_administrator(make):
    assert shut_out(range(1_500), make, Lockout()) == []


class LooksAtPeopleOnly(Lockout):
    """A twin: forgets that rows decide, too."""

    def spares(self, edition, edits, standing):
        people = [rule for rule in standing if rule.section == "g"]
        return super().spares(edition, AccessEdits(principals=edits.principals, unassign=edits.unassign), people)


class LooksAtNewRowsOnly(Lockout):
    """A twin: forgets what the edits replace and take away."""

    def spares(self, edition, edits, standing):
        return super().spares(edition, edits, ())


class LooksAtRowsOnly(Lockout):
    """A twin: forgets that principals are disabled and moved."""

    def spares(self, edition, edits, standing):
        return super().spares(edition, AccessEdits(put=edits.put, assign=edits.assign), standing)


@pytest.mark.parametrize("twin", [LooksAtPeopleOnly, LooksAtNewRowsOnly, LooksAtRowsOnly])
def test_a_hasty_check_is_found(make, twin):
    assert shut_out(range(600), make, twin())
