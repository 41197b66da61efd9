"""Tracks whose truth is known are covered exactly: by position, buffer, speed, work signal, gaps and windows."""

from math import cos, radians

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ucs_capability_road_sweeping import sweeping
from ucs_capability_road_sweeping.hours import hours_of
from ucs_capability_road_sweeping.network import Network
from ucs_capability_road_sweeping.segments import RoadLevel, place_on, segment_of
from ucs_capability_road_sweeping.spans import Layers
from ucs_capability_road_sweeping.sweeping import Fault, Rules, Swept, steps, within
from ucs_capability_road_sweeping.tracks import Fix
from ucs_sdk.geo import EARTH_RADIUS

# A machine that has other work makes nothing wrong.
UNHURRIED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

DEGREE = EARTH_RADIUS * radians(1.0)
HERE = (120.38, 36.07)
RULES = Rules(slowest=1.0, fastest=20.0, gap=60.0)


def at(east, north=0.0, origin=HERE):
    return origin[0] + east / DEGREE / cos(radians(origin[1])), origin[1] + north / DEGREE


def road(code, *corners, origin=HERE, one_way=False):
    line = [at(*each, origin) for each in corners]
    return segment_of(code=code, name=code, level=RoadLevel.FIRST, region="370202", line=line, one_way=one_way)


def driven(line, *, pace=4.0, every=5.0, start=0.0, **more):
    """A track along a line at so many metres a second, with a fix every few seconds and one at the end."""
    length, track, along = line.length, [], 0.0
    while along < length:
        track.append(Fix(start + along / pace, *place_on(line.line, along / length), working=True, **more))
        along += pace * every
    track.append(Fix(start + length / pace, *place_on(line.line, 1.0), working=True, **more))
    return track


def covered(network, track, rules=RULES, passes=1):
    layers = [Layers(passes) for _ in network.segments]
    for step in steps(network, rules, track):
        for each in step.swept:
            layers[each.segment].add(each.start, each.end)
    return [each.layers if passes > 1 else each.layers[0] for each in layers]


def straight(*places, every=5.0, **more):
    return [Fix(index * every, *at(*each), **{"working": True, **more}) for index, each in enumerate(places)]


TOWN = [road("a", (0, 0), (200, 0)), road("b", (200, 0), (200, 150)), road("c", (200, 150), (203, 150), (400, 150))]
ROAD = [road("a", (0, 0), (1_000, 0))]


def test_a_whole_way_through_three_streets_is_covered_to_the_centimetre():
    way = road("way", (0, 0), (200, 0), (200, 150), (203, 150), (400, 150))
    network = Network(TOWN, buffer=20)
    assert covered(network, driven(way)) == [[(0.0, each.length)] for each in TOWN]


def test_what_was_driven_is_covered_and_nothing_else():
    track = straight(*[(east, 0) for east in range(100, 401, 20)])
    ((start, end),) = covered(Network(ROAD, buffer=20), track)[0]
    assert (start, end) == pytest.approx((100, 400), abs=0.01)


@UNHURRIED
@given(
    first=st.floats(0, 500),
    metres=st.floats(50, 450),
    every=st.floats(1, 15),
    side=st.floats(-19, 19),
    backwards=st.booleans(),
    origin=st.tuples(st.floats(75, 134), st.floats(5, 53)),
)
def test_one_drive_covers_its_way_wherever_it_is_and_whichever_direction_it_takes(
    first, metres, every, side, backwards, origin
):
    road_there = road("a", (0, 0), (1_000, 0), origin=origin)
    way = [(first, side), (first + metres, side)]
    line = road("way", *(way[::-1] if backwards else way), origin=origin)
    (spans,) = covered(Network([road_there], buffer=20), driven(line, every=every))
    assert len(spans) == 1
    assert spans[0] == pytest.approx((first, first + metres), abs=0.02)


@pytest.mark.parametrize(
    ("side", "is_covered"), [(19.99, True), (-19.99, True), (20.02, False)], ids=["edge", "other edge", "beyond"]
)
def test_a_track_covers_a_road_from_within_its_buffer(side, is_covered):
    track = straight((100, side), (120, side), (140, side))
    assert bool(covered(Network(ROAD, buffer=20), track)[0]) is is_covered


@pytest.mark.parametrize(("speed", "is_covered"), [(0.99, False), (1.0, True), (20.0, True), (20.01, False)], ids=str)
def test_the_bounds_of_the_band_of_speeds_belong_to_it(speed, is_covered):
    track = straight((100, 0), (110, 0), speed=speed)
    assert bool(covered(Network(ROAD, buffer=20), track)[0]) is is_covered


def test_without_a_stated_speed_the_way_and_the_time_say_it():
    network = Network(ROAD, buffer=20)
    assert covered(network, straight((100, 0), (125, 0)))[0]
    assert not covered(network, straight((100, 0), (130, 0)))[0]


def test_where_the_brushes_did_not_work_nothing_is_covered():
    network = Network(ROAD, buffer=20)
    track = straight(*[(east, 0) for east in range(100, 301, 20)])
    resting = [each._replace(working=not 160 <= 100 + 20 * index <= 200) for index, each in enumerate(track)]
    spans = covered(network, resting)[0]
    assert [each for span in spans for each in span] == pytest.approx([100, 140, 220, 300], abs=0.01)


def test_a_gap_is_not_bridged_and_its_bound_belongs_to_the_way():
    network = Network(ROAD, buffer=20)
    rules = Rules(slowest=0.0, gap=60.0)
    track = straight((100, 0), (120, 0))
    for seconds, is_covered in ((60.0, True), (60.01, False)):
        held = [track[0], track[1]._replace(at=seconds)]
        assert bool(covered(network, held, rules)[0]) is is_covered


def test_a_jump_covers_nothing_on_its_way():
    track = straight((100, 0), (120, 0), (140, 0))
    jump = Fix(6.0, *at(900, 0), working=True)
    spans = covered(Network(ROAD, buffer=20), [*track[:2], jump, track[2]])[0]
    assert spans == [pytest.approx((100, 140), abs=0.01)]


def test_a_track_that_begins_anew_elsewhere_does_not_cover_what_lies_between():
    there = [Fix(7.0, *at(900, 0), working=True), Fix(12.0, *at(920, 0), working=True)]
    further = Fix(17.0, *at(940, 0), working=True)
    spans = covered(Network(ROAD, buffer=20), [*straight((100, 0), (120, 0)), *there, further])[0]
    assert [each for span in spans for each in span] == pytest.approx([100, 120, 920, 940], abs=0.01)


def test_a_track_whose_time_goes_backwards_covers_what_it_did_without():
    track = straight(*[(east, 0) for east in range(100, 201, 20)])
    shaken = [each for fix in track for each in (fix, fix._replace(at=fix.at - 3, longitude=at(150)[0]))]
    network = Network(ROAD, buffer=20)
    assert covered(network, shaken) == covered(network, track)


def test_crossing_a_road_covers_nothing_of_it():
    roads = [*ROAD, road("sn", (500, -200), (500, 200))]
    track = straight(*[(500, north) for north in range(-100, 101, 10)])
    spans = covered(Network(roads, buffer=20), track)
    assert spans[0] == []
    assert spans[1] == [pytest.approx((100, 300), abs=0.01)]


def test_two_passes_are_counted_there_and_back():
    there = straight(*[(east, 0) for east in range(100, 201, 20)])
    back = [Fix(100.0 + 5 * index, *at(200 - 20 * index), working=True) for index in range(4)]
    rules = Rules(gap=30.0)
    once, twice = covered(Network(ROAD, buffer=20), [*there, *back], rules, passes=2)[0]
    assert once == [pytest.approx((100, 200), abs=0.01)]
    assert twice == [pytest.approx((140, 200), abs=0.01)]


def test_a_one_way_street_is_not_covered_from_the_other_direction():
    network = Network([road("a", (0, 0), (1_000, 0), one_way=True)], buffer=20)
    there = straight((100, 0), (120, 0), (140, 0))
    assert covered(network, there)[0]
    assert not covered(network, [each._replace(at=20 - each.at) for each in there[::-1]])[0]


def faults(track, rules=RULES):
    return [set(step.faults) for step in steps(Network(ROAD, buffer=20), rules, track)]


def test_working_too_fast_off_the_plan_and_in_the_rush_hour_is_found():
    fast = faults(straight((100, 0), (150, 0)))
    assert fast == [set(), {Fault.OVERSPEED}]
    assert faults(straight((100, 500), (120, 500))) == [set(), {Fault.OFF_AREA}]
    rush = Rules(peak=hours_of("08:00-09:00"))
    assert faults(straight((100, 0), (120, 0)), rush) == [set(), {Fault.PEAK_HOUR}]
    assert faults(straight((100, 0), (150, 0), working=False), rush) == [set(), set()]


def test_a_stretch_is_cut_at_the_bounds_of_a_window_as_if_it_was_driven_evenly():
    stretch = Swept(0, 100.0, 200.0, 10.0, 20.0)
    assert within(stretch, 0.0, 100.0) is stretch
    assert within(stretch, 12.5, 100.0) == Swept(0, 125.0, 200.0, 12.5, 20.0)
    assert within(stretch, 0.0, 15.0) == Swept(0, 100.0, 150.0, 10.0, 15.0)
    assert within(stretch, 20.0, 30.0) is None
    assert within(stretch, 0.0, 10.0) is None


def test_sweeping_that_does_not_follow_the_streets_around_a_corner_is_found():
    """The twin: only steps that begin and end on one segment count."""

    class Cornerless(Network):
        def way(self, a, start, b, end, most):
            return [(a, start, end)] if a == b else None

    way = road("way", (0, 0), (200, 0), (200, 150), (203, 150), (400, 150))
    # A pace at which no fix lies on a corner itself.
    track = driven(way, pace=4.4, every=5.0)
    assert covered(Network(TOWN, buffer=20), track) == [[(0.0, each.length)] for each in TOWN]
    assert covered(Cornerless(TOWN, buffer=20), track) != [[(0.0, each.length)] for each in TOWN]


def test_matching_that_forgets_where_it_was_is_found():
    """The twin: of two roads 12 m apart, a track that wavers between them belongs to the one it began on."""
    roads = [road("south", (0, 0), (400, 0)), road("north", (0, 12), (400, 12))]
    track = straight(*[(20.0 * index, 7.0 if index % 2 else 0.0) for index in range(10)])
    kept = covered(Network(roads, buffer=20), track)
    assert (kept[0], kept[1]) == ([pytest.approx((0, 180), abs=0.5)], [])

    place, found = None, set()
    for fix in track:
        step = sweeping.stepped(Network(roads, buffer=20), RULES, None, fix)
        place = step.place
        found.add(place.on.segment)
    assert found == {0, 1}
