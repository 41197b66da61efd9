"""Tracks never go backwards and never jump; a jump that is confirmed begins a track anew."""

from itertools import pairwise
from math import cos, radians

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ucs_capability_road_sweeping.tracks import ERROR, Cleaned, Fix, Outcome, Trail, apart, cleaned, timely
from ucs_sdk.geo import EARTH_RADIUS, Position, distance

# A machine that has other work makes nothing wrong.
UNHURRIED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

LATITUDE = 36.07
METRE = 1 / (EARTH_RADIUS * radians(1.0) * cos(radians(LATITUDE)))
MOST = 120.0


def fix(at, metres=0.0):
    return Fix(float(at), 120.38 + metres * METRE, LATITUDE, working=True)


def outcomes(*fixes, clean=cleaned):
    trail, found = Trail(), []
    for each in fixes:
        trail, outcome, anew = clean(trail, each, MOST)
        found.append((outcome.value, anew))
    return found


def test_the_first_fix_begins_a_track():
    assert outcomes(fix(0)) == [("taken", True)]


@pytest.mark.parametrize("at", [9, 10])
def test_time_that_goes_back_or_stands_still_is_refused(at):
    assert outcomes(fix(10), fix(at), fix(11))[1:] == [("late", False), ("taken", False)]


def test_the_farthest_that_a_vehicle_can_get_still_belongs_to_the_track():
    reach = MOST / 3.6 * 10 + ERROR
    assert outcomes(fix(0), fix(10, reach - 0.01))[1] == ("taken", False)
    assert outcomes(fix(0), fix(10, reach + 0.01))[1] == ("teleport", False)


def test_a_single_jump_leaves_the_track_as_it_was():
    assert outcomes(fix(0), fix(10, 50_000), fix(20, 100)) == [
        ("taken", True),
        ("teleport", False),
        ("taken", False),
    ]


def test_a_jump_that_the_next_fix_confirms_begins_the_track_anew():
    assert outcomes(fix(0), fix(10, 50_000), fix(20, 50_100), fix(30, 50_200))[2:] == [
        ("taken", True),
        ("taken", False),
    ]


def test_a_fix_that_jumps_to_a_third_place_confirms_nothing():
    assert [each for each, _ in outcomes(fix(0), fix(10, 50_000), fix(20, -50_000), fix(30, -49_900))] == [
        "taken",
        "teleport",
        "teleport",
        "taken",
    ]


@UNHURRIED
@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(-2_000, 2_000)), max_size=40))
def test_whatever_comes_the_times_of_what_is_taken_go_forward_and_no_step_is_a_jump(moves):
    assert keeps_the_promise(cleaned, moves)


def keeps_the_promise(clean, moves):
    trail, at, taken = Trail(), 1_000.0, []
    for seconds, metres in moves:
        at += seconds
        trail, outcome, anew = clean(trail, fix(at, metres), MOST)
        if outcome is Outcome.TAKEN:
            taken.append((trail.last, anew))
    pairs = pairwise(taken)
    return all(
        b.at > a.at and (anew or apart(a, b) <= MOST / 3.6 * (b.at - a.at) + ERROR) for (a, _), (b, anew) in pairs
    )


def test_cleaning_that_believes_everything_is_found():
    """The twin."""

    def believing(trail, each, most):
        return Cleaned(Trail(each), Outcome.TAKEN, anew=False)

    assert not keeps_the_promise(believing, [(1, 0), (-1, 0)])
    assert not keeps_the_promise(believing, [(1, 0), (1, 2_000)])


def test_times_ahead_and_times_too_old_are_told_apart_bounds_included():
    told = [timely(fix(at), 1_000.0, ahead=60, old=300).value for at in (1_060, 1_060.1, 700, 699.9)]
    assert told == ["taken", "ahead", "taken", "old"]


@UNHURRIED
@given(st.floats(-60, 60), st.floats(-0.01, 0.01), st.floats(-0.01, 0.01))
def test_the_plane_measures_short_ways_as_the_sphere_does(latitude, east, north):
    a, b = Position(100.0, latitude), Position(100.0 + east, latitude + north)
    one, other = Fix(0.0, *a, working=True), Fix(1.0, *b, working=True)
    assert apart(one, other) == pytest.approx(distance(a, b), rel=1e-4, abs=0.01)
