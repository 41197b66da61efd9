"""The compiled snapshot says what casbin's enforcer says, on generated worlds; broken compilers are found out."""

from collections import Counter
from datetime import UTC, datetime

from ucs_core.access import Action
from ucs_registry.visibility import ALLOWED, DENIED

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_snapshot_and_casbin_agree(worlds, differ, record_property):
    asked = sum(len(world.answers) for world in worlds)
    verdicts = Counter(allowed for world in worlds for allowed, _ in world.answers.values())
    record_property("requests", asked)
    assert {world.seed: differ(world, world.compiled()) for world in worlds} == {world.seed: [] for world in worlds}
    # A test in which nearly everything is denied would prove little.
    assert asked > 8_000
    assert verdicts[True] > asked / 10


def test_a_broken_compiler_is_found(worlds, differ, mutant):
    caught = (world.seed for world in worlds if differ(world, world.compiled(meaning=mutant())))
    assert any(caught), f"no world of {len(worlds)} shows that {mutant.__name__} is wrong"


def test_the_deciding_row_matches_the_request(worlds, decide):
    named = Counter()
    for world in worlds:
        snapshot = world.compiled()
        for request, (allowed, stopped_at) in world.answers.items():
            decision = decide(snapshot, request)
            if decision is None or decision.rule is None:
                assert not allowed
                continue
            row = snapshot.rule(decision.rule)
            named[row.effect] += 1
            assert row.effect == ("allow" if allowed else "deny")
            if allowed:
                assert world.matches_alone(row.id, request), (world.seed, request, row)
            else:
                assert row.id == stopped_at
    assert min(named["allow"], named["deny"]) > 500, named


def test_needs_grant_says_whether_a_grant_would_help(worlds, decide):
    helped = 0
    for world in worlds:
        snapshot = world.compiled()
        for request, (allowed, _) in world.answers.items():
            decision = decide(snapshot, request)
            if decision is None or request.attributes is None or request.granted:
                continue
            with_grant = next(
                answer
                for other, (answer, _) in world.answers.items()
                if other.granted and other.attributes is request.attributes and _same_question(other, request)
            )
            assert decision.needs_grant == (with_grant and not allowed)
            helped += decision.needs_grant
    assert helped > 100


def _same_question(one, other):
    return (one.principal, one.action, one.owner) == (other.principal, other.action, other.owner)


def test_mask_and_verdict_are_decide_for_every_cell(worlds):
    seen = Counter()
    for world in worlds[:20]:
        snapshot = world.compiled()
        for profile, action in _callers(world, snapshot):
            faults = _faults(snapshot, profile, action, _mask(snapshot, profile, action), world.cells)
            assert faults == [], (world.seed, profile.principal.id, action)
            seen.update(_mask(snapshot, profile, action))
    assert min(seen[value] for value in range(3)) > 500, seen


def test_a_wrong_byte_in_a_mask_is_found(worlds):
    snapshot = worlds[0].compiled()
    profile, action = next(_callers(worlds[0], snapshot))
    mask = bytearray(_mask(snapshot, profile, action))
    mask[7] = ALLOWED if mask[7] == DENIED else DENIED
    assert _faults(snapshot, profile, action, mask, worlds[0].cells) == [7]


def _callers(world, snapshot):
    for principal in world.principals:
        if not principal.disabled:
            for action in (Action.DISCOVER, Action.READ, Action.INVOKE):
                yield snapshot.profile(principal.id), action


def _mask(snapshot, profile, action):
    return snapshot.visibility(profile, action, NOON).mask


def _faults(snapshot, profile, action, mask, cells):
    found = []
    for cell in cells:
        without = snapshot.decide(profile, action, cell.attributes)
        with_grant = snapshot.decide(profile, action, cell.attributes, granted=True)
        expected = 1 if without.allowed else 2 if with_grant.allowed else 0
        if mask[cell.number] != expected or snapshot.verdict(profile, action, cell.number) != expected:
            found.append(cell.number)
    return found
