"""The personas: duties are separated, and everyone stands where the demo needs them."""

import pytest

from ucs_core.demo.personas import ADMINISTRATOR, Assignment, assignments, principals
from ucs_sdk.vocabulary import PrincipalKind


def faults(people, roles, tree):
    """What is wrong with a cast."""
    home = {person.id: person.organization for person in people}
    holders = {role: {who for who, held, _ in roles if held == role} for _, role, _ in roles}
    if holders["editor"] & holders["reviewer"]:
        yield "someone reviews what they wrote"
    for who, role, anchor in roles:
        if who not in home:
            yield f"{who} is unknown"
        if anchor not in tree:
            yield f"{role} is held nowhere"
    if {home[who] for role in ("reviewer", "operator") for who in holders[role]} != {home["publisher"]}:
        yield "publisher, reviewer and operator are of different departments"
    if home["outsider"] is not None or any(who == "outsider" for who, _, _ in roles):
        yield "the outsider belongs somewhere"


def test_the_cast_is_sound(tree):
    assert list(faults(principals(), assignments(), tree)) == []


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        (Assignment("publisher", "reviewer", "qingdao-water"), "reviews what they wrote"),
        (Assignment("app", "operator", "qingdao-water"), "different departments"),
        (Assignment("outsider", "editor", "qingdao-water"), "the outsider belongs somewhere"),
        (Assignment("platform-admin", "editor", "nowhere"), "held nowhere"),
    ],
)
def test_a_careless_cast_is_noticed(more, fault, tree):
    assert any(fault in line for line in faults(principals(), [*assignments(), more], tree))


def test_everyone_appears_once():
    assert [person.id for person in principals()] == [
        ADMINISTRATOR,
        "publisher",
        "reviewer",
        "operator",
        "bureau-admin",
        "app",
        "receptionist",
        "dispatcher",
        "shift-leader",
        "supervisor",
        "drainage-crew",
        "water-crew",
        "sensor-gateway",
        "outsider",
    ]


def test_the_application_is_of_another_department():
    people = {person.id: person for person in principals()}
    assert people["app"].kind is PrincipalKind.APPLICATION
    assert people["app"].organization != people["publisher"].organization
