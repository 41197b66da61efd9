"""How sources weigh together, at the bounds of what follows from it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucs_capability_waterlogging.fusion import (
    EVIDENCE_MOST,
    EventState,
    Evidence,
    Severity,
    Source,
    Weighing,
    added,
    begins_as,
    lives_as,
    severity_of,
    strength,
    worse,
)

NOW = datetime(2022, 9, 15, 11, 32, tzinfo=UTC)
W = Weighing()


def said(source=Source.CITIZEN, device="a", minutes_ago=0.0, confidence=1.0, files=()):
    at = NOW - timedelta(minutes=minutes_ago)
    return Evidence(source=source, device=device, at=at, weight=W.weight(source, confidence), files=files)


def state_of(*evidence):
    return begins_as(strength(evidence, NOW, W), W)


@pytest.mark.parametrize(
    ("evidence", "state"),
    [
        ([], None),
        ([said(Source.SENSOR)], EventState.OPEN),
        ([said(Source.PATROL)], EventState.OPEN),
        ([said()], EventState.SUSPECTED),
        ([said(Source.HOTLINE)], EventState.SUSPECTED),
        ([said(), said(device="b")], EventState.OPEN),
        ([said(Source.VIDEO)], EventState.SUSPECTED),
        ([said(Source.VIDEO, confidence=0.625)], EventState.SUSPECTED),
        ([said(Source.VIDEO, confidence=0.62)], None),
        ([said(Source.VIDEO, confidence=0.5), said()], EventState.OPEN),
        ([said(minutes_ago=60)], EventState.SUSPECTED),
        ([said(minutes_ago=60.1)], None),
    ],
)
def test_what_is_said_of_a_dry_place_begins_an_event_by_its_weight(evidence, state):
    assert state_of(*evidence) is state


@given(st.sampled_from(Source), st.floats(-1, 2, allow_nan=False))
def test_a_source_weighs_between_nothing_and_its_kind(source, confidence):
    assert 0.0 <= W.weight(source, confidence) <= getattr(W, source.value) <= 1.0


def test_one_source_counts_once_however_often_it_speaks():
    evidence = ()
    for minute in range(30, 0, -1):
        evidence = added(evidence, said(minutes_ago=minute))
    assert len(evidence) == 1
    assert strength(evidence, NOW, W) == W.citizen
    assert evidence[0].at == NOW - timedelta(minutes=1)


def test_what_a_source_said_before_adds_its_files_and_not_its_age():
    evidence = added((said(files=("f1",)),), said(minutes_ago=5, files=("f0", "f1")))
    assert (evidence[0].at, evidence[0].files) == (NOW, ("f1", "f0"))


def test_sources_without_number_do_not_fill_the_record():
    evidence = ()
    for number in range(3 * EVIDENCE_MOST):
        evidence = added(evidence, said(device=f"made-up-{number:03}", minutes_ago=60 - number))
    assert len(evidence) == EVIDENCE_MOST
    assert evidence[-1].device == f"made-up-{3 * EVIDENCE_MOST - 1:03}"


@pytest.mark.parametrize(
    ("state", "weight", "slope", "after"),
    [
        (EventState.SUSPECTED, 0.9, 5.0, EventState.SUSPECTED),
        (EventState.SUSPECTED, 1.0, None, EventState.OPEN),
        (EventState.SUSPECTED, 1.0, 0.0, EventState.OPEN),
        (EventState.OPEN, 0.0, None, EventState.OPEN),
        (EventState.OPEN, 1.0, 0.2, EventState.RISING),
        (EventState.OPEN, 1.0, 0.19, EventState.OPEN),
        (EventState.RISING, 1.0, 0.0, EventState.RISING),
        (EventState.RISING, 1.0, -0.19, EventState.RISING),
        (EventState.RISING, 1.0, -0.2, EventState.FALLING),
        (EventState.FALLING, 1.0, 0.3, EventState.RISING),
        (EventState.FALLING, 0.0, None, EventState.FALLING),
    ],
)
def test_an_event_rises_and_falls_with_its_water(state, weight, slope, after):
    assert lives_as(state, weight, slope, W) is after


@pytest.mark.parametrize(
    ("is_red", "depth", "severity"),
    [
        (False, None, Severity.GENERAL),
        (False, 29.9, Severity.GENERAL),
        (True, 30.0, Severity.MAJOR),
        (True, 99.9, Severity.MAJOR),
        (True, 100.0, Severity.CRITICAL),
        (True, 177.0, Severity.CRITICAL),
    ],
)
def test_how_bad_it_is(is_red, depth, severity):
    assert severity_of(is_red, depth, W) is severity
    assert worse(Severity.GENERAL, severity) is severity
    assert worse(Severity.CRITICAL, severity) is Severity.CRITICAL
