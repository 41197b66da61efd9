"""Merging in space and time: bounds included, and the cells lose nothing that is near."""

from datetime import UTC, datetime, timedelta
from math import cos, degrees, radians, sin

from hypothesis import given
from hypothesis import strategies as st

from ucs_capability_case_center.merging import Nearby, cell_of, cells_near, same_matter
from ucs_sdk.geo import EARTH_RADIUS, Position, distance

NOON = datetime(2026, 7, 1, 4, tzinfo=UTC)
HERE = Position(120.38, 36.07)


def moved(place, metres, bearing):
    north, east = metres * cos(bearing), metres * sin(bearing)
    latitude = place.latitude + degrees(north / EARTH_RADIUS)
    return Position(place.longitude + degrees(east / EARTH_RADIUS / cos(radians(latitude))), latitude)


def meant(*near, at=NOON, radius=100.0, minutes=60):
    found = same_matter(near, HERE, at, radius=radius, window=timedelta(minutes=minutes))
    return found and found.case


def near(case, metres, minutes=0):
    return Nearby(case, moved(HERE, metres, 0.0), NOON - timedelta(minutes=minutes))


def test_the_bounds_belong_to_the_radius_and_to_the_window():
    edge = near("a", 80)
    exactly = distance(HERE, edge.place)
    assert meant(edge, radius=exactly) == "a"
    assert meant(edge, radius=exactly - 0.001) is None
    assert meant(near("a", 0, minutes=60)) == "a"
    assert meant(near("a", 0, minutes=60.001)) is None


def test_a_late_report_is_as_near_as_an_early_one():
    assert meant(near("a", 0, minutes=-60)) == "a"
    assert meant(near("a", 0, minutes=-61)) is None


def test_the_nearest_is_meant_and_of_two_alike_the_older_number():
    assert meant(near("b", 50), near("a", 60)) == "b"
    assert meant(near("b", 50), near("a", 50)) == "a"


PLACES = st.builds(Position, st.floats(-179, 179), st.floats(-80, 80))


@given(place=PLACES, radius=st.floats(1, 5_000), far=st.floats(0, 1), bearing=st.floats(0, 6.3))
def test_whatever_is_near_lies_in_one_of_few_cells(place, radius, far, bearing):
    other = moved(place, radius * far * 0.999, bearing)
    if distance(place, other) <= radius:
        cells = cells_near(place, radius)
        assert cell_of(other, radius) in cells
        assert cell_of(place, radius) in cells
        assert len(cells) <= 9


def test_looking_at_the_own_cell_only_would_miss_what_is_near():
    """The twin."""
    missed = 0
    for step in range(200):
        place = Position(120.38 + step * 1e-4, 36.07)
        other = moved(place, 90, 1.57)
        missed += cell_of(other, 100) != cell_of(place, 100)
        assert cell_of(other, 100) in cells_near(place, 100)
    assert missed


def test_four_cells_are_looked_at_as_a_rule():
    looked = [len(cells_near(Position(120.38 + step * 1e-4, 36.07), 100)) for step in range(100)]
    assert sorted(looked)[50] == 4
    assert max(looked) <= 9
