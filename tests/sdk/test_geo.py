"""Positions: conversions with known answers and back again, distance, bearing, and lying within."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ucs_sdk import geo
from ucs_sdk.errors import Invalid
from ucs_sdk.geo import CHINA, Crs, Position, bearing, contains, convert, distance, position

QINGDAO = Position(120.3826, 36.0671)

IN_CHINA = st.builds(Position, st.floats(73.5, 135.1), st.floats(3.8, 53.6))
ANYWHERE = st.builds(Position, st.floats(-180, 180), st.floats(-90, 90))
SQUARE = [[[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]]
ROUND_TRIP_MOST = 0.5
"""How far a position may be from itself after there and back again, in metres."""


# From the tests of eviltransform, which map services were compared with.
@pytest.mark.parametrize(
    ("wgs84", "gcj02"),
    [
        (Position(121.5272106, 31.1774276), Position(121.531541859215, 31.17530398364597)),
        (Position(113.912316, 22.543847), Position(113.9171764808363, 22.540796131694766)),
        (Position(116.377817, 39.911954), Position(116.38404722455657, 39.91334545536069)),
    ],
)
def test_known_positions_of_gcj02_come_out(wgs84, gcj02):
    assert tuple(convert(wgs84, Crs.WGS84, Crs.GCJ02)) == pytest.approx(tuple(gcj02), abs=1e-9)


def test_baidu_lies_beyond_gcj02():
    there = convert(Position(116.404, 39.915), Crs.GCJ02, Crs.BD09)
    assert tuple(there) == pytest.approx((116.41036949371029, 39.92133699351021), abs=1e-9)


def worst_round_trip(there_and_back, places):
    return max(distance(place, there_and_back(place, crs)) for place in places for crs in Crs)


def there_and_back(place, crs):
    return convert(convert(place, Crs.WGS84, crs), crs, Crs.WGS84)


@given(IN_CHINA)
@example(Position(105.0, 35.0))
def test_there_and_back_again_is_within_half_a_metre(place):
    assert worst_round_trip(there_and_back, [place]) < ROUND_TRIP_MOST


@given(IN_CHINA, st.sampled_from([*Crs]), st.sampled_from([*Crs]))
def test_any_system_leads_to_any_other_and_back(place, source, target):
    stated = convert(place, Crs.WGS84, source)
    assert distance(stated, convert(convert(stated, source, target), target, source)) < ROUND_TRIP_MOST


def test_an_inverse_that_only_mirrors_the_shift_is_caught():
    def mirrored(place, crs):
        there = convert(place, Crs.WGS84, crs)
        again = convert(there, Crs.WGS84, crs)
        return Position(2 * there.longitude - again.longitude, 2 * there.latitude - again.latitude)

    places = [Position(75 + step, 20 + step / 2) for step in range(60)]
    assert worst_round_trip(mirrored, places) > ROUND_TRIP_MOST
    assert worst_round_trip(there_and_back, places) < ROUND_TRIP_MOST


@given(ANYWHERE)
def test_outside_of_china_nothing_is_shifted(place):
    outside = not (CHINA.west <= place.longitude <= CHINA.east and CHINA.south <= place.latitude <= CHINA.north)
    if outside:
        assert convert(place, Crs.WGS84, Crs.BD09) == place


@given(IN_CHINA)
def test_the_shift_is_some_hundred_metres_and_never_kilometres(place):
    assert 10 < distance(place, convert(place, Crs.WGS84, Crs.GCJ02)) < 1_500


def test_cgcs2000_is_taken_for_wgs84():
    assert convert(QINGDAO, Crs.WGS84, Crs.CGCS2000) == QINGDAO
    assert convert(QINGDAO, Crs.CGCS2000, Crs.GCJ02) == convert(QINGDAO, Crs.WGS84, Crs.GCJ02)


@pytest.mark.parametrize("place", [(181, 0), (0, -90.5), (math.nan, 0), (0, math.inf)])
def test_what_is_no_position_is_refused(place):
    with pytest.raises(Invalid, match="degrees"):
        position(*place)
    for work in (
        lambda: convert(place, Crs.WGS84, Crs.GCJ02),
        lambda: distance(place, QINGDAO),
        lambda: contains(SQUARE, place),
    ):
        with pytest.raises(Invalid):
            work()


def test_distances_are_those_of_the_sphere():
    quarter = math.pi / 2 * geo.EARTH_RADIUS
    assert distance(Position(0, 0), Position(90, 0)) == pytest.approx(quarter)
    assert distance(Position(30, 90), Position(70, 0)) == pytest.approx(quarter)
    assert distance(Position(179.5, 0), Position(-179.5, 0)) == pytest.approx(quarter / 90)
    assert distance(QINGDAO, QINGDAO) == 0


@given(ANYWHERE, ANYWHERE)
def test_a_distance_is_the_same_both_ways_and_at_most_half_round(a, b):
    assert distance(a, b) == pytest.approx(distance(b, a), abs=1e-6)
    assert 0 <= distance(a, b) <= math.pi * geo.EARTH_RADIUS + 1


@pytest.mark.parametrize(("to", "degrees"), [((0, 1), 0), ((1, 0), 90), ((0, -1), 180), ((-1, 0), 270), ((0, 0), 0)])
def test_bearings_go_clockwise_from_north(to, degrees):
    assert bearing(Position(0, 0), Position(*to)) == pytest.approx(degrees)


@given(ANYWHERE, ANYWHERE)
def test_a_bearing_is_below_a_full_turn(a, b):
    assert 0 <= bearing(a, b) < 360


@pytest.mark.parametrize(
    ("place", "within"),
    [
        ((2, 2), True),
        ((5, 2), False),
        ((-1, 4), False),
        ((0, 0), True),
        ((4, 2), True),
        ((2, 4), True),
        ((5, 4), False),
    ],
)
def test_a_place_lies_in_a_square_or_on_its_edge(place, within):
    assert contains(SQUARE, Position(*place)) is within


def test_a_hole_is_outside_and_its_edge_is_not():
    ring = [*SQUARE, [[1, 1], [3, 1], [3, 3], [1, 3]]]
    assert not contains(ring, Position(2, 2))
    assert contains(ring, Position(1, 2))
    assert contains(ring, Position(0.5, 2))
    assert not contains([], Position(2, 2))


@given(st.floats(-10, 10), st.floats(-10, 10))
def test_a_triangle_holds_what_its_three_half_planes_hold(x, y):
    corners = [(-6.0, -5.0), (7.0, -3.0), (1.0, 8.0)]
    sides = [
        (bx - ax) * (y - ay) - (by - ay) * (x - ax)
        for (ax, ay), (bx, by) in zip(corners, corners[1:] + corners[:1], strict=True)
    ]
    if min(map(abs, sides)) > 1e-9:
        assert contains([corners], Position(x, y)) is all(side > 0 for side in sides)


def test_a_ring_of_two_corners_is_refused():
    with pytest.raises(Invalid, match="three"):
        contains([[[0, 0], [1, 1], [0, 0]]], Position(0, 0))
