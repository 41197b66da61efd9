"""Map matching: nearest by distance, heading and continuity; the same wherever the town lies."""

from math import cos, hypot, radians

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ucs_capability_road_sweeping.matching import STAY_BONUS, matched, turned
from ucs_capability_road_sweeping.network import Network
from ucs_capability_road_sweeping.segments import RoadLevel, place_on, segment_of
from ucs_sdk import Invalid
from ucs_sdk.geo import EARTH_RADIUS

# A machine that has other work makes nothing wrong.
UNHURRIED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

DEGREE = EARTH_RADIUS * radians(1.0)
HERE = (120.38, 36.07)


def at(east, north, origin=HERE):
    return origin[0] + east / DEGREE / cos(radians(origin[1])), origin[1] + north / DEGREE


def road(code, *corners, origin=HERE, one_way=False):
    line = [at(*each, origin) for each in corners]
    return segment_of(code=code, name=code, level=RoadLevel.FIRST, region="370202", line=line, one_way=one_way)


def found(network, east, north, *, heading=None, is_reported=True, last=None, origin=HERE):
    x, y = network.flat(*at(east, north, origin))
    return matched(network, x, y, heading=heading, is_reported=is_reported, last=last)


CROSS = [road("we", (-100, 0), (100, 0)), road("sn", (0, -100), (0, 100))]
PARALLEL = [road("south", (0, 0), (200, 0)), road("north", (0, 12), (200, 12))]


def test_a_place_beside_a_line_is_where_the_perpendicular_meets_it():
    on = found(Network(CROSS, buffer=20), 50, 7)
    assert (on.segment, on.station) == (0, 150.0)
    assert on.off == pytest.approx(7, abs=0.01)


def test_the_buffer_belongs_to_the_road():
    network = Network(CROSS[:1], buffer=20)
    assert found(network, 50, 19.999) is not None
    assert found(network, 50, 20.01) is None
    assert found(network, 119.9, 0).station == 200.0
    assert found(network, 120.1, 0) is None


def test_a_reported_heading_decides_at_a_crossing():
    network = Network(CROSS, buffer=20)
    assert found(network, 3, 4, heading=0.0).segment == 1
    assert found(network, 4, 3, heading=90.0).segment == 0
    assert found(network, 4, 3, heading=270.0).segment == 0
    assert found(Network(CROSS[:1], buffer=20), 4, 3, heading=0.0) is None


def test_a_chord_around_a_corner_only_weighs():
    assert found(Network(CROSS[:1], buffer=20), 4, 3, heading=0.0, is_reported=False) is not None


def test_on_a_one_way_street_the_other_direction_is_another_street():
    there, back = road("there", (0, 0), (200, 0), one_way=True), road("back", (200, 8), (0, 8), one_way=True)
    network = Network([there, back], buffer=20)
    assert found(network, 50, 7, heading=90.0).segment == 0
    assert found(network, 50, 1, heading=270.0).segment == 1


def test_of_two_parallel_roads_the_one_it_is_on_is_kept_until_the_other_is_clearly_nearer():
    network = Network(PARALLEL, buffer=20)
    stays = 6 + STAY_BONUS / 2
    assert found(network, 50, stays - 0.1, last=0).segment == 0
    assert found(network, 50, stays + 0.1, last=0).segment == 1
    assert found(network, 50, stays - 0.1, last=None).segment == 1


def test_beyond_the_end_of_its_road_a_vehicle_has_left_it():
    network = Network([road("a", (0, 0), (100, 0)), road("b", (100, 0), (200, 0))], buffer=20)
    assert found(network, 101, 0, last=0).segment == 1


def test_of_two_that_are_as_good_it_is_always_the_first():
    network = Network(CROSS, buffer=20)
    assert found(network, 5, 5).segment == 0


ORIGINS = st.tuples(st.floats(73, 134), st.floats(5, 54))
PLACES = st.tuples(st.floats(-150, 150), st.floats(-150, 150))


@UNHURRIED
@given(place=PLACES, origin=ORIGINS, heading=st.none() | st.floats(0, 359.9))
def test_a_town_elsewhere_is_matched_alike(place, origin, heading):
    town = [("we", (-100, 0), (100, 0)), ("sn", (30, -100), (30, 100))]
    here = found(Network([road(*each) for each in town], buffer=20), *place, heading=heading)
    network = Network([road(*each, origin=origin) for each in town], buffer=20)
    there = found(network, *place, heading=heading, origin=origin)
    edges = [abs(each - 20) for each in (hypot(0, place[1]), hypot(place[0] - 30, 0))]
    ends = [hypot(place[0] - x, place[1] - y) for x, y in ((-100, 0), (100, 0), (30, -100), (30, 100))]
    # What lies on a bound to a centimetre may come out on either side of it, and so may what is as near to both.
    assume(min(edges) > 0.05 and min(abs(each - 20) for each in ends) > 0.05)
    assume(heading is None or abs(turned(heading, 90.0, one_way=False) - 60) > 0.1)
    assume(heading is None or abs(turned(heading, 0.0, one_way=False) - 60) > 0.1)
    assert (here is None) == (there is None)
    if here is not None and here.segment == there.segment:
        assert there.station == pytest.approx(here.station, abs=0.05)
    elif here is not None:
        # Of two that are as good either may come out, and nothing else.
        assert cost(here, heading) == pytest.approx(cost(there, heading), abs=0.05)


def cost(on, heading):
    """What a place on one of the two streets costs, which run east and north."""
    return on.off + (0 if heading is None else 15 * turned(heading, (90.0, 0.0)[on.segment], one_way=False) / 90)


ROADS = [*CROSS, road("long", (-900, -700), (1_300, 900)), road("bent", (-50, 60), (0, 90), (80, 40))]


def finds_what_there_is(network, place):
    """Whether a network finds as near a road as looking at every piece of it does."""
    x, y = network.flat(*at(*place))
    everything = tuple(sorted({piece for pieces in network._grid.values() for piece in pieces}))

    class Whole(Network):
        def near(self, x, y):
            return everything

    one, other = (
        matched(each, x, y, heading=None, is_reported=False, last=None) for each in (network, Whole(ROADS, buffer=20))
    )
    return (one and one.off) == (other and other.off)


@UNHURRIED
@given(place=PLACES)
def test_the_grid_loses_nothing_that_looking_at_every_piece_finds(place):
    assert finds_what_there_is(Network(ROADS, buffer=20), place)


def test_a_grid_without_room_for_the_buffer_is_found():
    """The twin."""

    class Narrow(Network):
        def _cells(self, piece):
            self.buffer, buffer = 0.0, self.buffer
            cells = super()._cells(piece)
            self.buffer = buffer
            return cells

    places = [(east, north) for east in range(-150, 151, 10) for north in range(-150, 151, 10)]
    narrow, wide = Narrow(ROADS, buffer=20), Network(ROADS, buffer=20)
    assert all(finds_what_there_is(wide, each) for each in places)
    assert not all(finds_what_there_is(narrow, each) for each in places)


@UNHURRIED
@given(st.floats(0, 360), st.floats(0, 360))
def test_turning_is_symmetric_and_bounded(a, b):
    assert turned(a, b, one_way=True) == turned(b, a, one_way=True) <= 180
    assert 0 <= turned(a, b, one_way=False) <= 90
    assert turned(a, (b + 180) % 360, one_way=False) == pytest.approx(turned(a, b, one_way=False), abs=1e-6)


def test_the_way_around_a_corner_leads_over_the_node_and_through_what_lies_between():
    roads = [road("a", (0, 0), (100, 0)), road("b", (100, 1), (108, 1)), road("c", (108, 0), (108, 100))]
    network = Network(roads, buffer=20)
    parts = network.way(0, 90.0, 2, 10.0, 60.0)
    assert [(segment, round(abs(end - start), 1)) for segment, start, end in parts] == [(0, 10.0), (1, 8.0), (2, 10.0)]
    assert network.way(0, 90.0, 2, 10.0, 27.0) is None


def test_no_way_leads_against_a_one_way_street():
    roads = [road("a", (0, 0), (100, 0)), road("b", (200, 0), (100, 0), one_way=True)]
    network = Network(roads, buffer=20)
    assert network.way(0, 90.0, 1, 90.0, 100.0) is None
    assert network.way(1, 90.0, 0, 90.0, 100.0) == [(1, 90.0, 100.0), (0, 100.0, 90.0)]
    assert network.way(1, 50.0, 1, 40.0, 100.0) is None


def test_around_a_ring_the_short_way_is_taken():
    ring = road("ring", (0, 0), (100, 0), (100, 100), (0, 100), (0, 0))
    parts = Network([ring], buffer=20).way(0, 390.0, 0, 10.0, 60.0)
    assert parts == [(0, 390.0, ring.length), (0, 0.0, 10.0)]


def test_a_segment_of_no_length_and_one_without_end_are_refused():
    for far in (0.5, 20_001):
        with pytest.raises(Invalid, match="m long"):
            road("wrong", (0, 0), (far, 0))


@UNHURRIED
@given(st.floats(0, 1))
def test_a_share_of_a_line_lies_on_it(share):
    bent = road("bent", (0, 0), (100, 0), (100, 100))
    on = matched(
        Network([bent], buffer=20),
        *Network([bent], buffer=20).flat(*place_on(bent.line, share)),
        heading=None,
        is_reported=False,
        last=None,
    )
    assert on.station == pytest.approx(share * bent.length, abs=0.02)
