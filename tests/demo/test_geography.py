"""The outlines: places are drawn inside, and what is outside is known to be."""

import random

import pytest

from ucs_core.demo.geography import Box, Outline, outlines

SQUARE = ((0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0), (0.0, 0.0))
HOLE = ((1.0, 1.0), (3.0, 1.0), (3.0, 3.0), (1.0, 3.0), (1.0, 1.0))
FAR = ((10.0, 0.0), (12.0, 0.0), (12.0, 2.0), (10.0, 2.0), (10.0, 0.0))


def test_there_is_an_outline_for_each_district(tree):
    assert set(outlines()) == {id for id in tree if id.isdigit() and len(id) == 6}


@pytest.mark.parametrize(
    ("place", "within"),
    [((0.5, 0.5), True), ((2.0, 2.0), False), ((5.0, 1.0), False), ((11.0, 1.0), True), ((-1.0, 2.0), False)],
)
def test_holes_are_outside_and_islands_inside(place, within):
    outline = Outline("0", ((SQUARE, HOLE), (FAR,)), Box(0.0, 0.0, 12.0, 4.0))
    assert outline.contains(*place) is within


def test_a_drawn_place_lies_within():
    rng = random.Random(1)
    for outline in outlines().values():
        for _ in range(50):
            place = outline.draw(rng)
            assert outline.contains(place.longitude, place.latitude)


def test_districts_do_not_share_a_place():
    rng = random.Random(2)
    places = [(code, outline.draw(rng)) for code, outline in outlines().items() for _ in range(50)]
    for code, place in places:
        holders = [other for other, outline in outlines().items() if outline.contains(place.longitude, place.latitude)]
        assert holders == [code]
