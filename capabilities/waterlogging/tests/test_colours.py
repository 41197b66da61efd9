"""Colours by depth: as published, with what the publication leaves open stated, and without flicker."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucs_capability_waterlogging.colours import WET, Colour, Thresholds, colour_after
from ucs_sdk import Invalid

T = Thresholds()
DEPTHS = st.floats(0, 500, allow_nan=False)
COLOURS = st.sampled_from(Colour)
RANK = {Colour.UNKNOWN: 0, Colour.BLUE: 0, Colour.YELLOW: 1, Colour.RED: 2}


@pytest.mark.parametrize(
    ("depth", "colour"),
    [
        (0.0, Colour.BLUE),
        (0.9, Colour.BLUE),
        (1.0, Colour.YELLOW),
        (10.0, Colour.YELLOW),
        (29.9, Colour.YELLOW),
        (30.0, Colour.RED),
        (30.1, Colour.RED),
        # The depths that the press gives for 15 September 2022, 19:32.
        (125.0, Colour.RED),
        (177.0, Colour.RED),
    ],
)
def test_the_published_colours_with_their_bounds(depth, colour):
    assert colour_after(Colour.UNKNOWN, depth, T) is colour


def test_what_exactly_thirty_is_a_city_may_say_otherwise():
    other = Thresholds(red_includes=False)
    assert other.bare(30.0) is Colour.YELLOW
    assert other.bare(30.000001) is Colour.RED


@pytest.mark.parametrize(
    ("before", "depth", "after"),
    [
        (Colour.RED, 29.9, Colour.RED),
        (Colour.RED, 27.1, Colour.RED),
        (Colour.RED, 27.0, Colour.YELLOW),
        (Colour.YELLOW, 0.6, Colour.YELLOW),
        (Colour.YELLOW, 0.5, Colour.BLUE),
        (Colour.RED, 0.6, Colour.YELLOW),
        (Colour.RED, 0.0, Colour.BLUE),
        (Colour.BLUE, 29.9, Colour.YELLOW),
        (Colour.BLUE, 0.9, Colour.BLUE),
    ],
)
def test_a_colour_is_left_when_the_water_has_fallen_by_its_band(before, depth, after):
    assert colour_after(before, depth, T) is after


def changes(colours):
    return sum(one is not other for one, other in pairwise(colours))


def seen(waves, thresholds):
    colour, course = Colour.UNKNOWN, []
    for depth in waves:
        colour = colour_after(colour, depth, thresholds)
        course.append(colour)
    return course


@given(st.lists(st.floats(27.1, 32.9), min_size=1, max_size=50))
def test_waves_within_the_band_change_the_colour_at_most_once(waves):
    assert changes(seen(waves, T)) <= 1


def test_without_bands_the_same_waves_make_it_flicker():
    waves = [29.9, 30.1] * 10
    assert changes(seen(waves, T)) <= 1
    assert changes(seen(waves, Thresholds(red_band=0.0))) == 19


@given(COLOURS, DEPTHS)
def test_the_past_makes_a_colour_only_more_serious(before, depth):
    bare, after = T.bare(depth), colour_after(before, depth, T)
    assert RANK[after] >= RANK[bare]
    assert after is not Colour.UNKNOWN
    assert (after in WET) >= (bare in WET)


@given(COLOURS, DEPTHS, DEPTHS)
def test_more_water_is_never_a_lesser_colour(before, one, other):
    low, high = sorted((one, other))
    assert RANK[colour_after(before, low, T)] <= RANK[colour_after(before, high, T)]


@pytest.mark.parametrize(
    "wrong",
    [{"wet": 0.4}, {"red": 3.5}, {"wet_band": -1.0}, {"red_band": -0.1}, {"wet": 30.0}],
)
def test_thresholds_that_are_not_in_order_are_refused(wrong):
    with pytest.raises(Invalid, match="not in order"):
        Thresholds(**wrong)
