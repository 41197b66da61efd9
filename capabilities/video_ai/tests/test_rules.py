"""What it is asked that stands in no other test: codes of vendors, boxes, the neighbourhood of a place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucs_capability_video_ai.cameras import Camera, cell_of, is_inside, place_of
from ucs_capability_video_ai.detections import Box, label_of_vendor, overlap
from ucs_capability_video_ai.records import place_key, places_around
from ucs_sdk import Invalid
from ucs_sdk.geo import EARTH_RADIUS

shares = st.floats(0, 1)
boxes = st.tuples(shares, shares, shares, shares).map(
    lambda box: Box(min(box[0], box[2]), min(box[1], box[3]), max(box[0], box[2]), max(box[1], box[3]))
)


@given(boxes, boxes)
def test_boxes_overlap_alike_from_both_sides_and_never_more_than_wholly(one, other):
    assert overlap(one, other) == overlap(other, one)
    assert 0.0 <= overlap(one, other) <= 1.0 + 1e-9


def test_a_box_overlaps_itself_wholly_and_one_beside_it_not_at_all():
    assert overlap(Box(0, 0, 0.5, 0.5), Box(0, 0, 0.5, 0.5)) == 1.0
    assert overlap(Box(0, 0, 0.5, 0.5), Box(0.5, 0, 1, 0.5)) == 0.0
    assert overlap(Box(0, 0, 0.5, 1), Box(0.25, 0, 0.75, 1)) == pytest.approx(1 / 3)


@pytest.mark.parametrize("wrong", ["", "８９０", "89a", "123456789", "-1"])
def test_what_is_no_vendors_code_is_refused(wrong):
    with pytest.raises(Invalid, match="VENDOR_CODE"):
        label_of_vendor(wrong)


def test_a_vendors_code_that_nobody_knows_keeps_its_number():
    assert (label_of_vendor("883"), label_of_vendor("887")) == ("litter", "vendor_887")


def test_what_matters_is_judged_by_the_middle_of_a_box():
    assert is_inside((0.0, 0.0, 0.5, 0.5), (0.25, 0.25, 1.0, 1.0))
    assert not is_inside((0.0, 0.0, 0.4, 0.4), (0.25, 0.25, 1.0, 1.0))


@given(st.floats(115, 125), st.floats(25, 45), st.floats(0, 360), st.floats(0, 60))
def test_whatever_lies_near_is_in_a_neighbourhood_that_is_looked_at(longitude, latitude, direction, metres):
    from math import cos, degrees, radians, sin

    north = degrees(metres * cos(radians(direction)) / EARTH_RADIUS)
    east = degrees(metres * sin(radians(direction)) / EARTH_RADIUS) / cos(radians(latitude))
    around = places_around("litter", longitude, latitude, 60.0)
    assert place_key("litter", longitude + east, latitude + north) in around
    assert len(around) <= 9


def test_looking_in_its_own_neighbourhood_alone_would_be_found():
    edge = 0.001 + 0.002 * 60_000
    left, right = place_key("litter", edge - 1e-5, 36.2), place_key("litter", edge + 1e-5, 36.2)
    assert left != right
    assert {left, right} <= set(places_around("litter", edge - 1e-5, 36.2, 60.0))


def test_a_camera_that_nobody_knows_the_place_of_is_a_place_of_its_own():
    nowhere = Camera(code="37021301001310000177", name="a", region="370213")
    somewhere = nowhere.model_copy(update={"longitude": 120.4, "latitude": 36.2})
    assert place_of(nowhere) == "camera-37021301001310000177"
    assert place_of(somewhere) == "near-{}-{}".format(*cell_of(120.4, 36.2))
    assert place_key("litter", None, None) == ""
