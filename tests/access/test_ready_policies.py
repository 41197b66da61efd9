"""What the personas of a city may do with the policies that a platform starts with."""

from itertools import product

import pytest

from ucs_core.access import Action, check_rules, compile_snapshot, ready_rules
from ucs_core.access.oracle import build_enforcer
from ucs_core.access.ready import ready_policies
from ucs_registry.visibility import ALLOWED, DENIED, WITH_GRANT
from ucs_sdk import Availability, DataLevel, OpenType, ShareType

NO, YES, GRANT = DENIED, ALLOWED, WITH_GRANT

# The tree: the city; in it the bureaus of water and parks; below water a station. Resources belong to water.
PEOPLE = {
    "root": ("city", "platform_administrator", None),
    "wanda": ("water", "organization_administrator", "water"),
    "erin": ("water", "editor", "water"),
    "rita": ("water", "reviewer", "water"),
    "otto": ("water", "operator", "water"),
    "audrey": ("city", "auditor", "city"),
    "dana": ("city", "duty_officer", "city"),
    "app": ("water", "application", "water"),
    "wim": ("water", None, None),
    "stan": ("station", None, None),
    "paul": ("parks", None, None),
    "pam": ("parks", "organization_administrator", "parks"),
    "cora": ("city", None, None),
    "outsider": (None, None, None),
}
ALL = set(Action)
READS = {Action.DISCOVER, Action.READ}
OWN_DRAFT = {
    "root": ALL,
    "wanda": ALL - {Action.REVIEW},
    "erin": READS | {Action.CREATE, Action.EDIT, Action.SUBMIT},
    "rita": READS | {Action.REVIEW},
    "otto": READS | {Action.OPERATE},
    "audrey": READS | {Action.AUDIT},
    "dana": READS,
    "app": READS,
    "wim": READS,
}
"""Who may do what with an offline resource that is not shared. Nobody else may do anything."""

# Columns: share type, level, open type, state; then discover, read and invoke of another bureau; discover and read of
# somebody without an organisation.
SHARING = [
    ("unconditional", "l1", "none", "online", YES, YES, YES, NO, NO),
    ("unconditional", "l2", "none", "online", YES, YES, YES, NO, NO),
    ("unconditional", "l3", "none", "online", YES, GRANT, GRANT, NO, NO),
    ("unconditional", "l4", "none", "online", YES, GRANT, GRANT, NO, NO),
    ("unconditional", "l1", "none", "suspended", YES, NO, NO, NO, NO),
    ("unconditional", "l1", "none", "offline", NO, NO, NO, NO, NO),
    ("unconditional", "l1", "none", "retired", NO, NO, NO, NO, NO),
    ("conditional", "l1", "none", "online", YES, GRANT, GRANT, NO, NO),
    ("conditional", "l4", "none", "online", YES, GRANT, GRANT, NO, NO),
    ("conditional", "l1", "none", "suspended", YES, NO, NO, NO, NO),
    ("conditional", "l1", "none", "offline", NO, NO, NO, NO, NO),
    ("none", "l1", "none", "online", NO, NO, NO, NO, NO),
    ("none", "l1", "conditional", "online", NO, NO, NO, NO, NO),
    ("unconditional", "l1", "unconditional", "online", YES, YES, YES, YES, YES),
    ("unconditional", "l1", "conditional", "online", YES, YES, YES, NO, NO),
    ("unconditional", "l1", "unconditional", "suspended", YES, NO, NO, NO, NO),
    ("unconditional", "l1", "unconditional", "offline", NO, NO, NO, NO, NO),
    ("conditional", "l3", "unconditional", "online", YES, YES, GRANT, YES, YES),
    ("conditional", "l4", "unconditional", "online", YES, GRANT, GRANT, NO, NO),
    ("none", "l2", "unconditional", "online", YES, YES, NO, YES, YES),
]


@pytest.fixture(scope="module")
def city(make):
    people = [make.principal(id, organization) for id, (organization, _, _) in PEOPLE.items()]
    assigned = [make.assign(id, role, anchor) for id, (_, role, anchor) in PEOPLE.items() if role]
    return {
        "organizations": make.tree(city=None, water="city", station="water", parks="city"),
        "principals": people,
        "rules": [*ready_rules(), *assigned],
    }


@pytest.fixture(scope="module")
def verdict(city, make):
    snapshot = compile_snapshot(version=1, **city)

    def verdict(person, action, **attributes):
        profile = snapshot.profile(person)
        without = snapshot.decide(profile, action, make.attributes(**attributes))
        return YES if without.allowed else GRANT if without.needs_grant else NO

    return verdict


def test_the_ready_policies_may_be_stored(city):
    check_rules(city["rules"], city["organizations"], city["principals"], standing=[])
    assert len({row.id for row in ready_policies()}) == len(ready_policies())


@pytest.mark.parametrize("person", PEOPLE)
def test_a_draft_that_is_not_shared_concerns_the_owner_side_alone(verdict, person):
    draft = {"owner": "water", "share_type": "none", "data_level": "l4", "state": "offline"}
    allowed = {action for action in Action if verdict(person, action, **draft)}
    assert allowed == OWN_DRAFT.get(person, set())


@pytest.mark.parametrize("row", SHARING, ids=lambda row: "-".join(row[:4]))
def test_sharing_and_opening_say_who_else_may_use_it(verdict, row):
    attributes = dict(zip(("share_type", "data_level", "open_type", "state"), row[:4], strict=True), owner="water")
    for person in ("paul", "stan", "cora", "pam"):
        found = tuple(verdict(person, action, **attributes) for action in (Action.DISCOVER, Action.READ, Action.INVOKE))
        assert found == row[4:7], person
    assert tuple(verdict("outsider", action, **attributes) for action in (Action.DISCOVER, Action.READ)) == row[7:]
    assert verdict("outsider", Action.INVOKE, **attributes) == NO


@pytest.mark.parametrize("person", PEOPLE)
def test_who_may_use_it_may_find_it(verdict, person):
    tried = 0
    for owner, share, level, opened, state in product(("water", "parks"), ShareType, DataLevel, OpenType, Availability):
        attributes = {
            "owner": owner, "share_type": share, "data_level": level, "open_type": opened, "state": state
        }  # fmt: skip
        for action in set(Action) - {Action.CREATE, Action.DISCOVER}:
            tried += 1
            if verdict(person, action, **attributes) != NO:
                assert verdict(person, Action.DISCOVER, **attributes) == YES, (action, attributes)
    assert tried == 2 * 3 * 4 * 3 * 4 * 9


@pytest.mark.parametrize("person", ["wim", "erin", "wanda", "stan"])
def test_a_department_calls_its_own_while_it_is_online(verdict, person):
    own = {"owner": PEOPLE[person][0], "share_type": "none", "data_level": "l4"}
    assert verdict(person, Action.INVOKE, **own, state="online") == YES
    offline = YES if person == "wanda" else NO
    assert verdict(person, Action.INVOKE, **own, state="offline") == offline


def test_an_application_calls_what_is_online_at_its_department_and_below(verdict):
    for owner, state, expected in [
        ("water", "online", YES),
        ("station", "online", YES),
        ("station", "suspended", NO),
        ("parks", "online", NO),
    ]:
        for action in (Action.DISCOVER, Action.READ, Action.INVOKE):
            assert verdict("app", action, owner=owner, share_type="none", state=state) == expected
        assert verdict("app", Action.EDIT, owner=owner, share_type="none", state=state) == NO


def test_roles_reach_down_and_not_up_or_aside(verdict):
    for owner, expected in [("water", YES), ("station", YES), ("city", NO), ("parks", NO)]:
        assert verdict("erin", Action.EDIT, owner=owner) == expected


def test_administration_of_the_platform(city):
    snapshot = compile_snapshot(version=1, **city)

    def administers(person, organization):
        return snapshot.decide_organization(snapshot.profile(person), Action.ADMINISTER, organization).allowed

    assert {person for person in PEOPLE if administers(person, None)} == {"root"}
    assert {person for person in PEOPLE if administers(person, "city")} == {"root"}
    assert {person for person in PEOPLE if administers(person, "station")} == {"root", "wanda"}


def test_casbin_agrees_on_the_ready_policies(city, make):
    snapshot, enforcer = compile_snapshot(version=1, **city), build_enforcer(**city)
    asked = 0
    for person, (share, level, opened, state, *_) in product(PEOPLE, SHARING):
        for action in (Action.DISCOVER, Action.READ, Action.INVOKE, Action.EDIT):
            attributes = make.attributes(
                owner="water", share_type=share, data_level=level, open_type=opened, state=state
            )
            for granted in (False, True):
                asked += 1
                request = (person, "water", "data", "video", share, level, opened, state, granted, action.value)
                decision = snapshot.decide(snapshot.profile(person), action, attributes, granted=granted)
                assert decision.allowed == enforcer.enforce(*request), request
    assert asked > 2_000
