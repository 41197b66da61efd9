"""What edits would make of access is the same, whether only what they touch is read again or everything."""

from itertools import product
from random import Random

import pytest

from ucs_core.access import PolicyRow, RoleAssignment, compile_snapshot, ready_rules
from ucs_core.access.edits import AccessEdits
from ucs_core.access.foreseen import edition_after
from ucs_registry.organizations import Organization
from ucs_registry.principals import Principal, RuleRow
from ucs_registry.testing import an_organization
from ucs_sdk import PrincipalKind

SEEDS = range(60)
PEOPLE, ROLES, ANCHORS = ("p0", "p1", "p2", "p9"), ("editor", "reviewer"), ("o0", "o1", "o9", None)


def somebody(id):
    return Principal(id=id, kind=PrincipalKind.PERSON, title=id, organization="o0")


def a_role(chance, id):
    person, role, anchor = chance.choice(PEOPLE), chance.choice(ROLES), chance.choice(ANCHORS)
    return RoleAssignment(id=id, principal=person, role=role, anchor=anchor)


def a_policy(chance, id):
    return PolicyRow(
        id=id, role=chance.choice(ROLES), relation="own", action="read", effect=chance.choice(("allow", "deny"))
    )


def drawn(seed):
    """Rows, of which some are unsound, and edits that often meet them."""
    chance = Random(seed)
    roles = [a_role(chance, f"r{number}").to_rule() for number in range(12)]
    policies = [a_policy(chance, f"x{number}").to_rule() for number in range(4)]
    broken = [RuleRow(id="b0", section="g", values=("p0", "editor")), RuleRow(id="b1", section="p", values=("?",))]
    ids = [f"{letter}{number}" for letter, number in product("rxb", range(6))]
    given = [RoleAssignment(id="-", principal=p, role=r, anchor=a) for p, r, a in product(PEOPLE, ROLES, ANCHORS)]
    edits = AccessEdits(
        put=tuple(a_policy(chance, id) for id in chance.sample(ids, chance.randrange(3))),
        remove=tuple(chance.sample(ids, chance.randrange(3))),
        assign=tuple(a_role(chance, id) for id in chance.sample(ids, chance.randrange(3))),
        unassign=tuple(chance.sample(given, chance.randrange(4))),
        principals=(somebody("p9"),) if chance.random() < 0.2 else (),
    )
    return [*ready_rules(), *roles, *policies, *broken], edits


def told(edition):
    return edition.index.policies, edition.assigned, edition.quarantined, edition.principals


def differs(seed, made=edition_after):
    rules, edits = drawn(seed)
    people = [somebody(id) for id in PEOPLE[:-1]]
    organizations = [
        Organization(**an_organization(id, parent).model_dump(), number=number, path=path)
        for number, (id, parent, path) in enumerate((("o0", None, "/o0/"), ("o1", "o0", "/o0/o1/")))
    ]
    standing = compile_snapshot(version=1, organizations=organizations, principals=people, rules=rules).edition
    as_it_was = told(standing)
    found = told(made(standing, edits, people, rules))
    assert told(standing) == as_it_was
    return found != told(standing.with_rows(edits.principals_after(people), edits.rules_after(rules)))


@pytest.mark.parametrize("seed", SEEDS)
def test_what_edits_touch_is_all_that_has_to_be_read_again(seed):
    assert not differs(seed)


def without_roles_that_go(standing, edits, principals, rules):
    return edition_after(
        standing, AccessEdits(put=edits.put, remove=edits.remove, assign=edits.assign), principals, rules
    )


def without_new_people(standing, edits, principals, rules):
    known = AccessEdits(put=edits.put, remove=edits.remove, assign=edits.assign, unassign=edits.unassign)
    return edition_after(standing, known, principals, rules)


def without_the_other_rows_of_a_person(standing, edits, principals, rules):
    touched = {rule.id for rule in edits.struck(rules)}
    return edition_after(
        standing, edits, principals, [rule for rule in rules if rule.section == "p" or rule.id in touched]
    )


@pytest.mark.parametrize(
    "broken",
    [without_roles_that_go, without_new_people, without_the_other_rows_of_a_person],
    ids=lambda way: way.__name__,
)
def test_whoever_forgets_a_part_of_it_is_found(broken):
    assert any(differs(seed, broken) for seed in SEEDS)
