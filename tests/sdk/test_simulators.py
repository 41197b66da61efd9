"""What simulators make up is the same for one seed, another for another, and within what was asked for."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ucs_sdk.errors import Invalid
from ucs_sdk.geo import Position, distance
from ucs_sdk.testing.simulators import ABSURD, arrivals, storm, track

SEEDS = st.integers(0, 2**32)
SHARES = st.floats(0, 1)
LINE = [Position(120.38, 36.06), Position(120.39, 36.07), Position(120.41, 36.07)]


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_one_seed_gives_one_series_and_another_another(seed):
    for simulate in (storm, arrivals, lambda each: track(each, LINE)):
        assert simulate(seed) == simulate(seed)
        assert simulate(seed) != simulate(seed + 1)
        assert all(each.synthetic for each in simulate(seed))


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.integers(0, 200), SHARES, st.floats(0, 0.1))
def test_a_storm_stays_within_its_bounds(seed, count, gaps, noise):
    found = storm(seed, count=count, gaps=gaps, noise=noise, base=0.1, peak=0.8)
    assert len(found) <= count
    assert all(0 <= each.level <= 0.8 + noise and not each.absurd for each in found)
    assert all(before.time < after.time for before, after in pairwise(found))


def test_a_storm_rises_to_its_peak_and_falls():
    levels = [each.level for each in storm(7, count=100, noise=0, rise=0.25, peak=0.6)]
    top = levels.index(max(levels))
    assert (top, round(levels[top], 9)) == (24, 0.6)
    assert levels[: top + 1] == sorted(levels[: top + 1])
    assert levels[top:] == sorted(levels[top:], reverse=True)


def test_a_gauge_sticks_misses_and_lies_where_it_is_told_to():
    plain, odd = storm(7, count=50), storm(7, count=50, stuck=range(10, 20), absurd={30})
    assert {each.level for each in odd[10:20]} == {plain[10].level}
    assert [index for index, each in enumerate(odd) if each.absurd] == [30]
    assert odd[30].level == ABSURD
    assert [odd[index] for index in (9, 20, 31)] == [plain[index] for index in (9, 20, 31)]
    assert storm(7, count=50, gaps=1) == []
    assert 0 < len(storm(7, count=50, gaps=0.5)) < 50


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.floats(1, 30), st.floats(0, 20), SHARES)
def test_a_vehicle_keeps_to_its_line_and_its_speed(seed, speed, jitter, gaps):
    exact = {each.time: each for each in track(seed, LINE, speed=speed, jitter=0)}
    found = track(seed, LINE, speed=speed, jitter=jitter, gaps=gaps)
    assert all(distance(each.position, exact[each.time].position) <= jitter * 1.01 + 1e-6 for each in found)
    for before, after in pairwise(found):
        seconds = (after.time - before.time).total_seconds()
        assert after.along - before.along == pytest.approx(speed * seconds)
    length = sum(distance(here, there) for here, there in pairwise(LINE))
    assert all(0 <= each.along <= length for each in found)


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.integers(0, 200), SHARES, st.integers(0, 20))
def test_arrivals_are_all_there_and_nobody_is_far_from_his_place(seed, count, duplicates, reorder):
    found = arrivals(seed, count=count, duplicates=duplicates, reorder=reorder)
    orderly = arrivals(seed, count=count, duplicates=duplicates)
    assert len({each.id for each in found}) == count
    assert sorted(found, key=lambda each: each.time) == orderly
    places = {}
    for index, each in enumerate(orderly):
        places.setdefault(each.id, []).append(index)
    for index, each in enumerate(found):
        assert min(abs(index - place) for place in places[each.id]) <= reorder


def test_arrivals_come_at_their_rate_with_duplicates_and_out_of_order():
    found = arrivals(7, count=2_000, rate=4.0)
    assert (found[-1].time - found[0].time).total_seconds() == pytest.approx(500, rel=0.1)
    assert len(arrivals(7, count=2_000, duplicates=0.25)) == pytest.approx(2_500, rel=0.05)
    assert len(arrivals(7, count=5, duplicates=1)) == 10
    mixed = arrivals(7, count=100, reorder=5)
    assert mixed != sorted(mixed, key=lambda each: each.time)


@pytest.mark.parametrize(
    "asked",
    [
        lambda: storm(1, count=10**9),
        lambda: storm(1, gaps=1.5),
        lambda: storm(1, peak=float("nan")),
        lambda: track(1, LINE, speed=0),
        lambda: track(1, LINE, every=0.01, speed=0.01),
        lambda: arrivals(1, rate=0),
        lambda: arrivals(1, reorder=-1),
    ],
)
def test_what_cannot_be_simulated_is_refused(asked):
    with pytest.raises(Invalid):
        asked()
