"""Whatever is done to a case by whomever in whichever order: it never skips, forks or vanishes (promise 17)."""

import random
from datetime import timedelta

import pytest

from ucs_capability_case_center import cases, timing
from ucs_capability_case_center.case_types import case_types
from ucs_capability_case_center.clocks import Limit
from ucs_capability_case_center.records import NEVER, CaseRecord, Step, Told, stamp
from ucs_capability_case_center.transitions import LOOP, verbs_open_to
from ucs_capability_case_center.vocabulary import CaseState, Role, Severity, Source, TimeLight, Verb
from ucs_sdk import UcsError
from ucs_sdk.calendar import office_calendar
from ucs_sdk.testing.fakes import BEGINNING

WAYS = {
    "reported": {"verifying", "accepted", "rejected", "voided", "closed"},
    "verifying": {"accepted", "reported", "voided"},
    "accepted": {"filed", "rejected", "voided"},
    "filed": {"dispatched", "voided"},
    "dispatched": {"disposing", "filed", "voided"},
    "disposing": {"checking", "filed", "voided"},
    "checking": {"disposing", "dispatched", "closed"},
}
"""Where a case can go, written down apart from the tables."""

PEOPLE = {f"{role}-{n}": frozenset({role}) for role in Role if role is not Role.SYSTEM for n in range(2)} | {
    "everybody": frozenset(Role) - {Role.SYSTEM}
}
WITH_CLOCK_AT_UNIT = (CaseState.DISPATCHED, CaseState.DISPOSING)


def scene(actor, at):
    return cases.Scene("C", at, actor, PEOPLE[actor], case_types(), office_calendar())


def reported():
    told = Told(title="积水", description="桥下积水", longitude=120.4, latitude=36.1, last_at=BEGINNING)
    step = Step(at=BEGINNING, verb="report", role=None, actor="x", source=None, target=CaseState.REPORTED)
    record = CaseRecord(
        case_type="road_waterlogging",
        state=CaseState.REPORTED,
        open=True,
        region="370202",
        unit="",
        light=TimeLight.GREEN,
        source=Source.SENSOR,
        reported_at=stamp(BEGINNING),
        next_at=NEVER,
        told=told,
        steps=(step,),
    )
    return timing.timed(record, None, scene("everybody", BEGINNING))


def wrongs(before, after, scene):
    """What is wrong with a case that was one thing and is another."""
    done = after.steps[-1]
    asked = before.progress.asked
    checks = {
        "a step is lost": after.steps[:-1] != before.steps,
        "a step does not follow": done.source is not before.state or done.target is not after.state,
        "skipped": after.state is not before.state and after.state.value not in WAYS[before.state.value],
        "open and ended": after.open is after.state.is_final,
        "own request": done.verb in (Verb.GRANT, Verb.DENY) and asked is not None and asked.by == scene.actor,
        "no unit": after.state in WITH_CLOCK_AT_UNIT and not after.unit,
        "clock runs": bool(after.unit_clock and after.unit_clock.runs)
        is not (after.state in WITH_CLOCK_AT_UNIT and not after.progress.suspended),
        "closed too early": after.state is CaseState.CLOSED
        and before.state is CaseState.CHECKING
        and not (before.progress.disposed and before.progress.checked),
        "light of nothing": not after.open and (after.light is not TimeLight.GREEN or after.next_at != NEVER),
        "role": done.role not in scene.roles,
    }
    return {name for name, is_wrong in checks.items() if is_wrong}


ENDING = {Verb.REFUSE, Verb.ASK_VOIDING, Verb.ASK_SELF_HANDLING}


def wanted(chance, record, by):
    """Anything at all, or more often something that is possible, so that cases get far."""
    verbs = list(Verb)
    if chance.random() < 0.7:
        possible = verbs_open_to(cases.standing(record), actor=by.actor, roles=by.roles)
        verbs = [verb for verb in possible if verb not in ENDING] or verbs
    return cases.Act(
        chance.choice(verbs),
        note=chance.choice(["", "说明", "说明"]),
        unit=chance.choice(["", "water", "roads"]),
        extension=chance.choice([None, Limit(amount=1, unit="hour")]),
        evidence=("a" * 64,),
    )


def walked(act_on, seed, length=120):
    """Random acts by random people; everything that went wrong, and how many acts were taken, and where cases stood."""
    chance = random.Random(seed)
    record, at, found, taken, stood = reported(), BEGINNING, set(), 0, set()
    for _ in range(length):
        at += timedelta(minutes=chance.choice([0, 1, 7, 90]))
        by = scene(chance.choice([*PEOPLE, *["everybody"] * len(PEOPLE)]), at)
        act = wanted(chance, record, by)
        try:
            after = act_on(record, act, by)
        except UcsError:
            continue
        taken += 1
        found |= wrongs(record, after, by)
        stood.add(after.state)
        record = after if after.open else reported()
    return found, taken, stood


SEEDS = range(60)


def test_cases_never_skip_fork_or_vanish():
    results = [walked(cases.acted, seed) for seed in SEEDS]
    violations = set().union(*(found for found, _, _ in results))
    taken = sum(count for _, count, _ in results)
    stood = set().union(*(each for _, _, each in results))
    assert violations == set(), f"{len(SEEDS) * 120} acts tried, {taken} taken"
    assert stood == set(CaseState)
    assert taken > 600


def anywhere(record, act, by):
    """A twin that does not look where a case stands."""
    rows = [row for row in LOOP if row.verb is act.verb]
    if not rows:
        return cases.acted(record, act, by)
    target = rows[0].target or record.state
    step = Step(at=by.at, verb=act.verb, role=next(iter(by.roles)), actor=by.actor, source=record.state, target=target)
    return record.model_copy(update={"state": target, "open": not target.is_final, "steps": (*record.steps, step)})


def forgetful(record, act, by):
    """A twin that keeps the last step only."""
    after = cases.acted(record, act, by)
    return after.model_copy(update={"steps": after.steps[-1:]})


def trusting(record, act, by):
    """A twin that lets people decide what they have asked for."""
    asked = record.progress.asked
    if asked is None or act.verb is not Verb.GRANT:
        return cases.acted(record, act, by)
    hidden = record.model_copy(
        update={"progress": record.progress.model_copy(update={"asked": asked.model_copy(update={"by": "nobody"})})}
    )
    return cases.acted(hidden, act, by)


def sleepless(record, act, by):
    """A twin whose clocks go on while a case is suspended."""
    after = cases.acted(record, act, by)
    if not after.progress.suspended or record.unit_clock is None:
        return after
    return after.model_copy(update={"unit_clock": record.unit_clock})


@pytest.mark.parametrize(
    ("twin", "wrong"),
    [
        (anywhere, "skipped"),
        (forgetful, "a step is lost"),
        (trusting, "own request"),
        (sleepless, "clock runs"),
    ],
)
def test_a_case_centre_that_does_not_keep_it_is_found(twin, wrong):
    assert wrong in set().union(*(walked(twin, seed)[0] for seed in SEEDS))


def test_a_case_that_is_full_still_leads_on():
    by = scene("everybody", BEGINNING)
    record = cases.acted(reported(), cases.Act(Verb.ACCEPT), by)
    step = record.steps[-1]
    full = record.model_copy(update={"steps": (step,) * 150})
    assert cases.acted(full, cases.Act(Verb.FILE), by).state is CaseState.FILED
    with pytest.raises(UcsError) as refused:
        cases.acted(full, cases.Act(Verb.ASK_VOIDING, note="重复"), by)
    assert refused.value.reason == "CASE_FULL"


def test_the_gravest_case_gets_the_limit_for_its_severity():
    types = case_types()
    strict = types.get("dirty_road").limits[0].model_copy(update={"severity": Severity.CRITICAL, "amount": 1})
    both = types.get("dirty_road").model_copy(update={"limits": (*types.get("dirty_road").limits, strict)})
    assert [both.limit("found", each).amount for each in Severity] == [2, 2, 1]
