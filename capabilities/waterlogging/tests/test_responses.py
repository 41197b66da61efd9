"""Which level of response is proposed, at the bounds of its conditions, and how long it stands."""

from datetime import UTC, datetime, timedelta

import pytest

from ucs_capability_waterlogging.responses import (
    Proposed,
    ResponseLevel,
    Situation,
    default_levels,
    levels_of,
    proposed_after,
)
from ucs_sdk import Invalid

LEVELS = default_levels()
NOW = datetime(2024, 7, 21, 23, 12, tzinfo=UTC)
II, III, IV = ResponseLevel.II, ResponseLevel.III, ResponseLevel.IV


@pytest.mark.parametrize(
    ("situation", "level"),
    [
        (Situation(), None),
        (Situation(wet=9), None),
        (Situation(wet=10), IV),
        (Situation(red=1, wet=1, depth=30), IV),
        (Situation(rain=80), None),
        (Situation(rain=20, wet=1), IV),
        (Situation(rain=19.9, wet=1), None),
        (Situation(red=5), III),
        (Situation(red=4, depth=99.9), IV),
        (Situation(red=1, depth=100), III),
        (Situation(red=5, depth=150), II),
        (Situation(red=4, depth=150), III),
        (Situation(red=15), II),
        (Situation(red=40), ResponseLevel.I),
        (Situation(red=20, depth=200), ResponseLevel.I),
        (Situation(red=19, depth=200), II),
    ],
)
def test_the_most_serious_level_of_which_a_condition_holds(situation, level):
    assert LEVELS.level_of(situation) is level


def test_a_level_rises_at_once_and_falls_when_it_has_not_held_for_a_while():
    calm, bad = Situation(red=1), Situation(red=5)
    first = proposed_after(None, calm, NOW, LEVELS)
    assert first == Proposed(level=IV, since=NOW, held_at=NOW)
    worse = proposed_after(first, bad, NOW + timedelta(minutes=1), LEVELS)
    assert (worse.level, worse.since) == (III, NOW + timedelta(minutes=1))
    held = proposed_after(worse, calm, worse.held_at + LEVELS.hold - timedelta(seconds=1), LEVELS)
    assert held == worse
    assert proposed_after(worse, calm, worse.held_at + LEVELS.hold, LEVELS).level is IV


def test_the_levels_say_that_they_are_no_citys_plan():
    assert "assumption" in LEVELS.source


def stated(*levels):
    return {"source": "test", "hold_minutes": 1, "level": [{"name": name, "when": when} for name, when in levels]}


@pytest.mark.parametrize(
    "wrong",
    [
        stated(("v", [{"red": 1}])),
        stated(("iv", [])),
        stated(("iv", [{}])),
        stated(("iv", [{"wind": 1}])),
        stated(("iv", [{"red": 1}]), ("iii", [{"red": 5}])),
        stated(("iv", [{"red": 1}]), ("iv", [{"red": 5}])),
        stated(),
    ],
)
def test_levels_that_make_no_sense_are_refused(wrong):
    with pytest.raises(Invalid, match="levels of response are wrong"):
        levels_of(wrong)
