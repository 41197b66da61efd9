"""Footprints and areas: what is refused, where it says the mistake is, and what texts and digests they leave alone."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import TypeAdapter, ValidationError

from ucs_registry.extents import (
    AREA_VERTICES_MOST,
    FOOTPRINT_VERTICES_MOST,
    Box,
    MultiPolygon,
    Polygon,
    Shape,
    Temporal,
)
from ucs_registry.geometry import Meeting, check_area, check_footprint
from ucs_registry.testing import a_content, a_resource
from ucs_sdk.errors import Invalid
from ucs_sdk.messages import Locale

_SHAPE: TypeAdapter[Polygon | MultiPolygon] = TypeAdapter(Shape)
SQUARE = [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]


def shape(*rings: list[list[float]]) -> Polygon | MultiPolygon:
    return _SHAPE.validate_python({"type": "Polygon", "coordinates": list(rings)})


@pytest.mark.parametrize(
    ("rings", "phrase", "where"),
    [
        ([[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]], "shape-crosses", [1.0, 1.0]),
        ([[[0, 0], [5, 5], [10, 0], [10, 10], [5, 5], [0, 10], [0, 0]]], "shape-touches", [5.0, 5.0]),
        ([SQUARE, [[7, 7], [8, 7], [8, 8], [7, 7]]], "shape-hole-outside", [7.0, 7.0]),
        ([[[0, 0], [0, 0], [0, 0], [0, 0]]], "shape-faulty", [0.0, 0.0]),
    ],
)
def test_polygon_that_is_none_is_refused_with_the_place(rings, phrase, where) -> None:
    with pytest.raises(Invalid) as refusal:
        check_footprint(shape(*rings))
    problem = refusal.value.fields["problem"]
    assert (refusal.value.fields["path"], problem.key, problem.fields["where"]) == ("content.footprint", phrase, where)
    for locale in Locale:
        assert all(str(degrees) in refusal.value.message(locale) for degrees in where)


def test_ring_that_is_open_is_refused_by_its_place() -> None:
    with pytest.raises(Invalid) as refusal:
        check_footprint(shape(SQUARE, [[1, 1], [2, 1], [2, 2], [1, 2]]))
    assert refusal.value.fields["path"] == "content.footprint.coordinates[1]"
    assert refusal.value.fields["problem"].key == "ring-open"


@pytest.mark.parametrize(
    ("check", "most"),
    [(check_footprint, FOOTPRINT_VERTICES_MOST), (lambda area: check_area(area, "a"), AREA_VERTICES_MOST)],
)
def test_shape_of_too_many_vertices_is_refused(check, most) -> None:
    comb = [[at / most * 90, at % 2] for at in range(most - 3)]
    fits = shape([*comb, [90, -1], [0, -1], comb[0]])
    check(fits)
    # In another ring, as no ring may have as many by itself.
    with pytest.raises(Invalid) as refusal:
        check(shape([*comb, [90, -1], [0, -1], comb[0]], [[1, -0.5], [2, -0.5], [2, -0.6], [1, -0.5]]))
    assert (refusal.value.reason, refusal.value.fields["unit"]) == ("FIELD_TOO_LONG", "vertices")


@pytest.mark.parametrize(
    "coordinates",
    [
        [],
        [[]],
        [[[0, 0]] * 3],
        [[[0, 0, 1], [1, 0], [1, 1], [0, 0]]],
        [[[181, 0], [1, 0], [1, 1], [181, 0]]],
        "x",
        [[["a"]]],
    ],
)
def test_coordinates_that_are_none_are_refused(coordinates) -> None:
    with pytest.raises(ValidationError):
        _SHAPE.validate_python({"type": "Polygon", "coordinates": coordinates})


@pytest.mark.parametrize("ends", [(2, 0, 1, 1), (0, 2, 1, 1), (1, 0, 1, 1)])
def test_box_without_extent_is_refused(ends) -> None:
    with pytest.raises(Invalid):
        Box(**dict(zip(("west", "south", "east", "north"), ends, strict=True)))


def test_window_has_an_end_and_does_not_run_backward() -> None:
    for window in ({}, {"start": date(2025, 2, 1), "end": date(2025, 1, 1)}):
        with pytest.raises(Invalid):
            Temporal(**window)


def test_content_without_place_and_time_keeps_its_text_and_digest() -> None:
    bare, placed = a_content(), a_content(footprint=shape(SQUARE), temporal=Temporal(start=date(2025, 1, 1)))
    assert not {"footprint", "temporal"} & bare.model_dump(mode="json").keys()
    assert type(placed).model_validate_json(placed.model_dump_json()) == placed
    assert a_resource(1).digest != a_resource(1, footprint=shape(SQUARE)).digest


def test_many_at_once_are_told_as_one_by_one_are() -> None:
    meeting = Meeting(shape(SQUARE, [[1, 1], [3, 1], [3, 3], [1, 3], [1, 1]]))
    places = [(x / 2, y / 2) for x in range(-1, 10) for y in range(-1, 10)]
    assert meeting.points(*zip(*places, strict=True)) == [meeting.point(*place) for place in places]
    shapes = [shape([[x, x], [x + 0.5, x], [x, x + 0.5], [x, x]]) for x in range(-2, 6)]
    assert meeting.stated([each.model_dump_json() for each in shapes]) == [meeting.shape(each) for each in shapes]
