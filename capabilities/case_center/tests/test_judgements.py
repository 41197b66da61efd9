"""Conditions, scores and what the public is told."""

import pytest
from pydantic import ValidationError

from ucs_capability_case_center.conditions import MET, Facts, unmet
from ucs_capability_case_center.open311 import STATUS, status
from ucs_capability_case_center.scores import Counters, Weights, rates, score
from ucs_capability_case_center.vocabulary import CaseState, Condition

NOTHING = Facts(
    located=False,
    description="",
    evidence=0,
    verified=False,
    disposed=False,
    checked=False,
    evidence_after=0,
    unanswered=1,
)
ALL = Facts(
    located=True,
    description="道路积水",
    evidence=1,
    verified=True,
    disposed=True,
    checked=True,
    evidence_after=1,
    unanswered=0,
)


def test_every_condition_can_be_met_and_unmet():
    assert set(MET) == set(Condition)
    assert unmet(Condition, NOTHING) == list(Condition)
    assert unmet(Condition, ALL) == []


def test_a_description_of_blanks_describes_nothing():
    assert unmet([Condition.DESCRIBED], ALL._replace(description="  积水  ")) == [Condition.DESCRIBED]


FULL = Counters(
    dispatched=100, disposed=90, on_time=81, late_open=0, closed=80, reworked=9, right_at_first=72, judged=80
)


def test_rates_are_shares_of_what_they_are_said_to_be():
    found = rates(FULL)
    assert found == (0.9, 0.9, 0.8, 0.1, 0.9)
    assert rates(Counters()) == (None, None, None, None, None)


def test_what_is_late_and_not_handled_counts_against_the_unit_and_what_is_in_time_does_not():
    late = FULL.model_copy(update={"late_open": 10})
    assert rates(late).on_time == 0.81


def test_the_score_is_that_of_the_cited_platform():
    # 0.3 × 80 + 0.3 × 90 + 0.3 × (100 − 10) + 10 for a full volume.
    assert score(FULL, Weights()) == pytest.approx(24 + 27 + 27 + 10)
    half = Weights(volume_full=200)
    assert score(FULL, half) == pytest.approx(24 + 27 + 27 + 5)


def test_the_best_have_a_hundred_and_who_had_nothing_has_no_score():
    best = Counters(dispatched=500, disposed=500, on_time=500, closed=500)
    assert score(best, Weights()) == 100
    assert score(Counters(), Weights()) is None
    worst = Counters(dispatched=100, disposed=50, late_open=50, reworked=50)
    assert score(worst, Weights(volume_full=100)) == 10


def test_weights_that_do_not_make_a_hundred_are_refused():
    with pytest.raises(ValidationError):
        Weights(closing=50)


TOLD = {
    "reported": ("open", "unconfirmed"),
    "verifying": ("open", "investigating"),
    "accepted": ("open", "confirmed"),
    "filed": ("open", "confirmed"),
    "dispatched": ("open", "action scheduled"),
    "disposing": ("open", "in progress"),
    "checking": ("open", "fixed - council"),
    "closed": ("closed", "closed"),
    "rejected": ("closed", "unable to fix"),
    "voided": ("closed", "hidden"),
}


def test_the_public_is_told_of_every_state():
    assert {state.value: tuple(told) for state, told in STATUS.items()} == TOLD
    assert all((told.open311 == "closed") is state.is_final for state, told in STATUS.items())
    assert status(CaseState.DISPOSING, suspended=True) == ("open", "planned")
