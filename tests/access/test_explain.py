"""`why`: what decided, what the caller holds, and what would help."""

import pytest

from ucs_core.access import Action, PolicyRow, RoleAssignment, compile_snapshot, explain, ready_rules
from ucs_core.access.explain import GRANTERS_MOST


@pytest.fixture
def city(make):
    def city(*extra, people=()):
        return compile_snapshot(
            version=1,
            organizations=make.tree(province=None, city="province", water="city", parks="city"),
            principals=[
                make.principal("root"),
                make.principal("wanda", "water"),
                make.principal("pam", "parks"),
                make.principal("gone", "water", disabled=True),
                make.principal("paul", "parks"),
                *people,
            ],
            rules=[
                *ready_rules(),
                make.assign("root", "platform_administrator"),
                make.assign("wanda", "organization_administrator", "water"),
                make.assign("pam", "organization_administrator", "parks"),
                make.assign("gone", "organization_administrator", "city"),
                *extra,
            ],
        )

    return city


@pytest.fixture
def why(city, make):
    def why(person, action, snapshot=None, granted=False, **attributes):
        snapshot = snapshot or city()
        attributes = make.attributes(owner="water", **attributes)
        return explain(snapshot, snapshot.profile(person), action, attributes, granted=granted)

    return why


def test_an_allowed_action_names_its_row(why):
    found = why("paul", Action.READ)
    assert found.decision.allowed
    assert found.row.id == found.decision.rule == "ready.member.unconditional.l1.read"
    assert found.roles == (("public", None), ("member", "parks"))
    assert found.remedies == found.granters == ()


def test_a_refusal_names_roles_that_would_help_and_who_could_give_them(why):
    found = why("paul", Action.EDIT)
    assert not found.decision.allowed
    assert found.row is None
    assert {remedy.role: remedy.anchors for remedy in found.remedies} == {
        "editor": ("water", "city", "province"),
        "organization_administrator": ("water", "city", "province"),
        "platform_administrator": (None,),
    }
    assert [(granter.principal, granter.held) for granter in found.granters] == [
        ("root", ("platform_administrator", None)),
        ("wanda", ("organization_administrator", "water")),
    ]


def test_every_remedy_helps_and_no_other_role_does(city, make):
    snapshot = city()
    attributes = make.attributes(owner="water")
    for action in Action:
        found = explain(snapshot, snapshot.profile("paul"), action, attributes)
        promised = {(remedy.role, anchor) for remedy in found.remedies for anchor in remedy.anchors}
        for role in (
            "editor",
            "reviewer",
            "operator",
            "auditor",
            "organization_administrator",
            "duty_officer",
            "application",
        ):
            for anchor in ("water", "city", "province", "parks"):
                helped = city(make.assign("paul", role, anchor))
                allowed = helped.decide(helped.profile("paul"), action, attributes).allowed
                assert allowed == (found.decision.allowed or (role, anchor) in promised), (action, role, anchor)


def test_what_needs_a_grant_says_so(why):
    found = why("paul", Action.INVOKE, share_type="conditional")
    assert found.decision.needs_grant
    assert [granter.principal for granter in found.granters] == ["root", "wanda"]
    assert [(giver.principal, giver.held.role) for giver in found.grant_givers] == [
        ("root", "platform_administrator"),
        ("wanda", "organization_administrator"),
    ]
    found = why("paul", Action.INVOKE, share_type="conditional", granted=True)
    assert found.decision.allowed
    assert found.row.grant == "required"


def test_where_no_grant_would_help_nobody_could_give_one(why):
    assert why("paul", Action.EDIT).grant_givers == ()


def test_who_administers_the_platform_gives_grants_where_the_owner_is_closed_to_it(why, city):
    deny = PolicyRow(
        id="closed", role="platform_administrator", relation="own", action="administer", effect="deny"
    ).to_rule()
    anchored = RoleAssignment(id="anchored", principal="root", role="platform_administrator", anchor="water").to_rule()
    found = why("paul", Action.INVOKE, snapshot=city(deny, anchored), share_type="conditional")
    assert [granter.principal for granter in found.granters] == ["wanda"]
    assert [giver.principal for giver in found.grant_givers] == ["root", "wanda"]


def test_a_denial_is_shown_and_no_role_is_promised_against_it(why, city):
    deny = PolicyRow(id="freeze", role="public", relation="any", action="edit", effect="deny").to_rule()
    found = why("wanda", Action.EDIT, snapshot=city(deny))
    assert found.row.id == "freeze"
    assert found.remedies == ()


def test_who_is_denied_to_administer_is_no_granter(why, city):
    deny = PolicyRow(
        id="recused", role="organization_administrator", relation="own", action="administer", effect="deny"
    ).to_rule()
    assert [granter.principal for granter in why("paul", Action.EDIT, snapshot=city(deny)).granters] == ["root"]


def test_few_of_many_granters_are_named(why, city, make):
    people = [make.principal(f"admin-{number:02}") for number in range(40)]
    held = [make.assign(person.id, "organization_administrator", "city") for person in people]
    found = why("paul", Action.EDIT, snapshot=city(*held, people=people))
    assert len(found.granters) == GRANTERS_MOST
    assert found.granters[0].principal == "admin-00"


def test_an_unknown_owner_has_no_remedy(city, make):
    snapshot = city()
    found = explain(snapshot, snapshot.profile("root"), Action.READ, make.attributes(owner="nowhere"))
    assert not found.decision.allowed
    assert found.remedies == found.granters == ()
