"""What a snapshot promises beside agreeing with casbin."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ucs_core.access import Action, PolicyRow, compile_snapshot, ready_rules
from ucs_core.access.masks import MaskCache
from ucs_core.access.snapshot import PROFILES_MOST
from ucs_registry.visibility import ALLOWED, DENIED, WITH_GRANT, Cell
from ucs_sdk import Unauthenticated

AT = datetime(2026, 11, 20, 8, tzinfo=UTC)


@pytest.fixture
def compiled(make):
    """A small city: a bureau with a station below it, and another bureau beside them."""

    def compiled(*rules, principals=(), cells=()):
        return compile_snapshot(
            version=7,
            organizations=make.tree(city=None, water="city", station="water", parks="city"),
            principals=principals or [make.principal("ada", "station"), make.principal("out")],
            rules=rules or ready_rules(),
            cells=cells,
        )

    return compiled


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("owner", "nowhere"),
        ("owner", "-"),
        ("kind", "weird"),
        ("type", "Not A Type"),
        ("type", "-"),
        ("share_type", "*"),
        ("data_level", "l9"),
        ("open_type", ""),
        ("state", "deleted"),
    ],
)
def test_whatever_is_unknown_is_denied(compiled, make, name, value):
    everything = PolicyRow(id="all", role="public", relation="any", action="*").to_rule()
    snapshot = compiled(everything)
    profile = snapshot.profile("out")
    assert snapshot.decide(profile, Action.READ, make.attributes()).allowed
    for granted in (False, True):
        decision = snapshot.decide(profile, Action.READ, make.attributes(**{name: value}), granted=granted)
        assert (decision.allowed, decision.rule, decision.needs_grant) == (False, None, False)


def test_a_resource_cannot_pass_for_an_organisation(compiled, make):
    snapshot = compiled(PolicyRow(id="all", role="public", relation="any", action="*").to_rule())
    bare = dict.fromkeys(("kind", "type", "share_type", "data_level", "open_type", "state"), "-")
    profile = snapshot.profile("out")
    assert not snapshot.decide(profile, Action.ADMINISTER, make.attributes(**bare)).allowed
    assert snapshot.decide_organization(profile, Action.ADMINISTER, "city").allowed
    assert snapshot.decide_organization(profile, Action.ADMINISTER, None).allowed
    assert not snapshot.decide_organization(profile, Action.ADMINISTER, "nowhere").allowed


def test_the_platform_is_beyond_every_anchor(compiled, make):
    rules = [
        PolicyRow(id=relation, role=f"by_{relation}", relation=relation, action="audit").to_rule()
        for relation in ("own", "subtree", "ancestors", "any")
    ]
    held = [make.assign("ada", f"by_{relation}", "city") for relation in ("own", "subtree", "ancestors")]
    snapshot = compiled(*rules, *held)
    assert snapshot.decide_organization(snapshot.profile("ada"), Action.AUDIT, "city").allowed
    assert not snapshot.decide_organization(snapshot.profile("ada"), Action.AUDIT, None).allowed
    snapshot = compiled(*rules, make.assign("ada", "by_any"))
    assert snapshot.decide_organization(snapshot.profile("ada"), Action.AUDIT, None).allowed


@pytest.mark.parametrize("id", ["nobody", "gone", "", "principals/ada", "*"])
def test_who_is_unknown_or_disabled_has_no_profile(compiled, make, id):
    snapshot = compiled(principals=[make.principal("ada", "water"), make.principal("gone", "water", disabled=True)])
    with pytest.raises(Unauthenticated, match="PRINCIPAL_UNKNOWN"):
        snapshot.profile(id)


def test_a_profile_serves_its_own_version_only(compiled, make):
    old, new = compiled(), compiled()
    with pytest.raises(ValueError, match="another version"):
        new.decide(old.profile("ada"), Action.READ, make.attributes(owner="water"))
    with pytest.raises(ValueError, match="another version"):
        new.visibility(old.profile("ada"), Action.READ, AT)
    with pytest.raises(ValueError, match="another version"):
        new.verdict(old.profile("ada"), Action.READ, 0)


def test_who_holds_the_same_roles_shares_a_row(compiled, make):
    people = [make.principal(f"p{number}", "water") for number in range(3)] + [make.principal("q", "parks")]
    snapshot = compiled(principals=people)
    rows = {id: snapshot.profile(id).row for id in ("p0", "p1", "p2", "q")}
    assert rows["p0"] is rows["p1"] is rows["p2"]
    assert rows["p0"] is not rows["q"]


def test_grantees_are_the_caller_and_its_organisations_upwards(compiled):
    snapshot = compiled()
    visibility = snapshot.visibility(snapshot.profile("ada"), Action.READ, AT)
    assert visibility.grantees == (
        "principals/ada",
        "organizations/station",
        "organizations/water",
        "organizations/city",
    )
    assert (visibility.action, visibility.at) == ("read", AT)
    assert snapshot.profile("out").grantees == ("principals/out",)


def test_the_mask_knows_all_three_verdicts(compiled, make):
    cells = make.cells(
        make.attributes(owner="parks"),
        make.attributes(owner="parks", share_type="conditional"),
        make.attributes(owner="parks", share_type="none"),
        make.attributes(owner="station", share_type="none", state="offline"),
    )
    snapshot = compiled(cells=cells)
    profile = snapshot.profile("ada")
    visibility = snapshot.visibility(profile, Action.READ, AT)
    assert list(visibility.mask) == [ALLOWED, WITH_GRANT, DENIED, ALLOWED]
    assert [snapshot.verdict(profile, Action.READ, cell) for cell in (-1, 0, 1, 2, 3, 4)] == [0, 1, 2, 0, 1, 0]


def test_new_cells_join_the_masks_that_were_made_before(compiled, make):
    cells = make.cells(
        make.attributes(owner="parks"),
        make.attributes(owner="parks", kind="application", type="app"),
        make.attributes(owner="water", kind="component", type="api"),
    )
    snapshot = compiled(cells=cells[:1])
    profile = snapshot.profile("ada")
    before = snapshot.visibility(profile, Action.DISCOVER, AT)
    longer = snapshot.with_cells(cells[1:])
    assert (snapshot.cells, longer.cells) == (1, 3)
    after = longer.visibility(longer.profile("ada"), Action.DISCOVER, AT)
    at_once = compiled(cells=cells)
    assert after.mask == at_once.visibility(at_once.profile("ada"), Action.DISCOVER, AT).mask == bytes([ALLOWED] * 3)
    # The twin: whoever keeps the old mask does not see what is new.
    assert [before.verdict(cell) for cell in range(3)] == [ALLOWED, DENIED, DENIED]
    assert longer.with_cells(cells).cells == 3


def test_cells_with_a_gap_are_refused(compiled, make):
    with pytest.raises(ValueError, match="without gaps"):
        compiled().with_cells([Cell(number=1, attributes=make.attributes())])


def test_attributes_that_are_only_asked_about_are_not_kept(compiled, make):
    snapshot = compiled(cells=make.cells(make.attributes(owner="parks")))
    profile = snapshot.profile("ada")
    for number in range(500):
        new = make.attributes(owner="parks", type=f"type_{number}")
        assert snapshot.decide(profile, Action.READ, new).allowed
        assert not snapshot.decide(profile, Action.READ, make.attributes(owner=f"nobody-{number}")).allowed
    assert len(snapshot.edition.pool.listed) == 2


def test_profiles_in_memory_are_bounded(compiled, make):
    people = [make.principal(f"p{number}", "water") for number in range(PROFILES_MOST + 50)]
    snapshot = compiled(principals=people)
    for person in people:
        snapshot.profile(person.id)
    assert len(snapshot.edition._profiles) == PROFILES_MOST
    assert snapshot.profile("p0").principal.id == "p0"


def test_masks_in_memory_are_bounded_and_missing_ones_come_back(compiled, make):
    cache = MaskCache(most=3_000)
    for number in range(100):
        cache.put(number, bytes(100))
        assert cache.memory <= 3_000
    assert cache.get(99) == bytes(100)
    assert cache.get(0) == b""
    cache.put(99, bytes(50))
    assert cache.get(99) == bytes(50)
    snapshot = compiled(cells=make.cells(make.attributes(owner="parks")))
    snapshot.edition.masks = MaskCache(most=0)
    assert snapshot.visibility(snapshot.profile("ada"), Action.READ, AT).mask == bytes([ALLOWED])


def test_more_than_256_kinds_of_owner_fit_into_a_row(make):
    organizations = [make.organization("root")] + [
        make.organization(f"o{number}", "root", number + 1) for number in range(300)
    ]
    rules = [
        PolicyRow(id=f"row-{number}", role=f"role_{number}", relation="own", action="read").to_rule()
        for number in range(300)
    ]
    held = [make.assign("ada", f"role_{number}", f"o{number}") for number in range(300)]
    snapshot = compile_snapshot(
        version=1, organizations=organizations, principals=[make.principal("ada")], rules=[*rules, *held]
    )
    profile = snapshot.profile("ada")
    for number in range(300):
        decision = snapshot.decide(profile, Action.READ, make.attributes(owner=f"o{number}"))
        assert decision.rule == f"row-{number}"


def test_the_first_row_by_id_is_the_one_that_is_named(compiled, make):
    rows = [
        PolicyRow(id=id, role="member", relation="any", kind=kind, grant=grant, action="read").to_rule()
        for id, kind, grant in [
            ("d", "*", "none_needed"),
            ("b", "*", "required"),
            ("c", "data", "none_needed"),
            ("a", "component", "none_needed"),
        ]
    ]
    snapshot = compiled(*reversed(rows))
    profile, attributes = snapshot.profile("ada"), make.attributes(owner="parks")
    assert snapshot.decide(profile, Action.READ, attributes).rule == "c"
    assert snapshot.decide(profile, Action.READ, attributes, granted=True).rule == "c"
    deny = replace(PolicyRow.from_rule(rows[0]), id="z", effect="deny").to_rule()
    assert compiled(*rows, deny).rule("z").effect == "deny"
    snapshot = compiled(*rows, deny)
    assert snapshot.decide(snapshot.profile("ada"), Action.READ, attributes, granted=True).rule == "z"


def test_a_member_of_an_organisation_that_is_gone_is_no_member(compiled, make):
    snapshot = compiled(principals=[make.principal("lost", "dissolved")])
    assert [held.role for held in snapshot.profile("lost").roles] == ["public"]
    assert snapshot.profile("lost").grantees == ("principals/lost",)


def test_organisations_in_a_circle_belong_to_nobody(make):
    snapshot = compile_snapshot(
        version=1,
        organizations=[*make.tree(city=None), make.organization("x", "y", 1), make.organization("y", "x", 2)],
        principals=[make.principal("ada", "x")],
        rules=ready_rules(),
    )
    assert snapshot.knows("city")
    assert not snapshot.knows("x")
    assert not snapshot.decide(snapshot.profile("ada"), Action.READ, make.attributes(owner="x")).allowed


def test_an_empty_platform_denies_everything(make):
    snapshot = compile_snapshot(version=0, organizations=[], principals=[make.principal("ada")], rules=[])
    profile = snapshot.profile("ada")
    assert snapshot.root is None
    assert not snapshot.decide(profile, Action.DISCOVER, make.attributes()).allowed
    assert not snapshot.decide_organization(profile, Action.ADMINISTER, None).allowed
    assert snapshot.visibility(profile, Action.DISCOVER, AT).mask == b""
