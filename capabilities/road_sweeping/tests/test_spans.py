"""What was swept is added up exactly, in whatever order and however often it comes."""

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ucs_capability_road_sweeping import spans
from ucs_capability_road_sweeping.spans import SPANS_MOST, Layers, added, measured

# A machine that has other work makes nothing wrong.
UNHURRIED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

METRES = 40
STRETCHES = st.lists(st.tuples(st.integers(0, METRES), st.integers(0, METRES)), max_size=30)


def counted(stretches, passes):
    """How often each metre was swept, metre by metre, and what that comes to."""
    times = [sum(min(a, b) <= metre < max(a, b) for a, b in stretches) for metre in range(METRES)]
    return sum(min(each, passes) for each in times), [metre for metre in range(METRES) if times[metre] < passes]


def layered(stretches, passes):
    layers = Layers(passes)
    for start, end in stretches:
        layers.add(float(start), float(end))
    return layers


@UNHURRIED
@given(stretches=STRETCHES, passes=st.integers(1, 4))
def test_layers_say_of_every_metre_how_often_it_was_swept(stretches, passes):
    layers = layered(stretches, passes)
    swept, missing = counted(stretches, passes)
    assert layers.swept() == swept
    left = {metre for start, end in layers.missing(METRES) for metre in range(int(start), int(end))}
    assert left == set(missing)


@UNHURRIED
@given(stretches=STRETCHES, again=st.randoms())
def test_the_order_does_not_matter(stretches, again):
    shuffled = list(stretches)
    again.shuffle(shuffled)
    assert layered(stretches, 2).layers == layered(shuffled, 2).layers


@UNHURRIED
@given(stretches=STRETCHES)
def test_layers_are_in_order_and_apart(stretches):
    for layer in layered(stretches, 3).layers:
        assert all(a < b for a, b in layer)
        assert all(one[1] < other[0] for one, other in pairwise(layer))


def test_stretches_that_touch_are_one_and_overlap_in_nothing():
    held = [(0.0, 10.0)]
    assert added(held, 10.0, 20.0) == []
    assert held == [(0.0, 20.0)]
    assert added(held, 5.0, 30.0) == [(5.0, 20.0)]


def test_nothing_counts_that_was_not_swept_however_many_stretches_there_are():
    layers = Layers(1)
    for index in range(SPANS_MOST * 3):
        layers.add(index * 10.0, index * 10.0 + 1 + index / 1000)
    assert len(layers.layers[0]) == SPANS_MOST
    assert layers.swept() <= sum(1 + index / 1000 for index in range(SPANS_MOST * 3))
    assert measured(layers.layers[0]) > SPANS_MOST


def test_adding_that_forgets_what_was_there_is_found():
    """The twin: it replaces the stretches it touches and does not join them."""

    def forgetful(held, start, end):
        before = [each for each in held if each[1] >= start and each[0] <= end]
        held[:] = sorted([each for each in held if each not in before] + [(start, end)])
        return [(max(start, a), min(end, b)) for a, b in before if min(end, b) > max(start, a)]

    stretches = [(0, 20), (10, 30)]
    held = []
    for start, end in stretches:
        forgetful(held, start, end)
    assert spans.measured(held) != counted(stretches, 1)[0]
    assert layered(stretches, 1).swept() == counted(stretches, 1)[0]


@pytest.mark.parametrize(("stretch", "left"), [((0, METRES), []), ((0, 39), [(39, METRES)]), ((1, METRES), [(0, 1)])])
def test_what_is_missing_begins_and_ends_where_the_segment_does(stretch, left):
    assert layered([stretch], 1).missing(METRES) == left
